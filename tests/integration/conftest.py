"""A migrated database for tests of what is stored: each one's changes are rolled back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from storage import migrate
from storage.engine import open_engine
from tests.databases import empty_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One for all tests of a file, once on SQLite and once on PostgreSQL."""
    url = f"sqlite:///{tmp_path_factory.mktemp('stored') / 'toingg.db'}"
    if request.param == "postgresql":
        url = empty_database(request.getfixturevalue("postgres"))
    opened = open_engine(url)
    migrate.upgrade(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction that isn't committed."""
    with Connection(engine) as opened, opened.begin():
        yield opened
        opened.rollback()
