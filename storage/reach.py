"""What the ledger knows of a number before it is reached, as `bot.recipients.policy` asks it.

The door to a single call reads it as facts; a claim of many rows asks the same in SQL.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    TextClause,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)

from storage.campaigns import CAMPAIGNS, Stage
from storage.models import AT_ONCE, OptOutRow
from storage.rows import CALLS, Kind, State, take_turn
from storage.statements import given, values

RECENT = timedelta(minutes=2)


# Opt-outs and caps, as SQL


def opted_out(
    workspace_id: ColumnElement[str], phone_key: ColumnElement[str]
) -> ColumnElement[bool]:
    """SQL: whether this number has opted out in this workspace."""
    return exists().where(OptOutRow.workspace_id == workspace_id, OptOutRow.phone_key == phone_key)


_OTHERS = CALLS.alias("others")
_TRIED = _OTHERS.c.state.in_([State.DIALLING, State.PLACED, State.UNCERTAIN])
_AT_ONCE = text(AT_ONCE)
"""A single call that is about to be dialled counts as well: many may be asked for at once."""


def number_count(
    workspace_id: ColumnElement[str],
    phone_key: ColumnElement[str],
    kind: ColumnElement[str],
    since: ColumnElement[datetime],
) -> ColumnElement[int]:
    """SQL: how many calls, or texts, may have reached this number since then (the day's start).

    Each kind has the caps for itself: a text after a call is no second call.
    """
    counted = or_(and_(_TRIED, _OTHERS.c.intent_at >= since), _AT_ONCE)
    mine = (_OTHERS.c.workspace_id == workspace_id, _OTHERS.c.phone_key == phone_key)
    return _count(*mine, _OTHERS.c.kind == kind, counted)


def day_count(
    workspace_id: ColumnElement[str], kind: ColumnElement[str], since: ColumnElement[datetime]
) -> ColumnElement[int]:
    """SQL: how many calls, or texts, the workspace may have reached people with since then.

    A list that is being handed over whole counts from the moment at which that began.
    """
    mine = (_OTHERS.c.workspace_id == workspace_id, _OTHERS.c.kind == kind)
    tried = _count(*mine, _TRIED, _OTHERS.c.intent_at >= since)
    lists = (
        select(CAMPAIGNS.c.id)
        .where(
            CAMPAIGNS.c.workspace_id == workspace_id,
            CAMPAIGNS.c.kind == kind,
            CAMPAIGNS.c.state == Stage.RUNNING,
            CAMPAIGNS.c.handed_over,
        )
        .correlate(CALLS)
    )
    going_over = _count(_OTHERS.c.state == State.PENDING, _OTHERS.c.campaign_id.in_(lists))
    return tried + _count(*mine, _AT_ONCE) + going_over  # three counts: each has its index


def _count(*where: ColumnElement[bool] | TextClause) -> ScalarSelect[int]:
    return (
        select(func.count()).select_from(_OTHERS).where(*where).correlate(CALLS).scalar_subquery()
    )


def may_be_reached(
    since: ColumnElement[datetime], *, number_cap: int | None, day_cap: int | None
) -> ColumnElement[bool]:
    """SQL: what `bot.recipients.policy` says of a campaign's row of `CALLS`, its hours aside.

    The caps are those of one more call: whoever claims several rows at once takes no more than
    `day_cap` less `reached_today`, after `take_day_turn`.
    """
    workspace_id, phone_key = CALLS.c.workspace_id, CALLS.c.phone_key
    wanted = [~opted_out(workspace_id, phone_key)]
    if number_cap is not None:
        wanted.append(number_count(workspace_id, phone_key, CALLS.c.kind, since) < number_cap)
    if day_cap is not None:
        wanted.append(day_count(workspace_id, CALLS.c.kind, since) < day_cap)
    return and_(*wanted)


_TODAY = select(
    day_count(
        given("workspace_id", CALLS.c.workspace_id),
        given("kind", CALLS.c.kind),
        given("day_start", CALLS.c.created_at),
    )
)


def reached_today(
    connection: Connection, workspace_id: str, kind: Kind, *, day_start: datetime
) -> int:
    """How many of these the workspace may have reached people with since the start of the day."""
    named = values(workspace_id=workspace_id, kind=kind, day_start=day_start)
    return int(connection.execute(_TODAY, named).scalar_one())


# Doors


@dataclass(frozen=True)
class Reached:
    """What the ledger knows of a number at a door: for `bot.recipients.policy`."""

    is_known: bool
    opted_out: bool
    number_today: int
    last_at: datetime | None
    last_by: str | None


_AT = func.coalesce(CALLS.c.intent_at, CALLS.c.created_at)
_LAST = (
    select(_AT.label("at"), CALLS.c.requested_by)
    .where(
        CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
        CALLS.c.phone_key == given("phone_key", CALLS.c.phone_key),
        CALLS.c.kind == given("kind", CALLS.c.kind),
        CALLS.c.state.in_([State.PENDING, State.DIALLING, State.PLACED, State.UNCERTAIN]),
        _AT > given("since", CALLS.c.created_at),
    )
    .order_by(_AT.desc())
    .limit(1)
    .subquery()
)
_REACHED = select(
    exists()
    .where(
        CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
        CALLS.c.click_key == given("click_key", CALLS.c.click_key),
    )
    .label("is_known"),
    opted_out(
        given("workspace_id", CALLS.c.workspace_id), given("phone_key", CALLS.c.phone_key)
    ).label("opted_out"),
    number_count(
        given("workspace_id", CALLS.c.workspace_id),
        given("phone_key", CALLS.c.phone_key),
        given("kind", CALLS.c.kind),
        given("day_start", CALLS.c.created_at),
    ).label("number_today"),
    _LAST.c.at,
    _LAST.c.requested_by,
).select_from(select(literal(1).label("one")).subquery().outerjoin(_LAST, literal(value=True)))


def reached(
    connection: Connection,
    workspace_id: str,
    phone_key: str,
    kind: Kind,
    now: datetime,
    *,
    day_start: datetime,
    click_key: str = "",
) -> Reached:
    """Whether this click became a row before; opt-out; calls of the day, or texts; the last one
    within two minutes. One that is still to be made counts.
    """
    row = connection.execute(
        _REACHED,
        values(
            workspace_id=workspace_id,
            phone_key=phone_key,
            kind=kind,
            click_key=click_key,
            since=now - RECENT,
            day_start=day_start,
        ),
    ).one()
    known, out = bool(row.is_known), bool(row.opted_out)
    return Reached(known, out, row.number_today, row.at, row.requested_by)


def take_day_turn(connection: Connection, workspace_id: str) -> None:
    """As `take_turn`, for whoever counts the workspace's calls of the day and then adds to them.

    Taken after a number's own turn.
    """
    take_turn(connection, f"calls of the day {workspace_id}")
