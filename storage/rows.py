"""One row of the ledger: its value, how it comes in, how it is read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import CallRow, table_of
from storage.statements import given, values

CALLS = table_of(CallRow)
ERASED = "erased:"
"""What stands, with the row's id behind it, for a number that was erased."""


def is_erased(phone: str) -> bool:
    """Whether the person of a row with this number was erased: pure."""
    return phone.startswith(ERASED)


class Kind(StrEnum):
    """What a row is, and what a campaign's rows are."""

    CALL = "call"
    TEXT = "text"


class State(StrEnum):
    """Where a row stands with us."""

    PENDING = "pending"
    DIALLING = "dialling"
    PLACED = "placed"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    OFFERED = "offered"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Elsewhere(StrEnum):
    """Why a card doesn't stand where it was asked for, but in the asker's direct message."""

    CLOSED = "closed"  # the bot can't post there
    SHARED = "shared"  # other organisations read there
    UNSAID = "unsaid"  # Slack doesn't say who reads there
    MOVED = "moved"  # it stood there, and was lost
    NOWHERE = "nowhere"  # it was lost for good: nothing is posted or drawn any more


@dataclass(frozen=True)
class NewCall:
    """What somebody asked for; it becomes a row `pending`."""

    workspace_id: str
    click_key: str
    phone: str
    phone_key: str
    name: str
    campaign: str
    requested_by: str
    asked_in: str
    script: str | None = None
    language: str | None = None
    retry_of: str | None = None
    kind: Kind = Kind.CALL
    parts: int | None = None


@dataclass(frozen=True)
class Call:
    """One row of the ledger, as it was read: a call, or a text, whose words are its `script`.

    Times are aware.
    """

    id: str
    workspace_id: str
    kind: Kind
    campaign_id: str | None
    phone: str
    phone_key: str
    name: str
    campaign: str
    script: str | None
    parts: int | None
    language: str | None
    requested_by: str
    asked_in: str
    created_at: datetime
    pending_at: datetime
    not_before: datetime | None
    run: str
    token: str | None
    attempt: int
    intent_at: datetime | None
    done_at: datetime | None
    state: State
    reason: str | None
    said: str | None
    generation: str | None
    call_sid: str | None
    status: str | None
    status_seq: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    recording_url: str | None
    hang_up_by: str | None
    hang_up_at: datetime | None
    hang_up_done: bool
    poll_at: datetime | None
    polls: int
    retry_of: str | None
    channel: str | None
    card_ts: str | None
    elsewhere: Elsewhere | None
    version: int
    drawn: int

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it without a person."""
        return self.ended_at is not None or self.state in (
            State.REJECTED,
            State.CANCELLED,
            State.SKIPPED,
        )

    @property
    def may_be_hung_up(self) -> bool:
        """Whether there is something to hang up, and a callSid to do it with."""
        return self.call_sid is not None and self.state is State.PLACED and self.ended_at is None


COLUMNS = [CALLS.c[field.name] for field in fields(Call)]


def call_of(row: Any) -> Call:
    """A row of `COLUMNS` as a value."""
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    elsewhere = found["elsewhere"] and Elsewhere(found["elsewhere"])
    kind, state = Kind(found["kind"]), State(found["state"])
    return Call(**found | {"kind": kind, "state": state, "elsewhere": elsewhere})


# Entering


def _insert(make: Any) -> Any:
    return (
        make(CALLS)
        .on_conflict_do_nothing(index_elements=["workspace_id", "click_key"])
        .returning(*COLUMNS)
    )


_ENTER = {"sqlite": _insert(sqlite.insert), "postgresql": _insert(postgresql.insert)}


_TURN = select(
    func.pg_advisory_xact_lock(func.hashtextextended(given("key", CALLS.c.phone_key), 0))
)


def take_turn(connection: Connection, key: str) -> None:
    """Lets nobody else who takes turns for `key` look and then write until the transaction ends.

    Else two orders for one number at the same instant would each find that nobody called it.
    SQLite's writes take turns by themselves.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN, values(key=key))


def enter(connection: Connection, new: NewCall, *, run: str, now: datetime) -> Call | None:
    """The row, `pending`, or None where the click is known already."""
    row = connection.execute(
        _ENTER[connection.dialect.name],
        {
            "id": uuid.uuid4().hex,
            "workspace_id": new.workspace_id,
            "kind": new.kind,
            "click_key": new.click_key,
            "phone": new.phone,
            "phone_key": new.phone_key,
            "name": new.name,
            "campaign": new.campaign,
            "script": new.script,
            "parts": new.parts,
            "language": new.language,
            "variables": {},
            "requested_by": new.requested_by,
            "asked_in": new.asked_in,
            "created_at": now,
            "pending_at": now,
            "run": run,
            "attempt": 1,
            "state": State.PENDING,
            "retry_of": new.retry_of,
            "hang_up_done": False,
            "polls": 0,
            "version": 1,
            "drawn": 0,
        },
    ).first()
    return call_of(row) if row else None


# Looking

_GET = select(*COLUMNS).where(
    CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
    CALLS.c.id == given("call_id", CALLS.c.id),
)


def get(connection: Connection, workspace_id: str, call_id: str) -> Call | None:
    """One row of this workspace."""
    row = connection.execute(_GET, values(workspace_id=workspace_id, call_id=call_id)).first()
    return call_of(row) if row else None


def find(
    connection: Connection,
    *where: ColumnElement[bool] | TextClause,
    limit: int,
    order: Sequence[ColumnElement[Any]] = (CALLS.c.created_at.desc(),),
) -> list[Call]:
    """The first rows, by default the newest, for which all of `where` holds."""
    query = select(*COLUMNS).where(*where).order_by(*order).limit(limit)
    return [call_of(row) for row in connection.execute(query)]
