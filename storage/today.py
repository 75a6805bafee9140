"""What a workspace has done today, for its Home: counted, and what it cost."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage import budget, cards, reach
from storage.budget import ENTRIES
from storage.rows import CALLS, Call, Kind
from storage.tally import LEFT

SHOWN = 5


@dataclass(frozen=True)
class Today:
    """Calls that may have reached somebody, and money in micro-units; None: no budget is set.

    `live` are the newest calls that are up, `waiting` those on which a person has to decide.
    `has_called`: whether there ever was a call.
    """

    reached: int
    spent: int
    balance: int | None
    live: tuple[Call, ...]
    waiting: tuple[Call, ...]
    has_called: bool


def look(connection: Connection, workspace_id: str, *, day_start: datetime) -> Today:
    """How it stands now; the day begins at `day_start`."""
    here = CALLS.c.workspace_id == workspace_id
    spent = select(func.coalesce(func.sum(ENTRIES.c.amount), 0)).where(
        ENTRIES.c.workspace_id == workspace_id,
        ENTRIES.c.kind != budget.Kind.CREDIT,
        ENTRIES.c.at >= day_start,
    )
    live = cards.recent(connection, workspace_id, "live", limit=SHOWN)
    waiting = cards.recent(connection, workspace_id, "waiting", limit=SHOWN * 4)
    return Today(
        reached=reach.reached_today(connection, workspace_id, Kind.CALL, day_start=day_start),
        spent=-int(connection.execute(spent).scalar_one()),
        balance=budget.balance(connection, workspace_id),
        live=tuple(live),
        waiting=tuple(each for each in waiting if each.reason != LEFT)[:SHOWN],
        has_called=connection.execute(select(CALLS.c.id).where(here).limit(1)).first() is not None,
    )
