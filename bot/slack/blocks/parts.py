"""The parts that every view is made of. Foreign text goes through `plain`, or is escaped."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.slack.text import clip, escape

Block = dict[str, Any]
Message = dict[str, Any]

_TEXT = 3000
_BUTTON = 75
_TITLE = 24
_ALT = 2000

LISTS = ("csv", "xlsx", "tsv", "txt")
"""Kinds of files that a list of people comes in."""


def plain(text: str, limit: int = _TEXT) -> Block:
    """Text in which nothing is markup."""
    return {"type": "plain_text", "text": clip(text, limit) or " ", "emoji": False}


def mrkdwn(text: str) -> Block:
    """Markup of ours; what is foreign in it has been escaped."""
    return {"type": "mrkdwn", "text": clip(text, _TEXT) or " "}


def section(text: str, **more: Any) -> Block:
    """A paragraph of markup."""
    return {"type": "section", "text": mrkdwn(text), **more}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def actions(*elements: Block, block_id: str = "actions") -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """A button; `style` is primary or danger."""
    element: Block = {
        "type": "button",
        "text": plain(label, _BUTTON),
        "action_id": action_id,
        "value": value,
    }
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    return element


def menu(action_id: str, options: Mapping[str, str]) -> Block:
    """The dots beside a paragraph: at most five choices, what is stored to what is shown."""
    offered = [option(stored, shown) for stored, shown in options.items()]
    return {"type": "overflow", "action_id": action_id, "options": offered}


def link_button(label: str, url: str, action_id: str) -> Block:
    """A button that opens an address; Slack tells of the click all the same, so it has a route."""
    return {"type": "button", "text": plain(label, _BUTTON), "action_id": action_id, "url": url}


def image(file_id: str, alt: str) -> Block:
    """A picture that the bot uploaded; `alt` says what it shows to who can't see it."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": clip(alt, _ALT) or " "}


def confirm(title: str, text: str, yes: str, no: str, *, style: str = "primary") -> Block:
    """The question before what costs money or can't be undone."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": style,
    }


def text_input(
    field: str,
    label: str,
    *,
    value: str = "",
    hint: str = "",
    placeholder: str = "",
    optional: bool = False,
    limits: tuple[int, int] = (1, 150),
    multiline: bool = False,
) -> Block:
    """A line, or several, to type into; the block id is the field's name.

    A value over the limit is shown whole all the same: to be mended, it has to be there.
    """
    longest = min(max(limits[1], len(value)), _TEXT)
    element: Block = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": multiline,
        "max_length": longest,
    }
    if not optional:
        element["min_length"] = limits[0]
    if value:
        element["initial_value"] = clip(value, longest)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return input_block(field, label, element, hint, optional=optional)


def channel_input(
    field: str, label: str, *, value: str, hint: str, without_shared: bool = False
) -> Block:
    """A conversation to choose, preset to where one is; its response_url comes with the answer.

    `without_shared`: those that other organisations share aren't offered.
    """
    element: Block = {
        "type": "conversations_select",
        "action_id": "value",
        "response_url_enabled": True,
        "default_to_current_conversation": True,
    }
    if value:
        element["initial_conversation"] = value
    if without_shared:
        element["filter"] = {"exclude_external_shared_channels": True}
    return input_block(field, label, element, hint, optional=False)


def room_input(field: str, label: str, *, value: str, hint: str) -> Block:
    """A channel of one's own organisation, or none; nobody's direct messages."""
    element: Block = {
        "type": "conversations_select",
        "action_id": "value",
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    if value:
        element["initial_conversation"] = value
    return input_block(field, label, element, hint, optional=True)


def choice_input(
    field: str, label: str, options: dict[str, str], *, value: str = "", optional: bool
) -> Block:
    """One of a few; `options` maps what is stored to what is shown."""
    element: Block = {
        "type": "static_select",
        "action_id": "value",
        "options": [option(stored, shown) for stored, shown in options.items()],
    }
    if value in options:
        element["initial_option"] = option(value, options[value])
    return input_block(field, label, element, "", optional=optional)


def option(stored: str, shown: str) -> Block:
    """One choice of a select."""
    return {"text": plain(shown, _BUTTON), "value": stored}


def checks_input(
    field: str,
    label: str,
    options: Mapping[str, str],
    *,
    chosen: Collection[str] = (),
    hint: str = "",
) -> Block:
    """Any of at most ten, none of them too; their stored words hold no spaces, as the ask has
    them with spaces between.
    """
    offered = [option(stored, shown) for stored, shown in options.items()]
    element: Block = {"type": "checkboxes", "action_id": "value", "options": offered}
    ticked = [each for each in offered if each["value"] in chosen]
    if ticked:  # Slack refuses an empty list
        element["initial_options"] = ticked
    return input_block(field, label, element, hint, optional=True)


def file_input(
    field: str,
    label: str,
    *,
    hint: str = "",
    optional: bool = False,
    kinds: Collection[str] = LISTS,
) -> Block:
    """One file to give, of at most 10 MB. The kinds only help: whoever reads it checks it.

    Source: Slack, "File input element"; it wants the scope `files:read`.
    """
    element = {
        "type": "file_input",
        "action_id": "value",
        "filetypes": list(kinds),
        "max_files": 1,
    }
    return input_block(field, label, element, hint, optional=optional)


def number_input(
    field: str,
    label: str,
    *,
    limits: tuple[int, int],
    value: int | None = None,
    hint: str = "",
    optional: bool = False,
) -> Block:
    """A whole number within limits; Slack wants them as strings."""
    element: Block = {
        "type": "number_input",
        "action_id": "value",
        "is_decimal_allowed": False,
        "min_value": str(limits[0]),
        "max_value": str(limits[1]),
    }
    if value is not None:
        element["initial_value"] = str(value)
    return input_block(field, label, element, hint, optional=optional)


def moment_input(
    field: str, label: str, *, at: datetime | None = None, hint: str = "", optional: bool = False
) -> Block:
    """A date and a time, in the zone of who chooses."""
    element: Block = {"type": "datetimepicker", "action_id": "value"}
    if at is not None:
        element["initial_date_time"] = int(at.timestamp())
    return input_block(field, label, element, hint, optional=optional)


def person_input(
    field: str, label: str, *, value: str = "", hint: str = "", optional: bool = False
) -> Block:
    """Somebody of this workspace; guests and bots are offered too, and are the flow's to refuse."""
    element: Block = {"type": "users_select", "action_id": "value"}
    if value:
        element["initial_user"] = value
    return input_block(field, label, element, hint, optional=optional)


def live(block: Block, action_id: str) -> Block:
    """An input that tells of each change, as a click with this id, before anything is submitted.

    Text tells of each character: redraw at most once in 700 ms, with the view's hash.
    """
    element = block["element"] | {"action_id": action_id}
    if element["type"] in ("plain_text_input", "number_input"):
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return block | {"element": element, "dispatch_action": True}


def input_block(field: str, label: str, element: Block, hint: str, *, optional: bool) -> Block:
    """A field of a modal; the block id is its name."""
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def modal(
    title: str,
    blocks: list[Block],
    *,
    callback_id: str = "",
    metadata: str = "",
    submit: str = "",
    close: str = "Close",
) -> Block:
    """A modal; `submit` where something can be submitted."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id or "notice",
        "title": plain(title, _TITLE),
        "close": plain(close, _TITLE),
        "private_metadata": metadata,
        "blocks": blocks,
    }
    if submit:
        view["submit"] = plain(submit, _TITLE)
    return view


def moment(at: datetime) -> str:
    """A moment in each viewer's own zone."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time_secs}}|{fallback}>"


def minute(at: datetime) -> str:
    """The same to the minute: for what is planned, or about."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def person(user_id: str) -> str:
    """A mention. The id is Slack's, and is escaped all the same."""
    return f"<@{escape(user_id)}>"
