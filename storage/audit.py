"""The audit log: who did what beyond the ordinary, each entry chained to the one before it.

It is only added to: triggers on both databases refuse every change, and every removal but that of
the oldest entries, under a checkpoint (`cut`). The entries of a workspace are numbered without
gaps, and its head says which is the last. Numbers stand there as keyed hashes only.

What is in the ledger isn't written down twice: who asked for a call or a text is there, with every
row's events. The log has what people do to many rows, to settings, and with what they may read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.chain import GENESIS, Link, written
from storage.models import AuditHeadRow, AuditRow, table_of
from storage.statements import given, values

AUDIT = table_of(AuditRow)
HEADS = table_of(AuditHeadRow)

_CUT = "audit_cut"
_AT_ONCE = 5000
"""Entries that one transaction removes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `actor` is "" where it was nobody in Slack."""

    workspace_id: str
    seq: int
    at: datetime
    actor: str
    deed: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a workspace's log ends, and where it begins: entries up to `cut_seq` were removed.

    `witness` is sealed (see `storage.witness`), of the entry numbered `witnessed`.
    """

    workspace_id: str
    seq: int = 0
    hash: str = GENESIS
    cut_seq: int = 0
    cut_hash: str = GENESIS
    witness: str | None = None
    witnessed: int = 0


@dataclass(frozen=True, slots=True)
class _Noted:
    """What is to become an entry."""

    at: datetime
    actor: str
    deed: str
    subject: str
    detail: dict[str, Any]


_NOTED = "audit"
"""Where a connection keeps what was noted in its transaction."""
_OF_HEAD = [HEADS.c[name] for name in Head.__slots__]
_OF_ENTRY = [AUDIT.c[name] for name in Entry.__slots__]
_MINE = HEADS.c.workspace_id == given("workspace_id", HEADS.c.workspace_id)
_HEAD = select(*_OF_HEAD).where(_MINE)
_LOCKED = _HEAD.with_for_update()
_APPEND = insert(AUDIT)
_GO_ON = (
    update(HEADS)
    .where(_MINE)
    .values(seq=given("seq", HEADS.c.seq), hash=given("hash", HEADS.c.hash))
)
_FIRST = {
    "sqlite": sqlite.insert(HEADS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(HEADS).on_conflict_do_nothing(),
}


def append(
    connection: Connection,
    workspace_id: str,
    actor: str,
    deed: str,
    subject: str,
    *,
    now: datetime,
    **detail: Any,
) -> None:
    """Notes who did what. `subject` and `detail` hold no number in clear.

    It is written down, with its number and its hash, right before this transaction commits: the
    workspace's head is what is locked last, and for no longer than the commit takes. So who waits
    for it holds nobody up who has it.
    """
    if connection.get_execution_options().get("read_only"):
        raise RuntimeError("an entry of the audit log outside a transaction would be lost")
    noted = _Noted(now, actor, str(deed), str(subject), detail)
    connection.info.setdefault(_NOTED, {}).setdefault(workspace_id, []).append(noted)


def write_down(connection: Connection) -> None:
    """Writes what was noted in this transaction, which is about to commit."""
    noted: dict[str, list[_Noted]] = connection.info.pop(_NOTED, {})
    for workspace_id in sorted(noted):
        head = _take(connection, workspace_id)
        rows = list(_chained(head, noted[workspace_id]))
        connection.execute(_APPEND, rows)
        end = {"seq": rows[-1]["seq"], "hash": rows[-1]["hash"]}
        connection.execute(_GO_ON, values(workspace_id=workspace_id, **end))


def forget_noted(connection: Connection) -> None:
    """Nothing of this transaction is kept."""
    if not connection.invalidated:
        connection.info.pop(_NOTED, None)


def _chained(head: Head, noted: Sequence[_Noted]) -> Iterator[dict[str, Any]]:
    previous = head.hash
    for seq, each in enumerate(noted, start=head.seq + 1):
        link = Link(
            workspace_id=head.workspace_id,
            seq=seq,
            at=written(each.at),
            actor=each.actor,
            deed=each.deed,
            subject=each.subject,
            detail=json.dumps(each.detail),
            previous=previous,
        )
        digest = link.digest()
        yield asdict(link) | {"at": each.at, "detail": each.detail, "hash": digest}
        previous = digest


def _take(connection: Connection, workspace_id: str) -> Head:
    """The head, nobody else's until the transaction ends; on SQLite all of it is one writer's."""
    named = values(workspace_id=workspace_id)
    row = connection.execute(_LOCKED, named).first()
    if row is None:
        new = Head(workspace_id)
        fields = {name: getattr(new, name) for name in Head.__slots__}
        connection.execute(_FIRST[connection.dialect.name], fields)
        row = connection.execute(_LOCKED, named).one()
    return Head(*row)


# Looking


def head(connection: Connection, workspace_id: str) -> Head:
    """Where the workspace's log stands."""
    row = connection.execute(_HEAD, values(workspace_id=workspace_id)).first()
    return Head(*row) if row else Head(workspace_id)


def heads(connection: Connection) -> list[Head]:
    """That of every workspace that has one."""
    return [
        Head(*row) for row in connection.execute(select(*_OF_HEAD).order_by(HEADS.c.workspace_id))
    ]


_PAGE = (
    select(*_OF_ENTRY)
    .where(
        AUDIT.c.workspace_id == given("workspace_id", AUDIT.c.workspace_id),
        AUDIT.c.seq > given("after", AUDIT.c.seq),
    )
    .order_by(AUDIT.c.seq)
)


def page(connection: Connection, workspace_id: str, *, after: int, limit: int) -> Sequence[Entry]:
    """The entries that follow the one numbered `after`, the oldest first."""
    named = values(workspace_id=workspace_id, after=after)
    return [Entry(*row) for row in connection.execute(_PAGE.limit(limit), named)]


def newest(connection: Connection, workspace_id: str, *, limit: int) -> Sequence[Entry]:
    """The last entries, the newest first."""
    mine = AUDIT.c.workspace_id == workspace_id
    query = select(*_OF_ENTRY).where(mine).order_by(AUDIT.c.seq.desc()).limit(limit)
    return [Entry(*row) for row in connection.execute(query)]


# Witnesses


def unwitnessed(connection: Connection) -> list[Head]:
    """The heads that have moved since they were witnessed."""
    query = select(*_OF_HEAD).where(HEADS.c.witnessed < HEADS.c.seq)
    return [Head(*row) for row in connection.execute(query)]


def keep_witness(connection: Connection, workspace_id: str, seq: int, sealed: str) -> None:
    """Keeps it, unless a newer one is there."""
    older = and_(HEADS.c.workspace_id == workspace_id, HEADS.c.witnessed < seq)
    connection.execute(update(HEADS).where(older).values(witness=sealed, witnessed=seq))


# Removing


def cut(
    connection: Connection,
    workspace_id: str,
    *,
    before: datetime,
    now: datetime,
    limit: int = _AT_ONCE,
) -> int:
    """Removes the oldest entries, up to the first that isn't older than `before`; how many.

    At most `limit` at once: call it again, each time in a transaction of its own, until it says 0.
    A checkpoint stays in the head: how many were removed in all, and the last one's hash, to which
    what is left is chained. The removal is an entry itself.
    """
    head = _take(connection, workspace_id)
    kept = connection.execute(
        select(AUDIT.c.seq)
        .where(AUDIT.c.workspace_id == workspace_id, AUDIT.c.at >= before)
        .order_by(AUDIT.c.seq)
        .limit(1)
    ).scalar()
    last = min(head.seq if kept is None else kept - 1, head.cut_seq + limit)
    if last <= head.cut_seq:
        return 0
    _remove(connection, workspace_id, last)
    count = last - head.cut_seq
    append(connection, workspace_id, "", _CUT, "audit", now=now, removed=count, up_to=last)
    return count


def _remove(connection: Connection, workspace_id: str, last: int) -> None:
    """The checkpoint, then the removal: the triggers allow it in this order only."""
    mine = AUDIT.c.workspace_id == workspace_id
    at = connection.execute(select(AUDIT.c.hash).where(mine, AUDIT.c.seq == last)).scalar_one()
    checkpoint = {"cut_seq": last, "cut_hash": at}
    connection.execute(update(HEADS).where(HEADS.c.workspace_id == workspace_id).values(checkpoint))
    connection.execute(delete(AUDIT).where(mine, AUDIT.c.seq <= last))


def erase(connection: Connection, workspace_id: str) -> int:
    """Removes the whole log of a workspace that goes, its checkpoint too; how many entries."""
    connection.info.get(_NOTED, {}).pop(workspace_id, None)
    mine = select(HEADS.c.workspace_id).where(HEADS.c.workspace_id == workspace_id)
    if connection.execute(mine).first() is None:
        return 0
    head = _take(connection, workspace_id)
    if head.cut_seq < head.seq:
        _remove(connection, workspace_id, head.seq)
    connection.execute(delete(HEADS).where(HEADS.c.workspace_id == workspace_id))
    return head.seq - head.cut_seq
