"""A campaign of which nobody is left to be called, and nobody is on the line, is done."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.logs import Action, log
from storage import Connection, campaigns, lists
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

EVERY = timedelta(seconds=1)


class Finisher:
    """Looks for running campaigns that are finished, whether or not Slack can be told."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wakes: Sequence[WakesCampaign],
        *,
        mean: Callable[[str], timedelta],
        run: str,
    ) -> None:
        """`mean` of a workspace: after so long a call of which nothing was heard counts as over."""
        self._database = database
        self._clock = clock
        self._wakes = wakes
        self._mean = mean
        self._run = run

    async def look(self) -> None:
        """Finishes those that are."""
        running = partial(campaigns.in_state, limit=1000)
        for campaign in await self._database.scan(lambda c: running(c, Stage.RUNNING)):
            since = self._clock() - self._mean(campaign.workspace_id)
            is_finished = partial(lists.is_finished, campaign_id=campaign.id, unheard_since=since)
            if await self._database.scan(is_finished):
                await self._finish(campaign)

    async def _finish(self, campaign: Campaign) -> None:
        done = await self._database.write(partial(self._move, campaign=campaign))
        if done is None:
            return
        log(Action.CAMPAIGN_MOVED, campaign=campaign.id, happened=Happened.DONE)
        for each in self._wakes:
            each.wake(done)

    def _move(self, connection: Connection, campaign: Campaign) -> Campaign | None:
        campaigns.lock(connection, campaign.id)
        if lists.has_pending(connection, campaign.id):  # somebody has just said to call again
            return None
        now = self._clock()
        return campaigns.move(
            connection,
            campaign,
            Stage.DONE,
            Happened.DONE,
            from_=[Stage.RUNNING],
            now=now,
            ended_at=now,
            run=self._run,
        )
