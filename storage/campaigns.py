"""Campaigns: lists of people to reach, and every move that they may make.

As with a row of the ledger, each move is one conditional UPDATE: whoever loses a race moves
nothing. What happened is written down in the same transaction, for the campaign's thread.

    draft → ready → running ⇄ paused | held → done
    ready ⇄ scheduled → running; anything that isn't over → cancelled; done → running (a person)
    ready ⇄ awaiting_approval (see `storage.approvals`)
    draft, ready, cancelled (as unreadable) → draft: its list is read anew (see `storage.reading`)
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TextClause,
    and_,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import UNTOLD, CampaignEventRow, CampaignRow, table_of
from storage.resting import rests
from storage.rows import Elsewhere, Kind
from storage.statements import given, values

CAMPAIGNS = table_of(CampaignRow)
EVENTS = table_of(CampaignEventRow)


class Stage(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"  # its list is being read
    READY = "ready"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"  # the budget is used up
    DONE = "done"
    CANCELLED = "cancelled"


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.DRAFT: frozenset({Stage.DRAFT, Stage.READY, Stage.CANCELLED}),
    Stage.READY: frozenset(
        {Stage.DRAFT, Stage.RUNNING, Stage.SCHEDULED, Stage.AWAITING_APPROVAL, Stage.CANCELLED}
    ),
    Stage.AWAITING_APPROVAL: frozenset({Stage.READY, Stage.RUNNING, Stage.CANCELLED}),
    Stage.SCHEDULED: frozenset({Stage.SCHEDULED, Stage.READY, Stage.RUNNING, Stage.CANCELLED}),
    Stage.RUNNING: frozenset({Stage.PAUSED, Stage.HELD, Stage.DONE, Stage.CANCELLED}),
    Stage.PAUSED: frozenset({Stage.RUNNING, Stage.CANCELLED}),
    Stage.HELD: frozenset({Stage.RUNNING, Stage.PAUSED, Stage.CANCELLED}),
    Stage.DONE: frozenset({Stage.RUNNING}),
    Stage.CANCELLED: frozenset({Stage.DRAFT}),
}
OPEN = frozenset(MOVES) - {Stage.DONE, Stage.CANCELLED}
UNSTARTED = frozenset({Stage.DRAFT, Stage.READY, Stage.AWAITING_APPROVAL, Stage.SCHEDULED})


class Happened(StrEnum):
    """Everything that can happen to a campaign."""

    READ = "read"  # its list: it is ready
    UNREADABLE = "unreadable"
    EDITED = "edited"  # its list is read anew
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody approved it in time
    VOIDED = "voided"  # what was approved isn't what would be called
    STARTED = "started"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    MISSED = "missed"  # nobody was there at its time
    PAUSED = "paused"
    FAILING = "failing"  # paused by itself
    HELD = "held"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"
    STOPPING = "stopping"  # Stop All: its calls are being hung up
    STOPPED = "stopped"
    HANDED_OVER = "handed_over"  # to another owner
    WENT_OVER = "went_over"  # the whole list, to Toingg
    MILESTONE = "milestone"
    REPLIED = "replied"  # somebody who got its text wrote back
    SAID_STOP = "said_stop"
    SAID_START = "said_start"
    DONE = "done"


SILENT = frozenset({Happened.READ, Happened.UNREADABLE, Happened.EDITED, Happened.DISCARDED})
"""The card says these; the thread needn't."""


@dataclass(frozen=True)
class NewCampaign:
    """What somebody asked for; it becomes a campaign `draft`."""

    workspace_id: str
    click_key: str
    kind: Kind
    title: str
    campaign: str
    requested_by: str
    asked_in: str
    script: str | None = None
    language: str | None = None
    skip_days: int = 0
    source: Mapping[str, Any] | None = None
    retry_of: str | None = None


@dataclass(frozen=True)
class Campaign:
    """One campaign, as it was read.

    `campaign` is Toingg's name or id of it, `title` ours. `owner` answers for it. `source` says
    what the list was read from. `skip_days`: whoever was called within so many days is skipped.
    """

    id: str
    workspace_id: str
    kind: Kind
    title: str
    campaign: str
    script: str | None
    language: str | None
    handed_over: bool
    skip_days: int
    source: dict[str, Any]
    requested_by: str
    owner: str
    asked_in: str
    created_at: datetime
    state: Stage
    reason: str | None
    said: str | None
    run: str
    moved_by: str | None
    moved_at: datetime
    start_at: datetime | None
    zone: str | None
    started_at: datetime | None
    ended_at: datetime | None
    stopped_by: str | None
    total: int
    retry_of: str | None
    channel: str | None
    card_ts: str | None
    elsewhere: Elsewhere | None
    version: int
    drawn: int

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it without a person."""
        return self.state not in OPEN


COLUMNS = [CAMPAIGNS.c[field.name] for field in fields(Campaign)]


def campaign_of(row: Any) -> Campaign:
    """A row of `COLUMNS`, and perhaps more, as a value."""
    found = {each.name: row._mapping[each] for each in COLUMNS}  # noqa: SLF001 - its public name
    elsewhere = found["elsewhere"] and Elsewhere(found["elsewhere"])
    state, kind = Stage(found["state"]), Kind(found["kind"])
    return Campaign(**found | {"state": state, "kind": kind, "elsewhere": elsewhere})


# Coming in


def create(connection: Connection, new: NewCampaign, *, run: str, now: datetime) -> Campaign | None:
    """The campaign, `draft`; None where the click is known already."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = connection.execute(
        make(CAMPAIGNS)
        .values(
            id=uuid.uuid4().hex,
            workspace_id=new.workspace_id,
            click_key=new.click_key,
            kind=new.kind,
            title=new.title,
            campaign=new.campaign,
            script=new.script,
            language=new.language,
            handed_over=False,
            skip_days=new.skip_days,
            source=dict(new.source or {}),
            requested_by=new.requested_by,
            owner=new.requested_by,
            asked_in=new.asked_in,
            created_at=now,
            state=Stage.DRAFT,
            run=run,
            moved_at=now,
            total=0,
            retry_of=new.retry_of,
            version=1,
            drawn=0,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "click_key"])
        .returning(*COLUMNS)
    ).first()
    return campaign_of(row) if row else None


# Looking


def get(connection: Connection, workspace_id: str, campaign_id: str) -> Campaign | None:
    """One campaign of this workspace."""
    where = (CAMPAIGNS.c.workspace_id == workspace_id, CAMPAIGNS.c.id == campaign_id)
    return next(iter(find(connection, *where, limit=1)), None)


def find(
    connection: Connection,
    *where: ColumnElement[bool] | TextClause,
    limit: int,
    order: Sequence[ColumnElement[Any]] = (CAMPAIGNS.c.created_at.desc(),),
    named: Mapping[str, Any] = MappingProxyType({}),
) -> list[Campaign]:
    """The first campaigns, by default the newest, for which all of `where` holds.

    `named`: the values of what is `given` in it.
    """
    query = select(*COLUMNS).where(*where).order_by(*order).limit(limit)
    return [campaign_of(row) for row in connection.execute(query, named)]


def in_state(connection: Connection, *stages: Stage, limit: int = 100) -> list[Campaign]:
    """Campaigns of every workspace that stand there, the oldest first."""
    where = CAMPAIGNS.c.state.in_(list(stages))
    return find(connection, where, limit=limit, order=(CAMPAIGNS.c.created_at,))


def held(connection: Connection, workspace_id: str, *, limit: int = 100) -> list[Campaign]:
    """A workspace's campaigns that wait for money, the oldest first."""
    where = (CAMPAIGNS.c.workspace_id == workspace_id, CAMPAIGNS.c.state == Stage.HELD)
    return find(connection, *where, limit=limit, order=(CAMPAIGNS.c.created_at,))


def stopped_short(
    connection: Connection, workspaces: Collection[str], *, since: datetime, limit: int = 50
) -> list[Campaign]:
    """Campaigns of these workspaces that have stopped by themselves since then, the newest first:
    they wait for money, or were paused without anybody's asking for it.
    """
    by_itself = and_(
        CAMPAIGNS.c.state == Stage.PAUSED,
        CAMPAIGNS.c.moved_by.is_(None),
        CAMPAIGNS.c.reason.is_not(None),
    )
    where = (
        CAMPAIGNS.c.workspace_id.in_(list(workspaces)),
        or_(CAMPAIGNS.c.state == Stage.HELD, by_itself),
        CAMPAIGNS.c.moved_at >= since,
    )
    return find(connection, *where, limit=limit, order=(CAMPAIGNS.c.moved_at.desc(),))


def due(connection: Connection, *, now: datetime, limit: int) -> list[Campaign]:
    """Scheduled campaigns of every workspace whose time has come, the first due first.

    Not of those that removed the bot: where one installs it again later, it is asked about them.
    """
    is_due = (CAMPAIGNS.c.state == Stage.SCHEDULED, CAMPAIGNS.c.start_at <= now)
    where = (*is_due, ~rests(CAMPAIGNS.c.workspace_id))
    return find(connection, *where, limit=limit, order=(CAMPAIGNS.c.start_at,))


_STAGE = (
    select(CAMPAIGNS.c.state)
    .where(CAMPAIGNS.c.id == given("campaign_id", CAMPAIGNS.c.id))
    .with_for_update()
)


def lock(connection: Connection, campaign_id: str) -> Stage | None:
    """Where it stands, and goes on standing until this transaction ends."""
    found = connection.execute(_STAGE, values(campaign_id=campaign_id)).scalar()
    return Stage(found) if found else None


# Moving


def move(
    connection: Connection,
    campaign: Campaign,
    to: Stage,
    happened: Happened,
    *where: ColumnElement[bool],
    from_: Sequence[Stage],
    now: datetime,
    actor: str | None = None,
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Campaign | None:
    """The campaign after its move; None where it doesn't stand in any of `from_` any more, or where
    something of `where` doesn't hold.

    `actor` None: it moved by itself. `detail` is kept with what happened.
    """
    for stage in from_:
        if to not in MOVES[stage]:
            raise ValueError(f"{stage} → {to} is no move")
    moves = {"state": to, "moved_by": actor, "moved_at": now, "reason": None, "said": None}
    stands = CAMPAIGNS.c.state.in_(list(from_))
    moved = change(connection, campaign, stands, *where, **moves | changes)
    if moved is not None:
        record(connection, campaign.id, happened, now, actor=actor, **(detail or {}))
    return moved


def still_due(campaign: Campaign) -> ColumnElement[bool]:
    """Whether it is to start when it was to start as it was read: nobody has rescheduled it."""
    return CAMPAIGNS.c.start_at == campaign.start_at


def change(
    connection: Connection, campaign: Campaign, *where: ColumnElement[bool], **changes: Any
) -> Campaign | None:
    """The campaign with these values, where all of `where` still holds; its card is out of date."""
    row = connection.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.id == campaign.id, *where)
        .values(version=CAMPAIGNS.c.version + 1, **changes)
        .returning(*COLUMNS)
    ).first()
    return campaign_of(row) if row else None


# What happened


@dataclass(frozen=True)
class Event:
    """One thing that happened to a campaign; without an actor it happened by itself."""

    id: int
    campaign_id: str
    at: datetime
    kind: Happened
    actor: str | None
    detail: dict[str, Any]


def record(
    connection: Connection,
    campaign_id: str,
    happened: Happened,
    at: datetime,
    *,
    actor: str | None = None,
    **detail: Any,
) -> None:
    """Writes it down, in the transaction of what happened."""
    connection.execute(
        insert(EVENTS).values(
            campaign_id=campaign_id,
            at=at,
            kind=happened,
            actor=actor,
            detail=detail,
            told=happened in SILENT,
        )
    )


def untold(connection: Connection, *, limit: int = 100) -> list[Event]:
    """What threads haven't been told yet, in every workspace, the oldest first."""
    return events(connection, text(UNTOLD), limit=limit)


def history(connection: Connection, campaign_id: str, *, limit: int = 200) -> list[Event]:
    """Everything that happened to a campaign, the oldest first."""
    return events(connection, EVENTS.c.campaign_id == campaign_id, limit=limit)


def by_ids(connection: Connection, campaign_id: str, ids: Sequence[int]) -> list[Event]:
    """Those of these that happened to this campaign."""
    where = (EVENTS.c.campaign_id == campaign_id, EVENTS.c.id.in_(list(ids)))
    return events(connection, *where, limit=len(ids))


def events(
    connection: Connection, *where: ColumnElement[bool] | TextClause, limit: int
) -> list[Event]:
    """The first events for which all of `where` holds, the oldest first."""
    query = select(EVENTS).where(*where).order_by(EVENTS.c.id).limit(limit)
    return [_event(row) for row in connection.execute(query)]


def _event(row: Any) -> Event:
    return Event(row.id, row.campaign_id, row.at, Happened(row.kind), row.actor, row.detail)


def tell(connection: Connection, ids: Sequence[int]) -> None:
    """The thread has them."""
    connection.execute(update(EVENTS).where(EVENTS.c.id.in_(list(ids))).values(told=True))
