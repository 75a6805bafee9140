"""Stop All: every live call of a campaign is hung up, those too that come up meanwhile.

The queue was frozen by the move (`Control.stop`). What is left of a stop is in the database alone,
so a restart goes on with it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from bot.background import Background
from bot.calling.hangup import HangUps
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import OutOfDate, StorageError
from bot.logs import Action, log
from storage import stops
from storage.campaigns import Campaign
from storage.engine import Database
from storage.rows import Call

EVERY = timedelta(seconds=2)
_AT_ONCE = 20
"""Hang-ups on their way to Toingg at the same time."""
_PAGE = 200
_PAUSE = 0.1
"""Seconds between two looks for calls that were being dialled when everything was stopped."""


class Stopper:
    """Hangs up what a Stop All is to end, and says what became of it."""

    def __init__(
        self,
        database: Database,
        hang_ups: HangUps,
        wakes: Sequence[WakesCampaign],
        background: Background,
        clock: Clock,
        *,
        mean: Callable[[str], timedelta],
        run: str,
    ) -> None:
        """`wakes`: whoever redraws the campaign once it is done. `mean`, by the workspace's id:
        after so long a call of which nothing was heard is taken for over: it is hung up last.
        """
        self._database = database
        self._hang_ups = hang_ups
        self._wakes = wakes
        self._background = background
        self._clock = clock
        self._mean = mean
        self._run = run
        self._stopping: set[str] = set()

    def wake(self, campaign: Campaign) -> None:
        """Begins where a Stop All was asked for."""
        if campaign.stopped_by is not None and campaign.id not in self._stopping:
            self._stopping.add(campaign.id)
            self._background.start(self._stop(campaign))

    async def look(self) -> None:
        """Goes on with what a dead run, or a failure, left."""
        left = partial(stops.left, run=self._run, stopping=tuple(self._stopping), now=self._clock())
        for campaign in await self._database.write(left):
            self.wake(campaign)

    async def _stop(self, campaign: Campaign) -> None:
        tried: set[str] = set()
        try:
            while (standing := await self._still(campaign)) is not None:
                # Asked first: a call that comes up after this look is found by the one below.
                more = await self._database.scan(partial(stops.is_going_on, campaign=campaign))
                if await self._hang_up_all(standing, tried):
                    continue
                if not more:
                    await self._finish(standing)
                    return
                await asyncio.sleep(_PAUSE)
        except StorageError as error:  # `look` goes on with it
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail, lasting=error.lasting)
        finally:
            self._stopping.discard(campaign.id)

    async def _still(self, campaign: Campaign) -> Campaign | None:
        return await self._database.read(partial(stops.stopping, campaign=campaign))

    async def _hang_up_all(self, campaign: Campaign, tried: set[str]) -> bool:
        """Hangs up each live call that wasn't tried; whether there was one."""
        turns, found = asyncio.Semaphore(_AT_ONCE), False
        since = self._clock() - self._mean(campaign.workspace_id)
        live = partial(stops.to_hang_up, campaign=campaign, heard_since=since)
        ids = await self._database.scan(live)
        for low in range(0, len(ids), _PAGE):
            page = partial(stops.calls, ids=ids[low : low + _PAGE])
            fresh = [c for c in await self._database.scan(page) if _name(c) not in tried]
            tried.update(map(_name, fresh))
            actor = campaign.stopped_by or ""
            await asyncio.gather(*(self._hang_up(call, actor, turns) for call in fresh))
            found = found or bool(fresh)
        return found

    async def _hang_up(self, call: Call, actor: str, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                claimed = await self._hang_ups.ask_as_one(call, actor)
            except OutOfDate:  # it ended, or somebody was quicker
                return
            await self._hang_ups.send(claimed)

    async def _finish(self, campaign: Campaign) -> None:
        mean, now = self._mean(campaign.workspace_id), self._clock()
        finish = partial(stops.finish, campaign=campaign, mean=mean, now=now)
        outcome = await self._database.write(finish)
        if outcome is None:
            return
        log(
            Action.CAMPAIGN_STOPPED,
            campaign=campaign.id,
            ended=outcome.ended,
            over=outcome.over,
            failed=outcome.failed,
            without_id=outcome.without_id,
        )
        for each in self._wakes:
            each.wake(campaign)


def _name(call: Call) -> str:
    """One call: a row that is dialled again, or whose id is corrected, is another."""
    return f"{call.id}.{call.attempt}.{call.call_sid}"
