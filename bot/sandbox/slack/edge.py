"""The outermost layer: it can break a connection, which ASGI has no word for."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.slack.state import Workspace


class Edge:
    """Passes requests on; cuts those to the named paths while Slack is down."""

    def __init__(self, app: ASGIApp, ws: Workspace, paths: Iterable[str]) -> None:
        self._app = app
        self._ws = ws
        self._paths = tuple(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's three arguments; the connection is remembered for `cut_connection`."""
        if scope["type"] == "http":
            scope["sandbox.send"] = send
            if self._ws.weather.down and scope["path"].startswith(self._paths):
                await _cut(send, receive)
                return
        await self._app(scope, receive, send)


def bearer(request: Request) -> str:
    """The token in the request's header; empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


async def cut_connection(request: Request) -> None:
    """Breaks the request's connection without an answer, as a network does."""
    await _cut(request.scope["sandbox.send"], request.receive)


async def _cut(send: Send, receive: Receive) -> None:
    # uvicorn's `send` is a method of the request's cycle, which knows its transport.
    send.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass
