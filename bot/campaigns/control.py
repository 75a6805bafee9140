"""What people may do to a campaign as a whole: each a move of the ledger's, told in its thread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.campaigns.approval import Approvals, Guard
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import OutOfDate
from bot.logs import Action, log
from storage import Connection, campaigns
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

    async def start(self, campaign: Campaign, actor: str | None) -> Campaign:
        """Begins to dial; `actor` None: its time has come. Raises WantsApproval."""
        guard = await self._approvals.guard(campaign)
        now = self._clock()
        return await self._move(
            campaign,
            Stage.RUNNING,
            Happened.STARTED,
            [Stage.READY, Stage.SCHEDULED],
            actor=actor,
            guard=guard,
            started_at=now,
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
        """Nobody else is dialled, for good; calls that are up go on. Unstarted: it is discarded."""
        happened = Happened.DISCARDED if campaign.state in UNSTARTED else Happened.CANCELLED
        stages = sorted(OPEN & UNSTARTED if campaign.state in UNSTARTED else OPEN - UNSTARTED)
        now = self._clock()
        return await self._move(
            campaign, Stage.CANCELLED, happened, stages, actor=actor, ended_at=now
        )

    async def stop(self, campaign: Campaign, actor: str) -> Campaign:
        """Stop All: the queue is frozen at once, then every live call is hung up (`stopper`)."""
        now = self._clock()
        changes: dict[str, Any] = {"stopped_by": actor, "run": self._run}
        if campaign.state in (Stage.RUNNING, Stage.HELD):
            changes |= {"state": Stage.PAUSED, "moved_by": actor, "moved_at": now, "reason": None}

        def write(connection: Any) -> Campaign | None:
            here = campaigns.CAMPAIGNS.c.state == campaign.state
            stopped = campaigns.change(connection, campaign, here, **changes)
            if stopped is not None:
                campaigns.record(connection, campaign.id, Happened.STOPPING, now, actor=actor)
            return stopped

        return self._moved(campaign, await self._database.write(write), Happened.STOPPING)

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

        def write(connection: Any) -> Campaign | None:
            mine = campaigns.CAMPAIGNS.c.owner == campaign.owner
            changed = campaigns.change(connection, campaign, mine, owner=to)
            if changed is not None:
                happened = Happened.HANDED_OVER
                campaigns.record(connection, campaign.id, happened, now, actor=actor, to=to)
            return changed

        return self._moved(campaign, await self._database.write(write), Happened.HANDED_OVER)

    async def _move(
        self,
        campaign: Campaign,
        to: Stage,
        happened: Happened,
        stages: Sequence[Stage],
        *,
        actor: str | None,
        guard: Guard | None = None,
        **changes: Any,
    ) -> Campaign:
        now = self._clock()

        def write(connection: Connection) -> Campaign | None:
            if guard is not None and not guard(connection):
                return None
            return campaigns.move(
                connection,
                campaign,
                to,
                happened,
                from_=stages,
                now=now,
                actor=actor,
                run=self._run,
                **changes,
            )

        return self._moved(campaign, await self._database.write(write), happened)

    def _moved(self, campaign: Campaign, moved: Campaign | None, happened: Happened) -> Campaign:
        for each in self._wakes:
            each.wake(moved or campaign)
        if moved is None:
            raise OutOfDate
        log(Action.CAMPAIGN_MOVED, campaign=campaign.id, happened=happened)
        return moved
