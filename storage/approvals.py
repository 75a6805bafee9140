"""Approvals: a second person's yes to a campaign, bound to what they were asked about.

The digest is of the list as it was read, whoever of it has opted out since: fewer people are called
then, and nobody else.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage import audit, campaigns
from storage.campaigns import CAMPAIGNS, Campaign, Happened, Stage
from storage.models import ApprovalRow, table_of
from storage.rows import CALLS

APPROVALS = table_of(ApprovalRow)
_PAGE = 2000
LIFE = timedelta(days=1)
"""How long a question waits, and how long its answer holds."""


@dataclass(frozen=True)
class Approval:
    """A question about a campaign; `approved_by` None: it waits."""

    campaign_id: str
    digest: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it was approved, within the last day."""
        return self.approved_at is not None and self.approved_at > now - LIFE


_COLUMNS = [APPROVALS.c[field.name] for field in fields(Approval)]


def of(connection: Connection, campaign_id: str) -> Approval | None:
    """The question about it, if there is one."""
    query = select(*_COLUMNS).where(APPROVALS.c.campaign_id == campaign_id)
    row = connection.execute(query).first()
    return Approval(*row) if row else None


def digest(connection: Connection, campaign: Campaign, limits: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of who is called, with what, within which limits (JSON values)."""
    what = [campaign.kind, campaign.campaign, campaign.script, campaign.language, dict(limits)]
    hashed = hashlib.sha256(json.dumps(what, sort_keys=True).encode())
    after = -1
    while rows := _page(connection, campaign, after):
        for row in rows:
            hashed.update(json.dumps(list(row), sort_keys=True).encode())
        after = rows[-1].seq
    return hashed.hexdigest()


def _page(connection: Connection, campaign: Campaign, after: int) -> Sequence[Any]:
    query = (
        select(CALLS.c.seq, CALLS.c.phone_key, CALLS.c.name, CALLS.c.variables)
        .where(CALLS.c.campaign_id == campaign.id, CALLS.c.seq > after)
        .order_by(CALLS.c.seq)
        .limit(_PAGE)
    )
    return connection.execute(query).all()


def ask(
    connection: Connection, campaign: Campaign, digest: str, *, actor: str, now: datetime
) -> Campaign | None:
    """`ready → awaiting_approval`; None where it moved meanwhile."""
    moved = _move(
        connection, campaign, Stage.AWAITING_APPROVAL, Happened.APPROVAL_ASKED, actor, now
    )
    if moved is not None:
        drop(connection, campaign.id)
        asked = {"campaign_id": campaign.id, "digest": digest, "asked_by": actor, "asked_at": now}
        connection.execute(insert(APPROVALS).values(**asked))
    return moved


def approve(
    connection: Connection, campaign: Campaign, *, actor: str, now: datetime
) -> Campaign | None:
    """`awaiting_approval → ready`, to be started within a day; None where it moved meanwhile."""
    moved = _move(connection, campaign, Stage.READY, Happened.APPROVED, actor, now)
    if moved is not None:
        connection.execute(
            update(APPROVALS)
            .where(APPROVALS.c.campaign_id == campaign.id)
            .values(approved_by=actor, approved_at=now)
        )
    return moved


def take_back(
    connection: Connection,
    campaign: Campaign,
    happened: Happened,
    *,
    actor: str | None,
    now: datetime,
) -> Campaign | None:
    """Declined, expired or void: `→ ready`, to be asked anew; None where it moved meanwhile."""
    moved = _move(connection, campaign, Stage.READY, happened, actor, now)
    if moved is not None:
        drop(connection, campaign.id)
    return moved


def _move(
    connection: Connection,
    campaign: Campaign,
    to: Stage,
    happened: Happened,
    actor: str | None,
    now: datetime,
) -> Campaign | None:
    moved = campaigns.move(
        connection,
        campaign,
        to,
        happened,
        from_=[campaign.state],
        now=now,
        actor=actor,
        start_at=None,
    )
    if moved is not None:
        who = (connection, campaign.workspace_id, actor or "", happened, campaign.id)
        audit.append(*who, now=now)
    return moved


def is_as_seen(connection: Connection, campaign: Campaign) -> bool:
    """Whether nothing has happened to it since it was read; nothing does until the commit."""
    query = select(CAMPAIGNS.c.version).where(CAMPAIGNS.c.id == campaign.id).with_for_update()
    return connection.execute(query).scalar() == campaign.version


def drop(connection: Connection, campaign_id: str) -> None:
    """Nobody is asked about it, and nobody has approved it."""
    connection.execute(delete(APPROVALS).where(APPROVALS.c.campaign_id == campaign_id))


def expired(connection: Connection, *, now: datetime, limit: int = 50) -> list[Campaign]:
    """Campaigns of every workspace about which a day has gone by without an answer."""
    asked = select(APPROVALS.c.campaign_id).where(APPROVALS.c.asked_at <= now - LIFE)
    waits = CAMPAIGNS.c.state == Stage.AWAITING_APPROVAL
    return campaigns.find(connection, waits, CAMPAIGNS.c.id.in_(asked), limit=limit)
