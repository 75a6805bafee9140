"""The feed that a page lives on: numbered, bounded, and with every step of a modal's life."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ChangesCut, FingerError, SlackSandbox
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import CARD, MANIFEST, Json, Listener, SmallApp, modal, plain

MORE: Json = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
}


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox that keeps twenty changes."""
    sandbox = SlackSandbox(app_manifest=MANIFEST, kept=20)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def app(slack: SlackSandbox) -> Iterator[SmallApp]:
    """The small app over HTTP."""
    small = SmallApp(slack.api_url)
    with Served(small.starlette()) as serving:
        slack.bot_url = serving.url
        yield small


@pytest.fixture
def quiet(slack: SlackSandbox) -> Iterator[Listener]:
    """An app that acks everything and does nothing."""
    listener = Listener()
    with Served(listener.starlette()) as serving:
        slack.bot_url = serving.url
        yield listener


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    """slack_sdk's client with the bot's token."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-test", base_url=slack.api_url, session=session)


def steps(slack: SlackSandbox, since: int) -> list[tuple[str, str, int]]:
    """What became of views since: kind, how, and how many are open."""
    return [
        (each.kind, each.data["how"], len(each.data["stack"]))
        for each in slack.since(since)
        if each.kind.startswith(("view", "home"))
    ]


async def test_who_comes_back_asks_for_what_was_missed(slack: SlackSandbox) -> None:
    """Everything after a number, in order and without gaps; nothing where nothing happened."""
    await slack.say("vera", "#general", "first")
    seen = slack.seq
    assert slack.since(seen) == []
    for n in range(3):
        await slack.say("vera", "#general", f"{n}")
    news = slack.since(seen)
    assert [each.seq for each in news] == [seen + 1, seen + 2, seen + 3]
    assert [each.data["message"].text for each in news] == ["0", "1", "2"]


async def test_the_oldest_changes_are_forgotten(slack: SlackSandbox) -> None:
    """The latest are kept, their numbers go on, and who is too far behind is told so."""
    for n in range(50):
        await slack.say("vera", "#general", f"{n}")
    assert slack.seq == 50
    assert [each.seq for each in slack.changes] == list(range(31, 51))
    assert [each.seq for each in slack.since(30)] == list(range(31, 51))
    for asked in (29, 0, 51):
        with pytest.raises(ChangesCut, match="kept are 31 to 50"):
            slack.since(asked)
    assert len(slack.messages("#general")) == 50


async def test_nothing_else_grows_for_ever(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """Of requests and ephemeral messages the latest are kept too."""
    for n in range(30):
        await client.chat_postEphemeral(channel="C0SALES001", user="U0CARL0001", text=f"{n}")
    assert len(slack.api_calls) == 20
    assert [m.text for m in slack.ephemerals("carl")] == [f"{n}" for n in range(10, 30)]


async def test_every_step_of_a_modal_is_told(
    slack: SlackSandbox, quiet: Listener, client: AsyncWebClient
) -> None:
    """Opened, redrawn, pushed: each change has the stack as it is then."""
    trigger_id = (await slack.command("carl", "#sales", "/echo")).trigger_id
    since = slack.seq
    root = modal("call", MORE)
    await client.views_open(trigger_id=trigger_id, view=root)
    first = slack.views("carl")[0]
    await client.views_update(view_id=first.id, view=root)
    clicked = await slack.click("carl", first, "more")
    await client.views_push(trigger_id=clicked.trigger_id, view=modal("call"))
    assert steps(slack, since) == [
        ("view_opened", "opened", 1),
        ("view_changed", "updated", 1),
        ("view_opened", "pushed", 2),
    ]


async def test_a_submission_is_loading_until_it_is_answered(
    slack: SlackSandbox, app: SmallApp
) -> None:
    """While the app thinks the modal is loading; then it shows errors, and at last closes."""
    await slack.command("carl", "#sales", "/call")
    view = (await slack.wait_for(lambda: slack.views("carl")))[-1]
    app.answers.append({"response_action": "errors", "errors": {"phone": "No such number"}})
    since = slack.seq
    await slack.submit("carl", view, {"phone": "12"})
    await slack.submit("carl", view, {"phone": "+14155550132"})
    assert steps(slack, since) == [
        *[("view_changed", how, 1) for how in ("typed", "loading", "answered", "errors")],
        *[("view_changed", how, 1) for how in ("typed", "loading", "answered")],
        ("view_closed", "submitted", 0),
    ]
    loading = [c.data["view"].loading for c in slack.since(since) if c.kind == "view_changed"]
    assert loading == [False, True, False, False, False, True, False]


async def test_a_second_modal_takes_the_firsts_place(
    slack: SlackSandbox, quiet: Listener, client: AsyncWebClient
) -> None:
    """A modal that is opened over others closes them; closing all is told of each."""
    for _ in range(2):
        acked = await slack.command("carl", "#sales", "/echo")
        since = slack.seq
        await client.views_open(trigger_id=acked.trigger_id, view=modal("call", MORE))
    assert steps(slack, since) == [
        ("view_closed", "replaced", 0),
        ("view_opened", "opened", 1),
    ]
    clicked = await slack.click("carl", slack.views("carl")[0], "more")
    await client.views_push(trigger_id=clicked.trigger_id, view=modal("call"))
    since = slack.seq
    await slack.close("carl", slack.views("carl")[0], clear=True)
    assert steps(slack, since) == [("view_closed", "cleared", 0)] * 2


async def test_a_home_tab_is_published_and_redrawn(slack: SlackSandbox, app: SmallApp) -> None:
    """The feed has the Home tab at its first publishing, and at each after that."""

    def published() -> list[str]:
        return [c.data["how"] for c in slack.changes if c.kind == "home_published"]

    await slack.open_home("olivia")
    await slack.wait_for(published)
    await slack.open_home("olivia")
    await slack.wait_for(lambda: published() == ["published", "updated"])


async def test_messages_are_deleted_by_the_bot_and_by_people(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """One's own, any as an admin, what one alone was shown; each is told, and then is gone."""
    posted = await client.chat_postMessage(channel="C0SALES001", text="card", blocks=CARD)
    await client.chat_delete(channel="C0SALES001", ts=posted["ts"])
    assert slack.changes[-2].kind == "message_deleted"
    own = await slack.say("vera", "#general", "mine")
    with pytest.raises(FingerError, match="carl can't"):
        slack.delete("carl", own)
    slack.delete("vera", own)
    with pytest.raises(FingerError, match="gone"):
        slack.delete("vera", own)
    slack.delete("olivia", await slack.say("vera", "#general", "hers"))
    await client.chat_postEphemeral(channel="C0SALES001", user="U0CARL0001", text="x")
    (shown,) = slack.ephemerals("carl")
    with pytest.raises(FingerError, match="olivia can't"):
        slack.delete("olivia", shown)
    slack.delete("carl", shown)
    assert (slack.messages("#general"), slack.ephemerals("carl")) == ([], [])
    assert slack.changes[-1].kind == "message_deleted"
