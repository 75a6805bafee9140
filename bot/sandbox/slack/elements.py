"""The interactive elements: which fields each must and may have, and how long they may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.slack.limits import LIMITS, Limit
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

CONFIRM = shape(
    {
        "title": text("title of a confirm"),
        "text": text("text of a confirm", mrkdwn=True),
    },
    {
        "confirm": text("button of a confirm"),
        "deny": text("button of a confirm"),
        "style": word("primary", "danger"),
    },
)

_OPTION_EXTRAS: dict[str, Check] = {"description": text("description of an option")}
_OPTION = shape(
    {"text": text("text of an option"), "value": string("value of an option")}, _OPTION_EXTRAS
)
_LINK_OPTION = shape(
    {"text": text("text of an option"), "value": string("value of an option")},
    {**_OPTION_EXTRAS, "url": url},
)
_MARKED_OPTION = shape(
    {
        "text": text("text of an option", mrkdwn=True),
        "value": string("value of an option"),
    },
    {"description": text("description of an option", mrkdwn=True)},
)
_GROUP = shape(
    {"label": text("label of an option group"), "options": items(_OPTION, "options in a select")}
)

OPTIONS = items(_OPTION, "options in a select", least=0)
"""What an external select is offered, too."""
GROUPS = items(_GROUP, "option groups", least=0)

_ID: dict[str, Check] = {"action_id": string("action_id")}
_FOCUS: dict[str, Check] = {"focus_on_load": flag}
_HOLDER: dict[str, Check] = {"placeholder": text("placeholder")}
_CHOICE: dict[str, Check] = {**_ID, **_FOCUS, **_HOLDER, "confirm": CONFIRM}
_MANY: dict[str, Check] = {**_CHOICE, "max_selected_items": integer(1)}
_DISPATCH: dict[str, Check] = {
    "dispatch_action_config": shape(
        {},
        {"trigger_actions_on": items(word("on_enter_pressed", "on_character_entered"), Limit(2))},
    )
}
_FILTER = shape(
    {},
    {
        "include": items(word("im", "mpim", "private", "public"), "options in a select"),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
_TYPED: dict[str, Check] = {**_ID, **_FOCUS, **_HOLDER, **_DISPATCH}
_IDS = items(string(), "options in a select")


def _static(fields: Mapping[str, Check]) -> Check:
    """A select with its options in it: either `options` or `option_groups`, with something in."""
    inner = shape(
        {},
        {
            **fields,
            "options": items(_OPTION, "options in a select"),
            "option_groups": items(_GROUP, "option groups"),
        },
    )

    def check(value: Any, at: str) -> Iterator[Fault]:
        faults = list(inner(value, at))
        yield from faults
        if faults:
            return
        if ("options" in value) == ("option_groups" in value):
            yield Fault(at, "must define either `options` or `option_groups`")
            return
        offered = value.get("options") or [
            option for group in value.get("option_groups", []) for option in group["options"]
        ]
        chosen = value.get("initial_options") or [value.get("initial_option")]
        if any(option and option not in offered for option in chosen):
            yield Fault(f"{at}/initial_option", "initial option must be one of the options")

    return check


def _plain_text_input(value: Any, at: str) -> Iterator[Fault]:
    most = LIMITS["value of a plain_text_input"].number
    yield from shape(
        {},
        {
            **_TYPED,
            "initial_value": string("value of a plain_text_input", least=0),
            "multiline": flag,
            "min_length": integer(0, most),
            "max_length": integer(1, most),
        },
    )(value, at)
    low, high = value.get("min_length", 0), value.get("max_length", most)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Fault(f"{at}/min_length", "must be less than or equal to max_length")


_BUTTON = shape(
    {"text": text("text of a button")},
    {
        **_ID,
        "url": url,
        "value": string("value of a button", least=0),
        "style": word("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string("accessibility_label"),
    },
)
_ICON_BUTTON = shape(
    {"icon": string(), "text": text("text of a button")},
    {**_ID, "value": string("value of a button", least=0), "confirm": CONFIRM},
)
_VOICE = shape(
    {"text": text("text of a button"), "value": string("value of a button")},
    {"accessibility_label": string("accessibility_label")},
)
IMAGE = shape({"alt_text": string("alt_text")}, {"image_url": url, "slack_file": anything})

ELEMENTS: dict[str, Check] = {
    "button": _BUTTON,
    "icon_button": _ICON_BUTTON,
    "feedback_buttons": shape({"positive_button": _VOICE, "negative_button": _VOICE}, _ID),
    "workflow_button": shape(
        {"text": text("text of a button"), "workflow": anything}, {**_ID, "style": word("primary")}
    ),
    "image": IMAGE,
    "overflow": shape(
        {"options": items(_LINK_OPTION, "options in an overflow")}, {**_ID, "confirm": CONFIRM}
    ),
    "static_select": _static({**_CHOICE, "initial_option": _OPTION}),
    "multi_static_select": _static(
        {**_MANY, "initial_options": items(_OPTION, "options in a select")}
    ),
    "external_select": shape(
        {}, {**_CHOICE, "initial_option": _OPTION, "min_query_length": integer(0)}
    ),
    "multi_external_select": shape(
        {}, {**_MANY, "initial_options": OPTIONS, "min_query_length": integer(0)}
    ),
    "users_select": shape({}, {**_CHOICE, "initial_user": string()}),
    "multi_users_select": shape({}, {**_MANY, "initial_users": _IDS}),
    "channels_select": shape(
        {}, {**_CHOICE, "initial_channel": string(), "response_url_enabled": flag}
    ),
    "multi_channels_select": shape({}, {**_MANY, "initial_channels": _IDS}),
    "conversations_select": shape(
        {},
        {
            **_CHOICE,
            "initial_conversation": string(),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": _FILTER,
        },
    ),
    "multi_conversations_select": shape(
        {},
        {
            **_MANY,
            "initial_conversations": _IDS,
            "default_to_current_conversation": flag,
            "filter": _FILTER,
        },
    ),
    "datepicker": shape({}, {**_CHOICE, "initial_date": string()}),
    "timepicker": shape({}, {**_CHOICE, "initial_time": string(), "timezone": string()}),
    "datetimepicker": shape(
        {}, {**_ID, **_FOCUS, "confirm": CONFIRM, "initial_date_time": integer(0)}
    ),
    "radio_buttons": shape(
        {"options": items(_MARKED_OPTION, "options in radio buttons")},
        {**_ID, **_FOCUS, "confirm": CONFIRM, "initial_option": _MARKED_OPTION},
    ),
    "checkboxes": shape(
        {"options": items(_MARKED_OPTION, "options in checkboxes")},
        {
            **_ID,
            **_FOCUS,
            "confirm": CONFIRM,
            "initial_options": items(_MARKED_OPTION, "options in checkboxes"),
        },
    ),
    "plain_text_input": _plain_text_input,
    "email_text_input": shape({}, {**_TYPED, "initial_value": string()}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": string()}),
    "number_input": shape(
        {"is_decimal_allowed": flag},
        {
            **_TYPED,
            "initial_value": string(),
            "min_value": string(),
            "max_value": string(),
        },
    ),
    "rich_text_input": shape({}, {**_TYPED, "initial_value": RICH_TEXT}),
    "file_input": shape(
        {},
        {
            **_ID,
            "filetypes": items(string(), "options in a select"),
            "max_files": integer(1, LIMITS["files in a file_input"].number),
        },
    ),
}

_MENUS = tuple(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "channels", "conversations")
)
_PICKERS = ("datepicker", "timepicker", "radio_buttons", "checkboxes")

IN_SECTION = ("button", "workflow_button", "image", "overflow", *_MENUS, *_PICKERS)
IN_ACTIONS = (
    "button",
    "workflow_button",
    "overflow",
    *_MENUS,
    *_PICKERS,
    "datetimepicker",
    "rich_text_input",
)
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")
IN_INPUT = (
    *_MENUS,
    *_PICKERS,
    "datetimepicker",
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
)


def element_of(*types: str) -> Check:
    """An element of one of these types; any other is unsupported at that place."""
    return tagged({name: ELEMENTS[name] for name in types})
