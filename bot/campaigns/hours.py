"""When a campaign's rows may be reached: by the zones in which their numbers may be.

The policy decides, for each zone and not for each row: a list has thousands of rows and few zones.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.recipients import policy
from bot.recipients.policy import HORIZON, Limits
from storage.claims import Caps
from storage.lists import ZONE_MARK

_INTO_THE_NEXT_DAY = timedelta(hours=36)
"""From a day's start, however long that day is."""


class Hours:
    """The zones of one campaign's rows, and which of them are closed."""

    def __init__(self, limits: Limits, zones: Iterable[str]) -> None:
        """`zones` as the rows have them: IANA names between `ZONE_MARK`s, "" where unknown."""
        self.caps = Caps(limits.number_cap_per_day, limits.day_cap)
        self._zone = limits.workspace_zone
        self._window = policy.PRESETS[limits.hours_preset]
        self._zones = {
            zone: tuple(zone.split(ZONE_MARK)) if zone else (limits.workspace_zone,)
            for zone in zones
        }
        self._closed: dict[str, datetime] = {}
        self._as_of: datetime | None = None
        self._deferred: set[str] = set()

    def closed(self, now: datetime) -> dict[str, datetime]:
        """The zones that are closed, and when each opens; looked at anew each minute."""
        minute = now.replace(second=0, microsecond=0)
        if self._window is not None and minute != self._as_of:
            self._as_of = minute
            self._closed = {
                zone: policy.opens_at(places, self._window, minute) or minute + HORIZON
                for zone, places in self._zones.items()
                if not policy.is_open(places, self._window, now)
            }
            self._deferred &= set(self._closed)
        return self._closed

    def to_defer(self, now: datetime) -> dict[str, datetime]:
        """Of those that are closed, the ones whose rows don't wait for that moment yet."""
        closed = self.closed(now)
        return {zone: opens for zone, opens in closed.items() if zone not in self._deferred}

    def deferred(self, zone: str) -> None:
        """All rows of this zone wait now."""
        self._deferred.add(zone)

    def day_start(self, now: datetime) -> datetime:
        """When the day began for which the caps are."""
        return policy.day_start(self._zone, now)

    def day_end(self, now: datetime) -> datetime:
        """When the next one begins."""
        return policy.day_start(self._zone, self.day_start(now) + _INTO_THE_NEXT_DAY)
