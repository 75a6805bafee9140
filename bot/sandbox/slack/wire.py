"""What Slack sends to an app: really signed over HTTP, or in envelopes over Socket Mode."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar
from urllib.parse import quote_plus, urlencode

import aiohttp

from bot.sandbox.slack.limits import ACK_SECONDS
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace

T = TypeVar("T")

FORM = "application/x-www-form-urlencoded"

Kind = Literal["slash_commands", "interactive", "events_api"]
"""What is sent, in Socket Mode's words."""

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"
UNKNOWN_COMMAND = "unknown_command"


@dataclass(frozen=True)
class SignedRequest:
    """The very bytes and headers of one request to the app; sending it again is a replay."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Parcel:
    """Something for the app; `retry` is the number and the reason of a repeated event."""

    kind: Kind
    payload: Json
    retry: tuple[int, str] | None = None


@dataclass(frozen=True)
class Acked:
    """The app's answer as Slack has it.

    `status` is the HTTP status (200 for an envelope's ack, 0 without an answer), `body` the JSON,
    else the text, None where it is empty; `elapsed` in seconds. `error` is what Slack calls a
    failure: `operation_timeout` after 3 s, `dispatch_failed` for no connection or no 2xx; and
    `unknown_command` where there is no such command, and nothing was sent.
    """

    status: int
    body: Any = None
    elapsed: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    request: SignedRequest | None = None
    trigger_id: str = ""
    response_url: str = ""

    @property
    def ok(self) -> bool:
        """Whether Slack takes it for answered."""
        return not self.error


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a raw body (docs.slack.dev/authentication/verifying-requests…)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(parcel: Parcel) -> tuple[bytes, str]:
    """The body of a parcel over HTTP, and its content type."""
    if parcel.kind == "slash_commands":
        return urlencode(parcel.payload).encode(), FORM
    text = json.dumps(parcel.payload, separators=(",", ":"))
    if parcel.kind == "interactive":
        return b"payload=" + quote_plus(text).encode(), FORM
    return text.encode(), "application/json"


class Wire:
    """Sends parcels to the app and reads its answers; usable from any thread's event loop.

    The work is done on the stand-in's own loop, where its connections live.
    """

    def __init__(self, ws: Workspace, sockets: SocketMode, signing_secret: str) -> None:
        self._ws = ws
        self._sockets = sockets
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.bot_url = ""
        self.path = "/slack/events"
        self.mode: Literal["http", "socket"] = "http"
        self.ack_seconds = ACK_SECONDS

    async def send(self, parcel: Parcel, copies: int = 1) -> list[Acked]:
        """Sends a parcel `copies` times at once; an answer for each."""
        if self.mode == "socket":
            return await self.on_loop(lambda: self._through_socket(parcel, copies))
        body, kind = encoded(parcel)
        request = self.signed(body, content_type=kind)
        if parcel.retry:
            number, reason = parcel.retry
            retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            request = replace(request, headers={**request.headers, **retry})
        return await self.post(request, copies)

    async def post(self, request: SignedRequest, copies: int = 1) -> list[Acked]:
        """Sends these bytes over HTTP, `copies` times at once."""
        return await self.on_loop(lambda: _together(self._post(request) for _ in range(copies)))

    def signed(
        self,
        body: bytes,
        *,
        content_type: str = FORM,
        age: int = 0,
        secret: str | None = None,
        path: str | None = None,
    ) -> SignedRequest:
        """A request with Slack's headers; `age` in seconds puts it into the past."""
        timestamp = str(int(self._ws.feed.now().timestamp()) - age)
        headers = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret or self._secret, timestamp, body),
        }
        return SignedRequest(f"{self.bot_url.rstrip('/')}{path or self.path}", body, headers)

    async def on_loop(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Does the work on the stand-in's loop, from whichever loop it is asked.

        Raises RuntimeError where there is no such loop yet.
        """
        if self.loop is None:
            raise RuntimeError("the sandbox isn't served yet: `with sandbox.serve():`")
        if asyncio.get_running_loop() is self.loop:
            return await work()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self.loop))

    async def _through_socket(self, parcel: Parcel, copies: int) -> list[Acked]:
        return await _together(self._envelope(parcel) for _ in range(copies))

    async def _envelope(self, parcel: Parcel) -> Acked:
        started = time.perf_counter()
        try:
            body = await self._sockets.deliver(
                parcel.kind, parcel.payload, parcel.retry, self.ack_seconds
            )
        except TimeoutError:
            return Acked(0, elapsed=time.perf_counter() - started, error=TIMEOUT)
        except ConnectionError:
            return Acked(0, elapsed=time.perf_counter() - started, error=FAILED)
        return Acked(200, body, time.perf_counter() - started)

    async def _post(self, request: SignedRequest) -> Acked:
        if self._session is None:
            # Kept shorter than a server's own patience, so that no connection is used in its
            # last moment; and without a limit, since Slack doesn't queue behind a slow app.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
            self._session = aiohttp.ClientSession(connector=connector)
        started = time.perf_counter()
        try:
            async with self._session.post(
                request.url,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.ack_seconds),
            ) as answer:
                text = await answer.text(errors="replace")
                elapsed = time.perf_counter() - started
                error = "" if 200 <= answer.status < 300 else FAILED
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Acked(answer.status, _read(text), elapsed, headers, error, request)
        except TimeoutError:
            error = TIMEOUT
        except aiohttp.ClientError:
            error = FAILED
        return Acked(0, elapsed=time.perf_counter() - started, error=error, request=request)

    async def close(self) -> None:
        """Closes the connections to the app; on the stand-in's loop."""
        await self._sockets.close()
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _together(work: Iterable[Coroutine[Any, Any, Acked]]) -> list[Acked]:
    return list(await asyncio.gather(*work))


def _read(text: str) -> Any:
    """An answer's JSON, or its text; None where it is empty."""
    if not text.strip():
        return None
    try:
        return json.loads(text) if text.lstrip().startswith("{") else text
    except ValueError:
        return text
