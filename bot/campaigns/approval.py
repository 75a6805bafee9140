"""Campaigns above a threshold wait for a second person, who approves exactly what was asked."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from bot.campaigns.pace import Price
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import BotError, NotAllowed, OutOfDate
from bot.logs import Action, log
from bot.settings import WorkspaceSettings
from storage import Connection, approvals, lists
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

EVERY = timedelta(seconds=10)
_MICRO = 1_000_000
_LIMITS = {
    *("hours_preset", "default_timezone", "number_calls_per_day", "calls_per_day"),
    *(
        "default_calls_per_minute",
        "max_live_calls",
        "price_per_minute",
        "price_per_part",
        "expected_minutes",
    ),
    *("currency", "approval_people", "approval_cost"),
}
_OWN = "Somebody else has to approve this: nobody approves their own campaign."

Guard = Callable[[Connection], bool]
"""Whether it still is what was looked at; asked in the transaction that moves it."""


class WantsApproval(BotError):
    """This campaign needs a second person's approval. Ask for it on its card, then start it."""


def wants_approval(holds: WorkspaceSettings, people: int, each: int) -> bool:
    """Whether so many people are more than one person may have reached: pure.

    `each` is what is held for one of them, in millionths of the currency.
    """
    if holds.approval_people is not None and people > holds.approval_people:
        return True
    cost = Decimal(people * each) / _MICRO
    return holds.approval_cost is not None and cost > holds.approval_cost


class Approvals:
    """Asks, answers, and looks whether an answer still holds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wakes: Sequence[WakesCampaign],
        *,
        holds: Callable[[str], WorkspaceSettings],
        price: Callable[[str], Price],
    ) -> None:
        """`holds` and `price`: a workspace's settings and prices, by its id."""
        self._price = price
        self._database = database
        self._clock = clock
        self._wakes = wakes
        self._holds = holds

    def wants(self, campaign: Campaign, people: int) -> bool:
        """Whether that campaign, with so many people, needs approval."""
        each = self._price(campaign.workspace_id).held_at_most(campaign)
        return wants_approval(self._holds(campaign.workspace_id), people, each)

    async def ask(self, campaign: Campaign, actor: str) -> Campaign:
        """Asks for it, about the campaign as it is now. Raises OutOfDate."""
        if campaign.state is not Stage.READY:
            raise OutOfDate
        digest = await self._digest(campaign)
        now = self._clock()
        ask = partial(approvals.ask, campaign=campaign, digest=digest, actor=actor, now=now)

        def write(connection: Connection) -> Campaign | None:
            return ask(connection) if approvals.is_as_seen(connection, campaign) else None

        return self._moved(campaign, await self._database.write(write), Happened.APPROVAL_ASKED)

    async def approve(self, campaign: Campaign, actor: str) -> Campaign:
        """Somebody else says yes. Raises NotAllowed to who asked for it or answers for it."""
        found = await self._asked(campaign)
        if actor in (found.asked_by, campaign.requested_by, campaign.owner):
            raise NotAllowed(_OWN)
        if found.asked_at <= self._clock() - approvals.LIFE:
            return await self._take_back(campaign, Happened.EXPIRED, None)
        if await self._digest(campaign) != found.digest:
            return await self._take_back(campaign, Happened.VOIDED, None)
        approve = partial(approvals.approve, campaign=campaign, actor=actor, now=self._clock())

        def write(connection: Connection) -> Campaign | None:
            return approve(connection) if approvals.is_as_seen(connection, campaign) else None

        return self._moved(campaign, await self._database.write(write), Happened.APPROVED)

    async def decline(self, campaign: Campaign, actor: str) -> Campaign:
        """Somebody says no, or takes their own question back."""
        await self._asked(campaign)
        return await self._take_back(campaign, Happened.DECLINED, actor)

    async def void(self, campaign: Campaign) -> Campaign:
        """What was approved isn't what would be called now."""
        return await self._take_back(campaign, Happened.VOIDED, None)

    async def guard(self, campaign: Campaign) -> Guard:
        """What has to hold where it begins. Raises WantsApproval where nobody has approved it.

        One that was scheduled in time may begin later than a day after.
        """
        people = await self._database.scan(partial(lists.pending_count, campaign_id=campaign.id))
        if not self.wants(campaign, people):
            return _nothing
        found = await self._database.read(partial(approvals.of, campaign_id=campaign.id))
        if found is None or found.approved_at is None:
            raise WantsApproval
        if campaign.state is Stage.READY and not found.holds(self._clock()):
            raise WantsApproval
        if await self._digest(campaign) != found.digest:
            raise WantsApproval
        return partial(approvals.is_as_seen, campaign=campaign)

    async def look(self) -> None:
        """Takes back what nobody has answered within a day."""
        for campaign in await self._database.scan(partial(approvals.expired, now=self._clock())):
            try:
                await self._take_back(campaign, Happened.EXPIRED, None)
            except OutOfDate:  # somebody has just answered
                continue

    async def _asked(self, campaign: Campaign) -> approvals.Approval:
        found = await self._database.read(partial(approvals.of, campaign_id=campaign.id))
        if found is None or campaign.state is not Stage.AWAITING_APPROVAL:
            raise OutOfDate
        return found

    async def _digest(self, campaign: Campaign) -> str:
        holds = self._holds(campaign.workspace_id)
        limits = holds.model_dump(mode="json", include=_LIMITS)
        return await self._database.scan(
            partial(approvals.digest, campaign=campaign, limits=limits)
        )

    async def _take_back(
        self, campaign: Campaign, happened: Happened, actor: str | None
    ) -> Campaign:
        now = self._clock()
        back = partial(
            approvals.take_back, campaign=campaign, happened=happened, actor=actor, now=now
        )
        return self._moved(campaign, await self._database.write(back), happened)

    def _moved(self, campaign: Campaign, moved: Campaign | None, happened: Happened) -> Campaign:
        for each in self._wakes:
            each.wake(moved or campaign)
        if moved is None:
            raise OutOfDate
        log(Action.CAMPAIGN_MOVED, campaign=campaign.id, happened=happened)
        return moved


def _nothing(_: Connection) -> bool:
    return True
