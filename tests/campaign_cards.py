"""Campaigns and their numbers, made up for what is drawn of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.slack.blocks.campaign_parts import Outlook, Standing, Terms
from storage.campaigns import Campaign, Event, Happened, Stage
from storage.rows import Kind
from storage.tally import Outcome, Tally

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
TERMS = Terms(per_minute=60, max_live=20, price=Decimal("0.12"), currency="USD", expected_minutes=2)
HALF_WAY = Tally(
    pending=480,
    dialling=2,
    placed={Outcome.ENDED: 400, Outcome.NO_ANSWER: 88, Outcome.BUSY: 12, Outcome.TALKING: 14},
    live=14,
    rejected=4,
    minutes=1_000,
    seconds=40_000,
)


def campaign(state: Stage = Stage.RUNNING, **more: Any) -> Campaign:
    """A campaign that stands there."""
    values: dict[str, Any] = {
        "id": "c" * 32,
        "workspace_id": "w",
        "kind": Kind.CALL,
        "title": "Spring Sale",
        "campaign": "Spring Sale",
        "script": None,
        "language": None,
        "handed_over": False,
        "skip_days": 30,
        "source": {},
        "requested_by": "U0CARL0001",
        "owner": "U0CARL0001",
        "asked_in": "C0SALES001",
        "created_at": NOW,
        "state": state,
        "reason": None,
        "said": None,
        "run": "r",
        "moved_by": None,
        "moved_at": NOW,
        "start_at": None,
        "zone": None,
        "started_at": None if state in (Stage.DRAFT, Stage.READY, Stage.SCHEDULED) else NOW,
        "ended_at": NOW if state in (Stage.DONE, Stage.CANCELLED) else None,
        "stopped_by": None,
        "total": 1000,
        "retry_of": None,
        "channel": "C0SALES001",
        "card_ts": "1795620000.000100",
        "elsewhere": None,
        "version": 3,
        "drawn": 0,
    }
    known = {name: value for name, value in (values | more).items() if name in _FIELDS}
    return Campaign(**known)


_FIELDS = set(Campaign.__dataclass_fields__)


def standing(
    of: Campaign | None = None,
    tally: Tally = HALF_WAY,
    outlook: Outlook | None = None,
    terms: Terms = TERMS,
) -> Standing:
    """As it is drawn."""
    return Standing(of or campaign(), tally, terms, outlook or Outlook(timedelta(hours=2)), NOW)


def event(kind: Happened, actor: str | None = None, **detail: Any) -> Event:
    """Something that happened to it."""
    return Event(1, "c" * 32, NOW, kind, actor, detail)
