"""Everything that is stored, wherever it stands: for whoever looks for what mustn't be there."""

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url, select

from bot.app import Bot
from storage.belonging import TABLES


async def stored(bot: Bot) -> list[tuple[str, str]]:
    """Every value of every table as text, and where it stands."""

    def look(connection: Connection) -> list[tuple[str, str]]:
        return [
            (f"{table.name}.{column}", str(value))
            for table in TABLES
            for row in connection.execute(select(table)).mappings()
            for column, value in row.items()
            if value is not None
        ]

    return await bot.database.scan(look)


def digits_of(text: str) -> str:
    """Its digits, whatever stands between them."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


async def places_of(bot: Bot, number: str, *words: str) -> set[str]:
    """Where the number stands in any format, or one of the words."""
    return {
        place
        for place, value in await stored(bot)
        if number in digits_of(value) or any(word in value for word in words)
    }


def files_of(database_url: str) -> Iterator[bytes]:
    """What SQLite's files hold, byte by byte; nothing of PostgreSQL."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        for end in ("", "-wal", "-shm"):
            path = Path(f"{url.database}{end}")
            if path.exists():
                yield path.read_bytes()


async def comes_true(check: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Waits for what the database says."""
    async with asyncio.timeout(seconds):
        while True:
            if await check():
                return
            await asyncio.sleep(0.02)
