"""An outcome that is known only here is written down, however long the database is away."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bot.clock import Clock
from bot.errors import StorageError
from bot.logs import Action, log
from storage.engine import Database

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


async def settle(database: Database, move: Callable[..., T], clock: Clock) -> T:
    """Writes it once the database takes it; only the process's stop ends the waiting.

    `move` is a repository function that wants only the moment more, as `now`. Raises StorageError
    where asking again can't help.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return await database.write(partial(move, now=clock()))
        except StorageError as error:
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail, lasting=error.lasting)
            if error.lasting:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
