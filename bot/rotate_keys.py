"""`toingg-bot rotate-keys`: everything that is sealed, under the first of ENCRYPTION_KEYS."""

from functools import partial

import typer

from bot.app import open_database, open_vault
from bot.clock import now
from bot.errors import BotError, SettingsError
from bot.settings import Settings
from storage import Connection, audit, sealed
from storage.engine import Database
from storage.sealed import Key, Sealed, Some
from storage.secrets import Vault

_SOME = 20
"""Rows of one transaction: nobody who dials waits for long."""


async def run(settings: Settings) -> int:
    """Seals anew what isn't under the first key; may be stopped and run again at any time.

    The exit status is 1 where something is left. Raises SettingsError where there is no new key.
    """
    if not settings.encryption_keys:
        raise SettingsError([_generated(settings)])
    vault = open_vault(settings)
    with open_database(settings, migrates=False) as database:
        try:
            lefts = [await _all(database, vault, each) for each in sealed.SEALED]
        except BotError as error:
            typer.echo(f"{error} Run it again: it goes on where it was.", err=True)
            return 1
    typer.echo(_end(sum(lefts), len(settings.encryption_keys)), err=sum(lefts) > 0)
    return 1 if sum(lefts) else 0


async def _all(database: Database, vault: Vault, what: Sealed) -> int:
    """One column, with what became of it; how many of its rows are left."""
    count = 0
    after: Key | None = None
    while True:
        some = await database.write(partial(_reseal, vault=vault, what=what, after=after))
        count += len(some.rewritten)
        for workspace_id in some.unreadable:
            typer.echo(f"{what.name} of {workspace_id}: none of the keys opens it.", err=True)
        after = some.next
        if after is None:
            break
    left = await database.scan(partial(sealed.left, vault=vault, what=what))
    typer.echo(f"{what.name}: {count:,} rewritten, {left:,} left.")
    return left


def _reseal(connection: Connection, vault: Vault, what: Sealed, after: Key | None) -> Some:
    some = sealed.reseal(connection, vault, what, after=after, limit=_SOME)
    for workspace_id in sorted(some.rewritten):
        audit.append(connection, workspace_id, "", "key_rotated", what.name, now=now())
    return some


def _generated(settings: Settings) -> str:
    file = settings.data_dir / "encryption.key"
    return (
        f"ENCRYPTION_KEYS is empty: {file} is the key. To change it, set ENCRYPTION_KEYS to a new"
        " one from `toingg-bot make-key`, a space, and what that file holds; restart the bot, and"
        " run this again. Then leave the new one alone there, and delete the file."
    )


def _end(left: int, keys: int) -> str:
    if left:
        return (
            f"{left:,} left: drop no key yet. Where no key opens a row, add the one that it was"
            " written with. Else a process still writes with an old key first: restart it with"
            " these ENCRYPTION_KEYS, and run this again."
        )
    if keys == 1:
        return "Everything is under the one key that there is. To change it, put a new one first."
    return (
        "Everything is under the first key. Once every process runs with it first, the others may"
        " be dropped from ENCRYPTION_KEYS. Backups from before still want them."
    )
