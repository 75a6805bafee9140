"""How fast a campaign may go: pure.

Every dialling process reserves its slots in the same buckets, so that what is told here holds for
all of them together. A bucket is a GCRA: one moment, the theoretical arrival time of the next slot.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """What a workspace allows; None: no limit.

    `mean`: how long a call counts as live of which nothing is heard.
    """

    per_minute: float | None
    max_live: int | None
    mean: timedelta

    @property
    def per_second(self) -> float | None:
        """Calls a second."""
        return None if self.per_minute is None else self.per_minute / 60

    def finish(self, left: int) -> timedelta | None:
        """About how long so many calls take to be begun; None where nothing limits them."""
        times = []
        if self.per_minute is not None:
            times.append(timedelta(minutes=left / self.per_minute))
        if self.max_live is not None:
            times.append(self.mean * (left / self.max_live))
        return max(times, default=None)


def slots_until(tat: float, now: float, horizon: float, rate: float) -> int:
    """How many slots of a bucket come before `now + horizon`; seconds, `rate` a second."""
    first = max(tat, now)
    if first > now + horizon:
        return 0
    return int((now + horizon - first) * rate) + 1
