"""Slack's rates: how many requests of a method it takes, and what it says to one more.

After docs.slack.dev/apis/web-api/rate-limits and each method's own page. Slack promises a number
a minute and tolerates bursts that it doesn't number; here a tier's minute may be used up at once.
The rate of a whole workspace's messages ("several hundred a minute") isn't modelled.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from bot.sandbox.slack.refusals import Json, breach

Tier = int | None
"""Slack's 1 to 4; None for a method of the special tier, which is limited otherwise or hardly."""


@dataclass(frozen=True)
class Rate:
    """So many requests a minute in the long run, and so many at once."""

    per_minute: float
    burst: int


@dataclass(frozen=True)
class RateLimits:
    """What is taken: a message a second in each channel, and a number a minute of each method.

    `history` is None for an app of the workspace's own; `Rate(1, 1)` for one that is distributed
    commercially outside Slack's Marketplace (May 2025), for conversations.history and .replies.
    """

    posting: Rate = Rate(60, 5)
    tiers: Mapping[int, Rate] = field(
        default_factory=lambda: {
            1: Rate(1, 10),
            2: Rate(20, 20),
            3: Rate(50, 50),
            4: Rate(100, 100),
        }
    )
    history: Rate | None = None

    def rate(self, method: str, tier: Tier) -> Rate | None:
        """The rate that a method is held to; None where it is held to none."""
        if method == "chat.postMessage":
            return self.posting
        if self.history and method in ("conversations.history", "conversations.replies"):
            return self.history
        return None if tier is None else self.tiers[tier]


class Meter:
    """Counts requests against the limits, each method's and each channel's messages apart.

    Without `limits` everything is taken, as a test wants it that hammers.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._left: dict[str, tuple[float, datetime]] = {}
        self.limits: RateLimits | None = None

    def check(self, method: str, tier: Tier, args: Json) -> None:
        """Counts one request; raises the 429 with its `Retry-After` in seconds."""
        rate = self.limits.rate(method, tier) if self.limits else None
        if rate is None:
            return
        channel = args.get("channel", "") if method == "chat.postMessage" else ""
        self._take(f"{method} {channel}", rate)

    def _take(self, bucket: str, rate: Rate) -> None:
        now, per_second = self._now(), rate.per_minute / 60
        left, at = self._left.get(bucket, (float(rate.burst), now))
        left = min(float(rate.burst), left + (now - at).total_seconds() * per_second)
        if left < 1:
            wait = ceil((1 - left) / per_second)
            raise breach("too many requests", headers={"Retry-After": str(max(1, wait))})
        self._left[bucket] = (left - 1, now)
