"""The bot dies while a link is made, shown and paid: one card, one credit, nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import open_database
from bot.sandbox.slack.messages import Message
from bot.sandbox.stripe import StripeSandbox
from storage import Connection, checkouts
from storage.checkouts import State
from storage.engine import Database
from storage.models import WorkspaceRow
from tests.bot_process import BotProcess
from tests.checkouts import SECRET, WATCHED, cards, till
from tests.stage import Stage, text_of

OPENING, EACH = 1_000_000, 25_000_000
POST, UPDATE = "slack.chat.postMessage", "slack.chat.update"
MAKING = ("toingg", f"{POST}.before", f"{POST}.after")
"""Where the bot dies while a link is made: once Toingg has it, and around the card's post."""
PAYING = (0.0, 0.02, 0.1, f"{UPDATE}.before", f"{UPDATE}.after")
"""Where it dies once a link is paid: so many seconds after, and around the card's change."""


@dataclass
class Till:
    """A bot that dies, its peers, and its database seen from outside."""

    stage: Stage
    stripe: StripeSandbox
    bot: BotProcess
    database: Database
    doom: list[Callable[[], None]] = field(default_factory=list)

    async def link(self, count: int, dies: str | None) -> Message:
        """Carl's next link, the bot dying on the way; the one card of it."""
        if dies == "toingg":
            self.doom.append(self.bot.kill)
        elif dies is not None:
            self.stage.instants.at(dies, self.bot.kill)
        acked = await self.stage.slack.command("carl", "sales", "/toingg-checkout", "")
        assert acked.ok, acked.error
        if dies is not None:
            await self._lives_again()
        return await self._card(count, "Pay on Stripe's own page")

    async def pay(self, count: int, dies: str | float | None) -> Message:
        """Pays the newest link, the bot dying on the way; its card."""
        if isinstance(dies, str):
            self.stage.instants.at(dies, self.bot.kill)
        self.stripe.pay(self.stripe.sessions[-1].id)
        if isinstance(dies, float):
            await asyncio.sleep(dies)
            self.bot.kill()
        if dies is not None:
            await self._lives_again()
        return await self._card(count, "Paid 25.00 USD by")

    async def _lives_again(self) -> None:
        assert await self.bot.died() == -9
        await self.bot.start()

    async def _card(self, count: int, says: str) -> Message:
        def look() -> Message | None:
            found = cards(self.stage)
            return found[-1] if len(found) == count and says in text_of(found[-1]) else None

        return await self.stage.until(look, 25)

    async def balance(self) -> int:
        """What the workspace has, in millionths."""

        def look(connection: Connection) -> int:
            return connection.execute(select(WorkspaceRow.balance)).scalar_one() or 0

        return await self.database.read(look)


@asynccontextmanager
async def mortal(folder: Path, database_url: str) -> AsyncIterator[Till]:
    """All of it, up."""
    doom: list[Callable[[], None]] = []
    settings = {**WATCHED, "budget": "1.00", "price_per_minute": "0.10", "default_role": "operator"}
    with till(folder, database_url, lambda: doom.pop()() if doom else None) as (stage, stripe):
        bot = BotProcess(stage, folder, stripe_api_url=stripe.url, **settings)
        stage.slack.bot_url = bot.url
        stripe.webhook_to(f"{bot.url}/stripe/webhook", secret=SECRET)
        if not stage.settings().is_sqlite:
            open_database(stage.settings(), migrates=True).close()
        try:
            await bot.start()
            with Database(database_url) as database:
                yield Till(stage, stripe, bot, database, doom)
        finally:
            await bot.end()


@pytest.mark.timeout(240)
async def test_deaths_on_the_way(tmp_path: Path, database_url: str) -> None:
    """At each instant of a link's life: one card a link, each payment credited exactly once.

    On PostgreSQL at a few of them: there a silent run counts as dead only after a while.
    """
    async with mortal(tmp_path, database_url) as at:
        ways: list[tuple[str | None, str | float | None]] = [(dies, None) for dies in MAKING]
        ways += [(None, dies) for dies in PAYING]
        ways = ways if database_url.startswith("sqlite") else ways[::3]
        for count, (making, paying) in enumerate(ways, start=1):
            shown = await at.link(count, making)
            paid = await at.pay(count, paying)
            assert paid.ts == shown.ts
            assert await at.balance() == OPENING + count * EACH
        found = await at.database.read(checkouts.find)
        assert [each.state for each in found] == [State.PAID] * len(ways)
        assert all(each.state == "delivered" for each in at.stripe.events)
        assert at.bot.complaints() == []
