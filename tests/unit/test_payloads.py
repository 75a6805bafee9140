"""What Slack sends: signed by it, read tolerantly, and handed on as far as it was read."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from bot.errors import InputError
from bot.slack.payloads import Click, Command, Event, Submission, check, read, usable
from bot.slack.signature import is_signed

NOW = datetime(2026, 3, 1, 12, 0, 0, 900_000, tzinfo=UTC)
SECRET = "signing-secret"
FORM = "application/x-www-form-urlencoded"
COMMAND = {
    "command": "/toingg-call",
    "text": "+14155550132",
    "team_id": "T1",
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "U1", "team_id": "T1"},
    "actions": [{"action_id": "call.hang_up", "value": "x"}],
}
SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "view": {"id": "V1", "callback_id": "call.form", "state": {"values": {}}},
}


def signature(raw: bytes, timestamp: int, secret: str = SECRET) -> str:
    """As Slack's documentation has it."""
    base = f"v0:{timestamp}:".encode() + raw
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("age", "taken"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)]
)
def test_a_signature_lasts_five_minutes_either_way(age: int, *, taken: bool) -> None:
    """Whole seconds count: at exactly 300 it is taken, at 301 it isn't."""
    then = int(NOW.timestamp()) - age
    assert is_signed(SECRET, b"x", str(then), signature(b"x", then), NOW) is taken


def test_signed_bytes_need_not_be_text() -> None:
    """Any bytes can be signed; another secret, body or time can't be passed off."""
    then = int(NOW.timestamp())
    right = signature(b"\xff\xfe", then)
    assert is_signed(SECRET, b"\xff\xfe", str(then), right, NOW)
    assert not is_signed(SECRET, b"\xff", str(then), right, NOW)
    assert not is_signed(SECRET, b"\xff\xfe", str(then - 1), right, NOW)
    assert not is_signed("other", b"\xff\xfe", str(then), right, NOW)
    assert not is_signed("", b"\xff\xfe", str(then), signature(b"\xff\xfe", then, "x"), NOW)


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1e9", "\u0661", "9" * 5000])
def test_a_time_that_is_none(timestamp: str) -> None:
    """What isn't a time of a request is refused, not stumbled over."""
    later = NOW + timedelta(seconds=1)
    assert not is_signed(SECRET, b"x", timestamp, "v0=é", later)


def test_the_kinds_of_requests() -> None:
    """A command, a click, a submission and an event are told apart by what they carry."""
    assert isinstance(read(COMMAND), Command)
    assert isinstance(read(CLICK), Click)
    assert isinstance(read(SUBMISSION), Submission)
    assert isinstance(read({"type": "event_callback", "event": {"type": "message"}}), Event)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "unheard_of"},
        COMMAND | {"user_id": ""},
        COMMAND | {"team_id": None},
        COMMAND | {"command": "toingg"},
        CLICK | {"actions": []},
        CLICK | {"user": None},
        SUBMISSION | {"view": {}},
        SUBMISSION | {"view": {"id": "V1", "state": {"values": 5}}},
        {"type": "event_callback", "event": {"type": 5}},
    ],
)
def test_what_slack_never_sends(body: dict[str, Any]) -> None:
    """A body of another shape is refused as a whole."""
    with pytest.raises(InputError):
        read(body)


def test_nothing_is_handed_on_that_was_not_read() -> None:
    """Fields that the bot doesn't use never reach what stands behind the check."""
    odd = CLICK | {
        "authorizations": 5,
        "event": 1,
        "message": [],
        "view": None,
        "bot_access_token": 1,
    }
    passed = usable(odd)
    assert set(passed) <= {
        *CLICK,
        "container",
        "is_enterprise_install",
        "trigger_id",
        "response_url",
    }
    assert usable(SUBMISSION)["view"]["type"] == "modal"
    assert read(passed) == read(CLICK)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_bodies(kind: str) -> None:
    """Events come as JSON, whatever the case of its name."""
    hello = {"type": "url_verification", "challenge": "abc"}
    assert check(json.dumps(hello).encode(), kind)["challenge"] == "abc"


def test_form_bodies() -> None:
    """Commands are forms; interactions are JSON within one; the first of two fields counts."""
    assert check(urlencode(COMMAND).encode(), FORM)["text"] == "+14155550132"
    payload = quote_plus(json.dumps(CLICK))
    assert check(f"payload={payload}".encode(), FORM)["actions"][0]["action_id"] == "call.hang_up"
    assert check(f"payload={payload}&payload=x".encode(), FORM)["type"] == "block_actions"
    assert check(b"ssl_check=1&token=x&payload=x", FORM) == {"ssl_check": "1"}


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\xff", b"payload=", b"payload={", b"payload=null", b"payload=1", b"payload=[]"),
        b"payload=" + b"[" * 100_000,
        b"&".join([b"a=1"] * 500),
        b'payload={"type": "block_actions", "user": {"id": "\\ud800"}}',
    ],
)
def test_bodies_that_cannot_be_read(raw: bytes) -> None:
    """No text, no JSON, no object, no end: refused in words."""
    with pytest.raises(InputError) as caught:
        check(raw, FORM)
    assert caught.value.message
