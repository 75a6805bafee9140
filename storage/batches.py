"""A whole list handed to Toingg at once: its rows' intents, before the one request.

The rows share a token, as those of a claim do; `claims.settle` writes what became of them. Each
step asks first whether the hand-over goes on: a stop, or another process that took it over, ends
it. Until the last intent, what the whole list costs is held in one entry of the budget.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select, update

from storage import budget, campaigns, events, optouts
from storage.campaigns import CAMPAIGNS, COLUMNS, Campaign, Happened, Stage
from storage.ledger import moving
from storage.locks import lock_shared
from storage.reach import number_count, opted_out
from storage.rows import CALLS, State
from storage.runs import alive, is_dead
from storage.statements import given, values

INTERRUPTED = "interrupted"
"""The reason of a campaign whose hand-over was cut off before Toingg was asked."""


def begin(
    connection: Connection,
    campaign: Campaign,
    *,
    actor: str,
    run: str,
    count: int,
    held: int,
    now: datetime,
) -> Campaign | None:
    """`ready → running`, handed over: from now on nobody of it is dialled one by one.

    `held`: what is held of the budget for all of it, in micro-units; 0: calls have no price.
    """
    begun = campaigns.move(
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
    if begun is not None and held and budget.balance(connection, campaign.workspace_id) is not None:
        budget.hold(connection, campaign.workspace_id, key=_key(campaign), amount=held, now=now)
    return begun


def _key(campaign: Campaign) -> str:
    return f"list:{campaign.id}"


_GOES_ON = (
    select(CAMPAIGNS.c.id)
    .where(
        CAMPAIGNS.c.id == given("campaign_id", CAMPAIGNS.c.id),
        CAMPAIGNS.c.state == Stage.RUNNING,
        CAMPAIGNS.c.handed_over,
        CAMPAIGNS.c.run == given("run", CAMPAIGNS.c.run),
        CAMPAIGNS.c.moved_at == given("moved_at", CAMPAIGNS.c.moved_at),
    )
    .with_for_update(read=True)
)


def goes_on(connection: Connection, campaign: Campaign) -> bool:
    """Whether this hand-over, as it was begun, wasn't stopped or taken over; whoever stops it
    waits until this transaction ends. A Resume after a stop is no hand-over any more.
    """
    named = {"campaign_id": campaign.id, "run": campaign.run, "moved_at": campaign.moved_at}
    return connection.execute(_GOES_ON, values(**named)).first() is not None


def leave_out(
    connection: Connection,
    campaign: Campaign,
    *,
    closed: Collection[str],
    number_cap: int | None,
    day_start: datetime,
    after: int,
    limit: int,
) -> int | None:
    """Of the next rows, after the `after`th of the list, those are `skipped` that opted out, that
    are in these zones, or over their cap of the day. The last one's place; None where there are no
    more, or where the hand-over ended.
    """
    lock_shared(connection, campaign.workspace_id)
    if not goes_on(connection, campaign):
        return None
    page = _page(connection, campaign, CALLS.c.state == State.PENDING, after=after, limit=limit)
    if page is None:
        return None
    number = (CALLS.c.workspace_id, CALLS.c.phone_key)
    reasons = {"opted_out": opted_out(*number), "outside_hours": CALLS.c.zone.in_(list(closed))}
    if number_cap is not None:
        reasons["over_number_cap"] = (
            number_count(*number, CALLS.c.kind, literal(day_start, CALLS.c.intent_at.type))
            >= number_cap
        )
    for reason, which in reasons.items():
        connection.execute(
            update(CALLS)
            .where(page.rows, CALLS.c.state == State.PENDING, which)
            .values(state=State.SKIPPED, reason=reason, version=CALLS.c.version + 1)
        )
    return page.last


@dataclass(frozen=True)
class _Page:
    """The next rows of a list. By their places: by their ids, or by how they stand, SQLite would
    look at all rows of the list for each page.
    """

    rows: ColumnElement[bool]
    last: int


def _page(
    connection: Connection, campaign: Campaign, *where: ColumnElement[bool], after: int, limit: int
) -> _Page | None:
    """Those for which `where` holds, after the `after`th, and others between them."""
    of_list = CALLS.c.campaign_id == campaign.id
    query = select(CALLS.c.seq).where(of_list, CALLS.c.seq > after, *where).order_by(CALLS.c.seq)
    seqs = connection.execute(query.limit(limit)).scalars().all()
    if not seqs:
        return None
    first, last = int(seqs[0] or 0), int(seqs[-1] or 0)
    return _Page(and_(of_list, CALLS.c.seq.between(first, last)), last)


def intend(
    connection: Connection,
    campaign: Campaign,
    *,
    token: str,
    held: int,
    now: datetime,
    after: int,
    limit: int,
) -> int | None:
    """`pending → dialling` of the next rows, after the `after`th, that haven't opted out. The last
    one's place; None where there are no more, or where the hand-over ended.

    `held`: what is held of the budget for each, in micro-units, out of what was held for all.
    """
    workspace_id = campaign.workspace_id
    lock_shared(connection, workspace_id)
    if not goes_on(connection, campaign):
        return None
    mine = (CALLS.c.state == State.PENDING, ~opted_out(CALLS.c.workspace_id, CALLS.c.phone_key))
    page = _page(connection, campaign, *mine, after=after, limit=limit)
    if page is None:
        budget.release(connection, workspace_id, key=_key(campaign), most=None, now=now)
        return None
    statement = moving(
        State.DIALLING,
        page.rows,
        *mine,
        from_=[State.PENDING],
        run=campaign.run,
        token=token,
        generation="v1",
        intent_at=now,
        done_at=None,
        not_before=None,
        reason=None,
        said=None,
    )
    rows = connection.execute(statement.returning(CALLS.c.id, CALLS.c.attempt)).all()
    if held and budget.balance(connection, workspace_id) is not None:
        claimed = [(row.id, row.attempt, token, held) for row in rows]
        budget.reserve(connection, workspace_id, claimed, now=now)
        most = held * len(rows)
        budget.release(connection, workspace_id, key=_key(campaign), most=most, now=now)
    return page.last


@dataclass(frozen=True, slots=True)
class Intended:
    """A row that is to go over, and what Toingg is told of it."""

    id: str
    name: str
    phone: str


_INTENDED = (
    select(CALLS.c.id, CALLS.c.name, CALLS.c.phone)
    .where(
        CALLS.c.campaign_id == given("campaign_id", CALLS.c.campaign_id),
        CALLS.c.token == given("token", CALLS.c.token),
        CALLS.c.state == State.DIALLING,
        ~opted_out(CALLS.c.workspace_id, CALLS.c.phone_key),
    )
    .order_by(CALLS.c.seq)
)


def intended(connection: Connection, campaign: Campaign, *, token: str) -> list[Intended]:
    """The rows whose intent still holds, as of one moment: nobody gave them up for lost, or opted
    out, since it was committed. In the list's order, all of them, for the one request.
    """
    found = connection.execute(_INTENDED, values(campaign_id=campaign.id, token=token))
    return [Intended(*row) for row in found]


# Back


def hand_back(
    connection: Connection,
    campaign: Campaign,
    *,
    token: str,
    reason: str,
    after: int,
    limit: int,
    now: datetime,
) -> int | None:
    """`dialling → pending` of the next rows, after the `after`th, that Toingg wasn't told of, or
    didn't take, for certain. The last one's place; None where there are no more.
    """
    lock_shared(connection, campaign.workspace_id)
    mine = (CALLS.c.state == State.DIALLING, CALLS.c.token == token)
    page = _page(connection, campaign, *mine, after=after, limit=limit)
    if page is None:
        return None
    out = select(CALLS.c.id).where(
        page.rows, *mine, opted_out(CALLS.c.workspace_id, CALLS.c.phone_key)
    )
    ids = connection.execute(out).scalars().all()
    back: dict[str, Any] = {"reason": reason, "done_at": now, "token": None}
    moved = moving(State.PENDING, page.rows, *mine, from_=[State.DIALLING], **back)
    connection.execute(moved)
    if ids:
        optouts.cancel_late(connection, ids, now=now)
    return page.last


def not_taken(
    connection: Connection, campaign: Campaign, *, reason: str, said: str, now: datetime
) -> Campaign | None:
    """Certain that Toingg didn't take the list: back to people, to be called one by one, or not.

    One that somebody stopped meanwhile stays as they put it.
    """
    paused = campaigns.move(
        connection,
        campaign,
        Stage.PAUSED,
        Happened.FAILING,
        from_=[Stage.RUNNING],
        now=now,
        detail={"reason": reason, "said": said},
        reason=reason,
        said=said,
    )
    return one_by_one(connection, campaign, now=now) or paused


def one_by_one(connection: Connection, campaign: Campaign, *, now: datetime) -> Campaign | None:
    """The list is ours again, wherever the campaign stands: nothing is held for it as a whole."""
    budget.release(connection, campaign.workspace_id, key=_key(campaign), most=None, now=now)
    return campaigns.change(connection, campaign, CAMPAIGNS.c.handed_over, handed_over=False)


# After a death


def left(
    connection: Connection, *, run: str, handing: Collection[str], now: datetime
) -> list[Campaign]:
    """Hand-overs that were cut off before Toingg was asked, from now on this run's; those that
    were stopped, too.

    All rows are `dialling` before it is: where one is `pending` still, it wasn't. `handing`: what
    this run has in hand, as of `now`; what began later isn't left.
    """
    mine = and_(
        CAMPAIGNS.c.run == run, CAMPAIGNS.c.id.not_in(list(handing)), CAMPAIGNS.c.moved_at < now
    )
    pending = select(CALLS.c.campaign_id).where(CALLS.c.state == State.PENDING)
    taken = connection.execute(
        update(CAMPAIGNS)
        .where(
            CAMPAIGNS.c.state.in_([Stage.RUNNING, Stage.PAUSED]),
            CAMPAIGNS.c.handed_over,
            or_(is_dead(CAMPAIGNS.c.run), mine),
            CAMPAIGNS.c.id.in_(pending.where(CALLS.c.campaign_id == CAMPAIGNS.c.id)),
        )
        .values(run=run)
        .returning(*COLUMNS),
        values(**alive(now)),
    )
    return [campaigns.campaign_of(row) for row in taken]


def dropped(
    connection: Connection, *, run: str, handing: Collection[str], now: datetime
) -> list[Campaign]:
    """Lists with rows that this run intended and isn't handing over any more, as of `now`."""
    rows = select(CALLS.c.id).where(
        CALLS.c.campaign_id == CAMPAIGNS.c.id,
        CALLS.c.state == State.DIALLING,
        CALLS.c.run == run,
        CALLS.c.intent_at < now,
    )
    where = (CAMPAIGNS.c.handed_over, CAMPAIGNS.c.id.not_in(list(handing)), rows.exists())
    return campaigns.find(connection, *where, limit=100)


def lose(
    connection: Connection, campaign: Campaign, *, run: str, after: int, limit: int, now: datetime
) -> int | None:
    """The next rows that this run intended, after the `after`th, are `uncertain`: as
    `ledger.lose`, which leaves them alone, however long a hand-over takes. As `hand_back`.
    """
    mine = (CALLS.c.state == State.DIALLING, CALLS.c.run == run)
    page = _page(connection, campaign, *mine, after=after, limit=limit)
    if page is None:
        return None
    lost = moving(
        State.UNCERTAIN, page.rows, *mine, from_=[State.DIALLING], reason="died", done_at=now
    )
    ids = connection.execute(lost.returning(CALLS.c.id)).scalars().all()
    detail = {call_id: {"reason": "died"} for call_id in ids}
    events.record_all(connection, detail, events.Kind.UNCERTAIN, now)
    return page.last
