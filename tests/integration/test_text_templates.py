"""Templates: saved under a name, versioned, used, removed; by whom."""

import pytest

from storage.campaigns import Stage as At
from tests.campaigning import OPEN_PACE, THREE, card, one, until
from tests.stage import Stage, buttons_of, text_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def save(stage: Stage, name: str, text: str) -> None:
    """An owner saves one."""
    await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
    shown = stage.slack.ephemerals("olivia")[-1]
    await stage.slack.click("olivia", shown, "sms.template_new")
    view = await stage.modal("olivia", "Template")
    assert (await stage.slack.submit("olivia", view, {"name": name, "message": text})).ok


async def test_a_campaign_keeps_the_version_it_used(stage: Stage) -> None:
    """Saved, chosen, used; a later version changes nothing of what was made with an earlier one."""
    async with stage.bot(**OPEN_PACE) as bot:
        await save(stage, "Reminder", "Hi {name}, see you at ten.")
        await stage.slack.command("carl", "sales", "/toingg-sms", "list")
        view = await stage.modal("carl", "Text a List")
        (options,) = [
            block["element"]["options"] for block in view.blocks if block["block_id"] == "saved"
        ]
        chosen = options[0]["value"]
        await stage.slack.click("carl", view, "sms.list_template", value=chosen)
        await stage.until(lambda: "26 characters" in text_of(stage.slack.views("carl")[-1]))
        view = stage.slack.views("carl")[-1]
        answer = await stage.slack.submit("carl", view, {"campaign": "Reminders", "numbers": THREE})
        assert answer.ok
        await until(bot, At.READY)
        await save(stage, "Reminder", "Hi {name}, see you at eleven.")
        ready = await card(bot, stage, "start", says="Template “Reminder”, version 1.")
        await stage.slack.click("carl", ready, "campaign.start")
        await stage.until(lambda: len(stage.sent()) == 3)
        assert (await one(bot)).source["template"]["version"] == 1
        await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
        assert "version 2" in text_of(stage.slack.ephemerals("olivia")[-1])
    assert all(each["message"].endswith("see you at ten.") for each in stage.sent())


@ON_SQLITE
async def test_a_removed_template_is_offered_no_more(stage: Stage) -> None:
    """Neither in the list nor in a modal; a caller changes none."""
    async with stage.bot(default_role="caller"):
        await save(stage, "Reminder", "Hi {name}")
        await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
        shown = stage.slack.ephemerals("olivia")[-1]
        assert buttons_of(shown) == ["Edit", "Remove", "New Template"]
        await stage.slack.click("olivia", shown, "sms.template_remove")
        await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
        assert buttons_of(stage.slack.ephemerals("olivia")[-1]) == ["New Template"]
        await stage.slack.command("carl", "sales", "/toingg-sms", "")
        view = await stage.modal("carl", "Text Somebody")
        assert "saved" not in [block["block_id"] for block in view.blocks]
        await stage.slack.command("carl", "sales", "/toingg-sms", "templates")
        assert "role doesn't cover" in stage.said_to("carl")


@ON_SQLITE
async def test_a_template_in_a_single_text(stage: Stage) -> None:
    """The name is filled in; what only a list could fill in is told before anything is sent."""
    async with stage.bot():
        await save(stage, "City", "Hi {name}, {city}?")
        await save(stage, "Short", "Hi {name}!")
        await stage.slack.command("carl", "sales", "/toingg-sms", "+14155550132 | John")
        view = await stage.modal("carl", "Text Somebody")
        await stage.slack.submit("carl", view, {"message": "Hi {name}, {city}?"})
        assert "{city}" in stage.slack.views("carl")[-1].errors["message"]
        await stage.slack.submit("carl", view, {"message": "Hi {name}!"})
        await stage.until(stage.sent)
    assert stage.sent()[0]["message"] == "Hi John!"
