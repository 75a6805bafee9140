"""How campaigns stand here and now: the rows' numbers, and what they mean at the present pace."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from bot.campaigns.hours import Hours
from bot.campaigns.pace import Pace
from bot.clock import Clock
from bot.recipients.policy import Limits
from bot.slack.blocks.campaign_parts import Outlook, Standing, Terms, micro
from storage import Connection, approvals, campaigns, lists, runs, tally
from storage.campaigns import UNSTARTED, Campaign, Stage
from storage.engine import Database
from storage.reach import reached_today
from storage.rows import Kind
from storage.tally import Tally

_MINUTE = timedelta(minutes=1)


class Standings:
    """Reads campaigns as they are drawn."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        terms: Callable[[str], Terms],
        mean: Callable[[str], timedelta],
        limits: Callable[[str], Limits],
        wants: Callable[[Campaign, int], bool],
    ) -> None:
        """All of a workspace, by its id, but `wants`: whether that campaign of so many people needs
        a second person's approval.

        `mean`: after so long a call of which nothing was heard is taken for over.
        """
        self._database = database
        self._clock = clock
        self._terms = terms
        self._mean = mean
        self._limits = limits
        self._wants = wants

    async def of(self, campaign: Campaign) -> Standing:
        """The campaign, its numbers, and what can be told beforehand."""
        return await self._database.scan(partial(self._look, campaign=campaign))

    async def open_ones(self, workspace_id: str) -> list[Standing]:
        """The workspace's campaigns that are under way or about to be, the newest first."""
        find = partial(campaigns.open_ones, workspace_id=workspace_id)
        return [await self.of(campaign) for campaign in await self._database.read(find)]

    def _look(self, connection: Connection, campaign: Campaign) -> Standing:
        now, workspace_id = self._clock(), campaign.workspace_id
        terms, limits = self._terms(workspace_id), self._limits(workspace_id)
        pace = Pace(terms.per_minute, terms.max_live, self._mean(workspace_id))
        numbers = tally.look(connection, campaign, unheard_since=now - pace.mean)
        outside: tuple[tuple[datetime, int], ...] = ()
        over_cap = 0
        wants, approval = False, None
        if campaign.kind is not Kind.CALL:
            pace = replace(pace, max_live=None)
        if campaign.state in UNSTARTED:
            zones = lists.zones(connection, campaign.id)
            hours = Hours(limits, zones)
            outside = outside_hours(zones, hours.closed(campaign.start_at or now))
            over_cap = self._over_cap(connection, campaign, numbers, hours.day_start(now))
            wants = self._wants(campaign, numbers.pending)
            approval = approvals.of(connection, campaign.id) if wants else None
        outlook = Outlook(
            takes=pace.finish(numbers.pending) if numbers.pending else None,
            outside=outside,
            over_cap=over_cap,
            over_budget=over_budget(numbers, terms, campaign.kind),
            wants_approval=wants,
            approval=approval,
            interrupted=campaign.state is Stage.DRAFT
            and not runs.lives(connection, campaign.run, now=now),
        )
        return Standing(campaign, _later(numbers, now), terms, outlook, now)

    def _over_cap(
        self, connection: Connection, campaign: Campaign, numbers: Tally, day_start: datetime
    ) -> int:
        """For how many the day's cap has no room any more today."""
        cap = self._limits(campaign.workspace_id).day_cap
        if cap is None:
            return 0
        reached = reached_today(
            connection, campaign.workspace_id, campaign.kind, day_start=day_start
        )
        return max(0, numbers.pending - max(0, cap - reached))


def _later(numbers: Tally, now: datetime) -> Tally:
    """The tally without those who wait for a moment only, as after a 429: pure."""
    waiting = tuple(each for each in numbers.waiting if each[0] > now + _MINUTE)
    return replace(numbers, waiting=waiting)


def outside_hours(
    zones: Mapping[str, int], closed: Mapping[str, datetime]
) -> tuple[tuple[datetime, int], ...]:
    """How many people wait for their hours, until when, the next first: pure.

    `zones` counts them as `lists.zones` does, `closed` says when each zone opens.
    """
    waiting: Counter[datetime] = Counter()
    for zone, opens in closed.items():
        waiting[opens] += zones[zone]
    return tuple(sorted(waiting.items()))


def over_budget(numbers: Tally, terms: Terms, kind: Kind = Kind.CALL) -> int:
    """For how many of those still to be called the balance doesn't suffice: pure."""
    each = (terms.price or Decimal(0)) * terms.expected_minutes
    if kind is Kind.TEXT and numbers.pending:  # about: as if all were alike
        each = (terms.part_price or Decimal(0)) * numbers.parts_left / numbers.pending
    if numbers.balance is None or each == 0:
        return 0
    return max(0, numbers.pending - int(micro(numbers.balance) // each))
