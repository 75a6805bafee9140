"""A call's life after it was placed: what is reported, in which order, and what Slack shows."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.sandbox.slack import Message
from bot.sandbox.toingg import Life, faults
from tests.stage import JOHN, QUICK, STATUS_TOKEN, Stage, buttons_of, text_of
from tests.witness import Travels, report, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BY_TOKEN = {"X-Toingg-Token": STATUS_TOKEN}
TWILIO = "twilio-test-token"
PUBLIC = "https://bot.example"


def said(call_sid: str, status: str, seq: int, **more: str) -> Mapping[str, str]:
    """A callback's fields."""
    return {"CallSid": call_sid, "CallStatus": status, "SequenceNumber": str(seq), **more}


async def placed(stage: Stage) -> tuple[Message, str]:
    """Carl calls John, of whom nothing is reported yet: the card, and the callSid."""
    stage.toingg.live(Life(ring_after=60))
    await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
    card = await stage.card("Placed")
    stage.toingg.status_to(None)
    return card, next(iter(stage.toingg.calls))


@pytest.mark.parametrize("as_json", [False, True], ids=["form", "JSON"])
async def test_twilios_signature_is_enough(stage: Stage, as_json: bool) -> None:  # noqa: FBT001
    """Signed over PUBLIC_URL, twice and out of order: the card ends up right, told once each."""
    stage.toingg.live(Life(ring_after=0.05, answer_after=0.1, talk_for=0.1))
    overrides = {"toingg_status_token": "", "twilio_auth_token": TWILIO, "public_url": PUBLIC}
    async with stage.bot(**overrides):
        stage.toingg.status_to(
            f"{stage.slack.bot_url}/toingg/status",
            twilio_auth_token=TWILIO,
            signed_url=f"{PUBLIC}/toingg/status",
            as_json=as_json,
            twice=True,
            out_of_order=True,
        )
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Ended after 0 s")
        await stage.until(lambda: "<@U0CARL0001> Ended after 0 s." in stage.thread(card))
        await stage.until(lambda: len(stage.toingg.deliveries) == 4)
        assert {status for each in stage.toingg.deliveries for status in each.tries} == {200}
        assert stage.thread(card).count("Ended") == 1
    assert buttons_of(await stage.card("Ended after")) == ["Call Again"]


@ON_SQLITE
async def test_reports_move_a_call_forward_only(stage: Stage) -> None:
    """Duplicates, disorder and whatever comes after the end leave the row as it is."""
    async with stage.bot() as bot:
        card, sid = await placed(stage)
        url = stage.slack.bot_url
        for status, seq in (("in-progress", 2), ("ringing", 1), ("in-progress", 2)):
            assert await report(url, said(sid, status, seq), headers=BY_TOKEN) == 200
        await stage.card("Answered")
        final = said(sid, "completed", 3, CallDuration="61")
        posts = [report(url, final, as_json=True, headers=BY_TOKEN) for _ in range(3)]
        assert await asyncio.gather(*posts) == [200, 200, 200]
        await stage.card("Ended after 1 min 1 s")
        for status in ("in-progress", "failed", "busy"):
            assert await report(url, said(sid, status, 9), headers=BY_TOKEN) == 200
        await stage.until(lambda: "Ended after 61 s" in stage.thread(card))
        (row,) = await rows(bot)
        assert (row["status"], row["seconds"]) == ("completed", 61)
    for line in ("Placed", "Answered", "Ended"):
        assert stage.thread(card).count(line) == 1
    assert "Ended after 1 min 1 s" in text_of(stage.cards()[0])


@ON_SQLITE
@pytest.mark.parametrize(
    ("status", "shown", "line"),
    [
        ("busy", "Busy", "<@U0CARL0001> Ended: busy."),
        ("no-answer", "No answer", "<@U0CARL0001> Ended: no answer."),
        ("failed", "Failed", "<@U0CARL0001> Failed: the call couldn't be connected."),
        ("Cancelled", "Canceled", "<@U0CARL0001> Ended: canceled before it was answered."),
    ],
)
async def test_every_end_has_its_words(stage: Stage, status: str, shown: str, line: str) -> None:
    """The card and the thread say how it ended, the thread mentions the asker."""
    async with stage.bot():
        card, sid = await placed(stage)
        await report(stage.slack.bot_url, said(sid, status, 3), headers=BY_TOKEN)
        assert buttons_of(await stage.card(shown)) == ["Call Again"]
        await stage.until(lambda: line in stage.thread(card))


@ON_SQLITE
async def test_the_callbacks_door_is_locked(stage: Stage) -> None:
    """A wrong secret is 403, no CallSid 400, an unknown one 200; none of them moves the row."""
    async with stage.bot() as bot:
        _, sid = await placed(stage)
        url, end = stage.slack.bot_url, said(sid, "completed", 3)
        assert await report(url, end) == 403
        assert await report(url, end, headers={"X-Toingg-Token": "wrong"}) == 403
        assert await report(url, end, headers={"X-Twilio-Signature": "d3Jvbmc="}) == 403
        assert await report(url, {"CallStatus": "busy"}, headers=BY_TOKEN) == 400
        stranger = said("CA" + "9" * 32, "completed", 3, To=JOHN)
        assert await report(url, stranger, headers=BY_TOKEN) == 200
        assert await report(url, said(sid, "levitating", 4), headers=BY_TOKEN) == 200
        (row,) = await rows(bot)
        assert (row["call_sid"], row["status"], row["ended_at"]) == (sid, "initiated", None)
    async with stage.bot(toingg_status_token=""):
        assert await report(stage.slack.bot_url, end, headers=BY_TOKEN) == 404


async def test_a_report_without_a_known_id_is_matched_by_number(stage: Stage) -> None:
    """Exactly one row waits for its id: it gets it, and Hang Up with it."""
    async with stage.bot():
        stage.toingg.fail_next(faults.without_id())
        stage.toingg.live(Life(ring_after=0.6, answer_after=0.1))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        assert buttons_of(card) == ["Hang Up"]
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
    assert stage.hang_ups() == list(stage.toingg.calls)


@ON_SQLITE
async def test_where_two_wait_both_are_told(stage: Stage) -> None:
    """Which of the two it was can't be known: neither moves, both threads say so."""
    async with stage.bot() as bot:
        stage.toingg.live(Life(ring_after=60))
        stage.toingg.status_to(None)
        stage.toingg.fail_next(faults.without_id(), times=2)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("no call id")
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        question = stage.slack.ephemerals("oscar")[-1]
        await stage.slack.click("oscar", question, "draft.confirm")
        await stage.until(lambda: len(stage.cards()) == 2)
        await stage.until(lambda: all("no call id" in text_of(card) for card in stage.cards()))
        ringing = said("CA" + "7" * 32, "ringing", 1, To=JOHN)
        assert await report(stage.slack.bot_url, ringing, headers=BY_TOKEN) == 200
        line = "Toingg reported “ringing” for a call to this number"
        await stage.until(lambda: all(line in stage.thread(card) for card in stage.cards()))
        assert [row["call_sid"] for row in await rows(bot)] == [None, None]


@ON_SQLITE
async def test_a_recording_is_a_link_for_who_may(stage: Stage) -> None:
    """Its address stands in no channel; the asker gets it, another caller doesn't."""
    recording = "https://recordings.example/RE1?x=1"
    async with stage.bot():
        _, sid = await placed(stage)
        end = said(sid, "completed", 3, RecordingUrl=recording, CallDuration="5")
        await report(stage.slack.bot_url, end, headers=BY_TOKEN)
        card = await stage.card("Ended after 5 s")
        assert buttons_of(card) == ["Call Again", "Recording"]
        await stage.slack.click("vera", card, "call.recording")
        await stage.until(lambda: "Only whoever asked" in stage.said_to("vera"))
        await stage.slack.click("carl", card, "call.recording")
        await stage.until(lambda: f"<{recording}|Open the recording>" in stage.said_to("carl"))
    assert "recordings.example" not in stage.said_to("vera")
    assert "recordings.example" not in str([m.as_slack() for m in stage.slack.messages("sales")])


@ON_SQLITE
async def test_events_close_together_share_one_message(stage: Stage) -> None:
    """Placed, answered and hung up at once: one message in the thread, in that order."""
    stage.timing = type(stage.timing)(gather=1.5, post_timeout=3.0, stop_patience=5.0)
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "Hung up by" in stage.thread(card))
    told = stage.slack.messages("sales", card.ts)[1].text.splitlines()
    assert told[:3] == ["Placed: Toingg took the call.", "Answered.", "Hung up by <@U0CARL0001>."]


async def test_without_a_source_the_card_says_so_and_closes_in_the_end(stage: Stage) -> None:
    """Hang Up stays for CALL_MAX_MINUTES, a restart changes nothing, then the card is closed."""
    stage.clock = clock = Travels()
    settings = {"toingg_status_token": "", "call_max_minutes": 30}
    async with stage.bot(**settings):
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132")
        form = await stage.modal("carl", "Call Somebody")
        assert "Toingg doesn't report what happens after a call is placed" in text_of(form)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Placed. Toingg doesn't report what happens next")
        assert buttons_of(card) == ["Hang Up"]
    clock.forward(timedelta(minutes=29))
    async with stage.bot(**settings) as bot:
        await stage.slack.command("carl", "sales", "/toingg-calls", "live")
        assert "John Doe" in text_of(stage.slack.ephemerals("carl")[-1])
        assert (await rows(bot))[0]["ended_at"] is None
    clock.forward(timedelta(minutes=2))
    async with stage.bot(**settings):
        card = await stage.card("Ended (not reported)")
        assert buttons_of(card) == ["Call Again"]
        await stage.until(lambda: "<@U0CARL0001> Ended (not reported)." in stage.thread(card))
    assert len(stage.dials()) == 1
