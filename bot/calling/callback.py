"""The status callback: who may post to it, and what it says; pure.

A form or JSON in Twilio's shape, authenticated by Twilio's signature or by a shared secret.
Twilio signs its full address and, of a form, each key and value; of JSON only what the query's
`bodySHA256` says of the raw body (Twilio's "Validating requests").
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from bot.calling.status import word
from bot.errors import InputError
from storage.statuses import Report

_E164 = re.compile(r"\+[1-9]\d{1,14}")
_SID = re.compile(r"[\w-]{1,64}")
_MOST_SECONDS = 7 * 86_400
_LONGEST_URL = 2000

_KEYS = {
    "call_sid": ("CallSid", "callSid", "call_sid", "callId"),
    "status": ("CallStatus", "callStatus", "status"),
    "phone": ("To", "to", "phoneNumber"),
    "seq": ("SequenceNumber", "sequenceNumber"),
    "seconds": ("CallDuration", "callDuration", "duration"),
    "recording": ("RecordingUrl", "recordingUrl"),
}


@dataclass(frozen=True)
class Posted:
    """One request as it arrived: `url` is the public one, with its query."""

    url: str
    query: str
    content_type: str
    body: bytes
    token: str
    signature: str

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        return self.content_type.partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True)
class Secrets:
    """Either may be empty, which matches nothing."""

    token: str
    twilio: str


def is_authentic(posted: Posted, secrets: Secrets) -> bool:
    """Whether whoever posted it has one of the secrets."""
    if posted.token and secrets.token:
        return hmac.compare_digest(posted.token.encode(), secrets.token.encode())
    if not (posted.signature and secrets.twilio):
        return False
    signed = posted.url
    if posted.is_json:
        claimed = parse_qs(posted.query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(
            claimed.encode(), hashlib.sha256(posted.body).hexdigest().encode()
        ):
            return False
    else:
        fields = sorted(_form(posted.body))
        signed += "".join(key + value for key, value in fields)
    digest = hmac.new(secrets.twilio.encode(), signed.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), posted.signature.encode())


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise InputError({"body": "The form isn't UTF-8, or has too many fields."}) from None


def read_report(posted: Posted) -> Report | None:
    """What it says; None for a state that nobody knows. Raises InputError without a callSid."""
    fields = _json(posted.body) if posted.is_json else dict(_form(posted.body))
    call_sid = _text(fields, "call_sid")
    if not _SID.fullmatch(call_sid):
        raise InputError({"CallSid": "The report names no CallSid."})
    status = word(_text(fields, "status"))
    if status is None:
        return None
    phone = _text(fields, "phone").replace(" ", "")
    return Report(
        call_sid=call_sid,
        status=status,
        seq=_number(fields, "seq", 2**31 - 1),
        seconds=_number(fields, "seconds", _MOST_SECONDS),
        phone=phone if _E164.fullmatch(phone) else None,
        recording_url=_address(_text(fields, "recording")),
    )


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise InputError({"body": "The body isn't a JSON object."})
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    for key in _KEYS[name]:
        value = fields.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
    return ""


def _address(text: str) -> str | None:
    """What may be an address; no database takes every character that JSON can hold."""
    return text if 0 < len(text) <= _LONGEST_URL and text.isascii() and text.isprintable() else None


def _number(fields: Mapping[str, Any], name: str, most: int) -> int | None:
    text = _text(fields, name)
    if not re.fullmatch(r"\d{1,10}(\.\d+)?", text, re.ASCII):
        return None
    return min(int(float(text)), most)
