"""Everything the stand-in knows: one workspace with one app in it."""

from collections import deque

from bot.sandbox.slack.calls import ApiCall, Weather
from bot.sandbox.slack.feed import Clock, Feed
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.manifest import AppManifest
from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.people import Directory, Team
from bot.sandbox.slack.rates import Meter
from bot.sandbox.slack.tickets import ResponseUrls, Triggers
from bot.sandbox.slack.views import Views


class Workspace:
    """The workspace's state; every part takes the feed's lock, so any thread may read and write.

    `base_url` is where the stand-in is served, `scopes` what the bot token may do: the manifest's
    to begin with (take one away to see `missing_scope`, add an optional one). `orphans_land`: an
    answer to a message that was deleted stands in the channel itself, as some have seen Slack do,
    where others were refused it.
    """

    def __init__(
        self,
        clock: Clock,
        team: Team,
        bot_token: str,
        app_token: str,
        manifest: AppManifest,
        kept: int,
    ) -> None:
        self.feed = Feed(clock, kept)
        self.team = team
        self.bot_token = bot_token
        self.app_token = app_token
        self.base_url = ""
        self.manifest = manifest
        self.scopes: set[str] = set(manifest.scopes)
        self.directory = Directory(self.feed, team)
        self.messages = Messages(self.feed)
        self.views = Views(self.feed, team.id)
        self.files = Files(self.feed)
        self.triggers = Triggers(self.feed)
        self.response_urls = ResponseUrls(self.feed)
        self.weather = Weather(self.feed)
        self.rates = Meter(clock)
        self.socket_tickets: set[str] = set()
        self.orphans_land = False
        self._calls: deque[ApiCall] = deque(maxlen=kept)

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
