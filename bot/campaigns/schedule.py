"""Campaigns whose time has come: started, or, where nobody was there at that time, asked about."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot.campaigns.approval import Approvals, WantsApproval
from bot.campaigns.control import Control
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import OutOfDate
from bot.logs import Action, log
from storage import campaigns
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

EVERY = timedelta(seconds=1)
_SOME = 50


class Schedule:
    """Looks for what is due, whichever process it was scheduled in."""

    def __init__(
        self,
        database: Database,
        control: Control,
        wakes: Sequence[WakesCampaign],
        approvals: Approvals,
        clock: Clock,
        *,
        grace: timedelta,
    ) -> None:
        """`grace`: how late a campaign still starts by itself."""
        self._database = database
        self._control = control
        self._wakes = wakes
        self._clock = clock
        self._approvals = approvals
        self._grace = grace

    async def look(self) -> None:
        """Starts, or gives back to people, everything that is due."""
        now = self._clock()
        due = partial(campaigns.due, now=now, limit=_SOME)
        for campaign in await self._database.scan(due):
            if campaign.start_at is not None and now - campaign.start_at <= self._grace:
                await self._start(campaign)
            else:
                await self._miss(campaign)

    async def _start(self, campaign: Campaign) -> None:
        try:
            await self._control.start(campaign, None)
        except WantsApproval:
            with suppress(OutOfDate):
                await self._approvals.void(campaign)
        except OutOfDate:  # another process, or a person, was quicker
            return

    async def _miss(self, campaign: Campaign) -> None:
        now, at = self._clock(), campaign.start_at
        missed = await self._database.write(
            partial(
                campaigns.move,
                campaign=campaign,
                to=Stage.READY,
                happened=Happened.MISSED,
                from_=[Stage.SCHEDULED],
                now=now,
                detail={"due": int(at.timestamp())} if at else {},
                start_at=None,
            )
        )
        if missed is None:
            return
        log(Action.CAMPAIGN_MOVED, campaign=campaign.id, happened=Happened.MISSED)
        for each in self._wakes:
            each.wake(missed)
