"""What dials, talks, or would begin by itself in a workspace: for who wants to see it, or stop it.

Lists that wait for a Start aren't among it, however many there are.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, text

from storage.campaigns import CAMPAIGNS, COLUMNS, Campaign, Stage, campaign_of
from storage.models import LIVE
from storage.rows import CALLS, Kind, State

_STAGES = (Stage.RUNNING, Stage.HELD, Stage.PAUSED, Stage.SCHEDULED, Stage.AWAITING_APPROVAL)
_BEGINS = (Stage.RUNNING, Stage.HELD, Stage.SCHEDULED)


@dataclass(frozen=True)
class UnderWay:
    """A campaign, and how many of its calls are up, as far as is known, or being dialled."""

    campaign: Campaign
    live: int

    @property
    def can_be_stopped(self) -> bool:
        """Whether it dials, talks, or would begin by itself."""
        return self.live > 0 or self.campaign.state in _BEGINS


def look(connection: Connection, workspace_id: str, *, unheard_since: datetime) -> list[UnderWay]:
    """All of them, also what is over but still talks: first what can be stopped, the newest first.

    A call of which nothing was heard, placed before `unheard_since`, is taken for over.
    """
    live = _live(connection, unheard_since)
    query = (
        select(*COLUMNS)
        .where(
            CAMPAIGNS.c.workspace_id == workspace_id,
            or_(CAMPAIGNS.c.state.in_(list(_STAGES)), CAMPAIGNS.c.id.in_(list(live))),
        )
        .order_by(CAMPAIGNS.c.created_at.desc())
    )
    found = [campaign_of(row) for row in connection.execute(query)]
    under_way = [UnderWay(campaign, live.get(campaign.id, 0)) for campaign in found]
    return sorted(under_way, key=lambda each: not each.can_be_stopped)


def _live(connection: Connection, unheard_since: datetime) -> dict[str, int]:
    """How many calls are up, by their campaigns, in all workspaces: an index finds them so."""
    heard = or_(CALLS.c.status.is_not(None), CALLS.c.done_at >= unheard_since)
    up = or_(CALLS.c.state == State.DIALLING, and_(text(LIVE), heard))
    counted = select(CALLS.c.campaign_id, func.count().label("live"))
    mine = counted.where(up, CALLS.c.campaign_id.is_not(None), CALLS.c.kind == Kind.CALL).group_by(
        CALLS.c.campaign_id
    )
    return {row.campaign_id: row.live for row in connection.execute(mine)}
