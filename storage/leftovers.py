"""What a retention erases besides calls and texts: what lists were read from, drafts, bodies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select, update

from storage.campaigns import CAMPAIGNS, EVENTS, OPEN, Happened
from storage.lists import REFUSED
from storage.webhooks import EVENTS as WEBHOOK_EVENTS
from storage.workspaces import DRAFTS

_LISTS = 20
_WORDS = (Happened.REPLIED, Happened.FAILING, Happened.HELD)
"""What of a campaign's history repeats what somebody wrote, or was called."""


@dataclass(frozen=True)
class Lists:
    """Of how many rows of lists, and of which campaigns, nothing is left but that they were."""

    count: int
    campaigns: Sequence[str]


def lists(
    connection: Connection, workspace_id: str, *, before: datetime, limit: int, now: datetime
) -> Lists:
    """What campaigns from before then, that are over, were read from; so many rows at a time."""
    refused = _refused(workspace_id, before).limit(limit)
    gone = list(
        connection.execute(
            update(REFUSED)
            .where(REFUSED.c.id.in_(refused))
            .values(cells=[], given="", mend="")
            .returning(REFUSED.c.campaign_id)
        ).scalars()
    )
    if len(gone) == limit:  # there may be more of the same lists
        return Lists(limit, sorted(set(gone)))
    rows = connection.execute(_sourced(workspace_id, before).limit(_LISTS)).all()
    for row in rows:
        emptied = update(CAMPAIGNS).where(CAMPAIGNS.c.id == row.id)
        connection.execute(emptied.values(source=_emptied(row.source), said=None, erased_at=now))
        words = (EVENTS.c.campaign_id == row.id, EVENTS.c.kind.in_(_WORDS))
        connection.execute(update(EVENTS).where(*words).values(detail={}, told=True))
    return Lists(len(gone) + len(rows), sorted({*gone, *(row.id for row in rows)}))


def _old(workspace_id: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        CAMPAIGNS.c.workspace_id == workspace_id,
        CAMPAIGNS.c.created_at < before,
        CAMPAIGNS.c.state.not_in(list(OPEN)),
        CAMPAIGNS.c.erased_at.is_(None),
    )


def _refused(workspace_id: str, before: datetime) -> Select[Any]:
    theirs = select(CAMPAIGNS.c.id).where(*_old(workspace_id, before))
    named = or_(REFUSED.c.given != "", REFUSED.c.mend != "")
    return select(REFUSED.c.id).where(REFUSED.c.campaign_id.in_(theirs), named)


def _sourced(workspace_id: str, before: datetime) -> Select[Any]:
    return select(CAMPAIGNS.c.id, CAMPAIGNS.c.source).where(*_old(workspace_id, before))


def _emptied(source: dict[str, Any]) -> dict[str, Any]:
    """How the list was read stays, what was read doesn't: pure."""
    found = {**(source.get("found") or {}), "samples": []}
    return {**source, "numbers": "", "files": [], "found": found}


def _drafts(workspace_id: str, before: datetime) -> Select[Any]:
    return select(DRAFTS.c.id).where(
        DRAFTS.c.workspace_id == workspace_id, DRAFTS.c.created_at < before
    )


def drafts(connection: Connection, workspace_id: str, *, before: datetime, limit: int) -> int:
    """What was typed before then; how many."""
    old = _drafts(workspace_id, before).limit(limit)
    return connection.execute(delete(DRAFTS).where(DRAFTS.c.id.in_(old))).rowcount


def _bodies(workspace_id: str, before: datetime) -> Select[Any]:
    return select(WEBHOOK_EVENTS.c.id).where(
        WEBHOOK_EVENTS.c.workspace_id == workspace_id,
        WEBHOOK_EVENTS.c.body.is_not(None),
        WEBHOOK_EVENTS.c.done_at.is_not(None),
        WEBHOOK_EVENTS.c.received_at < before,
    )


def bodies(connection: Connection, workspace_id: str, *, before: datetime, limit: int) -> int:
    """Bodies of webhooks' events that came before then and are done; what they said stays."""
    old = _bodies(workspace_id, before).limit(limit)
    dropped = update(WEBHOOK_EVENTS).where(WEBHOOK_EVENTS.c.id.in_(old)).values(body=None)
    return connection.execute(dropped).rowcount


def is_any(connection: Connection, workspace_id: str, *, before: datetime) -> bool:
    """Whether there is any of it from before then."""
    looks = (_refused, _sourced, _drafts, _bodies)
    return any(connection.execute(each(workspace_id, before).limit(1)).first() for each in looks)
