"""The budget's part in campaigns: what was held is settled, and what waited for money goes on."""

from collections.abc import Callable
from functools import partial

from bot.campaigns.pace import Price
from bot.clock import Clock
from storage import Connection, budget, campaigns
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

_WORTH_WHILE = 10
"""So many calls more have to be afforded before a campaign goes on by itself."""


class Settlement:
    """Looks after what is held."""

    def __init__(self, database: Database, clock: Clock, price: Callable[[str], Price]) -> None:
        """`price` of a workspace, by its id."""
        self._database = database
        self._clock = clock
        self._price = price

    async def look(self) -> None:
        """Settles what is over; resumes what was held for lack of money, the oldest first."""
        more = await self._database.read(budget.holds_any)
        while more:
            more = await self._database.write(
                partial(budget.settle, per_minute=self._per_minute, now=self._clock())
            )
        for campaign in await self._database.read(_held):
            await self._database.write(partial(self._resume, campaign=campaign))

    def _per_minute(self, workspace_id: str) -> int:
        return self._price(workspace_id).per_minute

    def _resume(self, connection: Connection, *, campaign: Campaign) -> None:
        balance = budget.balance(connection, campaign.workspace_id)
        held = self._price(campaign.workspace_id).held
        if balance is None or balance >= held * _WORTH_WHILE:
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
