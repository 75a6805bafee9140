"""Runs a stand-in's ASGI application on a loopback port, in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from functools import partial
from types import TracebackType
from typing import Any, Self

import uvicorn

_TICK = 0.1
"""Seconds between uvicorn's own looks; what it does in them goes by that."""
_GLANCE = 0.002


def listen(port: int = 0) -> socket.socket:
    """A listening socket on 127.0.0.1.

    Its protocol is named: asyncio turns Nagle's algorithm, which would hold each answer back for
    40 ms, off for sockets that say that they are TCP's. Raises OSError and OverflowError for a port
    that can't be had.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(1024)
    except BaseException:
        listening.close()
        raise
    return listening


class PromptServer(uvicorn.Server):
    """uvicorn's server that ends as soon as it is told to, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def end(self, *, at_once: bool = False) -> None:
        """Ends it, once all is answered or `at_once`; called on its own loop."""
        self.should_exit = True
        self.force_exit = at_once
        self._told.set()

    async def main_loop(self) -> None:
        """Ticks as uvicorn does, and ends without waiting for the next one."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, without its wait where nothing is to be waited for."""
        if not self.force_exit:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        until = asyncio.get_running_loop().time() + _TICK
        while state.connections or state.tasks:
            if asyncio.get_running_loop().time() > until:
                return
            await asyncio.sleep(_GLANCE)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's, whose guest it is."""
        yield


class Serving:
    """One ASGI application on 127.0.0.1, from `start` to `stop`; a context manager too.

    A thread of its own keeps a stand-in answering while its user's loop is busy, and keeps
    uvicorn's hands off the process's signals.
    """

    def __init__(self, app: Any, *, port: int = 0, **config: Any) -> None:
        """`port` 0 takes a free one; `config` goes to `uvicorn.Config`."""
        self._socket = listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.loop = asyncio.new_event_loop()
        self._server = PromptServer(
            uvicorn.Config(app, **{"log_config": None, "access_log": False} | config)
        )
        self._thread = threading.Thread(target=self._run, name=f"serving-{self.port}", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._server.serve([self._socket]))
        finally:
            self.loop.run_until_complete(self._rest())
            self.loop.close()

    async def _rest(self) -> None:
        """What is still under way ends with the loop."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    def start(self) -> Self:
        """Serves from now on; connections wait in the socket's backlog until then."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the server and waits for its thread."""
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self.loop.call_soon_threadsafe(partial(self._server.end, at_once=True))
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
