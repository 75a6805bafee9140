"""What an element holds: at first, after somebody chose or typed, and in the action it sends."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.limits import FILE_INPUT_BYTES
from bot.sandbox.slack.refusals import Json

_KEYS: dict[str, str] = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
"""Where each input's state keeps what was entered."""

_INITIAL: dict[str, str] = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}

_LISTS = frozenset(key for key in _KEYS.values() if key.endswith("s"))


class FingerError(Exception):
    """Nobody could do this with Slack's client: there is no such button, or the field is empty."""


def stateful(element: Json) -> bool:
    """Whether the element appears in `state.values`."""
    return element["type"] in _KEYS


def initial_state(element: Json, channel: str | None = None) -> Json:
    """The element's state before anybody touched it; `channel` is where the modal came from."""
    key = _KEYS[element["type"]]
    start = element.get(_INITIAL.get(key, ""))
    if start is None and element.get("default_to_current_conversation"):
        start = [channel] if key in _LISTS and channel else channel
    if start is None and key in _LISTS:
        start = []
    return {"type": element["type"], key: start}


def entered_state(element: Json, entered: Any) -> Json:
    """The element's state after somebody entered something.

    `entered` is the text typed, the value of the chosen option (or a list of them), the id of the
    chosen person or conversation, a date `YYYY-MM-DD`, a time `HH:MM`, a moment in seconds, or the
    list of file objects; None empties the field. Raises FingerError for an option that isn't there.
    """
    key = _KEYS[element["type"]]
    if key == "selected_option" and isinstance(entered, str):
        entered = _option(element, entered)
    elif key == "selected_options":
        entered = [_option(element, v) if isinstance(v, str) else v for v in entered or []]
    elif key in _LISTS:
        entered = list(entered or [])
    elif key == "value" and entered == "":
        entered = None
    return {"type": element["type"], key: entered}


def is_empty(state: Json) -> bool:
    """Whether Slack's client takes the field for not filled in."""
    return state[_KEYS[state["type"]]] in (None, "", [])


def entered_in(state: Json) -> Any:
    """What the state holds, without its wrapping."""
    return state[_KEYS[state["type"]]]


def _options(element: Json) -> list[Json]:
    inner: list[Json] = list(element.get("options", []))
    for group in element.get("option_groups", []):
        inner += group["options"]
    return inner


def _option(element: Json, value: str) -> Json:
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": value}, "value": value}
    for option in _options(element):
        if option["value"] == value:
            return option
    raise FingerError(f"no option {value!r} in {element.get('action_id')}")


def action_of(block_id: str, element: Json, entered: Any, at: str) -> Json:
    """The entry of `actions` for using an element; `at` is the moment, as a message's ts.

    For a button `entered` takes the place of its value (a forgery); None leaves it.
    """
    body: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": at,
    }
    if element["type"] in ("button", "icon_button", "workflow_button"):
        body["text"] = element["text"]
        value = element.get("value") if entered is None else entered
        return body if value is None else body | {"value": value}
    if element["type"] == "overflow":
        return body | {"selected_option": _option(element, entered)}
    if element["type"] == "feedback_buttons":
        return body | {"value": entered}
    if "placeholder" in element:
        body["placeholder"] = element["placeholder"]
    state = initial_state(element) if entered is None else entered_state(element, entered)
    return body | {key: value for key, value in state.items() if key != "type"}


def unsent(block: Json, state: Json) -> str | None:
    """Why Slack's client wouldn't submit this input; None where it would."""
    if is_empty(state):
        return None if block.get("optional") else "Please complete this required field."
    element, value = block["element"], entered_in(state)
    if element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Enter at most {element.get('max_length', 3000)} characters."
    if element["type"] == "number_input" and not _is_number(element, value):
        return "Enter a valid number."
    if element["type"] == "email_text_input" and "@" not in value:
        return "Enter a valid email address."
    if element["type"] == "file_input":
        return _ungiven(element, value)
    if element["type"] == "url_text_input" and "://" not in value:
        return "Enter a valid URL."
    return None


def _ungiven(element: Json, files: list[Json]) -> str | None:
    """Why Slack's client wouldn't upload these files."""
    most = element.get("max_files", 10)
    if len(files) > most:
        return f"Choose at most {most} file{'' if most == 1 else 's'}."
    kinds = element.get("filetypes")
    for file in files:
        if kinds and file.get("filetype") not in kinds:
            return f"Choose a file of these types: {', '.join(kinds)}."
        if file.get("size", 0) > FILE_INPUT_BYTES:
            return f"Choose a file of at most {FILE_INPUT_BYTES // 1_000_000} MB."
    return None


def _is_number(element: Json, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    whole = element["is_decimal_allowed"] or number == int(number)
    low = float(element.get("min_value", "-inf"))
    return whole and low <= number <= float(element.get("max_value", "inf"))


def merged(
    values: Mapping[str, Mapping[str, Json]], block_id: str, action_id: str, state: Json
) -> dict[str, dict[str, Json]]:
    """`state.values` with one input's state replaced."""
    copy = {block: dict(actions) for block, actions in values.items()}
    copy.setdefault(block_id, {})[action_id] = state
    return copy
