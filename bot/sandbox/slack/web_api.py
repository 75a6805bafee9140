"""The Web API's door: who asks, for what, and what is answered, with the planned faults."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.instants import Instants
from bot.sandbox.slack import chat, conversations, modals, oauth, uploads
from bot.sandbox.slack.calls import ApiCall, Fault
from bot.sandbox.slack.edge import bearer, cut_connection
from bot.sandbox.slack.rates import Tier
from bot.sandbox.slack.refusals import Json, SlackError, breach
from bot.sandbox.slack.socket_mode import open_connection
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.workspaces import Workspaces


@dataclass(frozen=True)
class Method:
    """What a method does, its rate's tier, and which scopes (one is enough) or token it wants.

    One that is for the app's `client` wants no token: its id and secret are arguments.
    """

    do: Callable[[Workspace, Json], Json]
    tier: Tier
    scopes: tuple[str, ...] = ()
    wants: Literal["bot", "app", "client"] = "bot"


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(open_connection, 1, wants="app"),
    "apps.uninstall": Method(oauth.uninstall, 1),
    "auth.revoke": Method(oauth.revoke, 3),
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

_SECRET = ("token", "client_secret")
_WRITES = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"})


class WebApi:
    """`/api/{method}` over the workspaces: whose token it is, that is where something is done."""

    def __init__(
        self, workspaces: Workspaces, codes: oauth.Codes, instants: Instants | None
    ) -> None:
        self._workspaces = workspaces
        self._methods = METHODS | {"oauth.v2.access": Method(codes.access, 4, wants="client")}
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
        asking = Asking(self._workspaces, method, args, bearer(request) or args.get("token"))
        fault = asking.ws.weather.due(method, args)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and not fault.applied:
            refused = fault.refusal()
            asking.record(refused, cut=fault.cut or refused is None, applied=False)
            return await self._faulty(request, fault)
        granted = asking.granted
        body, refusal = await self._apply(asking, fault)
        if fault and (fault.cut or fault.refusal()):
            return await self._faulty(request, fault)
        if refusal:
            return self._respond(refusal.body(), refusal.status, granted | refusal.headers)
        return self._respond({"ok": True, **body}, headers=granted)

    async def _apply(self, asking: "Asking", fault: Fault | None) -> tuple[Json, SlackError | None]:
        """Does what is asked and records it; gives the answer, or why it is refused."""
        body: Json = {}
        refusal: SlackError | None = None
        try:
            do = asking.allowed(self._methods)
            await self._reach(asking.method, "before")
            body = do(asking.ws, asking.args)
        except SlackError as error:
            refusal = error
        seen = fault.refusal() if fault and fault.refusal() else refusal
        asking.record(seen, cut=bool(fault and fault.cut), applied=refusal is None)
        if refusal is None:
            await self._reach(asking.method, "after")
        return body, refusal

    async def _reach(self, method: str, when: str) -> None:
        # What is planned there may wait for something: the others are to be answered meanwhile.
        if self._instants and method in _WRITES:
            await asyncio.to_thread(self._instants.reach, f"slack.{method}.{when}")

    async def _faulty(self, request: Request, fault: Fault) -> Response | None:
        refusal = fault.refusal()
        if fault.cut or refusal is None:
            await cut_connection(request)
            return None
        return self._respond(refusal.body(), refusal.status, refusal.headers)

    def _respond(
        self, body: Json, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        content = json.dumps(body, separators=(",", ":"))
        return Response(content, status, headers, "application/json; charset=utf-8")


class Asking:
    """One request, and the workspace that it is about: its token's, else the first."""

    def __init__(self, workspaces: Workspaces, method: str, args: Json, token: Any) -> None:
        self.method = method
        self.args = args
        self._token = str(token or "")
        self._refusal: SlackError | None = None
        self.ws = workspaces.home
        try:
            self.ws = workspaces.of_token(self._token)
        except SlackError as refusal:
            self._refusal = refusal

    @property
    def granted(self) -> dict[str, str]:
        """The header that says what the token may do; none without a token that may anything."""
        if self._refusal is not None:
            return {}
        return {"X-OAuth-Scopes": ",".join(sorted(self.ws.scopes))}

    def allowed(self, methods: Mapping[str, Method]) -> Callable[[Workspace, Json], Json]:
        """What the method does, where this token may ask for it now; raises SlackError."""
        known = methods.get(self.method)
        if known is None:
            raise breach("an unknown method", extra={"req_method": self.method})
        if known.wants != "client":
            self._check_token(known)
        with self.ws.feed.lock:
            self.ws.rates.check(self.method, known.tier, self.args)
        return known.do

    def _check_token(self, known: Method) -> None:
        if not self._token:
            raise breach("no token")
        of_app = self._token == self.ws.app.app_token
        if self._refusal is not None and not of_app:
            raise self._refusal
        if of_app != (known.wants == "app"):
            raise breach("a token of another kind")
        scopes = self.ws.scopes
        if known.scopes and not scopes.intersection(known.scopes):
            told = {"needed": ",".join(known.scopes), "provided": ",".join(sorted(scopes))}
            raise breach("a scope that wasn't granted", extra=told)

    def record(self, refusal: SlackError | None, *, cut: bool, applied: bool) -> None:
        """Keeps what came of it, without what is secret."""
        status = 0 if cut else refusal.status if refusal else 200
        code = refusal.code if refusal else ""
        kept = {name: value for name, value in self.args.items() if name not in _SECRET}
        ok = not cut and refusal is None
        now = self.ws.feed.now()
        self.ws.record(ApiCall(self.method, now, kept, ok, code, status, applied))


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
    return args | _client(request)


def _client(request: Request) -> dict[str, str]:
    """The client's id and secret by HTTP's Basic scheme, as Slack would have them."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}
