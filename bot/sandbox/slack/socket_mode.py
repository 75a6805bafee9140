"""Socket Mode: the WebSocket over which an app without a public address gets its parcels."""

import asyncio
import contextlib
import json
import secrets
import uuid
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.slack.people import APP_ID
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.state import Workspace


def open_connection(ws: Workspace, args: Json) -> Json:
    """`apps.connections.open`: an address good for one connection."""
    del args
    ticket = secrets.token_urlsafe(24)
    ws.app.socket_tickets.add(ticket)
    address = ws.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={APP_ID}"}


class SocketMode:
    """The connections of the app; everything here happens on the stand-in's loop.

    `silent` keeps the connections open and delivers nothing, as seen after some reconnects.
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._open: list[WebSocket] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self.silent = False

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    async def accept(self, socket: WebSocket) -> None:
        """One connection, from its greeting to its end: hello, envelopes out, acks in."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._ws.app.socket_tickets:
            await socket.close(1008)
            return
        self._ws.app.socket_tickets.discard(ticket)
        await socket.accept()
        self._open.append(socket)
        try:
            await socket.send_text(json.dumps(self._hello()))
            while True:
                self._take(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(socket)

    def _forget(self, socket: WebSocket) -> None:
        if socket in self._open:
            self._open.remove(socket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "applink-sandbox",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": APP_ID},
        }

    def _take(self, text: str) -> None:
        """An ack settles its envelope; anything else is passed over, as Slack does."""
        try:
            ack = json.loads(text)
        except ValueError:
            return
        if isinstance(ack, dict):
            waiting = self._waiting.get(str(ack.get("envelope_id")))
            if waiting and not waiting.done():
                waiting.set_result(ack.get("payload") or None)

    async def deliver(
        self, kind: str, payload: Json, retry: tuple[int, str] | None, seconds: float
    ) -> Any:
        """Sends one envelope on the newest connection and gives the payload of its ack.

        Raises TimeoutError where none came in time, and ConnectionError where nobody is connected.
        """
        if not self._open:
            raise ConnectionError
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acked
        try:
            await self._write(json.dumps(envelope, separators=(",", ":")))
            return await asyncio.wait_for(acked, seconds)
        finally:
            del self._waiting[envelope_id]

    async def _write(self, text: str) -> None:
        if self.silent:
            return
        socket = self._open[-1]
        try:
            await socket.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            self._forget(socket)
            raise ConnectionError from None

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Asks every connection to reconnect, as Slack does every few hours; gives it no more."""
        message = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "applink-sandbox"},
        }
        for socket in tuple(self._open):
            self._forget(socket)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_text(json.dumps(message))

    async def close(self) -> None:
        """Closes every connection without a word."""
        for socket in tuple(self._open):
            self._forget(socket)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(1001)
