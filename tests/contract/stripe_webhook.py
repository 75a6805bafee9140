"""A webhook on a loopback port that takes the local Stripe's events and checks their signatures by
Stripe's published formula, computed here.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECRET = "whsec_test_of-the-webhook"


@dataclass(frozen=True)
class Arrival:
    """One delivery as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """What it says."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def signed(self) -> dict[str, list[str]]:
        """The signature header's parts by name."""
        parts: dict[str, list[str]] = {}
        for part in self.headers["stripe-signature"].split(","):
            name, _, value = part.partition("=")
            parts.setdefault(name, []).append(value)
        return parts

    def proves(self, secret: str) -> bool:
        """Whether one of the signatures is this secret's over `t.raw body`."""
        (stamp,) = self.signed["t"]
        over = stamp.encode() + b"." + self.body
        return hmac.new(secret.encode(), over, hashlib.sha256).hexdigest() in self.signed["v1"]


@dataclass
class Webhook:
    """Answers the first deliveries by `statuses`, all others by 200.

    `together` holds answers back until so many deliveries are waiting for theirs.
    """

    statuses: list[int] = field(default_factory=list)
    together: int = 1
    arrivals: list[Arrival] = field(default_factory=list)
    met: bool = True

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(self.together)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
        self.url = f"http://127.0.0.1:{self._server.server_port}/stripe/webhook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def _take(self, arrival: Arrival) -> int:
        with self._lock:
            self.arrivals.append(arrival)
            status = self.statuses.pop(0) if self.statuses else 200
        try:
            self._barrier.wait(timeout=10)
        except threading.BrokenBarrierError:
            self.met = False
        return status

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def types(self) -> list[str]:
        """The events' types in the order of arrival."""
        return [arrival.event["type"] for arrival in self.arrivals]


def _handler(take: Callable[[Arrival], int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = take(Arrival(self.path, headers, body))
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
