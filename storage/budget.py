"""A workspace's prepaid balance: what came in, what is held for calls, what they cost.

Amounts are integers, millionths of the workspace's currency. A workspace without a balance has no
budget: nothing is held. Each entry has a key that is there once, so that no payment counts twice
and no call is paid for twice, whatever is run again; the balance moves in the entry's transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import rows
from storage.models import BudgetEntryRow, WorkspaceRow, table_of
from storage.rows import CALLS, State
from storage.statements import given, values

ENTRIES = table_of(BudgetEntryRow)
WORKSPACES = table_of(WorkspaceRow)
_PAGE = 100
"""Entries that one transaction settles: it stays short."""
_UNANSWERED = ("busy", "no-answer", "failed", "canceled")


class Kind(StrEnum):
    """What an entry is."""

    CREDIT = "credit"
    RESERVE = "reserve"
    SETTLE = "settle"


_BALANCE = (
    select(WORKSPACES.c.balance)
    .where(WORKSPACES.c.id == given("workspace_id", WORKSPACES.c.id))
    .with_for_update(key_share=True)  # what is inserted for the workspace needn't wait
)


def balance(connection: Connection, workspace_id: str) -> int | None:
    """What is left, nobody else's until this transaction ends; None: there is no budget."""
    found: int | None = connection.execute(_BALANCE, values(workspace_id=workspace_id)).scalar()
    return found


def credit(
    connection: Connection, workspace_id: str, *, key: str, amount: int, now: datetime
) -> bool:
    """Adds to the balance, which begins with that; False where this key did so before."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    entry = _entry(workspace_id, Kind.CREDIT, key, amount, now)
    statement = make(ENTRIES).on_conflict_do_nothing().returning(ENTRIES.c.id)
    if connection.execute(statement, entry).first() is None:
        return False
    _add(connection, workspace_id, amount)
    return True


_OPENING = "opening:"


def open_with(
    connection: Connection, workspace_id: str, amount: int | None, *, now: datetime
) -> None:
    """The balance that a setting gives to begin with; where it was changed, the difference.

    None: the setting gives none. What was opened by it before has no end then.
    """
    mine = and_(ENTRIES.c.workspace_id == workspace_id, ENTRIES.c.key.startswith(_OPENING))
    query = select(func.count(), func.coalesce(func.sum(ENTRIES.c.amount), 0)).where(mine)
    count, given_before = connection.execute(query).one()
    if given_before == (amount or 0) and (count or amount is None):
        return
    key = f"{_OPENING}{count + 1}"
    credit(connection, workspace_id, key=key, amount=(amount or 0) - int(given_before), now=now)
    if amount is None:
        ended = update(WORKSPACES).where(WORKSPACES.c.id == workspace_id).values(balance=None)
        connection.execute(ended)


def _entry(workspace_id: str, kind: Kind, key: str, amount: int, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "kind": kind,
        "key": key,
        "amount": amount,
        "at": now,
        "call_id": None,
        "attempt": None,
        "token": None,
        "settled": True,
    }


def _add(connection: Connection, workspace_id: str, amount: int) -> None:
    connection.execute(
        update(WORKSPACES)
        .where(WORKSPACES.c.id == workspace_id)
        .values(balance=func.coalesce(WORKSPACES.c.balance, 0) + amount)
    )


def reserve(
    connection: Connection,
    workspace_id: str,
    claimed: Sequence[tuple[str, int, str, int]],
    *,
    now: datetime,
) -> None:
    """Holds what stands with each of these rows: id, attempt, its claim's token, the amount."""
    if not claimed:
        return
    connection.execute(
        insert(ENTRIES),
        [
            _entry(workspace_id, Kind.RESERVE, f"reserve:{call_id}:{token}", -amount, now)
            | {"call_id": call_id, "attempt": attempt, "token": token, "settled": False}
            for call_id, attempt, token, amount in claimed
        ],
    )
    _add(connection, workspace_id, -sum(amount for *_, amount in claimed))


# A whole list's, until each of its calls has an entry of its own


def hold(
    connection: Connection, workspace_id: str, *, key: str, amount: int, now: datetime
) -> None:
    """Holds so much at once; `release` gives it back."""
    connection.execute(insert(ENTRIES), [_entry(workspace_id, Kind.RESERVE, key, -amount, now)])
    _add(connection, workspace_id, -amount)


def release(
    connection: Connection, workspace_id: str, *, key: str, most: int | None, now: datetime
) -> None:
    """Gives back as much of what is held under this key, or all that is left of it (None)."""
    this = and_(ENTRIES.c.workspace_id == workspace_id, ENTRIES.c.key == key)
    left = -(connection.execute(select(ENTRIES.c.amount).where(this)).scalar() or 0)
    back = left if most is None else min(most, left)
    if back:
        shrunk = update(ENTRIES).where(this).values(amount=ENTRIES.c.amount + back, at=now)
        connection.execute(shrunk)
        _add(connection, workspace_id, back)


# What is held is spent, or given back

_HELD = text("budget_entries.kind = 'reserve' AND NOT budget_entries.settled")
"""`HELD`, said of the entries alone: rows of the ledger have a kind, too."""
_OVER = or_(
    CALLS.c.ended_at.is_not(None),
    CALLS.c.attempt != ENTRIES.c.attempt,
    func.coalesce(CALLS.c.token, "") != ENTRIES.c.token,
    CALLS.c.state.in_([State.PENDING, State.OFFERED, State.REJECTED, State.CANCELLED]),
)
_DUE = (
    select(
        ENTRIES.c.id,
        ENTRIES.c.workspace_id,
        ENTRIES.c.amount,
        ENTRIES.c.attempt.label("held_attempt"),
        ENTRIES.c.token.label("held_token"),
        CALLS.c.id.label("call_id"),
        CALLS.c.kind,
        CALLS.c.attempt,
        CALLS.c.token,
        CALLS.c.state,
        CALLS.c.status,
        CALLS.c.reason,
        CALLS.c.seconds,
    )
    .join_from(ENTRIES, CALLS, and_(CALLS.c.id == ENTRIES.c.call_id))
    .where(_HELD, _OVER)
    .order_by(ENTRIES.c.id)
    .limit(_PAGE)
)


def holds_any(connection: Connection) -> bool:
    """Whether anything is held, in any workspace."""
    return connection.execute(select(ENTRIES.c.id).where(_HELD).limit(1)).first() is not None


def settle(connection: Connection, *, per_minute: Callable[[str], int], now: datetime) -> bool:
    """Settles what was held for calls that are over; True where there may be more of them.

    `per_minute`: a workspace's price of a call, by its id. A text costs what was held, a call its
    started minutes, one that wasn't made or wasn't answered nothing. Where nobody knows, what was
    held is spent.
    """
    due = connection.execute(_DUE).all()
    taken = connection.execute(
        update(ENTRIES)
        .where(ENTRIES.c.id.in_([row.id for row in due]), ENTRIES.c.settled.is_(False))
        .values(settled=True)
        .returning(ENTRIES.c.id)
    )
    mine = set(taken.scalars())
    back: dict[str, int] = {}
    entries = []
    for row in due:
        amount = -row.amount - cost_of(row, per_minute(row.workspace_id))
        if row.id in mine and amount:
            key = f"settle:{row.call_id}:{row.held_token}"
            entries.append(_entry(row.workspace_id, Kind.SETTLE, key, amount, now))
            back[row.workspace_id] = back.get(row.workspace_id, 0) + amount
    if entries:
        connection.execute(insert(ENTRIES), entries)
    for workspace_id, amount in sorted(back.items()):
        _add(connection, workspace_id, amount)
    return len(due) == _PAGE


_HOLDS = select(
    select(ENTRIES.c.id)
    .where(ENTRIES.c.workspace_id == given("workspace_id", ENTRIES.c.workspace_id), _HELD)
    .exists()
)


def holds(connection: Connection, workspace_id: str) -> bool:
    """Whether anything is held: some of it may come back."""
    return bool(connection.execute(_HOLDS, values(workspace_id=workspace_id)).scalar_one())


def cost_of(row: Any, per_minute: int) -> int:
    """What the held claim of a call that is over has cost."""
    held = -int(row.amount)
    if row.attempt != row.held_attempt:  # the claim stayed uncertain, and somebody called again
        return held
    if row.token != row.held_token or row.state != State.PLACED:
        return 0
    if row.kind == rows.Kind.TEXT:
        return held
    if row.status in _UNANSWERED:
        return 0
    if row.seconds is None:
        return held
    return -(-int(row.seconds) // 60) * per_minute
