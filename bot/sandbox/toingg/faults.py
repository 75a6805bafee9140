"""What can go wrong with a request, as values, and the queue of what shall go wrong next.

A port where nobody listens is not in here: stop what `ToinggSandbox.serve` gave, and connections
are refused; serve again on the same port, and it is back.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Moment(Enum):
    """When it strikes."""

    BEFORE_READ = auto()
    """The head has arrived, the body isn't looked at."""
    BEFORE_MADE = auto()
    """The body is read, nothing is dialled or sent."""
    AFTER_MADE = auto()
    """The request has had its effect, nothing is answered."""


class End(Enum):
    """What becomes of the request then."""

    GO_ON = auto()
    REPLY = auto()
    CUT = auto()
    RESET = auto()
    HALF_HEAD = auto()
    HALF_BODY = auto()


@dataclass(frozen=True)
class Reply:
    """A whole HTTP reply; `headers` as ASGI has them."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """At `moment`, after `delay` seconds, it ends so; `reply` is what END.REPLY answers."""

    moment: Moment
    end: End
    delay: float = 0.0
    reply: Reply | None = None


def slow(seconds: float, *, made: bool = True) -> Fault:
    """The true reply is `seconds` late; `made`: the call is made before the wait, else after."""
    return Fault(Moment.AFTER_MADE if made else Moment.BEFORE_MADE, End.GO_ON, delay=seconds)


def cut_before_read() -> Fault:
    """The connection is closed before the body is read."""
    return Fault(Moment.BEFORE_READ, End.CUT)


def cut_after_read() -> Fault:
    """The connection is closed after the body was read, before anything is dialled or sent."""
    return Fault(Moment.BEFORE_MADE, End.CUT)


def cut_after_made() -> Fault:
    """The call is made, then the connection is closed without a reply."""
    return Fault(Moment.AFTER_MADE, End.CUT)


def reset(*, made: bool = True) -> Fault:
    """A TCP RST in place of a reply; the call is made before it, or not at all."""
    return Fault(Moment.AFTER_MADE if made else Moment.BEFORE_MADE, End.RESET)


def half_reply(*, head: bool = False) -> Fault:
    """The call is made; half of the reply's body (its `head`) comes, then the connection closes."""
    return Fault(Moment.AFTER_MADE, End.HALF_HEAD if head else End.HALF_BODY)


def raw(
    body: bytes,
    *,
    content_type: str = "application/json",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    made: bool = True,
) -> Fault:
    """These bytes in place of the true reply; `made`: the call is made all the same."""
    lines = {
        "content-type": content_type,
        "content-length": str(len(body)),
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    encoded = tuple((name.encode(), value.encode()) for name, value in lines.items())
    moment = Moment.AFTER_MADE if made else Moment.BEFORE_MADE
    return Fault(moment, End.REPLY, reply=Reply(status, encoded, body))


def replies(
    content: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    made: bool = True,
) -> Fault:
    """This JSON in place of the true reply."""
    return raw(json.dumps(content).encode(), status=status, headers=headers, made=made)


def refuses(status: int, detail: Any, *, headers: Mapping[str, str] | None = None) -> Fault:
    """FastAPI's `{"detail": …}` with this status; nothing is dialled or sent."""
    return replies({"detail": detail}, status=status, headers=headers, made=False)


def unknown_key() -> Fault:
    """401 as if the key were unknown."""
    return refuses(401, "Invalid API key")


def no_credit() -> Fault:
    """402 as if the balance were used up."""
    return refuses(402, "Insufficient balance")


def unprocessable(
    field: str = "phoneNumber",
    msg: str = "Value error, not a phone number",
    type_: str = "value_error",
) -> Fault:
    """422 in FastAPI's shape, about one field of the body."""
    return refuses(422, [{"type": type_, "loc": ["body", field], "msg": msg, "input": None}])


def rate_limited(retry_after: str | float = 1) -> Fault:
    """429 with this `Retry-After`: seconds or an HTTP date."""
    return refuses(429, "Rate limit exceeded", headers={"Retry-After": str(retry_after)})


def server_error(*, made: bool, status: int = 500) -> Fault:
    """Starlette's plain 500 (or another 5xx), before the call is made or after."""
    return raw(b"Internal Server Error", content_type="text/plain", status=status, made=made)


def without_id() -> Fault:
    """The call is made; the reply doesn't say which."""
    return replies({"status": True, "message": "Call initiated"})


def declined(message: str = "Campaign is not active") -> Fault:
    """200 with `status: false`, as the second generation says no; nothing is dialled."""
    return replies({"status": False, "message": message, "result": {}}, made=False)


class FaultQueue:
    """Faults in the order they were asked for; each request takes the first that its path fits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, Fault]] = []

    def add(self, fault: Fault, *, times: int, path: str) -> None:
        """Strikes the next `times` requests whose path begins with `path`."""
        with self._lock:
            self._waiting.extend([(path, fault)] * times)

    def clear(self) -> None:
        """Forgets what hasn't struck yet."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> list[Fault]:
        """What hasn't struck yet, in the order in which it was asked for."""
        with self._lock:
            return [fault for _, fault in self._waiting]

    def take(self, path: str) -> Fault | None:
        """The fault for a request to `path`, used up by this."""
        with self._lock:
            for index, (prefix, fault) in enumerate(self._waiting):
                if path.startswith(prefix):
                    del self._waiting[index]
                    return fault
        return None
