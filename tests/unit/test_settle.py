"""An outcome is written until the database takes it, or will never take it."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from bot.calling.settle import settle
from bot.clock import now
from bot.errors import StorageError
from storage import Connection
from storage.engine import Database


class Refusing:
    """A database that refuses with these errors before it takes a write."""

    def __init__(self, *errors: StorageError) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def write(self, work: Callable[[Any], Any]) -> Any:
        """Refuses, or does it."""
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return work(None)


def move(_connection: Connection, *, now: object) -> object:
    """What is to be written."""
    return now


async def test_it_is_tried_until_it_is_taken() -> None:
    """A database that is away is asked again."""
    database = Refusing(*(StorageError() for _ in range(3)))
    assert await settle(cast("Database", database), move, now) is not None
    assert database.asked == 4


async def test_what_will_never_be_taken_is_raised() -> None:
    """A statement that the database understood and refused isn't sent again."""
    database = Refusing(StorageError(lasting=True))
    with pytest.raises(StorageError):
        await settle(cast("Database", database), move, now)
    assert database.asked == 1
