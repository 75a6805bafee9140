"""The web's doors: Slack, Toingg's callbacks, Stripe's webhook, health and metrics.

What is forged, old or malformed is refused here, before Bolt sees it.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import hooks as hooks_
from bot.calling.callback import read_report
from bot.calling.status import Statuses
from bot.clock import Clock
from bot.errors import BotError, ForgedEvent, InputError, StorageError, UnreadableEvent
from bot.hooks import Door, Hooks
from bot.logs import Action, log
from bot.metrics import exposition
from bot.payments.webhook import StripeWebhook
from bot.slack.bolt import dispatch
from bot.slack.payloads import check
from bot.slack.signature import is_signed
from bot.texting.inbound import Inbox, read_received
from bot.twilio import Posted, is_authentic

_LARGEST = 1_000_000
_NO_WORDS, _XML = "<Response/>", "text/xml"


@dataclass(frozen=True)
class Web:
    """What the doors lead to, and their locks."""

    bolt: AsyncApp
    signing_secret: str
    statuses: Statuses
    inbox: Inbox
    stripe: StripeWebhook
    hooks: Hooks
    metrics_token: str
    faults: Callable[[], Awaitable[list[str]]]
    clock: Clock
    doors: Sequence[Route] = ()
    """Those of `bot.slack.install`, where workspaces install the bot."""

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/slack/events", self.slack, methods=["POST"]),
            *_both(hooks_.STATUS, self.status),
            *_both(hooks_.INBOUND, self.inbound),
            *_both(hooks_.STRIPE, self.webhook),
            Route("/webhook", self.webhook, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
            *self.doors,
        ]
        return Starlette(
            routes=routes,
            exception_handlers={_TooLarge: _too_large, ClientDisconnect: _gone},
        )

    async def slack(self, request: Request) -> Response:
        """`POST /slack/events`: signed requests of at most five minutes of age."""
        raw = await _body(request)
        if not self._is_signed(request, raw):
            return _refused(401, "signature", "The signature is missing, wrong or too old.")
        try:
            body = check(raw, request.headers.get("content-type", ""))
        except InputError as error:
            return _refused(400, "shape", error.message)
        answer = await dispatch(self.bolt, body)
        headers = {name: values[0] for name, values in answer.headers.items()}
        return Response(answer.body, status_code=answer.status, headers=headers)

    def _is_signed(self, request: Request, raw: bytes) -> bool:
        return is_signed(
            self.signing_secret,
            raw,
            request.headers.get("x-slack-request-timestamp", ""),
            request.headers.get("x-slack-signature", ""),
            self.clock(),
        )

    async def status(self, request: Request) -> Response:
        """`POST /toingg/status`: 404 where no secret is configured, 403 where it is wrong.

        With a workspace's id behind it, it is 403 unless that has this secret.
        """
        return await self._posted(request, self._report, Response(status_code=200))

    async def _report(self, workspace_id: str, posted: Posted) -> None:
        report = read_report(posted)
        if report is not None:
            await self.statuses.take(workspace_id, report)

    async def inbound(self, request: Request) -> Response:
        """`POST /toingg/inbound`: a text that was sent to us, with the callback's locks.

        Answered with an empty document: Twilio would send on whatever stands in it.
        """
        return await self._posted(request, self._received, Response(_NO_WORDS, media_type=_XML))

    async def _received(self, workspace_id: str, posted: Posted) -> None:
        await self.inbox.take(workspace_id, read_received(posted))

    def _door(self, request: Request) -> Door | None:
        """Whose path it is; None for a plain one that is nobody's."""
        of = request.path_params.get("workspace_id")
        return self.hooks.plain() if of is None else self.hooks.of(of)

    async def _posted(
        self, request: Request, take: Callable[[str, Posted], Awaitable[None]], taken: Response
    ) -> Response:
        door = self._door(request)
        if door is None or not door.locks.callbacks.are_set:
            return _refused(404, "callback", "No callback is configured.")
        query = request.scope["query_string"].decode("latin-1")
        posted = Posted(
            url=f"{self.hooks.public_url}{request.scope['path']}" + (f"?{query}" if query else ""),
            query=query,
            content_type=request.headers.get("content-type", ""),
            body=await _body(request),
            token=request.headers.get("x-toingg-token", ""),
            signature=request.headers.get("x-twilio-signature", ""),
        )
        try:
            if not is_authentic(posted, door.locks.callbacks):
                return _refused(403, "callback", "The signature or the token is wrong.")
            await take(door.workspace_id, posted)
        except InputError as error:
            return _refused(400, "callback", error.message)
        except StorageError:  # whoever posts it tries again
            return _refused(503, "storage", "The report couldn't be written down. Post it again.")
        return taken

    async def webhook(self, request: Request) -> Response:
        """`POST /stripe/webhook`: 404 where no secret is configured, 400 for what isn't Stripe's.

        With a workspace's id behind it, it is 400 unless a secret of that one's signed it. What is
        merely unwanted is 200: anything else would be sent again, for days.
        """
        door = self._door(request)
        if door is None or not door.locks.stripe:
            return _refused(404, "stripe", "No webhook secret is configured.")
        header, raw = request.headers.get("stripe-signature", ""), await _body(request)
        of, secrets = door.workspace_id, door.locks.stripe
        try:
            await self.stripe.take(of, secrets, raw, header, self.clock())
        except (ForgedEvent, UnreadableEvent) as error:
            return _refused(400, "stripe", error.message)
        except StorageError:  # Stripe sends it again
            return _refused(503, "storage", "The event couldn't be written down. Send it again.")
        return Response(status_code=200)

    async def healthz(self, _request: Request) -> Response:
        """Whether the process answers."""
        return PlainTextResponse("ok\n")

    async def readyz(self, _request: Request) -> Response:
        """Whether it can do its work; what keeps it from that."""
        faults = await self.faults()
        return JSONResponse({"faults": faults}, status_code=503 if faults else 200)

    async def metrics(self, request: Request) -> Response:
        """Prometheus's, for this machine or for whoever has the token."""
        given = request.headers.get("authorization", "").encode()
        wanted = f"Bearer {self.metrics_token}".encode()
        by_token = bool(self.metrics_token) and hmac.compare_digest(given, wanted)
        allowed = by_token or (not self.metrics_token and _is_local(request))
        if not allowed:
            return _refused(403, "metrics", "METRICS_TOKEN, as a bearer, opens this.")
        return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _both(path: str, handler: Callable[[Request], Awaitable[Response]]) -> list[Route]:
    """The plain path, and those of the workspaces."""
    paths = (path, f"{path}/{{workspace_id}}")
    return [Route(each, handler, methods=["POST"]) for each in paths]


def _is_local(request: Request) -> bool:
    """A proxy on this machine speaks for others: what it forwards isn't local."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _TooLarge(BotError):
    """The body is larger than anything that Slack, Stripe or Toingg sends."""


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


async def _too_large(_request: Request, error: Exception) -> Response:
    return _refused(413, "size", str(error))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)


def _refused(status: int, cause: str, message: str) -> Response:
    log(Action.REFUSED_REQUEST, level="warning", cause=cause, status=status)
    return JSONResponse({"error": message}, status_code=status)
