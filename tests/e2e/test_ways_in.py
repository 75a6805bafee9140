"""In the page: a list by a message's menu and a modal, and a file dropped into the bot's DM."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, FilePayload

from bot.sandbox.page import Page
from bot.slack.routes import MESSAGE
from tests.by_browser import ByBrowser
from tests.chromium import window
from tests.desk import ROWS, Desk
from tests.stage import Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIST = FilePayload(name="numbers.csv", mimeType="text/csv", buffer=ROWS)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture
async def desk(stage: Stage, chromium: str) -> AsyncIterator[Desk]:
    """The bot, with a flow behind each way in."""
    async with stage.bot() as bot:
        yield Desk(bot, stage)


@pytest.fixture
async def address(stage: Stage) -> AsyncIterator[str]:
    """The page's."""
    with Page(stage.slack, stage.toingg).serve() as serving:
        yield serving.url


async def test_a_messages_menu_and_its_modal(
    stage: Stage, desk: Desk, address: str, browser: Browser
) -> None:
    """From Vera's message to a modal with a file and a moment, and what the bot gets of each."""
    message = await stage.slack.say("vera", "#sales", "call +1 415 555 0132")
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{address}/carl/sales")
        hands = ByBrowser(page)
        theirs = hands.message("call +1 415 555 0132")
        await theirs.hover()
        await theirs.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Call These Numbers").click()
        asked = await desk.asked()
        assert (asked.text, asked.message_ts) == ("call +1 415 555 0132", message.ts)
        dialog = page.get_by_role("dialog", name="Campaign")
        await dialog.get_by_label("File").set_input_files(LIST)
        await dialog.get_by_label("Start").fill("2026-12-01T09:30")
        await dialog.get_by_role("button", name="Start", exact=True).click()
        given = await desk.asked(2)
        await dialog.wait_for(state="hidden")
    at = datetime.fromtimestamp(int(given.typed["start"]), UTC)
    assert at == datetime(2026, 12, 1, 9, 30, tzinfo=LOS_ANGELES)
    (file,) = given.files["list"]
    assert (file.name, stage.slack.file(file.id).content) == ("numbers.csv", ROWS)


async def test_a_file_in_the_bots_direct_message(
    stage: Stage, desk: Desk, address: str, browser: Browser
) -> None:
    """It is attached and sent; the bot has read it; what the bot sends back can be kept."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{address}/carl/@toingg")
        hands = ByBrowser(page, "Toingg")
        await page.get_by_label("File to attach").set_input_files(LIST)
        await page.get_by_role("button", name="Don't send numbers.csv").wait_for()
        await hands.composer.fill("these")
        await hands.composer.press("Enter")
        asked = await desk.asked()
        assert [each.name for each in asked.files[MESSAGE]] == ["numbers.csv"]
        await hands.message(f"numbers.csv: {len(ROWS)} bytes").wait_for()
        api = desk.bot.directory.api(asked.workspace.id)
        await api.upload(
            asked.channel, name="results.csv", data=ROWS, title="Results", comment="Done."
        )
        async with page.expect_download() as download:
            await hands.message("Done.").get_by_role("link", name="results.csv").click()
        kept = await (await download.value).path()
        assert kept.read_bytes() == ROWS


async def test_dismiss(stage: Stage, desk: Desk, address: str, browser: Browser) -> None:
    """What only Carl sees goes when he says so."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{address}/carl/sales")
        hands = ByBrowser(page)
        await hands.command("/toingg", "help")
        private = hands.channel.get_by_role("article").filter(has_text="Only visible to you")
        await private.get_by_role("button", name="Dismiss").click()
        await private.wait_for(state="detached")
    assert stage.slack.ephemerals("carl") == []
