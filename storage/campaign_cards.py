"""What Slack shows of campaigns: where their cards stand, and which of them aren't final yet."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, TextClause, or_, select, text, update

from storage import campaigns
from storage.campaigns import CAMPAIGNS, EVENTS, UNSTARTED, Campaign, Event, Happened, Stage
from storage.models import UNFINISHED, UNTOLD
from storage.rows import Elsewhere
from storage.runs import alive, is_dead
from storage.statements import values

_MOST = 500


def mine(connection: Connection, campaign_id: str, *, run: str, now: datetime) -> Campaign | None:
    """One campaign, where this run looks after its card: it moved it last, or who did is dead."""
    return next(iter(_ours(connection, CAMPAIGNS.c.id == campaign_id, run=run, now=now)), None)


def unfinished(
    connection: Connection, workspaces: Collection[str], *, run: str, now: datetime
) -> list[Campaign]:
    """This run's campaigns of whose card there is more to draw; those that were started first."""
    where = (text(UNFINISHED), CAMPAIGNS.c.workspace_id.in_(workspaces))
    return _ours(connection, *where, run=run, now=now)


def untold(
    connection: Connection,
    workspaces: Collection[str],
    *,
    before: datetime,
    run: str,
    now: datetime,
) -> list[Campaign]:
    """This run's campaigns whose thread wasn't told of what happened before then."""
    waiting = select(EVENTS.c.campaign_id).where(text(UNTOLD), EVENTS.c.at < before)
    where = (CAMPAIGNS.c.id.in_(waiting), CAMPAIGNS.c.workspace_id.in_(workspaces))
    return _ours(connection, *where, run=run, now=now)


def copies(connection: Connection, *, run: str, now: datetime) -> list[Campaign]:
    """This run's drafts whose people are an old campaign's."""
    where = (CAMPAIGNS.c.state == Stage.DRAFT, CAMPAIGNS.c.retry_of.is_not(None))
    return _ours(connection, *where, run=run, now=now)


def _ours(
    connection: Connection, *where: ColumnElement[bool] | TextClause, run: str, now: datetime
) -> list[Campaign]:
    ours = or_(CAMPAIGNS.c.run == run, is_dead(CAMPAIGNS.c.run))
    return campaigns.find(
        connection,
        *where,
        ours,
        limit=_MOST,
        order=(CAMPAIGNS.c.state.in_(list(UNSTARTED)), CAMPAIGNS.c.moved_at.desc()),
        named=values(**alive(now)),
    )


def news(connection: Connection, campaign_id: str) -> list[Event]:
    """What a campaign's thread hasn't been told yet, the oldest first."""
    where = (EVENTS.c.campaign_id == campaign_id, text(UNTOLD))
    return campaigns.events(connection, *where, limit=100)


def posted(
    connection: Connection,
    campaign: Campaign,
    *,
    channel: str,
    ts: str,
    elsewhere: Elsewhere | None,
) -> None:
    """The card stands there. Its version stays: the card's buttons name it."""
    values = {"channel": channel, "card_ts": ts, "elsewhere": elsewhere}
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(**values))


def finished(connection: Connection, campaign: Campaign) -> None:
    """The card shows this version, and nothing more happens to it."""
    here = (CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.version == campaign.version)
    connection.execute(update(CAMPAIGNS).where(*here).values(drawn=campaign.version))


def move(connection: Connection, campaign: Campaign, *, ts: str) -> bool:
    """The card under this ts is lost, and wants a new one; False where it isn't the card now."""
    row = connection.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.card_ts == ts)
        .values(channel=None, card_ts=None, elsewhere=Elsewhere.MOVED)
        .returning(CAMPAIGNS.c.id)
    ).first()
    return row is not None


def give_up(connection: Connection, campaign: Campaign) -> None:
    """The card is lost for good: it's neither posted nor drawn again, its thread told no more."""
    values = {"elsewhere": Elsewhere.NOWHERE}
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(**values))
    mine = (EVENTS.c.campaign_id == campaign.id, text(UNTOLD))
    connection.execute(update(EVENTS).where(*mine).values(told=True))


# Milestones, and what the last reading was


def milestone(
    connection: Connection,
    campaign: Campaign,
    percent: int,
    *,
    called: int,
    ready: int,
    now: datetime,
) -> bool:
    """Writes down, once, that so much of the list has been called; False where it is known."""
    lock = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.id == campaign.id).with_for_update()
    connection.execute(lock)  # two processes may both have counted
    if percent in reached(connection, campaign.id):
        return False
    campaigns.record(
        connection,
        campaign.id,
        Happened.MILESTONE,
        now,
        percent=percent,
        called=called,
        ready=ready,
    )
    return True


def reached(connection: Connection, campaign_id: str) -> set[int]:
    """The milestones that are written down, in percent."""
    return {
        event.detail["percent"] for event in _of_kind(connection, campaign_id, Happened.MILESTONE)
    }


def last_reading(connection: Connection, campaign_id: str) -> int | None:
    """The mark of the campaign's last reading that went well: another one has another mark."""
    readings = _of_kind(connection, campaign_id, Happened.READ)
    return readings[-1].id if readings else None


def _of_kind(connection: Connection, campaign_id: str, kind: Happened) -> list[Event]:
    where = (EVENTS.c.campaign_id == campaign_id, EVENTS.c.kind == kind)
    return campaigns.events(connection, *where, limit=1000)
