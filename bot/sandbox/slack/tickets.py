"""What Slack hands out for a short while: trigger_ids and response_urls."""

import itertools
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.limits import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, TRIGGER_SECONDS
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.refusals import breach


def _forget_oldest(known: dict[str, Any], kept: int) -> None:
    """What is forgotten is answered as if it had never been issued."""
    if len(known) > kept:
        del known[next(iter(known))]


@dataclass
class Trigger:
    """Who did something, in which channel or in which view, and when."""

    user: str
    channel: str | None
    view_id: str | None
    at: datetime
    exchanged: bool = False


class Triggers:
    """The trigger_ids of the workspace: three seconds, one view each."""

    def __init__(self, feed: Feed, team_number: int = 90210) -> None:
        self._feed = feed
        self._team = team_number
        self._known: dict[str, Trigger] = {}
        self._serial = itertools.count(1)

    def issue(self, user: str, *, channel: str | None = None, view_id: str | None = None) -> str:
        """A fresh trigger_id for something that this person did just now."""
        with self._feed.lock:
            trigger_id = f"{next(self._serial)}.{self._team}.{secrets.token_hex(16)}"
            self._known[trigger_id] = Trigger(user, channel, view_id, self._feed.now())
            _forget_oldest(self._known, self._feed.kept)
            return trigger_id

    def look_up(self, trigger_id: str) -> Trigger:
        """The trigger that may open a view now; raises SlackError with Slack's reason otherwise."""
        with self._feed.lock:
            trigger = self._known.get(trigger_id)
            if trigger is None:
                raise breach("a trigger_id that isn't one")
            if trigger.exchanged:
                raise breach("a trigger_id used before")
            if self._feed.now() - trigger.at > timedelta(seconds=TRIGGER_SECONDS):
                raise breach("a trigger_id too old")
            return trigger


@dataclass
class Grant:
    """What a response_url allows: to answer this person in this channel, a few times."""

    user: str
    channel: str
    at: datetime
    original: Message | None = None
    left: int = RESPONSE_URL_USES


class ResponseUrls:
    """The response_urls of the workspace: five uses in thirty minutes each."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._known: dict[str, Grant] = {}
        self._serial = itertools.count(1)

    def issue(
        self, kind: str, team: str, user: str, channel: str, original: Message | None = None
    ) -> str:
        """The path of a fresh response_url: `/commands/T…/1/…` or `/actions/T…/1/…`."""
        with self._feed.lock:
            path = f"/{kind}/{team}/{next(self._serial)}/{secrets.token_urlsafe(18)}"
            self._known[path] = Grant(user, channel, self._feed.now(), original)
            _forget_oldest(self._known, self._feed.kept)
            return path

    def granted(self, path: str) -> Grant:
        """The grant behind a path that was just issued, whatever was done with it since."""
        with self._feed.lock:
            return self._known[path]

    def look_up(self, path: str) -> Grant:
        """The grant behind a path; raises SlackError where it is used up, too old or unknown."""
        with self._feed.lock:
            grant = self._known.get(path)
            if grant is None:
                raise breach("a response_url that isn't one")
            if grant.left <= 0:
                raise breach("a response_url used up")
            if self._feed.now() - grant.at > timedelta(seconds=RESPONSE_URL_SECONDS):
                raise breach("a response_url too old")
            return grant
