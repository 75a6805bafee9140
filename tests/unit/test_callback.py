"""The status callback: who may post it, and what it says."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.calling.callback import read_report
from bot.errors import InputError
from bot.twilio import Posted, Secrets, is_authentic
from storage.statuses import Report

URL = "https://bot.example/toingg/status"
SID = "CA0123456789abcdef0123456789abcdef"
SECRETS = Secrets(token="shared-token", twilio="twilio-token")
FIELDS = {"CallSid": SID, "CallStatus": "ringing", "To": "+14155550132"}
FORM = "application/x-www-form-urlencoded"


def posted(fields: Any, kind: str = FORM, **more: str) -> Posted:
    """A request with these fields, signed by nobody."""
    body = json.dumps(fields) if kind == "application/json" else urlencode(fields)
    values = {"url": URL, "query": "", "token": "", "signature": "", **more}
    return Posted(content_type=kind, body=body.encode(), **values)


def twilio(signed: str, token: str = SECRETS.twilio) -> str:
    """base64(HMAC-SHA1)."""
    return base64.b64encode(
        hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    ).decode()


def of_form(fields: dict[str, str], url: str = URL) -> str:
    """Twilio's signature of a form: the address, then each key and value, sorted."""
    return twilio(url + "".join(key + fields[key] for key in sorted(fields)))


def test_the_shared_token() -> None:
    """The right token opens, whatever the body; another, or none set, doesn't."""
    assert is_authentic(posted(FIELDS, token="shared-token"), SECRETS)
    assert not is_authentic(posted(FIELDS, token="shared-toke"), SECRETS)
    assert not is_authentic(posted(FIELDS, token="é"), SECRETS)
    assert not is_authentic(posted(FIELDS), SECRETS)
    assert not is_authentic(posted(FIELDS, token="x"), Secrets(token="", twilio=""))


def test_twilios_signature_of_a_form() -> None:
    """It covers the address with its query and every field; a wrong token beside it decides."""
    assert is_authentic(posted(FIELDS, signature=of_form(FIELDS)), SECRETS)
    url = f"{URL}?a=1"
    asked = posted(FIELDS, url=url, query="a=1", signature=of_form(FIELDS, url))
    assert is_authentic(asked, SECRETS)
    assert not is_authentic(replace(asked, url=URL), SECRETS)
    changed = posted(FIELDS | {"CallStatus": "completed"}, signature=of_form(FIELDS))
    assert not is_authentic(changed, SECRETS)
    assert not is_authentic(posted(FIELDS, signature="é"), SECRETS)
    wrong = posted(FIELDS, signature=of_form(FIELDS), token="wrong")
    assert not is_authentic(wrong, SECRETS)


def test_twilios_signature_of_json() -> None:
    """JSON isn't in the signature: the address's `bodySHA256` must be the raw body's hash."""
    plain = posted(FIELDS, "application/json")
    assert not is_authentic(replace(plain, signature=twilio(URL)), SECRETS)
    query = f"bodySHA256={hashlib.sha256(plain.body).hexdigest()}"
    url = f"{URL}?{query}"
    signed = replace(plain, url=url, query=query, signature=twilio(url))
    assert is_authentic(signed, SECRETS)
    assert not is_authentic(replace(signed, body=signed.body + b" "), SECRETS)
    assert not is_authentic(replace(signed, signature=twilio(url, "other")), SECRETS)


@pytest.mark.parametrize("kind", [FORM, "application/json", "Application/JSON; charset=utf-8"])
def test_a_report(kind: str) -> None:
    """A form and JSON in Twilio's shape say the same."""
    more = {"SequenceNumber": "3", "CallDuration": "57", "RecordingUrl": "https://rec.example/1"}
    body = FIELDS | more
    asked = posted(body, "application/json" if "JSON" in kind.upper() else kind)
    assert read_report(replace(asked, content_type=kind)) == Report(
        call_sid=SID,
        status="ringing",
        seq=3,
        seconds=57,
        phone="+14155550132",
        recording_url="https://rec.example/1",
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("ANSWERED", "in-progress"),
        ("in_progress", "in-progress"),
        ("cancelled", "canceled"),
        (" No Answer ", "no-answer"),
        ("ended", "completed"),
    ],
)
def test_words_for_a_state(said: str, status: str) -> None:
    """Other spellings are Twilio's words."""
    report = read_report(posted(FIELDS | {"CallStatus": said}))
    assert report is not None
    assert report.status == status


def test_a_state_that_nobody_knows() -> None:
    """It is no report, and no error: whoever posts it needn't try again."""
    assert read_report(posted(FIELDS | {"CallStatus": "teleported"})) is None


@pytest.mark.parametrize(
    ("field", "value", "name", "read"),
    [
        ("CallDuration", "57.9", "seconds", 57),
        ("CallDuration", -1, "seconds", None),
        ("CallDuration", True, "seconds", None),
        ("CallDuration", 10**9, "seconds", 604_800),
        ("CallDuration", "\u0665\u0667", "seconds", None),
        ("SequenceNumber", 2**40, "seq", None),
        ("SequenceNumber", "9999999999", "seq", 2**31 - 1),
        ("To", "+1 415 555 0132", "phone", "+14155550132"),
        ("To", "sip:john@example", "phone", None),
        ("RecordingUrl", "\ud800", "recording_url", None),
        ("RecordingUrl", "https://rec.example/\u0000", "recording_url", None),
        ("RecordingUrl", "https://rec.example/" + "x" * 2000, "recording_url", None),
        ("RecordingUrl", ["https://rec.example"], "recording_url", None),
    ],
)
def test_what_cannot_be_used_is_left_out(field: str, value: Any, name: str, read: Any) -> None:
    """A field of another kind or size is none; the rest of the report counts."""
    report = read_report(posted(FIELDS | {field: value}, "application/json"))
    assert report is not None
    assert (report.call_sid, getattr(report, name)) == (SID, read)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"CallStatus=ringing", FORM),
        (b"CallSid=", FORM),
        (b"CallSid=a%20b&CallStatus=ringing", FORM),
        (b"\xff", FORM),
        (b"&".join([b"a=1"] * 500), FORM),
        (b"", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"CallSid": 5.5}', "application/json"),
        (b'{"CallSid": {"CallSid": "x"}}', "application/json"),
    ],
)
def test_what_is_no_report(body: bytes, kind: str) -> None:
    """Bytes without a callSid are refused in words."""
    with pytest.raises(InputError) as caught:
        read_report(replace(posted(FIELDS, kind), body=body))
    assert caught.value.message
