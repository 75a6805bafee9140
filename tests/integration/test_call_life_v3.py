"""A call by Toingg's v3 API: its states are asked for, its conversation can be read."""

from typing import Any

import pytest

from bot.sandbox.slack import Message
from bot.sandbox.toingg import Life, faults
from tests.stage import JOHN, Stage, buttons_of, text_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CAMPAIGN = "0123456789abcdef01234567"
QUICK = f"+14155550132 | John Doe | {CAMPAIGN}"
V3 = {"toingg_api": "v3", "toingg_status_token": ""}


async def ended(stage: Stage) -> Message:
    """Carl calls John, who talks for a moment: the card once call_status said so."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02, talk_for=0.1))
    await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
    found: Message = await stage.until(
        lambda: next((c for c in stage.cards() if "Ended" in text_of(c)), None), seconds=10
    )
    return found


async def test_states_are_asked_for_and_the_conversation_can_be_read(stage: Stage) -> None:
    """call_status moves the card; Transcript and Analysis open in modals, for who may."""
    async with stage.bot(**V3):
        card = await ended(stage)
        assert buttons_of(card) == ["Call Again", "Transcript", "Analysis"]
        await stage.until(lambda: "<@U0CARL0001> Ended after 0 s." in stage.thread(card))
        await stage.slack.click("vera", card, "call.transcript")
        await stage.until(lambda: "Only whoever asked" in stage.said_to("vera"))
        await stage.slack.click("carl", card, "call.transcript")
        view = await stage.modal("carl", "Transcript")
        await stage.until(lambda: "user: Yes, speaking." in text_of(stage.slack.views("carl")[-1]))
        assert len(view.blocks) == 1
        await stage.slack.click("carl", card, "call.analysis")
        await stage.modal("carl", "Analysis")
        await stage.until(lambda: '"interested"' in text_of(stage.slack.views("carl")[-1]))
    assert stage.dials() == [{"name": "John Doe", "phoneNumber": JOHN, "campID": CAMPAIGN}]
    (dial,) = stage.toingg.posts("/api/v3/make_call")
    assert dial.headers["authorization"] == "Bearer tg_test_key"


@ON_SQLITE
async def test_a_long_transcript_comes_by_direct_message(stage: Stage) -> None:
    """Too long for a modal, it is whole in the asker's direct messages; a refusal is told."""
    lines = [{"role": "user", "content": f"{number} " + "word " * 50} for number in range(120)]
    result: Any = {"status": True, "result": {"transcription": lines}}
    async with stage.bot(**V3):
        card = await ended(stage)
        stage.toingg.fail_next(faults.replies(result), path="/api/v3/get_transcription")
        await stage.slack.click("carl", card, "call.transcript")
        await stage.until(
            lambda: (
                stage.slack.views("carl") and "too long" in text_of(stage.slack.views("carl")[-1])
            )
        )
        stage.toingg.fail_next(
            faults.declined("The call has not ended yet"), path="/api/v3/get_transcription"
        )
        await stage.slack.click("carl", card, "call.transcript")
        await stage.until(lambda: "has not ended yet" in stage.said_to("carl"))
    direct = stage.slack.messages("@carl")
    assert len(direct) > 1
    whole = "".join(text_of(message).replace("\n", "") for message in direct)
    assert all(f"user: {number} word" in whole for number in range(120))
    assert "word word" not in str([message.text for message in stage.slack.messages("sales")])


@ON_SQLITE
async def test_a_declined_call_is_not_placed(stage: Stage) -> None:
    """`status: false` with HTTP 200 is a refusal: told without markup, and offered for editing."""
    async with stage.bot(**V3):
        stage.toingg.fail_next(faults.declined("Campaign <!channel> is not active"))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Not called")
        assert "Campaign &lt;!channel&gt; is not active" in text_of(card)
        assert buttons_of(card) == ["Edit and Try Again"]
    assert stage.toingg.calls == {}


@ON_SQLITE
async def test_a_hang_up_goes_to_generation_1(stage: Stage) -> None:
    """v3 has no hang-up: it is sent by generation 1's API, with its key."""
    async with stage.bot(**V3):
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Placed")
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
    (request,) = stage.toingg.posts("/api/hang_up_call/")
    assert request.query["apiKey"] == "toingg-test-key"


@ON_SQLITE
async def test_an_attached_id_lets_the_call_be_followed(stage: Stage) -> None:
    """The reply carried no id; once a person gave it, call_status is asked for its states."""
    async with stage.bot(**V3):
        stage.toingg.fail_next(faults.without_id())
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("no call id")
        await stage.slack.click("olivia", card, "call.attach")
        view = await stage.modal("olivia", "Attach Call ID")
        await stage.slack.submit("olivia", view, {"call_sid": next(iter(stage.toingg.calls))})
        await stage.card("Answered")
