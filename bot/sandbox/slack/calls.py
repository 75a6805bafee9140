"""What reached the Web API, and what is planned to go wrong there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.refusals import Json, SlackError


@dataclass(frozen=True)
class ApiCall:
    """One request to the Web API: its arguments without the token, and what came of it.

    `error` is Slack's code, empty where it went well; `applied` whether it changed anything, which
    it may have although nobody was answered (`status` 0: the connection was cut).
    """

    method: str
    at: datetime
    args: Json
    ok: bool
    error: str = ""
    status: int = 200
    applied: bool = True


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at one request.

    After `delay` seconds the request is applied or isn't; then the connection is cut, or `status`
    and `error` are answered; with none of these, the ordinary answer is given, only late.
    """

    error: str = ""
    status: int = 200
    retry_after: int | None = None
    delay: float = 0.0
    applied: bool = False
    cut: bool = False

    def refusal(self) -> SlackError | None:
        """What is answered in the place of the ordinary answer."""
        if not self.error and self.status == 200:
            return None
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return SlackError(self.error or "internal_error", status=self.status, headers=headers)


def rate_limited(retry_after: int = 1) -> Fault:
    """429 with `Retry-After`, in seconds."""
    return Fault(error="ratelimited", status=429, retry_after=retry_after)


def server_error(status: int = 500, *, applied: bool = False) -> Fault:
    """A 5xx, before or after the request was applied."""
    return Fault(error="internal_error", status=status, applied=applied)


def cut(*, applied: bool = False) -> Fault:
    """The connection breaks before an answer, before or after the request was applied."""
    return Fault(cut=True, applied=applied)


def slow(seconds: float) -> Fault:
    """The ordinary answer, late."""
    return Fault(delay=seconds, applied=True)


_BY_NAME: dict[str, Callable[[], Fault]] = {
    "ratelimited": rate_limited,
    "cut_before": cut,
    "cut_after": lambda: cut(applied=True),
}


def fault_of(fault: Fault | str | int) -> Fault:
    """A fault from its short form: a status, `cut_before`, `cut_after`, or a code of Slack's."""
    if isinstance(fault, Fault):
        return fault
    if isinstance(fault, int):
        return server_error(fault)
    if fault in _BY_NAME:
        return _BY_NAME[fault]()
    if not re.fullmatch("[a-z_]+", fault):
        raise ValueError(f"not a code of Slack's: {fault}")
    return Fault(error=fault)


@dataclass
class _Planned:
    method: str
    channel: str | None
    fault: Fault
    left: int


class Weather:
    """The faults that are planned, and whether Slack is down altogether."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._planned: list[_Planned] = []
        self.down = False

    def plan(self, method: str, fault: Fault, times: int, channel: str | None) -> None:
        """The next `times` requests of a method (`*`: any), to that channel where one is named."""
        if times > 0:
            with self._feed.lock:
                self._planned.append(_Planned(method, channel, fault, times))

    def clear(self) -> None:
        """Forgets what is planned, and comes up again."""
        with self._feed.lock:
            self._planned.clear()
            self.down = False

    def due(self, method: str, args: Json) -> Fault | None:
        """The fault that meets this request, counted; None where it goes well."""
        with self._feed.lock:
            for plan in self._planned:
                fits = plan.method in (method, "*")
                if fits and plan.channel in (None, args.get("channel")):
                    plan.left -= 1
                    self._planned = [each for each in self._planned if each.left > 0]
                    return plan.fault
        return None
