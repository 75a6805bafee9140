"""Whether a number may be called now: asked again, outside the hours, opted out."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from bot.sandbox.toingg import faults
from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of
from tests.witness import SUNDAY_NOON, Travels, audited, opt_out, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_same_number_within_two_minutes_is_asked_about(stage: Stage) -> None:
    """The second command asks, saying who and when; its button, clicked twice, calls once more."""
    async with stage.bot():
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        question = stage.slack.ephemerals("carl")[-1]
        assert "s ago by <@U0OSCAR001>: Call Again?" in text_of(question)
        assert buttons_of(question) == ["Call Again", "Edit"]
        assert len(stage.dials()) == 1
        clicks = [stage.slack.click("carl", question, "draft.confirm") for _ in range(2)]
        await asyncio.gather(*clicks)
        await stage.until(lambda: len(stage.cards()) == 2)
        await stage.until(lambda: "Calling John Doe" in stage.said_to("carl"))
    assert (
        stage.dials() == [{"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": JOHN}] * 2
    )


@ON_SQLITE
async def test_a_modal_asks_the_same_on_top_of_itself(stage: Stage) -> None:
    """The question is pushed; confirmed, and sent again, it calls once more and closes all."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | John")
        form = await stage.modal("carl", "Call Somebody")
        await stage.slack.submit("carl", form, {"campaign": "Spring Sale"})
        question = await stage.modal("carl", "Not Called Yet")
        assert "s ago by <@U0CARL0001>: Call Again?" in text_of(question)
        assert len(stage.slack.views("carl")) == 2
        answer = await stage.slack.submit("carl", question)
        assert answer.ok
        assert stage.slack.views("carl") == []
        assert answer.request is not None
        await stage.slack.resend(answer.request, copies=2)
        await stage.until(lambda: len(stage.cards()) == 2)
    assert len(stage.dials()) == 2


@ON_SQLITE
async def test_two_minutes_later_nobody_is_asked(stage: Stage) -> None:
    """What was long ago is no reason to ask."""
    stage.clock = clock = Travels()
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        clock.forward(timedelta(minutes=2, seconds=1))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: len(stage.dials()) == 2)


@ON_SQLITE
async def test_call_again_on_a_call_that_is_over_is_a_new_call(stage: Stage) -> None:
    """A new row that remembers the old one; the policy is asked at this door too."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        stage.toingg.advance(next(iter(stage.toingg.calls)), "completed")
        card = await stage.card("Ended after")
        assert buttons_of(card) == ["Call Again"]
        await stage.slack.click("carl", card, "call.again")
        await stage.until(lambda: "Call Again?" in stage.said_to("carl"))
        question = next(m for m in stage.slack.ephemerals("carl") if "Call Again?" in m.text)
        assert len(stage.dials()) == 1
        await stage.slack.click("carl", question, "draft.confirm")
        await stage.until(lambda: len(stage.cards()) == 2)
        await stage.slack.click("carl", question, "draft.confirm")
        await stage.until(lambda: "placed its call already" in stage.said_to("carl"))
        old, new = await rows(bot)
        assert new["retry_of"] == old["id"]
    assert len(stage.dials()) == 2


async def test_outside_the_hours_a_caller_is_refused_and_an_owner_may_go_on(stage: Stage) -> None:
    """The reason is told; only the owner gets Call Anyway, and it is audited under her name."""
    stage.clock = Travels(SUNDAY_NOON)
    async with stage.bot(hours_preset="us-strict") as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        refusal = stage.slack.ephemerals("carl")[-1]
        assert "It is Sunday, 12:0" in text_of(refusal)
        assert "10:00 to 17:00 (Monday to Friday)" in text_of(refusal)
        assert buttons_of(refusal) == ["Edit"]
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        question = stage.slack.ephemerals("olivia")[-1]
        assert buttons_of(question) == ["Call Anyway", "Edit"]
        assert stage.dials() == []
        draft = next(e["value"] for _, e in question.elements())
        await stage.slack.click("carl", question, "draft.confirm", value=draft)
        await stage.until(lambda: "kept for a day" in stage.said_to("carl"))
        assert stage.dials() == []
        await stage.slack.click("olivia", question, "draft.confirm")
        await stage.card("Answered")
        (row,) = await rows(bot)
        *refusals, entry = await audited(bot)
        assert [(each["deed"], each["actor"]) for each in refusals] == [
            ("refused", "U0CARL0001"),
            ("refused", "U0OLIVIA01"),
        ]
        assert {each["subject"] for each in refusals} == {row["phone_key"]}
        assert (entry["actor"], entry["deed"]) == ("U0OLIVIA01", "policy_lifted")
        assert entry["subject"] == row["id"]
        assert entry["detail"]["reasons"] == ["outside_hours"]
        assert JOHN not in str(entry)
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_a_caller_cannot_confirm_what_only_an_owner_may(stage: Stage) -> None:
    """A caller's own draft, submitted as if it had been a question, stays refused."""
    stage.clock = Travels(SUNDAY_NOON)
    async with stage.bot(hours_preset="us-strict"):
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        refusal = stage.slack.ephemerals("carl")[-1]
        draft = next(e["value"] for _, e in refusal.elements())
        await stage.slack.click("carl", refusal, "draft.confirm", forged={"value": draft})
        await stage.until(lambda: stage.said_to("carl").count("It is Sunday") == 2)
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | John")
        form = await stage.modal("carl", "Call Somebody")
        await stage.slack.submit("carl", form, {"campaign": "Spring Sale"})
        view = await stage.modal("carl", "Not Called Yet")
        assert "submit" not in view.content
    assert stage.dials() == []


async def test_an_opt_out_stops_owners_too(stage: Stage) -> None:
    """Nobody can call the number, by command, by modal or by a forged confirm."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        refusal = stage.slack.ephemerals("olivia")[-1]
        assert "asked not to be contacted" in text_of(refusal)
        assert buttons_of(refusal) == ["Edit"]
        draft = next(e["value"] for _, e in refusal.elements())
        await stage.slack.click("olivia", refusal, "draft.confirm", forged={"value": draft})
        await stage.until(lambda: stage.said_to("olivia").count("asked not to be") == 2)
        assert await rows(bot) == []
    assert stage.dials() == []


@ON_SQLITE
async def test_an_opt_out_between_the_order_and_the_dialling_counts(stage: Stage) -> None:
    """While Toingg makes the call wait, the number says stop: it isn't called any more."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.rate_limited(1))
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        await stage.card("Toingg asked to wait")
        await opt_out(bot, JOHN)
        card = await stage.until(
            lambda: next((c for c in stage.cards() if "opted out" in text_of(c)), None), seconds=12
        )
        assert buttons_of(card) == []
        await stage.until(lambda: "<@U0OLIVIA01> Not called" in stage.thread(card))
    assert len(stage.dials()) == 1
    assert stage.toingg.calls == {}


@ON_SQLITE
async def test_an_opt_out_stops_call_again_on_an_uncertain_call(stage: Stage) -> None:
    """The policy stands at the buttons' doors too."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.server_error(made=False))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("may have rung")
        await opt_out(bot, JOHN)
        await stage.slack.click("carl", card, "call.retry")
        await stage.until(lambda: "asked not to be contacted" in stage.said_to("carl"))
    assert len(stage.dials()) == 1


async def test_two_orders_at_the_same_instant_are_one_call_and_one_question(stage: Stage) -> None:
    """Two people ask for the same number at once: one is called for, the other is asked."""
    async with stage.bot() as bot:
        for who in ("oscar", "carl"):  # both are known, so neither waits for Slack
            await stage.slack.command(who, "sales", "/toingg", "help")
        await asyncio.gather(
            *(
                stage.slack.command(who, "sales", "/toingg-call", QUICK)
                for who in ("oscar", "carl") * 3
            )
        )
        assert len(await rows(bot)) == 1
        said = stage.said_to("oscar") + stage.said_to("carl")
        assert said.count("Calling John Doe") == 1
        assert said.count("Call Again?") == 5
    assert len(stage.dials()) == 1


async def test_call_now_outside_the_hours_is_an_owners_to_confirm(stage: Stage) -> None:
    """A caller is refused; the owner is asked, not sent to an owner, and it is audited."""
    stage.clock = clock = Travels(SUNDAY_NOON - timedelta(days=2))
    async with stage.bot(hours_preset="us-strict") as bot:
        stage.toingg.fail_next(faults.no_credit())
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Not called")
        clock.forward(timedelta(days=2))
        await stage.slack.click("carl", card, "call.now")
        await stage.until(lambda: "An owner can go ahead" in stage.said_to("carl"))
        await stage.slack.click("olivia", card, "call.now")
        await stage.until(lambda: "It is Sunday" in stage.said_to("olivia"))
        assert "owner" not in stage.said_to("olivia")
        question = next(m for m in stage.slack.ephemerals("olivia") if "Sunday" in m.text)
        assert buttons_of(question) == ["Call Anyway"]
        draft = next(element["value"] for _, element in question.elements())
        forged = {"type": "button", "value": draft}
        await stage.slack.click("carl", question, "call.anyway", forged=forged)
        await stage.until(lambda: "Your role doesn't cover this" in stage.said_to("carl"))
        assert len(stage.dials()) == 1
        clicks = [stage.slack.click("olivia", question, "call.anyway") for _ in range(2)]
        await asyncio.gather(*clicks)
        await stage.card("Answered")
        (row,) = await rows(bot)
        *refusals, entry = await audited(bot)
        assert [(each["deed"], each["actor"]) for each in refusals] == [
            ("refused", "U0CARL0001"),
            ("refused", "U0OLIVIA01"),
        ]
        assert {each["subject"] for each in refusals} == {row["phone_key"]}
        assert (entry["actor"], entry["deed"]) == ("U0OLIVIA01", "policy_lifted")
        assert (entry["subject"], row["attempt"]) == (row["id"], 2)
    assert len(stage.dials()) == 2


@ON_SQLITE
async def test_call_now_that_is_refused_is_in_the_audit_log(stage: Stage) -> None:
    """A row's own buttons leave the same trace as the commands, under who clicked."""
    stage.clock = clock = Travels(SUNDAY_NOON - timedelta(days=2))
    async with stage.bot(hours_preset="us-strict") as bot:
        stage.toingg.fail_next(faults.no_credit())
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Not called")
        clock.forward(timedelta(days=2))
        await stage.slack.click("carl", card, "call.now")
        await stage.until(lambda: "An owner can go ahead" in stage.said_to("carl"))
        (entry,) = await audited(bot)
        assert (entry["deed"], entry["actor"]) == ("refused", "U0CARL0001")
        assert entry["detail"] == {"reason": "outside_hours"}


JANE = "+14155550133 | Jane Roe | Spring Sale"


async def test_a_numbers_cap_is_an_owners_to_set_aside(stage: Stage) -> None:
    """Once a day: who asks again is refused, on the card too; an owner may, and all tomorrow."""
    stage.clock = clock = Travels(SUNDAY_NOON)
    async with stage.bot(number_calls_per_day=1, default_timezone="America/Los_Angeles") as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        stage.toingg.advance(next(iter(stage.toingg.calls)), "completed")
        card = await stage.card("Ended after")
        clock.forward(timedelta(minutes=5))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        refusal = stage.slack.ephemerals("carl")[-1]
        assert "already reached once today, and once a day is the limit" in text_of(refusal)
        assert buttons_of(refusal) == ["Edit"]
        await stage.slack.click("carl", card, "call.again")
        await stage.until(lambda: stage.said_to("carl").count("once a day is the limit") == 2)
        await stage.slack.command("carl", "sales", "/toingg-call", JANE)
        await stage.until(lambda: len(stage.dials()) == 2)
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        question = stage.slack.ephemerals("olivia")[-1]
        assert buttons_of(question) == ["Call Anyway", "Edit"]
        await stage.slack.click("olivia", question, "draft.confirm")
        await stage.until(lambda: len(stage.dials()) == 3)
        clock.forward(timedelta(hours=12))  # midnight has passed there
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: len(stage.dials()) == 4)
        lifted = [entry for entry in await audited(bot) if entry["deed"] == "policy_lifted"]
        assert [entry["detail"]["reasons"] for entry in lifted] == [["over_number_cap"]]


async def test_no_more_calls_than_a_day_allows(stage: Stage) -> None:
    """Of many orders at the same instant as many are called as the day has left."""
    async with stage.bot(calls_per_day=3) as bot:
        for who in ("oscar", "carl"):  # both are known, so neither waits for Slack
            await stage.slack.command(who, "sales", "/toingg", "help")
        orders = [f"+1415555{'01'}{number:02d} | Jane Roe | Sale" for number in range(8)]
        await asyncio.gather(
            *(
                stage.slack.command(who, "sales", "/toingg-call", order)
                for who, order in zip(("oscar", "carl") * 4, orders, strict=True)
            )
        )
        said = stage.said_to("oscar") + stage.said_to("carl")
        assert said.count("Calling Jane Roe") == 3
        assert said.count("3 times a day is the limit here") == 5
        assert len(await rows(bot)) == 3
        await stage.until(lambda: len(stage.dials()) == 3)


@ON_SQLITE
async def test_without_caps_nothing_is_counted(stage: Stage) -> None:
    """None is the default: a number may be called as often as somebody confirms it."""
    stage.clock = clock = Travels()
    async with stage.bot():
        for calls in range(1, 4):
            await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
            await stage.until(partial(_dialled, stage, calls))
            clock.forward(timedelta(minutes=3))


def _dialled(stage: Stage, calls: int) -> bool:
    return len(stage.dials()) == calls
