"""Pieces of the page as HTML, and what the script is to do with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.sandbox.page.live import News, Watcher
from bot.sandbox.page.money import Money
from bot.sandbox.page.phone import Phone
from bot.sandbox.page.places import Places, Viewpoint
from bot.sandbox.page.shown import Messages, dom_id_of
from bot.sandbox.page.windows import Windows
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.slack.manifest import AppManifest
from bot.sandbox.slack.state import Workspace

Op = dict[str, Any]
"""What the script does: `put` an element (by `id`, ordered within `into`), take it away (`gone`),
`fill` an element, mark a channel `unread`, or fetch everything `again`."""


class Fragments:
    """Renders the templates, and turns news into what a page does about them."""

    def __init__(
        self,
        places: Places,
        messages: Messages,
        windows: Windows,
        phone: Phone,
        money: Money | None,
        log: WireLog,
        workspace: Workspace,
    ) -> None:
        self._places = places
        self._messages = messages
        self._windows = windows
        self._phone = phone
        self._money = money
        self._log = log
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.globals["manifest"] = workspace.manifest
        self._templates.globals["offered"] = lambda: _offered(workspace)

    def render(self, template: str, **what: Any) -> str:
        """A template's HTML."""
        return self._templates.get_template(template).render(**what)

    def ops(self, news: list[News], watcher: Watcher, told_line: int) -> list[Op]:
        """What a page does about these news; it has the wire's lines up to `told_line`."""
        drawn: dict[str, Callable[[str], list[Op]]] = {
            "message": lambda which: self._message(watcher.at, which),
            "modals": lambda _: self._modals(watcher),
            "home": lambda _: [_fill("home-view", self.home(watcher.at))],
            "places": lambda _: [_fill("places", self.places(watcher.at))],
            "commands": lambda _: [_fill("composer-commands", self.commands())],
            "unread": lambda which: [{"op": "unread", "id": which}],
            "phone": lambda _: [_fill("phone-panel", self.phone(watcher.at), self._phone.live)],
            "money": lambda _: [_fill("money-panel", self.money())] if self._money else [],
            "wire": lambda _: self._wire(told_line),
            "all": lambda _: [{"op": "again"}],
        }
        return [op for subject, which in news for op in drawn[subject](which)]

    def _message(self, at: Viewpoint, ts: str) -> list[Op]:
        ids = {here: dom_id_of(ts, in_thread=here) for here in (False, True)}
        message = self._messages.find(at, ts)
        if message is None:
            return [{"op": "gone", "id": each} for each in ids.values()]
        thread = message.thread_ts or message.ts
        where = {True: f"thread-{thread}"}
        if message.thread_ts in (None, message.ts) or message.broadcast:
            where[False] = "messages"
        return [
            {
                "op": "put",
                "id": ids[in_thread],
                "into": into,
                "html": self.render(
                    "message.html",
                    message=self._messages.one(at, message, in_thread=in_thread),
                    at=at,
                ),
            }
            for in_thread, into in where.items()
        ]

    def _modals(self, watcher: Watcher) -> list[Op]:
        person = watcher.at.person
        mark = self._windows.mark(person)
        if mark == watcher.seen_modals:
            return []
        watcher.seen_modals = mark
        windows = self._windows.stack(person)
        return [
            {
                "op": "modals",
                "windows": [
                    {"id": each.view_id, "html": self.render("modal.html", window=each)}
                    for each in windows
                ],
            }
        ]

    def home(self, at: Viewpoint) -> str:
        """The Home tab's content."""
        return self.render("home.html", window=self._windows.home(at.person))

    def places(self, at: Viewpoint) -> str:
        """The sidebar's lists."""
        return self.render(
            "places.html",
            channels=self._places.channels(at),
            directs=self._places.directs(at),
            app=self._places.app(at),
        )

    def commands(self) -> str:
        """The list over the channel's message box."""
        return self.render("commands.html", box="composer")

    def phone(self, at: Viewpoint) -> str:
        """The phone's panel, its times in the reader's zone."""
        zone = ZoneInfo(at.person.tz)
        return self.render("phone.html", handset=self._phone.handset(), zone=zone)

    def money(self) -> str:
        """The panel of what is paid."""
        return "" if self._money is None else self.render("money.html", till=self._money.till())

    def wire(self) -> str:
        """The wire's lines, the newest first."""
        return "".join(
            self.render("wire_line.html", line=line) for line in reversed(self._log.since(0))
        )

    def _wire(self, told: int) -> list[Op]:
        if not told:
            return [_fill("wire-lines", self.wire())]
        return [
            {
                "op": "put",
                "id": f"wire-{line.number}",
                "into": "wire-lines",
                "first": True,
                "html": self.render("wire_line.html", line=line),
            }
            for line in self._log.since(told)
        ]


def _offered(workspace: Workspace) -> AppManifest:
    """Commands and shortcuts are those of an app that is installed."""
    return workspace.manifest if workspace.installed else AppManifest()


def _fill(place: str, html: str, count: int | None = None) -> Op:
    return {"op": "fill", "id": place, "html": html, "count": count}
