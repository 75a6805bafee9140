"""`toingg-bot audit`: whether the log is as it was written, and all of it as a file."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import typer

from bot.app import open_database, open_vault
from bot.audit_log import COLUMNS, all_of, as_json, cells
from bot.errors import SettingsError, StorageError
from bot.recipients.files import write_csv
from bot.settings import Settings
from storage import Connection, audit_check, workspaces
from storage.audit_check import Verdict

_KNOWN = re.compile(r"(\d{1,9}):([0-9a-f]{64})")
_NOT_KNOWN = "--expect: give what an earlier `toingg-bot audit verify` printed, as 42:3f9a…"
_WHICH = "--expect: there are several workspaces; say which with --workspace."
_UNREADABLE = "The database can't be read. Is it this bot's, and is it whole?"
_NOTHING = "There is no audit log here yet."
_FOUND = "Stop the bot, keep a copy of the database, and find out who could write to it."


def verify(settings: Settings, workspace: str | None, expect: str | None) -> int:
    """Goes through every workspace's log, or that of one (its team's id, or ours).

    `expect`: a head that was printed before. The exit status is 1 where something is wrong.
    """
    vault = open_vault(settings)
    with open_database(settings, migrates=False) as database:

        def look(connection: Connection) -> list[tuple[str, Verdict]]:
            chosen = _chosen(connection, workspace)
            known = _known(expect, chosen)
            return [
                (name, audit_check.verify(connection, vault, each, known=known))
                for each, name in chosen.items()
            ]

        try:
            found = database.snapshot(look)
        except StorageError:
            typer.echo(_UNREADABLE, err=True)
            return 1
    for name, verdict in found:
        typer.echo(f"{name}: {_said(verdict)}", err=verdict.broken is not None)
    if any(verdict.broken for _, verdict in found):
        typer.echo(_FOUND, err=True)
        return 1
    if not found:
        typer.echo(_NOTHING)
    return 0


def _chosen(connection: Connection, asked: str | None) -> dict[str, str]:
    """The workspaces that are meant: the names under which they are told, by their ids."""
    teams = workspaces.teams(connection)
    named = {each: teams.get(each, each) for each in audit_check.workspaces(connection)}
    if asked is None:
        return named
    chosen = {each: name for each, name in named.items() if asked in (each, name)}
    if not chosen and asked not in (*teams, *teams.values()):
        raise SettingsError([f"--workspace: {asked} isn't one of: {', '.join(teams.values())}."])
    return chosen


def _known(expect: str | None, chosen: Mapping[str, str]) -> dict[int, str]:
    if expect is None:
        return {}
    given = _KNOWN.fullmatch(expect.strip())
    if given is None:
        raise SettingsError([_NOT_KNOWN])
    if len(chosen) > 1:
        raise SettingsError([_WHICH])
    return {int(given[1]): given[2]}


def _said(verdict: Verdict) -> str:
    if verdict.broken:
        return f"broken: {verdict.broken}."
    head = verdict.head
    entries = "entry" if verdict.count == 1 else "entries"
    said = f"{verdict.count:,} {entries}, whole. Head {head.seq}:{head.hash}"
    if head.cut_seq:
        said += f". From {verdict.first:,} on: the {head.cut_seq:,} before were removed, in order"
    if verdict.witnessed:
        said += f". Sealed up to {verdict.witnessed:,}"
    return f"{said}."


def export(settings: Settings, workspace: str | None, *, as_csv: bool, to: Path | None) -> int:
    """Writes every entry, or those of one workspace, to a file or to standard output."""
    with open_database(settings, migrates=False) as database:
        try:
            with to.open("wb") if to else _standard() as written:
                database.snapshot(lambda each: _write(each, workspace, written, as_csv=as_csv))
        except StorageError:
            typer.echo(_UNREADABLE, err=True)
            return 1
        except OSError as error:
            typer.echo(
                f"{to or 'standard output'}: {error.strerror}. Choose another file with --output.",
                err=True,
            )
            return 1
    return 0


def _standard() -> IO[bytes]:
    return open(sys.stdout.fileno(), "wb", closefd=False)


def _write(connection: Connection, workspace: str | None, to: IO[bytes], *, as_csv: bool) -> None:
    chosen = _chosen(connection, workspace)
    entries = (entry for each in chosen for entry in all_of(connection, each))
    if as_csv:
        rows: Iterator[tuple[str, ...]] = (
            (chosen[entry.workspace_id], *cells(entry)) for entry in entries
        )
        write_csv(("Workspace", *COLUMNS), rows, to)
        return
    for entry in entries:
        to.write(f"{as_json(entry)}\n".encode())
