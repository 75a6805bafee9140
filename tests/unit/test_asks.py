"""What a payload asks: the strings and files of its inputs, its message, its event."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InputError
from bot.slack.asks import asker, read_ask, team_of
from bot.slack.payloads import Closed, read, usable
from bot.slack.routes import FileRef, Kind
from tests.generated import JSON
from tests.unit.test_payloads import CLICK, SUBMISSION

FILE = {"id": "F1", "name": "numbers.csv", "mimetype": "text/csv", "size": 42, "url_private": "x"}
NUMBERS = (FileRef("F1", "numbers.csv", 42),)
PICKED = {"text": {"type": "plain_text", "text": "One"}, "value": "one"}
OTHER = {"value": "two"}
SHORTCUT: dict[str, Any] = {
    "type": "message_action",
    "callback_id": "campaign.from_message",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "channel": {"id": "C1", "name": "sales"},
    "message_ts": "1.2",
    "trigger_id": "3.4",
    "response_url": "https://hooks.slack.com/app/1",
    "message": {"ts": "1.2", "text": "call +1 415 555 0132", "files": [FILE]},
}
SAID: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {
        "type": "message",
        "subtype": "file_share",
        "channel_type": "im",
        "channel": "D1",
        "user": "U1",
        "text": "these",
        "ts": "1.2",
        "files": [FILE],
    },
}


def asked(body: dict[str, Any]) -> tuple[Kind, str, dict[str, Any]] | None:
    """What the funnel makes of a body, after the check at the door."""
    payload = read(usable(body))
    assert not isinstance(payload, Closed)
    return read_ask(payload, ())


def rest_of(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of the ask."""
    found = asked(body)
    assert found is not None
    return found[2]


def submitted(**held: Any) -> dict[str, Any]:
    """A submission whose one input holds this."""
    view = SUBMISSION["view"] | {"state": {"values": {"field": {"value": held}}}}
    return rest_of(SUBMISSION | {"view": view})


@pytest.mark.parametrize(
    ("held", "typed"),
    [
        ({"type": "plain_text_input", "value": "John"}, "John"),
        ({"type": "plain_text_input", "value": None}, ""),
        ({"type": "number_input", "value": "0"}, "0"),
        ({"type": "static_select", "selected_option": PICKED}, "one"),
        ({"type": "radio_buttons", "selected_option": None}, ""),
        ({"type": "checkboxes", "selected_options": [PICKED, OTHER]}, "one two"),
        ({"type": "checkboxes", "selected_options": []}, ""),
        ({"type": "users_select", "selected_user": "U2"}, "U2"),
        ({"type": "multi_users_select", "selected_users": ["U2", "U3"]}, "U2 U3"),
        ({"type": "channels_select", "selected_channel": "C2"}, "C2"),
        ({"type": "multi_channels_select", "selected_channels": ["C2"]}, "C2"),
        ({"type": "conversations_select", "selected_conversation": "D2"}, "D2"),
        ({"type": "multi_conversations_select", "selected_conversations": ["D2", "C2"]}, "D2 C2"),
        ({"type": "datepicker", "selected_date": "2026-01-02"}, "2026-01-02"),
        ({"type": "timepicker", "selected_time": "09:30", "timezone": "x"}, "09:30"),
        ({"type": "datetimepicker", "selected_date_time": 1_764_064_800}, "1764064800"),
        ({"type": "datetimepicker", "selected_date_time": 0}, "0"),
        ({"type": "datetimepicker", "selected_date_time": None}, ""),
        ({"type": "rich_text_input", "rich_text_value": {"type": "rich_text"}}, ""),
    ],
)
def test_an_input_is_a_string(held: dict[str, Any], typed: str) -> None:
    """Whatever its kind, by its block's id; what isn't chosen is empty."""
    found = submitted(**held)
    assert found["typed"] == {"field": typed}
    assert found["files"] == {}


def test_an_inputs_files() -> None:
    """A file input gives the files by block id, and no string."""
    found = submitted(type="file_input", files=[FILE])
    assert found["typed"] == {"field": ""}
    assert found["files"] == {"field": NUMBERS}


@pytest.mark.parametrize(
    "held",
    [
        {"selected_date": "2026-02-30"},
        {"selected_date": "20260102"},
        {"selected_date": "\u0662026-01-02"},
        {"selected_time": "24:00"},
        {"selected_time": "9:30"},
        {"selected_date_time": -1},
        {"selected_date_time": 10**30},
        {"selected_date_time": 1.5},
        {"selected_date_time": "soon"},
        {"selected_options": "one"},
        {"selected_options": [{}]},
        {"selected_users": [5]},
        {"files": [{"name": "no id"}]},
        {"files": [{"id": "F1", "size": -1}]},
        {"files": [FILE] * 101},
    ],
)
def test_what_no_input_holds(held: dict[str, Any]) -> None:
    """Days, times and files that there can't be are refused at the door."""
    with pytest.raises(InputError):
        submitted(**held)


def test_a_click_in_a_view_knows_the_view() -> None:
    """What was typed, the metadata and the hash come with it: a modal can be redrawn."""
    view = {
        "id": "V1",
        "hash": "1.abc",
        "private_metadata": "draft-1",
        "state": {
            "values": {
                "numbers": {"numbers.typed": {"type": "plain_text_input", "value": "+1415"}},
                "list": {"value": {"type": "file_input", "files": [FILE]}},
            }
        },
    }
    clicks = [{"action_id": "numbers.typed", "block_id": "numbers", "value": "+1415"}]
    found = asked(CLICK | {"view": view, "actions": clicks})
    assert found is not None
    kind, name, rest = found
    assert (kind, name, rest["value"]) == (Kind.CLICK, "numbers.typed", "+1415")
    assert (rest["view_id"], rest["view_hash"], rest["metadata"]) == ("V1", "1.abc", "draft-1")
    assert rest["typed"] == {"numbers": "+1415", "list": ""}
    assert rest["files"] == {"list": NUMBERS}


def test_a_click_on_a_picker_has_its_value() -> None:
    """A day or several choices are the click's value, as a button's is."""
    for held, value in (
        ({"selected_date": "2026-01-02"}, "2026-01-02"),
        ({"selected_options": [PICKED, OTHER]}, "one two"),
        ({"selected_user": "U2"}, "U2"),
        ({}, ""),
    ):
        found = rest_of(CLICK | {"actions": [{"action_id": "x", **held}]})
        assert found["value"] == value
        assert "typed" not in found


def test_a_shortcut_on_a_message() -> None:
    """It has the message's text, files and place; and a way to answer."""
    found = asked(SHORTCUT)
    assert found is not None
    kind, name, rest = found
    assert (kind, name) == (Kind.SHORTCUT, "campaign.from_message")
    assert rest == {
        "key": "3.4",
        "text": "call +1 415 555 0132",
        "files": {"message": NUMBERS},
        "channel": "C1",
        "message_ts": "1.2",
        "trigger_id": "3.4",
        "response_url": "https://hooks.slack.com/app/1",
    }


def test_a_global_shortcut() -> None:
    """It happens nowhere: only its trigger can answer it."""
    body = {name: SHORTCUT[name] for name in ("callback_id", "team", "user", "trigger_id")}
    rest = rest_of(body | {"type": "shortcut"})
    assert rest["trigger_id"] == "3.4"
    assert (rest["text"], rest["files"], rest["channel"], rest["response_url"]) == ("", {}, "", "")


def test_what_is_written_to_the_bot() -> None:
    """Its key is the event's id, so that a repetition can be known."""
    found = asked(SAID)
    assert found == (
        Kind.EVENT,
        "message.im",
        {
            "key": "Ev1",
            "text": "these",
            "files": {"message": NUMBERS},
            "channel": "D1",
            "message_ts": "1.2",
        },
    )
    assert asker(read(SAID)) == ("U1", None)  # type: ignore[arg-type]


def test_a_file_of_another_organisation() -> None:
    """It comes with its id alone, and is taken all the same."""
    bare = {"id": "F2", "mode": "file_access", "file_access": "check_file_info", "user": ""}
    event = SAID["event"] | {"files": [bare]}
    assert rest_of(SAID | {"event": event})["files"] == {"message": (FileRef("F2", "", 0),)}


@pytest.mark.parametrize(
    "other",
    [
        {"channel_type": "channel"},
        {"channel_type": "mpim"},
        {"bot_id": "B1"},
        {"user": None},
        {"subtype": "message_changed", "message": {"text": "edited"}, "user": None},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "bot_message"},
        {"type": "app_home_opened", "channel": "D1"},
        {"type": "channel_created", "channel": {"id": "C1"}, "user": {"id": 5}},
        {"type": "tomorrows_event", "files": "x", "text": 5},
    ],
)
def test_events_that_ask_nothing(other: dict[str, Any]) -> None:
    """Other places, bots, edits, and whatever else Slack may tell: taken, and let be."""
    assert asked(SAID | {"event": SAID["event"] | other}) is None


def test_an_event_without_its_id_asks_nothing() -> None:
    """It couldn't be told from its repetition."""
    assert asked({name: value for name, value in SAID.items() if name != "event_id"}) is None


def test_whose_an_event_is() -> None:
    """The installation that it is for, where another organisation shares the conversation."""
    ours = [{"team_id": "T1", "enterprise_id": "E1", "user_id": "U0"}]
    shared = read(usable(SAID | {"team_id": "T9", "authorizations": ours}))
    assert team_of(shared) == ("E1", "T1")  # type: ignore[arg-type]
    assert team_of(read(SAID)) == ("", "T1")  # type: ignore[arg-type]


ANYTHING = st.dictionaries(
    st.sampled_from(
        (
            *("type", "subtype", "channel_type", "channel", "user", "bot_id", "ts", "text"),
            *("files", "blocks", "attachments", "value", "selected_option", "selected_options"),
            *("selected_users", "selected_date", "selected_time", "selected_date_time"),
        )
    ),
    JSON | st.sampled_from(("message", "im", "2026-02-30", "24:00", 10**20, [FILE], [{}])),
)


@given(ANYTHING)
def test_forged_fields(fields: dict[str, Any]) -> None:
    """Whatever stands in an event, a message, an input or a click: read, or refused in words."""
    view = SUBMISSION["view"] | {"state": {"values": {"field": {"value": fields}}}}
    for body in (
        SAID | {"event": SAID["event"] | fields},
        SHORTCUT | {"message": fields},
        SUBMISSION | {"view": view},
        CLICK | {"actions": [{"action_id": "x"} | fields]},
    ):
        try:
            found = asked(body)
        except InputError:
            continue
        for text in found[2].values() if found else ():
            assert not isinstance(text, str) or text.encode() is not None
