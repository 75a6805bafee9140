"""Who may ask the page for something: this machine's browser, from this page, and nothing else.

A page on the internet can send requests to 127.0.0.1, and can let a name of its own lead there: so
the Host must be ours, and what changes something must come from our own page as JSON.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'; img-src 'self' http://127.0.0.1:* http://localhost:*"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LARGEST = 16 * 1024 * 1024
"""Bytes of a body: a file in base64 is the largest thing that the page sends."""


class Guard:
    """Refuses what doesn't come from the page itself, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's three arguments."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = _refusal(scope)
        await (refusal or self._app)(scope, receive, with_headers)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    host, port = headers.get("host", ""), scope["server"][1]
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        return PlainTextResponse("This page answers on 127.0.0.1 only.", 421)
    if scope["method"] in ("GET", "HEAD"):
        return None
    if not _of_our_own(headers, host):
        return PlainTextResponse("Only the page itself may ask for this.", 403)
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return PlainTextResponse("The body has to be JSON.", 415)
    if int(headers.get("content-length", "0") or 0) > _LARGEST:
        return PlainTextResponse("That is too large.", 413)
    return None


def _of_our_own(headers: Headers, host: str) -> bool:
    """By both of what a browser says of a request's origin; one of them has to be there."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is None and site is None:
        return False
    return origin in (None, f"http://{host}") and site in (None, "same-origin")
