"""Whether an audit log is as it was written: read page by page, to the letter.

It wants a `Database.snapshot`: what is added meanwhile isn't looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select, union

from storage import audit, witness
from storage.audit import AUDIT, HEADS, Head
from storage.chain import Link, written
from storage.secrets import Vault

_PAGE = 1000
_UNOPENED = "its witness opens with none of the keys"
_LETTERS = [AUDIT.c[name] for name in ("workspace_id", "at", "actor", "deed", "subject", "detail")]
_CHAIN = [AUDIT.c.previous, AUDIT.c.hash]
_ON_SQLITE = select(AUDIT.c.seq, *(func.hex(column) for column in (*_LETTERS, *_CHAIN)))
"""Byte by byte: what isn't text, or no moment, is found to be changed, and hides nothing."""
_ON_POSTGRESQL = select(AUDIT.c.seq, *_LETTERS[:-1], cast(AUDIT.c.detail, Text), *_CHAIN)


@dataclass(frozen=True)
class Verdict:
    """What was found of one workspace's log; `broken` says what is wrong first, and where.

    `count` entries were read from number `first` on; `head` is where the log ends. `witnessed` is
    the last one for which a sealed witness vouches, 0 where there is none.
    """

    workspace_id: str
    head: Head
    count: int
    witnessed: int = 0
    broken: str | None = None

    @property
    def first(self) -> int:
        """The oldest entry that is there: the ones before it were removed under a checkpoint."""
        return self.head.cut_seq + 1


def workspaces(connection: Connection) -> list[str]:
    """Every workspace id that an entry or a head bears, known or not."""
    found = connection.execute(union(select(AUDIT.c.workspace_id), select(HEADS.c.workspace_id)))
    return sorted(map(str, found.scalars()))


def verify(
    connection: Connection,
    vault: Vault,
    workspace_id: str,
    *,
    known: Mapping[int, str] | None = None,
) -> Verdict:
    """Goes through all of it. `known`: hashes that were published before, by entries' numbers."""
    head = audit.head(connection, workspace_id)
    verdict = Verdict(workspace_id, head, 0)
    pins = dict(known or {})
    if head.witness is not None:
        found = witness.of(vault, head)
        if found is None:
            return replace(verdict, broken=_UNOPENED)
        if pins.setdefault(*found) != found[1]:
            return replace(verdict, broken=_disagrees(found[0]))
        verdict = replace(verdict, witnessed=found[0])
    walk = _Walk(head.cut_seq, head.cut_hash, pins)
    broken = _before(connection, head) or walk.pinned() or _walked(connection, workspace_id, walk)
    return replace(verdict, count=walk.seq - head.cut_seq, broken=broken or _end(walk, head, pins))


def follows(connection: Connection, vault: Vault, workspace_id: str) -> str | None:
    """What is wrong with what was added since the last witness; None where all of it follows."""
    head = audit.head(connection, workspace_id)
    seq, digest = head.cut_seq, head.cut_hash
    if head.witness is not None:
        found = witness.of(vault, head)
        if found is None:
            return _UNOPENED
        if found[0] > head.cut_seq:
            seq, digest = found
            if _hash_of(connection, workspace_id, seq) != digest:
                return _disagrees(seq)
    walk = _Walk(seq, digest)
    return _walked(connection, workspace_id, walk) or _end(walk, head, {})


def _hash_of(connection: Connection, workspace_id: str, seq: int) -> str | None:
    mine = (AUDIT.c.workspace_id == workspace_id, AUDIT.c.seq == seq)
    return connection.execute(select(AUDIT.c.hash).where(*mine)).scalar()


def _before(connection: Connection, head: Head) -> str | None:
    """An entry that was removed, and is there again."""
    mine = AUDIT.c.workspace_id == head.workspace_id
    first = connection.execute(select(func.min(AUDIT.c.seq)).where(mine)).scalar()
    if isinstance(first, int) and first <= head.cut_seq:
        return f"entry {first:,} stands before the checkpoint: {head.cut_seq:,} were removed"
    return None


@dataclass
class _Walk:
    """How far a log is whole: the number and the hash of the last entry that is."""

    seq: int
    hash: str
    pins: Mapping[int, str] = field(default_factory=dict)

    def pinned(self) -> str | None:
        """What is wrong where that isn't the hash that is known."""
        return None if self.pins.get(self.seq, self.hash) == self.hash else _disagrees(self.seq)


def _walked(connection: Connection, workspace_id: str, walk: _Walk) -> str | None:
    """Goes as far as it is whole, and says why not further."""
    for link, digest in _links(connection, workspace_id, walk.seq):
        if link.seq != walk.seq + 1:
            return _gap(walk.seq + 1, link.seq)
        if link.previous != walk.hash or link.digest() != digest:
            return _wrong(link, digest)
        walk.seq, walk.hash = link.seq, digest
        if broken := walk.pinned():
            return broken
    return None


def _links(connection: Connection, workspace_id: str, after: int) -> Iterator[tuple[Link, str]]:
    """The entries from there on as they are stored, with their hashes."""
    is_sqlite = connection.dialect.name == "sqlite"
    query = _ON_SQLITE if is_sqlite else _ON_POSTGRESQL
    query = query.where(AUDIT.c.workspace_id == workspace_id).order_by(AUDIT.c.seq).limit(_PAGE)
    read = _bytes if is_sqlite else _values
    while rows := connection.execute(query.where(AUDIT.c.seq > after)).all():
        for row in rows:
            yield read(row)
        after = rows[-1][0]


def _bytes(row: Any) -> tuple[Link, str]:
    of, at, actor, deed, subject, detail, previous, digest = (
        bytes.fromhex(each).decode("utf-8", "surrogateescape") for each in row[1:]
    )
    return Link(of, row[0], at, actor, deed, subject, detail, previous), digest


def _values(row: Any) -> tuple[Link, str]:
    seq, of, at, actor, deed, subject, detail, previous, digest = row
    return Link(of, seq, written(at), actor, deed, subject, detail, previous), digest


def _gap(expected: int, found: Any) -> str:
    if isinstance(found, int) and found > expected:
        return f"entry {expected:,} is missing: {found:,} comes next"
    return f"entry {found} is not where it was written"


def _wrong(link: Link, digest: str) -> str:
    """What was done to an entry that isn't what should stand there."""
    if link.digest() == digest:
        return f"entry {link.seq:,} doesn't follow the one before it: one of them was changed"
    near = range(max(1, link.seq - _PAGE), link.seq + _PAGE)
    for seq in near:
        if replace(link, seq=seq).digest() == digest:
            return f"entry {link.seq:,} was reordered: it was written as number {seq:,}"
    return f"entry {link.seq:,} was changed"


def _end(walk: _Walk, head: Head, pins: Mapping[int, str]) -> str | None:
    """Whether the log ends where its head, and what is known, say that it does."""
    beyond = max((seq for seq in pins if seq > walk.seq), default=0)
    if walk.seq < max(head.seq, beyond):
        return (
            f"the end is missing: entry {walk.seq:,} is the last, and number"
            f" {max(head.seq, beyond):,} was written"
        )
    if (walk.seq, walk.hash) != (head.seq, head.hash):
        return f"the head was changed: it says {head.seq:,}, and entry {walk.seq:,} is the last"
    return None


def _disagrees(seq: int) -> str:
    return f"entry {seq:,} isn't the one that was published: it, or one before it, was changed"
