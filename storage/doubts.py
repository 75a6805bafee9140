"""A campaign's uncertain calls: a person decides of one, or of all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from storage import campaigns, events, optouts
from storage.campaigns import CAMPAIGNS, Campaign, Happened, Stage
from storage.ledger import moving
from storage.lists import ListRow, rows_of
from storage.locks import lock_shared
from storage.rows import CALLS, State
from storage.tally import LEFT

_OPEN = (
    CALLS.c.state == State.UNCERTAIN,
    or_(CALLS.c.reason.is_(None), CALLS.c.reason != LEFT),
)


def count(connection: Connection, campaign_id: str) -> int:
    """How many wait for a decision."""
    query = select(func.count()).select_from(CALLS)
    return int(
        connection.execute(query.where(CALLS.c.campaign_id == campaign_id, *_OPEN)).scalar_one()
    )


def page(connection: Connection, campaign_id: str, *, after: int, limit: int) -> list[ListRow]:
    """The first ones after the `after`th row, in the list's order."""
    return rows_of(connection, campaign_id, *_OPEN, after=after, limit=limit)


def claim(connection: Connection, campaign: Campaign) -> Campaign | None:
    """The campaign, for the one click that decides; None where its card is out of date."""
    fresh = CAMPAIGNS.c.version == campaign.version
    return campaigns.change(connection, campaign, fresh)


def resume(
    connection: Connection, campaign: Campaign, *, actor: str, run: str, now: datetime
) -> None:
    """One that is done runs again, for those who are called again: one by one, also of a list that
    was handed over whole.
    """
    stage = campaigns.lock(connection, campaign.id)
    if campaign.handed_over:
        campaigns.change(connection, campaign, handed_over=False)
    if stage is Stage.DONE:
        campaigns.move(
            connection,
            campaign,
            Stage.RUNNING,
            Happened.RESUMED,
            from_=[Stage.DONE],
            now=now,
            actor=actor,
            run=run,
            ended_at=None,
        )


@dataclass(frozen=True)
class Decision:
    """Somebody's word about calls that were uncertain when it was given, at `at`.

    What becomes uncertain later isn't meant by it: nobody is called twice for one word.
    """

    actor: str
    at: datetime


def call_again(
    connection: Connection,
    campaign: Campaign,
    decision: Decision,
    *,
    run: str,
    after: int,
    limit: int,
) -> int | None:
    """`uncertain → pending`, each row's next attempt, of rows after the `after`th of the list.

    The last one's place; None where there were no more.
    """
    changes = {
        "attempt": CALLS.c.attempt + 1,
        "run": run,
        "token": None,
        "reason": None,
        "said": None,
        "call_sid": None,
        "status": None,
        "status_seq": None,
        "pending_at": decision.at,
        "not_before": None,
    }
    lock_shared(connection, campaign.workspace_id)
    rows = _rows(connection, campaign, decision, after=after, limit=limit)
    last = _decide(connection, rows, decision, State.PENDING, events.Kind.AGAIN, changes)
    optouts.cancel_late(connection, [row.id for row in rows], now=decision.at)
    return last


def leave(
    connection: Connection, campaign: Campaign, decision: Decision, *, after: int, limit: int
) -> int | None:
    """As `call_again`: they stay uncertain, and nobody is asked about them any more."""
    rows = _rows(connection, campaign, decision, after=after, limit=limit)
    return _decide(connection, rows, decision, None, events.Kind.LEFT, {"reason": LEFT})


def _rows(
    connection: Connection, campaign: Campaign, decision: Decision, *, after: int, limit: int
) -> list[Any]:
    query = (
        select(CALLS.c.id, CALLS.c.seq, CALLS.c.attempt, CALLS.c.call_sid, CALLS.c.reason)
        .where(
            CALLS.c.campaign_id == campaign.id,
            *_OPEN,
            CALLS.c.seq > after,
            CALLS.c.done_at <= decision.at,
        )
        .order_by(CALLS.c.seq)
        .limit(limit)
        .with_for_update()
    )
    return list(connection.execute(query))


def _decide(
    connection: Connection,
    rows: Sequence[Any],
    decision: Decision,
    to: State | None,
    kind: events.Kind,
    changes: Mapping[str, Any],
) -> int | None:
    """With an event for each, which keeps what the next attempt overwrites."""
    if not rows:
        return None
    ids = [row.id for row in rows]
    connection.execute(moving(to, CALLS.c.id.in_(ids), from_=[State.UNCERTAIN], **changes))
    before = {
        row.id: {"attempt": row.attempt, "call_sid": row.call_sid, "reason": row.reason}
        for row in rows
    }
    events.record_all(connection, before, kind, decision.at, actor=decision.actor)
    return int(rows[-1].seq)
