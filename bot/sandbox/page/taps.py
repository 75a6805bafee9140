"""Listening at the stand-ins' wires, from outside: what passes is told to the wire's log."""

import time
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.page.wirelog import Seen, WireLog
from bot.sandbox.slack import Acked, SlackSandbox
from bot.sandbox.slack.wire import FAILED, TIMEOUT, Parcel, SignedRequest
from bot.sandbox.toingg import ToinggSandbox, WireRequest
from bot.sandbox.toingg.callbacks import Try

BOT, SLACK, TOINGG = "Bot", "Slack", "Toingg"
PEOPLES = ("/oauth/", "/apps/")
"""What a person's browser asks of Slack, and the bot doesn't."""
NOT_ANSWERED = "no answer"
_WORDS = {TIMEOUT: "timed out", FAILED: NOT_ANSWERED}
_KEPT_BODY = 64 * 1024


def tap_slack(slack: SlackSandbox, log: WireLog) -> None:
    """Tells what the bot asks of Slack, and what Slack sends to the bot."""
    served = slack.app.middleware_stack or slack.app.build_middleware_stack()
    slack.app.middleware_stack = Tapped(served, log, BOT, SLACK, but=PEOPLES)
    post, send = slack.wire.post, slack.wire.send

    async def told_post(request: SignedRequest, copies: int = 1) -> list[Acked]:
        at = datetime.now(UTC)
        acks = await post(request, copies)
        for acked in acks:
            log.tell(_over_http(at, request, acked))
        return acks

    async def told_send(parcel: Parcel, copies: int = 1) -> list[Acked]:
        at = datetime.now(UTC)
        acks = await send(parcel, copies)
        if slack.wire.mode == "socket":  # what goes over HTTP has passed by `post`
            for acked in acks:
                log.tell(_over_socket(at, parcel, acked))
        return acks

    slack.wire.post = told_post  # type: ignore[method-assign]  # the wire knows of no listeners
    slack.wire.send = told_send  # type: ignore[method-assign]  # as above


def _over_http(at: datetime, request: SignedRequest, acked: Acked) -> Seen:
    return Seen(
        at=at,
        source=SLACK,
        target=BOT,
        method="POST",
        path=urlsplit(request.url).path,
        status=acked.status or _WORDS.get(acked.error, acked.error),
        took=acked.elapsed,
        headers=request.headers,
        asked=request.body,
        answered=acked.body,
    )


def _over_socket(at: datetime, parcel: Parcel, acked: Acked) -> Seen:
    return Seen(
        at=at,
        source=SLACK,
        target=BOT,
        method="Socket",
        path=parcel.kind,
        status=_WORDS.get(acked.error, acked.error) if acked.error else acked.status,
        took=acked.elapsed,
        asked=parcel.payload,
        answered=acked.body,
    )


class Tapped:
    """Passes HTTP requests on, and tells of each whose path begins with `only`, and with none of
    `but`, with its answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        log: WireLog,
        source: str,
        target: str,
        only: str = "/",
        but: tuple[str, ...] = (),
    ) -> None:
        self._only = only
        self._but = but
        self._app = app
        self._log = log
        self._between = (source, target)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's three arguments."""
        if scope["type"] != "http" or not self._tells_of(scope["path"]):
            await self._app(scope, receive, send)
            return
        at, began = datetime.now(UTC), time.perf_counter()
        asked, answered = bytearray(), bytearray()
        status: MutableMapping[str, int | str] = {"": NOT_ANSWERED}

        async def receiving() -> Message:
            message = await receive()
            _keep(asked, message)
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[""] = message["status"]
            _keep(answered, message)
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            source, target = self._between
            self._log.tell(
                Seen(
                    at=at,
                    source=source,
                    target=target,
                    method=scope["method"],
                    path=scope["path"],
                    status=status[""],
                    took=time.perf_counter() - began,
                    query=scope["query_string"].decode("latin-1"),
                    headers=dict(Headers(scope=scope)),
                    asked=bytes(asked),
                    answered=bytes(answered),
                )
            )

    def _tells_of(self, path: str) -> bool:
        return path.startswith(self._only) and not path.startswith(self._but)


def _keep(body: bytearray, message: Message) -> None:
    if len(body) < _KEPT_BODY:
        body += message.get("body", b"")[:_KEPT_BODY]


class ToinggTap:
    """Tells what Toingg was asked and what it reported; `look` at each change of it."""

    def __init__(self, toingg: ToinggSandbox, log: WireLog) -> None:
        self._toingg = toingg
        self._log = log
        self._next = 0
        self._open: list[WireRequest] = []
        self._tries: dict[int, int] = {}

    def look(self) -> None:
        """Tells what has ended since the last look, each once."""
        requests = self._toingg.requests
        self._open += requests[self._next :]
        self._next = len(requests)
        for request in [each for each in self._open if each.ended]:
            self._open.remove(request)
            self._log.tell(_asked_of_toingg(request))
        for index, delivery in enumerate(list(self._toingg.deliveries)):
            told = self._tries.get(index, 0)
            for each in delivery.sent[told:]:
                self._log.tell(_reported(each))
            self._tries[index] = max(told, len(delivery.sent))


def _asked_of_toingg(request: WireRequest) -> Seen:
    ended = request.ended or request.at
    return Seen(
        at=request.at,
        source=BOT,
        target=TOINGG,
        method=request.method,
        path=request.path,
        status=request.status or NOT_ANSWERED,
        took=(ended - request.at) / timedelta(seconds=1),
        query=urlencode(request.query),
        headers=request.headers,
        asked=request.body,
        answered=request.answer,
    )


def _reported(sent: Try) -> Seen:
    address = urlsplit(sent.url)
    return Seen(
        at=sent.at,
        source=TOINGG,
        target=BOT,
        method="POST",
        path=address.path,
        status=sent.got,
        took=sent.took,
        query=address.query,
        headers=sent.headers,
        asked=sent.body,
        answered=sent.answer,
    )
