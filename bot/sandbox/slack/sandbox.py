"""The stand-in of Slack as one object: it is served, driven by fingers, and looked at."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from bot.sandbox.instants import Instants
from bot.sandbox.serving import Serving
from bot.sandbox.slack.calls import ApiCall, Fault, fault_of
from bot.sandbox.slack.edge import Edge
from bot.sandbox.slack.feed import KEPT, Change, Clock
from bot.sandbox.slack.file_host import FileHost
from bot.sandbox.slack.files import File
from bot.sandbox.slack.fingers import Fingers
from bot.sandbox.slack.limits import ACK_SECONDS
from bot.sandbox.slack.manifest import AppManifest, project_manifest
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel, Directory, Team
from bot.sandbox.slack.rates import RateLimits
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.replies import use_response_url
from bot.sandbox.slack.served import Served
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.views import View
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.wire import Wire

T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class SlackSandbox(Fingers):
    """A workspace with one app in it, over the protocols that the real Slack speaks.

    `with sandbox.serve():` brings it up; then `api_url` is the Web API's base, `bot_url` is to be
    set to the app's address (HTTP), or `mode` to `socket` (Socket Mode). `clock` ages triggers,
    response_urls and signatures. `app_manifest` says which commands and shortcuts there are and
    what the bot's token may do; unless given it is the project's own. State may be read from any
    thread: all values are frozen. Messages, views and files are kept for good; of changes, Web API
    requests, ephemeral messages, trigger_ids and response_urls the latest `kept` of each.
    """

    def __init__(
        self,
        instants: Instants | None = None,
        *,
        signing_secret: str = "slack-test-secret",  # noqa: S107 - fake by design
        bot_token: str = "xoxb-test",  # noqa: S107 - as above
        app_token: str = "xapp-test",  # noqa: S107 - as above
        clock: Clock = _now,
        team_id: str = Team.id,
        enterprise_id: str | None = None,
        team: Team | None = None,
        ack_seconds: float = ACK_SECONDS,
        app_manifest: AppManifest | None = None,
        kept: int = KEPT,
    ) -> None:
        team = team or Team(team_id, enterprise_id=enterprise_id)
        manifest = app_manifest or project_manifest()
        ws = Workspace(clock, team, bot_token, app_token, manifest, kept)
        self.sockets = SocketMode(ws)
        wire = Wire(ws, self.sockets, signing_secret)
        wire.ack_seconds = ack_seconds
        super().__init__(ws, wire)
        self.signing_secret = signing_secret
        self._api = WebApi(ws, instants)
        self._file_host = FileHost(ws)
        self.app = Starlette(routes=self._routes())

    def _routes(self) -> list[Route | WebSocketRoute]:
        both = ["GET", "POST"]
        path = "/{kind:str}/{team:str}/{number:str}/{secret:str}"
        return [
            Route("/api/{method:str}", self._answer, methods=both),
            *self._file_host.routes(),
            Route(path, self._respond, methods=["POST"]),
            WebSocketRoute("/link/", self.sockets.accept),
        ]

    def serve(self, port: int = 0) -> Serving:
        """The stand-in on a loopback port (0: a free one), to be used with `with` or `.start()`."""
        paths = ("/api/", "/commands/", "/actions/", "/app/", "/upload/", "/files-pri/")
        serving = Served(Edge(self.app, self.workspace, paths), port=port, first=self.wire.close)
        self.workspace.base_url = serving.url
        self.wire.loop = serving.loop
        return serving

    @property
    def api_url(self) -> str:
        """The base of the Web API, with its slash at the end, as slack_sdk's `base_url`."""
        return f"{self.workspace.base_url}/api/"

    @property
    def bot_url(self) -> str:
        """The app's address, without a path; requests go to its `/slack/events`."""
        return self.wire.bot_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.wire.bot_url = url

    @property
    def mode(self) -> Literal["http", "socket"]:
        """How the app is reached."""
        return self.wire.mode

    @mode.setter
    def mode(self, mode: Literal["http", "socket"]) -> None:
        self.wire.mode = mode

    async def _answer(self, request: Request) -> Response:
        # A cut connection has no one left to answer.
        return await self._api.answer(request) or Response()

    async def _respond(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            use_response_url(self.workspace, request.url.path, body)
        except SlackError as refusal:
            if refusal.status != 200:
                return JSONResponse(refusal.body(), refusal.status)
            return PlainTextResponse(refusal.code, 400)
        except (ValueError, AttributeError):
            return PlainTextResponse("invalid_payload", 400)
        return PlainTextResponse("ok")

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """What stands in a channel, or in one of its threads with the parent; oldest first."""
        return self.workspace.messages.in_channel(self.channel(channel).id, thread_ts)

    def message(self, channel: str, ts: str) -> Message | None:
        """One message as it stands now; None where there is none."""
        return self.workspace.messages.find(self.channel(channel).id, ts)

    def ephemerals(self, user: str) -> list[Message]:
        """What this person alone was shown, by the app or by Slack; oldest first."""
        return self.workspace.messages.shown_to(self.directory.person(user).id)

    def views(self, user: str) -> list[View]:
        """The modals open before this person, the top last."""
        return self.workspace.views.stack(self.directory.person(user).id)

    def home(self, user: str) -> View | None:
        """This person's Home tab."""
        return self.workspace.views.home(self.directory.person(user).id)

    def channel(self, name: str) -> Channel:
        """A channel by id or name; `@carl` is the bot's direct message with Carl."""
        return self.directory.channel(name)

    @property
    def app_manifest(self) -> AppManifest:
        """What the workspace knows of the app: its commands, shortcuts and scopes."""
        return self.workspace.manifest

    @property
    def directory(self) -> Directory:
        """People and channels, to look up and to change."""
        return self.workspace.directory

    @property
    def changes(self) -> list[Change]:
        """What happened, oldest first: the latest `kept` changes."""
        return self.workspace.feed.changes

    @property
    def seq(self) -> int:
        """The number of the latest change; 0 before the first."""
        return self.workspace.feed.seq

    def since(self, seq: int) -> list[Change]:
        """What happened after the change of that number, for who comes back after a while.

        Raises ChangesCut where some of it is forgotten: then all state is to be read anew, after
        `seq` (a change that is seen twice does no harm, its values are whole).
        """
        return self.workspace.feed.since(seq)

    def file(self, file_id: str) -> File:
        """A file with its bytes (`content`), `name`, `title`, `mimetype` and `size`.

        Raises KeyError where there is none, or its bytes never came.
        """
        found = self.workspace.files.find(file_id)
        if found is None or not found.complete:
            raise KeyError(file_id)
        return found

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` with each change from now on; gives what ends that."""
        return self.workspace.feed.subscribe(listener)

    @property
    def api_calls(self) -> list[ApiCall]:
        """The Web API's requests so far."""
        return self.workspace.calls

    def calls(self, method: str) -> list[ApiCall]:
        """The requests for one method, as `chat.postMessage`."""
        return [call for call in self.api_calls if call.method == method]

    async def wait_for(
        self,
        predicate: Callable[[], T | None],
        timeout: float = 5.0,  # noqa: ASYNC109 - what is awaited is a state, not a task to cancel
    ) -> T:
        """Waits until `predicate()` is true and gives its value; raises TimeoutError after that."""
        end = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > end:
                last = "\n".join(str(change)[:300] for change in self.changes[-5:])
                raise TimeoutError(f"not within {timeout} s; what happened last:\n{last}")
            await asyncio.sleep(0.005)
        return value

    def fail_next(
        self, method: str, fault: Fault | str | int, times: int = 1, channel: str | None = None
    ) -> None:
        """Lets the next requests of a method (`*`: of any) go wrong, in that channel if named.

        `fault` is a `calls.Fault` (`rate_limited`, `server_error`, `cut`, `slow`), or in short: a
        status as a number, `ratelimited`, `cut_before`, `cut_after`, or any code of Slack's.
        """
        place = self.channel(channel).id if channel else None
        self.workspace.weather.plan(method, fault_of(fault), times, place)

    def limit_rates(self, limits: RateLimits | None = None) -> None:
        """From now on requests are held to Slack's rates (see `rates.RateLimits`): 429 beyond.

        Off to begin with, since tests hammer; the demo turns it on.
        """
        self.workspace.rates.limits = limits or RateLimits()

    def down(self) -> None:
        """Cuts every connection to the Web API, response_urls and files until `up`."""
        self.workspace.weather.down = True

    def up(self) -> None:
        """Answers again, and forgets the faults that were planned."""
        self.workspace.weather.clear()

    async def refresh_sockets(self) -> None:
        """Asks the app's Socket Mode connections to reconnect."""
        await self.wire.on_loop(self.sockets.refresh)
