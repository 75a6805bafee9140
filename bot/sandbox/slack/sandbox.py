"""The stand-in of Slack as one object: it is served, driven by fingers, and looked at."""

import json
from datetime import UTC, datetime
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from bot.sandbox.instants import Instants
from bot.sandbox.serving import Serving
from bot.sandbox.slack.calls import Fault, Weather, fault_of
from bot.sandbox.slack.consent import Consent
from bot.sandbox.slack.edge import Edge
from bot.sandbox.slack.feed import KEPT, Clock, Feed
from bot.sandbox.slack.file_host import FileHost
from bot.sandbox.slack.limits import ACK_SECONDS
from bot.sandbox.slack.manage import AppPage
from bot.sandbox.slack.manifest import AppManifest, project_manifest
from bot.sandbox.slack.oauth import Codes
from bot.sandbox.slack.people import ELSEWHERE, NEIGHBOUR, Cast, Team
from bot.sandbox.slack.place import Place
from bot.sandbox.slack.rates import RateLimits
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.registered import RegisteredApp
from bot.sandbox.slack.replies import use_response_url
from bot.sandbox.slack.served import Served
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.wire import Wire
from bot.sandbox.slack.workspaces import Workspaces


def _now() -> datetime:
    return datetime.now(UTC)


class SlackSandbox(Place):
    """Slack with one app, over the protocols that the real one speaks; itself the workspace that
    is meant where nothing else is said, where the app is installed to begin with.

    `with sandbox.serve():` brings it up; then `api_url` is the Web API's base, `bot_url` is to be
    set to the app's address (HTTP), or `mode` to `socket` (Socket Mode). `clock` ages triggers,
    response_urls, signatures and codes. `app_manifest` says which commands and shortcuts there are
    and what the bot's token may do; unless given it is the project's own. `elsewhere` is another
    workspace, without the app. With an empty `bot_token` the app isn't installed anywhere: that
    happens by OAuth (see `registered`, and `install_from`). Messages, views and files are kept for
    good; of changes, Web API requests, ephemeral messages, trigger_ids and response_urls the latest
    `kept` of each.
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
        feed = Feed(clock, kept)
        team = team or Team(team_id, enterprise_id=enterprise_id)
        weather = Weather(feed)
        self.registered = RegisteredApp(app_manifest or project_manifest(), app_token)
        home = Workspace(feed, weather, self.registered, team, Cast(), bot_token)
        away = Workspace(feed, weather, self.registered, NEIGHBOUR, ELSEWHERE)
        self.sockets = SocketMode(home)
        wire = Wire(home, self.sockets, signing_secret)
        wire.ack_seconds = ack_seconds
        super().__init__(home, wire)
        self.signing_secret = signing_secret
        self.elsewhere = Place(away, wire)
        self.places: tuple[Place, ...] = (self, self.elsewhere)
        self.workspaces = Workspaces((home, away))
        codes = Codes()
        self._api = WebApi(self.workspaces, codes, instants)
        self._file_host = FileHost(self.workspaces)
        self._consent = Consent(self.workspaces, codes)
        self._app_page = AppPage(self.workspaces)
        self.app = Starlette(routes=self._routes())

    def _routes(self) -> list[Route | WebSocketRoute]:
        both = ["GET", "POST"]
        path = "/{kind:str}/{team:str}/{number:str}/{secret:str}"
        return [
            Route("/api/{method:str}", self._answer, methods=both),
            *self._file_host.routes(),
            *self._consent.routes(),
            *self._app_page.routes(),
            Route(path, self._respond, methods=["POST"]),
            WebSocketRoute("/link/", self.sockets.accept),
        ]

    def serve(self, port: int = 0) -> Serving:
        """The stand-in on a loopback port (0: a free one), to be used with `with` or `.start()`."""
        paths = ("/api/", "/commands/", "/actions/", "/app/", "/upload/", "/files-pri/", "/oauth/")
        serving = Served(Edge(self.app, self.workspace, paths), port=port, first=self._close)
        self.registered.base_url = serving.url
        self.wire.loop = serving.loop
        return serving

    async def _close(self) -> None:
        for place in self.places:
            place.end()
        await self.wire.close()

    def install_from(self, bot_url: str) -> None:
        """Lets people install the app from `bot_url` (without a path), by OAuth."""
        self.registered.redirect_urls = (f"{bot_url}/slack/oauth_redirect",)
        self.registered.install_url = f"{bot_url}/slack/install"

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
            team = self.workspaces.of_team(request.path_params["team"])
            use_response_url(team or self.workspace, request.url.path, body)
        except SlackError as refusal:
            if refusal.status != 200:
                return JSONResponse(refusal.body(), refusal.status)
            return PlainTextResponse(refusal.code, 400)
        except (ValueError, AttributeError):
            return PlainTextResponse("invalid_payload", 400)
        return PlainTextResponse("ok")

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
        for ws in self.workspaces.all:
            ws.rates.limits = limits or RateLimits()

    def down(self) -> None:
        """Cuts every connection to the Web API, response_urls and files until `up`."""
        self.workspace.weather.down = True

    def up(self) -> None:
        """Answers again, and forgets the faults that were planned."""
        self.workspace.weather.clear()

    async def refresh_sockets(self) -> None:
        """Asks the app's Socket Mode connections to reconnect."""
        await self.wire.on_loop(self.sockets.refresh)
