"""The budget's part in campaigns: what was held is settled, and what waited for money goes on."""

from functools import partial

from bot.campaigns.pace import Price
from bot.clock import Clock
from storage import Connection, budget, campaigns, claims
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

_WORTH_WHILE = 10
"""So many calls more, or all that are left, have to be afforded before it goes on by itself."""


class Settlement:
    """Looks after what is held."""

    def __init__(self, database: Database, clock: Clock, price: Price) -> None:
        self._database = database
        self._clock = clock
        self._price = price

    async def look(self) -> None:
        """Settles what is over; resumes what was held for lack of money, the oldest first."""
        more = True
        while more:
            more = await self._database.write(
                partial(budget.settle, per_minute=self._price.per_minute, now=self._clock())
            )
        for campaign in await self._database.read(_held):
            await self._database.write(partial(self._resume, campaign=campaign))

    def _resume(self, connection: Connection, *, campaign: Campaign) -> None:
        campaigns.lock(connection, campaign.id)
        balance = budget.balance(connection, campaign.workspace_id)
        due = claims.due_count(connection, campaign.id, most=_WORTH_WHILE)
        if balance is None or balance >= self._price.held_at_most(campaign) * due:
            campaigns.move(
                connection,
                campaign,
                Stage.RUNNING,
                Happened.RESUMED,
                from_=[Stage.HELD],
                now=self._clock(),
            )


def _held(connection: Connection) -> list[Campaign]:
    return campaigns.in_state(connection, Stage.HELD)
