"""Fixtures that every kind of test may use."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import copy_of, empty_database, migrated, postgres_server
from tests.logged import Logged, logged
from tests.stage import Stage, staged

# How long an example takes says something of the machine's other work, and nothing of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server's URL."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with this release's tables: a copy costs less than going through all migrations."""
    file = tmp_path_factory.mktemp("template") / "toingg.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The same on PostgreSQL."""
    return migrated(empty_database(postgres))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with tables and without a row, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "toingg.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite:///{file}"
    server, template = map(request.getfixturevalue, ("postgres", "postgres_template"))
    return copy_of(server, template)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table, on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'toingg.db'}"
    return empty_database(request.getfixturevalue("postgres"))


@pytest.fixture
def stage(tmp_path: Path, database_url: str) -> Iterator[Stage]:
    """A local Slack and a local Toingg, with an empty database for the bot between them."""
    with staged(tmp_path, database_url) as built:
        yield built


@pytest.fixture
def log() -> Iterator[Logged]:
    """The product's log during the test; at its end no fault of ours may stand in it."""
    with logged() as lines:
        yield lines
    assert lines.faults == []
