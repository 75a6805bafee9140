"""What the local Toingg was asked and what came of it, behind one lock."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

State = Literal[
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "no-answer",
    "failed",
    "canceled",
]
"""Twilio's words: the callSid is Twilio's too."""

Generation = Literal["v1", "v3"]

RANK: dict[str, int] = {
    "queued": 0,
    "initiated": 1,
    "ringing": 2,
    "in-progress": 3,
    "completed": 4,
    "busy": 4,
    "no-answer": 4,
    "failed": 4,
    "canceled": 4,
}
"""A call only ever moves to a higher rank; the highest is final."""

FINAL_RANK = 4


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass
class WireRequest:
    """One HTTP request as it came over the wire, and how far it got.

    `headers` has lower-case names; `body` is parsed JSON, else the raw bytes, None until it is
    read or where there is none. `read`, `made` (a call or a text exists because of it), `replied`
    (the reply's last byte is with the kernel) and `ended` (nothing more comes of it, answered or
    not) are None until then. `status` and `answer` (parsed as `body` is) are what was answered,
    None where the connection was cut or the client had gone.
    """

    at: datetime
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
    read: datetime | None = None
    made: datetime | None = None
    replied: datetime | None = None
    ended: datetime | None = None
    status: int | None = None
    answer: Any = None


@dataclass
class SandboxCall:
    """One call: `history` holds each state with its moment, the present one last."""

    call_sid: str
    phone: str
    name: str
    campaign: str
    generation: Generation
    script: str | None = None
    language: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    history: list[tuple[State, datetime]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    """What else status callbacks say of it, such as `AnsweredBy`."""

    @property
    def state(self) -> State:
        """The present state."""
        return self.history[-1][0]

    @property
    def over(self) -> bool:
        """Whether it has reached a final state."""
        return RANK[self.state] == FINAL_RANK

    def since(self, state: State) -> datetime | None:
        """When it entered `state`; None where it never did."""
        return next((at for entered, at in self.history if entered == state), None)

    @property
    def seconds(self) -> int:
        """Whole seconds of conversation, rounded; up to now while it goes on."""
        answered = self.since("in-progress")
        if answered is None:
            return 0
        end = self.history[-1][1] if self.over else now()
        return round((end - answered).total_seconds())


TextState = Literal["sent", "delivered", "undelivered", "failed"]
"""Twilio's words of a text, as far as the stand-in uses them; all but the first are final."""


@dataclass(frozen=True)
class SandboxText:
    """One text message that was taken; `history` holds each state with its moment."""

    sid: str
    phone: str
    name: str
    message: str
    at: datetime
    history: list[tuple[TextState, datetime]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The present state; nothing is said of a text that was only just taken."""
        return self.history[-1][0] if self.history else "queued"


@dataclass(frozen=True)
class Checkout:
    """One checkout session that was opened."""

    session_id: str
    url: str
    at: datetime


class Book:
    """Everything that is known. Reading needs no lock; changing does, and wakes who waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.requests: list[WireRequest] = []
        self.calls: dict[str, SandboxCall] = {}
        self.texts: list[SandboxText] = []
        self.checkouts: list[Checkout] = []
        self.campaigns: dict[str, dict[str, Any]] = {}
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` at each change from now on; gives what ends that.

        It is called on the thread that made the change, with the lock held: it has to be quick.
        """
        with self.changed:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self.changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def wait_until(self, check: Callable[[], bool], timeout: float) -> bool:
        """Blocks the calling thread until `check` holds, at most `timeout` seconds; whether it did.

        `check` is tried again at each change.
        """
        with self.changed:
            return self.changed.wait_for(check, timeout)

    def wake(self) -> None:
        """Lets those who wait look again, and tells the listeners."""
        with self.changed:
            self.changed.notify_all()
            for listener in tuple(self._listeners):
                listener()
