"""From the started demo to a call that is placed and hung up, in the page, by one hand's means."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from bot.sandbox.stories.orders import JANE, MODAL, Callee
from tests.by_browser import ByBrowser
from tests.chromium import window
from tests.demo_program import read_up_to, started

OPEN = re.compile(r"Open (http://127\.0\.0\.1:\d+/) and go on there")
TABS = 200


@pytest.fixture
async def address(tmp_path: Path, chromium: str) -> AsyncIterator[str]:
    """Where the demo says that its page is, once it has told its story."""
    with started(tmp_path) as (program, output):
        line = await asyncio.to_thread(read_up_to, "and go on there", output)
        found = OPEN.search(line)
        assert found, line
        yield found[1]
        program.terminate()


async def test_by_mouse(address: str, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    """The mouse goes everywhere; the keyboard only gives the fields their letters."""
    async with window(browser) as opened:
        began, page = time.monotonic(), opened.page
        await page.goto(address)
        hands = ByBrowser(page)
        await hands.composer.click()
        await page.keyboard.type("/")
        commands = page.get_by_role("listbox", name="Commands")
        await commands.get_by_role("option", name="/toingg-call [").click()
        await page.get_by_role("button", name="Send").click()
        dialog = page.get_by_role("dialog", name=MODAL)
        for label, text in JANE.fields.items():
            await dialog.get_by_label(label, exact=True).click()
            await page.keyboard.type(text)
        await dialog.get_by_role("button", name="Call", exact=True).click()
        await hands.call(JANE.phone, "Answer").click()
        await said(hands, JANE, "Answered")
        await hands.button(JANE.card, "Hang Up").click()
        await hands.question.get_by_role("button", name="Hang Up", exact=True).click()
        await said(hands, JANE, "Hung up by")
        tell(capsys, "mouse", began)


async def test_by_keyboard(
    address: str, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any mouse: the skip link, the list of commands, Enter, Tab and arrows."""
    async with window(browser) as opened:
        began, page = time.monotonic(), opened.page
        await page.goto(address)
        hands, keys = ByBrowser(page), page.keyboard
        await tab_to(page, "Skip to the message box")
        await keys.press("Enter")
        await keys.type("/toingg-ca")
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await keys.press("Enter")
        await page.get_by_role("dialog", name=MODAL).wait_for()
        for text in JANE.fields.values():
            await keys.type(text)
            await keys.press("Tab")
        await tab_to(page, "Call")
        await keys.press("Enter")
        await hands.call(JANE.phone, "Answer").wait_for()
        await tab_to(page, "Answer")
        await keys.press("Enter")
        await said(hands, JANE, "Answered")
        await tab_to(page, "Hang Up", within=hands.channel_name)
        await keys.press("Enter")
        await hands.question.wait_for()
        await tab_to(page, "Hang Up")
        await keys.press("Enter")
        await said(hands, JANE, "Hung up by")
        tell(capsys, "keyboard", began)


async def said(hands: ByBrowser, callee: Callee, words: str) -> None:
    """The call's card comes to say this."""
    await hands.message(callee.card).filter(has_text=words).wait_for()


async def tab_to(page: Page, words: str, *, within: str = "") -> None:
    """Tab, until what has the focus reads like this, in the region of that name."""
    focused = (
        "() => { const at = document.activeElement; return [at.innerText.trim(),"
        " at.closest('section[aria-label]')?.getAttribute('aria-label') ?? '']; }"
    )
    for _ in range(TABS):
        text, region = await page.evaluate(focused)
        if text == words and within in ("", region):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{TABS} times Tab never came to “{words}”")


def tell(capsys: pytest.CaptureFixture[str], means: str, began: float) -> None:
    """Prints the seconds."""
    with capsys.disabled():
        print(f"\nby {means}: placed and hung up within {time.monotonic() - began:.1f} s")  # noqa: T201 - what it is for
