"""From an answer's status to the error it stands for: pure."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

from bot.errors import (
    FieldFault,
    KeyRejected,
    NoCredit,
    NoSuchAddress,
    NotPlaced,
    RateLimited,
    Rejected,
    ServerFault,
    ToinggError,
    UnknownToToingg,
    Unreadable,
)

MAX_WORDS = 300  # characters of Toingg's own words that are shown to a person
_MAX_FAULTS = 20
_SENTENCES = ("detail", "message", "error")  # keys under which an error says what is wrong
_MAX_RETRY_AFTER = timedelta(days=1)

# What a PerhapsPlaced says where the class's own sentence, about a phone, would be wrong.
NO_ANSWER = "Toingg gave no answer that could be used. Try again in a minute."
UNSURE_TEXT = "Toingg didn't say whether the text was sent; it may arrive."
UNSURE_HANG_UP = (
    "Toingg didn't say whether the call was ended. See whether it is still going on, "
    "then hang up again."
)
UNSURE_CHECKOUT = (
    "Toingg gave no checkout page. Nothing is charged before somebody pays there: try again."
)
UNSURE_CAMPAIGN = (
    "Toingg didn't say whether the campaign was saved. Look at its campaigns before trying again."
)


@dataclass(frozen=True)
class Reply:
    """An answer as it came: `body` decompressed, headers None where they weren't sent.

    What a peer said may hold names and numbers, so only the status shows in a `repr`.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    location: str | None = field(default=None, repr=False)
    retry_after: str | None = field(default=None, repr=False)


def failure(reply: Reply, now: datetime, *, unsure: str | None = None) -> ToinggError | None:
    """The error that an answer stands for; None for 2xx.

    `now` is aware; it is what a Retry-After date counts from. `unsure` is the sentence of a 5xx and
    of a redirect that isn't one of 307 and 308: those may come after the work was done.
    """
    status = reply.status
    if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls successful
        return None
    detail = f"HTTP {status}"
    if status >= 500:  # noqa: PLR2004 - what HTTP calls the server's error
        return ServerFault(unsure, detail=detail)
    if status < 400:  # noqa: PLR2004 - below what HTTP calls the client's error
        return Unreadable(unsure, detail=detail)
    return _refusal(reply, now, detail)


def _refusal(reply: Reply, now: datetime, detail: str) -> NotPlaced:
    match reply.status:
        case 401 | 403:
            return KeyRejected(detail=detail)
        case 402:
            return NoCredit(detail=detail)
        case 404 if _is_of_the_address(reply.body):
            return NoSuchAddress(detail=detail)
        case 404:
            return UnknownToToingg(detail=detail)
        case 429:
            return RateLimited(retry_after=retry_after(reply.retry_after, now), detail=detail)
        case _:
            return _rejected(reply.body, detail)


def _is_of_the_address(body: bytes) -> bool:
    """Whether a 404 says no more than that: a proxy's page, or what FastAPI says of any path."""
    value = _json(body)
    if not isinstance(value, dict):
        return True
    said = [words_of(value.get(key)) for key in _SENTENCES]
    return all(each is None or each.lower().rstrip(".") == "not found" for each in said)


def _json(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        return None


def _rejected(body: bytes, detail: str) -> Rejected:
    """Rejected, with what a FastAPI application says: `detail` a list or a string, or `message`."""
    value = _json(body)
    if not isinstance(value, dict):
        return Rejected(words_of(value), detail=detail)
    faults = field_faults(value.get("detail"))
    told = [f"{fault.loc[-1]}: {fault.msg}" if fault.loc else fault.msg for fault in faults]
    words = [words_of(value.get(key)) for key in _SENTENCES]
    message = words_of("; ".join(told)) or next(filter(None, words), None)
    return Rejected(message, faults=faults, detail=detail)


def field_faults(detail: Any) -> tuple[FieldFault, ...]:
    """The lines of a 422, by `loc`, `msg` and `type` alone; what isn't such a line is left out."""
    if not isinstance(detail, list):
        return ()
    lines = [line for line in detail if isinstance(line, dict)][:_MAX_FAULTS]
    return tuple(
        FieldFault(
            _loc(line.get("loc")), words_of(line.get("msg")) or "", words_of(line.get("type")) or ""
        )
        for line in lines
    )


def _loc(value: Any) -> tuple[str | int, ...]:
    parts = value if isinstance(value, list) else [value]
    return tuple(
        part if isinstance(part, int) else words_of(part) or ""
        for part in parts
        if isinstance(part, str | int) and not isinstance(part, bool)
    )


def words_of(value: Any) -> str | None:
    """Somebody else's sentence on one line, without control and invisible characters, cut at 300
    characters; None where it is no string or empty. Whoever shows it escapes it.
    """
    if not isinstance(value, str):
        return None
    visible = (
        char
        for char in value[: 10 * MAX_WORDS]
        if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    shown = " ".join("".join(visible).split())
    cut = shown if len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 1] + "…"
    return cut or None


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """A Retry-After in seconds or as an HTTP date, cut to a day; None where it is neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        wait = timedelta(seconds=min(int(text[:9]), 86400))
    else:
        try:
            wait = parsedate_to_datetime(text) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return max(timedelta(0), min(wait, _MAX_RETRY_AFTER))
