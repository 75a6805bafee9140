"""Brings a database to this release's tables, and says whether it is there."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config


_OVERWRITES = "0018"
"""From this revision on SQLite overwrites what is deleted."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Runs every migration that is due, in one transaction."""
    config = _config()
    before = _heads(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    if engine.dialect.name == "sqlite" and before and _passed(before, _heads(engine)):
        _rewrite(engine)


def _heads(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _passed(before: set[str], after: set[str]) -> bool:
    """Whether this upgrade went past the revision from which on deletions overwrite."""
    known = revisions()
    place = known.index(_OVERWRITES)
    return max(map(known.index, before)) < place <= max(map(known.index, after))


def _rewrite(engine: Engine) -> None:
    """Writes SQLite's file anew, once: what was deleted before may still be in it.

    Source: SQLite, "PRAGMA secure_delete", on what was deleted without it.
    """
    with engine.connect().execution_options(read_only=True) as connection:
        connection.exec_driver_sql("VACUUM")


def revisions() -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def is_current(engine: Engine) -> bool:
    """Whether no migration is due."""
    return _heads(engine) == {revisions()[-1]}
