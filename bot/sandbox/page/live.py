"""What is new, for every open page: each remembers what it hasn't been told yet.

Nothing is queued but names of things: what is told of a thing is how it stands when it is told. So
a page that reads slowly misses steps, never the end, and holds up nobody.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.page.places import Viewpoint
from bot.sandbox.page.stripe_tap import StripeTap
from bot.sandbox.page.taps import ToinggTap
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.feed import Change, ChangesCut
from bot.sandbox.toingg import ToinggSandbox

MOST = 200
"""More news than this are told as one: everything anew."""

Subject = Literal[
    "message", "modals", "home", "places", "commands", "unread", "phone", "money", "wire", "all"
]
News = tuple[Subject, str]
"""What is new, and which of them: a message's ts, a channel's id; else empty."""

ALL: News = ("all", "")

PANELS: tuple[News, ...] = (
    ("modals", ""),
    ("home", ""),
    ("places", ""),
    ("phone", ""),
    ("money", ""),
    ("wire", ""),
)
"""What a page is told at its start, and after it was away."""


@dataclass(frozen=True)
class Mark:
    """How far a page has been told: a change's number, and a line's of the wire, of this run."""

    change: int = 0
    line: int = 0
    run: str = ""

    def __str__(self) -> str:
        return f"{self.change}.{self.line}.{self.run}"

    @classmethod
    def read(cls, text: str) -> "Mark":
        """As it was written; the beginning where it is nothing of ours."""
        parts = text.split(".")
        if len(parts) == 3 and parts[0].isdecimal() and parts[1].isdecimal():
            return cls(int(parts[0]), int(parts[1]), parts[2])
        return cls()


class Watcher:
    """One open page; belongs to the page's loop."""

    def __init__(self, at: Viewpoint) -> None:
        self.at = at
        self.seen_modals: tuple[object, ...] | None = None
        self._news: dict[News, None] = {}
        self._woken = asyncio.Event()

    def add(self, news: News) -> None:
        """Something is new."""
        if ALL in self._news and news not in PANELS:
            return  # it is told of with everything else
        self._news[news] = None
        if len(self._news) > MOST:
            self._news = dict.fromkeys((ALL, *PANELS))
        self._woken.set()

    async def news(self, patience: float) -> list[News]:
        """What is new since the last asking; nothing after `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), patience)
        self._woken.clear()
        news, self._news = list(self._news), {}
        return news


class Live:
    """Listens to the stand-ins, and lets every open page know."""

    def __init__(
        self,
        slack: SlackSandbox,
        toingg: ToinggSandbox,
        log: WireLog,
        tap: ToinggTap,
        stripe_tap: StripeTap | None,
    ) -> None:
        self._slack = slack
        self._toingg = toingg
        self._log = log
        self._tap = tap
        self._stripe_tap = stripe_tap
        self._watchers: set[Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: list[Callable[[], None]] = []
        self._last_change = 0
        self._run = secrets.token_hex(4)
        self._look_due = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listens from now on, and does its work on this loop."""
        self._loop = loop
        self._last_change = self._slack.seq
        self._log.on_line = lambda: self._hand_over(self._tell, ("wire", ""))
        self._ends = [
            self._slack.subscribe(lambda change: self._hand_over(self._take, change)),
            self._toingg.subscribe(self._toingg_changed),
        ]
        if self._stripe_tap is not None:
            self._stripe_tap.open(lambda: self._hand_over(self._tell, ("money", "")))

    def close(self) -> None:
        """Listens no more."""
        if self._stripe_tap is not None:
            self._stripe_tap.close()
        for end in self._ends:
            end()
        self._log.on_line = lambda: None

    def _hand_over(self, do: Callable[..., None], *args: object) -> None:
        """From any thread, and with the stand-in's lock held: nothing is done here."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(do, *args)

    def _toingg_changed(self) -> None:
        if not self._look_due:
            self._look_due = True
            self._hand_over(self._look)

    @property
    def mark(self) -> Mark:
        """Up to where everything has been heard."""
        return Mark(self._last_change, self._log.last, self._run)

    def knows(self, mark: Mark) -> bool:
        """Whether the mark is of this run of the sandbox, or of none."""
        return mark.run in ("", self._run)

    @contextlib.contextmanager
    def watch(self, at: Viewpoint, since: Mark) -> Iterator[Watcher]:
        """A page that is open from now on, and was told everything up to `since`."""
        watcher = Watcher(at)
        self._watchers.add(watcher)
        for news in self._missed(at, since):
            watcher.add(news)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def _missed(self, at: Viewpoint, since: Mark) -> list[News]:
        """What is new since then; everything, where that isn't known any more."""
        everything = [ALL, *PANELS]
        if not self.knows(since):
            return everything
        try:
            changes = self._slack.since(since.change)
        except ChangesCut:
            return everything
        return [*(news for change in changes for news in news_in(change, at)), *PANELS]

    def tell(self, news: News) -> None:
        """Lets every page know, from the loop itself."""
        self._tell(news)

    def _tell(self, news: News) -> None:
        for watcher in self._watchers:
            watcher.add(news)

    def _look(self) -> None:
        self._look_due = False
        self._tap.look()
        self._tell(("phone", ""))

    def _take(self, change: Change) -> None:
        self._last_change = max(self._last_change, change.seq)
        for watcher in self._watchers:
            self._for(watcher, change)

    def _for(self, watcher: Watcher, change: Change) -> None:
        for news in news_in(change, watcher.at):
            watcher.add(news)


def news_in(change: Change, at: Viewpoint) -> list[News]:
    """What a change has that is new to somebody at a place."""
    match change.kind:
        case "message_posted" | "message_changed" | "message_deleted" | "ephemeral_shown":
            return _of_message(change, at)
        case "view_opened" | "view_changed" | "view_closed":
            return [("modals", "")] if change.data["view"].user == at.person.id else []
        case "home_published":
            return [("home", "")] if change.data["view"].user == at.person.id else []
        case "channel_joined" | "channel_opened":
            return [("places", "")]
        case "app_installed" | "app_removed":
            return [("places", ""), ("commands", "")]
    return []


def _of_message(change: Change, at: Viewpoint) -> list[News]:
    message = change.data["message"]
    if message.to not in (None, at.person.id):
        return []
    if message.channel != at.channel.id:
        return [("unread", message.channel)] if change.kind != "message_changed" else []
    news: list[News] = [("message", message.ts)]
    if message.thread_ts not in (None, message.ts):
        news.append(("message", message.thread_ts))  # its count of replies
    return news
