"""Asking for one call: help, quick forms, modals, drafts."""

import asyncio

import pytest

from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.views import View
from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of
from tests.witness import rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def held(view: View) -> dict[str, object]:
    """What a modal's inputs hold, by block."""
    found: dict[str, object] = {}
    for block, inputs in view.values().items():
        (state,) = inputs.values()
        entered = next(value for key, value in state.items() if key != "type")
        found[block] = entered["value"] if isinstance(entered, dict) else entered
    return found


@ON_SQLITE
async def test_help_stands_behind_every_word(stage: Stage) -> None:
    """Alone, with `help`, after a command and for an unknown word: what there is, with examples."""
    async with stage.bot():
        said = []
        for command, text in (
            ("/toingg", ""),
            ("/toingg", "help"),
            ("/toingg-call", "help"),
            ("/toingg", "call help"),
            ("/toingg", "<!channel> now"),
        ):
            answer = await stage.slack.command("vera", "general", command, text)
            assert (answer.status, answer.body["response_type"]) == (200, "ephemeral")
            said.append(text_of(stage.slack.ephemerals("vera")[-1]))
        bare, full, one, same, unknown = said
        assert bare == full
        for word in ("call", "script", "hangup", "calls"):
            assert f"`/toingg {word}" in full
        assert one == same
        assert "`/toingg-call +1 415 555 0132 | John Doe | Spring Sale`" in one
        assert "/toingg script" not in one
        assert "There is no “&lt;!channel&gt;”" in unknown
        assert "/toingg script" in unknown
    assert stage.dials() == []


@ON_SQLITE
async def test_the_modal_of_a_call_is_preset_and_places_one_call(stage: Stage) -> None:
    """A part of the quick form opens the modal with it; its submission, twice sent, calls once."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", "+1 (415) 555-0132 John Doe")
        view = await stage.modal("carl", "Call Somebody")
        sales = stage.slack.channel("sales").id
        assert held(view) == {
            "campaign": None,
            "name": "John Doe",
            "phone": "+1 (415) 555-0132",
            "language": None,
            "channel": sales,
        }
        answer = await stage.slack.submit(
            "carl", view, {"campaign": "Spring Sale", "language": "hindi"}
        )
        assert answer.ok
        assert stage.slack.views("carl") == []
        assert answer.request is not None
        await stage.slack.resend(answer.request, copies=2)
        await stage.card("Answered")
        assert "Calling John Doe at +1 415-555-0132" in stage.said_to("carl")
    assert stage.dials() == [
        {"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": JOHN, "language": "hindi"}
    ]
    assert len(stage.cards()) == 1


async def test_the_modal_of_a_script_calls_with_the_script(stage: Stage) -> None:
    """`/toingg script` opens its modal; the call goes out by `make_toingg_details`, once."""
    script = "Ask whether ten o'clock suits.\nSay <!channel> & goodbye | thanks."
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg", "script")
        view = await stage.modal("carl", "Call with a Script")
        values: Values = {
            "campaign": "Reminders",
            "script": script,
            "name": "Ann",
            "phone": "4155550133",
        }
        answer = await stage.slack.submit("carl", view, values)
        assert answer.ok
        card = await stage.card("Answered")
    (call,) = stage.toingg.posts("/api/make_toingg_details/")
    assert call.body == {
        "campaignName": "Reminders",
        "campaignScript": script,
        "name": "Ann",
        "phoneNumber": "+14155550133",
    }
    assert len(stage.dials()) == 1
    assert "ten o'clock" not in card.all_text() + stage.thread(card)


@ON_SQLITE
async def test_a_quick_script_keeps_the_bars_of_its_last_part(stage: Stage) -> None:
    """The quick form's last part is everything that is left, as it was typed."""
    async with stage.bot():
        text = "<tel:+14155550132|+1 415 555 0132> | J &amp; J | Reminders | Ten | or eleven?"
        await stage.slack.command("carl", "sales", "/toingg-script", text)
        await stage.until(stage.dials)
    assert stage.dials() == [
        {
            "campaignName": "Reminders",
            "campaignScript": "Ten | or eleven?",
            "name": "J & J",
            "phoneNumber": JOHN,
        }
    ]


@ON_SQLITE
async def test_every_field_is_told_its_own_fault_at_once(stage: Stage) -> None:
    """Two faults: two errors, each in its field; what was typed stays, and then goes through."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg", "script")
        view = await stage.modal("carl", "Call with a Script")
        typed: Values = {
            "campaign": "  ",
            "script": "Say hello.",
            "name": "\u200b",
            "phone": "+1 415 55",
        }
        answer = await stage.slack.submit("carl", view, typed)
        assert answer.body["response_action"] == "errors"
        assert set(answer.body["errors"]) == {"campaign", "name", "phone"}
        assert all(len(text) > 10 for text in answer.body["errors"].values())
        (still,) = stage.slack.views("carl")
        assert held(still)["script"] == "Say hello."
        assert held(still)["phone"] == "+1 415 55"
        assert await rows(bot) == []
        mended: Values = {"campaign": "Reminders", "name": "Ann", "phone": "+14155550133"}
        assert (await stage.slack.submit("carl", still, mended)).ok
        await stage.until(stage.dials)
    assert [each["campaignScript"] for each in stage.dials()] == ["Say hello."]


@ON_SQLITE
async def test_a_quick_form_with_a_bad_number_can_be_edited(stage: Stage) -> None:
    """The answer says what is wrong; Edit and Try Again opens the modal with all that was typed."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", "+1415 | John Doe | Spring Sale")
        answer = stage.slack.ephemerals("carl")[-1]
        assert "Nobody was called" in text_of(answer)
        assert "*Phone number*" in text_of(answer)
        assert buttons_of(answer) == ["Edit and Try Again"]
        await stage.slack.click("carl", answer, "draft.edit")
        view = await stage.modal("carl", "Call Somebody")
        assert held(view) == {
            "campaign": "Spring Sale",
            "name": "John Doe",
            "phone": "+1415",
            "language": None,
            "channel": stage.slack.channel("sales").id,
        }
        await stage.slack.submit("carl", view, {"phone": JOHN})
        await stage.card("Answered")
    assert [each["phoneNumber"] for each in stage.dials()] == [JOHN]


@ON_SQLITE
async def test_a_draft_is_its_writers_alone(stage: Stage) -> None:
    """Somebody else who forges the click, or the submission, gets nothing of it."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", "+1415 | John Doe | Spring Sale")
        answer = stage.slack.ephemerals("carl")[-1]
        await stage.slack.click("oscar", answer, "draft.edit")
        await stage.until(lambda: "kept for a day" in stage.said_to("oscar"))
        await stage.slack.command("oscar", "sales", "/toingg-call")
        view = await stage.modal("oscar", "Call Somebody")
        value = next(element["value"] for _, element in answer.elements())
        await stage.slack.click("oscar", view, "draft.confirm", forged={"value": value})
        await stage.modal("oscar", "Toingg")
    assert "John" not in stage.said_to("oscar")
    assert stage.dials() == []


@ON_SQLITE
async def test_a_default_campaign_makes_number_and_name_enough(stage: Stage) -> None:
    """With DEFAULT_CAMPAIGN a quick form of two parts is a whole order."""
    async with stage.bot(default_campaign="Spring Sale"):
        await stage.slack.command("carl", "sales", "/toingg-call", "(415) 555-0132 | John Doe")
        await stage.until(stage.dials)
    assert stage.dials() == [{"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": JOHN}]


@ON_SQLITE
async def test_two_people_at_the_same_instant_call_two_people(stage: Stage) -> None:
    """Different clicks are different calls, each with its own card."""
    async with stage.bot():
        await asyncio.gather(
            stage.slack.command("carl", "sales", "/toingg-call", QUICK),
            stage.slack.command("oscar", "sales", "/toingg-call", "+14155550133 | Ann | Sale"),
        )
        await stage.until(lambda: len(stage.cards()) == 2)
    assert sorted(each["phoneNumber"] for each in stage.dials()) == [JOHN, "+14155550133"]
