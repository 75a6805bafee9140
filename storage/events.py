"""What happened to a call or a text, in order; what its thread has been told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from storage.models import UNTOLD, CallEventRow, table_of
from storage.rows import Call
from storage.statements import given, values

EVENTS = table_of(CallEventRow)
_RECORD = insert(EVENTS)


class Kind(StrEnum):
    """Everything that can happen to a row."""

    PLACED = "placed"
    ACCEPTED = "accepted"  # without a callSid
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    HUNG_UP = "hung_up"
    HANG_UP_FAILED = "hang_up_failed"
    REJECTED = "rejected"
    OFFERED = "offered"
    UNCERTAIN = "uncertain"
    AGAIN = "again"
    IT_RANG = "it_rang"
    LEFT = "left"  # uncertain, as somebody decided
    ATTACHED = "attached"
    DISCARDED = "discarded"
    OPTED_OUT = "opted_out"
    NOT_REPORTED = "not_reported"
    UNMATCHED = "unmatched"
    CORRECTED = "corrected"  # what was reported before was of another call
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REPLIED = "replied"  # whoever got the text wrote back
    STOPPED = "stopped"  # the number itself said STOP, or START
    STARTED = "started"


SILENT = frozenset({Kind.RINGING})
"""The card shows these; a line in the thread would only be noise."""


@dataclass(frozen=True)
class Event:
    """One thing that happened to a call."""

    id: int
    call_id: str
    at: datetime
    kind: Kind
    actor: str | None
    detail: dict[str, Any]


def record(
    connection: Connection,
    call: Call,
    kind: Kind,
    at: datetime,
    *,
    actor: str | None = None,
    **detail: Any,
) -> None:
    """Writes it down, in the transaction of what happened.

    A campaign's calls have no thread of their own: nothing of them is to be told.
    """
    connection.execute(
        _RECORD,
        {
            "call_id": call.id,
            "at": at,
            "kind": kind,
            "actor": actor,
            "detail": detail,
            "told": kind in SILENT or call.campaign_id is not None,
        },
    )


def record_all(
    connection: Connection,
    details: Mapping[str, Mapping[str, Any]],
    kind: Kind,
    at: datetime,
    *,
    actor: str | None = None,
) -> None:
    """The same, of many of a campaign's calls at once: `details` by their ids."""
    shared = {"at": at, "kind": kind, "actor": actor, "told": True}
    rows = [shared | {"call_id": call, "detail": dict(each)} for call, each in details.items()]
    connection.execute(_RECORD, rows)


_COLUMNS = (
    EVENTS.c.id,
    EVENTS.c.call_id,
    EVENTS.c.at,
    EVENTS.c.kind,
    EVENTS.c.actor,
    EVENTS.c.detail,
)
_UNTOLD = (
    select(*_COLUMNS)
    .where(EVENTS.c.call_id == given("call_id", EVENTS.c.call_id), text(UNTOLD))
    .order_by(EVENTS.c.id)
)


def untold(connection: Connection, call_id: str) -> list[Event]:
    """What the thread hasn't been told yet, oldest first."""
    return [_event(row) for row in connection.execute(_UNTOLD, values(call_id=call_id))]


def of_kind(connection: Connection, call_id: str, kind: Kind) -> list[Event]:
    """Everything of this kind that happened to the call, oldest first."""
    query = (
        select(*_COLUMNS)
        .where(EVENTS.c.call_id == call_id, EVENTS.c.kind == kind)
        .order_by(EVENTS.c.id)
    )
    return [_event(row) for row in connection.execute(query)]


def of_calls(connection: Connection, call_ids: Sequence[str]) -> dict[str, list[Event]]:
    """Everything that happened to each of these calls, oldest first."""
    query = select(*_COLUMNS).where(EVENTS.c.call_id.in_(list(call_ids))).order_by(EVENTS.c.id)
    found: dict[str, list[Event]] = {}
    for row in connection.execute(query):
        found.setdefault(row.call_id, []).append(_event(row))
    return found


def _event(row: Any) -> Event:
    return Event(row.id, row.call_id, row.at, Kind(row.kind), row.actor, row.detail)


def tell(connection: Connection, ids: Sequence[int]) -> None:
    """The thread has them."""
    connection.execute(update(EVENTS).where(EVENTS.c.id.in_(list(ids))).values(told=True))
