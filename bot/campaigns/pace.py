"""How fast a campaign may go: pure.

Every dialling process reserves its slots in the same buckets, so that what is told here holds for
all of them together. A bucket is a GCRA: one moment, the theoretical arrival time of the next slot.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta

from storage.pacing import Bucket


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


class Window:
    """The last second's calls of one process: slots that come late mustn't make up for it at once.

    `most`: how many there may be in any second; None: no limit.
    """

    def __init__(self) -> None:
        self.most: int | None = None
        self._at: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until another call may go; 0: now, and it is counted."""
        while self._at and self._at[0] <= now - 1:
            self._at.popleft()
        if self.most is not None and len(self._at) >= self.most:
            return self._at[0] + 1 - now
        self._at.append(now)
        return 0.0


def slots_until(tat: float, now: float, horizon: float, rate: float) -> int:
    """How many slots of a bucket come before `now + horizon`; seconds, `rate` a second."""
    first = max(tat, now)
    if first > now + horizon:
        return 0
    return int((now + horizon - first) * rate) + 1


# The rate of an API that doesn't tell its limit

FIRST_RATE = 10.0
_HIGHEST = 1000.0
_DOUBLES_EVERY = 0.5
_QUIET = 1.0
_BACK = 0.7
_LESS = 0.96
_NEAR = 0.95
_FAST, _SLOW = 1.05, 1.004


def learned(bucket: Bucket, now: float, *, refused: bool, busy: bool) -> Bucket:
    """The bucket with the rate that is worth trying next; `now` in the bucket's seconds.

    `refused`: the API has just answered 429; `busy`: it was asked as fast as the rate allowed.
    The rate doubles until the first 429; from then on it goes up quickly to just below where the
    limit was met last, and slowly beyond it, so that few requests are refused.
    """
    rate = bucket.rate
    if rate is None:
        return replace(bucket, rate=FIRST_RATE, changed_at=now)
    since = now - bucket.changed_at
    if refused:
        if since < _QUIET and bucket.ceiling is not None:  # it was told while this was under way
            return bucket
        less = _LESS if bucket.ceiling is not None else _BACK
        return replace(bucket, rate=rate * less, ceiling=rate, changed_at=now)
    if not busy or rate >= _HIGHEST:
        return bucket
    if bucket.ceiling is None:
        return replace(bucket, rate=rate * 2, changed_at=now) if since >= _DOUBLES_EVERY else bucket
    if since < _QUIET:
        return bucket
    faster = rate * (_FAST if rate * _FAST < bucket.ceiling * _NEAR else _SLOW)
    return replace(bucket, rate=faster, changed_at=now)


def reserve(bucket: Bucket, now: float, rate: float, count: int) -> tuple[Bucket, list[float]]:
    """The bucket after so many slots were taken from it, and their moments."""
    first = max(bucket.tat, now)
    slots = [first + each / rate for each in range(count)]
    return replace(bucket, tat=first + count / rate), slots
