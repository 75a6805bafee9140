"""A workspace's secrets as they are stored, sealed and its own; and events, once a workspace."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, select, update

from bot.errors import SettingsError
from storage import settings, webhooks, workspaces
from storage.secrets import Place, Vault
from storage.settings import SETTINGS, Change, Secret, Stored
from storage.webhooks import Arrived
from storage.workspaces import Installation

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
VAULT = Vault([Fernet.generate_key().decode()])


def workspace(connection: Connection, team: str) -> str:
    """A workspace's id."""
    at = Installation("", team, team, f"https://{team}.slack.com/", "UB", "B1", "commands")
    return workspaces.adopt(connection, VAULT, at, {}, now=NOW).id


def change(connection: Connection, of: str, seen: int, **secrets: str | None) -> Stored:
    """What is stored after an owner changed these."""
    named = {Secret(name): value for name, value in secrets.items()}
    what = Change(actor="U1", seen=seen, secrets=named)
    stored = settings.change(connection, VAULT, of, what, now=NOW)
    assert stored is not None
    return stored


def test_keys_of_before_are_taken_along(connection: Connection) -> None:
    """Toingg's keys that were sealed alone are read, and go where the others are with a change."""
    of = workspace(connection, "T1")
    assert settings.turn(connection, of, seen=0)
    sealed = VAULT.seal(Place("settings", "toingg_keys", of), json.dumps({"v3": "tg_old"}))
    connection.execute(update(SETTINGS).values(toingg_keys=sealed))
    assert settings.stored(connection, VAULT, of).toingg_keys == {"v3": "tg_old"}
    stored = change(connection, of, 1, toingg_api_key="new", stripe_webhook_secrets="whsec_a")
    assert stored.toingg_keys == {"v1": "new", "v3": "tg_old"}
    assert stored.secrets[Secret.STRIPE] == "whsec_a"
    assert connection.execute(select(SETTINGS.c.toingg_keys)).scalar_one() is None
    assert change(connection, of, 2, toingg_v3_api_key=None).toingg_keys == {"v1": "new"}


def test_a_row_of_another_workspace_opens_nothing(connection: Connection) -> None:
    """Whoever swaps rows in the database gets no secret by it."""
    one, two = workspace(connection, "T1"), workspace(connection, "T2")
    change(connection, one, 0, toingg_status_token="a-token")
    change(connection, two, 0, toingg_status_token="b-token")
    mine = select(SETTINGS.c.secrets).where(SETTINGS.c.workspace_id == one)
    stolen = connection.execute(mine).scalar_one()
    assert "a-token" not in stolen
    connection.execute(
        update(SETTINGS).where(SETTINGS.c.workspace_id == two).values(secrets=stolen)
    )
    with pytest.raises(SettingsError):
        settings.stored(connection, VAULT, two)


def test_an_event_is_known_by_workspace(connection: Connection) -> None:
    """The same event, come to two workspaces, is each one's own, once; a replay is of both."""
    of = [workspace(connection, team) for team in ("T1", "T2")]

    def arrives(workspace_id: str) -> bool:
        event = Arrived(
            workspace_id, "stripe", "evt_1", "t", NOW, livemode=True, digest="", body="{}"
        )
        return webhooks.store(connection, event, now=NOW)

    assert [arrives(each) for each in (*of, *of)] == [True, True, False, False]
    ids = webhooks.undone(connection)
    taken = [webhooks.take(connection, each, now=NOW) for each in ids]
    assert [each and each.workspace_id for each in taken] == of
    assert webhooks.redo(connection, "stripe", "evt_1")
    assert webhooks.undone(connection) == ids
    assert workspaces.ids(connection, named="T2") == [of[1]]
