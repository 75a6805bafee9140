"""The ledger: rows that reach people, and every move that they may make.

`state` is ours and moves only along `MOVES`, each move one conditional UPDATE: whoever loses a
race moves nothing. The intent (`dialling`, with its run and token) is committed before Toingg hears
of it; a result is taken only with the token of its intent. So no number is dialled twice unless a
person says so, and none is lost.

    pending → dialling → placed | rejected | uncertain | pending | offered
    uncertain → placed (a late reply, a callback, a person) | pending (a person only)
    offered → pending (a person) | cancelled (a person)
    pending, offered → cancelled (an opt-out, see `storage.optouts`)
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    case,
    func,
    or_,
    select,
    update,
)

from storage import events
from storage.campaigns import CAMPAIGNS
from storage.locks import lock_shared
from storage.reach import opted_out
from storage.resting import rests
from storage.rows import CALLS, COLUMNS, Call, Kind, State, call_of, get
from storage.runs import alive, is_dead
from storage.statements import given, values

STILL_MEANT = timedelta(seconds=30)
"""A call asked for longer ago than this isn't placed without asking again."""
_MISSED = timedelta(seconds=5)
"""A row of this run that is still `pending` after so long was dropped on the way."""


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


# The one way in which a row moves


def move(
    to: State | None,
    *where: ColumnElement[bool],
    from_: Sequence[State],
    **changes: Any,
) -> Update:
    """The statement that moves the rows which still stand where they should, and gives them.

    The version bump asks for a redraw. `to` None changes values only.
    """
    return moving(to, *where, from_=from_, **changes).returning(*COLUMNS)


def moving(
    to: State | None,
    *where: ColumnElement[bool],
    from_: Sequence[State],
    by_id: bool = False,
    **changes: Any,
) -> Update:
    """As `move`, without giving the rows: for many at once.

    `by_id`: `where` names them; SQLite would else look at every row that stands in such a state.
    """
    if to is not None:
        for state in from_:
            if to not in MOVES[state]:
                raise ValueError(f"{state} → {to} is no move")
        changes["state"] = to
    stands = CALLS.c.state.concat("") if by_id else CALLS.c.state
    return (
        update(CALLS)
        .where(or_(*(stands == state for state in from_)), *where)
        .values(version=CALLS.c.version + 1, **changes)
    )


def moved(connection: Connection, statement: Update, **named: Any) -> list[Call]:
    """The rows that a `move` moved, as they are now."""
    return [call_of(row) for row in connection.execute(statement, values(**named))]


def _one(connection: Connection, statement: Update, **named: Any) -> Call | None:
    calls = moved(connection, statement, **named)
    return calls[0] if calls else None


_NOW = given("now", CALLS.c.done_at)
_THIS = CALLS.c.id == given("call_id", CALLS.c.id)
_MINE = and_(_THIS, CALLS.c.token == given("token", CALLS.c.token))
_ATTEMPT = and_(_THIS, CALLS.c.attempt == given("attempt", CALLS.c.attempt))
_RUN = given("run", CALLS.c.run)
_SID = given("call_sid", CALLS.c.call_sid)
_REASON = given("reason", CALLS.c.reason)
_SAID = given("said", CALLS.c.said)
_UNTIL = given("not_before", CALLS.c.not_before)
_GENERATION = given("generation", CALLS.c.generation)
OVER_NOW = case((CALLS.c.kind == Kind.TEXT, _NOW), else_=CALLS.c.ended_at)
"""A text is over once Toingg took it; a call isn't."""
_OPTED_OUT = opted_out(CALLS.c.workspace_id, CALLS.c.phone_key)

# Dialling

_INTEND = move(
    State.DIALLING,
    _THIS,
    ~_OPTED_OUT,
    ~rests(CALLS.c.workspace_id),
    from_=[State.PENDING],
    run=_RUN,
    token=given("token", CALLS.c.token),
    generation=given("generation", CALLS.c.generation),
    intent_at=_NOW,
    done_at=None,
    not_before=None,
    reason=None,
    said=None,
)
_REFUSE = move(State.CANCELLED, _THIS, _OPTED_OUT, from_=[State.PENDING], reason="opted_out")
_PLACE = move(
    State.PLACED,
    _MINE,
    from_=[State.DIALLING, State.UNCERTAIN],
    call_sid=func.coalesce(_SID, CALLS.c.call_sid),
    poll_at=given("poll_at", CALLS.c.poll_at),
    generation=_GENERATION,
    done_at=_NOW,
    ended_at=OVER_NOW,
    reason=None,
)
_COMPLETE = move(
    None,
    _MINE,
    or_(CALLS.c.call_sid.is_(None), CALLS.c.call_sid == func.coalesce(_SID, CALLS.c.call_sid)),
    from_=[State.PLACED],
    call_sid=func.coalesce(CALLS.c.call_sid, _SID),
    generation=_GENERATION,
    done_at=_NOW,
)
# What was reported of another call to the number is none of this one's.
_CORRECT = move(
    None,
    _MINE,
    from_=[State.PLACED],
    call_sid=_SID,
    poll_at=given("poll_at", CALLS.c.poll_at),
    generation=_GENERATION,
    done_at=_NOW,
    reason=None,
    status=None,
    status_seq=None,
    answered_at=None,
    ended_at=None,
    seconds=None,
    recording_url=None,
    hang_up_done=False,  # whoever hung up meant this call: it is sent for it too
)
_PROVE = move(
    State.PLACED,
    _ATTEMPT,
    CALLS.c.call_sid.is_(None),
    from_=[State.DIALLING, State.UNCERTAIN],
    call_sid=_SID,
    done_at=_NOW,
    ended_at=OVER_NOW,
    reason=None,
)
_NOT_PLACED = {
    to: move(to, _MINE, from_=[State.DIALLING], reason=_REASON, said=_SAID, done_at=_NOW)
    for to in (State.REJECTED, State.OFFERED)
}
_WAIT = move(
    State.PENDING,
    _MINE,
    from_=[State.DIALLING],
    reason=_REASON,
    not_before=_UNTIL,
    done_at=_NOW,
    token=None,
)
_DOUBT = move(State.UNCERTAIN, _MINE, from_=[State.DIALLING], reason=_REASON, done_at=_NOW)


def intend(
    connection: Connection, call: Call, *, run: str, generation: str, now: datetime
) -> Call | None:
    """`pending → dialling` with a new token, unless the number has opted out meanwhile, or the
    workspace removed the bot: the row stays, and is offered later.

    `generation` is that of the API that is asked, known whether or not it answers.
    """
    lock_shared(connection, call.workspace_id)
    named = {"run": run, "token": secrets.token_hex(8), "generation": generation, "now": now}
    intended = _one(connection, _INTEND, call_id=call.id, **named)
    if intended is None:
        for refused in moved(connection, _REFUSE, call_id=call.id):
            events.record(connection, refused, events.Kind.OPTED_OUT, now)
    return intended


def placed(
    connection: Connection,
    call: Call,
    *,
    call_sid: str | None,
    generation: str,
    poll_at: datetime | None,
    now: datetime,
) -> Call | None:
    """Toingg took it. A callback may have said so before: then only what is missing is added.

    Where that callback was of another call to the same number, the reply is right.
    """
    named = {
        "call_id": call.id,
        "token": call.token,
        "call_sid": call_sid,
        "generation": generation,
        "now": now,
    }
    done = _one(connection, _PLACE, poll_at=poll_at, **named)
    if done is None:
        done = _one(connection, _COMPLETE, **named)
        return done or _corrected(connection, call, poll_at=poll_at, **named)
    kind = events.Kind.PLACED if done.call_sid else events.Kind.ACCEPTED
    events.record(connection, call, kind, now)
    return done


def _corrected(connection: Connection, call: Call, **named: Any) -> Call | None:
    before = get(connection, call.workspace_id, call.id)
    corrected = _one(connection, _CORRECT, **named)
    if corrected is not None and before is not None:
        other = {"call_sid": before.call_sid}
        events.record(connection, call, events.Kind.CORRECTED, named["now"], **other)
    return corrected


def proved(connection: Connection, call: Call, *, call_sid: str, now: datetime) -> Call | None:
    """A report proves that Toingg made the call, whatever became of its reply."""
    named = {"call_id": call.id, "attempt": call.attempt, "call_sid": call_sid, "now": now}
    done = _one(connection, _PROVE, **named)
    if done is None:
        return attach(connection, call, call_sid=call_sid, actor=None, now=now)
    events.record(connection, call, events.Kind.PLACED, now)
    return done


def not_placed(
    connection: Connection, call: Call, to: State, *, reason: str, said: str, now: datetime
) -> Call | None:
    """Certain that nobody was phoned: `rejected`, or `offered` where trying again makes sense."""
    named = {"call_id": call.id, "token": call.token, "reason": reason, "said": said, "now": now}
    done = _one(connection, _NOT_PLACED[to], **named)
    if done is not None:
        kind = events.Kind.OFFERED if to is State.OFFERED else events.Kind.REJECTED
        events.record(connection, call, kind, now, said=said)
    return done


def wait(
    connection: Connection, call: Call, *, reason: str, not_before: datetime, now: datetime
) -> Call | None:
    """Back to `pending` until then: Toingg said 429, or the process was frozen before its POST.

    How long ago somebody asked for it (`pending_at`) stays.
    """
    named = {"call_id": call.id, "token": call.token, "reason": reason, "now": now}
    return _one(connection, _WAIT, not_before=not_before, **named)


def uncertain(connection: Connection, call: Call, *, reason: str, now: datetime) -> Call | None:
    """The phone may have rung: only a person decides what comes next."""
    named = {"call_id": call.id, "token": call.token, "reason": reason, "now": now}
    done = _one(connection, _DOUBT, **named)
    if done is not None:
        events.record(connection, call, events.Kind.UNCERTAIN, now, reason=reason)
    return done


# After a death

_WHOLE = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.handed_over)
"""Lists that go over whole take longer than one POST; `batches.lose` sees to their rows."""
_LOSE = move(
    State.UNCERTAIN,
    or_(
        is_dead(CALLS.c.run),
        and_(
            CALLS.c.intent_at < given("since", CALLS.c.intent_at),
            func.coalesce(CALLS.c.campaign_id, "").not_in(_WHOLE),
        ),
    ),
    from_=[State.DIALLING],
    reason="died",
    done_at=_NOW,
)
_WAITS = func.coalesce(CALLS.c.not_before, CALLS.c.pending_at)
_LATER = CALLS.c.not_before.is_not(None)
_NOBODYS = and_(
    CALLS.c.campaign_id.is_(None),
    or_(
        and_(is_dead(CALLS.c.run), CALLS.c.not_before.is_(None)),
        and_(CALLS.c.run == _RUN, CALLS.c.not_before.is_(None), _WAITS < given("missed", _WAITS)),
        and_(
            or_(is_dead(CALLS.c.run), CALLS.c.run == _RUN), _WAITS <= given("now", _WAITS), _LATER
        ),
    ),
)
_OFFER = move(
    State.OFFERED,
    _NOBODYS,
    _WAITS < given("since", _WAITS),
    from_=[State.PENDING],
    reason="stopped",
)
_ADOPT = move(None, _NOBODYS, from_=[State.PENDING], run=_RUN)


def lose(connection: Connection, *, now: datetime, patience: timedelta) -> list[Call]:
    """Rows left `dialling` by a dead run, or for longer than a POST can take, are `uncertain`."""
    calls = moved(connection, _LOSE, now=now, since=now - patience, **alive(now))
    for call in calls:
        events.record(connection, call, events.Kind.UNCERTAIN, now, reason="died")
    return calls


def adopt(connection: Connection, *, run: str, now: datetime) -> list[Call]:
    """Single rows `pending` that nobody is on to: the fresh are ours to dial, the old are offered.

    Ours too are those of this run whose time has come.
    """
    named = {"run": run, "now": now, "missed": now - _MISSED, **alive(now)}
    for call in moved(connection, _OFFER, since=now - STILL_MEANT, **named):
        events.record(connection, call, events.Kind.OFFERED, now, said="")
    return moved(connection, _ADOPT, **named)


# What a person decides

_CALL_NOW = move(
    State.PENDING,
    _ATTEMPT,
    from_=[State.OFFERED, State.UNCERTAIN],
    attempt=CALLS.c.attempt + 1,
    run=_RUN,
    token=None,
    reason=None,
    said=None,
    call_sid=None,
    status=None,
    status_seq=None,
    pending_at=_NOW,
    not_before=None,
)
_DISCARD = move(State.CANCELLED, _ATTEMPT, from_=[State.OFFERED], reason="discarded")
_IT_RANG = move(
    State.PLACED, _ATTEMPT, from_=[State.UNCERTAIN], reason="it_rang", ended_at=OVER_NOW
)
_ATTACH = move(
    None,
    _THIS,
    CALLS.c.call_sid.is_(None),
    or_(CALLS.c.kind == Kind.TEXT, CALLS.c.ended_at.is_(None)),
    from_=[State.PLACED],
    call_sid=_SID,
    poll_at=case((CALLS.c.generation == "v3", _NOW), else_=CALLS.c.poll_at),
)


def call_now(
    connection: Connection, call: Call, *, run: str, actor: str, now: datetime
) -> Call | None:
    """`offered` or `uncertain → pending`, because somebody said so; the next attempt.

    A number that opted out meanwhile is cancelled at once: a campaign wouldn't claim it.
    """
    lock_shared(connection, call.workspace_id)
    again = _one(connection, _CALL_NOW, call_id=call.id, attempt=call.attempt, run=run, now=now)
    if again is None:
        return None
    events.record(connection, call, events.Kind.AGAIN, now, actor=actor)
    for refused in moved(connection, _REFUSE, call_id=call.id):
        events.record(connection, refused, events.Kind.OPTED_OUT, now)
        return refused
    return again


def discard(connection: Connection, call: Call, *, actor: str, now: datetime) -> Call | None:
    """`offered → cancelled`: it isn't wanted any more."""
    done = _one(connection, _DISCARD, call_id=call.id, attempt=call.attempt)
    if done is not None:
        events.record(connection, call, events.Kind.DISCARDED, now, actor=actor)
    return done


def it_rang(connection: Connection, call: Call, *, actor: str, now: datetime) -> Call | None:
    """`uncertain → placed`: a person knows that the phone rang, or that the text came. Its id
    stays unknown.
    """
    done = _one(connection, _IT_RANG, call_id=call.id, attempt=call.attempt, now=now)
    if done is not None:
        events.record(connection, call, events.Kind.IT_RANG, now, actor=actor)
    return done


def attach(
    connection: Connection, call: Call, *, call_sid: str, actor: str | None, now: datetime
) -> Call | None:
    """Gives an accepted call the id that Toingg's reply lacked: a person's, or a report's.

    With it, v3 can be asked for the call's state.
    """
    done = _one(connection, _ATTACH, call_id=call.id, call_sid=call_sid, now=now)
    if done is not None:
        events.record(connection, call, events.Kind.ATTACHED, now, actor=actor)
    return done
