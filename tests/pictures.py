"""`make pictures`: the README's screenshots, of the real bot in the demo's page, into docs/."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, FloatRect, Page

from bot.sandbox.stories.hands import Deed
from bot.sandbox.stories.orders import JANE, JOHN, Callee
from tests.by_browser import ByBrowser
from tests.chromium import MISSING, found, launched, window
from tests.town import Town, town

DOCS = Path(__file__).parents[1] / "docs"
MOST = 300_000
"""Bytes of a picture."""


async def called(hands: ByBrowser, callee: Callee, command: str = "/toingg-call") -> None:
    """Carl calls somebody, who answers."""
    await hands.command(command, f"{callee.written} | {callee.name} | Spring Sale")
    await hands.button(callee.card, "Hang Up").wait_for()
    await hands.other_end(callee.phone, "Answer")
    await hands.message(callee.card).filter(has_text="Answered").wait_for()


async def threaded(hands: ByBrowser, card: str, last: str) -> None:
    """The card's thread is open, and has come to say this."""
    await hands.message(card).get_by_role("link", name="repl").click()
    await hands.threads.get_by_text(last).wait_for()


async def the_card(town_: Town, browser: Browser) -> None:
    """The card of a call that was hung up, beside its thread."""
    async with window(browser, (1140, 640), device_scale_factor=2) as opened:
        page = opened.page
        await page.goto(town_.url())
        hands = ByBrowser(page)
        await called(hands, JOHN)
        await threaded(hands, JOHN.card, "Answered.")
        await hands.click(JOHN.card, "Hang Up", confirm="Hang Up")
        await hands.threads.get_by_text("Ended after").wait_for()
        await page.get_by_role("button", name="Other end", exact=True).click()
        await hands.channel.hover(position={"x": 5, "y": 5})
        main = await page.get_by_role("main").bounding_box()
        last = await hands.threads.get_by_role("article").last.bounding_box()
        assert main is not None
        assert last is not None
        bottom = last["y"] + last["height"] + 16
        clip: FloatRect = {"x": main["x"], "y": main["y"], "width": 1140 - main["x"], "height": 0}
        await kept(page, "call-card", clip | {"height": bottom - main["y"]})


async def the_page(town_: Town, browser: Browser) -> None:
    """That call, another that goes on, its thread, and the other end's phone."""
    async with window(browser, (1280, 760)) as opened:
        await opened.page.goto(town_.url())
        hands = ByBrowser(opened.page)
        await called(hands, JANE)
        await threaded(hands, JANE.card, "Answered.")
        await hands.channel.hover(position={"x": 5, "y": 5})
        await opened.page.mouse.wheel(0, 5000)
        await hands.message(JANE.card).get_by_role("link", name="repl").scroll_into_view_if_needed()
        await kept(opened.page, "page")


async def the_modal(town_: Town, browser: Browser) -> None:
    """The modal of a call, with a number that can't be."""
    async with window(browser, (700, 900), device_scale_factor=2) as opened:
        await opened.page.goto(town_.url())
        hands = ByBrowser(opened.page)
        await hands.command("/toingg-call")
        await hands.fill({**JANE.fields, "Phone number": "+1 415 555 01"})
        await hands.submit("Call")
        await hands.dialog().get_by_text("too few digits").wait_for()
        box = await hands.dialog().bounding_box()
        await kept(opened.page, "modal", box)


async def the_campaign(town_: Town, browser: Browser) -> None:
    """A campaign's live card, paused on its way."""
    people = [(f"Person {last}", f"+1 415 555 01{last}") for last in range(11, 19)]
    async with window(browser, (1140, 640), device_scale_factor=2) as opened:
        page = opened.page
        await page.goto(town_.url("olivia", "support"))
        hands = ByBrowser(page, "#support")
        await hands.command("/toingg-campaign")
        pasted = "\n".join(f"{name}, {number}" for name, number in people)
        await hands.fill({"Campaign": "Summer Sale", "Numbers": f"{pasted}\nNo One, +1 415 555 01"})
        await hands.submit("Check the List")
        await hands.click("Summer Sale", "Start", confirm="Start")
        deeds: tuple[Deed, ...] = ("Answer", "No Answer", "Answer")
        for (_, number), deed in zip(people, deeds, strict=False):
            phone = number.replace(" ", "")
            await hands.call(phone, "Answer").wait_for()
            await hands.other_end(phone, deed)
        await hands.click("Summer Sale", "Pause")
        await hands.message("Summer Sale").filter(has_text="Paused by").wait_for()
        await hands.message("Summer Sale").get_by_role("link", name="repl").wait_for()
        await page.get_by_role("button", name="Other end", exact=True).click()
        await hands.channel.hover(position={"x": 5, "y": 5})
        main = await page.get_by_role("main").bounding_box()
        assert main is not None
        clip: FloatRect = {"x": main["x"], "y": main["y"], "width": 700, "height": 330}
        await kept(page, "campaign", clip)


async def kept(page: Page, name: str, clip: FloatRect | None = None) -> None:
    """Takes it, as it stands; raises SystemExit where it is too large for a README."""
    path = DOCS / f"{name}.png"
    size = len(await page.screenshot(path=path, clip=clip, animations="disabled", caret="hide"))
    print(f"{path.relative_to(DOCS.parent)}: {size // 1000} KB")  # noqa: T201 - what came of it
    if size >= MOST:
        raise SystemExit(f"{path.name} has {size:,} bytes; it must have less than {MOST:,}.")


async def main(path: str) -> None:
    """All of them, from one town."""
    with tempfile.TemporaryDirectory(prefix="toingg-pictures-") as folder:
        async with town(Path(folder)) as town_, launched(path) as browser:
            await the_card(town_, browser)
            await the_page(town_, browser)
            await the_modal(town_, browser)
            await the_campaign(town_, browser)


if __name__ == "__main__":
    executable = found()
    if executable is None:
        sys.exit(MISSING)
    asyncio.run(main(executable))
