"""Every story, told in Chromium on a wide window and on a phone's."""

import pytest
from playwright.async_api import Browser, Page

from bot.sandbox.stories import STORIES, Story, Telling, tell
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
        for story in STORIES.values():
            if not story.installs:
                await told(built, opened.page, story)


async def told(built: Town, page: Page, story: Story) -> None:
    """Tells it by this page."""
    await page.goto(built.url(story.who))
    telling = Telling(ByBrowser(page), built.toingg, built.stripe, on_step=nothing, on_seen=nothing)
    await tell(story, telling)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_the_stories_of_installing_in_the_page(
    uninstalled: Town, browser: Browser, size: tuple[int, int]
) -> None:
    """Those in which workspaces let the bot in, told by the same means."""
    async with window(browser, size) as opened:
        for story in STORIES.values():
            if story.installs:
                await told(uninstalled, opened.page, story)
