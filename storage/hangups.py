"""Hanging up: asked once, sent once; after a death sent again, because that harms nobody."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, text, update

from storage import events
from storage.models import HANGING_UP
from storage.rows import CALLS, COLUMNS, Call, State, call_of, find, get
from storage.runs import alive, is_dead
from storage.statements import values

_GOING_ON = ("ringing", "in-progress")
_DROPPED = timedelta(seconds=5)
"""A claim of this run that isn't being sent after so long never will be."""


def ask(connection: Connection, call: Call, *, run: str, actor: str, now: datetime) -> Call | None:
    """The call, for the one who hangs up; None where somebody did before, or where it is over."""
    claimed = connection.execute(
        update(CALLS)
        .where(
            _still(call),
            CALLS.c.state == State.PLACED,
            CALLS.c.attempt == call.attempt,
            CALLS.c.call_sid.is_not(None),
            CALLS.c.ended_at.is_(None),
            CALLS.c.hang_up_at.is_(None),
        )
        .values(hang_up_by=actor, hang_up_at=now, hang_up_run=run, version=CALLS.c.version + 1)
        .returning(*COLUMNS)
    ).first()
    return call_of(claimed) if claimed else None


def _still(call: Call) -> ColumnElement[bool]:
    """The row, while it is of the call that Toingg was, or is, to end: a reply may correct that."""
    return and_(CALLS.c.id == call.id, CALLS.c.call_sid == call.call_sid)


def done(connection: Connection, call: Call, *, now: datetime) -> None:
    """Toingg ended it."""
    ended = connection.execute(
        update(CALLS)
        .where(_still(call), CALLS.c.hang_up_done.is_(False))
        .values(
            hang_up_done=True,
            ended_at=now,
            poll_at=now if call.poll_at else None,
            version=CALLS.c.version + 1,
        )
        .returning(CALLS.c.hang_up_by)
    ).first()
    if ended is not None:
        events.record(connection, call, events.Kind.HUNG_UP, now, actor=ended.hang_up_by)


def over_already(connection: Connection, call: Call, *, now: datetime) -> None:
    """Toingg doesn't know the call any more: it ended by itself, or by an earlier try."""
    ended = connection.execute(
        update(CALLS)
        .where(_still(call), CALLS.c.ended_at.is_(None))
        .values(ended_at=now, reason="over_already", poll_at=None, version=CALLS.c.version + 1)
        .returning(CALLS.c.id)
    ).first()
    if ended is not None:
        events.record(connection, call, events.Kind.ENDED, now, seconds=None)


def unknown(connection: Connection, call: Call, *, said: str, now: datetime) -> None:
    """Toingg doesn't know the call: it is over, unless it was last reported as going on.

    Said twice, it is over all the same: the report of its end was lost.
    """
    fresh = get(connection, call.workspace_id, call.id)
    said_before = events.of_kind(connection, call.id, events.Kind.HANG_UP_FAILED)
    if fresh is not None and fresh.status in _GOING_ON and not said_before:
        failed(connection, call, said=said, now=now)
    else:
        over_already(connection, call, now=now)


def failed(connection: Connection, call: Call, *, said: str, now: datetime) -> None:
    """It may still run: Hang Up is offered again."""
    offered = connection.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.hang_up_done.is_(False), CALLS.c.ended_at.is_(None))
        .values(hang_up_by=None, hang_up_at=None, hang_up_run=None, version=CALLS.c.version + 1)
        .returning(CALLS.c.id)
    ).first()
    if offered is not None:
        events.record(connection, call, events.Kind.HANG_UP_FAILED, now, said=said)


def orphaned(connection: Connection, *, run: str, now: datetime) -> list[Call]:
    """Those asked of a run that died before it was done; they are this run's now."""
    return _taken(connection, is_dead(CALLS.c.hang_up_run), run=run, now=now, **alive(now))


def dropped(
    connection: Connection, *, run: str, sending: Collection[str], now: datetime
) -> list[Call]:
    """Those asked of this run, which never sent them: `sending` (ids of calls) it has in hand."""
    mine = and_(
        CALLS.c.hang_up_run == run,
        CALLS.c.hang_up_at < now - _DROPPED,
        CALLS.c.id.not_in(list(sending)),
    )
    return _taken(connection, mine, run=run, now=now)


def _taken(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    run: str,
    now: datetime,
    **named: datetime,
) -> list[Call]:
    """These are this run's from now on: the next look doesn't take what is about to be sent."""
    taken = connection.execute(
        update(CALLS)
        .where(
            text(HANGING_UP), CALLS.c.ended_at.is_(None), CALLS.c.hang_up_run.is_not(None), which
        )
        .values(hang_up_run=run, hang_up_at=now)
        .returning(*COLUMNS),
        values(**named),
    )
    return [call_of(row) for row in taken]


def is_anybodys(connection: Connection, call_sid: str) -> bool:
    """Whether a row has this callSid; another workspace's is as unknown here as no one's."""
    return bool(find(connection, CALLS.c.call_sid == call_sid, limit=1))
