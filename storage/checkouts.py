"""Checkout links: who asked for one, where and when, where it stands, and what was paid.

    asking → open | uncertain | refused; those two → asking (a person asks again)
    open → completing → paid | failed; open → expired; whatever Stripe says was paid is paid

Each move is one conditional UPDATE. Money is never moved here: see `storage.budget`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    TextClause,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage import campaigns
from storage.campaigns import CAMPAIGNS, Campaign, Happened, Stage
from storage.models import ASKING, LINKED, CheckoutRow, WorkspaceRow, table_of
from storage.rows import Elsewhere
from storage.runs import alive, is_dead
from storage.statements import given, values

CHECKOUTS = table_of(CheckoutRow)
WORKSPACES = table_of(WorkspaceRow)
_LEAST = timedelta(minutes=2)
"""A link that ends sooner isn't given out again: somebody has to type a card's number."""
_PAGE = 200


class State(StrEnum):
    """Where a checkout stands."""

    ASKING = "asking"
    OPEN = "open"
    UNCERTAIN = "uncertain"  # Toingg's answer was lost
    REFUSED = "refused"  # Toingg didn't make one
    COMPLETING = "completing"  # checked out; the bank's debit is on its way
    PAID = "paid"
    FAILED = "failed"  # the bank's debit bounced
    EXPIRED = "expired"


WITHOUT_LINK = (State.UNCERTAIN, State.REFUSED)
"""Asking again is harmless: nobody could pay there."""
UNPAID = tuple(each for each in State if each is not State.PAID)


@dataclass(frozen=True)
class NewCheckout:
    """Who asks for a link, and where its card goes; `campaign_id` where one waits for money."""

    workspace_id: str
    click_key: str
    asked_by: str
    asked_in: str
    thread_ts: str | None = None
    campaign_id: str | None = None


@dataclass(frozen=True)
class Link:
    """What a session is known to be; None: nobody said.

    `watched`: Stripe will tell this bot when it is paid. `amount` in the currency's smallest unit.
    `url` only where it may be opened.
    """

    session_id: str | None
    url: str | None
    watched: bool
    livemode: bool | None
    amount: int | None
    currency: str | None
    expires_at: datetime


@dataclass(frozen=True)
class Checkout:
    """One checkout, as it was read; the columns are `storage.models.CheckoutRow`'s."""

    id: str
    workspace_id: str
    click_key: str
    asked_by: str
    asked_in: str
    thread_ts: str | None
    campaign_id: str | None
    asked_at: datetime
    run: str
    state: State
    reason: str | None
    said: str | None
    session_id: str | None
    url: str | None
    watched: bool
    livemode: bool | None
    amount: int | None
    currency: str | None
    expires_at: datetime | None
    paid: int | None
    paid_currency: str | None
    paid_by: str | None
    paid_at: datetime | None
    credited: int | None
    confirmed_by: str | None
    fault: str | None
    channel: str | None
    card_ts: str | None
    elsewhere: Elsewhere | None
    version: int
    drawn: int

    @property
    def key(self) -> str:
        """What its payment is counted by: cards of the same session have the same."""
        return f"checkout:{self.session_id or self.id}"


_COLUMNS = [CHECKOUTS.c[field.name] for field in fields(Checkout)]


def _checkout(row: Any) -> Checkout:
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    elsewhere = found["elsewhere"] and Elsewhere(found["elsewhere"])
    return Checkout(**found | {"state": State(found["state"]), "elsewhere": elsewhere})


# Coming in


@dataclass(frozen=True)
class Asked:
    """What became of the asking: its row, `is_new`; else the link that there is already.

    None: this click was known before.
    """

    checkout: Checkout | None
    is_new: bool


def ask(connection: Connection, new: NewCheckout, *, run: str, now: datetime) -> Asked:
    """Asks for a link, unless the asker has one that is open, or being made, already."""
    _lock(connection, new.workspace_id)
    found = _own(connection, new, now)
    if found is not None:
        return Asked(found, is_new=False)
    return Asked(_enter(connection, new, run=run, now=now), is_new=True)


def ask_for_hold(
    connection: Connection, new: NewCheckout, *, run: str, now: datetime
) -> Checkout | None:
    """A card in the thread of a campaign that waits for money, with the link of who answers for it
    where one is open. None where there is a card for this hold, or the link is being made.
    """
    _lock(connection, new.workspace_id)
    found = _own(connection, new, now)
    if found is not None and found.state is State.ASKING:
        return None
    link = {} if found is None else {name: getattr(found, name) for name in _SHARED}
    return _enter(connection, new, run=run, now=now, **link)


_SHARED = (
    "state",
    "session_id",
    "url",
    "watched",
    "livemode",
    "amount",
    "currency",
    "expires_at",
)
"""What two cards of the same session have in common."""


def _lock(connection: Connection, workspace_id: str) -> None:
    """Who asks twice at once gets one link all the same."""
    mine = select(WORKSPACES.c.id).where(WORKSPACES.c.id == workspace_id)
    connection.execute(mine.with_for_update(key_share=True))


def _own(connection: Connection, new: NewCheckout, now: datetime) -> Checkout | None:
    usable = (CHECKOUTS.c.state == State.OPEN) & (CHECKOUTS.c.expires_at > now + _LEAST)
    usable &= CHECKOUTS.c.url.is_not(None)
    mine = (
        CHECKOUTS.c.workspace_id == new.workspace_id,
        CHECKOUTS.c.asked_by == new.asked_by,
        or_(usable, CHECKOUTS.c.state == State.ASKING),
    )
    return next(iter(find(connection, *mine, order=CHECKOUTS.c.asked_at.desc(), limit=1)), None)


def _enter(
    connection: Connection, new: NewCheckout, *, run: str, now: datetime, **link: Any
) -> Checkout | None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {
        "id": uuid.uuid4().hex,
        "workspace_id": new.workspace_id,
        "click_key": new.click_key,
        "asked_by": new.asked_by,
        "asked_in": new.asked_in,
        "thread_ts": new.thread_ts,
        "campaign_id": new.campaign_id,
        "asked_at": now,
        "run": run,
        "state": State.ASKING,
        "watched": False,
        "version": 1,
        "drawn": 0,
    }
    entered = connection.execute(
        make(CHECKOUTS)
        .values(**row | link)
        .on_conflict_do_nothing(index_elements=["workspace_id", "click_key"])
        .returning(*_COLUMNS)
    ).first()
    return _checkout(entered) if entered else None


# Looking


def find(
    connection: Connection,
    *where: ColumnElement[bool] | TextClause,
    order: ColumnElement[Any] = CHECKOUTS.c.asked_at,
    limit: int = _PAGE,
) -> list[Checkout]:
    """The first checkouts, by default the oldest, for which all of `where` holds."""
    query = select(*_COLUMNS).where(*where).order_by(order).limit(limit)
    return [_checkout(row) for row in connection.execute(query)]


def get(connection: Connection, workspace_id: str, checkout_id: str) -> Checkout | None:
    """One checkout of this workspace."""
    where = (CHECKOUTS.c.workspace_id == workspace_id, CHECKOUTS.c.id == checkout_id)
    return next(iter(find(connection, *where, limit=1)), None)


def of_session(connection: Connection, workspace_id: str, session_id: str) -> list[Checkout]:
    """The cards of a session in this workspace, the oldest first."""
    where = (CHECKOUTS.c.workspace_id == workspace_id, CHECKOUTS.c.session_id == session_id)
    return find(connection, *where)


def recent(connection: Connection, workspace_id: str, *, limit: int = 10) -> list[Checkout]:
    """A workspace's newest checkouts."""
    where = CHECKOUTS.c.workspace_id == workspace_id
    return find(connection, where, order=CHECKOUTS.c.asked_at.desc(), limit=limit)


def unlinked_holds(connection: Connection) -> list[tuple[Campaign, int]]:
    """Campaigns that wait for money, in every workspace, whose thread has no link for this hold:
    each with the id of the event by which it began. The oldest first.
    """
    event = campaigns.EVENTS
    began = (
        select(func.max(event.c.id))
        .where(event.c.campaign_id == CAMPAIGNS.c.id, event.c.kind == Happened.HELD)
        .scalar_subquery()
    )
    linked = exists().where(
        CHECKOUTS.c.workspace_id == CAMPAIGNS.c.workspace_id,
        CHECKOUTS.c.click_key == hold_key(cast(began, String)),
    )
    can_stand = or_(CAMPAIGNS.c.card_ts.is_not(None), CAMPAIGNS.c.elsewhere == Elsewhere.NOWHERE)
    query = (
        select(*campaigns.COLUMNS, began.label("began"))
        .where(CAMPAIGNS.c.state == Stage.HELD, can_stand, began.is_not(None), ~linked)
        .order_by(CAMPAIGNS.c.created_at)
        .limit(_PAGE)
    )
    rows = connection.execute(query)
    return [(campaigns.campaign_of(row), int(row.began)) for row in rows]


def hold_key(began: Any) -> Any:
    """What stands for a click where a hold asked; `began` is its event's id, or SQL for it."""
    return "hold:" + began


# Moving


def change(
    connection: Connection, checkout: Checkout, *where: ColumnElement[bool], **changes: Any
) -> Checkout | None:
    """The checkout with these values, where all of `where` holds; its card is out of date."""
    row = connection.execute(
        update(CHECKOUTS)
        .where(CHECKOUTS.c.id == checkout.id, *where)
        .values(version=CHECKOUTS.c.version + 1, **changes)
        .returning(*_COLUMNS)
    ).first()
    return _checkout(row) if row else None


def _standing(*states: State) -> ColumnElement[bool]:
    return CHECKOUTS.c.state.in_(states)


def opened(connection: Connection, checkout: Checkout, link: Link) -> Checkout | None:
    """`asking → open`: Toingg made one."""
    known = {field.name: getattr(link, field.name) for field in fields(Link)}
    return change(
        connection,
        checkout,
        _standing(State.ASKING),
        state=State.OPEN,
        reason=None,
        said=None,
        **known,
    )


def failed(
    connection: Connection, checkout: Checkout, *, certain: bool, reason: str, said: str
) -> Checkout | None:
    """`asking → refused`, or `uncertain` where its answer was lost; `said` is for who asked."""
    state = State.REFUSED if certain else State.UNCERTAIN
    return change(
        connection, checkout, _standing(State.ASKING), state=state, reason=reason, said=said
    )


def ask_again(connection: Connection, checkout: Checkout, *, run: str) -> Checkout | None:
    """`uncertain` or `refused → asking`: a person said so."""
    return change(connection, checkout, _standing(*WITHOUT_LINK), state=State.ASKING, run=run)


def take_over(connection: Connection, *, run: str, now: datetime) -> None:
    """What a dead run was asking for is this run's: asking twice charges nobody."""
    taken = update(CHECKOUTS).where(_ABANDONED).values(run=run)
    connection.execute(taken, values(run=run, **alive(now)))


@dataclass(frozen=True)
class Due:
    """Whether links have expired, and whether dead runs were asking for some."""

    expired: bool
    abandoned: bool


_EXPIRED = and_(text(LINKED), CHECKOUTS.c.expires_at <= given("now", CHECKOUTS.c.expires_at))
_ABANDONED = and_(
    text(ASKING), CHECKOUTS.c.run != given("run", CHECKOUTS.c.run), is_dead(CHECKOUTS.c.run)
)
_DUE = select(
    exists().where(_EXPIRED).label("expired"), exists().where(_ABANDONED).label("abandoned")
)


def due(connection: Connection, *, run: str, now: datetime) -> Due:
    """What is to be done by the clock: looked at often, and mostly nothing."""
    row = connection.execute(_DUE, values(run=run, now=now, **alive(now))).one()
    return Due(bool(row.expired), bool(row.abandoned))


def asking(connection: Connection, *, run: str) -> list[Checkout]:
    """What this run is asking for, or hasn't begun to."""
    return find(connection, text(ASKING), CHECKOUTS.c.run == run)


def expire(connection: Connection, *, now: datetime) -> bool:
    """Ends links whose time is over, where there are any. What is paid all the same is paid."""
    over = update(CHECKOUTS).where(_EXPIRED)
    gone = over.values(state=State.EXPIRED, version=CHECKOUTS.c.version + 1)
    return connection.execute(gone, values(now=now)).rowcount > 0


def ended(
    connection: Connection, checkout: Checkout, to: State, *, from_: Sequence[State]
) -> Checkout | None:
    """What Stripe says short of a payment: on its way from the bank, bounced, expired."""
    return change(connection, checkout, _standing(*from_), state=to)


def paid(
    connection: Connection,
    checkout: Checkout,
    *,
    amount: int,
    currency: str,
    by: str | None,
    at: datetime,
    credited: int | None,
    confirmed_by: str | None = None,
) -> Checkout | None:
    """It is paid, once; None where it was before. `amount` in the smallest unit, `credited` in
    millionths, None where there is no balance. `confirmed_by`: on this person's word.
    """
    return change(
        connection,
        checkout,
        _standing(*UNPAID),
        state=State.PAID,
        paid=amount,
        paid_currency=currency,
        paid_by=by,
        paid_at=at,
        credited=credited,
        confirmed_by=confirmed_by,
        fault=None,
    )


def disagreed(connection: Connection, checkout: Checkout, fault: str) -> Checkout | None:
    """A payment came that doesn't fit: nothing is credited, and owners are told."""
    other = or_(CHECKOUTS.c.fault.is_(None), CHECKOUTS.c.fault != fault)
    return change(connection, checkout, other, fault=fault)
