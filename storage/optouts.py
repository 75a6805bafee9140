"""Opt-outs: numbers whose owners said stop. They bind every call and text, those queued too.

What becomes of one is in the audit log, under the number's keyed hash: `opted_out`,
`allowed_again`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit, events
from storage.campaigns import CAMPAIGNS
from storage.ledger import move, moved
from storage.locks import lock_out, lock_shared
from storage.models import OptOutRow, table_of
from storage.reach import opted_out
from storage.rows import CALLS, Call, State
from storage.statements import given, values

__all__ = [
    "OPT_OUTS",
    "OptOut",
    "Position",
    "Source",
    "add",
    "cancel_late",
    "count",
    "find",
    "is_out",
    "lock_out",
    "lock_shared",
    "page",
    "remove",
]

OPT_OUTS = table_of(OptOutRow)

OPTED_OUT = "opted_out"
ALLOWED_AGAIN = "allowed_again"


class Source(StrEnum):
    """How a number came to be opted out, or allowed again."""

    PERSON = "person"  # somebody in Slack wrote it down
    TEXT = "text"  # the number's own STOP, or START
    IMPORT = "import"
    API = "api"


@dataclass(frozen=True)
class OptOut:
    """One number that said stop; `phone` is None once it was erased. `by` is Slack's id."""

    phone_key: str
    phone: str | None
    source: Source
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Position:
    """Where a page of the list ended: the last of its opt-outs."""

    at: datetime
    phone_key: str


_MINE = OPT_OUTS.c.workspace_id == given("workspace_id", OPT_OUTS.c.workspace_id)
_IT = OPT_OUTS.c.phone_key == given("phone_key", OPT_OUTS.c.phone_key)


def _insert(make: Any) -> Any:
    return make(OPT_OUTS).on_conflict_do_nothing().returning(OPT_OUTS.c.phone_key)


_ADD = {"sqlite": _insert(sqlite.insert), "postgresql": _insert(postgresql.insert)}
_ITSELF = (
    update(OPT_OUTS)
    .where(_MINE, _IT, OPT_OUTS.c.source != Source.TEXT)
    .values(source=Source.TEXT, by=None, at=given("now", OPT_OUTS.c.at))
    .returning(OPT_OUTS.c.phone_key)
)
_REMOVE = delete(OPT_OUTS).where(_MINE, _IT).returning(OPT_OUTS.c.phone_key)
_REMOVE_OTHERS_WORD = _REMOVE.where(OPT_OUTS.c.source != Source.TEXT)
_CANCEL = move(
    State.CANCELLED,
    CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
    CALLS.c.phone_key == given("phone_key", CALLS.c.phone_key),
    from_=[State.PENDING, State.OFFERED],
    reason="opted_out",
)
_CANCEL_LATE = move(
    State.CANCELLED,
    CALLS.c.id.in_(bindparam("given_call_ids", expanding=True)),
    opted_out(CALLS.c.workspace_id, CALLS.c.phone_key),
    from_=[State.PENDING],
    reason="opted_out",
)


def add(
    connection: Connection,
    workspace_id: str,
    phone: str,
    phone_key: str,
    *,
    source: Source,
    by: str | None,
    now: datetime,
) -> bool:
    """Opts the number out, and cancels what waits for it; False where it was out already.

    Once this is committed no intent to reach the number is. The number's own STOP takes the place
    of what a person wrote down: from then on only its own START allows it again.
    """
    lock_out(connection, workspace_id)
    named = {"workspace_id": workspace_id, "phone_key": phone_key}
    fresh = named | {"phone": phone, "source": source, "by": by, "at": now}
    is_new = connection.execute(_ADD[connection.dialect.name], fresh).first() is not None
    changed = is_new or (source is Source.TEXT and _said_itself(connection, named, now))
    cancelled = _cancelled(connection, _CANCEL, by=by, now=now, **named)
    if changed or cancelled:
        who = (workspace_id, by or "", OPTED_OUT, phone_key)
        audit.append(connection, *who, now=now, source=source, cancelled=len(cancelled))
    return is_new


def _said_itself(connection: Connection, named: dict[str, str], now: datetime) -> bool:
    return connection.execute(_ITSELF, values(**named, now=now)).first() is not None


def cancel_late(connection: Connection, call_ids: Sequence[str], *, now: datetime) -> None:
    """Cancels those of these rows that wait, and whose number opted out while they were dialled.

    For whoever hands rows back, after `lock_shared`: nobody would claim them any more.
    """
    _cancelled(connection, _CANCEL_LATE, by=None, now=now, call_ids=list(call_ids))


def _cancelled(
    connection: Connection, statement: Update, *, by: str | None, now: datetime, **named: Any
) -> list[Call]:
    """The rows that this cancels; the campaigns that they were of show as many waiting less.

    That is no move of theirs: what their buttons name stays as it is.
    """
    cancelled = moved(connection, statement, **named)
    for call in cancelled:
        events.record(connection, call, events.Kind.OPTED_OUT, now, actor=by)
    campaigns = sorted({call.campaign_id for call in cancelled if call.campaign_id})
    if campaigns:
        connection.execute(
            update(CAMPAIGNS)
            .where(CAMPAIGNS.c.id.in_(campaigns))
            .values(drawn=CAMPAIGNS.c.drawn - 1)
        )
    return cancelled


def remove(
    connection: Connection,
    workspace_id: str,
    phone_key: str,
    *,
    source: Source,
    by: str | None,
    now: datetime,
) -> bool:
    """Allows the number again; False where it wasn't out, or said STOP itself.

    `source`: whose word it is. Only `text`, the number's own START, undoes its own STOP.
    """
    statement = _REMOVE if source is Source.TEXT else _REMOVE_OTHERS_WORD
    named = values(workspace_id=workspace_id, phone_key=phone_key)
    if connection.execute(statement, named).first() is None:
        return False
    who = (workspace_id, by or "", ALLOWED_AGAIN, phone_key)
    audit.append(connection, *who, now=now, source=source)
    return True


# Looking

_COLUMNS = (
    OPT_OUTS.c.phone_key,
    OPT_OUTS.c.phone,
    OPT_OUTS.c.source,
    OPT_OUTS.c.by,
    OPT_OUTS.c.at,
)
_FIND = select(*_COLUMNS).where(_MINE, _IT)
_COUNT = select(func.count()).select_from(OPT_OUTS).where(_MINE)
_FIRST = select(*_COLUMNS).where(_MINE).order_by(OPT_OUTS.c.at.desc(), OPT_OUTS.c.phone_key.desc())
_AT, _KEY = given("at", OPT_OUTS.c.at), given("after", OPT_OUTS.c.phone_key)
_NEXT = _FIRST.where(tuple_(OPT_OUTS.c.at, OPT_OUTS.c.phone_key) < tuple_(_AT, _KEY))


def find(connection: Connection, workspace_id: str, phone_key: str) -> OptOut | None:
    """The number's opt-out, where it is out."""
    row = connection.execute(_FIND, values(workspace_id=workspace_id, phone_key=phone_key)).first()
    return _opt_out(row) if row else None


def is_out(connection: Connection, workspace_id: str, phone_key: str) -> bool:
    """Whether nobody may reach this number."""
    return find(connection, workspace_id, phone_key) is not None


def count(connection: Connection, workspace_id: str) -> int:
    """How many numbers are out."""
    return int(connection.execute(_COUNT, values(workspace_id=workspace_id)).scalar_one())


def page(
    connection: Connection, workspace_id: str, *, after: Position | None, limit: int
) -> list[OptOut]:
    """The newest opt-outs, or those that come after that position; each page is one index walk."""
    named = {"workspace_id": workspace_id}
    if after is None:
        found = connection.execute(_FIRST.limit(limit), values(**named))
    else:
        position = {"at": after.at, "after": after.phone_key}
        found = connection.execute(_NEXT.limit(limit), values(**named, **position))
    return [_opt_out(row) for row in found]


def _opt_out(row: Any) -> OptOut:
    return OptOut(row.phone_key, row.phone, Source(row.source), row.by, row.at)
