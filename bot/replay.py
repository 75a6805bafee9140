"""`toingg-bot replay`: payment events once more, for the bot that runs or the next one to tell."""

import contextlib
from collections.abc import Sequence
from functools import partial

import typer

from bot.app import open_database, open_vault
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
_DONE = "The bot that runs tells what is new within seconds; else the next one does."


async def run(settings: Settings, ids: Sequence[str], *, is_missed: bool, file: str | None) -> int:
    """Replays what is asked for; `file` is one's text. The exit status is 1 for what can't be."""
    if not (ids or is_missed or file):
        typer.echo(_NOTHING, err=True)
        return 1
    with open_database(settings, migrates=False) as database:
        try:
            for event_id in ids:
                await replay.again(database, event_id)
                typer.echo(f"{event_id} is processed once more.")
            if file is not None:
                await _store(settings, database, replay.read_file(file))
            if is_missed:
                await _store(settings, database, await _missed(settings))
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


async def _store(settings: Settings, database: Database, events: list[dict[str, object]]) -> None:
    home = await database.read(partial(workspaces.only, vault=open_vault(settings)))
    if home is None:
        raise SettingsError([_NO_WORKSPACE])
    done = await replay.store(database, home.id, events, now())
    typer.echo(f"{done.new:,} new, {done.known:,} known already.")
