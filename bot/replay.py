"""`toingg-bot replay`: payment events once more, for the bot that runs or the next one to tell."""

import contextlib
from collections.abc import Sequence
from functools import partial

import typer

from bot.app import open_database
from bot.clock import now
from bot.errors import BotError, SettingsError
from bot.payments import replay
from bot.payments.account import StripeAccount
from bot.settings import Settings
from storage import workspaces
from storage.engine import Database

_NOTHING = "Say which: an event's id (evt_…), --missed, or --file."
_NO_KEY = "STRIPE_API_KEY is empty, and what was missed is asked of Stripe."
_NO_WORKSPACE = "This database has no workspace yet: start the bot once, then replay."
_UNKNOWN = "{} isn't one workspace of this database: give its id, or its team's (T…)."
_WHOSE = "Several workspaces are stored: say whose events these are, with --workspace T…"
_DONE = "The bot that runs tells what is new within seconds; else the next one does."


async def run(
    settings: Settings, ids: Sequence[str], *, is_missed: bool, file: str | None, of: str = ""
) -> int:
    """Replays what is asked for; `file` is one's text. The exit status is 1 for what can't be.

    `of`: the workspace that new events are for, by its id or its team's; "": there is only one.
    """
    if not (ids or is_missed or file):
        typer.echo(_NOTHING, err=True)
        return 1
    with open_database(settings, migrates=False) as database:
        try:
            for event_id in ids:
                await replay.again(database, event_id)
                typer.echo(f"{event_id} is processed once more.")
            if file is not None:
                await _store(database, of, replay.read_file(file))
            if is_missed:
                await _store(database, of, await _missed(settings))
        except BotError as error:
            typer.echo(str(error), err=True)
            return 1
    typer.echo(_DONE)
    return 0


async def _missed(settings: Settings) -> list[dict[str, object]]:
    key = settings.stripe_api_key.get_secret_value()
    if not key:
        raise SettingsError([_NO_KEY])
    async with contextlib.aclosing(StripeAccount(key, settings.stripe_api_url)) as account:
        return await account.missed()


async def _store(database: Database, of: str, events: list[dict[str, object]]) -> None:
    workspace_id = await _workspace(database, of)
    done = await replay.store(database, workspace_id, events, now())
    typer.echo(f"{done.new:,} new, {done.known:,} known already.")


async def _workspace(database: Database, of: str) -> str:
    """The id of the one that is meant."""
    if of:
        named = await database.read(partial(workspaces.ids, named=of))
        if len(named) != 1:
            raise SettingsError([_UNKNOWN.format(of)])
        return named[0]
    stored = await database.read(workspaces.ids)
    if len(stored) != 1:
        raise SettingsError([_WHOSE if stored else _NO_WORKSPACE])
    return stored[0]
