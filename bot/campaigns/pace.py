"""How fast a campaign may go: pure.

Every dialling process reserves its slots in the same buckets, so that what is told here holds for
all of them together. A bucket is a GCRA: one moment, the theoretical arrival time of the next slot.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.slack.blocks.text_meter import read_meter
from storage.campaigns import Campaign
from storage.pacing import Bucket
from storage.rows import Kind


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
            waits = max(left - self.max_live, 0)  # the first find room at once
            times.append(self.mean * (waits / self.max_live))
        return max(times, default=None)


@dataclass(frozen=True)
class Price:
    """What a call or a text costs, in millionths; 0: nobody knows, and nothing is held for it."""

    per_minute: int
    expected_minutes: int
    per_part: int = 0

    def held(self, kind: Kind, parts: int | None = None) -> int:
        """What is held for a call before anybody knows how long it lasts, or for a text's parts."""
        if kind is Kind.TEXT:
            return self.per_part * (parts or 1)
        return self.per_minute * self.expected_minutes

    def held_at_most(self, campaign: Campaign) -> int:
        """The same for any row of a campaign."""
        return self.held(campaign.kind, read_meter(campaign.source.get("sizes")).parts.most)


class Window:
    """The last second's calls of one process: slots that come late mustn't make up for it at once.

    `most`: how many there may be in any second; None: no limit.
    """

    def __init__(self) -> None:
        self.most: int | None = None
        self._at: deque[float] = deque()

    async def turn(self) -> None:
        """Waits until another call may go."""
        wait = self.wait(time.monotonic())
        while wait > 0:
            await asyncio.sleep(wait)
            wait = self.wait(time.monotonic())

    def wait(self, now: float) -> float:
        """Seconds until another call may go; 0: now, and it is counted."""
        while self._at and self._at[0] <= now - 1:
            self._at.popleft()
        if self.most is not None and len(self._at) >= self.most:
            return self._at[0] + 1 - now
        self._at.append(now)
        return 0.0


UNDER = 0.993
"""How much of a pace that somebody set is used: on the way some calls fall behind and arrive closer
together, and yet no second must see more of them than was allowed.
"""
_IN_USE = 1.0
MAY_LAG = 0.01
"""Seconds of slots that a busy machine may have missed and makes up for."""


def caught_up(bucket: Bucket, now: float, *, lag: float = 0.0) -> Bucket:
    """The bucket without the slots that nobody took, but for those of the last `lag` seconds.

    One that wasn't in use just now has nothing to make up for.
    """
    was_used = bucket.tat > now - _IN_USE
    return replace(bucket, tat=max(bucket.tat, now - lag if was_used else now))


def slots_until(bucket: Bucket, until: float, rate: float) -> int:
    """How many of its slots come before then; `rate` a second."""
    return 0 if bucket.tat > until else int((until - bucket.tat) * rate) + 1


# The rate of an API that doesn't tell its limit

FIRST_RATE = 5.0
_HIGHEST = 1000.0
_STEP, _STEP_EVERY = 1.25, 0.5
_FALL, _LESS = 0.64, 0.97
_REST = 3.0
_PROOF = 10.0
_CLOSE = 1.03
_STALE = 300.0
_ECHO = 1.5


def learned(bucket: Bucket, now: float, *, refused: bool, busy: bool) -> Bucket:
    """The bucket with the rate that is worth trying next; `now` in the bucket's seconds.

    `refused`: the API has just answered 429; `busy`: it was asked as fast as the rate allowed.
    The rate goes up in steps until the first 429. From then on the limit is between `floor`, a rate
    that was held for a while, and `ceiling`, one that was refused: their middle is tried after a
    rest, until they are close together; much later, a little beyond. So few requests are refused.
    """
    rate, since = bucket.rate, now - bucket.changed_at
    if rate is None:
        return replace(bucket, rate=FIRST_RATE, floor=0.0, changed_at=now)
    if refused:
        return bucket if bucket.ceiling is not None and since < _ECHO else _slower(bucket, now)
    if not busy or rate >= _HIGHEST:
        return bucket
    ceiling = bucket.ceiling
    if ceiling is None:
        faster = replace(bucket, rate=rate * _STEP, floor=rate, changed_at=now)
        return faster if since >= _STEP_EVERY else bucket
    if rate > bucket.floor:
        return replace(bucket, floor=rate, changed_at=now) if since >= _PROOF else bucket
    if ceiling > rate * _CLOSE:
        probe = replace(bucket, rate=(rate + ceiling) / 2, changed_at=now)
        return probe if since >= _REST else bucket
    return replace(bucket, ceiling=rate * 1.1, changed_at=now) if since >= _STALE else bucket


def _slower(bucket: Bucket, now: float) -> Bucket:
    """What was tried is too fast: back to what was held; where that was it, a little below."""
    rate = bucket.rate or FIRST_RATE
    if bucket.ceiling is None:
        held = rate * _FALL
    else:
        held = bucket.floor if bucket.floor < rate else rate * _LESS
    return replace(bucket, rate=held, floor=held, ceiling=rate, changed_at=now)


def reserve(bucket: Bucket, rate: float, count: int) -> tuple[Bucket, list[float]]:
    """The bucket after so many slots were taken from it, and their moments."""
    slots = [bucket.tat + each / rate for each in range(count)]
    return replace(bucket, tat=bucket.tat + count / rate), slots
