"""What Slack shows of the ledger: cards, postings, and which of them are behind."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.events import EVENTS
from storage.models import UNDRAWN, UNPOSTED, UNTOLD, PostingRow, table_of
from storage.rows import CALLS, Call, Elsewhere, State, find
from storage.runs import alive, is_dead
from storage.statements import given, values

POSTINGS = table_of(PostingRow)

FILTERS: dict[str, Sequence[State]] = {
    "all": tuple(State),
    "live": (State.PLACED,),
    "waiting": (State.UNCERTAIN, State.OFFERED, State.PENDING, State.DIALLING),
    "failed": (State.REJECTED, State.CANCELLED),
}
"""The choices of the list of calls; `live` leaves out what has ended."""


@dataclass(frozen=True)
class Posting:
    """A post that was first meant at `intent_at`, and where it stands once it is made (`ts`)."""

    id: str
    key: str
    channel: str
    thread_ts: str | None
    ts: str | None
    intent_at: datetime
    is_repeat: bool


def unposted(
    connection: Connection, workspaces: Collection[str], *, limit: int = 100
) -> list[Call]:
    """These workspaces' calls without a card, the oldest first."""
    where = (text(UNPOSTED), CALLS.c.workspace_id.in_(workspaces))
    return find(connection, *where, limit=limit, order=(CALLS.c.created_at,))


def untold(
    connection: Connection, workspaces: Collection[str], *, before: datetime, limit: int = 100
) -> list[Call]:
    """Calls whose thread wasn't told of what happened before then, the oldest first."""
    waiting = (
        select(EVENTS.c.call_id)
        .join(CALLS, CALLS.c.id == EVENTS.c.call_id)
        .where(text(UNTOLD), EVENTS.c.at < before, CALLS.c.workspace_id.in_(workspaces))
        .order_by(EVENTS.c.at)
        .limit(limit)
    )
    return find(connection, CALLS.c.id.in_(waiting), limit=limit, order=(CALLS.c.created_at,))


def undrawn(connection: Connection, workspaces: Collection[str], *, limit: int) -> list[Call]:
    """Calls whose card shows an older version; those that are over first, then the oldest."""
    return find(
        connection,
        text(UNDRAWN),
        CALLS.c.workspace_id.in_(workspaces),
        limit=limit,
        order=(CALLS.c.ended_at.is_(None), CALLS.c.created_at),
    )


_VERSION = given("version", CALLS.c.version)
_DRAWN = (
    update(CALLS)
    .where(CALLS.c.id == given("call_id", CALLS.c.id), CALLS.c.drawn < _VERSION)
    .values(drawn=_VERSION)
)
_CARD = (
    update(CALLS)
    .where(CALLS.c.id == given("call_id", CALLS.c.id), CALLS.c.erasure_id.is_(None))
    .values(
        channel=given("channel", CALLS.c.channel),
        card_ts=given("ts", CALLS.c.card_ts),
        elsewhere=given("elsewhere", CALLS.c.elsewhere),
        drawn=_VERSION,
    )
)
_MOVE = (
    update(CALLS)
    .where(
        CALLS.c.id == given("call_id", CALLS.c.id),
        CALLS.c.card_ts == given("ts", CALLS.c.card_ts),
    )
    .values(channel=None, card_ts=None, elsewhere=Elsewhere.MOVED, drawn=0)
    .returning(CALLS.c.id)
)
_GIVE_UP = (
    update(CALLS)
    .where(CALLS.c.id == given("call_id", CALLS.c.id))
    .values(elsewhere=Elsewhere.NOWHERE)
)
_NEVER_TOLD = (
    update(EVENTS)
    .where(EVENTS.c.call_id == given("call_id", EVENTS.c.call_id), text(UNTOLD))
    .values(told=True)
)


def drawn(connection: Connection, call: Call) -> None:
    """The card shows this version."""
    connection.execute(_DRAWN, values(call_id=call.id, version=call.version))


def posted_card(
    connection: Connection,
    call: Call,
    *,
    channel: str,
    ts: str,
    elsewhere: Elsewhere | None,
    version: int,
) -> None:
    """The card stands there, and shows this version; 0 where nobody knows which."""
    named = {"channel": channel, "ts": ts, "elsewhere": elsewhere, "version": version}
    connection.execute(_CARD, values(call_id=call.id, **named))


def move(connection: Connection, call: Call, *, ts: str) -> bool:
    """The card under this ts is lost, and wants a new one; False where it isn't the card now."""
    return connection.execute(_MOVE, values(call_id=call.id, ts=ts)).first() is not None


def give_up(connection: Connection, call: Call) -> None:
    """The card is lost for good: it's neither posted nor drawn again, its thread told no more."""
    connection.execute(_GIVE_UP, values(call_id=call.id))
    connection.execute(_NEVER_TOLD, values(call_id=call.id))


def recent(connection: Connection, workspace_id: str, which: str, *, limit: int = 10) -> list[Call]:
    """The newest calls of one choice of `FILTERS`."""
    where = [CALLS.c.workspace_id == workspace_id, CALLS.c.state.in_(list(FILTERS[which]))]
    if which == "live":
        where.append(CALLS.c.ended_at.is_(None))
    return find(connection, *where, limit=limit)


# Postings


_FIND = select(POSTINGS).where(
    POSTINGS.c.workspace_id == given("workspace_id", POSTINGS.c.workspace_id),
    POSTINGS.c.key == given("key", POSTINGS.c.key),
)
_INTEND = {
    "sqlite": sqlite.insert(POSTINGS).on_conflict_do_nothing().returning(POSTINGS.c.id),
    "postgresql": postgresql.insert(POSTINGS).on_conflict_do_nothing().returning(POSTINGS.c.id),
}
_TAKE = (
    update(POSTINGS)
    .where(
        POSTINGS.c.id == given("id", POSTINGS.c.id),
        POSTINGS.c.ts.is_(None),
        or_(POSTINGS.c.run == given("run", POSTINGS.c.run), is_dead(POSTINGS.c.run)),
    )
    .values(
        run=given("run", POSTINGS.c.run),
        channel=given("channel", POSTINGS.c.channel),
        thread_ts=given("thread_ts", POSTINGS.c.thread_ts),
    )
    .returning(POSTINGS.c.id)
)
_POSTED = (
    update(POSTINGS)
    .where(POSTINGS.c.id == given("id", POSTINGS.c.id))
    .values(
        channel=given("channel", POSTINGS.c.channel),
        ts=given("ts", POSTINGS.c.ts),
        unsure=given("unsure", POSTINGS.c.unsure),
    )
)


def intend(
    connection: Connection,
    *,
    workspace_id: str,
    key: str,
    subject: str,
    run: str,
    channel: str,
    thread_ts: str | None,
    now: datetime,
) -> Posting | None:
    """Writes a post down before it is made; None where another run is about it.

    One left by a dead run, or that failed here, is meant again: `is_repeat` says that it may
    stand in the channel already.
    """
    id_ = uuid.uuid4().hex
    fresh = {
        "id": id_,
        "workspace_id": workspace_id,
        "key": key,
        "subject": subject,
        "run": run,
        "channel": channel,
        "thread_ts": thread_ts,
        "intent_at": now,
        "unsure": False,
    }
    if connection.execute(_INTEND[connection.dialect.name], fresh).first():
        return Posting(id_, key, channel, thread_ts, None, now, is_repeat=False)
    row = connection.execute(_FIND, values(workspace_id=workspace_id, key=key)).one()
    if row.ts is not None:
        at = (row.channel, row.thread_ts, row.ts, row.intent_at)
        return Posting(row.id, key, *at, is_repeat=False)
    named = {"id": row.id, "run": run, "channel": channel, "thread_ts": thread_ts}
    if connection.execute(_TAKE, values(**named, **alive(now))).first() is None:
        return None
    is_repeat = row.run != run or row.unsure
    return Posting(row.id, key, channel, thread_ts, None, row.intent_at, is_repeat=is_repeat)


def posted(
    connection: Connection, posting: Posting, *, channel: str, ts: str, unsure: bool
) -> None:
    """Slack has it; `unsure`: perhaps twice, which what stands there goes on saying."""
    connection.execute(_POSTED, values(id=posting.id, channel=channel, ts=ts, unsure=unsure))


def stands_at(connection: Connection, workspace_id: str, key: str) -> tuple[str, str] | None:
    """Channel and ts of the post with this key; None where it isn't made yet."""
    row = connection.execute(_FIND, values(workspace_id=workspace_id, key=key)).first()
    return None if row is None or row.ts is None else (row.channel, row.ts)


def forget(connection: Connection, workspace_id: str, key: str) -> None:
    """The post with this key was deleted: it may be made again."""
    mine = (POSTINGS.c.workspace_id == workspace_id, POSTINGS.c.key == key)
    connection.execute(delete(POSTINGS).where(*mine))


def is_repeated(connection: Connection, workspace_id: str, key: str) -> bool:
    """Whether this post may stand there twice."""
    row = connection.execute(_FIND, values(workspace_id=workspace_id, key=key)).first()
    return row is not None and bool(row.unsure)


def unsure(connection: Connection, posting: Posting) -> None:
    """Slack's answer was lost: the post may stand there."""
    connection.execute(update(POSTINGS).where(POSTINGS.c.id == posting.id).values(unsure=True))
