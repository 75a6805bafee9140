"""Stop All: the live calls of a campaign, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TextClause,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from storage import campaigns
from storage.campaigns import CAMPAIGNS, COLUMNS, EVENTS, Campaign, Happened, Stage
from storage.models import LIVE
from storage.rows import CALLS, Call, State, find
from storage.runs import alive, is_dead
from storage.statements import values

_NAMED = 50
"""Of the calls that couldn't be hung up, so many are named in what happened."""


_RUNS = CAMPAIGNS.c.state.in_([Stage.RUNNING, Stage.HELD])
_MAY_TALK = CAMPAIGNS.c.state.in_([Stage.PAUSED, Stage.DONE, Stage.CANCELLED])
_UP = or_(CALLS.c.state == State.DIALLING, text(LIVE))
"""Calls that are up, as far as is known, or being dialled."""


def begin(
    connection: Connection, campaign: Campaign, *, actor: str, run: str, now: datetime
) -> Campaign | None:
    """Nobody else of it is dialled, and its live calls are to be hung up, wherever it stands.

    None where that is being done already, or where it doesn't run and no call is up.
    """
    is_up = exists().where(CALLS.c.campaign_id == CAMPAIGNS.c.id, _UP)
    stopped = campaigns.change(
        connection,
        campaign,
        CAMPAIGNS.c.stopped_by.is_(None),
        or_(_RUNS, and_(_MAY_TALK, is_up)),
        stopped_by=actor,
        run=run,
        state=_where_it_runs(CAMPAIGNS.c.state, Stage.PAUSED),
        moved_by=_where_it_runs(CAMPAIGNS.c.moved_by, actor),
        moved_at=_where_it_runs(CAMPAIGNS.c.moved_at, now),
        reason=_where_it_runs(CAMPAIGNS.c.reason, None),
        said=_where_it_runs(CAMPAIGNS.c.said, None),
    )
    if stopped is not None:
        campaigns.record(connection, campaign.id, Happened.STOPPING, now, actor=actor)
    return stopped


def _where_it_runs(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    return case((_RUNS, literal(value, column.type)), else_=column)


def to_hang_up(connection: Connection, campaign: Campaign, *, heard_since: datetime) -> list[str]:
    """The ids of its live calls that nobody hangs up yet, in the order in which it is worth while.

    The newest first; last those of which nothing was heard, placed before `heard_since`: they are
    taken for over.
    """
    query = (
        select(CALLS.c.id)
        .where(
            CALLS.c.campaign_id == campaign.id,
            text(LIVE),
            CALLS.c.call_sid.is_not(None),
            CALLS.c.hang_up_at.is_(None),
        )
        .order_by(case((_is_heard(heard_since), 0), else_=1), CALLS.c.done_at.desc(), CALLS.c.id)
    )
    return list(connection.execute(query).scalars())


def _is_heard(since: datetime) -> ColumnElement[bool]:
    return or_(CALLS.c.status.is_not(None), CALLS.c.done_at >= since)


def calls(connection: Connection, ids: Sequence[str]) -> list[Call]:
    """The calls with these ids, in this order."""
    found = {call.id: call for call in find(connection, CALLS.c.id.in_(ids), limit=len(ids))}
    return [found[call_id] for call_id in ids if call_id in found]


def is_going_on(connection: Connection, campaign: Campaign) -> bool:
    """Whether a call is being dialled, or being hung up: more may come of it."""
    hanging_up = and_(text(LIVE), CALLS.c.hang_up_at.is_not(None), ~CALLS.c.hang_up_done)
    more = exists().where(
        CALLS.c.campaign_id == campaign.id, or_(CALLS.c.state == State.DIALLING, hanging_up)
    )
    return bool(connection.execute(select(more)).scalar_one())


def stopping(connection: Connection, campaign: Campaign) -> Campaign | None:
    """The campaign, while its calls are still to be hung up; a Resume ends that."""
    fresh = campaigns.get(connection, campaign.workspace_id, campaign.id)
    return fresh if fresh is not None and fresh.stopped_by is not None else None


@dataclass(frozen=True)
class Stopped:
    """What became of the live calls. `failed` and `without_id` may still go on."""

    ended: int
    over: int
    failed: int
    without_id: int
    calls: tuple[str, ...]
    """The ids of those that failed."""


def finish(
    connection: Connection, campaign: Campaign, *, mean: timedelta, now: datetime
) -> Stopped | None:
    """Says what became of it, once; None where that was said, or the campaign resumed.

    `mean`: after so long a call of which nothing was heard is taken for over, and was so when all
    was stopped: it isn't told that Toingg doesn't know it any more.
    """
    mine = CAMPAIGNS.c.stopped_by == campaign.stopped_by
    if campaigns.change(connection, campaign, mine, stopped_by=None) is None:
        return None
    outcome = _outcome(connection, campaign, mean)
    campaigns.record(
        connection,
        campaign.id,
        Happened.STOPPED,
        now,
        actor=campaign.stopped_by,
        ended=outcome.ended,
        over=outcome.over,
        failed=outcome.failed,
        without_id=outcome.without_id,
        calls=list(outcome.calls),
    )
    return outcome


def _outcome(connection: Connection, campaign: Campaign, mean: timedelta) -> Stopped:
    stopping = (EVENTS.c.campaign_id == campaign.id, EVENTS.c.kind == Happened.STOPPING)
    since: datetime = connection.execute(
        select(func.max(EVENTS.c.at)).where(*stopping)
    ).scalar_one()
    asked, heard = CALLS.c.hang_up_at >= since, _is_heard(since - mean)
    failed = and_(text(LIVE), CALLS.c.call_sid.is_not(None))
    ids = select(CALLS.c.id).where(CALLS.c.campaign_id == campaign.id, failed).limit(_NAMED)
    return Stopped(
        ended=_count(connection, campaign, asked, CALLS.c.hang_up_done),
        over=_count(
            connection, campaign, asked, ~CALLS.c.hang_up_done, CALLS.c.ended_at.is_not(None), heard
        ),
        failed=_count(connection, campaign, failed),
        without_id=_count(connection, campaign, text(LIVE), CALLS.c.call_sid.is_(None), heard),
        calls=tuple(row.id for row in connection.execute(ids)),
    )


def _count(
    connection: Connection, campaign: Campaign, *where: ColumnElement[bool] | TextClause
) -> int:
    query = select(func.count()).select_from(CALLS)
    counted = query.where(CALLS.c.campaign_id == campaign.id, *where)
    return int(connection.execute(counted).scalar_one())


def left(
    connection: Connection, *, run: str, stopping: Sequence[str], now: datetime
) -> list[Campaign]:
    """Stops that nobody is about, from now on this run's: a dead run's, and those of this run that
    aren't among the ids that it is `stopping`.
    """
    mine = (CAMPAIGNS.c.run == run) & CAMPAIGNS.c.id.not_in(list(stopping))
    taken = connection.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.stopped_by.is_not(None), or_(is_dead(CAMPAIGNS.c.run), mine))
        .values(run=run)
        .returning(*COLUMNS),
        values(**alive(now)),
    )
    return [campaigns.campaign_of(row) for row in taken]
