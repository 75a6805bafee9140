"""The sandbox's OAuth v2 over the wire: consent, codes, tokens, several workspaces, and going."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.people import BOT, NEIGHBOUR
from bot.sandbox.slack.scopes import words
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import CARD, MANIFEST, Listener
from tests.contract.sandbox_slack_consent import (
    BACK,
    CLIENT,
    GUS,
    NORA,
    OLIVIA,
    SCOPES,
    Consenting,
)

GOING = {"tokens_revoked", "app_uninstalled"}


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A Slack in which the app isn't installed anywhere."""
    manifest = replace(MANIFEST, events=MANIFEST.events | GOING)
    sandbox = SlackSandbox(app_manifest=manifest, bot_token="")
    sandbox.registered.redirect_urls = (BACK,)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def app(slack: SlackSandbox) -> Iterator[Listener]:
    """The app: it keeps what it is sent."""
    listener = Listener()
    with Served(listener.starlette()) as serving:
        slack.bot_url = serving.url
        yield listener


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def people(slack: SlackSandbox, session: aiohttp.ClientSession) -> Consenting:
    """Whoever is before the consent page."""
    return Consenting(slack, session)


def client(slack: SlackSandbox, token: str = "") -> AsyncWebClient:
    """slack_sdk's, with a token or none."""
    return AsyncWebClient(token or None, base_url=slack.api_url)


async def code_of(call: Any) -> str:
    """Slack's word for a refusal."""
    with pytest.raises(SlackApiError) as error:
        await call
    return str(error.value.response["error"])


def heard(app: Listener) -> list[dict[str, Any]]:
    """The events of going that the app was sent."""
    bodies = [json.loads(each) for each in app.bodies if each.startswith(b"{")]
    return [each for each in bodies if each["event"]["type"] in GOING]


async def test_the_page_says_who_asks_for_what(people: Consenting) -> None:
    """App, workspace, every scope in words, who one is; whoever may be one, of both workspaces."""
    status, shown = await people.look(who=NORA)
    assert status == 200
    assert "<strong>Small</strong> is requesting permission to access" in shown
    assert "<strong>Elsewhere</strong> Slack workspace" in shown
    for scope in SCOPES.split(","):
        assert words(scope, "Small") in shown
    assert words("usergroups:read", "Small") not in shown
    assert f'value="{NORA}" selected' in shown
    assert f'value="{OLIVIA}"' in shown
    assert f'value="{OLIVIA}"' not in (await people.look(team=NEIGHBOUR.id))[1]


@pytest.mark.parametrize(
    ("asked", "registered", "says"),
    [
        ({"client_id": "1.2"}, (BACK,), "invalid_client_id: Invalid client_id parameter"),
        ({"scope": ""}, (BACK,), "invalid_scope: Requested scopes cannot be blank"),
        ({"scope": "commands,chat:shout"}, (BACK,), "invalid_scope: Invalid scopes: chat:shout"),
        ({"user_scope": "chat:write"}, (BACK,), "invalid_scope"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, (BACK,), "Passed URI: http://127.0.0.1:9/o"),
        ({"redirect_uri": f"{BACK}-of-mine"}, (BACK,), "redirect_uri did not match any configured"),
        ({"redirect_uri": BACK.replace(":9", ":10")}, (BACK,), "bad_redirect_uri"),
        ({"redirect_uri": ""}, (), "Passed URI:  Allowed URI: none specified"),
    ],
)
async def test_what_is_wrong_is_said_on_slacks_own_page(
    people: Consenting, asked: dict[str, str], registered: tuple[str, ...], says: str
) -> None:
    """Nobody is sent back to an address, nor lets anything in, by a request that isn't in order."""
    people.slack.registered.redirect_urls = registered
    status, shown = await people.look(**asked)
    assert (status, says in shown) == (400, True)
    assert await people.choose(**asked) == (400, "")


async def test_a_path_below_a_registered_one_is_taken(people: Consenting) -> None:
    """And where none is named, the first that is registered."""
    below = await people.choose(redirect_uri=f"{BACK}/eu?x=1")
    assert below[0] == 302
    assert below[1].startswith(f"{BACK}/eu?x=1&code=")
    assert "code" in await people.back_with(redirect_uri="")


async def test_who_cancels_lets_nothing_in(people: Consenting) -> None:
    """The app hears why, and gets its state back; a guest isn't asked, another site can't ask."""
    assert await people.back_with(choice="cancel") == {
        "error": "access_denied",
        "error_description": "The user has denied access to the scope(s) requested by the client"
        " application.",
        "state": "a/b c",
    }
    assert await people.choose(GUS) == (403, "")
    assert await people.choose(origin="https://elsewhere.example") == (403, "")
    assert people.slack.workspace.installed is False


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk uses aiohttp's
async def test_a_code_becomes_a_token_of_its_own_workspace(
    people: Consenting, slack: SlackSandbox
) -> None:
    """Slack's answer, field by field; then every method answers by token, and sees no further."""
    given = await people.back_with()
    assert given["state"] == "a/b c"
    told = await client(slack).oauth_v2_access(**CLIENT, code=given["code"], redirect_uri=BACK)
    home = str(told["access_token"])
    assert told.data == {
        "ok": True,
        "app_id": "A0TOINGG01",
        "authed_user": {"id": "U0OLIVIA01"},
        "scope": "chat:write,commands,users:read",
        "token_type": "bot",
        "access_token": home,
        "bot_user_id": BOT.id,
        "team": {"id": "T0SANDBOX", "name": "Sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    away = await people.token(NORA)
    assert home.startswith("xoxb-")
    assert away.startswith("xoxb-")
    assert home != away
    at_home, at_theirs = client(slack, home), client(slack, away)
    teams = [(await each.auth_test())["team_id"] for each in (at_home, at_theirs)]
    assert teams == ["T0SANDBOX", NEIGHBOUR.id]
    assert (await at_theirs.auth_test())["user_id"] == NEIGHBOUR.bot.id
    names = [each["name"] for each in (await at_theirs.users_list())["members"]]
    assert names == ["nora", "ned", "ext", "toingg"]
    slack.elsewhere.directory.join("C0ELSSALES")
    await at_theirs.chat_postMessage(channel="C0ELSSALES", text="Theirs")
    assert [each.text for each in slack.elsewhere.messages("sales")] == ["Theirs"]
    assert slack.messages("sales") == []
    assert await code_of(at_home.chat_postMessage(channel="C0ELSSALES", text="x")) == (
        "channel_not_found"
    )
    assert await code_of(at_theirs.users_info(user="U0CARL0001")) == "user_not_found"
    assert [each.method for each in slack.elsewhere.api_calls].count("chat.postMessage") == 1


async def test_the_address_is_named_again_where_there_are_several(people: Consenting) -> None:
    """With one registered Slack doesn't insist; with two it does."""
    told = await people.exchange(await people.code(), redirect_uri="")
    assert told["ok"] is True
    people.slack.registered.redirect_urls = (BACK, "https://example.com/back")
    told = await people.exchange(await people.code(), redirect_uri="")
    assert told == {"ok": False, "error": "bad_redirect_uri"}


async def test_scopes_add_up_and_the_token_stays(people: Consenting, slack: SlackSandbox) -> None:
    """A second installation with one more shows which, and the old token may do it then."""
    token = await people.token()
    api = client(slack, token)
    assert await code_of(api.usergroups_list()) == "missing_scope"
    _, shown = await people.look(scope="users:read,usergroups:read", who=OLIVIA)
    assert "is requesting additional permission" in shown
    assert shown.count('<span class="new">New</span>') == 1
    assert await people.token(scope="users:read,usergroups:read") == token
    answer = await api.usergroups_list()
    assert answer.headers["X-OAuth-Scopes"] == "chat:write,commands,usergroups:read,users:read"


async def test_a_revoked_token_is_gone(
    people: Consenting, slack: SlackSandbox, app: Listener
) -> None:
    """The app hears of it and stays installed, its bot leaves its channels; a new token differs."""
    old = await people.token()
    slack.directory.join("C0SALES001")
    tried = await client(slack, old).auth_revoke(test=True)
    assert tried["revoked"] is False
    assert (await client(slack, old).auth_revoke())["revoked"] is True
    (event,) = await slack.wait_for(lambda: heard(app))
    assert (event["team_id"], event["event"]) == (
        "T0SANDBOX",
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT.id]}},
    )
    assert "authorizations" not in event
    assert await code_of(client(slack, old).auth_test()) == "account_inactive"
    assert BOT.id not in slack.channel("sales").members
    assert (await slack.command("carl", "sales", "/toingg")).ok
    new = await people.token()
    assert new != old
    assert await code_of(client(slack, old).auth_test()) == "invalid_auth"
    assert await code_of(client(slack, new).chat_postMessage(channel="C0SALES001", text="x")) == (
        "not_in_channel"
    )


async def test_a_removed_app_is_gone_from_one_workspace(
    people: Consenting, slack: SlackSandbox, app: Listener
) -> None:
    """Both events, no command, no click, no shortcut there; the other workspace goes on."""
    home, away = await people.token(), await people.token(NORA)
    slack.directory.join("C0SALES001")
    await client(slack, home).chat_postMessage(channel="C0SALES001", text="Card", blocks=CARD)
    (card,) = slack.messages("sales")
    assert await people.manage(GUS, "remove") == 403
    assert await people.manage(OLIVIA, "remove") == 303
    told = await slack.wait_for(lambda: heard(app) if len(heard(app)) == 2 else None)
    assert {(each["team_id"], each["event"]["type"]) for each in told} == {
        ("T0SANDBOX", kind) for kind in GOING
    }
    assert await code_of(client(slack, home).auth_test()) == "account_inactive"
    sent = len(app.bodies)
    assert (await slack.command("carl", "sales", "/toingg")).error == "unknown_command"
    assert "not a valid command" in slack.ephemerals("carl")[-1].text
    assert (await slack.click("carl", card, "hang_up")).error == "dispatch_failed"
    assert await slack.open_home("carl") is None
    await slack.say("carl", "@carl", "Anybody?")
    assert len(app.bodies) == sent
    assert (await slack.elsewhere.command("ned", "sales", "/toingg")).ok
    assert (await client(slack, away).auth_test())["team_id"] == NEIGHBOUR.id
    assert await people.token() not in (home, away)
    assert (await slack.command("carl", "sales", "/toingg")).ok


async def test_an_app_takes_its_leave(
    people: Consenting, slack: SlackSandbox, app: Listener
) -> None:
    """apps.uninstall wants the client's secret; an app without the subscription hears nothing."""
    api = client(slack, await people.token())
    refused = await code_of(api.apps_uninstall(client_id=CLIENT["client_id"], client_secret="x"))
    assert refused == "bad_client_secret"
    slack.workspace.manifest = replace(MANIFEST, events=frozenset({"app_uninstalled"}))
    assert (await api.apps_uninstall(**CLIENT))["ok"]
    (event,) = await slack.wait_for(lambda: heard(app))
    assert event["event"] == {"type": "app_uninstalled"}
    assert slack.workspace.installed is False
