"""Nobody is left out: axe-core finds nothing, wherever one may be on the page, in either theme."""

import pytest
from playwright.async_api import Browser

from bot.sandbox.stories.orders import JOHN, MODAL
from tests.axe import sound
from tests.by_browser import ByBrowser
from tests.chromium import NARROW, WIDE, Theme, window
from tests.town import Town

TABS = ("Money", "Wire", "Phone")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_no_violation(
    built: Town, browser: Browser, size: tuple[int, int], theme: Theme
) -> None:
    """A card with its thread, a modal with errors, a question, the other end's panels."""
    faults: list[str] = []
    async with window(browser, size, theme=theme) as opened:
        page = opened.page
        await page.goto(built.url())
        hands = ByBrowser(page)
        await with_errors(hands)
        await sound(page, "modal with errors", faults)
        await hands.fill({"Phone number": JOHN.written})
        await hands.submit("Call")
        await hands.button(JOHN.card, "Hang Up").click()
        await hands.question.wait_for()
        await sound(page, "question", faults)
        await hands.question.get_by_role("button", name="Let It Go On").click()
        await hands.message(JOHN.card).get_by_role("link", name="repl").wait_for()
        await sound(page, "channel", faults)
        await hands.thread(JOHN.card)
        await sound(page, "thread", faults)
        await hands.threads.get_by_role("button", name="Close thread").click()
        await panels(hands, size, faults)
    assert faults == []


async def with_errors(hands: ByBrowser) -> None:
    """The modal, with an error under a field."""
    await hands.command("/toingg-call")
    await hands.page.get_by_role("dialog", name=MODAL).wait_for()
    await hands.fill({**JOHN.fields, "Phone number": "12"})
    await hands.submit("Call")
    await hands.dialog().get_by_text("too few digits").wait_for()


async def panels(hands: ByBrowser, size: tuple[int, int], faults: list[str]) -> None:
    """Each tab of the other end, and on a phone the drawers."""
    page = hands.page
    if size == NARROW:
        await page.get_by_role("button", name="Other end", exact=True).click()
    for name in TABS:
        await page.get_by_role("tab", name=name).click()
        await sound(page, name, faults)
    if size == NARROW:
        await page.get_by_role("button", name="Other end", exact=True).click()
        await page.get_by_role("button", name="Menu", exact=True).click()
        await sound(page, "menu", faults)


async def test_the_watch_sees_what_it_forbids(browser: Browser) -> None:
    """A request that leaves the machine, an error in the console, a thing without a name."""
    async with window(browser) as opened:
        page = opened.page
        await page.set_content('<img src="http://192.0.2.1/x.png"><button></button>')
        await page.evaluate("console.error('it broke')")
        faults: list[str] = []
        await sound(page, "here", faults)
        assert any("asked for http://192.0.2.1/x.png" in each for each in opened.problems)
        assert any("it broke" in each for each in opened.problems)
        assert any("image-alt" in each for each in faults)
        opened.problems.clear()
