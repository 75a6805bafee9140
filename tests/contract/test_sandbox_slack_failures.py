"""What a person is shown of an app that is late, away, or answers nonsense; whatever they did."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.slack import Failure, Message, SlackSandbox, View
from bot.sandbox.slack.failures import SORRY, TROUBLE, UNLOADED
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import CARD, MANIFEST, Json, modal, plain, text_input

LATE, AWAY = "operation_timeout", "dispatch_failed"
SELECT: Json = {
    "type": "input",
    "block_id": "script",
    "label": plain("Script"),
    "element": {"type": "external_select", "action_id": "script"},
}
MORE: Json = {
    "type": "actions",
    "block_id": "more",
    "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
}


class Moody:
    """An app that acks, never answers, answers 500, or with options, as its mood is."""

    def __init__(self) -> None:
        self.mood = ""
        self.answer: Json = {}

    def starlette(self) -> Starlette:
        """The application."""

        async def endpoint(request: Request) -> Response:
            if self.mood == LATE:
                # Nothing is answered; the sandbox gives up and closes the connection.
                while (await request.receive())["type"] != "http.disconnect":
                    pass
            if self.mood:
                return Response(status_code=500)
            return JSONResponse(self.answer) if self.answer else Response()

        return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


@pytest.fixture
def app() -> Moody:
    """The app."""
    return Moody()


@pytest.fixture
async def slack(app: Moody) -> AsyncIterator[SlackSandbox]:
    """A served sandbox whose patience is short, with a card in #sales and a modal before Carl."""
    sandbox = SlackSandbox(ack_seconds=0.2, app_manifest=MANIFEST)
    with sandbox.serve(), Served(app.starlette()) as serving:
        sandbox.bot_url = serving.url
        client = AsyncWebClient("xoxb-test", base_url=sandbox.api_url)
        await client.chat_postMessage(channel="C0SALES001", text="card", blocks=CARD)
        opened = await sandbox.command("carl", "#sales", "/call")
        view = modal("call", text_input("phone"), SELECT, MORE, notify_on_close=True)
        await client.views_open(trigger_id=opened.trigger_id, view=view)
        yield sandbox


def card(slack: SlackSandbox) -> Message:
    """The card as it stands now."""
    return slack.messages("#sales")[0]


def top(slack: SlackSandbox) -> View:
    """The modal before Carl."""
    return slack.views("carl")[-1]


def told(slack: SlackSandbox) -> list[Failure]:
    """The failures in the feed."""
    return [c.data["failure"] for c in slack.changes if c.kind == "interaction_failed"]


both = pytest.mark.parametrize("mood", [LATE, AWAY])


@both
async def test_a_command(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """Slackbot says to who typed it that it failed, and with which error."""
    app.mood = mood
    acked = await slack.command("carl", "#sales", "/call")
    words = f'/call failed with the error "{mood}"'
    assert acked.error == mood
    assert [(m.user, m.text) for m in slack.ephemerals("carl")] == [("USLACKBOT", words)]
    assert told(slack) == [Failure("command", "U0CARL0001", mood, words)]


@both
async def test_a_click_in_a_message(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """A warning mark stands at the button, for the one who clicked, until a click works."""
    app.mood, before = mood, card(slack)
    await slack.click("carl", before, "hang_up")
    mark = Failure("click", "U0CARL0001", mood, TROUBLE, "card", "hang_up")
    assert card(slack).failures == (mark,)
    assert (card(slack).edited_ts, card(slack).as_slack()) == (None, before.as_slack())
    assert slack.changes[-1].kind == "message_changed"
    assert told(slack) == [mark]
    await slack.click("oscar", card(slack), "hang_up")
    assert [each.user for each in card(slack).failures] == ["U0CARL0001", "U0OSCAR001"]
    app.mood = ""
    await slack.click("carl", card(slack), "hang_up")
    assert [each.user for each in card(slack).failures] == ["U0OSCAR001"]


async def test_a_redrawn_message_has_no_marks(slack: SlackSandbox, app: Moody) -> None:
    """What the app redraws is as new."""
    app.mood = AWAY
    await slack.click("carl", card(slack), "hang_up")
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    await client.chat_update(channel="C0SALES001", ts=card(slack).ts, text="Hung up")
    assert card(slack).failures == ()


@both
async def test_a_click_in_a_modal(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """The modal says at its top that there was trouble, until a click works."""
    app.mood = mood
    await slack.click("carl", top(slack), "more")
    assert top(slack).notice == TROUBLE
    assert [(each.action_id, each.error) for each in top(slack).failures] == [("more", mood)]
    app.mood = ""
    await slack.click("carl", top(slack), "more")
    assert (top(slack).notice, top(slack).failures) == ("", ())


@both
async def test_a_submission(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """The modal stays with what was typed, and says that there was trouble."""
    app.mood = mood
    await slack.submit("carl", top(slack), {"phone": "+14155550132", "script": "spring"})
    assert (top(slack).notice, top(slack).loading) == (TROUBLE, False)
    assert top(slack).values()["phone"]["typed"]["value"] == "+14155550132"
    assert told(slack) == [Failure("submission", "U0CARL0001", mood, TROUBLE)]


@both
async def test_a_shortcut(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """Who used a shortcut is told: at the message, or in the app's own direct message."""
    app.mood = mood
    await slack.shortcut("carl", "call_this", card(slack))
    await slack.shortcut("carl", "call_this")
    direct = slack.channel("@carl").id
    shown = [(m.channel, m.text) for m in slack.ephemerals("carl")]
    assert shown == [("C0SALES001", SORRY), (direct, SORRY)]
    assert told(slack) == [Failure("shortcut", "U0CARL0001", mood, SORRY)] * 2


@both
async def test_an_option_load(slack: SlackSandbox, app: Moody, mood: str) -> None:
    """The select says that nothing was loaded, until something is."""
    app.mood = mood
    acked = await slack.suggest("carl", top(slack), "script", "spr")
    assert acked.error == mood
    mark = Failure("options", "U0CARL0001", mood, UNLOADED, "script", "script")
    assert top(slack).failures == (mark,)
    app.mood, app.answer = "", {"options": [{"text": plain("Spring"), "value": "spring"}]}
    assert (await slack.suggest("carl", top(slack), "script", "spr")).ok
    assert top(slack).failures == ()


async def test_an_option_load_of_nonsense(slack: SlackSandbox, app: Moody) -> None:
    """Options that Slack refuses are as good as none, and are told."""
    app.answer = {"options": [{"text": plain("x" * 76), "value": "x"}]}
    assert not (await slack.suggest("carl", top(slack), "script", "spr")).ok
    assert [each.words for each in top(slack).failures] == [UNLOADED]
    assert [each.deed for each in told(slack)] == ["options"]


async def test_an_external_select_in_a_message(slack: SlackSandbox, app: Moody) -> None:
    """A message's select loads its options too, and keeps its mark where it can't."""
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    blocks = [{"type": "actions", "block_id": "row", "elements": [SELECT["element"]]}]
    await client.chat_postMessage(channel="C0SALES001", text="choose", blocks=blocks)
    choice = slack.messages("#sales")[-1]
    app.mood = AWAY
    await slack.suggest("carl", choice, "script", "spr")
    now = slack.message("#sales", choice.ts)
    assert now
    assert [(each.deed, each.block_id) for each in now.failures] == [("options", "row")]


async def test_a_closed_modal_is_closed(slack: SlackSandbox, app: Moody) -> None:
    """Nobody is shown that the app didn't hear of a close; the feed says it."""
    app.mood = AWAY
    await slack.close("carl", top(slack))
    assert slack.views("carl") == []
    assert [(each.deed, each.words) for each in told(slack)] == [("close", "")]
