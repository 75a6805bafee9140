"""What Toingg's answer to a call leads to, and the buttons with which a person goes on."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import Timing
from bot.sandbox.slack import Message
from bot.sandbox.toingg import faults
from bot.sandbox.toingg.faults import Fault
from tests.stage import JOHN, QUICK, STATUS_TOKEN, Stage, buttons_of, text_of
from tests.witness import Travels, report, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DIAL = "/api/make_toingg/"


async def call(stage: Stage, fault: Fault, state: str) -> Message:
    """Carl calls John, Toingg does this, and the card comes to say that."""
    stage.toingg.fail_next(fault, path=DIAL)
    await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
    return await stage.card(state)


async def refusals(stage: Stage, times: int) -> None:
    """Carl comes to be told so often that a card is out of date."""
    await stage.until(lambda: stage.said_to("carl").count("This card is out of date") == times)


async def told(stage: Stage, card: Message, *lines: str) -> None:
    """The thread comes to say each of these."""
    await stage.until(lambda: all(line in stage.thread(card) for line in lines))


@ON_SQLITE
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            faults.unprocessable(msg="Value error, +14155550132 isn't John Doe's <!channel>"),
            "phoneNumber",
        ),
        (faults.refuses(404, "Campaign not found"), "doesn't know"),
    ],
    ids=["422", "404"],
)
async def test_a_refusal_can_be_edited_and_tried_again(
    stage: Stage, fault: Fault, said: str
) -> None:
    """The card says why, without what Toingg echoed; the modal opens as it was, and works."""
    async with stage.bot():
        card = await call(stage, fault, "Not called")
        assert said in text_of(card)
        assert buttons_of(card) == ["Edit and Try Again"]
        await told(stage, card, "<@U0CARL0001> Not called")
        shown = card.all_text() + stage.thread(card)
        assert "John" not in shown
        assert "0132" not in shown
        assert "<!channel>" not in shown
        await stage.slack.click("carl", card, "call.edit")
        view = await stage.modal("carl", "Call Somebody")
        fields = {block["block_id"]: block for block in view.blocks if block["type"] == "input"}
        assert fields["campaign"]["element"]["initial_value"] == "Spring Sale"
        assert fields["name"]["element"]["initial_value"] == "John Doe"
        assert fields["phone"]["element"]["initial_value"] == JOHN
        assert said in text_of(view)
        assert len(stage.dials()) == 1
        await stage.slack.submit("carl", view, {"campaign": "Autumn Sale"})
        await stage.card("Answered")
    assert [each["campaign"] for each in stage.dials()] == ["Spring Sale", "Autumn Sale"]
    assert len(stage.toingg.calls) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("fault", "said"),
    [(faults.unknown_key(), "API key"), (faults.no_credit(), "out of credit")],
    ids=["401", "402"],
)
async def test_what_somebody_must_mend_first_is_offered(
    stage: Stage, fault: Fault, said: str
) -> None:
    """The call waits for a person; Call Now, clicked twice at once, dials it once."""
    async with stage.bot() as bot:
        card = await call(stage, fault, "Not called")
        assert said in text_of(card)
        assert buttons_of(card) == ["Call Now", "Discard"]
        await told(stage, card, "<@U0CARL0001> Not called", "Call Now or Discard")
        await asyncio.gather(*(stage.slack.click("carl", card, "call.now") for _ in range(2)))
        card = await stage.card("Answered")
        await told(stage, card, "<@U0CARL0001> said to call again")
        (row,) = await rows(bot)
        assert row["attempt"] == 2
    assert len(stage.dials()) == 2
    assert len(stage.toingg.calls) == 1
    assert len(stage.cards()) == 1


async def test_a_refused_connection_offers_the_call_and_discard_ends_it(stage: Stage) -> None:
    """Nobody listens at Toingg's address: offered; discarded, it is never called."""
    nobody = stage.toingg.serve().start()
    nobody.stop()
    async with stage.bot(toingg_base_url=f"{nobody.url}/api"):
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        offered = await stage.card("can't be reached")
        assert buttons_of(offered) == ["Call Now", "Discard"]
        await stage.slack.click("carl", offered, "call.discard")
        card = await stage.card("discarded")
        assert buttons_of(card) == []
        await told(stage, card, "Discarded by <@U0CARL0001>.")
        await stage.slack.click("carl", offered, "call.now")
        await stage.until(lambda: "out of date" in stage.said_to("carl"))
    assert stage.dials() == []


@ON_SQLITE
async def test_a_busy_toingg_is_waited_for(stage: Stage) -> None:
    """429 with a Retry-After: the card says so, and the call goes out by itself, once."""
    async with stage.bot() as bot:
        await call(stage, faults.rate_limited(1), "Toingg asked to wait")
        await stage.until(lambda: stage.toingg.calls, seconds=12)
        await stage.card("Answered")
        (row,) = await rows(bot)
        assert row["attempt"] == 1
    first, second = stage.toingg.posts(DIAL)
    assert (second.at - first.at).total_seconds() >= 1
    assert len(stage.cards()) == 1


@ON_SQLITE
async def test_a_toingg_busy_for_long_is_offered(stage: Stage) -> None:
    """Nobody waits ten minutes for a 429: the call is offered instead."""
    async with stage.bot():
        card = await call(stage, faults.rate_limited(600), "Toingg takes no more calls for 600 s")
        assert buttons_of(card) == ["Call Now", "Discard"]
    assert len(stage.dials()) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    "fault",
    [
        faults.server_error(made=False),
        faults.slow(3.0, made=False),
        faults.cut_after_read(),
        faults.reset(made=False),
        faults.raw(b"<html>Bad gateway</html>", content_type="text/html", made=False),
    ],
    ids=["500", "time-out", "cut", "reset", "unreadable 200"],
)
async def test_perhaps_placed_is_a_question_to_a_person(stage: Stage, fault: Fault) -> None:
    """It is never tried again by itself; Call Again dials the same row's second attempt, once."""
    stage.timing = Timing(gather=0.2, post_timeout=0.8, stop_patience=5.0)
    async with stage.bot() as bot:
        card = await call(stage, fault, "the phone may have rung")
        assert buttons_of(card) == ["It Rang", "Call Again"]
        await told(stage, card, "<@U0CARL0001> Toingg didn't answer", "It Rang, or Call Again")
        assert len(stage.dials()) == 1
        click = await stage.slack.click("carl", card, "call.retry")
        card = await stage.card("Answered")
        assert click.request is not None
        await stage.slack.resend(click.request, copies=2)
        await stage.until(lambda: "out of date" in stage.said_to("carl"))
        (row,) = await rows(bot)
        assert (row["attempt"], row["state"]) == (2, "placed")
    assert len(stage.dials()) == 2
    assert len(stage.toingg.calls) == 1
    assert len(stage.cards()) == 1


async def test_it_rang_settles_the_question(stage: Stage) -> None:
    """A person knows: the row is placed, its id unknown, and only the first click counts."""
    async with stage.bot() as bot:
        card = await call(stage, faults.server_error(made=False), "the phone may have rung")
        await stage.slack.click("carl", card, "call.it_rang")
        now = await stage.card("no call id")
        assert buttons_of(now) == ["Attach Call ID"]
        await told(stage, card, "<@U0CARL0001> says that it rang.")
        await stage.slack.click("carl", card, "call.retry")
        await stage.until(lambda: "out of date" in stage.said_to("carl"))
        (row,) = await rows(bot)
        assert (row["attempt"], row["state"]) == (1, "placed")
    assert len(stage.dials()) == 1


async def test_a_callback_answers_before_toinggs_own_reply(stage: Stage) -> None:
    """The states come while the POST waits: one card, told once, and the reply adds nothing."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.slow(2.0), path=DIAL)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        assert stage.toingg.posts(DIAL)[0].replied is None
        assert buttons_of(card) == ["Hang Up"]
        await stage.until(lambda: stage.toingg.posts(DIAL)[0].replied)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
        await told(stage, card, "Hung up by", "Ended after")
        assert stage.thread(card).count("Placed: Toingg took the call.") == 1
        (row,) = await rows(bot)
        assert row["call_sid"] == next(iter(stage.toingg.calls))
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_a_callback_settles_what_perhaps_was_placed(stage: Stage) -> None:
    """Made, but the reply was lost: the report proves it, nobody has to decide."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.cut_after_made(), path=DIAL)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        assert buttons_of(card) == ["Hang Up"]
        (row,) = await rows(bot)
        assert (row["state"], row["attempt"]) == ("placed", 1)
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_a_stale_card_says_so_and_is_redrawn(stage: Stage) -> None:
    """A button of an earlier attempt does nothing but bring the card up to date."""
    async with stage.bot():
        stale = await call(stage, faults.no_credit(), "Not called")
        stage.toingg.fail_next(faults.no_credit(), path=DIAL)
        await stage.slack.click("carl", stale, "call.now")
        await stage.until(lambda: len(stage.dials()) == 2)
        await stage.card("Not called")
        for times, action in enumerate(("call.now", "call.discard"), 1):
            answer = await stage.slack.click("carl", stale, action)
            assert answer.status == 200
            await refusals(stage, times)
        card = await stage.card("Not called")
        assert buttons_of(card) == ["Call Now", "Discard"]
        await stage.slack.click("carl", card, "call.discard")
        await stage.card("discarded")
    assert len(stage.dials()) == 2


@ON_SQLITE
async def test_only_the_asker_and_operators_decide(stage: Stage) -> None:
    """Another caller's click on the card is refused; an operator's is not."""
    operator = stage.slack.directory.person("oscar").id
    async with stage.bot():
        card = await call(stage, faults.server_error(made=False), "the phone may have rung")
        await stage.slack.click("vera", card, "call.retry")
        await stage.until(lambda: "Only whoever asked" in stage.said_to("vera"))
        assert len(stage.dials()) == 1
    async with stage.bot(default_role="operator"):
        await stage.slack.click("oscar", card, "call.it_rang")
        await told(stage, card, f"<@{operator}> says that it rang.")
    assert len(stage.dials()) == 1


BY_TOKEN = {"X-Toingg-Token": STATUS_TOKEN}
EARLIER = "CA" + "ea" * 16


async def test_the_reply_with_the_right_token_wins_over_an_earlier_report(stage: Stage) -> None:
    """While the POST waits, a report of somebody else's call to the number comes first.

    The reply's id is the call's; what was reported before is dropped, and the call can be hung up.
    """
    async with stage.bot() as bot:
        stage.toingg.status_to(None)
        stage.toingg.fail_next(faults.slow(1.0), path=DIAL)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: stage.toingg.calls)
        for status in ("in-progress", "completed"):
            fields = {"CallSid": EARLIER, "CallStatus": status, "To": JOHN, "CallDuration": "9"}
            assert await report(stage.slack.bot_url, fields, headers=BY_TOKEN) == 200
        await stage.card("Ended after 9 s")
        card = await stage.card("Placed; waiting for it to ring")
        assert buttons_of(card) == ["Hang Up"]
        await told(stage, card, "reported before this was of another call", f"`{EARLIER}`")
        (row,) = await rows(bot)
        (call_sid,) = stage.toingg.calls
        assert (row["call_sid"], row["status"], row["ended_at"]) == (call_sid, None, None)
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
    assert stage.hang_ups() == [call_sid]


async def test_who_hung_up_an_earlier_reports_call_ends_this_one_too(stage: Stage) -> None:
    """Hang Up is on its way for the reported id when the reply says that the call has another."""
    async with stage.bot() as bot:
        stage.toingg.status_to(None)
        stage.toingg.fail_next(faults.slow(1.5), path=DIAL)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: stage.toingg.calls)
        fields = {"CallSid": EARLIER, "CallStatus": "in-progress", "To": JOHN}
        assert await report(stage.slack.bot_url, fields, headers=BY_TOKEN) == 200
        stage.toingg.fail_next(faults.slow(2.5), path="/api/hang_up_call/")
        await stage.slack.click("carl", await stage.card("Answered"), "call.hang_up")
        (call_sid,) = stage.toingg.calls
        await stage.until(lambda: stage.hang_ups() == [EARLIER, call_sid], seconds=15)
        card = await stage.card("Hung up by <@U0CARL0001>")
        await told(stage, card, "Hung up by <@U0CARL0001>.")
        (row,) = await rows(bot)
        assert (row["call_sid"], row["hang_up_done"]) == (call_sid, True)
    assert stage.toingg.calls[call_sid].over


async def test_a_late_report_of_the_first_attempt_is_not_the_seconds(stage: Stage) -> None:
    """Attempt 1 perhaps made a call; its report comes while attempt 2 dials: it is only shown."""
    async with stage.bot() as bot:
        stage.toingg.status_to(None)
        card = await call(stage, faults.cut_after_made(), "the phone may have rung")
        (earlier,) = stage.toingg.calls
        stage.toingg.fail_next(faults.slow(1.0), path=DIAL)
        await stage.slack.click("carl", card, "call.retry")
        await stage.until(lambda: len(stage.toingg.calls) == 2)
        fields = {"CallSid": earlier, "CallStatus": "ringing", "To": JOHN}
        assert await report(stage.slack.bot_url, fields, headers=BY_TOKEN) == 200
        card = await stage.card("Placed; waiting for it to ring")
        await told(stage, card, f"`{earlier}`", "an earlier attempt")
        (row,) = await rows(bot)
        assert row["call_sid"] == list(stage.toingg.calls)[1]
    assert len(stage.dials()) == 2


@ON_SQLITE
async def test_a_toingg_that_stays_busy_ends_in_an_offer(stage: Stage) -> None:
    """429 again and again: half a minute after the asking, a person decides; nobody is phoned
    hours later.
    """
    stage.clock = clock = Travels()
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.rate_limited(20), times=9, path=DIAL)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Toingg asked to wait")
        clock.forward(timedelta(seconds=20))
        card = await stage.until(
            lambda: next((c for c in stage.cards() if "Not called" in text_of(c)), None), seconds=12
        )
        assert "Toingg takes no more calls for now" in text_of(card)
        assert buttons_of(card) == ["Call Now", "Discard"]
        (row,) = await rows(bot)
        assert row["state"] == "offered"
    assert len(stage.dials()) == 2
