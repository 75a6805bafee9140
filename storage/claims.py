"""A campaign's rows on their way: claimed many at once, their outcomes written many at once.

The moves are the ledger's. A claim commits the intents before anybody is dialled; its token is
shared by the rows that were claimed together, and a row's outcome counts only with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from storage import events, ledger, optouts
from storage.campaigns import CAMPAIGNS, Campaign, Stage
from storage.ledger import OVER_NOW, moving
from storage.locks import lock_shared
from storage.models import LIVE
from storage.reach import may_be_reached, number_count, reached_today, take_day_turn
from storage.rows import CALLS, Kind, State, get
from storage.statements import given, values

MOST = 200
"""Rows that one statement touches: a transaction stays short, and nobody's answer waits for it."""

_CAMPAIGN = CALLS.c.campaign_id == given("campaign_id", CALLS.c.campaign_id)
_ID = CALLS.c.id == given("id", CALLS.c.id)
_MINE = and_(_ID, CALLS.c.token == given("token", CALLS.c.token))
_NOW = given("now", CALLS.c.done_at)
_REASON = given("reason", CALLS.c.reason)


# Claiming


@dataclass(frozen=True, slots=True)
class Due:
    """One row that is to be dialled now, and by this claim only."""

    id: str
    seq: int
    phone: str
    name: str
    variables: dict[str, str]
    parts: int | None
    attempt: int
    token: str


@dataclass(frozen=True)
class Caps:
    """How many calls a day may reach one number, and all together; None: any number of them."""

    number: int | None = None
    day: int | None = None


NO_CAPS = Caps()
_DAY_START = given("day_start", CALLS.c.intent_at)

_DUE = (
    CALLS.c.id,
    CALLS.c.seq,
    CALLS.c.phone,
    CALLS.c.name,
    CALLS.c.variables,
    CALLS.c.parts,
    CALLS.c.attempt,
    CALLS.c.token,
)


@cache
def _claim_within(caps: Caps) -> ReturningUpdate[Any]:
    following = (
        select(CALLS.c.id)
        .where(
            _CAMPAIGN,
            CALLS.c.state == State.PENDING,
            CALLS.c.not_before.is_(None),
            CALLS.c.zone.not_in(bindparam("given_closed", expanding=True)),
            may_be_reached(_DAY_START, number_cap=caps.number, day_cap=None),
        )
        .order_by(CALLS.c.seq)
        .limit(bindparam("given_limit"))
        .with_for_update(skip_locked=True, of=CALLS)
        .cte("following")
    )
    return moving(
        State.DIALLING,
        CALLS.c.id.in_(select(following.c.id)),
        from_=[State.PENDING],
        by_id=True,
        run=given("run", CALLS.c.run),
        token=given("token", CALLS.c.token),
        generation=given("generation", CALLS.c.generation),
        intent_at=_NOW,
        done_at=None,
        reason=None,
        said=None,
    ).returning(*_DUE)


_RUNNING = (
    select(CAMPAIGNS.c.id)
    .where(
        CAMPAIGNS.c.id == given("campaign_id", CAMPAIGNS.c.id),
        CAMPAIGNS.c.state == Stage.RUNNING,
        ~CAMPAIGNS.c.handed_over,
    )
    .with_for_update(read=True)
)


def is_running(connection: Connection, campaign_id: str) -> bool:
    """Whether it is dialled by us. It goes on being so until this transaction ends: whoever pauses
    it waits.
    """
    return connection.execute(_RUNNING, values(campaign_id=campaign_id)).first() is not None


def claim(
    connection: Connection,
    campaign: Campaign,
    *,
    run: str,
    token: str,
    generation: str,
    closed: Collection[str],
    caps: Caps,
    day_start: datetime,
    limit: int,
    now: datetime,
) -> list[Due]:
    """The next rows, `pending → dialling`, in the list's order; none of a zone that is `closed`.

    None either that opted out, that is over a cap of the day, or that waits for a time of its own.
    """
    lock_shared(connection, campaign.workspace_id)
    if caps.day is not None:
        take_day_turn(connection, campaign.workspace_id)
        reached = reached_today(
            connection, campaign.workspace_id, campaign.kind, day_start=day_start
        )
        limit = min(limit, caps.day - reached)
    if limit <= 0:
        return []
    named = {"campaign_id": campaign.id, "run": run, "token": token, "generation": generation}
    found = connection.execute(
        _claim_within(caps),
        values(
            **named,
            closed=list(closed),
            limit=min(limit, MOST),
            day_start=day_start,
            now=now,
        ),
    )
    return sorted((Due(*row) for row in found), key=lambda due: due.seq)


_TALKING = or_(
    and_(CALLS.c.status.is_not(None), CALLS.c.done_at > given("heard_since", CALLS.c.done_at)),
    CALLS.c.done_at > given("since", CALLS.c.done_at),
)
_WORKSPACE = given("workspace_id", CALLS.c.workspace_id)
_IS_CALL = CALLS.c.kind == Kind.CALL
# Two counts, each by its own index: SQLite would look at every row of the workspace for the first.
_COUNT_LIVE = select(
    select(func.count())
    .where(CALLS.c.state == State.DIALLING, CALLS.c.workspace_id.concat("") == _WORKSPACE, _IS_CALL)
    .scalar_subquery()
    + select(func.count())
    .where(CALLS.c.workspace_id == _WORKSPACE, text(LIVE), _TALKING, _IS_CALL)
    .scalar_subquery()
)


def live_count(
    connection: Connection, workspace_id: str, *, unheard_since: datetime, heard_since: datetime
) -> int:
    """How many of a workspace's calls are up, or about to be.

    One of which nothing was heard, placed before `unheard_since`, is taken for over; one that was
    heard of where it was placed before `heard_since`: what ended it was lost.
    """
    named = values(workspace_id=workspace_id, since=unheard_since, heard_since=heard_since)
    return int(connection.execute(_COUNT_LIVE, named).scalar_one())


# Waiting for a time of day


def _some(*where: Any) -> Any:
    some = select(CALLS.c.id).where(*where).limit(MOST).with_for_update(skip_locked=True)
    return CALLS.c.id.in_(some.scalar_subquery())


_PENDING = (_CAMPAIGN, CALLS.c.state == State.PENDING)
_UNTIL = given("until", CALLS.c.not_before)


@cache
def _over_cap(caps: Caps) -> Update:
    """The rows that no day's cap lets through now; all of them, where the day's own is reached."""
    over: list[ColumnElement[bool]] = []
    if caps.number is not None:
        mine = (CALLS.c.workspace_id, CALLS.c.phone_key)
        over.append(number_count(*mine, CALLS.c.kind, _DAY_START) >= caps.number)
    return (
        update(CALLS)
        .where(_some(*_PENDING, CALLS.c.not_before.is_(None), *over))
        .values(not_before=_UNTIL, reason=_REASON)
    )


_DEFER = (
    update(CALLS)
    .where(
        _some(*_PENDING, CALLS.c.not_before.is_(None), CALLS.c.zone == given("zone", CALLS.c.zone))
    )
    .values(not_before=_UNTIL, reason=_REASON)
)
_WAKE = (
    update(CALLS)
    .where(_some(*_PENDING, CALLS.c.not_before <= _NOW))
    .values(not_before=None, reason=None)
)
_NEXT_TIME = select(func.min(CALLS.c.not_before)).where(*_PENDING)


def defer(connection: Connection, campaign_id: str, zone: str, *, until: datetime) -> bool:
    """Rows of this zone wait until then; True where there may be more than were taken at once."""
    named = values(campaign_id=campaign_id, zone=zone, until=until, reason="outside_hours")
    return connection.execute(_DEFER, named).rowcount >= MOST


def defer_over_cap(
    connection: Connection, campaign: Campaign, caps: Caps, *, day_start: datetime, until: datetime
) -> bool:
    """Rows over a cap of the day wait until then; True where there may be more of them."""
    if caps == NO_CAPS:
        return False
    named = {"campaign_id": campaign.id, "day_start": day_start, "until": until}
    if caps.day is not None:
        reached = reached_today(
            connection, campaign.workspace_id, campaign.kind, day_start=day_start
        )
        if reached >= caps.day:
            statement = _over_cap(Caps(day=caps.day))
            done = connection.execute(statement, values(**named, reason="over_day_cap"))
            return done.rowcount >= MOST
    if caps.number is None:
        return False
    statement = _over_cap(Caps(number=caps.number))
    done = connection.execute(statement, values(**named, reason="over_number_cap"))
    return done.rowcount >= MOST


def wake(connection: Connection, campaign_id: str, *, now: datetime) -> bool:
    """Rows whose time has come can be claimed; True where there may be more of them."""
    return connection.execute(_WAKE, values(campaign_id=campaign_id, now=now)).rowcount >= MOST


def next_time(connection: Connection, campaign_id: str) -> datetime | None:
    """When the first row's time comes that waits for one."""
    found: datetime | None = connection.execute(
        _NEXT_TIME, values(campaign_id=campaign_id)
    ).scalar_one()
    return found


_DUE_NOW = select(CALLS.c.id).where(*_PENDING, CALLS.c.not_before.is_(None))


def due_count(connection: Connection, campaign_id: str, *, most: int) -> int:
    """How many could be dialled now, counted up to `most`."""
    some = _DUE_NOW.limit(most).subquery()
    query = select(func.count()).select_from(some)
    return connection.execute(query, values(campaign_id=campaign_id)).scalar_one()


_CANCELLED = select(CAMPAIGNS.c.id).where(
    CAMPAIGNS.c.id == given("campaign_id", CAMPAIGNS.c.id), CAMPAIGNS.c.state == Stage.CANCELLED
)
_SWEEP = (
    update(CALLS)
    .where(_some(*_PENDING, CALLS.c.campaign_id.in_(_CANCELLED)))  # it may be read anew by now
    .values(state=State.CANCELLED, reason="cancelled", version=CALLS.c.version + 1)
)


_UNSWEPT = select(CAMPAIGNS.c.id).where(
    CAMPAIGNS.c.state == Stage.CANCELLED,
    select(CALLS.c.id)
    .where(CALLS.c.campaign_id == CAMPAIGNS.c.id, CALLS.c.state == State.PENDING)
    .exists(),
)


def unswept(connection: Connection) -> list[str]:
    """Cancelled campaigns that have rows still `pending`."""
    return list(connection.execute(_UNSWEPT).scalars())


def sweep(connection: Connection, campaign_id: str) -> bool:
    """A cancelled campaign's rows are `cancelled`; True where there may be more of them."""
    return connection.execute(_SWEEP, values(campaign_id=campaign_id)).rowcount >= MOST


# What became of them


@dataclass(frozen=True, slots=True)
class Made:
    """Toingg took the call."""

    id: str
    token: str
    call_sid: str | None
    generation: str
    poll_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certain that nobody was phoned, and nothing to try again."""

    id: str
    token: str
    reason: str
    said: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Certain that nobody was phoned; tried again from then on."""

    id: str
    token: str
    reason: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Unsure:
    """The phone may have rung: only a person decides what comes next."""

    id: str
    token: str
    reason: str


Result = Made | Refused | Waits | Unsure

_MADE = moving(
    State.PLACED,
    _MINE,
    from_=[State.DIALLING, State.UNCERTAIN],
    call_sid=func.coalesce(given("call_sid", CALLS.c.call_sid), CALLS.c.call_sid),
    poll_at=given("poll_at", CALLS.c.poll_at),
    generation=given("generation", CALLS.c.generation),
    done_at=_NOW,
    ended_at=OVER_NOW,
    reason=None,
)
_REFUSED = moving(
    State.REJECTED,
    _MINE,
    from_=[State.DIALLING],
    reason=_REASON,
    said=given("said", CALLS.c.said),
    done_at=_NOW,
)
_WAITS = moving(
    State.PENDING,
    _MINE,
    from_=[State.DIALLING],
    reason=_REASON,
    not_before=_UNTIL,
    done_at=_NOW,
    token=None,
)
_UNSURE = moving(State.UNCERTAIN, _MINE, from_=[State.DIALLING], reason=_REASON, done_at=_NOW)


def settle(
    connection: Connection, workspace_id: str, results: Sequence[Result], *, now: datetime
) -> None:
    """Writes outcomes; one whose token isn't the row's any more moves nothing.

    The lock comes before any row's: an opt-out takes both in that order too.
    """
    lock_shared(connection, workspace_id)
    ordered = sorted(results, key=lambda result: result.id)  # locks are taken in one order
    made = [each for each in ordered if isinstance(each, Made)]
    if made and not _all(connection, _MADE, [_made(each, now) for each in made]):
        for each in made:
            _settle_one(connection, workspace_id, each, now)
    refused = [each for each in ordered if isinstance(each, Refused)]
    unsure = [each for each in ordered if isinstance(each, Unsure)]
    failed: list[Refused | Unsure] = [*refused, *unsure]
    for wrong in failed:
        _tell(connection, workspace_id, wrong, now)
    waits = [each for each in ordered if isinstance(each, Waits)]
    if waits:
        _all(connection, _WAITS, [_waits(each, now) for each in waits])
        optouts.cancel_late(connection, [each.id for each in waits], now=now)


def _made(each: Made, now: datetime) -> dict[str, Any]:
    named = {"call_sid": each.call_sid, "generation": each.generation, "poll_at": each.poll_at}
    return values(id=each.id, token=each.token, now=now, **named)


def _waits(each: Waits, now: datetime) -> dict[str, Any]:
    until = now + each.wait if each.wait else None
    return values(id=each.id, token=each.token, reason=each.reason, until=until, now=now)


def _all(connection: Connection, statement: Update, named: list[dict[str, Any]]) -> bool:
    """Whether each of them moved its row."""
    return connection.execute(statement, named).rowcount == len(named)


def _settle_one(connection: Connection, workspace_id: str, each: Made, now: datetime) -> None:
    """As for a single call: a report may have come before the reply."""
    call = get(connection, workspace_id, each.id)
    if call is None or call.token != each.token:
        return
    if call.state is State.PLACED and call.call_sid == each.call_sid:
        return
    ledger.placed(
        connection,
        call,
        call_sid=each.call_sid,
        generation=each.generation,
        poll_at=each.poll_at,
        now=now,
    )


def _tell(connection: Connection, workspace_id: str, each: Refused | Unsure, now: datetime) -> None:
    """The few that went wrong, each with its event."""
    named = values(id=each.id, token=each.token, reason=each.reason, now=now)
    if isinstance(each, Refused):
        statement, kind, detail = _REFUSED, events.Kind.REJECTED, {"said": each.said}
        named |= values(said=each.said)
    else:
        statement, kind, detail = _UNSURE, events.Kind.UNCERTAIN, {"reason": each.reason}
    if connection.execute(statement, named).rowcount:
        call = get(connection, workspace_id, each.id)
        if call is not None:
            events.record(connection, call, kind, now, **detail)
