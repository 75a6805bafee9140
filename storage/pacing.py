"""Buckets that every process draws its slots from: GCRA, one row each.

A bucket's `tat`, the theoretical arrival time of its next slot, is in Unix seconds of the
database's clock, which all processes share.
"""

import time
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import PacingRow, table_of
from storage.statements import given, values

PACING = table_of(PacingRow)


@dataclass(frozen=True)
class Bucket:
    """One bucket. `rate` a second is learned: it is between one that held and one that didn't."""

    name: str
    tat: float
    rate: float | None
    floor: float
    ceiling: float | None
    changed_at: float


_GET = (
    select(*(PACING.c[field.name] for field in fields(Bucket)))
    .where(PACING.c.name == given("name", PACING.c.name))
    .with_for_update()
)
_MAKE = {
    "sqlite": sqlite.insert(PACING).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(PACING).on_conflict_do_nothing(),
}
_PUT = (
    update(PACING)
    .where(PACING.c.name == given("name", PACING.c.name))
    .values(
        tat=given("tat", PACING.c.tat),
        rate=given("rate", PACING.c.rate),
        floor=given("floor", PACING.c.floor),
        ceiling=given("ceiling", PACING.c.ceiling),
        changed_at=given("changed_at", PACING.c.changed_at),
    )
)


def clock(connection: Connection) -> float:
    """Now, in Unix seconds: the database's, where several machines may share it."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(
        connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    )


def take(connection: Connection, name: str) -> Bucket:
    """The bucket, which no other transaction touches until this one ends; made on first sight."""
    row = connection.execute(_GET, values(name=name)).first()
    if row is None:
        fresh = Bucket(name, tat=0.0, rate=None, floor=0.0, ceiling=None, changed_at=0.0)
        connection.execute(_MAKE[connection.dialect.name], asdict(fresh))
        row = connection.execute(_GET, values(name=name)).one()
    return Bucket(*row)


def put(connection: Connection, bucket: Bucket) -> None:
    """Keeps it as it is now."""
    connection.execute(_PUT, values(**asdict(bucket)))
