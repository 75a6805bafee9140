"""What happened, in order, for whoever looks on; and the clock and ids that everything shares."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""

Kind = Literal[
    "message_posted",
    "message_changed",
    "message_deleted",
    "ephemeral_shown",
    "view_opened",
    "view_changed",
    "view_closed",
    "home_published",
    "channel_joined",
    "channel_opened",
    "file_shared",
    "interaction_failed",
    "api_called",
    "app_installed",
    "app_removed",
]


@dataclass(frozen=True)
class Change:
    """One thing that happened: `data` holds the values involved, as they were at that moment.

    `message…` and `ephemeral_shown` hold `message`; `view…` and `home_published` hold `view`, `how`
    (see `views.How`) and `stack` (the ids open before that person now, the top last);
    `channel…` hold `channel`, `file_shared` `file`, `api_called` `call`, `app…` `team` (its id);
    `interaction_failed` holds `failure` (see `failures.Failure`), `error` (its code) and the
    `payload` that was sent.
    """

    seq: int
    at: datetime
    kind: Kind
    data: dict[str, Any] = field(default_factory=dict)


KEPT = 5_000
"""How many changes are kept, and how many of what else would grow for ever: the latest."""


class ChangesCut(Exception):
    """Some of the changes asked for aren't kept any more: everything is to be looked at anew."""


class Feed:
    """The latest changes, the lock over all state, and the source of ids and times.

    Beyond `kept` changes the oldest are forgotten; their numbers go on.
    """

    def __init__(self, clock: Clock, kept: int = KEPT) -> None:
        self.lock = threading.RLock()
        self.now = clock
        self.kept = kept
        self._changes: deque[Change] = deque(maxlen=kept)
        self._seq = 0
        self._listeners: list[Callable[[Change], None]] = []
        self._serial = itertools.count(1)
        self._last_ts = 0

    @property
    def changes(self) -> list[Change]:
        """The latest, up to `kept`, oldest first; a copy."""
        with self.lock:
            return list(self._changes)

    @property
    def seq(self) -> int:
        """The number of the latest change; 0 before the first."""
        return self._seq

    def since(self, seq: int) -> list[Change]:
        """What came after the change of that number (0: everything), oldest first.

        Raises ChangesCut where the first of them isn't kept any more, and for a number that was
        never reached (another run's).
        """
        with self.lock:
            news = self._seq - seq
            if not 0 <= news <= len(self._changes):
                oldest = self._seq - len(self._changes) + 1
                raise ChangesCut(f"asked from {seq + 1} on; kept are {oldest} to {self._seq}")
            return list(itertools.islice(self._changes, len(self._changes) - news, None))

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` with each change from now on, in order; gives what ends that.

        It is called on the thread that made the change, with the lock held: it has to be quick, as
        putting the change into a queue is.
        """
        with self.lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self.lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def tell(self, kind: Kind, **data: Any) -> None:
        """Appends a change and calls the listeners."""
        with self.lock:
            self._seq += 1
            change = Change(self._seq, self.now(), kind, data)
            self._changes.append(change)
            for listener in tuple(self._listeners):
                listener(change)

    def new_id(self, prefix: str) -> str:
        """An id as Slack's: `V000000001K`."""
        return f"{prefix}{next(self._serial):010X}"

    def new_ts(self) -> str:
        """A message's timestamp, `1700000000.000100`, later than every earlier one."""
        with self.lock:
            micros = int(self.now().timestamp() * 1_000_000)
            self._last_ts = max(self._last_ts + 1, micros)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"
