"""What people may do to a campaign as a whole: each a move of the ledger's, told in its thread,
and an entry of the audit log.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bot.campaigns.approval import Approvals, Guard
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import OutOfDate
from bot.logs import Action, log
from storage import Connection, audit, campaigns, stops
from storage.campaigns import OPEN, UNSTARTED, Campaign, Happened, Stage
from storage.engine import Database


class Control:
    """Start, pause, resume, cancel, schedule, hand over.

    Each gives the campaign as it is after it. Raises OutOfDate where it stood elsewhere meanwhile:
    somebody, or something, was quicker.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wakes: Sequence[WakesCampaign],
        approvals: Approvals,
        *,
        run: str,
    ) -> None:
        self._approvals = approvals
        self._database = database
        self._clock = clock
        self._wakes = wakes
        self._run = run

    async def start(self, campaign: Campaign, actor: str) -> Campaign:
        """Begins to dial. Raises WantsApproval."""
        guard = await self._approvals.guard(campaign)
        stages = [Stage.READY, Stage.SCHEDULED]
        return await self._move(
            campaign,
            Stage.RUNNING,
            Happened.STARTED,
            stages,
            actor=actor,
            guard=guard,
            started_at=self._clock(),
            start_at=None,
        )

    async def start_due(self, campaign: Campaign) -> Campaign:
        """Begins to dial by itself: its time, as it was read, has come. Raises WantsApproval."""
        guard = await self._approvals.guard(campaign)
        return await self._move(
            campaign,
            Stage.RUNNING,
            Happened.STARTED,
            [Stage.SCHEDULED],
            campaigns.still_due(campaign),
            actor=None,
            guard=guard,
            started_at=self._clock(),
            start_at=None,
        )

    async def pause(self, campaign: Campaign, actor: str) -> Campaign:
        """Nobody is dialled from now on; calls that are up go on."""
        stages = [Stage.RUNNING, Stage.HELD]
        return await self._move(campaign, Stage.PAUSED, Happened.PAUSED, stages, actor=actor)

    async def resume(self, campaign: Campaign, actor: str) -> Campaign:
        """Goes on where it was."""
        stages = [Stage.PAUSED, Stage.HELD]
        return await self._move(
            campaign, Stage.RUNNING, Happened.RESUMED, stages, actor=actor, stopped_by=None
        )

    async def cancel(self, campaign: Campaign, actor: str) -> Campaign:
        """Nobody else is dialled, for good; calls that are up go on."""
        return await self._end(campaign, Happened.CANCELLED, OPEN - UNSTARTED, actor)

    async def discard(self, campaign: Campaign, actor: str) -> Campaign:
        """It never starts."""
        return await self._end(campaign, Happened.DISCARDED, UNSTARTED, actor)

    async def _end(
        self, campaign: Campaign, happened: Happened, stages: Collection[Stage], actor: str
    ) -> Campaign:
        now = self._clock()
        return await self._move(
            campaign, Stage.CANCELLED, happened, sorted(stages), actor=actor, ended_at=now
        )

    async def stop(self, campaign: Campaign, actor: str) -> Campaign:
        """Stop All: the queue is frozen at once, then every live call is hung up (`stopper`)."""
        now = self._clock()
        begin = partial(stops.begin, campaign=campaign, actor=actor, run=self._run, now=now)
        noted = partial(noting, move=begin, happened=Happened.STOPPING, actor=actor, now=now)
        return self._moved(campaign, await self._database.write(noted), Happened.STOPPING)

    async def schedule(self, campaign: Campaign, actor: str, at: datetime, zone: str) -> Campaign:
        """Starts by itself then (aware); `zone` is the one in which that was said.

        Raises WantsApproval.
        """
        guard = await self._approvals.guard(campaign)
        return await self._move(
            campaign,
            Stage.SCHEDULED,
            Happened.SCHEDULED,
            [Stage.READY, Stage.SCHEDULED],
            actor=actor,
            guard=guard,
            start_at=at,
            zone=zone,
        )

    async def unschedule(self, campaign: Campaign, actor: str) -> Campaign:
        """Waits for somebody to start it again."""
        stages = [Stage.SCHEDULED]
        return await self._move(
            campaign, Stage.READY, Happened.UNSCHEDULED, stages, actor=actor, start_at=None
        )

    async def hand_over(self, campaign: Campaign, actor: str, to: str) -> Campaign:
        """Somebody else answers for it from now on."""
        now = self._clock()

        def write(connection: Connection) -> Campaign | None:
            mine = campaigns.CAMPAIGNS.c.owner == campaign.owner
            changed = campaigns.change(connection, campaign, mine, owner=to)
            if changed is not None:
                happened = Happened.HANDED_OVER
                campaigns.record(connection, campaign.id, happened, now, actor=actor, to=to)
            return changed

        happened = Happened.HANDED_OVER
        noted = partial(noting, move=write, happened=happened, actor=actor, now=now, to=to)
        return self._moved(campaign, await self._database.write(noted), happened)

    async def _move(
        self,
        campaign: Campaign,
        to: Stage,
        happened: Happened,
        stages: Sequence[Stage],
        *where: Any,
        actor: str | None,
        guard: Guard | None = None,
        **changes: Any,
    ) -> Campaign:
        now = self._clock()

        def write(connection: Connection) -> Campaign | None:
            if guard is not None and not guard(connection):
                return None
            move = partial(campaigns.move, connection, campaign, to, happened, *where, from_=stages)
            return move(now=now, actor=actor, run=self._run, **changes)

        noted = partial(noting, move=write, happened=happened, actor=actor, now=now)
        return self._moved(campaign, await self._database.write(noted), happened)

    def _moved(self, campaign: Campaign, moved: Campaign | None, happened: Happened) -> Campaign:
        for each in self._wakes:
            each.wake(moved or campaign)
        if moved is None:
            raise OutOfDate
        log(Action.CAMPAIGN_MOVED, campaign=campaign.id, happened=happened)
        return moved


def noting(
    connection: Connection,
    *,
    move: Callable[[Connection], Campaign | None],
    happened: Happened,
    actor: str | None,
    now: datetime,
    **detail: Any,
) -> Campaign | None:
    """Moves it, and writes that down in the audit log where it did; `actor` None: by itself."""
    moved = move(connection)
    if moved is not None:
        who = (moved.workspace_id, actor or "", f"campaign_{happened}", moved.id)
        audit.append(connection, *who, now=now, people=moved.total, **detail)
    return moved
