"""Runs a stand-in's ASGI application on a loopback port, in a thread of its own."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Self

import uvicorn


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
        self._server = uvicorn.Server(
            uvicorn.Config(app, **{"log_config": None, "access_log": False} | config)
        )
        self._thread = threading.Thread(target=self._run, name=f"serving-{self.port}", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._server.serve([self._socket]))
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def start(self) -> Self:
        """Serves from now on; connections wait in the socket's backlog until then."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the server and waits for its thread."""
        self._server.should_exit = True
        self._server.force_exit = True
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
