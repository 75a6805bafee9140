"""The sandbox's page over two workspaces: each has its own people, places, messages and app."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from bot.sandbox.page import Page
from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.served import Served
from bot.sandbox.toingg import ToinggSandbox
from tests.contract.sandbox_page_browser import Browser, text_of
from tests.contract.sandbox_slack_app import MANIFEST, SmallApp
from tests.contract.sandbox_slack_consent import BACK, NORA, Consenting

NED = "/client/T0ELSEWHERE/ned/sales"
GOING = frozenset({"app_uninstalled", "tokens_revoked"})


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served Slack with the small app in the first workspace, and its address in the second."""
    sandbox = SlackSandbox(app_manifest=replace(MANIFEST, events=MANIFEST.events | GOING))
    sandbox.retry_after = ()
    sandbox.registered.redirect_urls = (BACK,)
    sandbox.registered.install_url = "http://127.0.0.1:9/slack/install"
    with sandbox.serve():
        small = SmallApp(sandbox.api_url)
        with Served(small.starlette()) as serving:
            sandbox.bot_url = serving.url
            yield sandbox


@pytest.fixture
def page(slack: SlackSandbox) -> Iterator[str]:
    """The page's address."""
    roles = {"ned": "caller"}
    with Page(slack, ToinggSandbox(), roles_elsewhere=roles).serve() as serving:
        yield serving.url


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Connections."""
    async with ClientSession() as opened:
        yield opened


async def way(browser: Browser) -> str:
    """Where the app's link in the sidebar leads."""
    address = f"{browser.url}{browser.at}/app"
    async with browser.session.get(address, allow_redirects=False) as sent:
        return sent.headers["Location"]


async def test_each_workspace_is_a_link_away(
    slack: SlackSandbox, session: ClientSession, page: str
) -> None:
    """Names, people and channels are that workspace's; what is said there stays there."""
    carl, ned = Browser(session, page), Browser(session, page, NED)
    assert (
        f'<a href="{NED.replace("ned", "nora").replace("sales", "general")}">'
        in (await carl.get())[1]
    )
    shown = text_of((await ned.get())[1])
    assert "Switch to Sandbox" in shown
    assert "Ned Neighbour, caller" in shown
    assert "Carl Caller" not in shown
    assert "Toingg" not in (await ned.get())[1].split("Direct messages")[1].split("</nav>")[0]
    assert (await carl.get("/client/T0ELSEWHERE/carl/sales"))[0] == 404
    assert (await carl.get("/client/T0ELSEWHERE/ned/@toingg"))[0] == 404
    async with ned.listening():
        await ned.act("say", text="Only here")
        await ned.hear_html("Only here")
    assert [each.text for each in slack.elsewhere.messages("sales")] == ["Only here"]
    assert slack.messages("sales") == []
    assert await ned.act("command", text="/echo hello") == {"error": "unknown_command"}
    assert await ned.refused("command", text="/invite @toingg") == (
        "Toingg isn't installed in this workspace."
    )


async def test_the_sidebar_says_whether_the_app_is_there(
    slack: SlackSandbox, session: ClientSession, page: str
) -> None:
    """Add, then Manage with the direct message, then Add once more; without being loaded anew."""
    people, ned = Consenting(slack, session), Browser(session, page, NED)
    assert await way(ned) == "http://127.0.0.1:9/slack/install"
    assert f'href="{NED}/app" target="_blank" rel="noopener">Add Small<' in (await ned.get())[1]
    assert 'data-command="/echo"' not in (await ned.get())[1]
    async with ned.listening():
        await people.token(NORA)
        told = await ned.hear_html("Manage Small")
        assert await way(ned) == (
            f"{slack.registered.base_url}/apps/A0TOINGG01?who=T0ELSEWHERE.U0NED00001"
        )
        assert "@toingg" in told
        assert (await ned.act("command", text="/invite @toingg"))["note"]
        assert (await ned.act("command", text="/echo hello"))["error"] == ""
        await ned.hear_html('data-command="/echo"')
        await people.manage(NORA, "remove")
        await ned.hear(lambda op: "Add Small" in str(op.get("html", "")))
    assert await ned.refused("command", text="/invite @toingg") == (
        "Toingg is deactivated: install the app again first."
    )
    assert "Manage Small" in (await Browser(session, page).get())[1]
