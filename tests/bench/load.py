"""An open-loop load of signed requests: latency counts from when a request was due."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

SECRET = "slack-test-secret"


@dataclass
class Load:
    """What came of it; seconds, each from the moment at which the request was due."""

    latencies: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)


def phone(number: int) -> str:
    """A made-up number that only the local Toingg ever gets."""
    return f"+1415{2_000_000 + number}"


def command(
    number: int, response_base: str, *, word: str = "/toingg-call", text: str | None = None
) -> bytes:
    """A fresh slash command, as Slack posts it; by default a call to a number of its own."""
    return urlencode(
        {
            "token": "unused",
            "team_id": "T0BENCH",
            "team_domain": "bench",
            "channel_id": f"C{number % 50:08d}",
            "channel_name": "bench",
            "user_id": f"U{number % 20:08d}",
            "user_name": "bench",
            "command": word,
            "text": f"{phone(number)} | John Doe | Spring Sale" if text is None else text,
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": f"{response_base}/commands/{number}",
            "trigger_id": f"{number}.{time.time_ns()}.bench",
        }
    ).encode()


def interaction(payload: dict[str, Any]) -> bytes:
    """A click or a submission, as Slack posts it."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed(body: bytes) -> dict[str, str]:
    """The headers of a request by Slack."""
    stamp = str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    signature = hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature}",
    }


def _request(path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def post(url: str, body: bytes) -> int:
    """One signed request, by itself; the status of its answer."""
    parts = urlsplit(url)
    connections = _Connections(parts.hostname or "", parts.port or 80)
    try:
        return await connections.post(_request(parts.path, parts.netloc, signed(body), body))
    finally:
        connections.close()


class _Connections:
    """Kept-alive connections, as many as are needed at once."""

    def __init__(self, host: str, port: int) -> None:
        self._at = (host, port)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, raw: bytes) -> int:
        """Sends one request; the status of its answer."""
        while True:
            reused = bool(self._idle)
            reader, writer = (
                self._idle.pop() if reused else await asyncio.open_connection(*self._at)
            )
            try:
                writer.write(raw)
                head = await reader.readuntil(b"\r\n\r\n")
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                if not reused:  # a server may close what was idle for long
                    raise
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if length:
            await reader.readexactly(length)
        self._idle.append((reader, writer))
        return int(head[9:12])

    def close(self) -> None:
        """Closes all that are idle."""
        for _, writer in self._idle:
            writer.close()


async def run(
    url: str,
    *,
    rate: float,
    seconds: float,
    body: Callable[[int], bytes],
    first: int = 0,
    sign: Callable[[bytes], dict[str, str]] = signed,
) -> Load:
    """Sends `rate` requests a second for `seconds`, numbered from `first`; `sign` gives headers."""
    parts = urlsplit(url)
    connections = _Connections(parts.hostname or "", parts.port or 80)
    load = Load()

    async def one(number: int, due: float) -> None:
        sent = body(number)
        raw = _request(parts.path, parts.netloc, sign(sent), sent)
        load.lags.append(time.perf_counter() - due)
        status = await connections.post(raw)
        load.latencies.append(time.perf_counter() - due)
        load.statuses[status] = load.statuses.get(status, 0) + 1

    tasks = []
    start = time.perf_counter() + 0.1
    for index in range(int(rate * seconds)):
        due = start + index / rate
        while (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait - 0.001 if wait > 0.002 else 0)
        load.due[first + index] = due
        tasks.append(asyncio.create_task(one(first + index, due)))
    await asyncio.gather(*tasks)
    connections.close()
    return load


def percentile(values: list[float], share: float) -> float:
    """Milliseconds under which so large a share of the seconds in `values` lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000
