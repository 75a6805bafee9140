"""Campaigns above the threshold: a second person approves what was asked, and nothing else."""

from datetime import timedelta

import pytest

from bot.app import Bot
from bot.campaigns.approval import WantsApproval, wants_approval
from bot.sandbox.slack.messages import Message
from bot.settings import WorkspaceSettings
from storage.campaigns import Campaign, Stage
from tests.campaigning import OPEN_PACE, THREE, ask, card, one, until
from tests.stage import Stage as Play
from tests.stage import buttons_of
from tests.witness import Travels, audited, opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TWO_PEOPLE = OPEN_PACE | {"approval_people": 2}
ONE_PERSON = OPEN_PACE | {"approval_people": 1}


@pytest.mark.parametrize(
    ("settings", "people", "wants"),
    [
        ({}, 100_000, False),
        ({"approval_people": 100}, 100, False),
        ({"approval_people": 100}, 101, True),
        ({"approval_cost": "24", "price_per_minute": "0.12"}, 100, False),
        ({"approval_cost": "24", "price_per_minute": "0.12"}, 101, True),
    ],
)
def test_the_threshold(settings: dict[str, object], people: int, *, wants: bool) -> None:
    """More people, or a higher expected cost, than one person may have called."""
    holds = WorkspaceSettings.model_validate(settings)
    assert wants_approval(holds, people, 240_000) is wants


@pytest.fixture
def play(stage: Play) -> Play:
    """The stage under the name that its tests have for it."""
    return stage


async def asked(bot: Bot, play: Play) -> Message:
    """Carl's campaign of three, once he has asked for approval: its card."""
    await ask(play, {"numbers": THREE})
    await until(bot, Stage.READY)
    await play.slack.click("carl", await card(bot, play, "ask_approval"), "campaign.ask_approval")
    await until(bot, Stage.AWAITING_APPROVAL)
    return await card(bot, play, "approve", "decline")


async def approved(bot: Bot, play: Play) -> Campaign:
    """The same once Oscar has approved it."""
    await play.slack.click("oscar", await asked(bot, play), "campaign.approve")
    return await until(bot, Stage.READY)


async def test_somebody_else_approves_and_it_starts(play: Play) -> None:
    """Start isn't offered before; nobody approves their own; each step is audited."""
    async with play.bot(**TWO_PEOPLE) as bot:
        shown = await asked(bot, play)
        assert "Start" not in buttons_of(shown)
        await play.slack.click("carl", shown, "campaign.approve")
        await play.until(lambda: "nobody approves their own" in play.said_to("carl"))
        assert (await one(bot)).state is Stage.AWAITING_APPROVAL
        await play.slack.click("oscar", shown, "campaign.approve")
        await until(bot, Stage.READY)
        await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
        await play.until(lambda: len(play.dials()) == 3)
        deeds = [each["deed"] for each in await audited(bot)]
        assert deeds == ["approval_asked", "approved", "campaign_started"]
    assert len(play.dials()) == 3


@ON_SQLITE
async def test_a_forged_start_is_refused(play: Play) -> None:
    """Whatever the card offers, the approval is asked for where it starts."""
    async with play.bot(**TWO_PEOPLE) as bot:
        await ask(play, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        shown = await card(bot, play, "ask_approval")
        forged = {"type": "button", "value": f"{campaign.id}.{campaign.version}"}
        await play.slack.click("carl", shown, "campaign.start", forged=forged)
        await play.until(lambda: "second person's approval" in play.said_to("carl"))
        await play.slack.click("vera", await asked_again(bot, play), "campaign.decline")
        await until(bot, Stage.READY)
    assert play.dials() == []


async def asked_again(bot: Bot, play: Play) -> Message:
    """The campaign's card, once approval is asked for."""
    await play.slack.click("carl", await card(bot, play, "ask_approval"), "campaign.ask_approval")
    return await card(bot, play, "decline")


async def test_any_change_voids_it(play: Play) -> None:
    """Other limits than those that were approved: it has to be asked for again."""
    async with play.bot(**ONE_PERSON) as bot:
        campaign = await approved(bot, play)
        assert (await bot.campaigns.approvals.guard(campaign)) is not None
        await opt_out(bot, "+14155550132")  # fewer people than were approved, nobody else
        assert (await bot.campaigns.approvals.guard(campaign)) is not None
    async with play.bot(**ONE_PERSON | {"hours_preset": "default"}) as bot:
        with pytest.raises(WantsApproval):
            await bot.campaigns.approvals.guard(await one(bot))


@ON_SQLITE
async def test_an_edit_voids_it(play: Play) -> None:
    """A list that is read anew has nobody's approval."""
    async with play.bot(**TWO_PEOPLE) as bot:
        await approved(bot, play)
        await play.slack.click("carl", await card(bot, play, "edit"), "campaign.edit")
        form = await play.modal("carl", "Call a List")
        await play.slack.submit("carl", form, {"numbers": THREE})
        assert await card(bot, play, "ask_approval")


@ON_SQLITE
async def test_it_expires(play: Play) -> None:
    """Nobody answers within a day, or nobody starts it: it has to be asked for again."""
    play.clock = clock = Travels()
    async with play.bot(**TWO_PEOPLE) as bot:
        await asked(bot, play)
        clock.forward(timedelta(hours=25))
        await bot.campaigns.approvals.look()
        await until(bot, Stage.READY)
        await play.slack.click("oscar", await asked_again(bot, play), "campaign.approve")
        campaign = await until(bot, Stage.READY)
        clock.forward(timedelta(hours=25))
        with pytest.raises(WantsApproval):
            await bot.campaigns.approvals.guard(campaign)


@ON_SQLITE
async def test_what_is_void_at_its_time_is_given_back(play: Play) -> None:
    """A scheduled campaign whose limits were changed since waits for a person."""
    play.clock = clock = Travels()
    async with play.bot(**TWO_PEOPLE) as bot:
        campaign = await approved(bot, play)
        at = clock() + timedelta(hours=30)
        await bot.campaigns.control.schedule(campaign, campaign.owner, at, "UTC")
    clock.forward(timedelta(hours=30, minutes=1))
    async with play.bot(**TWO_PEOPLE | {"calls_per_day": "1000"}) as bot:
        await until(bot, Stage.READY)
        assert [each["deed"] for each in await audited(bot)][-1] == "voided"
    assert play.dials() == []
