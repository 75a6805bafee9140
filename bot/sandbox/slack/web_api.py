"""The Web API's door: who asks, for what, and what is answered, with the planned faults."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.instants import Instants
from bot.sandbox.slack import chat, conversations, modals, uploads
from bot.sandbox.slack.calls import ApiCall, Fault
from bot.sandbox.slack.edge import cut_connection
from bot.sandbox.slack.rates import Tier
from bot.sandbox.slack.refusals import Json, SlackError, breach
from bot.sandbox.slack.socket_mode import open_connection
from bot.sandbox.slack.state import Workspace


@dataclass(frozen=True)
class Method:
    """What a method does, its rate's tier, and which scopes (one is enough) or token it wants."""

    do: Callable[[Workspace, Json], Json]
    tier: Tier
    scopes: tuple[str, ...] = ()
    with_app_token: bool = False


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(open_connection, 1, with_app_token=True),
    "auth.test": Method(conversations.auth_test, None),
    "chat.delete": Method(chat.delete, 3, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink, None),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, None, ("chat:write",)),
    "chat.update": Method(chat.update, 3, ("chat:write",)),
    "conversations.history": Method(conversations.history, 3, _HISTORY),
    "conversations.info": Method(conversations.info, 3, _READ),
    "conversations.join": Method(conversations.join, 3, ("channels:join",)),
    "conversations.list": Method(conversations.list_all, 2, _READ),
    "conversations.members": Method(conversations.members, 4, _READ),
    "conversations.open": Method(conversations.open_direct, 3, ("im:write", "mpim:write")),
    "conversations.replies": Method(conversations.replies, 3, _HISTORY),
    "files.completeUploadExternal": Method(uploads.complete_upload, 4, ("files:write",)),
    "files.delete": Method(uploads.delete, 3, ("files:write",)),
    "files.getUploadURLExternal": Method(uploads.get_upload_url, 4, ("files:write",)),
    "files.info": Method(uploads.info, 4, ("files:read",)),
    "usergroups.list": Method(conversations.groups_list, 2, ("usergroups:read",)),
    "usergroups.users.list": Method(conversations.groups_users, 2, ("usergroups:read",)),
    "users.info": Method(conversations.users_info, 4, ("users:read",)),
    "users.list": Method(conversations.users_list, 2, ("users:read",)),
    "views.open": Method(modals.open_modal, 4),
    "views.publish": Method(modals.publish, 4),
    "views.push": Method(modals.push, 4),
    "views.update": Method(modals.update, 4),
}

_WRITES = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"})


class WebApi:
    """`/api/{method}` over one workspace."""

    def __init__(self, ws: Workspace, instants: Instants | None) -> None:
        self._ws = ws
        self._instants = instants

    async def answer(self, request: Request) -> Response | None:
        """Answers one request; None after its connection was cut."""
        method = request.path_params["method"]
        try:
            args = _arguments(request, await request.body())
        except (ValueError, RecursionError):
            return self._respond(breach("a body that isn't JSON").body())
        except SlackError as error:
            return self._respond(error.body())
        token = _token(request, args)
        fault = self._ws.weather.due(method, args)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and not fault.applied:
            refused = fault.refusal()
            self._record(method, args, refused, cut=fault.cut or refused is None, applied=False)
            return await self._faulty(request, fault)
        body, refusal = await self._apply(method, args, token, fault)
        if fault and (fault.cut or fault.refusal()):
            return await self._faulty(request, fault)
        if refusal:
            return self._respond(refusal.body(), refusal.status, refusal.headers)
        return self._respond({"ok": True, **body})

    async def _apply(
        self, method: str, args: Json, token: str, fault: Fault | None
    ) -> tuple[Json, SlackError | None]:
        """Does what is asked and records it; gives the answer, or why it is refused."""
        body: Json = {}
        refusal: SlackError | None = None
        try:
            do = self._allowed(method, args, token)
            await self._reach(method, "before")
            body = do(self._ws, args)
        except SlackError as error:
            refusal = error
        seen = fault.refusal() if fault and fault.refusal() else refusal
        self._record(method, args, seen, cut=bool(fault and fault.cut), applied=refusal is None)
        if refusal is None:
            await self._reach(method, "after")
        return body, refusal

    def _allowed(self, method: str, args: Json, token: str) -> Callable[[Workspace, Json], Json]:
        """What the method does, where this token may ask for it now; raises SlackError."""
        known = METHODS.get(method)
        if known is None:
            raise breach("an unknown method", extra={"req_method": method})
        if not token:
            raise breach("no token")
        if token not in (self._ws.bot_token, self._ws.app_token):
            raise breach("a token of nobody's")
        if (token == self._ws.app_token) != known.with_app_token:
            raise breach("a token of another kind")
        if known.scopes and not self._ws.scopes.intersection(known.scopes):
            provided = ",".join(sorted(self._ws.scopes))
            needed = ",".join(known.scopes)
            raise breach(
                "a scope that wasn't granted", extra={"needed": needed, "provided": provided}
            )
        with self._ws.feed.lock:
            self._ws.rates.check(method, known.tier, args)
        return known.do

    async def _reach(self, method: str, when: str) -> None:
        # What is planned there may wait for something: the others are to be answered meanwhile.
        if self._instants and method in _WRITES:
            await asyncio.to_thread(self._instants.reach, f"slack.{method}.{when}")

    def _record(
        self, method: str, args: Json, refusal: SlackError | None, *, cut: bool, applied: bool
    ) -> None:
        status = 0 if cut else refusal.status if refusal else 200
        code = refusal.code if refusal else ""
        kept = {name: value for name, value in args.items() if name != "token"}
        ok = not cut and refusal is None
        self._ws.record(ApiCall(method, self._ws.feed.now(), kept, ok, code, status, applied))

    async def _faulty(self, request: Request, fault: Fault) -> Response | None:
        refusal = fault.refusal()
        if fault.cut or refusal is None:
            await cut_connection(request)
            return None
        return self._respond(refusal.body(), refusal.status, refusal.headers)

    def _respond(
        self, body: Json, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        granted = {"X-OAuth-Scopes": ",".join(sorted(self._ws.scopes)), **(headers or {})}
        content = json.dumps(body, separators=(",", ":"))
        return Response(content, status, granted, "application/json; charset=utf-8")


def _arguments(request: Request, body: bytes) -> dict[str, Any]:
    """A method's arguments: from the query, and from a JSON or a form's body."""
    args: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        inner = json.loads(body or b"{}")
        if not isinstance(inner, dict):
            raise breach("JSON that isn't an object")
        args |= inner
    elif kind.startswith("application/x-www-form-urlencoded"):
        args |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return args


def _token(request: Request, args: Json) -> str:
    """The token, from the header or from the arguments."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else str(args.get("token") or "")
