"""Every column that holds ciphertexts, and their move under another key.

A row says for itself under which key it is, so that nothing has to be remembered: whoever is killed
over it, or does it twice, goes on with what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, select, tuple_, update

from bot.errors import SettingsError
from storage.models import AuditHeadRow, Base, InstallationRow, SettingsRow, WorkspaceRow, table_of
from storage.secrets import Place, Vault


@dataclass(frozen=True)
class Sealed:
    """A column of ciphertexts; `of` is the column of the workspace that they are bound to."""

    row: type[Base]
    column: str
    of: str = "workspace_id"

    @property
    def name(self) -> str:
        """As people know it."""
        return f"{self.row.__tablename__}.{self.column}"

    @property
    def key(self) -> tuple[Column[Any], ...]:
        """What names a row."""
        return tuple(table_of(self.row).primary_key)


SEALED = (
    Sealed(WorkspaceRow, "number_key", of="id"),
    Sealed(WorkspaceRow, "toingg_keys", of="id"),
    Sealed(SettingsRow, "toingg_keys"),
    Sealed(SettingsRow, "secrets"),
    Sealed(InstallationRow, "bot_token"),
    Sealed(AuditHeadRow, "witness"),
)

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """What became of some rows: `next` is where the others begin, None where there are none."""

    rewritten: frozenset[str]
    current: int
    unreadable: tuple[str, ...]
    next: Key | None


def reseal(
    connection: Connection, vault: Vault, what: Sealed, *, after: Key | None, limit: int = 100
) -> Some:
    """Seals the rows that come after that one with the first key, where they aren't yet.

    A row that another process has written meanwhile stays as that left it. `rewritten` and
    `unreadable` (none of the keys opens it) are workspaces' ids, a row each.
    """
    rows = _page(connection, what, after, limit)
    rewritten: set[str] = set()
    unreadable: list[str] = []
    current = 0
    for key, workspace_id, sealed in rows:
        place = Place(what.row.__tablename__, what.column, workspace_id)
        if vault.is_first(place, sealed):
            current += 1
            continue
        try:
            secret = vault.open(place, sealed)
        except SettingsError:
            unreadable.append(workspace_id)
            continue
        if _replace(connection, what, key, sealed, vault.seal(place, secret)):
            rewritten.add(workspace_id)
    done = len(rows) < limit
    return Some(frozenset(rewritten), current, tuple(unreadable), None if done else rows[-1][0])


def left(connection: Connection, vault: Vault, what: Sealed) -> int:
    """How many of its rows aren't under the first key."""
    count = 0
    after: Key | None = None
    while rows := _page(connection, what, after, 100):
        after = rows[-1][0]
        for _, workspace_id, sealed in rows:
            place = Place(what.row.__tablename__, what.column, workspace_id)
            count += not vault.is_first(place, sealed)
    return count


def _page(
    connection: Connection, what: Sealed, after: Key | None, limit: int
) -> Sequence[tuple[Key, str, str]]:
    """Rows' keys, workspaces and ciphertexts, in the order of their keys."""
    table = table_of(what.row)
    query = select(table.c[what.of], table.c[what.column], *what.key)
    query = query.where(table.c[what.column].is_not(None)).order_by(*what.key).limit(limit)
    if after is not None:
        query = query.where(tuple_(*what.key) > tuple_(*after))
    return [(tuple(row[2:]), row[0], row[1]) for row in connection.execute(query)]


def _replace(connection: Connection, what: Sealed, key: Key, was: str, sealed: str) -> bool:
    table = table_of(what.row)
    same = [column == value for column, value in zip(what.key, key, strict=True)]
    same.append(table.c[what.column] == was)
    written = update(table).where(*same).values({what.column: sealed})
    return connection.execute(written).rowcount == 1
