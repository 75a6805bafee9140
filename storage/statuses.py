"""What Toingg reports of what it took: forward only, a final state is never left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text, update

from storage import events
from storage.ledger import proved
from storage.models import LIVE
from storage.rows import CALLS, COLUMNS, Call, Kind, State, call_of, find
from storage.statements import given, values

CALL_RANKS = {
    "queued": 0,
    "initiated": 1,
    "ringing": 2,
    "in-progress": 3,
    "completed": 4,
    "busy": 4,
    "no-answer": 4,
    "failed": 4,
    "canceled": 4,
}
TEXT_RANKS = {
    "accepted": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
}
RANKS: dict[Kind, dict[str, int]] = {Kind.CALL: CALL_RANKS, Kind.TEXT: TEXT_RANKS}
"""Twilio's words, in the order in which a call or a text can go through them; 4 is final."""
FINAL = 4

_TEXT_EVENTS = {
    "delivered": events.Kind.DELIVERED,
    "undelivered": events.Kind.UNDELIVERED,
    "failed": events.Kind.UNDELIVERED,
}
_CALL_EVENTS = {
    "ringing": events.Kind.RINGING,
    "in-progress": events.Kind.ANSWERED,
    "completed": events.Kind.ENDED,
    "busy": events.Kind.BUSY,
    "no-answer": events.Kind.NO_ANSWER,
    "failed": events.Kind.FAILED,
    "canceled": events.Kind.CANCELED,
}
_EVENTS = {Kind.CALL: _CALL_EVENTS, Kind.TEXT: _TEXT_EVENTS}

_LONGEST_CALL = timedelta(hours=4)
"""Twilio ends any call after 4 hours: a later report can't be of a call placed before."""


@dataclass(frozen=True)
class Report:
    """One report of a call's or a text's state. `phone` in E.164 where the report carries it."""

    call_sid: str
    status: str
    seq: int | None = None
    seconds: int | None = None
    phone: str | None = None
    recording_url: str | None = None
    kind: Kind = Kind.CALL


def is_forward(call: Call, report: Report) -> bool:
    """Whether this report tells more than the row knows: pure."""
    ranks = RANKS[call.kind]
    rank = ranks.get(report.status)
    if rank is None or (call.status is not None and rank <= ranks[call.status]):
        return False
    return report.seq is None or call.status_seq is None or report.seq > call.status_seq


def take(
    connection: Connection, workspace_id: str, report: Report, *, now: datetime
) -> tuple[Call | None, bool]:
    """The row that it is of, moved where the report is news, and whether it was.

    A callSid that no row has is matched by number where exactly one row waits for its id; where
    several do, each is told of it and none is moved.
    """
    call = by_sid(connection, workspace_id, report.call_sid)
    if call is None:
        call = _match(connection, workspace_id, report, now)
    if call is None or call.kind is not report.kind or not is_forward(call, report):
        return call, False
    return _advance(connection, call, report, now), True


_BY_SID = select(*COLUMNS).where(
    CALLS.c.call_sid == given("call_sid", CALLS.c.call_sid),
    CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
)


def by_sid(connection: Connection, workspace_id: str, call_sid: str) -> Call | None:
    """The row of this workspace that has the callSid, the newest where several should have it.

    Chosen here: SQLite, told to order by it, walks the workspace's newest rows to find one.
    """
    named = values(workspace_id=workspace_id, call_sid=call_sid)
    found = [call_of(row) for row in connection.execute(_BY_SID, named)]
    return max(found, key=lambda call: call.created_at, default=None)


def _match(connection: Connection, workspace_id: str, report: Report, now: datetime) -> Call | None:
    if report.phone is None:
        return None
    waiting = find(
        connection,
        CALLS.c.workspace_id == workspace_id,
        CALLS.c.phone == report.phone,
        CALLS.c.kind == report.kind,
        CALLS.c.call_sid.is_(None),
        or_(CALLS.c.kind == Kind.TEXT, CALLS.c.ended_at.is_(None)),
        CALLS.c.state.in_([State.DIALLING, State.UNCERTAIN, State.PLACED]),
        CALLS.c.intent_at > now - _LONGEST_CALL,
        limit=20,
    )
    if len(waiting) == 1 and not _may_be_an_earlier_ones(connection, waiting[0], now):
        return proved(connection, waiting[0], call_sid=report.call_sid, now=now)
    said: dict[str, Any] = {
        "call_sid": report.call_sid,
        "status": report.status,
        "seq": report.seq,
        "seconds": report.seconds,
    }
    for call in waiting:
        if said not in [each.detail for each in _unmatched(connection, call)]:
            events.record(connection, call, events.Kind.UNMATCHED, now, **said)
    return None


def _unmatched(connection: Connection, call: Call) -> list[events.Event]:
    return events.of_kind(connection, call.id, events.Kind.UNMATCHED)


def _may_be_an_earlier_ones(connection: Connection, call: Call, now: datetime) -> bool:
    """Whether the row had an attempt before this one that perhaps made a call, not long ago."""
    if call.attempt == 1 or call.intent_at is None:
        return False
    doubts = events.of_kind(connection, call.id, events.Kind.UNCERTAIN)
    return any(now - _LONGEST_CALL < doubt.at <= call.intent_at for doubt in doubts)


def was_reported_for(connection: Connection, call: Call, call_sid: str) -> bool:
    """Whether Toingg has named this id for the row's number: in a report that fitted several."""
    return any(each.detail["call_sid"] == call_sid for each in _unmatched(connection, call))


def catch_up(connection: Connection, call: Call, call_sid: str, *, now: datetime) -> None:
    """What was reported of the id before the row had it counts from now on."""
    for each in _unmatched(connection, call):
        if each.detail["call_sid"] == call_sid:
            report = Report(**each.detail, kind=call.kind)
            take(connection, call.workspace_id, report, now=now)


_BEFORE = func.coalesce(CALLS.c.status, "") == given("before", CALLS.c.status)
_HEARD = {
    "status": given("status", CALLS.c.status),
    "status_seq": func.coalesce(given("seq", CALLS.c.status_seq), CALLS.c.status_seq),
    "recording_url": func.coalesce(
        given("recording_url", CALLS.c.recording_url), CALLS.c.recording_url
    ),
    "version": CALLS.c.version + 1,
}
_MOVE = (
    update(CALLS)
    .where(
        CALLS.c.id == given("id", CALLS.c.id),
        CALLS.c.call_sid == given("call_sid", CALLS.c.call_sid),
        _BEFORE,
    )
    .returning(*COLUMNS)
)
_GO_ON = _MOVE.values(
    **_HEARD,
    answered_at=func.coalesce(given("answered_at", CALLS.c.answered_at), CALLS.c.answered_at),
)
_END = _MOVE.values(
    **_HEARD,
    ended_at=func.coalesce(CALLS.c.ended_at, given("now", CALLS.c.ended_at)),
    seconds=given("seconds", CALLS.c.seconds),
    poll_at=None,
    reason=None,
)


def _advance(connection: Connection, call: Call, report: Report, now: datetime) -> Call | None:
    is_final = call.kind is Kind.CALL and CALL_RANKS[report.status] == FINAL
    named: dict[str, Any] = {
        "id": call.id,
        "call_sid": report.call_sid,
        "before": call.status or "",
        "status": report.status,
        "seq": report.seq,
        "recording_url": report.recording_url,
    }
    if is_final:
        named |= {"now": now, "seconds": report.seconds}
    else:
        named["answered_at"] = now if report.status == "in-progress" else None
    row = connection.execute(_END if is_final else _GO_ON, values(**named)).first()
    if row is None:  # another report, or Toingg's own reply, was quicker; what it left decides
        fresh = by_sid(connection, call.workspace_id, report.call_sid)
        if fresh is None or not is_forward(fresh, report):
            return fresh
        return _advance(connection, fresh, report, now)
    kind = _EVENTS[call.kind].get(report.status)
    if kind is not None:
        events.record(connection, call, kind, now, seconds=report.seconds)
    return call_of(row)


# Where nothing is reported by itself


def due_polls(connection: Connection, *, now: datetime, limit: int = 500) -> list[Call]:
    """Placed calls whose state is to be asked for now."""
    return find(connection, CALLS.c.poll_at <= now, limit=limit)


def polled(connection: Connection, call: Call, *, poll_at: datetime) -> None:
    """Asked; the next time is then."""
    connection.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.poll_at.is_not(None))
        .values(poll_at=poll_at, polls=CALLS.c.polls + 1)
    )


CLOSED_AT_ONCE = 100
"""A write stays short, however many are to be closed."""


def close_unreported(connection: Connection, *, now: datetime, after: timedelta) -> list[Call]:
    """Calls placed so long ago that they must be over, though nobody ever said so.

    One of which something was heard may last as long as Twilio lets a call last. At most
    `CLOSED_AT_ONCE` of them.
    """
    silent = and_(CALLS.c.status.is_(None), CALLS.c.done_at < now - after)
    longest = CALLS.c.done_at < now - max(after, _LONGEST_CALL)
    over = find(
        connection,
        text(LIVE),
        or_(silent, longest),
        limit=CLOSED_AT_ONCE,
        order=(CALLS.c.done_at,),
    )
    closed = connection.execute(
        update(CALLS)
        .where(CALLS.c.id.in_([call.id for call in over]), CALLS.c.ended_at.is_(None))
        .values(ended_at=now, reason="not_reported", poll_at=None, version=CALLS.c.version + 1)
        .returning(*COLUMNS)
    )
    calls = [call_of(row) for row in closed]
    for call in calls:
        events.record(connection, call, events.Kind.NOT_REPORTED, now)
    return calls


def live_count(connection: Connection, workspace_id: str) -> int:
    """How many calls of this workspace are up, as far as is known."""
    query = select(func.count()).where(CALLS.c.workspace_id == workspace_id, text(LIVE))
    return connection.execute(query).scalar_one()
