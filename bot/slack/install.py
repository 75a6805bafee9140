"""The doors of an installation: `/slack/install` sends to Slack, which brings people back.

The word that goes there and back (`state`) is good once, for 10 minutes, and only in the browser
that it was given to: else somebody could be made to install the bot with another's code.
Source: RFC 6749, 10.12; slack_sdk's `OAuthStateUtils` has the cookie.
"""

import hmac
import secrets
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.background import Background
from bot.clock import Clock
from bot.errors import BotError, InstallRefused, SlackError, StorageError
from bot.logs import Action, log
from bot.slack import pages
from bot.slack.api import SlackApi
from bot.slack.blocks.welcome import welcome
from bot.slack.installations import Installations, MakesApi
from bot.slack.oauth import Exchange, OAuthApp, completed, read_grant
from bot.slack.pages import Page, shown
from storage import oauth_states
from storage.engine import Database

_COOKIE = "toingg-install"
_PATH = "/slack"


@dataclass(frozen=True)
class Install:
    """What the doors lead to."""

    app: OAuthApp
    exchange: Exchange
    installs: Installations
    api: MakesApi
    database: Database
    background: Background
    clock: Clock

    def routes(self) -> list[Route]:
        """Both doors."""
        return [
            Route(f"{_PATH}/install", self.begin, methods=["GET"]),
            Route(f"{_PATH}/oauth_redirect", self.end, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """`GET /slack/install`: off to Slack, with a word that is good once."""
        if request.method == "HEAD":  # nobody goes anywhere
            return Response(status_code=204)
        state = secrets.token_urlsafe(32)
        issue = partial(oauth_states.issue, state=state, now=self.clock())
        try:
            await self.database.write(issue)
        except StorageError as error:
            log(Action.INSTALL_FAILED, level="warning", cause="storage", detail=error.detail)
            return shown(pages.NOT_KEPT)
        response = RedirectResponse(
            self.app.asking(state), status_code=302, headers={"Cache-Control": "no-store"}
        )
        response.set_cookie(
            _COOKIE,
            state,
            max_age=int(oauth_states.LIFE.total_seconds()),
            path=_PATH,
            secure=self.app.redirect_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return response

    async def end(self, request: Request) -> Response:
        """`GET /slack/oauth_redirect`: what somebody allowed, or didn't."""
        if request.method == "HEAD":  # a look ahead mustn't use the code up
            return Response(status_code=204)
        response = shown(await self._ended(request))
        response.delete_cookie(_COOKIE, path=_PATH)
        return response

    async def _ended(self, request: Request) -> Page:
        given = request.query_params
        try:
            if not await self._is_ours(given.get("state", ""), request.cookies.get(_COOKIE, "")):
                log(Action.INSTALL_FAILED, level="warning", cause="state")
                return pages.STALE
            if error := given.get("error"):
                log(Action.INSTALL_FAILED, level="warning", cause="denied")
                denied = error == "access_denied"
                return pages.DENIED if denied else pages.refused_by_slack(error[:80])
            return await self._install(given.get("code", ""))
        except InstallRefused as error:
            log(Action.INSTALL_FAILED, level="warning", cause="refused", detail=error.detail)
            return pages.refused(error.message)
        except SlackError as error:
            log(Action.INSTALL_FAILED, level="warning", cause="slack", detail=error.code)
            return pages.refused_by_slack(error.code) if error.certain else pages.LOST
        except StorageError as error:
            log(Action.INSTALL_FAILED, level="warning", cause="storage", detail=error.detail)
            return pages.NOT_KEPT

    async def _is_ours(self, state: str, cookie: str) -> bool:
        """Whether this browser began it here, a short while ago, and hasn't ended it yet."""
        if not state or not hmac.compare_digest(state.encode(), cookie.encode()):
            return False
        consume = partial(oauth_states.consume, state=state, now=self.clock())
        return await self.database.write(consume)

    async def _install(self, code: str) -> Page:
        """From the code, which counts once, to the installation. Raises BotError."""
        granted = read_grant(await self.exchange.grant(code))
        api = self.api(granted.grant.token)
        granted = await completed(granted, api)
        installed = await self.installs.install(granted.grant)
        if installed.version == 1:
            self.background.start(self._welcome(api, granted.grant.by))
        at = installed.workspace.at
        owns = installed.workspace.installed_by == granted.grant.by
        return pages.done(at.name, at.team_id or at.enterprise_id, granted.app_id, owns=owns)

    async def _welcome(self, api: SlackApi, user_id: str) -> None:
        """The first steps, to who installed it; Home shows them too, until they are done."""
        try:
            await api.post(await api.dm(user_id), welcome())
        except BotError as error:
            log(Action.POST_FAILED, level="warning", detail=error.detail)
