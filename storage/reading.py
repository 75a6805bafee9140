"""Reading a campaign's list: whoever reads it holds it, and only they write its rows.

What holds it is the run and the moment of its last move: an edit, a discard or another process
that took it over ends a reading, whose next write then finds nothing to write to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from storage import approvals, campaigns, lists
from storage.campaigns import CAMPAIGNS, COLUMNS, Campaign, Happened, Stage
from storage.lists import NewRefusal, NewRow
from storage.resting import rests
from storage.runs import alive, is_dead
from storage.statements import values

UNREADABLE = "unreadable"
"""The reason of a campaign that was cancelled because its list can't be read: Edit mends it."""


def _held(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    return (
        CAMPAIGNS.c.id == campaign.id,
        CAMPAIGNS.c.state == Stage.DRAFT,
        CAMPAIGNS.c.run == campaign.run,
        CAMPAIGNS.c.moved_at == campaign.moved_at,
    )


def is_held(connection: Connection, campaign: Campaign) -> bool:
    """Whether this reading goes on; until the transaction ends nobody ends it."""
    query = select(CAMPAIGNS.c.id).where(*_held(campaign)).with_for_update(read=True)
    return connection.execute(query).first() is not None


def clear(connection: Connection, campaign: Campaign, *, limit: int) -> bool:
    """As `lists.clear`, while this reading goes on."""
    return is_held(connection, campaign) and lists.clear(connection, campaign, limit=limit)


def keep(connection: Connection, campaign: Campaign, *, source: Mapping[str, Any]) -> bool:
    """What was found out of the list so far; False where this reading is over."""
    if not is_held(connection, campaign):
        return False
    kept = update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(source=dict(source))
    connection.execute(kept)  # the card says the same as before: its version stays
    return True


def enter(
    connection: Connection,
    campaign: Campaign,
    ready: Sequence[NewRow],
    refused: Sequence[NewRefusal],
    *,
    now: datetime,
) -> bool:
    """The rows of one batch, some hundreds; False where this reading is over."""
    if not is_held(connection, campaign):
        return False
    lists.enter(connection, campaign, ready, now=now)
    lists.refuse(connection, campaign, refused)
    return True


def screen(
    connection: Connection, campaign: Campaign, *, since: datetime | None, seqs: tuple[int, int]
) -> bool:
    """As `lists.screen`; False where this reading is over."""
    if not is_held(connection, campaign):
        return False
    lists.screen(connection, campaign, since=since, seqs=seqs)
    return True


def finish(
    connection: Connection,
    campaign: Campaign,
    *,
    total: int,
    source: Mapping[str, Any],
    now: datetime,
) -> Campaign | None:
    """`draft → ready`, with how many rows were read; None where this reading is over."""
    if not is_held(connection, campaign):
        return None
    return campaigns.move(
        connection,
        campaign,
        Stage.READY,
        Happened.READ,
        from_=[Stage.DRAFT],
        now=now,
        total=total,
        source=dict(source),
    )


def fail(
    connection: Connection, campaign: Campaign, *, said: str, now: datetime
) -> Campaign | None:
    """`draft → cancelled`: `said` is for people; None where this reading is over."""
    if not is_held(connection, campaign):
        return None
    return campaigns.move(
        connection,
        campaign,
        Stage.CANCELLED,
        Happened.UNREADABLE,
        from_=[Stage.DRAFT],
        now=now,
        reason=UNREADABLE,
        said=said,
        ended_at=now,
    )


def again(
    connection: Connection,
    campaign: Campaign,
    changes: Mapping[str, Any],
    *,
    actor: str,
    run: str,
    now: datetime,
) -> Campaign | None:
    """`→ draft` with what was changed; None where it was started, or discarded, meanwhile."""
    if not may_be_edited(campaign):
        return None
    moved = campaigns.move(
        connection,
        campaign,
        Stage.DRAFT,
        Happened.EDITED,
        from_=[campaign.state],
        now=now,
        actor=actor,
        run=run,
        total=0,
        ended_at=None,
    )
    if moved is None:
        return None
    approvals.drop(connection, campaign.id)
    changed = update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(**changes)
    return campaigns.campaign_of(connection.execute(changed.returning(*COLUMNS)).one())


def may_be_edited(campaign: Campaign) -> bool:
    """Whether its list may be read anew: before it starts, or where it couldn't be read."""
    if campaign.state is Stage.CANCELLED:
        return campaign.reason == UNREADABLE
    return campaign.state in (Stage.DRAFT, Stage.READY)


def left(
    connection: Connection, *, run: str, reading: Sequence[str], now: datetime, limit: int = 20
) -> list[Campaign]:
    """Drafts that nobody reads, from now on this run's: a dead run's, and those of this run that
    aren't among the ids that it is `reading`.
    """
    mine = (CAMPAIGNS.c.run == run) & CAMPAIGNS.c.id.not_in(list(reading))
    nobodys = (
        CAMPAIGNS.c.state == Stage.DRAFT,
        CAMPAIGNS.c.retry_of.is_(None),  # else its rows are copied, not read
        ~rests(CAMPAIGNS.c.workspace_id),  # Slack wouldn't hand over its file
        or_(is_dead(CAMPAIGNS.c.run), mine),
    )
    taken = connection.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.id.in_(select(CAMPAIGNS.c.id).where(*nobodys).limit(limit)), *nobodys)
        .values(run=run, moved_at=now)
        .returning(*COLUMNS),
        values(**alive(now)),
    )
    return [campaigns.campaign_of(row) for row in taken]
