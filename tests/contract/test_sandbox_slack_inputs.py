"""What elements hold and send: states before and after, actions, and what a client keeps back."""

from typing import Any

import pytest

from bot.sandbox.slack.inputs import FingerError, action_of, entered_state, initial_state, unsent
from bot.sandbox.slack.limits import FILE_INPUT_BYTES

Json = dict[str, Any]


def option(value: str) -> Json:
    """One option."""
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


RED, BLUE = option("red"), option("blue")
LIST = {"id": "F1", "filetype": "csv", "size": 42}


@pytest.mark.parametrize(
    ("element", "key", "before", "entered", "after"),
    [
        ({"type": "plain_text_input"}, "value", None, "x", "x"),
        ({"type": "plain_text_input", "initial_value": "x"}, "value", "x", "", None),
        ({"type": "static_select", "options": [RED]}, "selected_option", None, "red", RED),
        (
            {"type": "static_select", "option_groups": [{"options": [RED]}, {"options": [BLUE]}]},
            "selected_option",
            None,
            "blue",
            BLUE,
        ),
        (
            {"type": "checkboxes", "options": [RED, BLUE], "initial_options": [RED]},
            "selected_options",
            [RED],
            ["blue"],
            [BLUE],
        ),
        ({"type": "users_select", "initial_user": "U1"}, "selected_user", "U1", "U2", "U2"),
        ({"type": "multi_users_select"}, "selected_users", [], ("U1", "U2"), ["U1", "U2"]),
        (
            {"type": "conversations_select", "default_to_current_conversation": True},
            "selected_conversation",
            "C1",
            "C2",
            "C2",
        ),
        (
            {"type": "multi_conversations_select", "default_to_current_conversation": True},
            "selected_conversations",
            ["C1"],
            None,
            [],
        ),
        ({"type": "datepicker"}, "selected_date", None, "2030-01-31", "2030-01-31"),
        ({"type": "datetimepicker"}, "selected_date_time", None, 1_900_000_000, 1_900_000_000),
        ({"type": "file_input"}, "files", [], [{"id": "F1"}], [{"id": "F1"}]),
    ],
)
def test_each_input_keeps_its_state_under_slacks_key(
    element: Json, key: str, before: Any, entered: Any, after: Any
) -> None:
    """`state.values` has the element's type, and what was entered under the key of that type."""
    assert initial_state(element, "C1") == {"type": element["type"], key: before}
    assert entered_state(element, entered) == {"type": element["type"], key: after}


@pytest.mark.parametrize(
    ("element", "entered", "sent"),
    [
        ({"type": "button", "text": {}, "value": "7"}, None, {"text": {}, "value": "7"}),
        ({"type": "button", "text": {}}, None, {"text": {}}),
        ({"type": "button", "text": {}, "value": "7"}, "8", {"text": {}, "value": "8"}),
        ({"type": "overflow", "options": [RED]}, "red", {"selected_option": RED}),
        (
            {"type": "static_select", "options": [RED], "placeholder": {"text": "…"}},
            "red",
            {"placeholder": {"text": "…"}, "selected_option": RED},
        ),
        ({"type": "plain_text_input"}, "x", {"value": "x"}),
        ({"type": "plain_text_input", "initial_value": "y"}, None, {"value": "y"}),
        ({"type": "feedback_buttons"}, "good", {"value": "good"}),
    ],
)
def test_an_action_carries_what_was_chosen(element: Json, entered: Any, sent: Json) -> None:
    """The entry of `actions` names the element and holds the choice as its type does."""
    action = action_of("b", {**element, "action_id": "a"}, entered, "1.2")
    named = {"type": element["type"], "action_id": "a", "block_id": "b", "action_ts": "1.2"}
    assert action == named | sent


def test_an_option_that_isnt_there_cant_be_chosen() -> None:
    """Nobody can choose what a select doesn't offer."""
    with pytest.raises(FingerError, match="no option 'green'"):
        entered_state({"type": "static_select", "options": [RED], "action_id": "a"}, "green")


@pytest.mark.parametrize(
    ("element", "value", "reason"),
    [
        ({"type": "number_input", "is_decimal_allowed": False}, "1", None),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "number"),
        ({"type": "number_input", "is_decimal_allowed": True}, "1.5", None),
        ({"type": "number_input", "is_decimal_allowed": True}, "one", "number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "9"}, "10", "number"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "1"}, "0", "number"),
        ({"type": "email_text_input"}, "carl", "email"),
        ({"type": "email_text_input"}, "carl@sandbox.example", None),
        ({"type": "url_text_input"}, "toingg", "URL"),
        ({"type": "url_text_input"}, "https://toingg.example", None),
        ({"type": "plain_text_input"}, "", "required"),
        ({"type": "datetimepicker"}, None, "required"),
        ({"type": "datetimepicker"}, 1_900_000_000, None),
        ({"type": "file_input"}, [], "required"),
        ({"type": "file_input", "filetypes": ["csv"]}, [LIST], None),
        ({"type": "file_input", "filetypes": ["png", "pdf"]}, [LIST], "png, pdf"),
        ({"type": "file_input", "max_files": 1}, [LIST, LIST], "at most 1 file."),
        ({"type": "file_input"}, [LIST | {"size": FILE_INPUT_BYTES}], None),
        ({"type": "file_input"}, [LIST | {"size": FILE_INPUT_BYTES + 1}], "at most 10 MB"),
    ],
)
def test_a_client_keeps_back_what_it_sees_is_wrong(
    element: Json, value: Any, reason: str | None
) -> None:
    """Numbers, addresses, files and required fields are checked before anything is sent."""
    said = unsent({"element": element}, entered_state(element, value))
    assert (said is None) if reason is None else (said is not None and reason in said)


def test_an_optional_field_may_stay_empty() -> None:
    """What is optional is sent empty."""
    element = {"type": "plain_text_input"}
    assert unsent({"element": element, "optional": True}, entered_state(element, None)) is None
