"""The wire's log: the last requests between Slack, the bot, Toingg and Stripe, secrets hidden."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.page.masking import Masking

KEPT = 300
_LONGEST = 20_000
"""Characters of a body that are kept."""


@dataclass(frozen=True)
class Seen:
    """One request with what came of it, as it was seen; `took` in seconds,
    None where nobody has measured it.

    `status` is an HTTP status, or in words what came instead of one.
    """

    at: datetime
    source: str
    target: str
    method: str
    path: str
    status: int | str
    took: float | None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: Any = None
    answered: Any = None


@dataclass(frozen=True)
class Line:
    """A request as it is shown: nothing in it is secret. `number` counts from 1."""

    number: int
    seen: Seen
    path: str
    headers: Mapping[str, str]
    asked: str
    answered: str

    @property
    def went_well(self) -> bool:
        """Whether it was answered by a 2xx or a 3xx."""
        return isinstance(self.seen.status, int) and self.seen.status < 400

    @property
    def milliseconds(self) -> str:
        """How long it took; empty where that isn't known."""
        return "" if self.seen.took is None else f"{self.seen.took * 1000:.0f} ms"


class WireLog:
    """The last lines; any thread may write and read."""

    def __init__(self, masking: Masking) -> None:
        self._masking = masking
        self._lock = threading.Lock()
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self.on_line: Callable[[], None] = lambda: None

    def tell(self, seen: Seen) -> None:
        """Appends a request."""
        hide = self._masking
        query = f"?{hide.query(seen.query)}" if seen.query else ""
        path = hide.text(seen.path) + query
        asked, answered = _cut(hide.body(seen.asked)), _cut(hide.body(seen.answered))
        headers = hide.fields(seen.headers)
        with self._lock:
            line = Line(next(self._numbers), _bare(seen), path, headers, asked, answered)
            self._lines.append(line)
        self.on_line()

    def since(self, number: int) -> list[Line]:
        """The lines after the one of that number, oldest first (0: all that are kept)."""
        with self._lock:
            return [line for line in self._lines if line.number > number]

    def find(self, number: int) -> Line | None:
        """The line of that number; None where it isn't kept any more."""
        return next((line for line in self.since(number - 1) if line.number == number), None)

    @property
    def last(self) -> int:
        """The number of the newest line; 0 where there is none."""
        with self._lock:
            return self._lines[-1].number if self._lines else 0


def _bare(seen: Seen) -> Seen:
    """Without what may be secret or large."""
    return Seen(seen.at, seen.source, seen.target, seen.method, "", seen.status, seen.took)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n… {len(text) - _LONGEST:,} more characters"
