"""Attach Call ID: who may give a call which id, and what it is good for."""

import pytest

from bot.sandbox.slack import Message
from bot.sandbox.slack.views import View
from bot.sandbox.toingg import faults
from tests.stage import JOHN, QUICK, STATUS_TOKEN, Stage, buttons_of
from tests.witness import audited, report, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DIAL = "/api/make_toingg/"
NAMED = "CA" + "ab" * 16
STRANGE = "CA" + "0f" * 16


async def without_id(stage: Stage, by: str = "carl", quick: str = QUICK) -> Message:
    """A call that Toingg takes without saying its id: the card."""
    cards = len(stage.cards())
    stage.toingg.fail_next(faults.without_id(), path=DIAL)
    await stage.slack.command(by, "sales", "/toingg-call", quick)
    await stage.until(lambda: len(stage.cards()) > cards)
    return await stage.card("no call id")


async def form(stage: Stage, by: str, card: Message) -> View:
    """The modal, opened by this person."""
    await stage.slack.click(by, card, "call.attach")
    return await stage.modal(by, "Attach Call ID")


async def test_an_owner_gives_a_call_its_id_and_it_is_hung_up(stage: Stage) -> None:
    """The field says what is wrong with an id; then Hang Up works, and the audit log knows."""
    async with stage.bot(toingg_status_token="") as bot:
        card = await without_id(stage)
        assert buttons_of(card) == ["Attach Call ID"]
        (call_sid,) = stage.toingg.calls
        view = await form(stage, "olivia", card)
        wrong = await stage.slack.submit("olivia", view, {"call_sid": "CA123"})
        assert list(wrong.body["errors"]) == ["call_sid"]
        assert (await stage.slack.submit("olivia", view, {"call_sid": f" {call_sid}\u00a0"})).ok
        assert stage.slack.views("olivia") == []
        card = await stage.card("Placed. Toingg doesn't report")
        await stage.until(lambda: "<@U0OLIVIA01> attached the call id." in stage.thread(card))
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by <@U0CARL0001>")
        entry, ended = await audited(bot)
        assert (ended["actor"], ended["deed"]) == ("U0CARL0001", "call_hung_up")
        assert (entry["actor"], entry["deed"]) == ("U0OLIVIA01", "attach_unseen")
        assert entry["detail"] == {"call_sid": call_sid}
    assert stage.hang_ups() == [call_sid]


@ON_SQLITE
async def test_a_caller_cannot_attach_an_id_that_nobody_named(stage: Stage) -> None:
    """Else anybody could end, or read, a call that isn't theirs: it stays an owner's deed."""
    async with stage.bot(toingg_status_token="") as bot:
        card = await without_id(stage)
        view = await form(stage, "carl", card)
        refused = await stage.slack.submit("carl", view, {"call_sid": STRANGE})
        assert "An owner can attach it" in refused.body["errors"]["call_sid"]
        (row,) = await rows(bot)
        assert row["call_sid"] is None
        assert await audited(bot) == []


@ON_SQLITE
async def test_an_id_of_another_call_is_nobodys_to_attach(stage: Stage) -> None:
    """Whoever asks: the id of a row is that row's."""
    async with stage.bot(toingg_status_token="") as bot:
        await stage.slack.command("oscar", "sales", "/toingg-call", "+14155550133 | Jane | Fall")
        await stage.card("Placed. Toingg doesn't report")
        (theirs,) = stage.toingg.calls
        card = await without_id(stage)
        for who in ("carl", "olivia"):
            view = await form(stage, who, card)
            refused = await stage.slack.submit(who, view, {"call_sid": theirs})
            assert "another call's" in refused.body["errors"]["call_sid"]
        assert [row["call_sid"] for row in await rows(bot)] == [theirs, None]
    assert stage.hang_ups() == []


async def test_a_caller_attaches_what_toingg_named_for_the_number(stage: Stage) -> None:
    """Reports fit two calls to the number: the thread names the id, a person decides, and what
    was reported counts from then on.
    """
    async with stage.bot() as bot:
        stage.toingg.status_to(None)
        first = await without_id(stage)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        question = stage.slack.ephemerals("carl")[-1]
        stage.toingg.fail_next(faults.without_id(), path=DIAL)
        await stage.slack.click("carl", question, "draft.confirm")
        await stage.until(lambda: len(stage.cards()) == 2)
        fields = {"CallSid": NAMED, "CallStatus": "ringing", "To": JOHN}
        token = {"X-Toingg-Token": STATUS_TOKEN}
        await stage.until(lambda: len(stage.dials()) == 2)
        await stage.until(lambda: all("no call id" in c.all_text() for c in stage.cards()))
        for _ in range(2):
            assert await report(stage.slack.bot_url, fields, headers=token) == 200
        end = fields | {"CallStatus": "completed", "CallDuration": "9"}
        assert await report(stage.slack.bot_url, end, headers=token) == 200
        await stage.until(lambda: f"`{NAMED}`" in stage.thread(first))
        view = await form(stage, "carl", first)
        assert (await stage.slack.submit("carl", view, {"call_sid": NAMED})).ok
        await stage.until(lambda: "attached the call id" in stage.thread(first))
        assert stage.thread(first).count(NAMED) == 2
        card = await stage.card("Ended after 9 s")
        assert buttons_of(card) == ["Call Again"]
        assert [row["call_sid"] for row in await rows(bot)] == [NAMED, None]
        assert [entry["deed"] for entry in await audited(bot)] == ["policy_lifted"]
