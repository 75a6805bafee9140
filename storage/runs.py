"""Runs: one life of one process each. Whose heart has stopped left its rows to the others."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from storage.models import RunRow, table_of
from storage.statements import given, values

BEAT = timedelta(seconds=1)
SILENCE = timedelta(seconds=8)
"""Without a beat for so long, a run is dead."""

RUNS = table_of(RunRow)


def begin(connection: Connection, *, alone: bool, now: datetime) -> str:
    """A new run's id. `alone`: no other process has this database, so all earlier ones are dead."""
    if alone:
        connection.execute(update(RUNS).where(RUNS.c.ended_at.is_(None)).values(ended_at=now))
    run = uuid.uuid4().hex
    connection.execute(insert(RUNS).values(id=run, started_at=now, beat_at=now))
    return run


_BEAT = (
    update(RUNS)
    .where(RUNS.c.id == given("run", RUNS.c.id))
    .values(beat_at=given("now", RUNS.c.beat_at))
)


def beat(connection: Connection, run: str, *, now: datetime) -> None:
    """Says that this run lives."""
    connection.execute(_BEAT, values(run=run, now=now))


def end(connection: Connection, run: str, *, now: datetime) -> None:
    """Says that this run is over: what it left is anybody's."""
    connection.execute(update(RUNS).where(RUNS.c.id == run).values(ended_at=now))


def is_dead(run: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL: whether the run that this column names is over or silent, as of `alive`."""
    heard = RUNS.c.beat_at >= given("heard_since", RUNS.c.beat_at)
    return run.not_in(select(RUNS.c.id).where(RUNS.c.ended_at.is_(None), heard))


def alive(now: datetime) -> dict[str, datetime]:
    """What `is_dead` has to be told when the statement runs."""
    return {"heard_since": now - SILENCE}


def lives(connection: Connection, run: str, *, now: datetime) -> bool:
    """Whether this run still goes on."""
    query = select(RUNS.c.id).where(RUNS.c.id == run, ~is_dead(RUNS.c.id))
    return connection.execute(query, values(**alive(now))).first() is not None
