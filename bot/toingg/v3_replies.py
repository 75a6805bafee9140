"""What comes from v3, read tolerantly: `{"status": bool, "message": str, "result": …}`.

As in `replies`: pure functions, and what can't be understood is Unreadable.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.errors import Rejected, Unreadable
from bot.toingg.documents import get, is_id, no_json, read
from bot.toingg.failures import NO_ANSWER, UNSURE_CAMPAIGN, Reply, words_of
from bot.toingg.replies import call_sid

_CAMPAIGN_KEYS = ("campaignId", "campId", "campID", "_id", "id")
_SECONDS_IN_A_YEAR = 366 * 86400


@dataclass(frozen=True)
class CallStatus:
    """How a call stands: Twilio's word in lower case with hyphens (`in-progress`), aware times in
    UTC, whole seconds. None: not told.
    """

    status: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Campaign:
    """A campaign of v3: its id, its title ("" where it has none), everything else as it came."""

    id: str
    title: str
    fields: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Voice:
    """A voice of v3, and its kind where that is told."""

    name: str
    type: str | None = None


def placed_call_sid(reply: Reply) -> str | None:
    """As `call_sid`; Rejected where the envelope says `status: false`.

    A refusal that names a call contradicts itself, and a phone may be ringing: Unreadable.
    """
    found = call_sid(reply)
    refusal = refusal_of(read(reply.body).value)
    if refusal and found:
        raise Unreadable(detail="status false, with a call id")
    if refusal:
        raise refusal
    return found


def result_of(reply: Reply, unsure: str = NO_ANSWER) -> Any:
    """What a v3 answer carries: its `result`, or the whole where there is no envelope.

    Raises Rejected for `status: false`, Unreadable (which says `unsure`) where it isn't JSON.
    """
    document = read(reply.body)
    if not document.is_json:
        raise no_json(reply, unsure)
    refusal = refusal_of(document.value)
    if refusal:
        raise refusal
    value = document.value
    return value["result"] if isinstance(value, dict) and "result" in value else value


def call_status(reply: Reply) -> CallStatus:
    """The answer to `call_status`, by either spelling. Raises as `result_of`, and Unreadable
    where no status is told.
    """
    result = result_of(reply)
    status = get(result, "status")
    if not (isinstance(status, str) and status.strip()):
        raise Unreadable(NO_ANSWER, detail="no status of the call")
    word = "-".join(status.lower().replace("_", " ").replace("-", " ").split())
    return CallStatus(
        status="canceled" if word == "cancelled" else word[:40],
        started_at=_moment(get(result, "start_time", "startTime")),
        ended_at=_moment(get(result, "end_time", "endTime")),
        seconds=_seconds(get(result, "duration")),
        error=words_of(get(result, "error")),
    )


def campaign_id(reply: Reply) -> str | None:
    """The new campaign's id, None: saved, id unknown. Raises as `result_of`."""
    result = result_of(reply, UNSURE_CAMPAIGN)
    found = result if isinstance(result, str) else get(result, *_CAMPAIGN_KEYS)
    return found if is_id(found) else None


def campaigns(reply: Reply) -> tuple[Campaign, ...]:
    """The campaigns of an object keyed by id, or of an array. Raises as `result_of`."""
    result = result_of(reply)
    inner = get(result, "campaigns")
    listed = inner if isinstance(inner, dict | list) else result
    if isinstance(listed, dict):
        pairs = list(listed.items())
    elif isinstance(listed, list):
        pairs = [(get(item, *_CAMPAIGN_KEYS), item) for item in listed]
    else:
        raise Unreadable(NO_ANSWER, detail="neither an object nor an array of campaigns")
    return tuple(_campaign(key, item) for key, item in pairs if _is_campaign(key, item))


def languages(reply: Reply) -> tuple[str, ...]:
    """The names of the languages. Raises as `result_of`, Unreadable where there is no list."""
    return tuple(it for it in _listed(reply, "languages", "language") if isinstance(it, str))


def voices(reply: Reply) -> tuple[Voice, ...]:
    """The voices, objects or bare names. Raises as `languages` does."""
    found = []
    for item in _listed(reply, "voice", "voices"):
        name = item if isinstance(item, str) else get(item, "name")
        kind = get(item, "type")
        if isinstance(name, str) and name:
            found.append(Voice(name, kind if isinstance(kind, str) else None))
    return tuple(found)


def _listed(reply: Reply, *keys: str) -> list[Any]:
    result = result_of(reply)
    listed = result if isinstance(result, list) else get(result, *keys)
    if not isinstance(listed, list):
        raise Unreadable(NO_ANSWER, detail=f"no list of {keys[0]}")
    return listed


def refusal_of(value: Any) -> Rejected | None:
    """The Rejected that an envelope's `status: false` stands for."""
    if isinstance(value, dict) and value.get("status") is False:
        message = words_of(value.get("message")) or words_of(value.get("detail"))
        return Rejected(message, detail="status false")
    return None


def _is_campaign(key: Any, item: Any) -> bool:
    # Beside campaigns an object may carry a count: only an object or a title is a campaign.
    return is_id(key) and isinstance(item, dict | str)


def _campaign(key: str, item: dict[str, Any] | str) -> Campaign:
    if isinstance(item, str):
        return Campaign(key, item)
    title = get(item, "title", "name", "campaignName")
    return Campaign(key, title if isinstance(title, str) else "", item)


def _moment(value: Any) -> datetime | None:
    """An ISO 8601 or RFC 1123 time; one without a zone is read as UTC."""
    if not isinstance(value, str):
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value.strip())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _seconds(value: Any) -> int | None:
    """Whole seconds of a number or of a string of one ("57"); None where it is no such length."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    sane = math.isfinite(seconds) and 0 <= seconds <= _SECONDS_IN_A_YEAR
    return round(seconds) if sane else None
