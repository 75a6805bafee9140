"""What a test sees or does beside the two stand-ins: time, the database, a callback by hand."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
from sqlalchemy import Connection, event, select

from bot.app import Bot
from bot.errors import StorageError
from storage import optouts
from storage.audit import AUDIT
from storage.engine import Database
from storage.optouts import Source
from storage.rows import CALLS
from storage.secrets import phone_key

SUNDAY_NOON = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
"""12:00 in Los Angeles, on a day on which the strict hours never open."""


class Travels:
    """A clock that goes at its usual pace from wherever it is set to."""

    def __init__(self, at: datetime | None = None) -> None:
        started = datetime.now(UTC)
        self._ahead = (at or started) - started

    def __call__(self) -> datetime:
        """The present moment, as the bot is to see it."""
        return datetime.now(UTC) + self._ahead

    def forward(self, by: timedelta) -> None:
        """That much later, at once."""
        self._ahead += by


async def rows(bot: Bot) -> list[dict[str, Any]]:
    """The ledger's calls, the oldest first."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        query = select(CALLS).order_by(CALLS.c.created_at)
        return [dict(row) for row in connection.execute(query).mappings()]

    return await bot.database.read(look)


async def audited(bot: Bot) -> list[dict[str, Any]]:
    """The audit log, the oldest entry first."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        query = select(AUDIT).order_by(AUDIT.c.seq)
        return [dict(row) for row in connection.execute(query).mappings()]

    return await bot.database.read(look)


async def opt_out(bot: Bot, phone: str, source: Source = Source.PERSON) -> None:
    """The number says stop, to somebody or by a text."""
    key = phone_key(bot.home.number_key, phone)
    await bot.database.write(
        partial(
            optouts.add,
            workspace_id=bot.home.id,
            phone=phone,
            phone_key=key,
            source=source,
            by=None if source is Source.TEXT else "U0OLIVIA01",
            now=datetime.now(UTC),
        )
    )


async def report(
    bot_url: str,
    fields: Mapping[str, str],
    *,
    as_json: bool = False,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Posts a status callback by hand; the HTTP status that answers it."""
    body = {"json": dict(fields)} if as_json else {"data": dict(fields)}
    url = f"{bot_url}/toingg/status"
    async with (
        aiohttp.ClientSession() as connection,
        connection.post(url, headers=dict(headers or {}), **body) as answer,  # type: ignore[arg-type]
    ):
        return answer.status


def away(database: Database, work: Callable[..., Any], *, times: int) -> Callable[[], int]:
    """Lets the database refuse this work so often; gives how often it has."""
    write, refused = database.write, 0

    async def refusing(asked: Callable[[Connection], Any]) -> Any:
        nonlocal refused
        if refused < times and _is(asked, work):
            refused += 1
            raise StorageError(detail="OperationalError")
        return await write(asked)

    database.write = refusing  # type: ignore[assignment,method-assign]
    return lambda: refused


def _is(asked: Callable[..., Any], work: Callable[..., Any]) -> bool:
    while isinstance(asked, partial):
        asked = asked.func
    return asked is work


class Rounds:
    """How often the bot has looked for threads that are behind, as the database sees it."""

    def __init__(self, bot: Bot) -> None:
        self.count = 0
        event.listen(bot.database.engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.count += "NOT told" in statement and "JOIN calls" in statement

    def after(self, more: int) -> Callable[[], bool]:
        """Whether so many more rounds have begun since this was asked."""
        goal = self.count + more
        return lambda: self.count >= goal


def before(
    database: Database, work: Callable[..., Any], act: Callable[[], Awaitable[object]]
) -> None:
    """Does this, once, right before the database is asked for that work for the first time."""
    left = [act]

    def watching(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked_for(asked: Callable[[Connection], Any]) -> Any:
            if left and _is(asked, work):
                await left.pop()()
            return await ask(asked)

        return asked_for

    database.write = watching(database.write)  # type: ignore[assignment,method-assign]
    database.scan = watching(database.scan)  # type: ignore[assignment,method-assign]
