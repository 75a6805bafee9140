"""The parts that every view is made of. Foreign text goes through `plain`, or is escaped."""

from datetime import datetime
from typing import Any

from bot.slack.text import clip, escape

Block = dict[str, Any]
Message = dict[str, Any]

_TEXT = 3000
_BUTTON = 75
_TITLE = 24


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
    return _input(field, label, element, hint, optional=optional)


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
    return _input(field, label, element, hint, optional=False)


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
    return _input(field, label, element, "", optional=optional)


def option(stored: str, shown: str) -> Block:
    """One choice of a select."""
    return {"text": plain(shown, _BUTTON), "value": stored}


def _input(field: str, label: str, element: Block, hint: str, *, optional: bool) -> Block:
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


def person(user_id: str) -> str:
    """A mention. The id is Slack's, and is escaped all the same."""
    return f"<@{escape(user_id)}>"
