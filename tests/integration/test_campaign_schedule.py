"""Campaigns whose time has come, and people who say something else at that very moment."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.campaigns.schedule import Schedule
from storage.campaigns import Campaign, Stage
from storage.engine import Database
from tests.campaign_desk import CampaignDesk, desk
from tests.logged import Logged
from tests.stage import Stage as Scene
from tests.witness import Travels

GRACE = timedelta(minutes=15)
ONE_DAY = timedelta(days=1)

Says = Callable[[CampaignDesk, Campaign], Awaitable[Campaign]]


async def unscheduled(at: CampaignDesk, campaign: Campaign) -> Campaign:
    """Cancel: it waits for Start."""
    return await at.control.unschedule(campaign, campaign.owner)


async def rescheduled(at: CampaignDesk, campaign: Campaign) -> Campaign:
    """Reschedule: a day later."""
    return await at.control.schedule(campaign, campaign.owner, at.clock() + ONE_DAY, "UTC")


async def discarded(at: CampaignDesk, campaign: Campaign) -> Campaign:
    """Discard: never."""
    return await at.control.discard(campaign, campaign.owner)


class Interrupted:
    """A database with a person who is quicker: between a look and the write that follows it."""

    def __init__(self, database: Database, between: Callable[[], Awaitable[Any]]) -> None:
        self._database = database
        self._between = between
        self.write = database.write

    async def scan(self, work: Callable[..., Any]) -> Any:
        """Looks; then the person acts."""
        found = await self._database.scan(work)
        await self._between()
        return found


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The stage, with a clock that is moved by hand."""
    stage.clock = Travels()
    return stage


@pytest.mark.parametrize("late", [timedelta(seconds=1), 2 * GRACE])
@pytest.mark.parametrize(
    ("says", "state"),
    [
        (unscheduled, Stage.READY),
        (rescheduled, Stage.SCHEDULED),
        (discarded, Stage.CANCELLED),
    ],
)
async def test_a_word_at_the_last_moment_counts(
    scene: Scene, log: Logged, says: Says, state: Stage, late: timedelta
) -> None:
    """Cancelled, rescheduled, discarded after it was found due: it neither starts nor is missed."""
    async with desk(scene) as at:
        campaign = await due(at, late)
        between = Interrupted(at.database, lambda: says(at, campaign))
        await look(at, cast("Database", between))
        after = await at.now(campaign)
        assert (after.state, after.moved_by) == (state, campaign.owner)


@pytest.mark.parametrize(
    ("late", "state"), [(timedelta(seconds=1), Stage.RUNNING), (2 * GRACE, Stage.READY)]
)
async def test_what_is_due_starts_by_itself(scene: Scene, late: timedelta, state: Stage) -> None:
    """Within the grace; after that it waits for a person."""
    async with desk(scene) as at:
        campaign = await due(at, late)
        await look(at, at.database)
        after = await at.now(campaign)
        assert (after.state, after.moved_by, after.start_at) == (state, None, None)


async def due(at: CampaignDesk, late: timedelta) -> Campaign:
    """A campaign whose time has come so long ago."""
    ready = await at.ready(3)
    scheduled = await at.control.schedule(ready, ready.owner, at.clock() + ONE_DAY, "UTC")
    at.clock.forward(ONE_DAY + late)
    return scheduled


async def look(at: CampaignDesk, database: Database) -> None:
    """One look for what is due."""
    schedule = Schedule(database, at.control, [at.progress], at.approvals, at.clock, grace=GRACE)
    await schedule.look()
