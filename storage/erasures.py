"""Erasures while they go on: who asked for which, how far it is, what is left to do in Slack.

    waiting → wiping → slack → telling → done
    gathering → slack → done: a retention

`waiting`: until nobody is reaching the person; then the database is cleaned in one go. `wiping`:
until no file of the database holds the bytes. An erasure is its run's, or anybody's once that died.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.models import LEFT_IN_SLACK, UNERASED, ErasureRow, ErasureTaskRow, table_of
from storage.rows import take_turn
from storage.runs import alive, is_dead
from storage.statements import values

ERASURES = table_of(ErasureRow)
TASKS = table_of(ErasureTaskRow)
ASKED, DONE = "erasure_asked", "erased"
"""What the audit log says of it, under the number's keyed hash."""


class Stage(StrEnum):
    """Where an erasure stands."""

    WAITING = "waiting"
    GATHERING = "gathering"
    WIPING = "wiping"
    SLACK = "slack"
    TELLING = "telling"
    DONE = "done"


class What(StrEnum):
    """What a task takes away."""

    MESSAGE = "message"
    FILE = "file"


class Outcome(StrEnum):
    """What came of a task."""

    DELETED = "deleted"
    EDITED = "edited"  # Slack keeps it; it says nothing any more
    GONE = "gone"  # somebody had deleted it
    FAILED = "failed"


@dataclass(frozen=True)
class Erasure:
    """One erasure, as it was read. `phone` and `names` are known until the database is clean."""

    id: str
    workspace_id: str
    phone_key: str
    phone: str | None
    names: list[str]
    asked_by: str
    asked_at: datetime
    stage: Stage
    counts: dict[str, int]

    @property
    def is_of_person(self) -> bool:
        """Whether somebody asked for it; else it is a retention's."""
        return bool(self.phone_key)


@dataclass(frozen=True)
class Task:
    """One message (`ts`) or file (its id) to be taken away."""

    id: int
    what: What
    channel: str
    ts: str


_COLUMNS = [ERASURES.c[field.name] for field in fields(Erasure)]


def _erasure(row: Any) -> Erasure:
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Erasure(**found | {"stage": Stage(found["stage"])})


# Asking


def ask(
    connection: Connection,
    workspace_id: str,
    *,
    phone: str,
    phone_key: str,
    by: str,
    run: str,
    now: datetime,
    **detail: Any,
) -> str | None:
    """Its id, written down and audited with `detail`; None where it is under way already."""
    take_turn(connection, f"erasure {phone_key}")
    mine = (ERASURES.c.workspace_id == workspace_id, ERASURES.c.phone_key == phone_key)
    if connection.execute(select(ERASURES.c.id).where(*mine, text(UNERASED))).first():
        return None
    who = (workspace_id, phone_key, phone, by)
    id_ = _begin(connection, *who, Stage.WAITING, run=run, now=now)
    audit.append(connection, workspace_id, by, ASKED, phone_key, now=now, **detail)
    return id_


def retention(connection: Connection, workspace_id: str, *, run: str, now: datetime) -> str:
    """The id of an erasure that a retention begins: it gathers what there is to do in Slack."""
    return _begin(connection, workspace_id, "", None, "", Stage.GATHERING, run=run, now=now)


def _begin(
    connection: Connection,
    workspace_id: str,
    phone_key: str,
    phone: str | None,
    by: str,
    stage: Stage,
    *,
    run: str,
    now: datetime,
) -> str:
    id_ = uuid.uuid4().hex
    connection.execute(
        insert(ERASURES).values(
            id=id_,
            workspace_id=workspace_id,
            phone_key=phone_key,
            phone=phone,
            names=[],
            asked_by=by,
            asked_at=now,
            run=run,
            stage=stage,
            counts={},
        )
    )
    return id_


# Going on


def mine(connection: Connection, *, run: str, now: datetime) -> list[Erasure]:
    """Those that aren't done and are this run's, from now on those of dead runs too; what one of
    those was gathering, the next retention gathers.
    """
    gathered = (ERASURES.c.stage == Stage.GATHERING, Stage.SLACK.value)
    connection.execute(
        update(ERASURES)
        .where(text(UNERASED), ERASURES.c.run != run, is_dead(ERASURES.c.run))
        .values(run=run, stage=case(gathered, else_=ERASURES.c.stage)),
        values(**alive(now)),
    )
    query = select(*_COLUMNS).where(text(UNERASED), ERASURES.c.run == run)
    return [_erasure(row) for row in connection.execute(query.order_by(ERASURES.c.asked_at))]


def get(connection: Connection, erasure_id: str) -> Erasure | None:
    """One, as it is now."""
    row = connection.execute(select(*_COLUMNS).where(ERASURES.c.id == erasure_id)).first()
    return None if row is None else _erasure(row)


def is_any(connection: Connection) -> bool:
    """Whether one isn't done."""
    return (
        connection.execute(select(ERASURES.c.id).where(text(UNERASED)).limit(1)).first() is not None
    )


def learn(
    connection: Connection,
    erasure_id: str,
    *,
    names: Iterable[str] = (),
    counts: Mapping[str, int] | None = None,
) -> None:
    """Names to look for besides, and what was erased besides."""
    here = ERASURES.c.id == erasure_id
    query = select(ERASURES.c.names, ERASURES.c.counts).where(here).with_for_update()
    row = connection.execute(query).one()
    connection.execute(
        update(ERASURES)
        .where(here)
        .values(
            names=sorted({*row.names, *filter(None, names)}),
            counts=dict(Counter(row.counts) + Counter(counts or {})),
        )
    )


def clean(connection: Connection, erasure_id: str) -> None:
    """`waiting → wiping`: the database is clean, this row of it too."""
    here = update(ERASURES).where(ERASURES.c.id == erasure_id)
    connection.execute(here.values(stage=Stage.WIPING, phone=None, names=[]))


def go_on(connection: Connection, erasure_id: str, stage: Stage) -> None:
    """It stands there now."""
    connection.execute(update(ERASURES).where(ERASURES.c.id == erasure_id).values(stage=stage))


def finish(connection: Connection, erasure: Erasure, *, now: datetime) -> None:
    """`→ done`, audited with what was erased; a retention's row goes, with its tasks."""
    here = (ERASURES.c.id == erasure.id, text(UNERASED))
    done = connection.execute(
        update(ERASURES).where(*here).values(stage=Stage.DONE, done_at=now).returning(ERASURES.c.id)
    ).first()
    if done is None:
        return
    counts: dict[str, Any] = {**erasure.counts, **told(connection, erasure.id)[0]}
    connection.execute(TASKS.delete().where(TASKS.c.erasure_id == erasure.id))
    if erasure.is_of_person:
        who = (erasure.workspace_id, erasure.asked_by, DONE, erasure.phone_key)
        audit.append(connection, *who, now=now, **counts)
    else:
        audit.append(
            connection, erasure.workspace_id, "", "retention", "workspace", now=now, **counts
        )
        connection.execute(ERASURES.delete().where(ERASURES.c.id == erasure.id))


# What is to be done in Slack


def _insert(make: Any) -> Any:
    return make(TASKS).on_conflict_do_nothing()


_ADD = {"sqlite": _insert(sqlite.insert), "postgresql": _insert(postgresql.insert)}


def add_tasks(
    connection: Connection,
    workspace_id: str,
    erasure_id: str,
    found: Iterable[tuple[What, str, str]],
    *,
    failed: str | None = None,
) -> None:
    """What, in which channel, and its ts or id. `failed`: why nothing can be done about them."""
    outcome = None if failed is None else Outcome.FAILED
    rows = [
        {
            "workspace_id": workspace_id,
            "erasure_id": erasure_id,
            "kind": what,
            "channel": channel,
            "ts": ts,
            "outcome": outcome,
            "reason": failed,
        }
        for what, channel, ts in found
    ]
    if rows:
        connection.execute(_ADD[connection.dialect.name], rows)


def tasks(connection: Connection, erasure_id: str, *, limit: int) -> list[Task]:
    """The next ones: files first, then messages, the newest first, so that a card goes last."""
    query = (
        select(TASKS.c.id, TASKS.c.kind, TASKS.c.channel, TASKS.c.ts)
        .where(TASKS.c.erasure_id == erasure_id, text(LEFT_IN_SLACK))
        .order_by(TASKS.c.kind, TASKS.c.ts.desc())
        .limit(limit)
    )
    return [Task(row.id, What(row.kind), row.channel, row.ts) for row in connection.execute(query)]


def settle(connection: Connection, task: Task, outcome: Outcome, reason: str | None) -> None:
    """What came of it."""
    here = TASKS.c.id == task.id
    connection.execute(update(TASKS).where(here).values(outcome=outcome, reason=reason))


def told(connection: Connection, erasure_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """How much was done in Slack (`messages_deleted`, …), and how often it couldn't be, by
    Slack's word for why.
    """
    query = (
        select(TASKS.c.kind, TASKS.c.outcome, TASKS.c.reason, func.count())
        .where(TASKS.c.erasure_id == erasure_id, TASKS.c.outcome.is_not(None))
        .group_by(TASKS.c.kind, TASKS.c.outcome, TASKS.c.reason)
    )
    done: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for kind, outcome, reason, count in connection.execute(query):
        done[f"{kind}s_{outcome}"] += count
        if outcome == Outcome.FAILED:
            failed[f"{kind}:{reason}"] += count
    return dict(done), dict(failed)
