"""Interactive elements: what all of them carry, and the buttons and menus among them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.sheet import Sheet, Spot, drawn, plain
from bot.sandbox.page.drawing.text import may_open
from bot.sandbox.slack.inputs import entered_in, initial_state
from bot.sandbox.slack.refusals import Json

_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Around:
    """What stands around a control in its block.

    `label` is the id of the text that names it (empty: its own words name it), `tagged` says that
    a `<label>` does, `described` lists the ids of hint and error, `dispatch` says when an input
    sends what is in it before it's submitted.
    """

    label: str = ""
    tagged: bool = False
    described: str = ""
    required: bool = False
    invalid: bool = False
    dispatch: str = ""
    legend: Markup | None = None


@dataclass(frozen=True)
class Control:
    """An element at its place."""

    sheet: Sheet
    element: Json
    spot: Spot
    block_id: str
    around: Around

    def held(self) -> Any:
        """What is in it: what was typed or chosen, else what it started with."""
        typed = self.sheet.values.get(self.block_id, {}).get(self.element.get("action_id", ""))
        if typed is None or typed.get("type", self.element["type"]) != self.element["type"]:
            return entered_in(initial_state(self.element))
        return entered_in({**typed, "type": self.element["type"]})

    def hooks(self) -> dict[str, Any]:
        """What the page's script works with."""
        return {
            "data-block-id": self.block_id,
            "data-action-id": self.element.get("action_id", ""),
            "data-type": self.element["type"],
            "data-confirm": self._confirm(),
            "data-dispatch": self.around.dispatch or None,
            "autofocus": flag(on=self.element.get("focus_on_load", False)),
        }

    def name(self, otherwise: str) -> dict[str, Any]:
        """What names it for who can't see it: a text beside it, its placeholder, else the words."""
        if self.around.tagged:
            return {}
        if self.around.label:
            return {"aria-labelledby": self.around.label}
        return {"aria-label": self.placeholder() or otherwise}

    def placeholder(self) -> str:
        """The words shown while nothing is in it; empty where there are none."""
        return str(plain(self.element["placeholder"]).unescape() if self._holds() else "")

    def duties(self) -> dict[str, Any]:
        """Whether it has to be filled in, what is wrong with it, and where that is said."""
        return {
            "aria-describedby": self.around.described or None,
            "aria-invalid": "true" if self.around.invalid else None,
            "required": flag(on=self.around.required),
            "aria-required": "true" if self.around.required else None,
        }

    def _holds(self) -> bool:
        return "placeholder" in self.element

    def _confirm(self) -> str | None:
        """The dialog that comes first, as JSON; `text` in it is HTML."""
        confirm = self.element.get("confirm")
        if confirm is None:
            return None
        dialog = {
            "title": words(confirm["title"]),
            "text": str(self.sheet.text(confirm["text"])),
            "confirm": words(confirm["confirm"]) if "confirm" in confirm else "Okay",
            "deny": words(confirm["deny"]) if "deny" in confirm else "Cancel",
            "style": confirm.get("style", "primary"),
        }
        return json.dumps(dialog, ensure_ascii=False)


def flag(*, on: bool) -> str | None:
    """An attribute that is there or isn't."""
    return "" if on else None


def words(text: Json) -> str:
    """A plain text object as a string, for an attribute."""
    return plain(text).unescape()


def draw_button(control: Control) -> Markup:
    """A button, or a link that looks like one and tells the app of the click too."""
    element = control.element
    hooks = {
        "id": control.spot.id,
        "class": _button_class(element),
        **control.hooks(),
        "aria-label": element.get("accessibility_label"),
    }
    if "url" not in element:
        hooks["value"] = element.get("value")
        return drawn("controls", "button", hooks=hooks, text=plain(element["text"]))
    hooks |= {"href": _href(element, control.spot), "data-value": element.get("value")}
    return drawn("controls", "link", hooks=hooks, text=plain(element["text"]))


def _button_class(element: Json) -> str:
    style = element.get("style")
    return f"button button-{style}" if style else "button"


def _href(value: Mapping[str, Any], spot: Spot) -> str:
    """The address that a button opens; raises CantDraw for one that a page shouldn't."""
    url: str = value["url"]
    if not may_open(url):
        raise CantDraw("a link that isn't http, https, mailto or tel", spot.inner("url").pointer)
    return url


def draw_overflow(control: Control) -> Markup:
    """The menu behind three dots."""
    options = []
    for n, option in enumerate(control.element["options"]):
        spot = control.spot.inner("options").inner(n)
        hooks = {"id": spot.id, "class": "overflow-option", **control.hooks()}
        if "url" in option:
            hooks |= {"href": _href(option, spot), "data-value": option["value"]}
        else:
            hooks["value"] = option["value"]
        options.append({"hooks": hooks, **_option_words(option)})
    return drawn("controls", "overflow", id=control.spot.id, options=options)


def _option_words(option: Json) -> dict[str, Markup]:
    description = plain(option["description"]) if "description" in option else Markup()
    return {"text": plain(option["text"]), "description": description}


def draw_icon_button(control: Control) -> Markup:
    """A small button whose icon is told in words."""
    return drawn(
        "controls",
        "button",
        hooks={
            "id": control.spot.id,
            "class": "button button-small",
            **control.hooks(),
            "value": control.element.get("value"),
        },
        text=plain(control.element["text"]),
    )


def draw_feedback_buttons(control: Control) -> Markup:
    """Two small buttons: for, and against."""
    buttons = []
    for side in ("positive_button", "negative_button"):
        voice = control.element[side]
        hooks = {
            "id": control.spot.inner(side).id,
            "class": "button button-small",
            **control.hooks(),
            "value": voice["value"],
            "aria-label": voice.get("accessibility_label"),
        }
        buttons.append(drawn("controls", "button", hooks=hooks, text=plain(voice["text"])))
    return Markup().join(buttons)


def draw_picture(reader: Reader, element: Json, spot: Spot, kind: str) -> Markup:
    """A picture served on this machine; one from elsewhere isn't loaded, and is told in words."""
    stored = element.get("slack_file") or {}
    own = reader.pictures.get(stored.get("id", ""))
    url = own or element.get("image_url") or stored.get("url")
    if not isinstance(url, str) or not (own or may_open(url)):
        raise CantDraw("image without a web address", spot.pointer)
    here = own is not None or urlsplit(url).hostname in _HERE
    return drawn("controls", "picture", url=url, alt=element["alt_text"], kind=kind, here=here)
