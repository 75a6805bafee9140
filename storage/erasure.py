"""What is taken out of the ledger, and of everything around it, when a person is erased.

What remains of a call or a text is its skeleton: that there was one, when, how it ended and what
it cost. Of the number there remains the keyed hash of an opt-out, which goes on being honoured.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from storage import audit
from storage.belonging import TABLES, belongs
from storage.campaigns import CAMPAIGNS, OPEN
from storage.events import EVENTS
from storage.inbound import INBOUND
from storage.ledger import move, moved
from storage.locks import lock_out
from storage.optouts import OPT_OUTS
from storage.rows import CALLS, ERASED, Elsewhere, Kind, State
from storage.statements import given
from storage.tally import LEFT

REASON = "erased"
"""The reason of rows that waited when their person was erased."""

SETTLED = and_(
    CALLS.c.state.not_in([State.PENDING, State.OFFERED, State.DIALLING]),
    or_(CALLS.c.state != State.PLACED, CALLS.c.ended_at.is_not(None)),
)
"""Nobody is about to reach this person, or on the line with them."""


@dataclass(frozen=True)
class Stored:
    """What is stored of a number. `waiting`: rows to be called; `busy`: being dialled, or up."""

    calls: int
    texts: int
    campaigns: int
    replies: int
    waiting: int
    busy: int
    is_out: bool


def stored(connection: Connection, workspace_id: str, phone_key: str) -> Stored:
    """How much there is of the number."""
    waits = CALLS.c.state.in_([State.PENDING, State.OFFERED])
    query = select(
        func.count().filter(CALLS.c.kind == Kind.CALL),
        func.count().filter(CALLS.c.kind == Kind.TEXT),
        func.count(CALLS.c.campaign_id.distinct()),
        func.count().filter(waits),
        func.count().filter(and_(~SETTLED, ~waits)),
    ).where(CALLS.c.workspace_id == workspace_id, CALLS.c.phone_key == phone_key)
    calls, texts, campaigns, waiting, busy = connection.execute(query).one()
    replies = select(func.count()).where(
        INBOUND.c.workspace_id == workspace_id, INBOUND.c.phone_key == phone_key
    )
    out = select(func.count()).where(
        OPT_OUTS.c.workspace_id == workspace_id, OPT_OUTS.c.phone_key == phone_key
    )
    return Stored(
        calls=calls,
        texts=texts,
        campaigns=campaigns,
        replies=connection.execute(replies).scalar_one(),
        waiting=waiting,
        busy=busy,
        is_out=bool(connection.execute(out).scalar_one()),
    )


# Before: nobody may be about to reach the person

_CANCEL = move(
    State.CANCELLED,
    CALLS.c.workspace_id == given("workspace_id", CALLS.c.workspace_id),
    CALLS.c.phone_key == given("phone_key", CALLS.c.phone_key),
    CALLS.c.created_at <= given("until", CALLS.c.created_at),
    from_=[State.PENDING, State.OFFERED],
    reason=REASON,
)


def cancel(connection: Connection, workspace_id: str, phone_key: str, *, until: datetime) -> int:
    """Cancels what was asked for up to then and waits for the number; how many rows.

    No intent of theirs is committed after this is.
    """
    lock_out(connection, workspace_id)
    named = {"workspace_id": workspace_id, "phone_key": phone_key, "until": until}
    cancelled = moved(connection, _CANCEL, **named)
    redraw(connection, (call.campaign_id for call in cancelled))
    return len(cancelled)


def redraw(connection: Connection, campaign_ids: Iterable[str | None]) -> None:
    """The cards of these campaigns show something that isn't so any more."""
    ids = sorted({each for each in campaign_ids if each})
    if ids:
        looks = update(CAMPAIGNS).where(CAMPAIGNS.c.id.in_(ids))
        connection.execute(looks.values(drawn=CAMPAIGNS.c.drawn - 1))


def unerased(connection: Connection, workspace_id: str, phone_key: str, *, until: datetime) -> int:
    """How many rows that were asked for up to then aren't erased yet: one that was up a moment ago
    may have ended since, and is to go all the same.
    """
    mine = (
        CALLS.c.workspace_id == workspace_id,
        CALLS.c.phone_key == phone_key,
        CALLS.c.created_at <= until,
    )
    query = select(func.count()).select_from(CALLS).where(*mine)
    return connection.execute(query).scalar_one()


# Rows


@dataclass(frozen=True)
class Erasable:
    """A row that is to be erased: what is looked for elsewhere, and what is counted."""

    id: str
    kind: Kind
    campaign_id: str | None
    name: str
    created_at: datetime


def of_person(
    connection: Connection, workspace_id: str, phone_key: str, *, until: datetime, limit: int
) -> list[Erasable]:
    """The next rows of a number that may be erased now, of those asked for up to then."""
    mine = (CALLS.c.phone_key == phone_key, CALLS.c.created_at <= until)
    return _erasable(connection, workspace_id, *mine, limit=limit)


def older(
    connection: Connection,
    workspace_id: str,
    *,
    before: datetime,
    since: datetime | None = None,
    limit: int,
) -> list[Erasable]:
    """The oldest rows from before then that may be erased now; those of campaigns that aren't
    over stay, for somebody is still at work on them.

    `since`: none older than that is looked for, however many were erased before.
    """
    going_on = select(CAMPAIGNS.c.id).where(
        CAMPAIGNS.c.workspace_id == workspace_id, CAMPAIGNS.c.state.in_(list(OPEN))
    )
    old = (
        CALLS.c.created_at < before,
        *(() if since is None else (CALLS.c.created_at >= since,)),
        CALLS.c.erasure_id.is_(None),
        func.coalesce(CALLS.c.campaign_id, "").not_in(going_on),
    )
    return _erasable(connection, workspace_id, *old, limit=limit)


def _erasable(
    connection: Connection, workspace_id: str, *where: ColumnElement[bool], limit: int
) -> list[Erasable]:
    query = (
        select(CALLS.c.id, CALLS.c.kind, CALLS.c.campaign_id, CALLS.c.name, CALLS.c.created_at)
        .where(CALLS.c.workspace_id == workspace_id, SETTLED, *where)
        .order_by(CALLS.c.created_at)
        .limit(limit)
    )
    return [
        Erasable(row.id, Kind(row.kind), row.campaign_id, row.name, row.created_at)
        for row in connection.execute(query)
    ]


def erase(
    connection: Connection, workspace_id: str, ids: Sequence[str], *, erasure_id: str
) -> Counter[str]:
    """Leaves the skeleton of these rows: some hundreds at a time. How many of which kind.

    The next attempt's number makes every button that stands somewhere out of date; what is
    uncertain stays so, as if somebody had decided that.
    """
    erased = connection.execute(
        update(CALLS)
        .where(
            CALLS.c.workspace_id == workspace_id,
            CALLS.c.id.in_(ids),
            CALLS.c.erasure_id.is_(None),
            SETTLED,
        )
        .values(
            phone=literal(ERASED).concat(CALLS.c.id),
            phone_key="",
            click_key=literal(ERASED).concat(CALLS.c.id),
            name="",
            script=None,
            language=None,
            variables={},
            zone=None,
            not_before=None,
            token=None,
            attempt=CALLS.c.attempt + 1,
            reason=case((CALLS.c.state == State.UNCERTAIN, LEFT), else_=CALLS.c.reason),
            said=None,
            call_sid=None,
            recording_url=None,
            hang_up_run=None,
            poll_at=None,
            channel=None,
            card_ts=None,
            elsewhere=Elsewhere.NOWHERE,
            version=CALLS.c.version + 1,
            drawn=CALLS.c.version + 1,
            erasure_id=erasure_id,
        )
        .returning(CALLS.c.id, CALLS.c.kind, CALLS.c.campaign_id)
    ).all()
    gone = [row.id for row in erased]
    connection.execute(
        update(EVENTS).where(EVENTS.c.call_id.in_(gone)).values(detail={}, told=True)
    )
    redraw(connection, (row.campaign_id for row in erased))
    return Counter("texts" if row.kind == Kind.TEXT else "calls" for row in erased)


# What was sent to us, and the list of opt-outs


def replies(
    connection: Connection,
    workspace_id: str,
    *,
    phone_key: str | None = None,
    before: datetime | None = None,
    limit: int,
) -> list[str]:
    """The ids of the next texts from a number, or of those that came before then."""
    query = select(INBOUND.c.id).where(INBOUND.c.workspace_id == workspace_id)
    if phone_key is not None:
        query = query.where(INBOUND.c.phone_key == phone_key)
    if before is not None:
        query = query.where(INBOUND.c.at < before)
    return list(connection.execute(query.order_by(INBOUND.c.at).limit(limit)).scalars())


def drop_replies(connection: Connection, ids: Sequence[str]) -> int:
    """Drops them whole."""
    return connection.execute(delete(INBOUND).where(INBOUND.c.id.in_(ids))).rowcount


def keep_hash(connection: Connection, workspace_id: str, phone_key: str) -> bool:
    """Of an opt-out of this number the keyed hash alone stays. Whether there is one."""
    mine = (OPT_OUTS.c.workspace_id == workspace_id, OPT_OUTS.c.phone_key == phone_key)
    return connection.execute(update(OPT_OUTS).where(*mine).values(phone=None)).rowcount > 0


# A workspace


def erase_workspace(connection: Connection, workspace_id: str, *, limit: int = 500) -> Counter[str]:
    """Deletes the next rows of the workspace, at most so many, each before what it refers to.

    How many of which table; none: nothing of it is left, the workspace itself included.
    """
    gone: Counter[str] = Counter()
    for table in reversed(TABLES):
        theirs = belongs(table, workspace_id)
        if theirs is None or table in (audit.AUDIT, audit.HEADS):
            continue
        if table.name == "workspaces":
            gone["audit"] = audit.erase(connection, workspace_id)
        key = tuple_(*table.primary_key.columns)
        some = select(*table.primary_key.columns).where(theirs).limit(limit - gone.total())
        deleted = connection.execute(delete(table).where(key.in_(some))).rowcount
        if deleted:
            gone[table.name] = deleted
        if gone.total() >= limit:
            break
    return +gone
