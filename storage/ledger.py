"""The ledger: rows that reach people, and every move that they may make.

`state` is ours and moves only along `MOVES`, each move one conditional UPDATE: whoever loses a
race moves nothing. The intent (`dialling`, with its run and token) is committed before Toingg hears
of it; a result is taken only with the token of its intent. So no number is dialled twice unless a
person says so, and none is lost.

    pending → dialling → placed | rejected | uncertain | pending | offered
    uncertain → placed (a late reply, a callback, a person) | pending (a person only)
    offered → pending (a person) | cancelled (a person)
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage import events
from storage.models import CallRow, OptOutRow, table_of
from storage.runs import is_dead

CALLS = table_of(CallRow)
RECENT = timedelta(minutes=2)
STILL_MEANT = timedelta(seconds=30)
"""A call asked for longer ago than this isn't placed without asking again."""


class State(StrEnum):
    """Where a row stands with us."""

    PENDING = "pending"
    DIALLING = "dialling"
    PLACED = "placed"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    OFFERED = "offered"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.DIALLING, State.OFFERED, State.CANCELLED}),
    State.DIALLING: frozenset(
        {State.PLACED, State.REJECTED, State.UNCERTAIN, State.PENDING, State.OFFERED}
    ),
    State.UNCERTAIN: frozenset({State.PLACED, State.PENDING}),
    State.OFFERED: frozenset({State.PENDING, State.CANCELLED}),
    State.PLACED: frozenset(),
    State.REJECTED: frozenset(),
    State.SKIPPED: frozenset(),
    State.CANCELLED: frozenset(),
}


@dataclass(frozen=True)
class NewCall:
    """What somebody asked for; it becomes a row `pending`."""

    workspace_id: str
    click_key: str
    phone: str
    phone_key: str
    name: str
    campaign: str
    requested_by: str
    asked_in: str
    script: str | None = None
    language: str | None = None
    retry_of: str | None = None


@dataclass(frozen=True)
class Call:
    """One row of the ledger, as it was read. Times are aware, `cost` in micro-units."""

    id: str
    workspace_id: str
    campaign_id: str | None
    phone: str
    phone_key: str
    name: str
    campaign: str
    script: str | None
    language: str | None
    requested_by: str
    asked_in: str
    created_at: datetime
    run: str
    token: str | None
    attempt: int
    intent_at: datetime | None
    done_at: datetime | None
    state: State
    reason: str | None
    said: str | None
    generation: str | None
    call_sid: str | None
    status: str | None
    status_seq: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    recording_url: str | None
    hang_up_by: str | None
    hang_up_at: datetime | None
    hang_up_done: bool
    poll_at: datetime | None
    polls: int
    retry_of: str | None
    channel: str | None
    card_ts: str | None
    version: int
    drawn: int

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it without a person."""
        return self.ended_at is not None or self.state in (
            State.REJECTED,
            State.CANCELLED,
            State.SKIPPED,
        )

    @property
    def may_be_hung_up(self) -> bool:
        """Whether there is something to hang up, and a callSid to do it with."""
        return self.call_sid is not None and self.state is State.PLACED and self.ended_at is None


_COLUMNS = [CALLS.c[field.name] for field in fields(Call)]


def _call(row: Any) -> Call:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Call(**values | {"state": State(values["state"])})


@dataclass(frozen=True)
class Reached:
    """What the ledger knows of a number at a door: for `bot.recipients.policy`."""

    opted_out: bool
    last_at: datetime | None
    last_by: str | None


# Doors


def known(session: Session, workspace_id: str, click_key: str) -> bool:
    """Whether this click already became a row."""
    query = select(CALLS.c.id).where(
        CALLS.c.workspace_id == workspace_id, CALLS.c.click_key == click_key
    )
    return session.execute(query).first() is not None


def reached(session: Session, workspace_id: str, phone_key: str, now: datetime) -> Reached:
    """Opt-out, and the last time within two minutes that this number was, or is to be, called."""
    at = func.coalesce(CALLS.c.intent_at, CALLS.c.created_at)
    last = session.execute(
        select(at.label("at"), CALLS.c.requested_by)
        .where(
            CALLS.c.workspace_id == workspace_id,
            CALLS.c.phone_key == phone_key,
            CALLS.c.state.in_([State.PENDING, State.DIALLING, State.PLACED, State.UNCERTAIN]),
            at > now - RECENT,
        )
        .order_by(at.desc())
        .limit(1)
    ).first()
    opted_out = session.get(OptOutRow, (workspace_id, phone_key)) is not None
    return Reached(opted_out, last.at if last else None, last.requested_by if last else None)


def enter(session: Session, new: NewCall, *, run: str, now: datetime) -> Call | None:
    """The row, `pending`, or None where the click is known already."""
    dialect = session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    row = session.execute(
        make(CALLS)
        .values(
            id=uuid.uuid4().hex,
            workspace_id=new.workspace_id,
            click_key=new.click_key,
            phone=new.phone,
            phone_key=new.phone_key,
            name=new.name,
            campaign=new.campaign,
            script=new.script,
            language=new.language,
            variables={},
            requested_by=new.requested_by,
            asked_in=new.asked_in,
            created_at=now,
            pending_at=now,
            run=run,
            attempt=1,
            state=State.PENDING,
            retry_of=new.retry_of,
            hang_up_done=False,
            polls=0,
            version=1,
            drawn=0,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "click_key"])
        .returning(*_COLUMNS)
    ).first()
    return _call(row) if row else None


# The one way in which a row moves


def _move(
    session: Session,
    to: State | None,
    *where: ColumnElement[bool],
    from_: Sequence[State],
    **values: Any,
) -> list[Call]:
    """Moves the rows that still stand where they should; the version bump asks for a redraw.

    `to` None changes values only.
    """
    if to is not None:
        for state in from_:
            if to not in MOVES[state]:
                raise ValueError(f"{state} → {to} is no move")
        values["state"] = to
    rows = session.execute(
        update(CALLS)
        .where(CALLS.c.state.in_(list(from_)), *where)
        .values(version=CALLS.c.version + 1, **values)
        .returning(*_COLUMNS)
    )
    return [_call(row) for row in rows]


def _first(calls: list[Call]) -> Call | None:
    return calls[0] if calls else None


# Dialling


def intend(session: Session, call_id: str, *, run: str, now: datetime) -> Call | None:
    """`pending → dialling` with a new token, unless the number has opted out meanwhile."""
    opted_out = exists().where(
        OptOutRow.workspace_id == CALLS.c.workspace_id, OptOutRow.phone_key == CALLS.c.phone_key
    )
    call = _first(
        _move(
            session,
            State.DIALLING,
            CALLS.c.id == call_id,
            ~opted_out,
            from_=[State.PENDING],
            run=run,
            token=secrets.token_hex(8),
            intent_at=now,
            done_at=None,
            not_before=None,
            reason=None,
            said=None,
        )
    )
    if call is None:
        refused = _move(
            session,
            State.CANCELLED,
            CALLS.c.id == call_id,
            opted_out,
            from_=[State.PENDING],
            reason="opted_out",
        )
        for each in refused:
            events.record(session, each.id, events.Kind.OPTED_OUT, now)
    return call


def placed(
    session: Session,
    call: Call,
    *,
    call_sid: str | None,
    generation: str,
    poll_at: datetime | None,
    now: datetime,
) -> Call | None:
    """Toingg took it. A callback may have said so before: then only what is missing is added."""
    mine = and_(CALLS.c.id == call.id, CALLS.c.token == call.token)
    values = {"generation": generation, "done_at": now, "reason": None}
    done = _first(
        _move(
            session,
            State.PLACED,
            mine,
            from_=[State.DIALLING, State.UNCERTAIN],
            call_sid=call_sid or CALLS.c.call_sid,
            poll_at=poll_at,
            **values,
        )
    )
    if done is not None:
        kind = events.Kind.PLACED if done.call_sid else events.Kind.ACCEPTED
        events.record(session, call.id, kind, now)
        return done
    return _first(
        _move(
            session,
            None,
            mine,
            from_=[State.PLACED],
            call_sid=func.coalesce(CALLS.c.call_sid, call_sid),
            **values,
        )
    )


def proved(session: Session, call: Call, *, call_sid: str, now: datetime) -> Call | None:
    """A report proves that Toingg made the call, whatever became of its reply."""
    done = _first(
        _move(
            session,
            State.PLACED,
            CALLS.c.id == call.id,
            CALLS.c.attempt == call.attempt,
            CALLS.c.call_sid.is_(None),
            from_=[State.DIALLING, State.UNCERTAIN],
            call_sid=call_sid,
            reason=None,
        )
    )
    if done is not None:
        events.record(session, call.id, events.Kind.PLACED, now)
        return done
    return attach(session, call, call_sid=call_sid, actor=None, now=now)


def not_placed(
    session: Session, call: Call, to: State, *, reason: str, said: str, now: datetime
) -> Call | None:
    """Certain that nobody was phoned: `rejected`, or `offered` where trying again makes sense."""
    done = _first(
        _move(
            session,
            to,
            CALLS.c.id == call.id,
            CALLS.c.token == call.token,
            from_=[State.DIALLING],
            reason=reason,
            said=said,
            done_at=now,
        )
    )
    if done is not None:
        kind = events.Kind.OFFERED if to is State.OFFERED else events.Kind.REJECTED
        events.record(session, call.id, kind, now, said=said)
    return done


def wait(
    session: Session, call: Call, *, reason: str, not_before: datetime, now: datetime
) -> Call | None:
    """Back to `pending` until then: Toingg said 429, or the process was frozen before its POST."""
    return _first(
        _move(
            session,
            State.PENDING,
            CALLS.c.id == call.id,
            CALLS.c.token == call.token,
            from_=[State.DIALLING],
            reason=reason,
            not_before=not_before,
            pending_at=now,
            token=None,
        )
    )


def uncertain(session: Session, call: Call, *, reason: str, now: datetime) -> Call | None:
    """The phone may have rung: only a person decides what comes next."""
    done = _first(
        _move(
            session,
            State.UNCERTAIN,
            CALLS.c.id == call.id,
            CALLS.c.token == call.token,
            from_=[State.DIALLING],
            reason=reason,
            done_at=now,
        )
    )
    if done is not None:
        events.record(session, call.id, events.Kind.UNCERTAIN, now, reason=reason)
    return done


# After a death


def lose(session: Session, *, now: datetime, patience: timedelta) -> list[Call]:
    """Rows left `dialling` by a dead run, or for longer than a POST can take, are `uncertain`."""
    calls = _move(
        session,
        State.UNCERTAIN,
        or_(is_dead(CALLS.c.run, now), CALLS.c.intent_at < now - patience),
        from_=[State.DIALLING],
        reason="died",
        done_at=now,
    )
    for call in calls:
        events.record(session, call.id, events.Kind.UNCERTAIN, now, reason="died")
    return calls


def adopt(session: Session, *, run: str, now: datetime) -> list[Call]:
    """Single rows `pending` that nobody is on to: the fresh are ours to dial, the old are offered.

    Ours too are those of this run whose time has come.
    """
    waits = func.coalesce(CALLS.c.not_before, CALLS.c.pending_at)
    nobody = or_(
        is_dead(CALLS.c.run, now),
        and_(CALLS.c.run == run, CALLS.c.not_before.is_(None), waits < now - timedelta(seconds=5)),
        and_(CALLS.c.run == run, CALLS.c.not_before.is_not(None), waits <= now),
    )
    single = CALLS.c.campaign_id.is_(None)
    old = _move(
        session,
        State.OFFERED,
        single,
        nobody,
        waits < now - STILL_MEANT,
        from_=[State.PENDING],
        reason="stopped",
    )
    for call in old:
        events.record(session, call.id, events.Kind.OFFERED, now, said="")
    return _move(session, None, single, nobody, from_=[State.PENDING], run=run)


# What a person decides


def call_now(session: Session, call: Call, *, run: str, actor: str, now: datetime) -> Call | None:
    """`offered` or `uncertain → pending`, because somebody said so; the next attempt."""
    again = _first(
        _move(
            session,
            State.PENDING,
            CALLS.c.id == call.id,
            CALLS.c.attempt == call.attempt,
            from_=[State.OFFERED, State.UNCERTAIN],
            attempt=CALLS.c.attempt + 1,
            run=run,
            token=None,
            reason=None,
            said=None,
            call_sid=None,
            status=None,
            status_seq=None,
            pending_at=now,
            not_before=None,
        )
    )
    if again is not None:
        events.record(session, call.id, events.Kind.AGAIN, now, actor=actor)
    return again


def discard(session: Session, call: Call, *, actor: str, now: datetime) -> Call | None:
    """`offered → cancelled`: it isn't wanted any more."""
    done = _first(
        _move(
            session,
            State.CANCELLED,
            CALLS.c.id == call.id,
            CALLS.c.attempt == call.attempt,
            from_=[State.OFFERED],
            reason="discarded",
        )
    )
    if done is not None:
        events.record(session, call.id, events.Kind.DISCARDED, now, actor=actor)
    return done


def it_rang(session: Session, call: Call, *, actor: str, now: datetime) -> Call | None:
    """`uncertain → placed`: a person knows that the phone rang. Its id stays unknown."""
    done = _first(
        _move(
            session,
            State.PLACED,
            CALLS.c.id == call.id,
            CALLS.c.attempt == call.attempt,
            from_=[State.UNCERTAIN],
            reason="it_rang",
        )
    )
    if done is not None:
        events.record(session, call.id, events.Kind.IT_RANG, now, actor=actor)
    return done


def attach(
    session: Session, call: Call, *, call_sid: str, actor: str | None, now: datetime
) -> Call | None:
    """Gives an accepted call the id that Toingg's reply didn't carry: a person's, or a report's."""
    done = _first(
        _move(
            session,
            None,
            CALLS.c.id == call.id,
            CALLS.c.call_sid.is_(None),
            CALLS.c.ended_at.is_(None),
            from_=[State.PLACED],
            call_sid=call_sid,
        )
    )
    if done is not None:
        events.record(session, call.id, events.Kind.ATTACHED, now, actor=actor)
    return done


# Looking


def get(session: Session, workspace_id: str, call_id: str) -> Call | None:
    """One row of this workspace."""
    query = select(*_COLUMNS).where(CALLS.c.workspace_id == workspace_id, CALLS.c.id == call_id)
    row = session.execute(query).first()
    return _call(row) if row else None


def find(
    session: Session,
    *where: ColumnElement[bool],
    limit: int,
    order: Sequence[ColumnElement[Any]] = (CALLS.c.created_at.desc(),),
) -> list[Call]:
    """The first rows, by default the newest, for which all of `where` holds."""
    query = select(*_COLUMNS).where(*where).order_by(*order).limit(limit)
    return [_call(row) for row in session.execute(query)]
