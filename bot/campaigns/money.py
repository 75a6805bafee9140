"""The budget's part in campaigns: what was held is settled, and what waited for money goes on."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.campaigns.pace import Price
from bot.clock import Clock
from storage import Connection, budget, campaigns, lists
from storage.campaigns import Campaign, Happened, Stage
from storage.engine import Database

_WORTH_WHILE = 10
"""So many calls more, or all that are left, have to be afforded before it goes on by itself."""


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
        held = await self._database.read(_held)
        for workspace_id in dict.fromkeys(campaign.workspace_id for campaign in held):
            await self._database.write(
                partial(
                    go_on,
                    workspace_id=workspace_id,
                    price=self._price(workspace_id),
                    least=_WORTH_WHILE,
                    now=self._clock(),
                )
            )

    def _per_minute(self, workspace_id: str) -> int:
        return self._price(workspace_id).per_minute


def go_on(
    connection: Connection,
    workspace_id: str,
    *,
    price: Price,
    least: int,
    now: datetime,
    actor: str | None = None,
) -> list[Campaign]:
    """Resumes what waits for money, the oldest first, as far as the balance reaches: the next one
    where, once those before it have called everybody, `least` rows, or all that are left of it,
    are still afforded.

    `actor` None: it goes on by itself. Gives those that go on.
    """
    balance = budget.balance(connection, workspace_id)
    resumed = []
    for campaign in campaigns.held(connection, workspace_id):
        each = price.held_at_most(campaign)
        left = lists.pending_count(connection, campaign.id)
        if balance is not None and balance < each * min(least, left):
            break
        moved = campaigns.move(
            connection,
            campaign,
            Stage.RUNNING,
            Happened.RESUMED,
            from_=[Stage.HELD],
            now=now,
            actor=actor,
        )
        if moved is not None:
            resumed.append(moved)
            balance = None if balance is None else balance - each * left
    return resumed


def _held(connection: Connection) -> list[Campaign]:
    return campaigns.in_state(connection, Stage.HELD)
