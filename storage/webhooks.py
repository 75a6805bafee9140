"""What providers told by their webhooks: stored once each, and what is still to be done of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import UNDONE, WebhookEventRow, table_of
from storage.statements import given, values

EVENTS = table_of(WebhookEventRow)
_PAGE = 500
_DROPPED = 100


class Outcome(StrEnum):
    """What became of an event."""

    FACT = "fact"
    UNWANTED = "unwanted"
    BROKEN = "broken"


@dataclass(frozen=True)
class Arrived:
    """An event as it came: `event_id` is the provider's, `at` when it happened there."""

    workspace_id: str
    provider: str
    event_id: str
    type: str
    at: datetime
    livemode: bool
    digest: str
    body: str


@dataclass(frozen=True)
class StoredEvent:
    """An event that is kept; `body` is None once it was dropped, 30 days after it came."""

    id: int
    workspace_id: str
    event_id: str
    type: str
    at: datetime
    livemode: bool
    body: str | None


_COLUMNS = [EVENTS.c[name] for name in StoredEvent.__dataclass_fields__]
_STORE = {
    "sqlite": sqlite.insert(EVENTS).on_conflict_do_nothing().returning(EVENTS.c.id),
    "postgresql": postgresql.insert(EVENTS).on_conflict_do_nothing().returning(EVENTS.c.id),
}


def store(connection: Connection, arrived: Arrived, *, now: datetime) -> bool:
    """Keeps it, to be processed; False where its workspace keeps it already."""
    row = {
        "workspace_id": arrived.workspace_id,
        "provider": arrived.provider,
        "event_id": arrived.event_id,
        "type": arrived.type,
        "at": arrived.at,
        "livemode": arrived.livemode,
        "digest": arrived.digest,
        "body": arrived.body,
        "received_at": now,
    }
    return connection.execute(_STORE[connection.dialect.name], row).first() is not None


_UNDONE = (
    select(EVENTS.c.id)
    .where(text(UNDONE), EVENTS.c.id > given("after", EVENTS.c.id))
    .order_by(EVENTS.c.id)
    .limit(_PAGE)
)


def undone(connection: Connection, *, after: int = 0) -> list[int]:
    """The first ids after that one of what is still to be processed, in the order of arrival."""
    return list(connection.execute(_UNDONE, values(after=after)).scalars())


_TAKE = (
    update(EVENTS)
    .where(EVENTS.c.id == given("id", EVENTS.c.id), EVENTS.c.done_at.is_(None))
    .values(done_at=given("now", EVENTS.c.done_at))
    .returning(*_COLUMNS)
)


def take(connection: Connection, id_: int, *, now: datetime) -> StoredEvent | None:
    """The event, to be processed in this very transaction; None where that is done."""
    row = connection.execute(_TAKE, values(id=id_, now=now)).first()
    return None if row is None else StoredEvent(*row)


_DONE = (
    update(EVENTS)
    .where(EVENTS.c.id == given("id", EVENTS.c.id))
    .values(
        outcome=given("outcome", EVENTS.c.outcome),
        payment_id=given("payment_id", EVENTS.c.payment_id),
        fact=given("fact", EVENTS.c.fact),
    )
)


def finish(
    connection: Connection,
    id_: int,
    outcome: Outcome,
    *,
    payment_id: str | None = None,
    fact: Mapping[str, Any] | None = None,
) -> None:
    """Writes down what became of an event that was taken."""
    stored = None if fact is None else dict(fact)
    named = {"id": id_, "outcome": outcome, "payment_id": payment_id, "fact": stored}
    connection.execute(_DONE, values(**named))


def break_off(connection: Connection, id_: int, *, now: datetime) -> None:
    """An event that can't be processed by this release: it waits for a replay."""
    connection.execute(
        update(EVENTS)
        .where(EVENTS.c.id == id_, EVENTS.c.done_at.is_(None))
        .values(done_at=now, outcome=Outcome.BROKEN)
    )


def redo(connection: Connection, provider: str, event_id: str) -> bool:
    """Processes a stored event once more, in each workspace that was told of it; False where there
    is none, or its body is gone.
    """
    again = (
        update(EVENTS)
        .where(
            EVENTS.c.provider == provider,
            EVENTS.c.event_id == event_id,
            EVENTS.c.body.is_not(None),
        )
        .values(done_at=None)
        .returning(EVENTS.c.id)
    )
    return bool(connection.execute(again).all())


_FACTS = (
    select(EVENTS.c.fact)
    .where(
        EVENTS.c.payment_id == given("payment_id", EVENTS.c.payment_id),
        EVENTS.c.outcome == Outcome.FACT,
    )
    .order_by(EVENTS.c.id)
)


def facts(connection: Connection, payment_id: str) -> list[dict[str, Any]]:
    """The stored facts of a payment, in the order of arrival."""
    return list(connection.execute(_FACTS, values(payment_id=payment_id)).scalars())


def drop_bodies(connection: Connection, *, before: datetime) -> int:
    """Drops the bodies of what came before then and is done; at most 100, and how many."""
    old = (
        select(EVENTS.c.id)
        .where(
            EVENTS.c.body.is_not(None),
            EVENTS.c.received_at < before,
            EVENTS.c.done_at.is_not(None),
        )
        .limit(_DROPPED)
    )
    dropped = update(EVENTS).where(EVENTS.c.id.in_(old)).values(body=None)
    return connection.execute(dropped).rowcount
