"""The rows of our files: what stands in each cell of results and of rejected rows."""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.recipients.files import Rejected
from bot.recipients.intake import Layout
from storage import Connection, lists
from storage.lists import ZONE_MARK, ListRow, NewRefusal
from storage.rows import Kind, State, is_erased
from storage.tally import LEFT, Outcome, outcome_of

_PAGE = 1_000
_ERASED = "erased"
"""In the place of a number that was."""

Look = Callable[[Callable[[Connection], Any]], Any]
"""Reads something from the database, and waits for it."""


@dataclass(frozen=True)
class Table:
    """The heads of a file's columns, and its rows for a campaign (by its id), page by page."""

    columns: Sequence[str]
    rows: Callable[[Look, str], Iterator[Sequence[str]]]


# Results

_STATES = {
    State.PENDING: "Not called yet",
    State.OFFERED: "Not called yet",
    State.DIALLING: "Dialling",
    State.UNCERTAIN: "Uncertain: the phone may have rung",
    State.REJECTED: "Refused by Toingg",
    State.CANCELLED: "Not called: cancelled",
    State.SKIPPED: "Not called: left out",
}
_OUTCOMES = {
    Outcome.ON_ITS_WAY: "Placed",
    Outcome.TALKING: "Talking",
    Outcome.ENDED: "Answered",
    Outcome.NO_ANSWER: "No answer",
    Outcome.BUSY: "Busy",
    Outcome.FAILED: "Failed",
    Outcome.CANCELED: "Canceled",
    Outcome.UNKNOWN: "Ended, not reported",
    Outcome.SENT: "Sent",
    Outcome.DELIVERED: "Delivered",
    Outcome.UNDELIVERED: "Not delivered",
}
_REASONS = {
    "opted_out": "This number has opted out",
    "called_before": "Called not long ago",
    "outside_hours": "Waits for its calling hours",
    "over_number_cap": "Over the calls that one number may get in a day",
    "over_day_cap": "Over the calls that may be placed in a day",
    "not_reported": "Toingg didn't report how it ended",
    "over_already": "It was over before it could be hung up",
    "it_rang": "Somebody says that it rang",
    "died": "The bot was stopped while it waited for Toingg's answer",
    "cancelled": "The campaign was cancelled",
    "erased": "The person was erased",
    LEFT: "Left as it is",
}
"""Words of the ledger that people read here; others stand as they are."""


def results() -> Table:
    """Each row of the list that could be read, and what became of it; times are ISO 8601, UTC."""
    columns = (
        "Row",
        "Name",
        "Number",
        "State",
        "Call ID",
        "Called at",
        "Answered at",
        "Ended at",
        "Seconds",
        "Attempts",
        "Reason",
    )
    return Table(columns, _result_rows)


def _result_rows(look: Look, campaign_id: str) -> Iterator[Sequence[str]]:
    for row in _rows(look, campaign_id):
        yield (
            str(row.row),
            row.name,
            _ERASED if is_erased(row.phone) else row.phone,
            state_of(row),
            row.call_sid or "",
            _iso(row.intent_at),
            _iso(row.answered_at),
            _iso(row.ended_at),
            "" if row.seconds is None else str(row.seconds),
            str(row.attempt) if row.intent_at is not None else "0",
            " ".join(filter(None, (_reason(row.reason), row.said))),
        )


def state_of(row: ListRow) -> str:
    """Where a row stands, in words: pure."""
    if row.state == State.PLACED:
        return _OUTCOMES[outcome_of(row.status, live=row.ended_at is None, kind=Kind(row.kind))]
    return _STATES[State(row.state)]


def _reason(reason: str | None) -> str:
    return _REASONS.get(reason or "", (reason or "").replace("_", " "))


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def _rows(look: Look, campaign_id: str, *states: State) -> Iterator[ListRow]:
    after = -1
    while True:
        page: list[ListRow] = look(
            partial(_page, campaign_id=campaign_id, states=states, after=after)
        )
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def _page(
    connection: Connection, *, campaign_id: str, states: Sequence[State], after: int
) -> list[ListRow]:
    return lists.with_state(connection, campaign_id, *states, after=after, limit=_PAGE)


# Rejected rows

_MENDS = {
    "opted_out": "Nobody here can call this number: take the row off your list",
    "called_before": "Try again later, or make the campaign without leaving out who was called",
}


def rejected(look: Look, campaign_id: str, layouts: Sequence[Layout]) -> Iterator[Rejected]:
    """Each row of the lists that isn't called: what was given, why, and how to mend it."""
    yield from _refused(look, campaign_id)
    firsts = [each.first for each in layouts]
    for row in _rows(look, campaign_id, State.SKIPPED):
        if is_erased(row.phone):
            continue
        at = bisect(firsts, row.seq) - 1
        zone = "" if row.zone is None or ZONE_MARK in row.zone else row.zone
        cells = layouts[at].cells(row.phone, row.name, zone, row.variables)
        why, mend = _reason(row.reason), _MENDS.get(row.reason or "", "")
        yield Rejected(at, row.row, why, mend, cells)


def _refused(look: Look, campaign_id: str) -> Iterator[Rejected]:
    after = 0
    while True:
        page: list[tuple[int, NewRefusal]] = look(
            partial(lists.refused, campaign_id=campaign_id, after=after, limit=_PAGE)
        )
        for _, row in page:
            why = row.fault.replace("_", " ").capitalize()
            yield Rejected(row.listing, row.number, why, row.mend, row.cells)
        if len(page) < _PAGE:
            return
        after = page[-1][0]
