"""How a campaign stands, in numbers: everything that is shown of it, in one value."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, text

from storage import lists
from storage.campaigns import UNSTARTED, Campaign
from storage.lists import REFUSED, Count
from storage.models import LIVE
from storage.rows import CALLS, Kind, State
from storage.workspaces import WORKSPACES

EXAMPLES = 3
"""How many rows are shown of each reason."""
PAGE = 10
"""How many uncertain rows are shown at a time."""
LEFT = "left"
"""The `reason` of an uncertain row of which a person said that it stays as it is."""


class Outcome(StrEnum):
    """What became of a call or a text that Toingg took, as far as is known."""

    ON_ITS_WAY = "on_its_way"  # nobody has answered yet, or nothing is heard of it
    TALKING = "talking"
    ENDED = "ended"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"  # it must be over, but nobody said how
    SENT = "sent"  # a text, of which nobody says yet what became
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


_OUTCOMES = {
    "completed": Outcome.ENDED,
    "no-answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELED,
}


_OF_TEXTS = {
    "delivered": Outcome.DELIVERED,
    "undelivered": Outcome.UNDELIVERED,
    "failed": Outcome.UNDELIVERED,
}
_UNREACHED = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED, Outcome.UNDELIVERED)


def outcome_of(status: str | None, *, live: bool, kind: Kind = Kind.CALL) -> Outcome:
    """What became of a placed row: pure. `live`: a call that isn't known to be over."""
    if kind is Kind.TEXT:
        return _OF_TEXTS.get(status or "", Outcome.SENT)
    if status in _OUTCOMES:
        return _OUTCOMES[status]
    if not live:
        return Outcome.UNKNOWN
    return Outcome.TALKING if status == "in-progress" else Outcome.ON_ITS_WAY


@dataclass(frozen=True)
class Example:
    """A row that isn't called: its number in the list, and what stands there for a number."""

    number: int
    given: str = field(repr=False)


@dataclass(frozen=True)
class Failure:
    """A call that came to nothing. `private` is what Toingg's words may repeat of the row."""

    phone: str = field(repr=False)
    said: str | None = field(repr=False)
    private: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Tally:
    """How the rows of a campaign stand. Numbers are in full here: who shows them masks them.

    `refused` counts rows of the list by what is wrong with them, `skipped` those that the
    screening left out; neither is called. `waiting`: how many of `pending` wait for which moments.
    `doubts` is the first page of the uncertain rows, `causes` counts them by why they are so,
    `left` those that a person left so. Calls of which nothing was heard for long are taken for
    over: they aren't `live`. `seconds` and `minutes` (started ones) are of calls that have ended,
    `parts_left` and `parts_sent` of texts. `balance` is the workspace's, in micro-units; None: no
    budget is set.
    """

    refused: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    dialling: int = 0
    placed: Mapping[Outcome, int] = field(default_factory=dict)
    live: int = 0
    uncertain: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)
    left: int = 0
    rejected: int = 0
    cancelled: int = 0
    seconds: int = 0
    minutes: int = 0
    parts_left: int = 0
    parts_sent: int = 0
    waiting: tuple[tuple[datetime, int], ...] = ()
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    doubts: tuple[str, ...] = field(default=(), repr=False)
    balance: int | None = None

    @property
    def read(self) -> int:
        """Rows of the list, those that aren't called included."""
        return self.ready + sum(self.refused.values()) + sum(self.skipped.values())

    @property
    def ready(self) -> int:
        """People who are called, were, or would have been."""
        return self.called + self.pending + self.dialling + self.cancelled

    @property
    def called(self) -> int:
        """People of whom nothing is left to do: Toingg took the call, refused it, or may have."""
        return sum(self.placed.values()) + self.uncertain + self.left + self.rejected

    @property
    def unreached(self) -> int:
        """People whose phone wasn't answered, was busy, or couldn't be got through to."""
        return sum(self.placed.get(outcome, 0) for outcome in _UNREACHED)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is being called, and nobody is on the line."""
        return self.live == 0 and self.dialling == 0


def tally_of(
    counts: Iterable[Count], *, kind: Kind = Kind.CALL, unheard: int = 0, **known: Any
) -> Tally:
    """The tally of rows counted by how they stand: pure.

    `unheard`: how many of those on their way are taken for over. `known`: the other fields.
    """
    states: Counter[State] = Counter()
    skipped: Counter[str] = Counter()
    placed: Counter[Outcome] = Counter()
    causes: Counter[str] = Counter()
    live = seconds = minutes = left_parts = sent_parts = 0
    for each in counts:
        states[each.state] += each.count
        seconds, minutes = seconds + each.seconds, minutes + each.minutes
        if each.state is State.SKIPPED:
            skipped[each.reason or ""] += each.count
        if each.state is State.PLACED:
            placed[outcome_of(each.status, live=each.live, kind=kind)] += each.count
            sent_parts += each.parts
            live += each.count * each.live
        if each.state in (State.PENDING, State.OFFERED):
            left_parts += each.parts
        if each.state is State.UNCERTAIN:
            causes[each.reason or ""] += each.count
    left = causes.pop(LEFT, 0)
    placed.update({Outcome.UNKNOWN: unheard, Outcome.ON_ITS_WAY: -unheard})
    return Tally(
        skipped=dict(skipped),
        pending=states[State.PENDING] + states[State.OFFERED],
        dialling=states[State.DIALLING],
        placed=dict(placed),
        live=live - unheard,
        uncertain=sum(causes.values()),
        causes=dict(causes),
        left=left,
        rejected=states[State.REJECTED],
        cancelled=states[State.CANCELLED],
        seconds=seconds,
        minutes=minutes,
        parts_left=left_parts,
        parts_sent=sent_parts,
        **known,
    )


def look(connection: Connection, campaign: Campaign, *, unheard_since: datetime) -> Tally:
    """The campaign's tally. A look over all of its rows: `Database.scan`.

    A call of which nothing was heard, placed before `unheard_since`, is taken for over.
    """
    started = campaign.state not in UNSTARTED
    counts = lists.counts(connection, campaign.id)
    return tally_of(
        counts,
        kind=campaign.kind,
        unheard=_unheard(connection, campaign.id, unheard_since) if started else 0,
        refused=lists.refused_counts(connection, campaign.id),
        waiting=tuple(lists.waiting(connection, campaign.id)),
        examples={} if started else _examples(connection, campaign.id),
        failures=_failures(connection, campaign.id, counts) if started else (),
        doubts=tuple(row.phone for row in doubts(connection, campaign.id)) if started else (),
        balance=connection.execute(
            select(WORKSPACES.c.balance).where(WORKSPACES.c.id == campaign.workspace_id)
        ).scalar_one(),
    )


def doubts(connection: Connection, campaign_id: str, *, after: int = -1) -> list[lists.ListRow]:
    """A page of the uncertain rows about which nobody has decided."""
    undecided = or_(CALLS.c.reason.is_(None), CALLS.c.reason != LEFT)
    where = (CALLS.c.state == State.UNCERTAIN, undecided)
    return lists.rows_of(connection, campaign_id, *where, after=after, limit=PAGE)


def _unheard(connection: Connection, campaign_id: str, since: datetime) -> int:
    silent = (CALLS.c.status.is_(None), CALLS.c.done_at < since)
    mine = (CALLS.c.campaign_id == campaign_id, text(LIVE))
    query = select(func.count()).select_from(CALLS).where(*mine, *silent)
    return connection.execute(query).scalar_one()


def _examples(connection: Connection, campaign_id: str) -> dict[str, tuple[Example, ...]]:
    """The first rows of each reason for which a row isn't called."""
    refused = _first_of_each(
        REFUSED.c.fault, REFUSED.c.number, REFUSED.c.given, REFUSED.c.campaign_id == campaign_id
    )
    skipped = _first_of_each(
        CALLS.c.reason,
        CALLS.c.row,
        CALLS.c.phone,
        CALLS.c.campaign_id == campaign_id,
        CALLS.c.state == State.SKIPPED,
        CALLS.c.erasure_id.is_(None),
    )
    found: dict[str, tuple[Example, ...]] = {}
    for query in (refused, skipped):
        for reason, number, given in connection.execute(query):
            found[reason] = (*found.get(reason, ()), Example(number, given))
    return found


def _first_of_each(
    reason: ColumnElement[Any],
    number: ColumnElement[int],
    given: ColumnElement[str],
    *where: ColumnElement[bool],
) -> Select[Any]:
    place = func.row_number().over(partition_by=reason, order_by=number)
    ranked = select(reason, number, given, place.label("place")).where(*where).subquery()
    first = select(*list(ranked.c)[:3]).where(ranked.c.place <= EXAMPLES)
    return first.order_by(*list(ranked.c)[1:2])


def _failures(
    connection: Connection, campaign_id: str, counts: Sequence[Count]
) -> tuple[Failure, ...]:
    """The last calls that failed; without any it isn't looked for them."""
    if not any(each.state is State.REJECTED or each.status == "failed" for each in counts):
        return ()
    at = func.coalesce(CALLS.c.ended_at, CALLS.c.done_at)
    query = (
        select(CALLS.c.phone, CALLS.c.name, CALLS.c.variables, CALLS.c.said)
        .where(
            CALLS.c.campaign_id == campaign_id,
            CALLS.c.erasure_id.is_(None),
            or_(CALLS.c.state == State.REJECTED, CALLS.c.status == "failed"),
        )
        .order_by(at.desc(), CALLS.c.seq.desc())
        .limit(EXAMPLES)
    )
    return tuple(
        Failure(row.phone, row.said, (row.name, *map(str, row.variables.values())))
        for row in connection.execute(query)
    )
