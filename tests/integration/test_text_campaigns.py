"""Lists of texts: measured before anything is sent, sent once each, delivered, answered."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.wire import Acked
from bot.sandbox.toingg import Life
from storage.campaigns import Stage as At
from tests.campaigning import OPEN_PACE, THREE, card, every, list_of, one, until
from tests.integration.test_inbound import post
from tests.stage import JOHN, STATUS_TOKEN, Stage, buttons_of, text_of
from tests.witness import opt_out, report

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PRICED: dict[str, Any] = OPEN_PACE | {"price_per_part": "0.01"}


async def ask(play: Stage, values: Values, user: str = "carl") -> Acked:
    """Types the command, fills the modal in and submits it."""
    await play.slack.command(user, "sales", "/toingg-sms", "list")
    given: Values = {"campaign": "Reminders", **values}
    return await play.slack.submit(user, await play.modal(user, "Text a List"), given)


async def test_a_list_is_measured_and_sent(stage: Stage) -> None:
    """Each gets the words with its own values, once; opt-outs nothing; card and thread say how."""
    async with stage.bot(**PRICED) as bot:
        await opt_out(bot, "+14155550134")
        assert (await ask(stage, {"message": "Hi {name}, ten?", "numbers": THREE})).ok
        await until(bot, At.READY)
        ready = await card(bot, stage, "start")
        said = text_of(ready)
        assert "2 people ready, of 3 rows" in said
        assert "*1* opted out" in said
        assert "GSM-7 · 16 / 16 / 17 characters · 1 part (least / median / most)" in said
        assert "Cost: 0.02 USD: 2 parts at 0.01." in said
        assert buttons_of(ready) == ["Start", "Schedule", "Edit", "Discard"]
        await stage.slack.click("carl", ready, "campaign.start")
        await until(bot, At.DONE)
        await card(bot, stage, "results", says="2 delivered")
        rows = await list_of(bot)
    assert sorted(each["message"] for each in stage.sent()) == [
        "Hi Ann Roe, ten?",
        "Hi John Doe, ten?",
    ]
    assert [row["state"] for row in rows] == ["placed", "placed", "skipped"]
    assert [row["parts"] for row in rows] == [1, 1, 1]
    assert stage.dials() == []


@ON_SQLITE
async def test_what_becomes_of_texts_after_the_end_is_drawn(stage: Stage) -> None:
    """A text is delivered when it is: the card of a campaign that is done still shows it."""
    stage.toingg.live(Life(deliver_after=None))
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"message": "Ten?", "numbers": THREE})
        await until(bot, At.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await until(bot, At.DONE)
        await card(bot, stage, "results", says="3 sent")
        await stage.until(lambda: "Results" in stage.thread(stage.slack.messages("sales")[0]))
        for text, status in zip(stage.toingg.texts, ("delivered", "undelivered"), strict=False):
            fields = {"MessageSid": text.sid, "MessageStatus": status, "To": text.phone}
            headers = {"X-Toingg-Token": STATUS_TOKEN}
            assert await report(stage.slack.bot_url, fields, headers=headers) == 200
        said = text_of(await card(bot, stage, "results", says="1 delivered"))
        assert "1 sent" in said


@ON_SQLITE
async def test_what_nothing_fills_in_is_told_before(stage: Stage) -> None:
    """A variable that the list lacks stands under the message; nothing is made."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"message": "See you in {city}", "numbers": THREE})
        errors = stage.slack.views("carl")[-1].errors
        assert "nothing for {city}" in errors["message"]
        assert await every(bot) == []


@ON_SQLITE
async def test_one_row_that_costs_more_is_seen(stage: Stage) -> None:
    """The characters that force UCS-2 are named, whoever's row they are in."""
    numbers = "John, +1 415 555 0132\nЖюльщ, +1 415 555 0133"
    async with stage.bot(**PRICED) as bot:
        await ask(stage, {"message": "{name}" + "!" * 80, "numbers": numbers})
        await until(bot, At.READY)
        said = text_of(await card(bot, stage, "start"))
        assert "1 of 2 as UCS-2, the others as GSM-7" in said
        assert "1 / 1 / 2 parts" in said
        assert "because of “Ж” “ю” “л” “ь” “щ”." in said
        assert "Cost: 0.03 USD: 3 parts" in said


@ON_SQLITE
async def test_plain_characters_from_the_card(stage: Stage) -> None:
    """What has a like in GSM-7 is replaced in the message and in every value, and measured anew."""
    curly = "See you\N{HORIZONTAL ELLIPSIS} {name}" + "!" * 60
    numbers = "name,phone\nFran\u00e7ois,+1 415 555 0132\nAnn,+1 415 555 0133"
    async with stage.bot(**PRICED) as bot:
        await ask(stage, {"message": curly, "numbers": numbers})
        await until(bot, At.READY)
        ready = await card(bot, stage, "start")
        assert "UCS-2" in text_of(ready)
        await stage.slack.click("carl", ready, "sms.list_plain")
        await until(bot, lambda it: it.state is At.READY and bool(it.source.get("plain")))
        ready = await card(bot, stage, "start", says="GSM-7")
        assert "Use Plain Characters" not in buttons_of(ready)
        await stage.slack.click("carl", ready, "campaign.start")
        await until(bot, At.DONE)
    said = sorted(each["message"].rstrip("!") for each in stage.sent())
    assert said == ["See you... Ann", "See you... Francois"]


async def test_a_reply_stands_in_the_campaigns_thread(stage: Stage) -> None:
    """With Reply; a STOP there opts out, and is told."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"message": "Ten?", "numbers": THREE})
        await until(bot, At.READY)
        ready = await card(bot, stage, "start")
        await stage.slack.click("carl", ready, "campaign.start")
        await until(bot, At.DONE)
        await post(stage, "Make it eleven")
        await stage.until(lambda: "Make it eleven" in stage.thread(ready))
        replies = stage.slack.messages(ready.channel, ready.ts)
        (replied,) = [each for each in replies if "Make it eleven" in each.text]
        await stage.slack.click("carl", replied, "text.reply")
        view = await stage.modal("carl", "Text Somebody")
        assert (await stage.slack.submit("carl", view, {"message": "Fine"})).ok
        await stage.until(lambda: len(stage.sent()) == 4)
        await post(stage, "STOP", sid="SM2", phone="+14155550133")
        await stage.until(lambda: "answered STOP" in stage.thread(ready))
    assert stage.sent()[-1] == {"name": "John Doe", "phoneNumber": JOHN, "message": "Fine"}


async def test_text_the_no_answers(stage: Stage) -> None:
    """After calls, those who didn't answer: no others, none who opted out since, after a look."""
    for number in ("+14155550132", "+14155550134"):
        stage.toingg.outcome(number, "no-answer")
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.command("carl", "sales", "/toingg-campaign", "Spring Sale")
        view = await stage.modal("carl", "Call a List")
        await stage.slack.submit("carl", view, {"numbers": THREE})
        await until(bot, At.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(lambda: len(stage.dials()) == 3)
        (answered,) = [c for c in stage.toingg.calls.values() if c.phone == "+14155550133"]
        await stage.until(lambda: answered.state == "in-progress")
        stage.toingg.advance(answered.call_sid, "completed")
        await until(bot, At.DONE)
        done = await card(bot, stage, "text_unreached")
        await opt_out(bot, "+14155550134")
        await stage.slack.click("carl", done, "campaign.text_unreached")
        view = await stage.modal("carl", "Text the No-Answers")
        assert "2 people didn't answer" in text_of(view)
        await stage.slack.click("carl", view, "sms.after_meter", value="Hi \N{EN DASH} {name}")
        await stage.until(lambda: "because of" in text_of(stage.slack.views("carl")[-1]))
        await stage.slack.click("carl", stage.slack.views("carl")[-1], "sms.after_swap")
        await stage.until(lambda: "GSM-7 · 11" in text_of(stage.slack.views("carl")[-1]))
        view = stage.slack.views("carl")[-1]
        answer = await stage.slack.submit("carl", view, {"message.1": "Hi {name}, call us"})
        assert answer.ok
        texts = await _second(bot, stage)
        assert "1 person ready, of 2 rows" in text_of(texts)
        await stage.slack.click("carl", texts, "campaign.start")
        await stage.until(stage.sent)
        old, new = await every(bot)
        assert (old.kind, new.kind, new.retry_of) == ("call", "text", old.id)
    assert stage.sent() == [
        {"name": "John Doe", "phoneNumber": JOHN, "message": "Hi John Doe, call us"}
    ]


async def _second(bot: Any, stage: Stage) -> Any:
    """The card of the campaign of texts, once it can be started."""
    for _ in range(300):
        campaigns = await every(bot)
        if len(campaigns) > 1 and campaigns[1].state is At.READY:
            for each in stage.slack.messages("sales"):
                value = f"{campaigns[1].id}.{campaigns[1].version}"
                found = {(e.get("action_id"), e.get("value")) for _, e in each.elements()}
                if ("campaign.start", value) in found:
                    return each
        await asyncio.sleep(0.05)
    raise AssertionError(await every(bot))


@ON_SQLITE
async def test_a_budget_holds_texts_too(stage: Stage) -> None:
    """Each text is paid for by its parts; what the balance doesn't cover waits for money."""
    async with stage.bot(**PRICED, budget="0.02") as bot:
        await ask(stage, {"message": "Hi", "numbers": THREE})
        await until(bot, At.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await until(bot, At.HELD)
        assert (await one(bot)).state is At.HELD
    assert len(stage.sent()) == 2
