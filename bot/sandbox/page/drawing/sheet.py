"""What every drawing needs: the reader, what was typed, where a thing stands, and the templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.sandbox.page.drawing.mrkdwn import draw_mrkdwn
from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.text import draw_plain
from bot.sandbox.slack.refusals import Json

_TEMPLATES = Environment(
    loader=PackageLoader("bot.sandbox.page.drawing"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Spot:
    """Where a thing stands: its id on the page, and its JSON pointer within what is drawn."""

    id: str
    pointer: str

    def inner(self, name: str | int) -> "Spot":
        """The spot of what is within, under that name or number."""
        return Spot(f"{self.id}-{name}", f"{self.pointer}/{name}")


@dataclass(frozen=True)
class Sheet:
    """One drawing: for whom, with what was typed (`state.values`) and the errors by block_id.

    `depths` are the headings' places in the page's outline, by their JSON pointers.
    """

    reader: Reader
    values: Mapping[str, Mapping[str, Json]]
    errors: Mapping[str, str]
    depths: Mapping[str, int]

    def text(self, text: Json) -> Markup:
        """A text object."""
        if text["type"] == "mrkdwn":
            return draw_mrkdwn(text["text"], self.reader)
        return plain(text)


def plain(text: Json) -> Markup:
    """A text object of plain text; its shortcodes stay where it says so."""
    return Markup.escape(text["text"]) if text.get("emoji") is False else draw_plain(text["text"])


def required(value: Json, name: str, kind: type[Any], spot: Spot) -> Any:
    """A field of something that the stand-in didn't check; raises CantDraw where it isn't right."""
    found = value.get(name)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise CantDraw(f"{value.get('type')} without a {name} that fits", spot.inner(name).pointer)
    return found


def drawn(file: str, macro: str, **parts: Any) -> Markup:
    """What a template's macro makes of these parts."""
    made: Markup = getattr(_TEMPLATES.get_template(f"{file}.html").module, macro)(**parts)
    return made
