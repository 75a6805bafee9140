"""rotate-keys: everything sealed goes under the first key, whatever dies in between."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import String, func, inspect, select, text, update

from bot import rotate_keys
from bot.app import open_database
from bot.errors import SettingsError
from bot.settings import Settings
from storage import audit, audit_check, sealed, workspaces
from storage.audit import AUDIT
from storage.engine import Database
from storage.models import Base
from storage.secrets import Place, Vault, key_in
from storage.workspaces import WORKSPACES, Installation
from tests.stage import Stage

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
MANY = 200
TOKEN = "gAAAA"
"""How every Fernet token begins. Source: the Fernet specification: version 0x80, then the time."""


def settings_of(stage: Stage, *keys: str) -> Settings:
    """The stage's, with these keys."""
    return stage.settings(encryption_keys=" ".join(keys))


def fill(stage: Stage, count: int = MANY) -> dict[str, str]:
    """That many workspaces, as the old key sealed them: their number keys by their ids."""
    vault = Vault([OLD])
    with (
        open_database(settings_of(stage, OLD), migrates=True) as database,
        database.engine.begin() as connection,
    ):
        teams = [
            Installation("", f"T{number:04}", "Team", "", "UB", "B1", "commands")
            for number in range(count)
        ]
        made = [
            workspaces.adopt(connection, vault, each, {"v1": "key"}, now=stage.clock())
            for each in teams
        ]
    return {each.id: each.number_key for each in made}


def place(workspace_id: str) -> Place:
    """Where its number key is."""
    return Place("workspaces", "number_key", workspace_id)


def opened(database: Database, vault: Vault) -> dict[str, str]:
    """Every number key. Raises SettingsError for one that doesn't open."""
    with database.engine.connect() as connection:
        found = connection.execute(select(WORKSPACES.c.id, WORKSPACES.c.number_key)).all()
    return {row.id: vault.open(place(row.id), row.number_key) for row in found}


async def test_killed_at_any_instant_nothing_is_lost(stage: Stage, tmp_path: Path) -> None:
    """Both keys open everything all the time; run again it ends, and the new key alone does."""
    all_ = fill(stage)
    both = Vault([NEW, OLD])
    with open_database(settings_of(stage, NEW, OLD), migrates=False) as database:
        rotating = start(stage, tmp_path)
        await stage.until(after(database, 40), seconds=40)
        rotating.kill()
        assert rotating.wait() == -9
        assert opened(database, both) == all_
        rotating = start(stage, tmp_path)
        assert await asyncio.to_thread(rotating.wait) == 0, said(tmp_path)
        assert "the others may be dropped" in said(tmp_path)
        assert said(tmp_path).count(" rewritten, 0 left.") == len(sealed.SEALED)
        assert opened(database, Vault([NEW])) == all_
        noted = select(func.count()).select_from(AUDIT).where(AUDIT.c.deed == "key_rotated")
        with database.engine.connect() as connection:
            assert connection.execute(noted).scalar_one() == 2 * MANY
        verdict = database.snapshot(lambda each: audit_check.verify(each, both, min(all_)))
        assert (verdict.broken, verdict.count) == (None, 2)


def start(stage: Stage, folder: Path) -> subprocess.Popen[bytes]:
    """The real command, in a process of its own."""
    values = {
        "slack_signing_secret": "slack-test-secret",
        "slack_bot_token": "xoxb-test",
        "toingg_api_key": "toingg-test-key",
        "data_dir": stage.data,
        "database_url": stage.database_url,
        "encryption_keys": f"{NEW} {OLD}",
    }
    environment = os.environ | {name.upper(): str(value) for name, value in values.items()}
    with (folder / "rotated").open("wb") as out:
        command = [sys.executable, "-m", "bot", "rotate-keys"]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=out, stderr=out)


def said(folder: Path) -> str:
    """What the last one printed."""
    return (folder / "rotated").read_text()


def after(database: Database, more: int) -> Callable[[], bool]:
    """Whether so many more rows were rewritten since this was asked."""
    query = select(func.count()).select_from(AUDIT)

    def count() -> int:
        return database.snapshot(lambda each: int(each.execute(query).scalar_one()))

    goal = count() + more
    return lambda: count() >= goal


async def test_what_no_key_opens_is_named_and_the_others_go_on(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and no key may be dropped; with the lost key it ends."""
    all_ = fill(stage, 5)
    odd = min(all_)
    with open_database(settings_of(stage, OLD), migrates=False) as database:
        with database.engine.begin() as connection:
            strange = Vault([LOST]).seal(place(odd), all_[odd])
            lost = update(WORKSPACES).where(WORKSPACES.c.id == odd)
            connection.execute(lost.values(number_key=strange))
        assert await rotate_keys.run(settings_of(stage, NEW, OLD)) == 1
        out, err = capsys.readouterr()
        assert "workspaces.number_key: 4 rewritten, 1 left." in out
        assert f"workspaces.number_key of {odd}: none of the keys opens it." in err
        assert "1 left: drop no key yet." in err
        assert await rotate_keys.run(settings_of(stage, NEW, LOST)) == 0
        assert opened(database, Vault([NEW])) == all_
        assert "workspaces.number_key: 1 rewritten, 0 left." in capsys.readouterr()[0]
        assert await rotate_keys.run(settings_of(stage, NEW)) == 0
        assert "put a new one first" in capsys.readouterr()[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_generated_key_is_replaced_too(stage: Stage) -> None:
    """What to do is said, and works: the new key before what the file holds."""
    async with stage.bot(encryption_keys="") as bot:
        home = bot.home
    with pytest.raises(SettingsError, match=r"encryption\.key is the key") as told:
        await rotate_keys.run(stage.settings(encryption_keys=""))
    assert "make-key" in str(told.value)
    assert await rotate_keys.run(settings_of(stage, NEW, key_in(stage.data))) == 0
    (stage.data / "encryption.key").unlink()
    async with stage.bot(encryption_keys=NEW) as bot:
        assert bot.home.number_key == home.number_key


async def test_a_running_bot_goes_on_and_every_sealed_column_is_registered(stage: Stage) -> None:
    """It has both keys; whatever the database holds encrypted is in a column of the registry."""
    async with stage.bot(encryption_keys=OLD) as bot:
        await stage.slack.command("olivia", "sales", "/toingg-settings", "toingg")
        form = await stage.modal("olivia", "Toingg")
        assert (await stage.slack.submit("olivia", form, {"toingg_api_key": "toingg-test-key"})).ok
    async with stage.bot(encryption_keys=f"{NEW} {OLD}") as bot:
        await stage.until(lambda: not bot.database.snapshot(audit.unwitnessed))
        assert await rotate_keys.run(settings_of(stage, NEW, OLD)) == 0
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | Jo | Spring")
        await stage.until(stage.dials)
        found = ciphertexts(bot.database)
    registered = {(each.row.__tablename__, each.column) for each in sealed.SEALED}
    assert found <= registered
    assert found >= {
        ("workspaces", "number_key"),
        ("workspaces", "toingg_keys"),
        ("settings", "secrets"),
        ("audit_heads", "witness"),
    }
    for each in sealed.SEALED:
        columns = inspect(each.row).columns
        assert {each.column, each.of} <= {column.name for column in columns}
    async with stage.bot(encryption_keys=NEW):
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550133 | Jo | Spring")
        await stage.until(lambda: len(stage.dials()) == 2)


def ciphertexts(database: Database) -> set[tuple[str, str]]:
    """Every table and column in which a Fernet token stands."""
    found = set()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, String):
                    like = text(f"SELECT 1 FROM {table.name} WHERE {column.name} LIKE '{TOKEN}%'")  # noqa: S608
                    if connection.execute(like).first():
                        found.add((table.name, column.name))
    return found
