"""Fixtures that every kind of test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import empty_database, postgres_server
from tests.logged import Logged, logged
from tests.stage import Stage, staged


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server's URL."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
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
