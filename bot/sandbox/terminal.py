"""What each side saw, drawn in a terminal."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.inputs import entered_in
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked
from bot.sandbox.toingg.book import WireRequest
from bot.sandbox.toingg.callbacks import Delivery

_WIDTH = 74
_HIDDEN = "•••"
_MARKUP = re.compile(
    r"<@(?P<person>\w+)>|<!date\^(?P<date>\d+)\^[^>]*>|<[^<>|]+\|(?P<link>[^<>]*)>"
    r"|\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
)
_STYLES = {
    "person": "cyan",
    "date": "dim",
    "link": "underline",
    "bold": "bold",
    "code": "magenta",
    "italic": "italic",
}
_BUTTONS = {"primary": "bold green", "danger": "bold red"}


class Screen:
    """One terminal; names come from the workspaces' directories."""

    def __init__(self, console: Console, *directories: Directory) -> None:
        self.console = console
        self._directories = directories

    def _person(self, user_id: str) -> Person | None:
        found = (each.find_person(user_id) for each in self._directories)
        return next((person for person in found if person is not None), None)

    def _channel(self, channel_id: str) -> Channel:
        found = (each.find_channel(channel_id) for each in self._directories)
        return next(channel for channel in found if channel is not None)

    def title(self, text: str) -> None:
        """The head of a step."""
        self.console.print(Text(f"\n{text}", style="bold"))

    def line(self, side: str, text: str | Text) -> None:
        """One thing that happened on one side (`Slack`, `Toingg`, `Bot`)."""
        said = text if isinstance(text, Text) else Text(text)
        self.console.print(Text.assemble((f"  {side:<7} ", "blue"), said), soft_wrap=True)

    def hint(self, text: str) -> None:
        """Something said to whoever sits before the terminal."""
        self.console.print(Text(text))

    def fault(self, text: str) -> None:
        """Something that went wrong."""
        self.console.print(Text(text, style="bold red"), soft_wrap=True)

    def acked(self, answer: Acked) -> None:
        """How the bot answered Slack, and in what time."""
        milliseconds = f"in {answer.elapsed * 1000:.0f} ms"
        if not answer.ok:
            self.line("Slack", Text(f"not answered: {answer.error} {milliseconds}", style="red"))
            return
        self.line("Slack", f"the bot answered {answer.status} {milliseconds}")

    def message(self, message: Message) -> None:
        """A message with its buttons, as it stands now."""
        self._panel(self._where(message), self._parts(message.blocks, message.text))

    def view(self, view: View) -> None:
        """A modal: its fields with what they hold, and the errors under them."""
        parts: list[Text] = []
        values = view.values()
        for block in view.blocks:
            if block["type"] == "input":
                parts.append(self._field(block, values[block["block_id"]]))
            parts += self._block(block)
            if block["block_id"] in view.errors:
                parts.append(Text(f"    {view.errors[block['block_id']]}", style="red"))
        if view.notice:
            parts.append(Text(view.notice, style="red"))
        labels = [view.content[key]["text"] for key in ("close", "submit") if key in view.content]
        parts.append(Text("  ".join(f"[ {label} ]" for label in labels), style="bold green"))
        self._panel(f"modal · {view.content['title']['text']}", parts)

    def request(self, request: WireRequest) -> None:
        """What Toingg was asked and what it answered; the key is hidden."""
        asked = unquote(urlencode(_without_keys(request.query)))
        self.line("Toingg", f"{request.method} {request.path}{'?' if asked else ''}{asked}")
        if request.body is not None:
            body = request.body
            shown = _without_keys(body) if isinstance(body, Mapping) else body
            self.line("", json.dumps(shown, ensure_ascii=False, default=str))
        self.line("", f"answered {request.status or 'nothing; the connection was cut'}")

    def delivery(self, delivery: Delivery) -> None:
        """A status callback, and how the bot took it."""
        status = delivery.state
        self.line("Toingg", f"status callback “{status}”, the bot answered {delivery.tries[-1]}")

    def said(self, message: Message) -> str:
        """A message's text without its markup, on one line for each of its lines."""
        parts = self._parts(message.blocks, message.text)
        return "\n".join(part.plain for part in parts)

    def _panel(self, title: str, parts: Iterable[RenderableType]) -> None:
        panel = Panel(Group(*parts), title=title, title_align="left", width=_WIDTH)
        self.console.print(Padding(panel, (0, 0, 0, 4)))

    def _where(self, message: Message) -> str:
        channel = self._channel(message.channel)
        place = f"#{channel.name}" if channel.name else "direct message"
        if message.to:
            person = self._person(message.to)
            return f"{place} · only {person.name if person else message.to} sees this"
        return f"{place} · in the thread" if message.thread_ts else place

    def _parts(self, blocks: Iterable[Json], fallback: str) -> Iterable[Text]:
        drawn = [part for block in blocks for part in self._block(block)]
        return drawn or [self.readable(fallback)]

    def _block(self, block: Json) -> Iterable[Text]:
        match block["type"]:
            case "section":
                yield self.readable(block["text"]["text"])
                if block.get("accessory", {}).get("type") == "button":
                    yield _buttons([block["accessory"]])
            case "context":
                for element in block["elements"]:
                    yield _dimmed(self.readable(element["text"]))
            case "actions":
                yield _buttons(block["elements"])

    def _field(self, block: Json, states: Mapping[str, Json]) -> Text:
        held = entered_in(states[block["element"]["action_id"]])
        if isinstance(held, dict):
            held = held["text"]["text"]
        elif isinstance(held, str) and block["element"]["type"] == "conversations_select":
            held = f"#{self._channel(held).name}"
        optional = " (optional)" if block.get("optional") else ""
        name = f"{block['label']['text']}{optional}: "
        if held and " key" in block["label"]["text"]:
            held = _HIDDEN
        return Text.assemble((name, "bold"), str(held or "…"))

    def readable(self, markup: str) -> Text:
        """Slack's markup as a reader sees it: names for mentions, times for date tokens."""
        text, at = Text(), 0
        for found in _MARKUP.finditer(markup):
            text.append(html.unescape(markup[at : found.start()]))
            kind = found.lastgroup or ""
            if kind in ("bold", "italic"):  # what is within is markup, too
                shown = self.readable(found[kind])
            else:
                shown = Text(html.unescape(self._shown(kind, found[kind])))
            shown.stylize(_STYLES[kind])
            text.append_text(shown)
            at = found.end()
        return text.append(html.unescape(markup[at:]))

    def _shown(self, kind: str, held: str) -> str:
        if kind == "person":
            person = self._person(held)
            return f"@{person.name if person else held}"
        if kind == "date":
            return datetime.fromtimestamp(int(held), UTC).astimezone().strftime("%H:%M:%S")
        return held


def _without_keys(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with dots for what is a key."""
    return {name: _HIDDEN if "key" in name.lower() else held for name, held in fields.items()}


def buttons_of(message: Message) -> dict[str, str]:
    """What can be clicked in it: each label with its action."""
    return {
        element["text"]["text"]: element["action_id"]
        for _, element in message.elements()
        if element["type"] == "button"
    }


def _buttons(elements: Iterable[Json]) -> Text:
    row = Text()
    for element in elements:
        if element["type"] == "button":
            style = _BUTTONS.get(element.get("style", ""), "bold")
            row.append(f"[ {element['text']['text']} ]", style=style).append("  ")
    return row


def _dimmed(text: Text) -> Text:
    text.stylize("dim")
    return text
