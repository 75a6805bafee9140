"""Hanging up by card, by callSid and from the list; the list of calls."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from bot.sandbox.slack import Message
from bot.sandbox.toingg import Life, faults
from bot.sandbox.toingg.faults import Fault
from storage import hangups
from storage import rows as stored
from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of
from tests.witness import Travels, audited, away, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HANG_UP = "/api/hang_up_call/"
STRANGE = "CA" + "0f" * 16


async def called(stage: Stage, by: str = "carl") -> tuple[Message, str]:
    """Somebody calls John, who answers: the card, and the callSid."""
    await stage.slack.command(by, "sales", "/toingg-call", QUICK)
    return await stage.card("Answered"), next(iter(stage.toingg.calls))


def answer_to(stage: Stage, user: str) -> Message:
    """What this person was told last."""
    return stage.slack.ephemerals(user)[-1]


async def test_a_typed_call_id_hangs_up(stage: Stage) -> None:
    """The command names the call; Toingg hears of it once, the thread hears by whom."""
    async with stage.bot():
        card, call_sid = await called(stage)
        await stage.slack.command("carl", "sales", "/toingg", f"hangup {call_sid}")
        assert "Hanging up" in text_of(answer_to(stage, "carl"))
        await stage.card("Hung up by <@U0CARL0001>")
        await stage.slack.command("carl", "sales", "/toingg-hangup", call_sid)
        assert "out of date" in text_of(answer_to(stage, "carl"))
        await stage.until(lambda: "Hung up by <@U0CARL0001>." in stage.thread(card))
    assert stage.hang_ups() == [call_sid]


@ON_SQLITE
async def test_what_is_no_call_id_is_told_so(stage: Stage) -> None:
    """The answer says what a call id looks like, and how to find one."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-hangup", "CA12")
        assert "A call id is CA and 32" in text_of(answer_to(stage, "carl"))
    assert stage.hang_ups() == []


async def test_an_unseen_call_is_an_owners_to_end(stage: Stage) -> None:
    """To a caller it is unknown; an owner ends it, is told whose call it isn't, and is audited."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-hangup", STRANGE)
        assert "Toingg doesn't know that" in text_of(answer_to(stage, "carl"))
        assert stage.hang_ups() == []
        assert await audited(bot) == []
        await stage.slack.command("olivia", "sales", "/toingg-hangup", STRANGE)
        assert "didn't place this call" in stage.said_to("olivia")
        await stage.until(lambda: "Toingg doesn't know that" in stage.said_to("olivia"))
        (entry,) = await audited(bot)
        assert (entry["actor"], entry["deed"]) == ("U0OLIVIA01", "hang_up_unseen")
        assert entry["subject"] == STRANGE
    assert stage.hang_ups() == [STRANGE]


@ON_SQLITE
async def test_without_an_id_it_lists_what_can_be_hung_up(stage: Stage) -> None:
    """Only one's own calls; its button ends the call, twice clicked once."""
    async with stage.bot():
        card, call_sid = await called(stage)
        await stage.slack.command("vera", "sales", "/toingg-hangup")
        assert "Nothing under “Live now”" in text_of(answer_to(stage, "vera"))
        await stage.slack.command("carl", "sales", "/toingg-hangup")
        listed = answer_to(stage, "carl")
        assert "John Doe +1 415 ••• ••32" in text_of(listed)
        clicks = [stage.slack.click("carl", listed, "calls.hang_up") for _ in range(2)]
        await asyncio.gather(*clicks)
        await stage.card("Hung up by")
        await stage.until(lambda: "Hung up by" in stage.thread(card))
    assert stage.hang_ups() == [call_sid]


@ON_SQLITE
async def test_another_caller_cannot_hang_up_and_an_operator_can(stage: Stage) -> None:
    """Neither by the card nor by the id; an operator may end anybody's call."""
    async with stage.bot():
        card, call_sid = await called(stage)
        await stage.slack.click("oscar", card, "call.hang_up")
        await stage.until(lambda: "Only whoever asked for this call" in stage.said_to("oscar"))
        await stage.slack.command("oscar", "sales", "/toingg-hangup", call_sid)
        assert "Toingg doesn't know that" in text_of(answer_to(stage, "oscar"))
        assert stage.hang_ups() == []
    async with stage.bot(default_role="operator"):
        await stage.slack.click("oscar", card, "call.hang_up")
        await stage.card("Hung up by <@U0OSCAR001>")
    assert stage.hang_ups() == [call_sid]


async def test_a_failed_hang_up_comes_back_with_its_reason(stage: Stage) -> None:
    """Toingg's fault is told to who clicked, Hang Up is there again, and then it works."""
    async with stage.bot():
        card, call_sid = await called(stage)
        stage.toingg.fail_next(faults.server_error(made=False), path=HANG_UP)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "<@U0CARL0001> Hang Up didn't get through" in stage.thread(card))
        assert "didn't say whether the call was ended" in stage.thread(card)
        card = await stage.card("Answered")
        assert buttons_of(card) == ["Hang Up"]
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by <@U0CARL0001>")
    assert stage.hang_ups() == [call_sid, call_sid]


@ON_SQLITE
async def test_a_call_that_was_over_already_says_so(stage: Stage) -> None:
    """404 at the hang-up is the end of the call, not a failure of the bot."""
    async with stage.bot(toingg_status_token=""):
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Placed. Toingg doesn't report")
        stage.toingg.fail_next(faults.refuses(404, "Call is already over"), path=HANG_UP)
        await stage.slack.click("carl", card, "call.hang_up")
        card = await stage.card("over before Hang Up reached Toingg")
        assert buttons_of(card) == ["Call Again"]
        await stage.until(lambda: "<@U0CARL0001> Ended." in stage.thread(card))


@ON_SQLITE
async def test_a_call_that_goes_on_is_not_closed_by_a_404(stage: Stage) -> None:
    """Toingg last said that it was answered: Hang Up is there again, with what it says now."""
    async with stage.bot():
        card, call_sid = await called(stage)
        stage.toingg.fail_next(faults.refuses(404, "Call not found"), path=HANG_UP)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "Hang Up didn't get through" in stage.thread(card))
        card = await stage.card("Answered")
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
    assert stage.hang_ups() == [call_sid, call_sid]


@ON_SQLITE
@pytest.mark.parametrize(
    "fault",
    [faults.refuses(404, "Not Found"), faults.raw(b"<html>404</html>", status=404, made=False)],
    ids=["FastAPI's own", "a proxy's page"],
)
async def test_an_address_that_is_not_there_ends_no_call(stage: Stage, fault: Fault) -> None:
    """A 404 of the path says nothing about the call: it may still run."""
    async with stage.bot(toingg_status_token=""):
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Placed. Toingg doesn't report")
        stage.toingg.fail_next(fault, path=HANG_UP)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "TOINGG_BASE_URL" in stage.thread(card))
        assert buttons_of(await stage.card("Placed. Toingg doesn't report")) == ["Hang Up"]


async def test_a_hang_up_that_was_dropped_on_the_way_is_sent(stage: Stage) -> None:
    """The click was written down, and whoever was to send it never did: a look finds it."""
    stage.clock = clock = Travels()
    async with stage.bot() as bot:
        card, call_sid = await called(stage)
        (row,) = await rows(bot)
        call = await bot.database.read(
            partial(stored.get, workspace_id=bot.home.id, call_id=row["id"])
        )
        assert call is not None
        claim = partial(hangups.ask, call=call, run=row["run"], actor="U0CARL0001", now=clock())
        assert await bot.database.write(claim)
        clock.forward(timedelta(seconds=6))
        await stage.until(lambda: "Hung up by <@U0CARL0001>." in stage.thread(card), seconds=12)
    assert stage.hang_ups() == [call_sid]


@ON_SQLITE
async def test_an_outcome_is_written_once_the_database_is_back(stage: Stage) -> None:
    """The database is away when Toingg has answered, for longer than a few tries."""
    async with stage.bot() as bot:
        card, call_sid = await called(stage)
        refused = away(bot.database, hangups.done, times=6)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "Hung up by" in stage.thread(card), seconds=30)
        assert refused() == 6
    assert stage.hang_ups() == [call_sid]


@ON_SQLITE
async def test_the_list_of_calls(stage: Stage) -> None:
    """Empty it teaches; then each call with its thread, and the name for who may see it."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-calls")
        empty = answer_to(stage, "carl")
        assert "No calls yet. `/toingg-call" in text_of(empty)
        assert buttons_of(empty) == ["Call Somebody"]
        card, _ = await called(stage)
        await stage.slack.command("carl", "sales", "/toingg-calls")
        link = f"/archives/{card.channel}/p{card.ts.replace('.', '')}|Thread>"
        mine = text_of(answer_to(stage, "carl"))
        assert "*John Doe +1 415 ••• ••32* · Spring Sale" in mine
        assert link in mine
        await stage.slack.command("vera", "sales", "/toingg-calls", "live")
        others = text_of(answer_to(stage, "vera"))
        assert "+1 415 ••• ••32" in others
        assert link in others
        assert "John" not in others
        assert JOHN not in others


@ON_SQLITE
async def test_the_list_is_filtered_in_place(stage: Stage) -> None:
    """Choosing another state redraws the same message."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02, talk_for=0.1))
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Ended")
        await stage.slack.command("carl", "sales", "/toingg-calls")
        listed = answer_to(stage, "carl")
        assert "John Doe" in text_of(listed)
        await stage.slack.click("carl", listed, "calls.filter", value="live")
        await stage.until(lambda: "Nothing under “Live now”" in text_of(answer_to(stage, "carl")))
        assert answer_to(stage, "carl").ts == listed.ts
        again = answer_to(stage, "carl")
        await stage.slack.click("carl", again, "calls.filter", value="all")
        await stage.until(lambda: "John Doe" in text_of(answer_to(stage, "carl")))
