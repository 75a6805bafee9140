"""The rows of a campaign: how they come in, what the screening says of them, what is shown."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    TableValuedAlias,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.campaigns import Campaign
from storage.models import LIVE, OptOutRow, RefusedRow, table_of
from storage.rows import CALLS, Call, State, find
from storage.statements import given, values

REFUSED = table_of(RefusedRow)
ZONE_MARK = "|"
"""Between the zones in which a number may be, in the column `zone`; none of them: unknown."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A person of a list, who can be reached; `seq` is the row's place among all that were read,
    `row` its number as people's editors number it.

    `parts`: how long the text to this person is.
    """

    seq: int
    row: int
    phone: str
    phone_key: str
    name: str
    zone: str
    variables: Mapping[str, str]
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class NewRefusal:
    """A row of a list that can't be reached; `number` as people's editors number it.

    `cells`: all that was given; `listing`: in which of the campaign's lists, from 0.
    """

    number: int
    cells: tuple[str, ...]
    fault: str
    mend: str
    listing: int = 0

    @property
    def given(self) -> str:
        """The cells on one line."""
        return " | ".join(" ".join(cell.split()) for cell in self.cells if cell)


_ONE_BY_ONE = (
    "id",
    "click_key",
    "seq",
    "row",
    "phone",
    "phone_key",
    "name",
    "zone",
    "parts",
    "variables",
)
"""What differs from row to row, in the order in which a row's JSON has it."""
_SHARED: dict[str, ColumnElement[Any]] = {
    "workspace_id": given("workspace_id", CALLS.c.workspace_id),
    "kind": given("kind", CALLS.c.kind),
    "campaign_id": given("campaign_id", CALLS.c.campaign_id),
    "campaign": given("campaign", CALLS.c.campaign),
    "requested_by": given("requested_by", CALLS.c.requested_by),
    "asked_in": given("asked_in", CALLS.c.asked_in),
    "run": given("run", CALLS.c.run),
    "pending_at": given("now", CALLS.c.pending_at),
    "created_at": given("now", CALLS.c.created_at),
    "attempt": literal(1),
    "state": literal(State.PENDING.value),
    "hang_up_done": false(),
    "polls": literal(0),
    "version": literal(1),
    "drawn": literal(1),
}
_ROWS = given("rows", CALLS.c.phone)


def _entering(make: Any, rows: TableValuedAlias, cell: Callable[[int, str], Any]) -> Any:
    """Enters all rows of one JSON text: that the database takes it apart itself costs half of
    handing over each value.
    """
    cells = [cell(place, name) for place, name in enumerate(_ONE_BY_ONE)]
    query = select(*cells, *_SHARED.values()).select_from(rows).where(text("true"))
    entered = make(CALLS).from_select([*_ONE_BY_ONE, *_SHARED], query)
    return entered.on_conflict_do_nothing(index_elements=["campaign_id", "phone"])


_HERE = func.json_each(_ROWS).table_valued("value")
_THERE = func.json_array_elements(cast(_ROWS, JSON)).table_valued(column("value", JSON))
_ENTER = {
    "sqlite": _entering(
        sqlite.insert,
        _HERE,
        lambda place, _: func.json_extract(_HERE.c.value, f"$[{place}]"),
    ),
    "postgresql": _entering(
        postgresql.insert,
        _THERE,
        lambda place, name: cast(_THERE.c.value.op("->>")(place), CALLS.c[name].type),
    ),
}


def enter(
    connection: Connection, campaign: Campaign, rows: Sequence[NewRow], *, now: datetime
) -> None:
    """The rows, `pending`; one that is there already stays as it is. At most some hundreds.

    Their ids follow each other: entering them costs a third less than with ids at random, since
    an index is written where it was written before.
    """
    if not rows:
        return
    written = [
        (
            f"{campaign.id[:22]}{row.seq:010x}",
            f"{campaign.id}:{row.seq}",
            row.seq,
            row.row,
            row.phone,
            row.phone_key,
            row.name,
            row.zone,
            row.parts,
            dict(row.variables),
        )
        for row in rows
    ]
    shared = {
        "workspace_id": campaign.workspace_id,
        "kind": campaign.kind,
        "campaign_id": campaign.id,
        "campaign": campaign.campaign,
        "requested_by": campaign.requested_by,
        "asked_in": campaign.asked_in,
        "run": campaign.run,
        "now": now,
    }
    statement = _ENTER[connection.dialect.name]
    connection.execute(statement, values(rows=json.dumps(written), **shared))


def refuse(connection: Connection, campaign: Campaign, rows: Sequence[NewRefusal]) -> None:
    """Rows of the list that can't be reached."""
    if rows:
        connection.execute(
            insert(REFUSED),
            [
                {
                    "campaign_id": campaign.id,
                    "listing": row.listing,
                    "number": row.number,
                    "cells": list(row.cells),
                    "given": row.given,
                    "fault": row.fault,
                    "mend": row.mend,
                }
                for row in rows
            ],
        )


UNREACHED = ("no-answer", "busy", "failed", "undelivered")
"""Toingg's words for calls and texts that reached nobody."""


def copy(
    connection: Connection,
    old_id: str,
    new: Campaign,
    *,
    only_unreached: bool,
    after: int,
    limit: int,
    now: datetime,
    measure: Callable[[NewRow], NewRow | None] = lambda row: row,
) -> tuple[int, int | None]:
    """Enters the next people of an old campaign into a new one: how many, and the last's `seq`.

    `measure` gives each its own length, None where nothing is to be sent. None where there are no
    more. Who was left out of the old
    one stays so; `only_unreached`: so is whoever was reached. At most some hundreds at a time.
    """
    wanted = CALLS.c.state != State.SKIPPED
    if only_unreached:
        wanted = and_(CALLS.c.state == State.PLACED, CALLS.c.status.in_(UNREACHED))
    query = (
        select(
            CALLS.c.seq,
            CALLS.c.row,
            CALLS.c.phone,
            CALLS.c.phone_key,
            CALLS.c.name,
            func.coalesce(CALLS.c.zone, "").label("zone"),
            CALLS.c.variables,
        )
        .where(
            CALLS.c.campaign_id == old_id,
            CALLS.c.seq > after,
            CALLS.c.erasure_id.is_(None),
            wanted,
        )
        .order_by(CALLS.c.seq)
        .limit(limit)
    )
    found = [NewRow(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001
    measured = [measure(row) for row in found]
    enter(connection, new, [row for row in measured if row is not None], now=now)
    return len(found), found[-1].seq if found else None


def clear(connection: Connection, campaign: Campaign, *, limit: int) -> bool:
    """Forgets so many rows of what was read, so that the list can be read anew; nobody of it was
    reached yet. Whether some may be left.
    """
    mine = (CALLS.c.campaign_id == campaign.id, CALLS.c.intent_at.is_(None))
    calls = CALLS.delete().where(CALLS.c.id.in_(select(CALLS.c.id).where(*mine).limit(limit)))
    bad = select(REFUSED.c.id).where(REFUSED.c.campaign_id == campaign.id).limit(limit)
    refusals = REFUSED.delete().where(REFUSED.c.id.in_(bad))
    gone = (connection.execute(calls).rowcount, connection.execute(refusals).rowcount)
    return max(gone) == limit


# Screening: what keeps a person from being called, known before anything rings

_OTHER = CALLS.alias("other")


def screen(
    connection: Connection, campaign: Campaign, *, since: datetime | None, seqs: tuple[int, int]
) -> None:
    """Marks rows `skipped` whose number opted out, or was reached `since` then.

    `seqs`: the first row and the last, some thousands at a time.
    """
    mine = (
        CALLS.c.campaign_id == campaign.id,
        CALLS.c.state == State.PENDING,
        CALLS.c.seq.between(*seqs),
    )
    opted_out = exists().where(
        OptOutRow.workspace_id == CALLS.c.workspace_id, OptOutRow.phone_key == CALLS.c.phone_key
    )
    _skip(connection, *mine, opted_out, reason="opted_out")
    if since is not None:
        reached = exists().where(
            _OTHER.c.workspace_id == CALLS.c.workspace_id,
            _OTHER.c.kind == CALLS.c.kind,
            _OTHER.c.phone_key == CALLS.c.phone_key,
            _OTHER.c.intent_at >= since,
            _OTHER.c.state.in_([State.DIALLING, State.PLACED, State.UNCERTAIN]),
        )
        _skip(connection, *mine, reached, reason="called_before")


def _skip(connection: Connection, *where: ColumnElement[bool], reason: str) -> None:
    connection.execute(
        update(CALLS)
        .where(*where)
        .values(state=State.SKIPPED, reason=reason, version=CALLS.c.version + 1)
    )


# How it goes


@dataclass(frozen=True)
class Count:
    """How many rows stand alike. `live`: placed, and not known to be over.

    `seconds` is the sum of what the calls lasted, `minutes` that of the minutes they started,
    `parts` that of the texts' parts.
    """

    state: State
    status: str | None
    reason: str | None
    live: bool
    count: int
    seconds: int
    minutes: int
    parts: int


def counts(connection: Connection, campaign_id: str) -> list[Count]:
    """The rows of a campaign, by how they stand. A look over all of them: `Database.scan`."""
    live = CALLS.c.ended_at.is_(None)
    columns = (CALLS.c.state, CALLS.c.status, CALLS.c.reason)
    query = (
        select(
            *columns,
            live.label("live"),
            func.count().label("rows"),
            func.coalesce(func.sum(CALLS.c.seconds), 0).label("seconds"),
            func.coalesce(func.sum((CALLS.c.seconds + 59) // 60), 0).label("minutes"),
            func.coalesce(func.sum(CALLS.c.parts), 0).label("parts"),
        )
        .where(CALLS.c.campaign_id == campaign_id)
        .group_by(*columns, live)
    )
    return [_count(row) for row in connection.execute(query)]


def _count(row: Row[Any]) -> Count:
    state = State(row.state)
    live = bool(row.live) and state is State.PLACED
    sums = (int(row.rows), int(row.seconds), int(row.minutes), int(row.parts))
    return Count(state, row.status, row.reason, live, *sums)


def refused_counts(connection: Connection, campaign_id: str) -> dict[str, int]:
    """How many rows of the list can't be reached, by what is wrong with them."""
    query = (
        select(REFUSED.c.fault, func.count())
        .where(REFUSED.c.campaign_id == campaign_id)
        .group_by(REFUSED.c.fault)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting(connection: Connection, campaign_id: str) -> list[tuple[datetime, int]]:
    """For which moments how many rows wait, the next first."""
    query = (
        select(CALLS.c.not_before, func.count())
        .where(
            CALLS.c.campaign_id == campaign_id,
            CALLS.c.state == State.PENDING,
            CALLS.c.not_before.is_not(None),
        )
        .group_by(CALLS.c.not_before)
        .order_by(CALLS.c.not_before)
        .limit(20)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def zones(
    connection: Connection, campaign_id: str, *, states: Collection[State] = (State.PENDING,)
) -> dict[str, int]:
    """How many of the rows that stand so are in which zones (the column `zone`)."""
    query = (
        select(CALLS.c.zone, func.count())
        .where(CALLS.c.campaign_id == campaign_id, CALLS.c.state.in_(list(states)))
        .group_by(CALLS.c.zone)
    )
    return {zone or "": count for zone, count in connection.execute(query)}


# Pages of rows


def rows_of(
    connection: Connection,
    campaign_id: str,
    *where: ColumnElement[bool],
    after: int = -1,
    limit: int,
) -> list["ListRow"]:
    """The first rows after the `after`th, in the list's order."""
    query = (
        select(*_COLUMNS)
        .where(CALLS.c.campaign_id == campaign_id, CALLS.c.seq > after, *where)
        .order_by(CALLS.c.seq)
        .limit(limit)
    )
    return [ListRow(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list, as its results and its samples show it."""

    id: str
    kind: str
    seq: int
    row: int
    phone: str
    name: str
    variables: dict[str, str]
    zone: str | None
    not_before: datetime | None
    state: str
    reason: str | None
    said: str | None
    status: str | None
    call_sid: str | None
    attempt: int
    intent_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None


_COLUMNS = [CALLS.c[field.name] for field in fields(ListRow)]


def with_state(
    connection: Connection,
    campaign_id: str,
    *states: State,
    reasons: Collection[str] = (),
    statuses: Collection[str] = (),
    after: int = -1,
    limit: int,
) -> list[ListRow]:
    """Rows that stand so, a page of them; none of `reasons` or `statuses` given: any."""
    where: list[ColumnElement[bool]] = []
    if states:
        where.append(CALLS.c.state.in_(list(states)))
    if reasons:
        where.append(CALLS.c.reason.in_(list(reasons)))
    if statuses:
        where.append(CALLS.c.status.in_(list(statuses)))
    return rows_of(connection, campaign_id, *where, after=after, limit=limit)


def refused(
    connection: Connection, campaign_id: str, *, after: int = 0, limit: int
) -> list[tuple[int, NewRefusal]]:
    """Rows that can't be reached, a page of them in the list's order, each with its own mark."""
    query = (
        select(REFUSED)
        .where(REFUSED.c.campaign_id == campaign_id, REFUSED.c.id > after)
        .order_by(REFUSED.c.id)
        .limit(limit)
    )
    return [
        (row.id, NewRefusal(row.number, tuple(row.cells), row.fault, row.mend, row.listing))
        for row in connection.execute(query)
    ]


def live_calls(connection: Connection, campaign_id: str, *, limit: int = 1000) -> list[Call]:
    """Calls of this campaign that are up, as far as is known, the oldest first."""
    where = (CALLS.c.campaign_id == campaign_id, text(LIVE))
    return find(connection, *where, limit=limit, order=(CALLS.c.done_at,))


def numbers(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The numbers of these calls, by their ids."""
    if not ids:
        return {}
    query = select(CALLS.c.id, CALLS.c.phone).where(CALLS.c.id.in_(list(ids)))
    return {row.id: row.phone for row in connection.execute(query)}


def is_finished(connection: Connection, campaign_id: str, *, unheard_since: datetime) -> bool:
    """Whether nobody is still to be called and nobody talks any more.

    A call of which nothing was heard, placed before `unheard_since`, is taken for over.
    """
    unheard = and_(CALLS.c.status.is_(None), CALLS.c.done_at < unheard_since)
    going_on = exists().where(
        CALLS.c.campaign_id == campaign_id,
        or_(
            CALLS.c.state.in_([State.PENDING, State.DIALLING]),
            and_(text(LIVE), ~unheard),
        ),
    )
    return not connection.execute(select(going_on)).scalar_one()


def has_pending(connection: Connection, campaign_id: str) -> bool:
    """Whether somebody is still to be called, or is being dialled."""
    waiting = exists().where(
        CALLS.c.campaign_id == campaign_id,
        CALLS.c.state.in_([State.PENDING, State.DIALLING]),
    )
    return bool(connection.execute(select(waiting)).scalar_one())


def pending_count(connection: Connection, campaign_id: str) -> int:
    """How many are still to be called."""
    waiting = (CALLS.c.campaign_id == campaign_id, CALLS.c.state == State.PENDING)
    return int(connection.execute(select(func.count()).where(*waiting)).scalar_one())
