"""Every story, told in Chromium on a wide window and on a phone's."""

import pytest
from playwright.async_api import Browser

from bot.sandbox.stories import STORIES, Telling, tell
from tests.by_browser import ByBrowser
from tests.chromium import NARROW, WIDE, window
from tests.town import Town


def nothing(*_: str) -> None:
    """Nobody watches."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_every_story_in_the_page(
    built: Town, browser: Browser, size: tuple[int, int]
) -> None:
    """The same stories as in the terminal, by mouse and keyboard; both sides saw the same."""
    async with window(browser, size) as opened:
        hands = ByBrowser(opened.page)
        for story in STORIES.values():
            await opened.page.goto(built.url(story.who))
            telling = Telling(hands, built.toingg, built.stripe, on_step=nothing, on_seen=nothing)
            await tell(story, telling)
