"""The database's edges: migrations, transactions, errors, secrets at rest."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from cryptography.fernet import Fernet
from sqlalchemy import Connection, bindparam, insert, text

from bot.errors import BotError, SettingsError, StorageError
from storage import cards, migrate, rows, runs, workspaces
from storage.engine import Database, open_engine
from storage.models import Base, RunRow, UtcDateTime, table_of
from storage.secrets import Place, Vault, phone_key
from storage.workspaces import Installation

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUNS = table_of(RunRow)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    with Database(database_url) as opened:
        yield opened


@pytest.mark.parametrize("revision", [None, *migrate.revisions()])
def test_every_earlier_revision_is_brought_up(empty_url: str, revision: str | None) -> None:
    """From nothing, and from each revision, the upgrade ends at exactly the models' tables."""
    with Database(empty_url) as database:
        if revision is not None:
            migrate.upgrade(database.engine, revision)
        migrate.upgrade(database.engine)
        assert migrate.is_current(database.engine)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_says_that_a_migration_is_due(empty_url: str) -> None:
    """Nothing is served from tables that aren't there."""
    with Database(empty_url) as database:
        assert not migrate.is_current(database.engine)


async def test_one_failing_piece_of_work_leaves_its_neighbours_alone(database: Database) -> None:
    """Of many writes at once, the one that fails is undone, the others are kept."""

    def add(connection: Connection, name: str) -> str:
        connection.execute(insert(RUNS).values(id=name, started_at=NOW, beat_at=NOW))
        if name == "5":
            raise BotError("not this one")
        return name

    outcomes = await asyncio.gather(
        *(database.write(partial(add, name=str(each))) for each in range(20)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[5], BotError)
    kept = await database.read(
        lambda connection: set(connection.execute(text("SELECT id FROM runs")).scalars())
    )
    assert kept == {str(each) for each in range(20)} - {"5"}


async def test_what_the_database_refuses_is_told_without_its_parameters(
    database: Database,
) -> None:
    """An error of the database never shows what was to be written."""

    def add(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(insert(RUNS).values(id="+14155550132", started_at=NOW, beat_at=NOW))

    with pytest.raises(StorageError) as caught:
        await database.write(add)
    assert "4155550132" not in repr(caught.value) + caught.value.detail + str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_read_sees_what_was_written_before_it(database: Database) -> None:
    """A reader's connection lives long, and is never behind."""

    def count(connection: Connection) -> int:
        return int(connection.execute(text("SELECT count(*) FROM runs")).scalar_one())

    for written in range(1, 4):
        await database.write(partial(runs.begin, alone=False, now=NOW))
        assert await database.read(count) == written
        assert await database.scan(count) == written


async def test_a_broken_read_is_an_error_of_ours_and_the_next_one_works(
    database: Database,
) -> None:
    """A statement that fails doesn't leave its connection behind broken."""
    with pytest.raises(StorageError):
        await database.read(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    assert (
        await database.read(lambda connection: connection.execute(text("SELECT 1")).scalar()) == 1
    )
    assert await database.is_usable()
    assert database.version().startswith(("SQLite 3", "PostgreSQL"))


def test_a_secret_opens_in_its_own_place_only() -> None:
    """A ciphertext moved to another row, column or table doesn't decrypt."""
    vault = Vault([Fernet.generate_key().decode()])
    home = Place("workspaces", "toingg_keys", "w1")
    sealed = vault.seal(home, "tg_test_key")
    assert vault.open(home, sealed) == "tg_test_key"
    for elsewhere in (
        Place("workspaces", "toingg_keys", "w2"),
        Place("workspaces", "number_key", "w1"),
        Place("installations", "toingg_keys", "w1"),
    ):
        with pytest.raises(SettingsError, match="ENCRYPTION_KEYS"):
            vault.open(elsewhere, sealed)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    """A new key goes in front; what the old one sealed still opens."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    place = Place("workspaces", "toingg_keys", "w1")
    sealed = Vault([old]).seal(place, "tg_test_key")
    assert Vault([new, old]).open(place, sealed) == "tg_test_key"
    with pytest.raises(SettingsError):
        Vault([old]).open(place, Vault([new, old]).seal(place, "tg_test_key"))


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "é" * 44])
def test_an_unusable_key_is_a_fault_of_the_settings(key: str) -> None:
    """What isn't a Fernet key is refused with the way to make one."""
    with pytest.raises(SettingsError, match="ENCRYPTION_KEYS"):
        Vault([key])


def test_a_numbers_key_tells_numbers_apart_and_workspaces_too() -> None:
    """The same number has another hash in another workspace."""
    one, two = "00" * 32, "11" * 32
    assert phone_key(one, "+14155550132") == phone_key(one, "+14155550132")
    assert phone_key(one, "+14155550132") != phone_key(one, "+14155550133")
    assert phone_key(one, "+14155550132") != phone_key(two, "+14155550132")


async def test_a_workspace_is_adopted_once_and_its_keys_are_sealed(database: Database) -> None:
    """Seen again with another key, it keeps its id and its number key; no key lies in clear."""
    vault = Vault([Fernet.generate_key().decode()])
    at = Installation("", "T1", "Team", "https://t.slack.com/", "UB", "B1", "commands")

    async def adopt(key: str) -> workspaces.Workspace:
        return await database.write(
            lambda connection: workspaces.adopt(connection, vault, at, {"v1": key}, now=NOW)
        )

    first, second = await adopt("toingg-key-one"), await adopt("toingg-key-two")
    assert (first.id, first.number_key) == (second.id, second.number_key)
    found = await database.read(partial(workspaces.only, vault=vault))
    assert found is not None
    assert found.toingg_keys == {"v1": "toingg-key-two"}
    stored = await database.read(
        lambda connection: str(connection.execute(text("SELECT * FROM workspaces")).all())
    )
    assert "toingg-key" not in stored
    assert found.number_key not in stored
    assert "toingg-key" not in repr(found)


async def test_a_database_that_is_away_is_an_error_of_ours() -> None:
    """Where nobody listens, a read and a write are both refused with our sentence."""
    with Database("postgresql+psycopg://nobody@127.0.0.1:9/none") as away:
        with pytest.raises(StorageError):
            await away.read(lambda connection: connection.execute(text("SELECT 1")))
        with pytest.raises(StorageError):
            await away.write(lambda connection: connection.execute(text("SELECT 1")))


def test_cards_that_stood_before_are_brought_up(empty_url: str) -> None:
    """Rows of the first tables keep their cards; those in a direct message know why from now on."""
    asked, direct = "C0SALES001", "D0CARL0001"
    stood = {"there": (asked, "1.1"), "in a DM": (direct, "1.2"), "nowhere yet": (None, None)}
    with Database(empty_url) as database:
        migrate.upgrade(database.engine, "0001")
        with database.engine.begin() as connection:
            connection.execute(_WORKSPACE)
            for name, (channel, ts) in stood.items():
                connection.execute(_CALL, {"id": name, "channel": channel, "ts": ts, "now": NOW})
        migrate.upgrade(database.engine)
        with database.engine.begin() as connection:
            found = {call.id: call for call in rows.find(connection, limit=10)}
            undrawn = {call.id for call in cards.undrawn(connection, ["w"], limit=10)}
            assert undrawn == {"there", "in a DM"}
            assert [call.id for call in cards.unposted(connection, ["w"])] == ["nowhere yet"]
            for call in found.values():
                cards.give_up(connection, call)
            assert cards.undrawn(connection, ["w"], limit=10) == []
            assert cards.unposted(connection, ["w"]) == []
    assert {name: (call.channel, call.card_ts) for name, call in found.items()} == stood
    assert {name for name, call in found.items() if call.elsewhere} == {"in a DM"}
    assert found["in a DM"].elsewhere is rows.Elsewhere.CLOSED


_WORKSPACE = text(
    "INSERT INTO workspaces (id, enterprise_id, team_id, name, url, bot_user_id, bot_id, scopes,"
    " number_key, created_at) VALUES ('w', '', 'T1', 'Team', '', 'U1', 'B1', '', '',"
    " '2026-11-23 12:00:00')"
)
_CALL = text(
    "INSERT INTO calls (id, workspace_id, phone, phone_key, name, campaign, variables, pending_at,"
    " requested_by, asked_in, created_at, click_key, run, attempt, state, hang_up_done, polls,"
    " channel, card_ts, version, drawn) VALUES (:id, 'w', '+14155550132', 'k', 'John Doe', 'Sale',"
    " '{}', :now, 'U0CARL0001', 'C0SALES001', :now, :id, 'r', 1, 'placed', false, 0, :channel,"
    " :ts, 2, 1)"
).bindparams(bindparam("now", type_=UtcDateTime()))
"""A row as the first release wrote it."""


def test_an_older_file_is_written_anew_once(tmp_path: Path) -> None:
    """What was deleted before deletions overwrote is in it no more; later it is overwritten."""
    file = tmp_path / "toingg.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate.upgrade(engine, "0014")
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA secure_delete=OFF")
        for place in range(50):
            moment = (f"deleted-before-{place}", "2026-01-01", "2026-01-01")
            raw.execute("INSERT INTO runs (id, started_at, beat_at) VALUES (?, ?, ?)", moment)
        raw.commit()
        raw.execute("DELETE FROM runs")
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"deleted-before-7" in file.read_bytes()
    migrate.upgrade(engine)
    with engine.connect().execution_options(read_only=True) as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    assert b"deleted-before-7" not in file.read_bytes()
