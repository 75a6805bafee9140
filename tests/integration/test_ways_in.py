"""Ways in besides commands: a message's shortcut, the shortcuts menu, a direct message, a modal.

No flow stands behind them here: the routes are the test's own, the way to them is the bot's.
"""

from typing import Any

import pytest

from bot.errors import BotError
from bot.sandbox.slack import payloads
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.people import BOT
from bot.sandbox.slack.wire import Acked, Parcel
from bot.slack.routes import MESSAGE, FileRef, Kind
from tests.desk import AT, ROWS, Desk
from tests.logged import Logged
from tests.stage import Stage, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told_bot(stage: Stage, user: str = "carl") -> list[str]:
    """What the bot said in somebody's direct message."""
    return [each.text for each in stage.slack.messages(f"@{user}") if each.bot_id]


async def test_a_shortcut_on_a_message(stage: Stage, log: Logged) -> None:
    """The message's text as it was marked up, its files and its place come with the ask."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        text = "call <tel:+14155550132|+1 415 555 0132>, please"
        file = stage.slack.share("vera", "numbers.csv", ROWS)
        message = await stage.slack.say("vera", "#sales", text, files=(file,))
        acked = await stage.slack.message_shortcut("carl", message, "campaign.from_message")
        ask = await desk.asked()
        assert (acked.status, acked.body) == (200, None)
        assert (ask.kind, ask.name, ask.text) == (Kind.SHORTCUT, "campaign.from_message", text)
        assert ask.files == {MESSAGE: (FileRef(file["id"], "numbers.csv", len(ROWS)),)}
        assert (ask.channel, ask.message_ts) == (message.channel, message.ts)
        assert (ask.trigger_id, ask.response_url) == (acked.trigger_id, acked.response_url)
        await stage.modal("carl", "Campaign")


async def test_the_shortcuts_menu(stage: Stage, log: Logged) -> None:
    """It happens nowhere: the modal is opened by its trigger."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        await stage.slack.shortcut("carl", "campaign.new")
        ask = await desk.asked()
        assert (ask.channel, ask.response_url, ask.text, ask.files) == ("", "", "", {})
        await stage.modal("carl", "Campaign")


async def test_a_modal_with_every_input(stage: Stage, log: Logged) -> None:
    """Strings by block id; the file by its reference, to be read; the metadata comes back."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        await stage.slack.shortcut("carl", "campaign.new")
        view = await stage.modal("carl", "Campaign")
        file = stage.slack.share("carl", "numbers.csv", ROWS)
        entered: Values = {
            "numbers": "+1 415 555 0132",
            "list": [file],
            "start": int(AT.timestamp()),
            "pace": "30",
            "approver": "U0OLIVIA01",
            "also": ["retry", "text"],
            "zone": "Europe/Oslo",
        }
        acked = await stage.slack.submit("carl", view, entered)
        assert (acked.status, acked.body) == (200, None)
        ask = await desk.asked(2)
        assert ask.typed == {
            "numbers": "+1 415 555 0132",
            "list": "",
            "start": str(int(AT.timestamp())),
            "pace": "30",
            "approver": "U0OLIVIA01",
            "also": "retry text",
            "zone": "Europe/Oslo",
        }
        assert ask.files == {"list": (FileRef(file["id"], "numbers.csv", len(ROWS)),)}
        assert (ask.metadata, ask.key, ask.view_id) == ("draft-1", view.id, view.id)


async def test_a_modal_that_is_redrawn_while_somebody_types(stage: Stage, log: Logged) -> None:
    """A click in it has all that was typed, and the hash: a late redraw undoes no later one."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        await stage.slack.shortcut("carl", "campaign.new")
        view = await stage.modal("carl", "Campaign")
        stage.slack.fill(view, {"pace": "30"})
        await stage.slack.click("carl", view, "f.live", value="+1 415")
        ask = await desk.asked(2)
        assert (ask.kind, ask.name, ask.value) == (Kind.CLICK, "f.live", "+1 415")
        assert (ask.typed["numbers"], ask.typed["pace"]) == ("+1 415", "30")
        assert (ask.metadata, ask.view_id, ask.view_hash) == ("draft-1", view.id, view.hash)
        await stage.until(lambda: "6 characters" in text_of(stage.slack.views("carl")[-1]))
        assert stage.slack.views("carl")[-1].values()["pace"]["value"]["value"] == "30"


async def test_a_file_dropped_into_the_bots_direct_message(stage: Stage, log: Logged) -> None:
    """An empty 200 at once; then the file is read, and answered where it was dropped."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        message = await stage.slack.upload("carl", "@carl", "numbers.csv", ROWS, "these")
        ask = await desk.asked()
        assert (ask.kind, ask.name, ask.text) == (Kind.EVENT, "message.im", "these")
        assert ask.key.startswith("Ev")
        assert (ask.channel, ask.message_ts) == (message.channel, message.ts)
        assert (ask.response_url, ask.trigger_id) == ("", "")
        assert ask.actor.user_id == "U0CARL0001"
        await stage.until(lambda: told_bot(stage) == [f"numbers.csv: {len(ROWS)} bytes"])
    assert len(desk.asks) == 1  # the bot's own answer asks nothing


async def heard(stage: Stage, **other: Any) -> Acked:
    """A message event of Carl's, or of whoever is named."""
    slack = stage.slack
    said = {
        "type": "message",
        "channel_type": "im",
        "channel": slack.channel("@carl").id,
        "user": "U0CARL0001",
        "text": "+1 415 555 0132",
        "ts": slack.workspace.feed.new_ts(),
        **other,
    }
    return await slack.event(said)


async def test_a_repeated_event_has_the_same_key(stage: Stage, log: Logged) -> None:
    """Slack repeats what it thinks wasn't taken: the flow knows it by its key."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        ws = stage.slack.workspace
        inner = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U0CARL0001"}
        parcel = Parcel("events_api", payloads.event(ws.team, inner, "Ev0REPEAT1", 1), (1, "x"))
        for acked in await stage.slack.wire.send(parcel, copies=3):
            assert (acked.status, acked.body) == (200, None)
        await desk.asked(3)
        assert {ask.key for ask in desk.asks} == {"Ev0REPEAT1"}


async def test_what_is_nobodys_business_is_dropped(stage: Stage, log: Logged) -> None:
    """The bot's own, other bots', edits, other places, other workspaces, unknown people: quietly.

    Each has its 200, and nobody is told anything.
    """
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        for other in (
            {"user": BOT.id},
            {"bot_id": "B0OTHER"},
            {"subtype": "message_changed", "user": None, "message": {"text": "x"}},
            {"channel_type": "channel", "channel": "C0SALES001"},
            {"user": "U0NOBODY99"},
            {"type": "reaction_added", "user": "U0CARL0001", "item": {"channel": "C0SALES001"}},
        ):
            acked = await heard(stage, **other)
            assert (acked.status, acked.body) == (200, None), other
        ws = stage.slack.workspace
        inner = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U0CARL0001"}
        body = payloads.event(ws.team, inner, "Ev1", 1) | {"team_id": "T9", "authorizations": []}
        (acked,) = await stage.slack.wire.send(Parcel("events_api", body))
        assert acked.status == 200
        await stage.until(lambda: log.actions("refused"))
    assert desk.asks == []
    assert stage.slack.calls("chat.postMessage") == []


async def test_without_a_listener_nothing_is_said(stage: Stage, log: Logged) -> None:
    """A bot that has no flow for it doesn't answer people who write to it."""
    async with stage.bot() as bot:
        del bot.routes._routes[Kind.EVENT, "message.im"]
        acked = await heard(stage)
        assert (acked.status, acked.body) == (200, None)
    assert stage.slack.calls("chat.postMessage") == []


async def test_the_role_is_asked_for_at_each_way_in(stage: Stage, log: Logged) -> None:
    """A guest is told who can help: by a shortcut's answer, or in the direct message."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        message = await stage.slack.say("vera", "#sales", "+1 415 555 0132")
        await stage.slack.message_shortcut("gus", message, "campaign.from_message")
        await stage.until(lambda: "Your role doesn't cover this" in stage.said_to("gus"))
        await stage.slack.upload("gus", "@gus", "numbers.csv", ROWS)
        await stage.until(lambda: told_bot(stage, "gus"))
        assert told_bot(stage, "gus")[0].startswith("Your role doesn't cover this.")
    assert desk.asks == []


async def test_what_goes_wrong_is_told_in_the_direct_message(stage: Stage) -> None:
    """A fault that has words, a file that is gone, and one of ours with its reference."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        desk.fault = BotError("Send the list as a CSV file.")
        await heard(stage)
        await stage.until(lambda: told_bot(stage) == ["Send the list as a CSV file."])
        desk.fault = None
        await heard(stage, files=[{"id": "F0NOWHERE1"}])
        await stage.until(lambda: len(told_bot(stage)) > 1)
        assert told_bot(stage)[1].startswith("Slack doesn't have this file any more")
        desk.fault = RuntimeError("a fault of ours")
        await heard(stage)
        await stage.until(lambda: len(told_bot(stage)) > 2)
        assert told_bot(stage)[2].startswith("Something went wrong on our side")


async def test_malformed_events_and_inputs_are_refused(stage: Stage, log: Logged) -> None:
    """What Slack never sends has its 400; no 5xx, and nobody is asked."""
    async with stage.bot() as bot:
        desk = Desk(bot, stage)
        stage.slack.retry_after = ()
        for other in (
            {"files": "x"},
            {"files": [{"id": ""}]},
            {"files": [{"id": "F1", "size": "large"}]},
            {"channel": {"id": "D1"}},
            {"user": ["U0CARL0001"]},
            {"ts": 5},
        ):
            assert (await heard(stage, **other)).status == 400, other
        body = payloads.event(stage.slack.workspace.team, {"type": "message"}, "", 1)
        for broken in ({"event": 5}, {"event": {"type": None}}, {"event_id": 7}):
            (acked,) = await stage.slack.wire.send(Parcel("events_api", body | broken))
            assert acked.status == 400, broken
    assert desk.asks == []
