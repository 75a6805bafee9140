"""What a workspace has set for itself. What it hasn't set isn't here.

Each change is one of `version`, by which every process sees that there is something new; who makes
one says which version they looked at, so that nobody undoes what they haven't seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.models import SettingsRow, table_of
from storage.secrets import Place, Vault

SETTINGS = table_of(SettingsRow)


class Secret(StrEnum):
    """What a workspace keeps sealed, under the names that the environment's have."""

    TOINGG_V1 = "toingg_api_key"
    TOINGG_V3 = "toingg_v3_api_key"
    STRIPE = "stripe_webhook_secrets"  # several, with spaces between
    STATUS = "toingg_status_token"
    TWILIO = "twilio_auth_token"


_KEYS = {"v1": Secret.TOINGG_V1, "v3": Secret.TOINGG_V3}


@dataclass(frozen=True)
class Stored:
    """What a workspace has set: JSON values and secrets, by name.

    `roles` are those given to people (`U…`) and to user groups (`S…`), by their ids.
    """

    version: int = 0
    chosen: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def toingg_keys(self) -> dict[str, str]:
        """Its Toingg keys by generation, those that it has."""
        return {
            generation: self.secrets[name]
            for generation, name in _KEYS.items()
            if name in self.secrets
        }


@dataclass(frozen=True, kw_only=True)
class Change:
    """What somebody sets, by name; None: the environment's value holds again.

    `roles` are by a person's or a group's id; None: it is taken away, as of a secret. `seen` is the
    version that they looked at. What isn't named stays.
    """

    actor: str
    seen: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str | None] = field(default_factory=dict)
    secrets: Mapping[Secret, str | None] = field(default_factory=dict, repr=False)


def versions(connection: Connection) -> dict[str, int]:
    """The version of every workspace that has set something, by its id."""
    return {
        row.workspace_id: row.version
        for row in connection.execute(select(SETTINGS.c.workspace_id, SETTINGS.c.version))
    }


def stored(connection: Connection, vault: Vault, workspace_id: str) -> Stored:
    """What it has set. Raises SettingsError where no key opens its secrets."""
    row = connection.execute(
        select(SETTINGS).where(SETTINGS.c.workspace_id == workspace_id)
    ).first()
    if row is None:
        return Stored()
    return Stored(row.version, row.chosen, row.roles, _opened(vault, row))


def _opened(vault: Vault, row: Any) -> dict[str, str]:
    """Its secrets. Those of Toingg stand alone where nothing was changed since there are others."""
    secrets: dict[str, str] = {}
    if row.toingg_keys:
        keys = json.loads(vault.open(_place("toingg_keys", row.workspace_id), row.toingg_keys))
        secrets = {_KEYS[generation]: key for generation, key in keys.items()}
    if row.secrets:
        secrets |= json.loads(vault.open(_place("secrets", row.workspace_id), row.secrets))
    return secrets


def change(
    connection: Connection, vault: Vault, workspace_id: str, what: Change, *, now: datetime
) -> Stored | None:
    """The settings after it, audited with before and after; None where another change was first.

    Of a secret the log says only whether there was one, and is.
    """
    if not turn(connection, workspace_id, seen=what.seen):
        return None
    before = stored(connection, vault, workspace_id)
    chosen, roles = _over(before.chosen, what.chosen), _over(before.roles, what.roles)
    secrets = _over(before.secrets, {name.value: each for name, each in what.secrets.items()})
    sealed = vault.seal(_place("secrets", workspace_id), json.dumps(secrets)) if secrets else None
    connection.execute(
        update(SETTINGS)
        .where(SETTINGS.c.workspace_id == workspace_id)
        .values(chosen=chosen, roles=roles, secrets=sealed, toingg_keys=None)
    )
    pairs = (("setting", before.chosen, chosen), ("role", before.roles, roles))
    for deed, had, has in pairs:
        for name in sorted(had.keys() | has.keys()):
            was, is_ = had.get(name), has.get(name)
            if was != is_:
                who = (connection, workspace_id, what.actor, deed, name)
                audit.append(*who, now=now, before=was, after=is_)
    for name in sorted(what.secrets):
        who = (connection, workspace_id, what.actor, "setting", name.value)
        was, is_ = _is_set(before.secrets, name), _is_set(secrets, name)
        audit.append(*who, now=now, before=was, after=is_)
    return stored(connection, vault, workspace_id)


def _is_set(secrets: Mapping[str, str], name: Secret) -> str | None:
    return "set" if name in secrets else None


def _over(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **changes}.items() if value is not None}


def turn(connection: Connection, workspace_id: str, *, seen: int) -> bool:
    """Counts a change; False where `seen` isn't the newest. Nobody else's until the commit."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        make(SETTINGS)
        .values(workspace_id=workspace_id, chosen={}, roles={}, version=0)
        .on_conflict_do_nothing()
    )
    counted = connection.execute(
        update(SETTINGS)
        .where(SETTINGS.c.workspace_id == workspace_id, SETTINGS.c.version == seen)
        .values(version=seen + 1)
    )
    return counted.rowcount == 1


def _place(column: str, workspace_id: str) -> Place:
    return Place("settings", column, workspace_id)
