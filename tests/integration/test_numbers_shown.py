"""Show Number: in full to who may see it, to nobody else, and never without being written down."""

import pytest

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.toingg import Life
from storage.campaigns import Stage as At
from storage.secrets import phone_key
from tests import campaigning
from tests.integration.test_flows_sms import QUICK_TEXT
from tests.integration.test_inbound import post
from tests.integration.test_text_campaigns import ask
from tests.stage import JOHN, QUICK, Stage, text_of
from tests.witness import audited

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FULL = "+1 415-555-0132"


def value_of(card: Message) -> str:
    """What the choice in the card's menu stands for."""
    (menu,) = [each for _, each in card.elements() if each["type"] == "overflow"]
    (choice,) = menu["options"]
    assert choice["text"]["text"] == "Show Number"
    return str(choice["value"])


async def seen(bot: Bot) -> list[tuple[str, str]]:
    """Who was shown which number, by its hash, as the audit log has it."""
    return [
        (each["actor"], each["subject"])
        for each in await audited(bot)
        if each["deed"] == "number_seen"
    ]


@pytest.mark.parametrize("kind", ["call", "text"])
async def test_a_card_shows_its_number_to_who_asks(stage: Stage, kind: str) -> None:
    """An ephemeral for who asked for the call and for operators; a refusal for everybody else."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02, talk_for=0.1))
    async with stage.bot() as bot:
        if kind == "call":
            await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
            card = await stage.card("Ended")
        else:
            await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
            card = await stage.text("Delivered")
        before = stage.said_to("carl").count(FULL)
        await stage.slack.click("carl", card, "number.show", value=value_of(card))
        await stage.until(lambda: stage.said_to("carl").count(FULL) == before + 1)
        await stage.slack.click("oscar", card, "number.show", value=value_of(card))
        await stage.until(lambda: "Only whoever asked for this call" in stage.said_to("oscar"))
        assert FULL not in stage.said_to("oscar")
        assert FULL not in str([each.blocks for each in stage.slack.messages("sales")])
        key = phone_key(bot.home.number_key, JOHN)
        assert await seen(bot) == [("U0CARL0001", key)]
        assert "4155550132" not in str(await audited(bot))


@ON_SQLITE
async def test_the_list_shows_numbers_once_they_are_asked_for(stage: Stage) -> None:
    """Masked at first; Show Numbers redraws it, with those in full that who asks may see."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02, talk_for=0.1))
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Ended")
        await stage.slack.command("olivia", "support", "/toingg-call", "+14155550133 | Ann | Sale")
        await stage.card("Ended", "support")
        await stage.slack.command("carl", "sales", "/toingg-calls")
        listed = stage.slack.ephemerals("carl")[-1]
        assert "+1 415 ••• ••32" in text_of(listed)
        assert await seen(bot) == []
        await stage.slack.click("carl", listed, "calls.numbers")
        await stage.until(lambda: FULL in text_of(stage.slack.ephemerals("carl")[-1]))
        shown = text_of(stage.slack.ephemerals("carl")[-1])
        assert "+1 415 ••• ••33" in shown
        assert await seen(bot) == [("U0CARL0001", phone_key(bot.home.number_key, JOHN))]
        await stage.slack.command("vera", "sales", "/toingg-calls")
        others = stage.slack.ephemerals("vera")[-1]
        assert not [each for _, each in others.elements() if each["action_id"] == "calls.numbers"]
        await stage.slack.click(
            "vera", others, "calls.numbers", forged={"type": "button", "value": "all"}
        )
        await stage.until(lambda: len(stage.slack.ephemerals("vera")) >= 1)
        assert FULL not in stage.said_to("vera")


@ON_SQLITE
async def test_a_campaigns_thread_shows_whom_it_names(stage: Stage) -> None:
    """Who answered a list's text, to who answers for it; an event of nobody's says nothing."""
    async with stage.bot(**campaigning.OPEN_PACE) as bot:
        await ask(stage, {"message": "Ten o'clock?", "numbers": campaigning.THREE})
        ready = await campaigning.card(bot, stage, "start")
        await stage.slack.click("carl", ready, "campaign.start")
        await campaigning.until(bot, At.DONE, seconds=30)
        await post(stage, "Yes please")

        def told() -> Message | None:
            thread = stage.slack.messages("sales", ready.ts)
            return next((each for each in thread if "Yes please" in text_of(each)), None)

        replied = await stage.until(told)
        assert FULL not in text_of(replied)
        await stage.slack.click("carl", replied, "campaign.numbers")
        await stage.until(lambda: f"John Doe *{FULL}*" in stage.said_to("carl"))
        assert await seen(bot) == [("U0CARL0001", phone_key(bot.home.number_key, JOHN))]
        (value,) = [
            each["value"]
            for _, each in replied.elements()
            if each["action_id"] == "campaign.numbers"
        ]
        nobodys = {"type": "button", "value": f"{value.rpartition('.')[0]}.999999"}
        await stage.slack.click("carl", replied, "campaign.numbers", forged=nobodys)
        await stage.until(lambda: "Nobody whom this message named" in stage.said_to("carl"))
        assert len(await seen(bot)) == 1
