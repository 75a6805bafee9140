"""What a workspace has set for itself. What it hasn't set isn't here.

Each change is one of `version`, by which every process sees that there is something new; who makes
one says which version they looked at, so that nobody undoes what they haven't seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.models import SettingsRow, table_of
from storage.secrets import Place, Vault

SETTINGS = table_of(SettingsRow)


@dataclass(frozen=True)
class Stored:
    """What a workspace has set: JSON values by name, and its Toingg keys by generation.

    `roles` are those given to people (`U…`) and to user groups (`S…`), by their ids.
    """

    version: int = 0
    chosen: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    toingg_keys: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What somebody sets, by name; None: the environment's value holds again.

    `roles` are by a person's or a group's id; None: it is taken away. `seen` is the version that
    they looked at. A key that isn't given stays.
    """

    actor: str
    seen: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str | None] = field(default_factory=dict)
    toingg_keys: Mapping[str, str] = field(default_factory=dict, repr=False)


def versions(connection: Connection) -> dict[str, int]:
    """The version of every workspace that has set something, by its id."""
    return {
        row.workspace_id: row.version
        for row in connection.execute(select(SETTINGS.c.workspace_id, SETTINGS.c.version))
    }


def stored(connection: Connection, vault: Vault, workspace_id: str) -> Stored:
    """What it has set. Raises SettingsError where no key opens its Toingg keys."""
    row = connection.execute(
        select(SETTINGS).where(SETTINGS.c.workspace_id == workspace_id)
    ).first()
    if row is None:
        return Stored()
    sealed = row.toingg_keys
    keys = json.loads(vault.open(_place(workspace_id), sealed)) if sealed else {}
    return Stored(row.version, row.chosen, row.roles, keys)


def change(
    connection: Connection, vault: Vault, workspace_id: str, what: Change, *, now: datetime
) -> Stored | None:
    """The settings after it, audited with before and after; None where another change was first.

    Of a key the log says only that it was changed.
    """
    if not turn(connection, workspace_id, seen=what.seen):
        return None
    before = stored(connection, vault, workspace_id)
    chosen, roles = _over(before.chosen, what.chosen), _over(before.roles, what.roles)
    keys = {**before.toingg_keys, **what.toingg_keys}
    sealed = vault.seal(_place(workspace_id), json.dumps(keys)) if keys else None
    connection.execute(
        update(SETTINGS)
        .where(SETTINGS.c.workspace_id == workspace_id)
        .values(chosen=chosen, roles=roles, toingg_keys=sealed)
    )
    pairs = (("setting", before.chosen, chosen), ("role", before.roles, roles))
    for deed, had, has in pairs:
        for name in sorted(had.keys() | has.keys()):
            was, is_ = had.get(name), has.get(name)
            if was != is_:
                who = (connection, workspace_id, what.actor, deed, name)
                audit.append(*who, now=now, before=was, after=is_)
    for generation in sorted(what.toingg_keys):
        subject = f"toingg_key_{generation}"
        audit.append(connection, workspace_id, what.actor, "setting", subject, now=now)
    return stored(connection, vault, workspace_id)


def _over(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **changes}.items() if value is not None}


def turn(connection: Connection, workspace_id: str, *, seen: int) -> bool:
    """Counts a change; False where `seen` isn't the newest. Nobody else's until the commit."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        make(SETTINGS)
        .values(workspace_id=workspace_id, chosen={}, roles={}, toingg_keys=None, version=0)
        .on_conflict_do_nothing()
    )
    counted = connection.execute(
        update(SETTINGS)
        .where(SETTINGS.c.workspace_id == workspace_id, SETTINGS.c.version == seen)
        .values(version=seen + 1)
    )
    return counted.rowcount == 1


def _place(workspace_id: str) -> Place:
    return Place("settings", "toingg_keys", workspace_id)
