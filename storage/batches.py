"""A whole list handed to Toingg at once: its rows' intents, before the one request.

The rows share a token, as those of a claim do; `claims.settle` writes what became of them.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select, update

from storage import budget, campaigns
from storage.campaigns import CAMPAIGNS, COLUMNS, Campaign, Happened, Stage
from storage.ledger import moving
from storage.lists import ListRow, rows_of
from storage.locks import lock_shared
from storage.reach import number_count, opted_out
from storage.rows import CALLS, State
from storage.runs import alive, is_dead
from storage.statements import values

INTERRUPTED = "interrupted"
"""The reason of a campaign whose hand-over was cut off before Toingg was asked."""


def begin(
    connection: Connection, campaign: Campaign, *, actor: str, run: str, count: int, now: datetime
) -> Campaign | None:
    """`ready → running`, handed over: from now on nobody of it is dialled one by one."""
    return campaigns.move(
        connection,
        campaign,
        Stage.RUNNING,
        Happened.WENT_OVER,
        from_=[Stage.READY],
        now=now,
        actor=actor,
        detail={"count": count},
        run=run,
        started_at=now,
        handed_over=True,
    )


def leave_out(
    connection: Connection,
    campaign: Campaign,
    *,
    closed: Collection[str],
    number_cap: int | None,
    day_start: datetime,
    limit: int,
) -> bool:
    """`skipped` are numbers that opted out, those in these zones, and those over their cap of the
    day. True where there may be more of them.
    """
    lock_shared(connection, campaign.workspace_id)
    number = (CALLS.c.workspace_id, CALLS.c.phone_key)
    reasons = {"opted_out": opted_out(*number), "outside_hours": CALLS.c.zone.in_(list(closed))}
    if number_cap is not None:
        reasons["over_number_cap"] = (
            number_count(*number, CALLS.c.kind, literal(day_start, CALLS.c.intent_at.type))
            >= number_cap
        )
    skipped = [_skip(connection, campaign, which, why, limit) for why, which in reasons.items()]
    return sum(skipped) > 0


def _skip(
    connection: Connection, campaign: Campaign, which: ColumnElement[bool], reason: str, limit: int
) -> int:
    some = _some(campaign, which, limit=limit)
    skipped = {"state": State.SKIPPED, "reason": reason, "version": CALLS.c.version + 1}
    return connection.execute(update(CALLS).where(some).values(**skipped)).rowcount


def _some(campaign: Campaign, *where: ColumnElement[bool], limit: int) -> ColumnElement[bool]:
    mine = (CALLS.c.campaign_id == campaign.id, CALLS.c.state == State.PENDING, *where)
    return CALLS.c.id.in_(select(CALLS.c.id).where(*mine).limit(limit).scalar_subquery())


def intend(
    connection: Connection,
    campaign: Campaign,
    *,
    token: str,
    run: str,
    held: int,
    now: datetime,
    limit: int,
) -> bool:
    """`pending → dialling` of rows that haven't opted out; True where there may be more of them.

    `held`: what is held of the budget for each, in micro-units; 0: calls have no price.
    """
    lock_shared(connection, campaign.workspace_id)
    out = opted_out(CALLS.c.workspace_id, CALLS.c.phone_key)
    statement = moving(
        State.DIALLING,
        _some(campaign, ~out, limit=limit),
        from_=[State.PENDING],
        run=run,
        token=token,
        generation="v1",
        intent_at=now,
        done_at=None,
        not_before=None,
        reason=None,
        said=None,
    )
    rows = connection.execute(statement.returning(CALLS.c.id, CALLS.c.attempt)).all()
    if held and budget.balance(connection, campaign.workspace_id) is not None:
        claimed = [(row.id, row.attempt, token, held) for row in rows]
        budget.reserve(connection, campaign.workspace_id, claimed, now=now)
    return len(rows) == limit


def intended(
    connection: Connection, campaign: Campaign, *, token: str, after: int, limit: int
) -> list[ListRow]:
    """A page of the rows with this token, after the `after`th of the list."""
    return rows_of(connection, campaign.id, CALLS.c.token == token, after=after, limit=limit)


def not_taken(
    connection: Connection, campaign: Campaign, *, reason: str, said: str, now: datetime
) -> Campaign | None:
    """Certain that Toingg didn't take the list: back to people, to be called one by one, or not."""
    return campaigns.move(
        connection,
        campaign,
        Stage.PAUSED,
        Happened.FAILING,
        from_=[Stage.RUNNING],
        now=now,
        detail={"reason": reason, "said": said},
        reason=reason,
        said=said,
        handed_over=False,
    )


def left(
    connection: Connection, *, run: str, handing: Collection[str], now: datetime
) -> list[Campaign]:
    """Hand-overs that were cut off before Toingg was asked, from now on this run's.

    All rows are `dialling` before it is: where one is `pending` still, it wasn't.
    """
    mine = and_(CAMPAIGNS.c.run == run, CAMPAIGNS.c.id.not_in(list(handing)))
    pending = select(CALLS.c.campaign_id).where(CALLS.c.state == State.PENDING)
    taken = connection.execute(
        update(CAMPAIGNS)
        .where(
            CAMPAIGNS.c.state == Stage.RUNNING,
            CAMPAIGNS.c.handed_over,
            or_(is_dead(CAMPAIGNS.c.run), mine),
            CAMPAIGNS.c.id.in_(pending.where(CALLS.c.campaign_id == CAMPAIGNS.c.id)),
        )
        .values(run=run)
        .returning(*COLUMNS),
        values(**alive(now)),
    )
    return [campaigns.campaign_of(row) for row in taken]
