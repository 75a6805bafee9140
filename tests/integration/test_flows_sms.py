"""Texting one person: the quick form, the modal, what goes wrong, who may."""

import pytest

from bot.sandbox.slack.fingers import Values
from bot.sandbox.toingg import faults
from tests.stage import JOHN, Stage, buttons_of, text_of
from tests.witness import opt_out, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
QUICK_TEXT = "+14155550132 | John | Hello"
BODY = {"name": "John", "phoneNumber": JOHN, "message": "Hello"}


async def test_a_quick_text_is_exactly_one_request(stage: Stage) -> None:
    """A signed `/toingg-sms`, resent by Slack, causes one `POST /send_sms/?apiKey=…`, no more."""
    async with stage.bot():
        answer = await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        assert answer.ok
        assert "Texting John at +1 415-555-0132" in stage.said_to("carl")
        assert answer.request is not None
        await stage.slack.resend(answer.request, copies=2)
        card = await stage.text("Sent")
        await stage.until(lambda: "Sent: Toingg took the text." in stage.thread(card))
    (asked,) = stage.toingg.posts("/api/send_sms/")
    assert asked.path == "/api/send_sms/"
    assert asked.query == {"apiKey": "toingg-test-key"}
    assert asked.body == BODY
    assert stage.dials() == []
    assert text_of(card).startswith("*Text to +1 415 ••• ••32*")
    assert "John" not in card.all_text() + stage.thread(card)
    assert "Hello" not in card.all_text() + stage.thread(card)
    assert buttons_of(card) == ["Send Another", "Opt Out"]


@ON_SQLITE
async def test_the_modal_sends_what_was_typed(stage: Stage) -> None:
    """Prefilled by a part of the quick form; the words go out as they were typed."""
    words = "It\N{RIGHT SINGLE QUOTATION MARK}s on | ten <!channel> & see you…\n\tJ."
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-sms", "+14155550132 | John")
        view = await stage.modal("carl", "Text Somebody")
        assert (await stage.slack.submit("carl", view, {"message": words})).ok
        await stage.text("Sent")
    assert stage.sent() == [BODY | {"message": words}]
    assert stage.texts() != []
    assert "channel" not in stage.texts()[0].all_text()


@ON_SQLITE
async def test_faults_stand_under_their_fields(stage: Stage) -> None:
    """A wrong number and blank words are told in the modal; nothing is sent."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-sms", "")
        view = await stage.modal("carl", "Text Somebody")
        values: Values = {"name": "John", "phone": "12", "message": " \t "}
        await stage.slack.submit("carl", view, values)
        errors = stage.slack.views("carl")[-1].errors
        assert set(errors) == {"phone", "message"}
        assert errors["message"] == "Enter what the text says."
    assert stage.sent() == []


async def test_a_lost_answer_waits_for_a_person(stage: Stage) -> None:
    """Nobody sends it again by itself; Send Again does, once, as the row's next attempt."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.cut_after_made())
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("may have been sent")
        assert buttons_of(card) == ["It Arrived", "Send Again", "Opt Out"]
        assert len(stage.sent()) == 1
        await stage.slack.click("carl", card, "text.retry")
        await stage.text("Sent")
        (row,) = await rows(bot)
    assert stage.sent() == [BODY, BODY]
    assert (row["state"], row["attempt"], row["parts"]) == ("placed", 2, 1)


@ON_SQLITE
async def test_it_arrived(stage: Stage) -> None:
    """Somebody who knows says so; nothing more is sent."""
    async with stage.bot():
        stage.toingg.fail_next(faults.server_error(made=True))
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("may have been sent")
        await stage.slack.click("carl", card, "text.arrived")
        await stage.until(lambda: "says that it arrived" in stage.thread(card))
    assert len(stage.sent()) == 1


@ON_SQLITE
async def test_what_toingg_refuses_can_be_mended(stage: Stage) -> None:
    """A refusal says why, without the words that Toingg repeats; the modal holds what was typed."""
    async with stage.bot():
        stage.toingg.fail_next(faults.unprocessable())
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("Not sent")
        await stage.slack.click("carl", card, "text.edit")
        view = await stage.modal("carl", "Text Somebody")
        assert (await stage.slack.submit("carl", view, {"message": "Hello again"})).ok
        await stage.text("Sent")
    assert stage.sent() == [BODY, BODY | {"message": "Hello again"}]


@ON_SQLITE
async def test_a_number_that_said_stop_gets_nothing(stage: Stage) -> None:
    """The reason is told, and no way around it is offered, to an owner neither."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        await stage.slack.command("olivia", "sales", "/toingg-sms", QUICK_TEXT)
        await stage.until(lambda: "asked not to be contacted" in stage.said_to("olivia"))
        (said,) = stage.slack.ephemerals("olivia")
        assert buttons_of(said) == ["Edit"]
    assert stage.sent() == []


@ON_SQLITE
async def test_a_text_just_before_asks(stage: Stage) -> None:
    """Two minutes have to pass between two texts, unless one says so; a call counts for itself."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | John | Sale")
        await stage.until(stage.dials)
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        await stage.text("Sent")
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        said = stage.slack.ephemerals("carl")[-1]
        assert "Texted" in text_of(said)
        assert buttons_of(said) == ["Send Another", "Edit"]
        await stage.slack.click("carl", said, "draft.confirm")
        await stage.until(lambda: len(stage.sent()) == 2)


@ON_SQLITE
async def test_who_may_not(stage: Stage) -> None:
    """A viewer and a guest send nothing."""
    async with stage.bot(default_role="viewer"):
        for who in ("carl", "gus"):
            await stage.slack.command(who, "sales", "/toingg-sms", QUICK_TEXT)
            assert "role doesn't cover" in stage.said_to(who)
    assert stage.sent() == []


@ON_SQLITE
async def test_opt_out_from_the_card(stage: Stage) -> None:
    """Whoever said so in another way than by STOP is opted out from the card, for good."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("Sent")
        await stage.slack.click("carl", card, "text.opt_out")
        await stage.until(lambda: "Opted out" in stage.said_to("carl"))
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        await stage.until(lambda: "asked not to be contacted" in stage.said_to("carl"))
        await stage.slack.command("olivia", "sales", "/toingg-why", JOHN)
        said = text_of(stage.slack.ephemerals("olivia")[-1])
        assert "*Text*" in said
        assert "*Opted out*" in said
    assert len(stage.sent()) == 1
