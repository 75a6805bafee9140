"""Cards that are gone, or closed, for good: moved once while there is something to click."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import Bot
from bot.clock import now
from bot.sandbox.slack import Message
from bot.sandbox.slack.calls import ApiCall
from bot.sandbox.slack.people import BOT, Channel
from bot.sandbox.toingg import Life
from storage import cards
from storage.rows import Elsewhere
from tests.logged import Logged
from tests.stage import QUICK, STATUS_TOKEN, Stage, buttons_of, text_of
from tests.witness import Rounds, Travels, report, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
GOES_ON = "so it goes on here"
GIVEN_UP = "It isn't posted again"
ANN = "+14155550133 | Ann Roe | Autumn Sale"

Loss = Callable[[Stage, Message], None]


def deleted(stage: Stage, card: Message) -> None:
    """Somebody who may deletes it."""
    stage.slack.workspace.messages.delete(card)


def archived(stage: Stage, card: Message) -> None:
    """Its channel is archived."""
    channel = stage.slack.channel(card.channel)
    stage.slack.directory.add_channel(replace(channel, is_archived=True))


def kicked(stage: Stage, card: Message) -> None:
    """The bot is removed from its channel."""
    channel = stage.slack.channel(card.channel)
    members = tuple(member for member in channel.members if member != BOT.id)
    stage.slack.directory.add_channel(replace(channel, members=members))


def closed(stage: Stage, _card: Message) -> None:
    """The workspace lets nobody edit messages as old as this."""
    stage.slack.fail_next("chat.update", "edit_window_closed", channel="sales")


async def placed(stage: Stage, channel: str = "sales") -> tuple[Message, str]:
    """Carl calls John, of whom nothing is reported by itself: the card, and the callSid."""
    stage.toingg.live(Life(ring_after=60))
    known = set(stage.toingg.calls)
    await stage.slack.command("carl", channel, "/toingg-call", QUICK)
    card = await stage.card("Placed", channel)
    await stage.until(lambda: "Placed" in stage.thread(card))
    return card, next(iter(set(stage.toingg.calls) - known))


async def say(stage: Stage, call_sid: str, status: str, seq: int, **more: str) -> None:
    """Toingg reports it."""
    fields = {"CallSid": call_sid, "CallStatus": status, "SequenceNumber": str(seq), **more}
    url, token = stage.slack.bot_url, {"X-Toingg-Token": STATUS_TOKEN}
    assert await report(url, fields, headers=token) == 200


async def in_dm(stage: Stage, *words: str, user: str = "@carl") -> Message:
    """The message in somebody's DM that comes to say all of this."""

    def found() -> Message | None:
        said = stage.slack.messages(user)
        return next((m for m in said if all(word in text_of(m) for word in words)), None)

    return await stage.until(found, seconds=15)


def behind(bot: Bot) -> set[str]:
    """The campaigns of the calls that the catch-up would bring up."""
    home = [bot.home.id]
    with bot.database.engine.connect().execution_options(read_only=True) as connection:
        found = cards.unposted(connection, home)
        found += cards.untold(connection, home, before=now())
        found += cards.undrawn(connection, home, limit=100)
    return {call.campaign for call in found}


def about(stage: Stage, *, since: int) -> list[ApiCall]:
    """The requests after so many that aren't of Ann's call."""
    return [each for each in stage.slack.api_calls[since:] if "Autumn Sale" not in str(each.args)]


@pytest.mark.parametrize("loss", [deleted, archived, kicked, closed])
async def test_a_live_calls_card_goes_on_in_the_askers_messages(
    stage: Stage, log: Logged, loss: Loss
) -> None:
    """Hang Up arrives there and works, the thread goes on there, and it is posted but once."""
    async with stage.bot() as bot:
        card, sid = await placed(stage)
        loss(stage, card)
        await say(stage, sid, "in-progress", 2)
        moved = await in_dm(stage, "Answered", GOES_ON)
        assert buttons_of(moved) == ["Hang Up"]
        await stage.until(lambda: "Answered." in stage.thread(moved))
        await stage.slack.click("carl", moved, "call.hang_up")
        ended = await in_dm(stage, "Hung up by", GOES_ON)
        await stage.until(lambda: "Hung up by" in stage.thread(moved))
        assert buttons_of(ended) == ["Call Again"]
        await stage.until(lambda: not behind(bot))
    assert stage.hang_ups() == [sid]
    assert [m.ts for m in stage.slack.messages("@carl") if not m.thread_ts] == [moved.ts]
    assert len(log.actions("card_moved")) == 1
    assert log.actions("card_lost") == []


@ON_SQLITE
async def test_a_private_channel_without_the_bot(stage: Stage) -> None:
    """There Slack doesn't know the channel any more; it is the same to the card."""
    members = stage.slack.channel("sales").members
    channel = Channel("C0TEAM0001", "team", members, kind="private_channel")
    stage.slack.directory.add_channel(channel)
    async with stage.bot():
        card, sid = await placed(stage, "team")
        kicked(stage, card)
        await say(stage, sid, "in-progress", 2)
        assert buttons_of(await in_dm(stage, "Answered", GOES_ON)) == ["Hang Up"]


@ON_SQLITE
async def test_what_is_left_behind_has_nothing_to_click(stage: Stage) -> None:
    """Where the bot may still change the old card, it says where the call goes on."""
    async with stage.bot():
        card, sid = await placed(stage)
        kicked(stage, card)
        await say(stage, sid, "in-progress", 2)
        await in_dm(stage, "Answered", GOES_ON)
        left = await stage.card("Goes on in the direct messages of <@U0CARL0001>")
        assert buttons_of(left) == []


@ON_SQLITE
async def test_a_line_that_lost_its_thread_is_taken_away(stage: Stage) -> None:
    """Slack may put an answer to a deleted message into the channel: it doesn't stay there."""
    stage.slack.workspace.orphans_land = True
    stage.timing = replace(stage.timing, gather=1.5)
    async with stage.bot():
        card, sid = await placed(stage)
        await say(stage, sid, "in-progress", 2)
        await stage.card("Answered")
        for message in stage.slack.messages("sales", card.ts):
            deleted(stage, message)
        moved = await in_dm(stage, "Answered", GOES_ON)
        await stage.until(lambda: "Answered." in stage.thread(moved))
        assert stage.slack.messages("sales") == []
    assert len(stage.slack.calls("chat.delete")) == 1


async def test_a_call_that_is_over_is_given_up(stage: Stage, log: Logged) -> None:
    """Who asked is told how it ended, once; then nothing is sent for it, restarts included."""
    async with stage.bot() as bot:
        card, sid = await placed(stage)
        for message in stage.slack.messages("sales", card.ts):
            deleted(stage, message)
        await say(stage, sid, "completed", 3, CallDuration="41")
        told = await in_dm(stage, "Ended after 41 s", GIVEN_UP)
        assert buttons_of(told) == []
        await stage.until(lambda: log.actions("card_lost"))
        stage.toingg.live(Life(ring_after=0.05, answer_after=0.1))
        rounds, sent = Rounds(bot), len(stage.slack.api_calls)
        stage.toingg.status_to(f"{stage.slack.bot_url}/toingg/status", token=STATUS_TOKEN)
        await stage.slack.command("carl", "sales", "/toingg-call", ANN)
        other = await stage.card("Answered")
        await stage.until(lambda: "Answered" in stage.thread(other))
        await stage.until(rounds.after(3), seconds=15)
        await stage.until(lambda: not behind(bot))
        assert _not_in_thread(about(stage, since=sent), other) == []
    for _ in range(2):
        sent = len(stage.slack.api_calls)
        async with stage.bot() as bot:
            await stage.until(Rounds(bot).after(2), seconds=15)
            assert {each.method for each in stage.slack.api_calls[sent:]} <= {"auth.test"}
            assert {row["elsewhere"] for row in await rows(bot)} == {Elsewhere.NOWHERE, None}
    assert len(log.actions("card_lost")) == 1
    assert len(stage.slack.messages("@carl")) == 1


def _not_in_thread(calls: list[ApiCall], card: Message) -> list[ApiCall]:
    """Those that don't write into this card's thread, and aren't a question about the channel."""
    return [
        each
        for each in calls
        if each.args.get("thread_ts") != card.ts and each.method.startswith("chat.")
    ]


@ON_SQLITE
async def test_a_card_is_moved_once(stage: Stage, log: Logged) -> None:
    """Deleted where it goes on as well, it is given up, and the call goes on without it."""
    async with stage.bot() as bot:
        card, sid = await placed(stage)
        deleted(stage, card)
        await say(stage, sid, "ringing", 1)
        moved = await in_dm(stage, "Ringing", GOES_ON)
        deleted(stage, moved)
        await say(stage, sid, "in-progress", 2)
        await in_dm(stage, "Answered", GIVEN_UP)
        await stage.until(lambda: log.actions("card_lost"))
        sent = len(stage.slack.api_calls)
        answer = await stage.slack.command("carl", "sales", "/toingg-hangup", sid)
        assert answer.ok
        await stage.until(stage.hang_ups)
        await stage.until(Rounds(bot).after(2), seconds=15)
        await stage.until(lambda: not behind(bot))
        assert about(stage, since=sent) == []


@ON_SQLITE
async def test_an_asker_who_cannot_be_told(stage: Stage, log: Logged) -> None:
    """Channel and direct messages are closed: tried once each, then given up in silence."""
    direct = stage.slack.channel("@carl")
    async with stage.bot() as bot:
        for place in (direct.id, "sales"):
            stage.slack.fail_next("chat.postMessage", "restricted_action", times=99, channel=place)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: log.actions("card_lost"))
        sent = len(stage.slack.api_calls)
        await stage.until(lambda: [c.state for c in stage.toingg.calls.values()] == ["in-progress"])
        await stage.until(Rounds(bot).after(3), seconds=15)
        await stage.until(lambda: not behind(bot))
        assert stage.slack.api_calls[sent:] == []
        stage.slack.up()
        await stage.slack.command("oscar", "sales", "/toingg-call", ANN)
        await stage.card("Answered")
    assert len(log.actions("card_lost")) == 1


@ON_SQLITE
async def test_others_are_not_held_up(stage: Stage) -> None:
    """Twenty lost cards cost no other call its card, its redraws or its thread."""
    stage.toingg.live(Life(ring_after=60))
    async with stage.bot() as bot:
        for number in range(20):
            text = f"+14155550{100 + number} | John Doe | Lost {number}"
            await stage.slack.command("carl", "sales", "/toingg-call", text)
        await stage.until(lambda: len(stage.cards()) == 20, seconds=15)
        await stage.until(lambda: all("Placed" in stage.thread(c) for c in stage.cards()))
        for message in stage.slack.messages("sales"):
            deleted(stage, message)
        for sid in list(stage.toingg.calls):
            await say(stage, sid, "completed", 3, CallDuration="5")
        stage.toingg.live(Life(ring_after=0.05, answer_after=0.1))
        await stage.slack.command("oscar", "sales", "/toingg-call", ANN)
        other = await stage.card("Answered")
        await stage.until(lambda: "Answered" in stage.thread(other))
        await stage.until(lambda: len(stage.slack.messages("@carl")) == 20, seconds=15)
        await stage.until(lambda: not behind(bot))


@ON_SQLITE
async def test_a_token_that_is_refused_stops_all_cards_together(stage: Stage, log: Logged) -> None:
    """One request now and then finds out, whoever waits; then every card catches up."""
    stage.clock = clock = Travels()
    token = stage.slack.workspace.bot_token
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-calls")
        stage.slack.workspace.bot_token = "xoxb-another"
        for number in range(6):
            text = f"+14155550{100 + number} | John Doe | Sale {number}"
            assert (await stage.slack.command("carl", "sales", "/toingg-call", text)).ok
        await stage.until(lambda: len(stage.toingg.calls) == 6)
        await stage.until(lambda: log.actions("token_refused"))
        await stage.until(Rounds(bot).after(2), seconds=15)
        refused = len(stage.slack.api_calls)
        await stage.until(Rounds(bot).after(2), seconds=15)
        assert len(stage.slack.api_calls) == refused
        clock.forward(timedelta(seconds=20))
        await stage.until(lambda: len(stage.slack.api_calls) > refused)
        await stage.until(Rounds(bot).after(2), seconds=15)
        assert len(stage.slack.api_calls) == refused + 1
        stage.slack.workspace.bot_token = token
        clock.forward(timedelta(seconds=60))
        await stage.until(lambda: len(stage.cards()) == 6, seconds=15)
        await stage.until(lambda: all("Answered" in text_of(c) for c in stage.cards()), seconds=15)
    assert len(log.actions("token_refused")) == 2
    assert log.actions("card_lost", "card_moved") == []
