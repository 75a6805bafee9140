"""Serving that ends everything under way with it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.serving import Serving


async def _nothing() -> None:
    """For an application without anything of its own to close."""


class Served(Serving):
    """An ASGI application whose end closes its connections and cancels its requests.

    `first` closes what the application itself holds open; it runs on the server's loop.
    """

    def __init__(
        self, app: Any, *, port: int = 0, first: Callable[[], Awaitable[None]] = _nothing
    ) -> None:
        super().__init__(app, port=port)
        # Handed down to each connection. asyncio leaves it out for sockets made without a protocol
        # number, and each answer in two writes would then wait 40 ms for the peer's ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._first = first

    def stop(self) -> None:
        """Ends the server, breaking off whatever is under way."""
        if self.loop.is_running():
            asyncio.run_coroutine_threadsafe(self._break_off(), self.loop).result(timeout=5)
        super().stop()

    async def _break_off(self) -> None:
        # `Serving` forces the exit, which would leave requests and the lifespan pending.
        await self._first()
        state = self._server.server_state
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await self._server.lifespan.shutdown()
