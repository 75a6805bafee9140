"""Elements that offer something to choose from: selects, boxes and radio buttons."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.sandbox.page.drawing.controls import Control, flag, words
from bot.sandbox.page.drawing.sheet import drawn
from bot.sandbox.slack.refusals import Json

_TALLEST = 8
_LEAST_QUERY = 3
"""Slack's own `min_query_length` where the app gives none."""


@dataclass(frozen=True)
class Offer:
    """One thing to choose, with its value in Slack's payloads."""

    value: str
    text: str


@dataclass(frozen=True)
class Group:
    """Things to choose under one label; without a label they stand alone."""

    label: str
    offers: tuple[Offer, ...]


def draw_static(control: Control) -> Markup:
    """A select with its options in it."""
    element = control.element
    groups = [Group("", _offers(element.get("options", [])))]
    groups += [
        Group(words(group["label"]), _offers(group["options"]))
        for group in element.get("option_groups", [])
    ]
    return _select(control, groups, "Select an option")


def draw_people(control: Control) -> Markup:
    """A select of the people that the reader knows."""
    return _directory(control, control.sheet.reader.people, "", "Select a person")


def draw_channels(control: Control) -> Markup:
    """A select of the channels that the reader may pick."""
    return _directory(control, control.sheet.reader.channels, "#", "Select a channel")


def _offers(options: Iterable[Json]) -> tuple[Offer, ...]:
    return tuple(Offer(option["value"], words(option["text"])) for option in options)


def _directory(control: Control, names: Mapping[str, str], sign: str, called: str) -> Markup:
    """A select of ids; one that is chosen and that the reader has no name for stays chosen."""
    unknown = [value for value in _chosen(control) if value not in names]
    offers = [Offer(value, sign + name) for value, name in names.items()]
    offers.sort(key=lambda offer: offer.text.casefold())
    offers += [Offer(value, value) for value in unknown]
    return _select(control, [Group("", tuple(offers))], called)


def _chosen(control: Control) -> list[str]:
    """The values chosen so far."""
    held = control.held()
    many = held if isinstance(held, list) else [held]
    return [one["value"] if isinstance(one, dict) else one for one in many if one]


def _is_multiple(control: Control) -> bool:
    return bool(control.element["type"].startswith("multi_"))


def _select(control: Control, groups: list[Group], called: str) -> Markup:
    multiple = _is_multiple(control)
    lines = sum(len(group.offers) + bool(group.label) for group in groups)
    hooks = {
        "id": control.spot.id,
        "class": "select select-multiple" if multiple else "select",
        **control.hooks(),
        **control.name(called),
        **control.duties(),
        "multiple": flag(on=multiple),
        "size": min(max(lines, 2), _TALLEST) if multiple else None,
        "data-max-selected": control.element.get("max_selected_items"),
    }
    holder = "" if multiple else control.placeholder() or called
    return drawn(
        "choices", "select", hooks=hooks, holder=holder, groups=groups, chosen=_chosen(control)
    )


def draw_external(control: Control) -> Markup:
    """A field to type into, for the app to offer options; the page's script fills the list."""
    element, list_id = control.element, control.spot.inner("list").id
    held = control.held() or []
    options = _offers(held if isinstance(held, list) else [held])
    one = None if _is_multiple(control) or not options else options[0]
    hooks = {
        "id": control.spot.id,
        "class": "entry",
        "type": "text",
        "role": "combobox",
        "autocomplete": "off",
        "aria-autocomplete": "list",
        "aria-expanded": "false",
        "aria-controls": list_id,
        **control.hooks(),
        **control.name("Search for an option"),
        **control.duties(),
        "placeholder": control.placeholder() or None,
        "data-min-query": element.get("min_query_length", _LEAST_QUERY),
        "data-multiple": "true" if _is_multiple(control) else None,
        "data-max-selected": element.get("max_selected_items"),
        "data-value": one.value if one else None,
        "value": one.text if one else None,
    }
    if _is_multiple(control):
        # What was chosen stands beside the field, which is empty again.
        hooks["required"] = None
    chosen = options if _is_multiple(control) else ()
    return drawn("choices", "combobox", hooks=hooks, list_id=list_id, chosen=chosen)


def draw_boxes(control: Control) -> Markup:
    """Checkboxes: each is a field of its own, so that none of them alone can be required."""
    each = {"aria-invalid": "true" if control.around.invalid else None}
    frame = {"data-required": "true" if control.around.required else None}
    return _group(control, "checkbox", frame, each)


def draw_radios(control: Control) -> Markup:
    """Radio buttons: one group with one value."""
    duties = control.duties()
    frame = {"role": "radiogroup"} | {
        name: duties[name] for name in ("aria-invalid", "aria-required")
    }
    return _group(control, "radio", frame, {"required": duties["required"]})


def _group(
    control: Control, kind: str, frame: Mapping[str, Any], each: Mapping[str, Any]
) -> Markup:
    chosen = _chosen(control)
    options = [
        _choice(
            control,
            n,
            option,
            {"type": kind, **each, "checked": flag(on=option["value"] in chosen)},
        )
        for n, option in enumerate(control.element["options"])
    ]
    around = control.around
    hooks = {
        "id": control.spot.id,
        "class": "choices",
        "aria-labelledby": around.label or None,
        "aria-describedby": around.described or None,
        **frame,
    }
    called = "Choose one" if kind == "radio" else "Choose any"
    legend = around.legend or Markup('<span class="unseen">{}</span>').format(called)
    return drawn("choices", "group", hooks=hooks, legend=legend, options=options)


def _choice(control: Control, n: int, option: Json, more: Mapping[str, Any]) -> dict[str, Any]:
    spot = control.spot.inner(n)
    hooks = {
        "id": spot.id,
        "name": control.spot.id,
        **control.hooks(),
        **more,
        "value": option["value"],
    }
    if n > 0:
        hooks["autofocus"] = None
    described = option.get("description")
    return {
        "hooks": hooks,
        "text": control.sheet.text(option["text"]),
        "description": control.sheet.text(described) if described else Markup(),
    }


_KINDS: Mapping[str, Callable[[Control], Markup]] = {
    "static_select": draw_static,
    "external_select": draw_external,
    "users_select": draw_people,
    "channels_select": draw_channels,
    "conversations_select": draw_channels,
}
CHOICES: Mapping[str, Callable[[Control], Markup]] = {
    **_KINDS,
    **{f"multi_{name}": draw for name, draw in _KINDS.items()},
    "checkboxes": draw_boxes,
    "radio_buttons": draw_radios,
}
