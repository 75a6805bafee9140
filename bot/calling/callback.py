"""What the status callback says of a call, or of a text: pure."""

import re
from collections.abc import Mapping
from typing import Any

from bot.calling.status import word
from bot.errors import InputError
from bot.twilio import Posted, fields_of, phone_in, text_in
from storage.rows import Kind
from storage.statuses import Report

_SID = re.compile(r"[\w-]{1,64}")
_MOST_SECONDS = 7 * 86_400
_LONGEST_URL = 2000

_CALL_SIDS = ("CallSid", "callSid", "call_sid", "callId")
_TEXT_SIDS = ("MessageSid", "SmsSid", "messageSid", "message_sid")
_STATUSES = {
    Kind.CALL: ("CallStatus", "callStatus", "status"),
    Kind.TEXT: ("MessageStatus", "SmsStatus", "messageStatus", "status"),
}


def read_report(posted: Posted) -> Report | None:
    """What it says; None for a state that nobody knows. Raises InputError without an id."""
    fields = fields_of(posted)
    sid, kind = text_in(fields, *_CALL_SIDS), Kind.CALL
    if not sid:
        sid, kind = text_in(fields, *_TEXT_SIDS), Kind.TEXT
    if not _SID.fullmatch(sid):
        raise InputError({"CallSid": "The report names no CallSid and no MessageSid."})
    status = word(text_in(fields, *_STATUSES[kind]), kind)
    if status is None:
        return None
    return Report(
        call_sid=sid,
        status=status,
        seq=_number(fields, 2**31 - 1, "SequenceNumber", "sequenceNumber"),
        seconds=_number(fields, _MOST_SECONDS, "CallDuration", "callDuration", "duration"),
        phone=phone_in(fields, "To", "to", "phoneNumber"),
        recording_url=_address(text_in(fields, "RecordingUrl", "recordingUrl")),
        kind=kind,
    )


def _address(text: str) -> str | None:
    """What may be an address; no database takes every character that JSON can hold."""
    return text if 0 < len(text) <= _LONGEST_URL and text.isascii() and text.isprintable() else None


def _number(fields: Mapping[str, Any], most: int, *names: str) -> int | None:
    text = text_in(fields, *names)
    if not re.fullmatch(r"\d{1,10}(\.\d+)?", text, re.ASCII):
        return None
    return min(int(float(text)), most)
