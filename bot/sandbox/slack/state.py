"""Everything the stand-in knows: workspaces, with one app in some of them."""

import secrets
from collections import deque
from collections.abc import Callable, Iterable

from bot.sandbox.slack.calls import ApiCall, Weather
from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.manifest import AppManifest
from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.people import Cast, Team
from bot.sandbox.slack.rates import Meter
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.registered import RegisteredApp
from bot.sandbox.slack.tickets import ResponseUrls, Triggers
from bot.sandbox.slack.views import Views


class Workspace:
    """One workspace's state; every part takes the feed's lock, so any thread may read and write.

    Feed, weather and app are those of all workspaces. `bot_token` is the bot's, empty where there
    is none; `scopes` is what it may do: the manifest's to begin with, or what was granted (take one
    away to see `missing_scope`, add an optional one). `retired` are tokens that were revoked.
    `orphans_land`: an answer to a message that was deleted stands in the channel itself, as some
    have seen Slack do, where others were refused it. `farewell` sends the app the events of its
    going.
    """

    def __init__(
        self,
        feed: Feed,
        weather: Weather,
        app: RegisteredApp,
        team: Team,
        cast: Cast,
        bot_token: str = "",
    ) -> None:
        self.feed = feed
        self.weather = weather
        self.app = app
        self.team = team
        self.installed = bool(bot_token)
        self.bot_token = bot_token
        self.scopes: set[str] = set(app.manifest.scopes) if bot_token else set()
        self.retired: set[str] = set()
        known = cast if self.installed else cast.without(team.bot)
        self.directory = Directory(self.feed, team, known)
        self.messages = Messages(self.feed)
        self.views = Views(self.feed, team)
        self.files = Files(self.feed)
        self.triggers = Triggers(self.feed)
        self.response_urls = ResponseUrls(self.feed)
        self.rates = Meter(feed.now)
        self.orphans_land = False
        self.farewell: Callable[[list[Json]], None] = lambda _: None
        self._calls: deque[ApiCall] = deque(maxlen=feed.kept)

    @property
    def base_url(self) -> str:
        """Where the stand-in is served."""
        return self.app.base_url

    @property
    def manifest(self) -> AppManifest:
        """The app's."""
        return self.app.manifest

    @manifest.setter
    def manifest(self, manifest: AppManifest) -> None:
        self.app.manifest = manifest

    @property
    def calls(self) -> list[ApiCall]:
        """The Web API's latest requests, in the order in which they were applied; a copy."""
        with self.feed.lock:
            return list(self._calls)

    def record(self, call: ApiCall) -> None:
        """Appends a request to the Web API."""
        with self.feed.lock:
            self._calls.append(call)
            self.feed.tell("api_called", call=call)

    def install(self, scopes: Iterable[str]) -> None:
        """Lets the app in, with these scopes beside those that it has.

        Scopes are additive, and a bot's token stays the same as long as it lives
        (docs.slack.dev/authentication/installing-with-oauth; slackapi/bolt-python 969, a
        maintainer's word). After a revocation or an uninstallation it is another one (bolt-js
        1702), and the bot is in no channel.
        """
        with self.feed.lock:
            self.scopes |= set(scopes)
            self.installed = True
            if not self.bot_token:
                self.bot_token = f"xoxb-{self.team.id}-{secrets.token_hex(12)}"
                self.directory.admit_bot()
            self.feed.tell("app_installed", team=self.team.id)

    def revoke(self) -> list[Json]:
        """Revokes the bot's token; gives the event that tells of it, none without a token.

        The app stays installed, the bot is deactivated and leaves its channels
        (docs.slack.dev/reference/methods/auth.revoke).
        """
        with self.feed.lock:
            if not self.bot_token:
                return []
            self.retired.add(self.bot_token)
            self.bot_token = ""
            self.scopes = set()
            self.directory.dismiss_bot()
            self.feed.tell("app_removed", team=self.team.id)
            tokens = {"oauth": [], "bot": [self.team.bot.id]}
            return [{"type": "tokens_revoked", "tokens": tokens}]

    def uninstall(self) -> list[Json]:
        """Removes the app; gives the events that tell of it, in no order that may be relied on
        (docs.slack.dev/reference/events/app_uninstalled).
        """
        with self.feed.lock:
            if not self.installed:
                return []
            events = self.revoke()
            self.installed = False
            self.feed.tell("app_removed", team=self.team.id)
            return [*events, {"type": "app_uninstalled"}]
