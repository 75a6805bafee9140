"""The stream of news breaks off, and the page misses nothing."""

import re

from playwright.async_api import Browser

from bot.sandbox.stories.orders import JOHN
from tests.by_browser import ByBrowser
from tests.chromium import window
from tests.town import Town

LINES = 12


async def test_nothing_is_missed_while_the_stream_is_cut(built: Town, browser: Browser) -> None:
    """While the page's server is away a card moves on, and people write: it all comes, once."""
    slack, toingg = built.slack, built.toingg
    async with window(browser) as opened:
        opened.expects.append("ERR_CONNECTION_REFUSED")
        opened.expects.append("ERR_INCOMPLETE_CHUNKED_ENCODING")
        page = opened.page
        await page.goto(built.url())
        hands = ByBrowser(page)
        await hands.command("/toingg-call", f"{JOHN.written} | {JOHN.name} | Spring Sale")
        await hands.button(JOHN.card, "Hang Up").wait_for()
        (call_sid,) = toingg.calls

        port = built.serving.port
        built.serving.stop()
        await page.get_by_text("Connecting again").wait_for()
        toingg.advance(call_sid, "busy")
        written = [f"Line {number} of {LINES}" for number in range(1, LINES + 1)]
        for line in written:
            await slack.say("oscar", "sales", line)
        card = slack.messages("sales")[0]
        await slack.wait_for(
            lambda: (now := slack.message("sales", card.ts)) and "Busy" in now.all_text()
        )
        built.serving = built.page.serve(port).start()

        await hands.channel.get_by_text(written[-1], exact=True).wait_for()
        await hands.message(JOHN.card).filter(has_text="Busy").wait_for()
        await hands.button(JOHN.card, "Call Again").wait_for()
        articles = hands.channel.get_by_role("article")
        texts = (
            await articles.filter(has_text=re.compile(r"Line \d+ of"))
            .locator(".content")
            .all_inner_texts()
        )
        assert texts == written
        assert await hands.channel.get_by_role("article").filter(has_text=JOHN.card).count() == 1
        assert await page.get_by_text("Connecting again").count() == 0
        panel = page.get_by_role("region", name="Other end", exact=True)
        await (
            panel.get_by_role("group", name=f"Call to {JOHN.phone}")
            .get_by_text("busy", exact=True)
            .wait_for()
        )

        await slack.say("oscar", "sales", "And the stream goes on")
        await hands.channel.get_by_text("And the stream goes on").wait_for()
