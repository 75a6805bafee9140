"""What Slack refuses of a message's and a view's content, as pure functions over the JSON sent."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from bot.sandbox.slack.elements import (
    GROUPS,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    OPTIONS,
    element_of,
)
from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.rich_text import RICH_TEXT
from bot.sandbox.slack.shapes import (
    Check,
    Fault,
    anything,
    flag,
    integer,
    items,
    shape,
    string,
    tagged,
    text,
    url,
    word,
)
from bot.sandbox.slack.tables import DATA_VISUALIZATION, TABLE, characters, crowded, data_table

Surface = Literal["message", "modal", "home"]

_ID: dict[str, Check] = {"block_id": string("block_id")}


def _section(value: Any, at: str) -> Iterator[Fault]:
    yield from shape(
        {},
        {
            **_ID,
            "text": text("text of a section", mrkdwn=True),
            "fields": items(text("field of a section", mrkdwn=True), "fields in a section"),
            "accessory": element_of(*IN_SECTION),
            "expand": flag,
        },
    )(value, at)
    if "text" not in value and "fields" not in value:
        yield Fault(at, "must define either `text` or `fields`")


def _picture(value: Any, at: str) -> Iterator[Fault]:
    yield from shape(
        {"alt_text": string("alt_text")},
        {**_ID, "image_url": url, "slack_file": anything, "title": text("title of an image")},
    )(value, at)
    if ("image_url" in value) == ("slack_file" in value):
        yield Fault(at, "must define either `image_url` or `slack_file`")


BLOCKS: dict[str, Check] = {
    "section": _section,
    "divider": shape({}, _ID),
    "header": shape({"text": text("text of a header")}, {**_ID, "level": integer(1, 6)}),
    "image": _picture,
    "markdown": shape({"text": string("text of a markdown")}, _ID),
    "context": shape(
        {
            "elements": items(
                tagged(
                    {
                        "image": IMAGE,
                        "plain_text": text("text of a context", mrkdwn=True),
                        "mrkdwn": text("text of a context", mrkdwn=True),
                    }
                ),
                "elements in context",
            )
        },
        _ID,
    ),
    "actions": shape(
        {"elements": items(element_of(*IN_ACTIONS), "elements in actions")},
        _ID,
    ),
    "context_actions": shape(
        {"elements": items(element_of(*IN_CONTEXT_ACTIONS), "elements in context_actions")}, _ID
    ),
    "input": shape(
        {"label": text("label of an input"), "element": element_of(*IN_INPUT)},
        {**_ID, "hint": text("hint of an input"), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": RICH_TEXT,
    "file": shape({"external_id": string(), "source": word("remote")}, _ID),
    "video": shape(
        {
            "alt_text": string("alt_text"),
            "title": text("title of a video"),
            "thumbnail_url": url,
            "video_url": url,
        },
        {
            **_ID,
            "author_name": string(),
            "description": text("title of a video"),
            "provider_icon_url": url,
            "provider_name": string(),
            "title_url": url,
        },
    ),
    "alert": shape(
        {"text": text("text of an alert", mrkdwn=True)},
        {**_ID, "level": word("default", "info", "warning", "error", "success")},
    ),
    "table": TABLE,
    "data_table": data_table,
    "data_visualization": DATA_VISUALIZATION,
}

_ONLY_IN: dict[str, tuple[Surface, ...]] = {
    "alert": ("modal",),
    "markdown": ("message",),
    "table": ("message",),
    "data_table": ("message",),
    "data_visualization": ("message",),
    "file": ("message",),
}


def block_faults(blocks: Any, surface: Surface, at: str = "/blocks") -> list[Fault]:
    """Everything Slack would refuse in these blocks, in their order; empty where they are taken."""
    room = "blocks in a message" if surface == "message" else "blocks in a view"
    faults = list(items(tagged(BLOCKS), room, least=0)(blocks, at))
    if not faults:
        faults += _misplaced(blocks, surface, at)
        faults += _repeated(blocks, at)
    if not faults and surface == "message":
        faults += _too_much(blocks, at)
    return faults


def controls(block: Json) -> list[tuple[str, Json]]:
    """The elements of a block that somebody may use, each with its place within the block."""
    found: list[tuple[str, Json]] = [
        (name, block[name]) for name in ("accessory", "element") if name in block
    ]
    if block["type"] in ("actions", "context_actions"):
        found += [(f"elements/{n}", element) for n, element in enumerate(block["elements"])]
    return [(place, element) for place, element in found if element["type"] != "image"]


def _misplaced(blocks: list[Json], surface: Surface, at: str) -> Iterator[Fault]:
    """Blocks and elements that this surface doesn't take."""
    for n, block in enumerate(blocks):
        if surface not in _ONLY_IN.get(block["type"], (surface,)):
            yield Fault(f"{at}/{n}/type", f"unsupported type: {block['type']}")
        for place, element in controls(block):
            pointer = f"{at}/{n}/{place}"
            in_modal_input = surface == "modal" and block["type"] == "input"
            if element.get("response_url_enabled") and not in_modal_input:
                yield Fault(
                    f"{pointer}/response_url_enabled",
                    "response_url_enabled is only available for input blocks in modals",
                )
            if element["type"] == "file_input" and surface == "home":
                yield Fault(f"{pointer}/type", "unsupported type: file_input")


def _repeated(blocks: list[Json], at: str) -> Iterator[Fault]:
    """A block_id used twice, and an action_id used twice within one block."""
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            yield Fault(f"{at}/{n}/block_id", f"`block_id` {name} already exists")
        if name:
            seen.add(name)
        actions: set[str] = set()
        for place, element in controls(block):
            action = element.get("action_id")
            if action in actions:
                yield Fault(f"{at}/{n}/{place}/action_id", f"`action_id` {action} already exists")
            if action:
                actions.add(action)


def _too_much(blocks: list[Json], at: str) -> Iterator[Fault]:
    """More than one message takes over all its blocks."""
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    everything = characters(blocks)
    for name, length in (
        ("text over all blocks but markdown", everything - markdown),
        ("text over all blocks", everything),
        ("text of a markdown", markdown),
    ):
        if length > LIMITS[name].number:
            yield Fault(at, f"must be less than {LIMITS[name].number + 1}", LIMITS[name].code)
    yield from crowded(blocks, at)


_VIEW: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string("private_metadata", least=0),
    "callback_id": string("callback_id", least=0),
    "external_id": string("external_id", least=0),
}
_VIEWS = tagged(
    {
        "home": shape({"blocks": anything}, _VIEW),
        "modal": shape(
            {"blocks": anything, "title": text("title of a view")},
            {
                **_VIEW,
                "submit": text("submit of a view"),
                "close": text("close of a view"),
                "clear_on_close": flag,
                "notify_on_close": flag,
                "submit_disabled": flag,
            },
        ),
    }
)


def view_faults(view: Json, surface: Surface) -> list[Fault]:
    """Everything Slack would refuse in a modal or a Home tab; empty where it is taken."""
    size = LIMITS["JSON of a view"]
    if len(json.dumps(view, ensure_ascii=False).encode()) > size.number:
        return [Fault("/view", f"must be less than {size.number + 1} bytes", size.code)]
    if view.get("type") != surface:
        return [Fault("/view/type", f"must be {surface}")]
    faults = list(_VIEWS(view, "/view"))
    faults += block_faults(view.get("blocks", []), surface, "/view/blocks")
    if not faults and surface == "modal" and "submit" not in view:
        inputs = any(block["type"] == "input" for block in view["blocks"])
        faults += [Fault("/view", "missing required field: submit")] if inputs else []
    return faults


def option_faults(answer: Json) -> list[Fault]:
    """What is wrong with the answer to an option load: `options` or `option_groups`."""
    if ("options" in answer) == ("option_groups" in answer):
        return [Fault("", "must define either `options` or `option_groups`")]
    if "options" in answer:
        return list(OPTIONS(answer["options"], "/options"))
    return list(GROUPS(answer["option_groups"], "/option_groups"))
