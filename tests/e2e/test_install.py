"""Workspaces let the bot in over Slack's OAuth, in Chromium: every step by what somebody clicks."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from typing import get_args
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.stories.orders import CAMPAIGN, JANE, JOHN, MARY, RICHARD, Callee
from tests.axe import sound
from tests.by_browser import ByBrowser
from tests.chromium import NARROW, WIDE, Theme, window
from tests.contract.sandbox_slack_consent import BACK, asking
from tests.town import Town

NEW = "usergroups:read"
"""The scope that an earlier release of the bot didn't ask for."""


async def called(town: Town, hands: ByBrowser, callee: Callee) -> None:
    """A call is asked for, placed by the workspace's own key, and its card stands there."""
    await hands.command("/toingg-call", f"{callee.written} | {callee.name} | {CAMPAIGN}")
    await hands.button(callee.card, "Hang Up").wait_for()
    dials = [each.query["apiKey"] for each in town.toingg.posts("/api/make_toingg/")]
    phones = [each.body["phoneNumber"] for each in town.toingg.posts("/api/make_toingg/")]
    assert (dials[-1], phones.count(callee.phone)) == (town.toingg.key, 1)


@contextlib.asynccontextmanager
async def installing(town: Town, page: Page) -> AsyncIterator[Page]:
    """A window on the bot's own link, as its makers give it away."""
    beside = await page.context.new_page()
    try:
        await beside.goto(f"{town.bot.url}/slack/install")
        yield beside
    finally:
        await beside.close()


async def allow(page: Page, says: str) -> None:
    """Allows it, and reads what the bot's own page says then."""
    await page.get_by_role("button", name="Allow", exact=True).click()
    await page.get_by_text(says).first.wait_for()


def without(address: str, scope: str) -> str:
    """The link of a release that didn't ask for that."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    asked["scope"] = ",".join(each for each in asked["scope"].split(",") if each != scope)
    return parts._replace(query=urlencode(asked)).geturl()


@pytest.mark.timeout(180)
async def test_from_the_first_installation_to_the_last(uninstalled: Town, browser: Browser) -> None:
    """Declined, installed, upgraded by a scope, revoked, let in again, removed, let in again."""
    town = uninstalled
    ws = town.slack.workspace
    async with window(browser) as opened:
        page = opened.page
        await page.goto(town.url("olivia"))
        hands = ByBrowser(page)

        async with hands.beside("Add Toingg") as beside:
            await hands.consent(beside)
            await beside.get_by_role("button", name="Cancel", exact=True).click()
            await beside.get_by_role("heading", name="Nothing was installed").wait_for()
            assert not ws.installed
            await beside.get_by_role("link", name="Try again").click()
            await hands.consent(beside)
            await beside.goto(without(beside.url, NEW))
            await allow(beside, "Toingg is installed in Sandbox")
        first = ws.bot_token
        assert NEW not in ws.scopes

        async with installing(town, page) as beside:
            await hands.consent(beside)
            await expect(beside.get_by_role("heading", level=1)).to_contain_text("additional")
            marked = beside.get_by_role("listitem").filter(has_text="New")
            await expect(marked).to_have_count(1)
            await expect(marked).to_contain_text(NEW)
            await allow(beside, "Toingg is installed in Sandbox")
        assert (ws.bot_token, NEW in ws.scopes) == (first, True)
        await hands.invite()
        await hands.command("/toingg-settings", "toingg")
        await hands.fill({"Toingg key": town.toingg.key})
        await hands.submit("Save")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await called(town, hands, JOHN)

        await hands.revoke()
        await hands.command("/toingg-call", f"{JANE.written} | {JANE.name} | {CAMPAIGN}")
        await told(hands, "Toingg isn't installed in this workspace any more")
        assert ws.bot_token == ""
        async with installing(town, page) as beside:
            await hands.consent(beside)
            await allow(beside, "Toingg is installed in Sandbox")
        assert ws.bot_token not in ("", first)
        await hands.invite()
        await called(town, hands, RICHARD)

        await hands.remove()
        await hands.command("/toingg-call", f"{JANE.written} | {JANE.name} | {CAMPAIGN}")
        await told(hands, "/toingg-call is not a valid command")
        await hands.install()
        await hands.invite()
        await called(town, hands, MARY)
        phones = [each.body["phoneNumber"] for each in town.toingg.posts("/api/make_toingg/")]
        assert phones == [JOHN.phone, RICHARD.phone, MARY.phone]


async def told(hands: ByBrowser, says: str) -> None:
    """Something is said to whoever asked, alone."""
    await hands.channel.get_by_role("article").filter(has_text=says).first.wait_for()


async def test_slacks_pages_leave_nobody_out(browser: Browser) -> None:
    """axe-core finds nothing on the consent page, a guest's, a refusal's and the app's, wide and
    narrow, light and dark; nothing lies beyond the window's edge.
    """
    faults: list[str] = []
    slack = SlackSandbox(bot_token="")
    slack.registered.redirect_urls = (BACK,)
    scopes = ",".join(sorted(slack.app_manifest.scopes))
    with slack.serve():
        for size, theme in itertools.product((WIDE, NARROW), get_args(Theme)):
            async with window(browser, size, theme=theme) as opened:
                opened.expects += ["400 (Bad Request)"]
                at = f"{theme}, {size[0]}"
                await slacks_pages(opened.page, slack, asking(scope=scopes), at, faults)
    assert faults == []


async def slacks_pages(
    page: Page, slack: SlackSandbox, asked: dict[str, str], at: str, faults: list[str]
) -> None:
    """Each of them, looked at."""
    base = slack.registered.base_url
    await page.goto(f"{base}/oauth/v2/authorize?{urlencode(asked)}")
    await sound(page, f"consent, {at}", faults)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_label("Signed in as").select_option(label="Gus Guest, Sandbox")
    await page.get_by_role("button", name="Switch").click()
    await expect(page.get_by_role("alert")).to_contain_text("Guests can't install apps")
    await expect(page.get_by_role("button", name="Allow")).to_have_count(0)
    await sound(page, f"guest, {at}", faults)
    await page.goto(f"{base}/oauth/v2/authorize?client_id=1.2")
    await expect(page.get_by_role("alert")).to_contain_text("invalid_client_id")
    await sound(page, f"refused, {at}", faults)
    slack.workspace.install({"commands"})
    await page.goto(f"{base}/apps/A0TOINGG01?sure=remove")
    await expect(page.get_by_role("alert")).to_contain_text("Remove App?")
    await sound(page, f"manage, {at}", faults)
    slack.workspace.uninstall()
