"""How campaigns stand here and now: the rows' numbers, and what they mean at the present pace."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from bot.campaigns.pace import Pace
from bot.clock import Clock
from bot.recipients.policy import PRESETS, Limits, Window, is_open, opens_at
from bot.slack.blocks.campaign_parts import Outlook, Standing, Terms, micro
from storage import Connection, campaigns, lists, tally
from storage.campaigns import UNSTARTED, Campaign
from storage.engine import Database
from storage.lists import ZONE_MARK
from storage.tally import Tally

_MINUTE = timedelta(minutes=1)


class Standings:
    """Reads campaigns as they are drawn."""

    def __init__(
        self, database: Database, clock: Clock, *, terms: Terms, mean: timedelta, limits: Limits
    ) -> None:
        """`mean`: after so long a call of which nothing was heard is taken for over."""
        self._database = database
        self._clock = clock
        self._terms = terms
        self._pace = Pace(terms.per_minute, terms.max_live, mean)
        self._limits = limits

    async def of(self, campaign: Campaign) -> Standing:
        """The campaign, its numbers, and what can be told beforehand."""
        return await self._database.scan(partial(self._look, campaign=campaign))

    async def open_ones(self, workspace_id: str) -> list[Standing]:
        """The workspace's campaigns that are under way or about to be, the newest first."""
        find = partial(campaigns.open_ones, workspace_id=workspace_id)
        return [await self.of(campaign) for campaign in await self._database.read(find)]

    def _look(self, connection: Connection, campaign: Campaign) -> Standing:
        now = self._clock()
        numbers = tally.look(connection, campaign, unheard_since=now - self._pace.mean)
        outside: tuple[tuple[datetime, int], ...] = ()
        if campaign.state in UNSTARTED:
            zones = lists.zones(connection, campaign.id)
            outside = outside_hours(zones, self._limits, campaign.start_at or now)
        outlook = outlook_of(numbers, self._pace, self._terms, outside)
        return Standing(campaign, _later(numbers, now), self._terms, outlook, now)


def _later(numbers: Tally, now: datetime) -> Tally:
    """The tally without those who wait for a moment only, as after a 429: pure."""
    waiting = tuple(each for each in numbers.waiting if each[0] > now + _MINUTE)
    return replace(numbers, waiting=waiting)


def outside_hours(
    zones: Mapping[str, int], limits: Limits, now: datetime
) -> tuple[tuple[datetime, int], ...]:
    """How many of these zones' people wait for their hours, until when, the next first: pure.

    `zones` is `lists.zones`'s. Whose hours don't open within 8 days are left out.
    """
    window = PRESETS[limits.hours_preset]
    if window is None:
        return ()
    waiting: Counter[datetime] = Counter()
    for zone, count in zones.items():
        names = tuple(zone.split(ZONE_MARK)) if zone else (limits.workspace_zone,)
        at = _opens(names, window, now)
        if at is not None:
            waiting[at] += count
    return tuple(sorted(waiting.items()))


def _opens(zones: tuple[str, ...], window: Window, now: datetime) -> datetime | None:
    return None if is_open(zones, window, now) else opens_at(zones, window, now)


def outlook_of(
    numbers: Tally, pace: Pace, terms: Terms, outside: tuple[tuple[datetime, int], ...]
) -> Outlook:
    """What can be told of those who are still to be called: pure."""
    return Outlook(
        takes=pace.finish(numbers.pending) if numbers.pending else None,
        outside=outside,
        over_budget=over_budget(numbers, terms),
    )


def over_budget(numbers: Tally, terms: Terms) -> int:
    """For how many of those still to be called the balance doesn't suffice: pure."""
    each = (terms.price or Decimal(0)) * terms.expected_minutes
    if numbers.balance is None or each == 0:
        return 0
    return max(0, numbers.pending - int(micro(numbers.balance) // each))
