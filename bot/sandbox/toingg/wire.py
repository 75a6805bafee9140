"""The outermost layer: records each request, says which instant it is at, and lets faults strike.

It sits between uvicorn and the API because it must be able to do what an API can't: not read, not
answer, or break the TCP connection.
"""

import asyncio
import base64
import json
import socket
import struct
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.sandbox.instants import Instants
from bot.sandbox.toingg.book import Book, WireRequest, now
from bot.sandbox.toingg.exchange import Exchange
from bot.sandbox.toingg.faults import End, Fault, FaultQueue, Moment, Reply, rate_limited
from bot.sandbox.toingg.limit import LeakyBucket

TRANSPORT = "toingg.sandbox.transport"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/js"

DIALS = frozenset(
    {
        "/api/make_toingg/",
        "/api/make_toingg_details/",
        "/api/make_batch_toingg/",
        "/api/send_sms/",
        "/api/v3/make_call",
    }
)
"""What reaches people."""
WITH_KEY_IN_QUERY = DIALS - {"/api/v3/make_call"} | {"/api/hang_up_call/"}


class WireProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which also hands the application its transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins a connection, without Nagle's delay.

        asyncio sees to that only for sockets that were made with TCP's protocol number, which
        `socket.create_server` doesn't give: each reply would be 40 ms late.
        """
        super().connection_made(transport)
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def on_message_begin(self) -> None:
        """Begins a request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


def recorded(scope: Scope) -> WireRequest:
    """The record of a request whose head has arrived."""
    query = scope["query_string"].decode("latin-1")
    return WireRequest(
        at=now(),
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
    )


def parsed(body: bytes) -> Any:
    """JSON where it is JSON, else the bytes; None for no body."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):  # what is nested too deep stays bytes too
        return body


def key_in(authorization: str) -> str | None:
    """The key in a Bearer or Basic header; Toingg's samples write Basic without base64 as well."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return None
    with suppress(ValueError):
        value = base64.b64decode(value, validate=True).decode()
    return value.partition(":")[0].strip()


def with_key_in_query(scope: Scope, request: WireRequest) -> Scope:
    """The scope as the API reads it: its key is a query parameter, wherever the client put it."""
    key = key_in(request.headers.get("authorization", ""))
    if key is None or request.path not in WITH_KEY_IN_QUERY or "apiKey" in request.query:
        return scope
    parts = [scope["query_string"], urlencode({"apiKey": key}).encode()]
    return {**scope, "query_string": b"&".join(filter(None, parts))}


class Line:
    """One request's connection: reads it, answers it, or breaks it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extension = scope.get("extensions", {}).get(TRANSPORT)
        if extension is None:
            raise RuntimeError("Serve the sandbox by ToinggSandbox.serve: faults need its protocol")
        self._transport: asyncio.Transport = extension["transport"]
        self._receive = receive
        self._send = send

    @property
    def gone(self) -> bool:
        """Whether the client has closed, or was closed."""
        return self._transport.is_closing()

    async def read(self) -> bytes | None:
        """The whole body; None where the client went before it was complete."""
        parts: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message["body"])
            if not message["more_body"]:
                return b"".join(parts)

    async def answer(self, reply: Reply) -> None:
        """Sends all of it; returns when the kernel has the last byte."""
        await self._start(reply)
        await self._send({"type": "http.response.body", "body": reply.body})
        while self._transport.get_write_buffer_size():  # noqa: ASYNC110 - a transport tells nobody
            await asyncio.sleep(0.001)

    async def _start(self, reply: Reply) -> None:
        await self._send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": list(reply.headers),
            }
        )

    async def half(self, reply: Reply) -> None:
        """Sends the head and half of the body that it announces, then closes."""
        await self._start(reply)
        half = reply.body[: len(reply.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        await self.cut()

    async def half_head(self) -> None:
        """Sends a piece of a head, then closes."""
        self._transport.write(HEAD)
        await self.cut()

    async def cut(self) -> None:
        """Closes, with a FIN."""
        self._transport.close()
        await self._closed()

    async def reset(self) -> None:
        """Closes, with a RST."""
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self._closed()

    async def _closed(self) -> None:
        """Waits until uvicorn knows, lest it answer a 500 in our place."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Passage:
    """One request on its way through: arrival, reading, effect, reply."""

    def __init__(self, wire: "Wire", request: WireRequest, scope: Scope, line: Line) -> None:
        self._wire = wire
        self._request = request
        self._scope = scope
        self._line = line
        self._dials = request.method == "POST" and request.path in DIALS
        self._fault = wire.faults.take(request.path)

    async def run(self) -> None:
        """All the way, or as far as a fault lets it."""
        self._reach("before_read")
        if await self._struck(Moment.BEFORE_READ):
            return
        body = await self._line.read()
        if body is None:
            return
        self._request.body = parsed(body)
        self._request.read = now()
        self._wire.book.wake()
        self._reach("after_read")
        if await self._struck(Moment.BEFORE_MADE):
            return
        reply = self._overflow() or await self._ask(body)
        await self._take_time()
        if not await self._struck(Moment.AFTER_MADE, reply):
            await self._answer(reply)

    def _reach(self, instant: str) -> None:
        if self._dials:
            self._wire.instants.reach(f"toingg.{instant}")

    async def _struck(self, moment: Moment, reply: Reply | None = None) -> bool:
        """Lets the fault strike if this is its moment; whether that was the end of the request."""
        fault = self._fault
        if fault is None or fault.moment is not moment:
            return False
        await asyncio.sleep(fault.delay)
        return await self._ended(fault, reply)

    async def _ended(self, fault: Fault, reply: Reply | None) -> bool:
        match fault.end:
            case End.GO_ON:
                return False
            case End.CUT:
                await self._line.cut()
            case End.RESET:
                await self._line.reset()
            case End.HALF_HEAD:
                await self._line.half_head()
            case End.HALF_BODY if reply is not None:
                await self._line.half(reply)
            case End.REPLY if fault.reply is not None:
                await self._answer(fault.reply)
        return True

    def _overflow(self) -> Reply | None:
        wait = self._wire.bucket.pour(time.monotonic()) if self._dials else 0
        return rate_limited(wait).reply if wait else None

    async def _ask(self, body: bytes) -> Reply:
        """What the API answers."""
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = with_key_in_query(self._scope, self._request)
        scope.setdefault("state", {})["wire_request"] = self._request
        await self._wire.api(scope, receive, send)
        head, *rest = sent
        content = b"".join(message.get("body", b"") for message in rest)
        return Reply(head["status"], tuple(head["headers"]), content)

    async def _take_time(self) -> None:
        if not self._request.made:
            return
        if self._wire.exchange.life.reply_delay:
            await asyncio.sleep(self._wire.exchange.life.reply_delay)
        self._reach("before_reply")
        # Two turns of the loop: whoever was ended at this instant is seen to be gone.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _answer(self, reply: Reply) -> None:
        if self._line.gone:
            return
        # Before the bytes leave: who has read the reply may look at the record at once.
        self._request.status = reply.status
        self._request.answer = parsed(reply.body)
        await self._line.answer(reply)
        self._request.replied = now()
        self._wire.book.wake()
        self._reach("after_reply")


class Wire:
    """The ASGI application: the API, with a wire in front of it.

    Instants are reached in the server's loop, which stands still meanwhile: what is planned there
    must not wait for an answer of this server. `toingg.before_reply` is reached only where a call
    or a text was made, `toingg.after_reply` after any whole reply to a request that dials or texts.
    What has reached the server is processed even if its sender is gone, as by any server.
    """

    def __init__(self, api: ASGIApp, book: Book, exchange: Exchange, instants: Instants) -> None:
        self.api = api
        self.book = book
        self.exchange = exchange
        self.instants = instants
        self.faults = FaultQueue()
        self.bucket = LeakyBucket()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection's request; start and end of the server go to the API itself."""
        if scope["type"] != "http":
            await self.api(scope, receive, send)
            return
        request = recorded(scope)
        with self.book.changed:
            self.book.requests.append(request)
            self.book.wake()
        # Cancelled only by the server's end, which has closed the connection: nothing to answer.
        with suppress(asyncio.CancelledError):
            await Passage(self, request, scope, Line(scope, receive, send)).run()
        request.ended = now()
        self.book.wake()
