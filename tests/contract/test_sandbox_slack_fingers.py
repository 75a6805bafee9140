"""What people do in the sandbox's Slack, against a small Bolt app: over HTTP and Socket Mode."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FingerError, SlackSandbox
from bot.sandbox.slack.failures import TROUBLE
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import (
    CARD,
    MANIFEST,
    Json,
    SmallApp,
    connected,
    modal,
    plain,
    text_input,
)


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox whose patience is half a second."""
    sandbox = SlackSandbox(ack_seconds=0.5, app_manifest=MANIFEST)
    sandbox.retry_after = (0.0, 0.0, 0.0)
    with sandbox.serve():
        yield sandbox


@pytest.fixture(params=["http", "socket"])
async def app(slack: SlackSandbox, request: pytest.FixtureRequest) -> AsyncIterator[SmallApp]:
    """The small app, reached over HTTP and then over Socket Mode."""
    small = SmallApp(slack.api_url)
    async with AsyncExitStack() as stack:
        if request.param == "http":
            serving = stack.enter_context(Served(small.starlette()))
            slack.bot_url = serving.url
        else:
            await stack.enter_async_context(connected(slack, small))
        yield small


@pytest.fixture
def http_app(slack: SlackSandbox) -> Iterator[SmallApp]:
    """The small app over HTTP only."""
    small = SmallApp(slack.api_url)
    with Served(small.starlette()) as serving:
        slack.bot_url = serving.url
        yield small


async def test_an_acks_text_is_shown_to_the_one_who_typed(
    slack: SlackSandbox, app: SmallApp
) -> None:
    """An ack with text becomes an ephemeral message; the payload says who typed what where."""
    acked = await slack.command("carl", "#general", "/echo", "hello there")
    assert acked.ok
    shown = slack.ephemerals("carl")
    assert [(m.text, m.via, m.channel) for m in shown] == [("hello there", "ack", "C0GENERAL1")]
    payload = app.seen[0]
    expected = {
        "team_id": "T0SANDBOX",
        "user_id": "U0CARL0001",
        "channel_name": "general",
        "command": "/echo",
        "text": "hello there",
        "response_url": acked.response_url,
        "trigger_id": acked.trigger_id,
    }
    assert {name: payload[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("answer", "where", "text"),
    [
        ({"text": "hi", "response_type": "in_channel"}, "#sales", "hi"),
        ({"text": "hi", "blocks": [{"type": "divider"}]}, "carl", "hi"),
        (
            {"text": "hi", "blocks": [{"type": "x"}]},
            "carl",
            'failed with the error "invalid_blocks"',
        ),
        ({}, "", ""),
    ],
)
async def test_an_acks_json_is_read_as_slack_reads_it(
    slack: SlackSandbox, http_app: SmallApp, answer: Json, where: str, text: str
) -> None:
    """An ack may speak to all; wrong blocks fail the command; an empty one is silent."""
    http_app.answers.append(answer)
    await slack.command("carl", "#sales", "/laid-out")
    shown = {"carl": slack.ephemerals("carl"), "#sales": slack.messages("#sales")}
    assert [name for name, messages in shown.items() if messages] == ([where] if where else [])
    assert all(text in message.text for messages in shown.values() for message in messages)


async def test_a_modal_is_opened_filled_in_and_submitted(
    slack: SlackSandbox, app: SmallApp
) -> None:
    """A command opens a modal; its submission carries every state, and a response_url to answer."""
    await slack.command("carl", "board", "/call")
    view = (await slack.wait_for(lambda: slack.views("carl")))[-1]
    acked = await slack.submit("carl", view, {"phone": "+14155550132"})
    assert acked.ok
    assert slack.views("carl") == []
    body = app.seen[-1]
    assert body["view"]["state"]["values"] == {
        "phone": {"typed": {"type": "plain_text_input", "value": "+14155550132"}},
        "channel": {
            "chosen": {"type": "conversations_select", "selected_conversation": "C0BOARD001"}
        },
    }
    assert body["view"]["id"] == view.id
    assert body["response_urls"][0]["channel_id"] == "C0BOARD001"
    assert body["user"]["team_id"] == "T0SANDBOX"


@pytest.mark.parametrize(
    ("answer", "titles", "notice"),
    [
        ({"response_action": "errors", "errors": {"phone": "No such number"}}, ["Call"], ""),
        ({"response_action": "errors", "errors": {"nowhere": "?"}}, ["Call"], TROUBLE),
        (
            {"response_action": "push", "view": modal("next", title=plain("Next"))},
            ["Call", "Next"],
            "",
        ),
        ({"response_action": "update", "view": modal("next", title=plain("Next"))}, ["Next"], ""),
        (
            {"response_action": "update", "view": modal("next", title=plain("x" * 25))},
            ["Call"],
            TROUBLE,
        ),
        ({"response_action": "clear"}, [], ""),
    ],
)
async def test_a_submissions_answer_moves_the_modals(
    slack: SlackSandbox, http_app: SmallApp, answer: Json, titles: list[str], notice: str
) -> None:
    """Errors, push, update and clear do what Slack does; what it refuses leaves a notice."""
    http_app.answers.append(answer)
    await slack.command("carl", "#sales", "/call")
    view = (await slack.wait_for(lambda: slack.views("carl")))[-1]
    await slack.submit("carl", view, {"phone": "+14155550132"})
    stack = slack.views("carl")
    assert [v.content["title"]["text"] for v in stack] == titles
    assert not stack or stack[0].notice == notice
    if answer.get("errors") == {"phone": "No such number"}:
        assert stack[0].errors == {"phone": "No such number"}
        assert stack[0].values()["phone"]["typed"]["value"] == "+14155550132"


async def test_a_click_replaces_the_card_by_its_response_url(
    slack: SlackSandbox, app: SmallApp
) -> None:
    """A click carries the message and its own response_url, which may replace the card."""
    await slack.command("oscar", "#sales", "/card")
    card = (await slack.wait_for(lambda: slack.messages("#sales")))[0]
    acked = await slack.click("oscar", card, "hang_up")
    assert acked.ok
    await slack.wait_for(lambda: slack.messages("#sales")[0].text == "Hung up")
    assert slack.messages("#sales")[0].blocks == ()
    body = app.seen[-1]
    assert body["message"]["ts"] == card.ts
    assert body["container"]["channel_id"] == "C0SALES001"
    assert body["actions"][0]["value"] == "call-1"
    assert body["response_url"] == acked.response_url


async def test_a_forged_click_says_what_the_forger_wants(
    slack: SlackSandbox, http_app: SmallApp
) -> None:
    """A value can be forged, and so can an action that was never drawn; fingers alone can't."""
    await slack.command("oscar", "#sales", "/card")
    card = (await slack.wait_for(lambda: slack.messages("#sales")))[0]
    await slack.click("oscar", card, "hang_up", value="call-2")
    assert http_app.seen[-1]["actions"][0]["value"] == "call-2"
    button = {"type": "button", "value": "call-3"}
    await slack.click("oscar", card, "hang_up", block_id="elsewhere", forged=button)
    assert http_app.seen[-1]["actions"][0]["block_id"] == "elsewhere"
    with pytest.raises(FingerError, match="nothing to click"):
        await slack.click("oscar", card, "delete")


async def test_what_was_typed_survives_a_redraw(slack: SlackSandbox, http_app: SmallApp) -> None:
    """A views.update keeps the text under an unchanged block_id, and changes the hash."""
    await slack.command("carl", "#sales", "/call")
    view = (await slack.wait_for(lambda: slack.views("carl")))[-1]
    with pytest.raises(FingerError, match="fill it"):
        await slack.click("carl", view, "typed", value="+1")
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    live = modal("call", {**text_input("phone"), "dispatch_action": True})
    await client.views_update(view_id=view.id, view=live)
    view = slack.views("carl")[-1]
    await slack.click("carl", view, "typed", value="+1415")
    redrawn = await slack.wait_for(
        lambda: next((v for v in slack.views("carl") if v.hash != view.hash), None)
    )
    assert redrawn.values()["phone"]["typed"]["value"] == "+1415"
    assert redrawn.blocks[0]["type"] == "divider"


@pytest.mark.parametrize(
    ("element", "typed", "reason"),
    [
        ({}, "", "complete this required field"),
        ({"min_length": 3}, "ab", "at least 3"),
        ({"max_length": 3}, "abcd", "at most 3"),
    ],
)
async def test_slacks_client_doesnt_send_what_it_sees_is_wrong(
    slack: SlackSandbox, http_app: SmallApp, element: Json, typed: str, reason: str
) -> None:
    """A required field left empty, or a text out of bounds, isn't sent but by a forger."""
    acked = await slack.command("carl", "#sales", "/echo")
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    view = modal("call", text_input("phone", **element))
    await client.views_open(trigger_id=acked.trigger_id, view=view)
    opened = slack.views("carl")[-1]
    with pytest.raises(FingerError, match=reason):
        await slack.submit("carl", opened, {"phone": typed})
    assert (await slack.submit("carl", opened, {"phone": typed}, forged=True)).ok


async def test_a_late_ack_shows_slacks_own_words(slack: SlackSandbox, app: SmallApp) -> None:
    """An ack after Slack's patience is a time-out, as the person sees it."""
    acked = await slack.command("carl", "#sales", "/late")
    assert (acked.ok, acked.error, acked.status) == (False, "operation_timeout", 0)
    assert acked.elapsed >= 0.5
    words = slack.ephemerals("carl")[-1].text
    assert words == '/late failed with the error "operation_timeout"'


async def test_an_unknown_command_fails_with_dispatch_failed(
    slack: SlackSandbox, http_app: SmallApp
) -> None:
    """An answer that isn't 2xx, or none at all, is a failed dispatch."""
    acked = await slack.command("carl", "#sales", "/unheard-of")
    assert (acked.status, acked.error) == (404, "dispatch_failed")
    slack.bot_url = "http://127.0.0.1:9"
    assert (await slack.command("carl", "#sales", "/echo")).error == "dispatch_failed"
    assert [m.user for m in slack.ephemerals("carl")] == ["USLACKBOT", "USLACKBOT"]


async def test_closing_is_told_to_who_asked_for_it(slack: SlackSandbox, http_app: SmallApp) -> None:
    """A modal with notify_on_close sends view_closed, and is gone."""
    await slack.command("carl", "#sales", "/call")
    view = (await slack.wait_for(lambda: slack.views("carl")))[-1]
    acked = await slack.close("carl", view)
    assert acked
    assert acked.ok
    assert http_app.seen[-1]["type"] == "view_closed"
    assert slack.views("carl") == []


async def test_a_message_shortcut_opens_a_modal(slack: SlackSandbox, app: SmallApp) -> None:
    """A shortcut on a message carries it; the message's text reached the app as an event, too."""
    said = await slack.say("vera", "#sales", "please call +14155550132")
    await slack.wait_for(lambda: app.seen)
    assert app.seen[-1]["event"]["channel_type"] == "channel"
    acked = await slack.shortcut("vera", "call_this", said)
    assert acked.ok
    assert app.seen[-1]["message"]["text"] == "please call +14155550132"
    assert app.seen[-1]["type"] == "message_action"
    await slack.wait_for(lambda: slack.views("vera"))


async def test_opening_the_home_tab_publishes_it(slack: SlackSandbox, app: SmallApp) -> None:
    """app_home_opened leads to a published Home tab."""
    acked = await slack.open_home("olivia")
    assert acked is not None
    assert acked.ok
    home = await slack.wait_for(lambda: slack.home("olivia"))
    assert home.all_text() == "Calls"


@pytest.mark.parametrize(
    ("refusals", "numbers", "ok"),
    [(0, [""], True), (2, ["", "1", "2"], True), (9, ["", "1", "2", "3"], False)],
)
async def test_events_are_repeated_until_they_are_acked(
    slack: SlackSandbox,
    http_app: SmallApp,
    refusals: int,
    numbers: list[str],
    ok: bool,  # noqa: FBT001 - a table's column
) -> None:
    """An event that isn't acked comes again up to three times, numbered."""
    http_app.refuse_events = refusals
    acked = await slack.event({"type": "app_home_opened", "user": "U0CARL0001", "tab": "home"})
    assert http_app.retries == numbers
    assert acked.ok is ok


async def test_the_same_bytes_can_arrive_twice(slack: SlackSandbox, http_app: SmallApp) -> None:
    """Copies and replays carry one signature and one trigger_id."""
    acks = await slack.command("carl", "#sales", "/echo", "twice", copies=2)
    assert len({acked.trigger_id for acked in acks}) == 1
    request = acks[0].request
    assert request
    assert acks[1].request == request
    assert [acked.status for acked in await slack.resend(request)] == [200]
    assert [body["trigger_id"] for body in http_app.seen] == [acks[0].trigger_id] * 3


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"age": 301}, 401),
        ({"secret": "another-secret"}, 401),
        ({"headers": {"X-Slack-Signature": None}}, 401),
    ],
)
async def test_raw_requests_are_signed_as_told(
    slack: SlackSandbox, http_app: SmallApp, options: Json, status: int
) -> None:
    """Old, forged and unsigned requests really are; Bolt refuses them."""
    body = b'{"type":"url_verification","challenge":"c"}'
    acked = await slack.raw(body, content_type="application/json", **options)
    assert acked.status == status


async def test_socket_mode_reconnects_when_asked_to(slack: SlackSandbox) -> None:
    """A disconnect message makes the app open a new connection, over which commands go on."""
    async with connected(slack, SmallApp(slack.api_url)):
        await slack.refresh_sockets()
        await slack.wait_for(lambda: len(slack.calls("apps.connections.open")) == 2)
        await slack.wait_for(lambda: slack.sockets.connections == 1)
        assert (await slack.command("carl", "#sales", "/echo", "again")).body == {"text": "again"}
        slack.sockets.silent = True
        assert (await slack.command("carl", "#sales", "/echo")).error == "operation_timeout"


async def test_nobody_connected_is_a_failed_dispatch(slack: SlackSandbox) -> None:
    """In Socket Mode without a connection Slack fails at once; a ticket is good for one."""
    slack.mode = "socket"
    assert (await slack.command("carl", "#sales", "/echo")).error == "dispatch_failed"
    assert slack.ephemerals("carl")[0].text == '/echo failed with the error "dispatch_failed"'
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(
        app_token="xapp-test"
    )
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_an_external_select_is_offered_options(
    slack: SlackSandbox, http_app: SmallApp
) -> None:
    """Typing into an external select asks the app; what is chosen is in the submission."""
    element = {"type": "external_select", "action_id": "script"}
    block = {"type": "input", "block_id": "script", "label": plain("Script"), "element": element}
    acked = await slack.command("carl", "#sales", "/echo")
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    view = modal("call", {**block, "dispatch_action": True})
    await client.views_open(trigger_id=acked.trigger_id, view=view)
    opened = slack.views("carl")[0]
    offered = await slack.suggest("carl", opened, "script", "spr")
    assert offered.body["options"][0]["value"] == "spr-1"
    await slack.submit("carl", opened, {"script": "spr-1"})
    values = http_app.seen[-1]["view"]["state"]["values"]
    assert values["script"]["script"]["selected_option"]["value"] == "spr-1"


async def test_every_change_is_in_the_feed_in_order(
    slack: SlackSandbox, http_app: SmallApp
) -> None:
    """Whoever subscribes sees each change once, numbered without gaps."""
    seen: list[int] = []
    unsubscribe = slack.subscribe(lambda change: seen.append(change.seq))
    await slack.command("carl", "#sales", "/call")
    await slack.wait_for(lambda: slack.views("carl"))
    unsubscribe()
    kinds = [change.kind for change in slack.changes]
    assert "view_opened" in kinds
    assert seen == list(range(1, len(seen) + 1))


async def test_a_guest_and_a_stranger_are_told_apart(
    slack: SlackSandbox, http_app: SmallApp
) -> None:
    """What the app learns of people shows who is a guest and who is of another organisation."""
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    gus = (await client.users_info(user=slack.directory.person("gus").id))["user"]
    ext = (await client.users_info(user=slack.directory.person("ext").id))["user"]
    assert (gus["is_restricted"], gus["team_id"]) == (True, "T0SANDBOX")
    assert (ext["is_stranger"], ext["team_id"]) == (True, "T0ELSEWHERE")
    card = await client.chat_postMessage(channel="C0PARTNERS", text="card", blocks=CARD)
    message = slack.message("#partners", card["ts"])
    assert message
    await slack.click("ext", message, "hang_up")
    assert http_app.seen[-1]["user"]["team_id"] == "T0ELSEWHERE"
