"""A campaign's uncertain calls: a person decides of one, or of all of them at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from storage import campaigns, events
from storage.campaigns import CAMPAIGNS, Campaign, Happened, Stage
from storage.ledger import moving
from storage.lists import ListRow, rows_of
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
    """One that is done runs again, for those who are called again."""
    if campaign.state is Stage.DONE:
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


def call_again(
    connection: Connection,
    campaign: Campaign,
    *,
    actor: str,
    run: str,
    now: datetime,
    limit: int,
) -> int:
    """`uncertain → pending`, each row's next attempt, because somebody said so; how many."""
    return _decide(
        connection,
        campaign,
        State.PENDING,
        events.Kind.AGAIN,
        actor=actor,
        now=now,
        limit=limit,
        attempt=CALLS.c.attempt + 1,
        run=run,
        token=None,
        reason=None,
        said=None,
        call_sid=None,
        status=None,
        status_seq=None,
        pending_at=now,
        not_before=None,
    )


def leave(
    connection: Connection, campaign: Campaign, *, actor: str, now: datetime, limit: int
) -> int:
    """They stay uncertain, and nobody is asked about them any more; how many."""
    kind = events.Kind.LEFT
    return _decide(connection, campaign, None, kind, actor=actor, now=now, limit=limit, reason=LEFT)


def _decide(
    connection: Connection,
    campaign: Campaign,
    to: State | None,
    kind: events.Kind,
    *,
    actor: str,
    now: datetime,
    limit: int,
    **changes: Any,
) -> int:
    """At most `limit` rows, with their events, which keep what the next attempt overwrites."""
    query = (
        select(CALLS.c.id, CALLS.c.attempt, CALLS.c.call_sid, CALLS.c.reason)
        .where(CALLS.c.campaign_id == campaign.id, *_OPEN)
        .order_by(CALLS.c.seq)
        .limit(limit)
        .with_for_update()
    )
    rows = connection.execute(query).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    statement = moving(to, CALLS.c.id.in_(ids), from_=[State.UNCERTAIN], **changes)
    connection.execute(statement)
    before = {
        row.id: {"attempt": row.attempt, "call_sid": row.call_sid, "reason": row.reason}
        for row in rows
    }
    events.record_all(connection, before, kind, now, actor=actor)
    return len(rows)
