"""One request to Toingg and what became of it, with the key in nothing that can be seen.

The key travels apart from the request: httpx, which logs whole URLs at INFO, gets an address and a
body without it, and the transport under httpx puts it in last. Below that only aiohttp sees it,
which logs no request. Its exceptions and the frames of their tracebacks do hold the address with
the key, so `exchange` gives an error back as a value: who raises it does so from a clean frame,
and no `__cause__`, `__context__` or traceback leads to where the key is.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.errors import (
    ConnectionLost,
    KeyRejected,
    Rejected,
    TimedOut,
    ToinggError,
    Unreachable,
    Unreadable,
)
from bot.toingg.failures import Reply
from bot.toingg.wire import CheckoutBody

Placement = Literal["query", "bearer", "basic"]

MAX_REPLY = 8 * 1024 * 1024  # bytes of one answer, decompressed; a long transcript is under 1 MB
MAX_REDIRECTS = 2
# uvicorn, which serves most FastAPI applications, closes an idle connection after 5 s.
IDLE_SECONDS = 3.0
MAX_CONNECTIONS = 200
_MIN_HIDDEN = 12  # a shorter key would cut holes into any text; real ones are longer
_MOVED = "Toingg's address has moved. Whoever runs this bot can correct its base URL."
_KEEP_METHOD = (307, 308)


@dataclass(frozen=True)
class Credentials:
    """A key and how it is shown to Toingg; `in_body` for checkout, whose body is the key."""

    key: str = field(repr=False)
    placement: Placement
    in_body: bool = False

    def fault(self) -> KeyRejected | None:
        """Why this can be no key: httpx would quote it in the error it raises."""
        if self.key and self.key.isascii() and self.key.isprintable() and " " not in self.key:
            return None
        return KeyRejected(detail="the key is empty or holds characters that no key has")

    def put_into(self, request: httpx.Request) -> httpx.Request:
        """The same request with the key: in the query unless in a header or already in the body."""
        url, headers, body = request.url, request.headers.copy(), request.content
        if self.in_body:
            body = CheckoutBody(apikey=self.key).to_json()
            headers["Content-Length"] = str(len(body))
        match self.placement:
            case "bearer":
                headers["Authorization"] = f"Bearer {self.key}"
            case "basic":
                headers["Authorization"] = f"Basic {self._basic()}"
            case "query" if not self.in_body:
                url = url.copy_set_param("apiKey", self.key)
        return httpx.Request(
            request.method, url, headers=headers, content=body, extensions=request.extensions
        )

    def hide_in(self, text: bytes) -> bytes:
        """The text without the key, whether as it is or escaped for JSON or an address."""
        if len(self.key) < _MIN_HIDDEN:
            return text
        spelled = "".join(
            rf"(?:\\{{0,8}}{re.escape(char)}|%(?:25){{0,4}}{ord(char):02x}|\\{{1,8}}u00{ord(char):02x})"
            for char in self.key
        )
        # `re` keeps what it compiled, so this costs its building alone from the second time on.
        pattern = f"(?i:{spelled}|{re.escape(self._basic())})".encode()
        return re.sub(pattern, b"[key]", text)

    def _basic(self) -> str:
        return base64.b64encode(f"{self.key}:api_token".encode()).decode()


@dataclass(frozen=True)
class Ask:
    """One request. `timeout` in seconds bounds all of it, redirects and body included;
    `unsure` is what a PerhapsPlaced says, None: its class's sentence, about a phone. `answers` are
    the statuses beside 2xx that are no error.
    """

    method: Literal["GET", "POST"]
    url: str
    credentials: Credentials
    timeout: float
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    unsure: str | None = None
    answers: tuple[int, ...] = ()


class KeyedTransport(AiohttpTransport):
    """httpx's requests on aiohttp's connections; puts in the key on the way down."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it with its `credentials` extension; one without them goes as it is."""
        credentials = request.extensions.get("credentials")
        keyed = credentials.put_into(request) if credentials else request
        return await super().handle_async_request(keyed)


@cache
def _tls() -> ssl.SSLContext:
    """Made once a process: nothing here takes longer than reading the authorities' certificates."""
    return httpx.create_ssl_context(trust_env=False)


def open_pool(connect_timeout: float) -> httpx.AsyncClient:
    """One pool of connections for all workspaces, so nothing of one's answers is kept for another:
    no cookies. No proxy, no netrc, no redirects of its own. Close it with `aclose()`.

    `connect_timeout`, in seconds, is for a connection, and for the wait for a free one; how long
    an answer may take is each request's own.
    """
    tls = _tls()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=tls, limit=MAX_CONNECTIONS, keepalive_timeout=IDLE_SECONDS
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )

    return httpx.AsyncClient(
        transport=KeyedTransport(verify=tls, trust_env=False, client=session),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        # The transport makes of `pool` the time to get a connection, the name's look-up included.
        timeout=httpx.Timeout(None, connect=connect_timeout, pool=connect_timeout),
        # Uncompressed: one way less in which an answer can be unreadable.
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


async def exchange(http: httpx.AsyncClient, ask: Ask) -> Reply | ToinggError:
    """Sends it once; gives the answer, of whatever status, or the error that stands for none.

    Raises nothing but CancelledError, which leaves without the frames that it went through.
    """
    fault = ask.credentials.fault()
    if fault:
        return fault
    if http.is_closed:
        return Unreachable(detail="the pool is closed")
    try:
        async with asyncio.timeout(ask.timeout):
            return await _followed(http, ask)
    except TimeoutError:
        return TimedOut(ask.unsure, detail=f"no answer within {ask.timeout} s")
    except asyncio.CancelledError as cancelled:
        cancelled.__context__ = None
        raise cancelled.with_traceback(None) from None
    except Exception as error:  # noqa: BLE001 - its traceback holds the key, and a phone may ring
        return _no_answer(error, ask.unsure)


async def _followed(http: httpx.AsyncClient, ask: Ask) -> Reply | ToinggError:
    """The answer after at most two redirects within the same origin.

    307 and 308 say that nothing was done yet, so a redirect that isn't followed is Rejected.
    """
    url = httpx.URL(ask.url).copy_merge_params(ask.query)
    for _ in range(MAX_REDIRECTS + 1):
        reply = await _once(http, ask, url)
        if reply.status not in _KEEP_METHOD:
            return reply
        target = _next_url(url, reply.location, ask.query)
        if target is None:
            return Rejected(_MOVED, detail=f"HTTP {reply.status} to another origin")
        url = target
    return Rejected(_MOVED, detail=f"more than {MAX_REDIRECTS} redirects")


def _next_url(url: httpx.URL, location: str | None, query: Mapping[str, str]) -> httpx.URL | None:
    """Where a redirect leads; None where that is another scheme, host or port, or nowhere.

    Only path and query are taken over, less the key that a peer repeats there: it is put in anew.
    """
    if not location:
        return None
    target = url.join(location)
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        return None
    kept = url.copy_with(raw_path=target.raw_path).copy_remove_param("apiKey")
    return kept.copy_merge_params(query) if query else kept


async def _once(http: httpx.AsyncClient, ask: Ask, url: httpx.URL) -> Reply:
    """One request and its answer. Raises whatever httpx and aiohttp raise."""
    request = http.build_request(
        ask.method,
        url,
        content=ask.body,
        headers={"Content-Type": "application/json"} if ask.body is not None else None,
        extensions={"credentials": ask.credentials},
    )
    response = await http.send(request, stream=True)
    try:
        body = await _body_of(response)
    finally:
        await response.aclose()
    hide = ask.credentials.hide_in
    location = response.headers.get("Location")
    return Reply(
        status=response.status_code,
        body=hide(body),
        location=hide(location.encode()).decode() if location else None,
        retry_after=response.headers.get("Retry-After"),
    )


class _TooLongError(Exception):
    """More bytes than any answer of Toingg's has."""


async def _body_of(response: httpx.Response) -> bytes:
    """The body, decompressed; of a 4xx or 5xx what could be read, since its status says enough."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            _bounded(len(body))
    except (httpx.HTTPError, _TooLongError):
        if not response.is_error:
            raise
    return bytes(body)


def _bounded(size: int) -> None:
    if size > MAX_REPLY:
        raise _TooLongError


# Of all that httpx-aiohttp 0.2 turns into ConnectTimeout only these are raised before a byte of the
# request is written; a reset or a disconnect after the write looks the same from httpx's side.
_BEFORE_THE_WRITE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
_NO_HTTP = (aiohttp.ClientResponseError, httpx.DecodingError, httpx.ProtocolError, _TooLongError)


def _no_answer(error: Exception, unsure: str | None) -> ToinggError:
    """The error of ours for one of httpx's or aiohttp's, with no more of it than its kind."""
    cause: Any = error.__cause__ or error
    detail = type(cause).__name__
    if isinstance(cause, _BEFORE_THE_WRITE) or isinstance(error, _NO_ADDRESS):
        return Unreachable(detail=detail)
    if isinstance(error, _NO_HTTP):
        return Unreadable(unsure, detail=detail)
    return ConnectionLost(unsure, detail=detail)
