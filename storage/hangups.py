"""Hanging up: asked once, sent once; after a death sent again, because that harms nobody."""

from datetime import datetime

from sqlalchemy import Connection, text, update

from storage import events
from storage.models import HANGING_UP
from storage.rows import CALLS, Call, State, find, get
from storage.runs import alive, is_dead
from storage.statements import values


def ask(connection: Connection, call: Call, *, run: str, actor: str, now: datetime) -> bool:
    """Whether this is the one who hangs up: nobody did before, and the call isn't over."""
    claimed = connection.execute(
        update(CALLS)
        .where(
            CALLS.c.id == call.id,
            CALLS.c.state == State.PLACED,
            CALLS.c.attempt == call.attempt,
            CALLS.c.call_sid.is_not(None),
            CALLS.c.ended_at.is_(None),
            CALLS.c.hang_up_at.is_(None),
        )
        .values(hang_up_by=actor, hang_up_at=now, hang_up_run=run, version=CALLS.c.version + 1)
        .returning(CALLS.c.id)
    ).first()
    return claimed is not None


def done(connection: Connection, call: Call, *, now: datetime) -> None:
    """Toingg ended it."""
    ended = connection.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.hang_up_done.is_(False))
        .values(
            hang_up_done=True,
            ended_at=now,
            poll_at=now if call.poll_at else None,
            version=CALLS.c.version + 1,
        )
        .returning(CALLS.c.hang_up_by)
    ).first()
    if ended is not None:
        events.record(connection, call.id, events.Kind.HUNG_UP, now, actor=ended.hang_up_by)


def over_already(connection: Connection, call: Call, *, now: datetime) -> None:
    """Toingg doesn't know the call any more: it ended by itself."""
    ended = connection.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.ended_at.is_(None))
        .values(ended_at=now, reason="over_already", poll_at=None, version=CALLS.c.version + 1)
        .returning(CALLS.c.id)
    ).first()
    if ended is not None:
        events.record(connection, call.id, events.Kind.ENDED, now, seconds=None)


def failed(connection: Connection, call: Call, *, said: str, now: datetime) -> None:
    """It may still run: Hang Up is offered again."""
    connection.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.hang_up_done.is_(False))
        .values(hang_up_by=None, hang_up_at=None, hang_up_run=None, version=CALLS.c.version + 1)
    )
    events.record(connection, call.id, events.Kind.HANG_UP_FAILED, now, said=said)


def left(connection: Connection, *, run: str, now: datetime) -> list[Call]:
    """Those asked of a run that died before it was done; they are this run's now."""
    ids = connection.execute(
        update(CALLS)
        .where(
            text(HANGING_UP),
            CALLS.c.ended_at.is_(None),
            CALLS.c.hang_up_run.is_not(None),
            is_dead(CALLS.c.hang_up_run),
        )
        .values(hang_up_run=run)
        .returning(CALLS.c.id, CALLS.c.workspace_id),
        values(**alive(now)),
    ).all()
    calls = [get(connection, row.workspace_id, row.id) for row in ids]
    return [call for call in calls if call is not None]


def is_someone_elses(connection: Connection, workspace_id: str, call_sid: str) -> bool:
    """Whether another workspace has this callSid: then it is as unknown here as any other."""
    where = (CALLS.c.call_sid == call_sid, CALLS.c.workspace_id != workspace_id)
    return bool(find(connection, *where, limit=1))
