"""Texts that are sent to us: each taken once, and what it does done in the same transaction.

A STOP opts its number out, a START undoes that and nothing else, anything else goes to the thread
of the last text to that number; where there is none it waits to be told elsewhere.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import campaigns, events, optouts
from storage.campaigns import CAMPAIGNS, Happened
from storage.models import UNTOLD, InboundRow, table_of
from storage.optouts import Source
from storage.rows import CALLS, Call, Elsewhere, Kind, State, find

INBOUND = table_of(InboundRow)


@dataclass(frozen=True)
class Inbound:
    """One text that somebody sent: `phone` in E.164; `phone_key` is the workspace's hash of it."""

    message_sid: str
    phone: str
    phone_key: str
    body: str


@dataclass(frozen=True)
class Untold:
    """One that belongs to no text of ours, and that nobody has been told of."""

    id: str
    workspace_id: str
    phone: str
    body: str
    at: datetime


def _insert(make: Any) -> Any:
    return (
        make(INBOUND)
        .on_conflict_do_nothing(index_elements=["workspace_id", "message_sid"])
        .returning(INBOUND.c.id)
    )


_ENTER = {"sqlite": _insert(sqlite.insert), "postgresql": _insert(postgresql.insert)}


def stop(connection: Connection, workspace_id: str, said: Inbound, *, now: datetime) -> Call | None:
    """The number said STOP: it is out once this is committed. The text that it answers, if any."""
    if not _enter(connection, workspace_id, said, now, told=True):
        return None
    number = (workspace_id, said.phone, said.phone_key)
    optouts.add(connection, *number, source=Source.TEXT, by=None, now=now)
    return _told(connection, workspace_id, said, events.Kind.STOPPED, Happened.SAID_STOP, now)


def start(
    connection: Connection, workspace_id: str, said: Inbound, *, now: datetime
) -> Call | None:
    """The number said START: its own STOP is undone. Where it said none, that is a reply."""
    if not has_stopped(connection, workspace_id, said.phone_key):
        return reply(connection, workspace_id, said, now=now)
    if not _enter(connection, workspace_id, said, now, told=True):
        return None
    optouts.remove(connection, workspace_id, said.phone_key, source=Source.TEXT, by=None, now=now)
    return _told(connection, workspace_id, said, events.Kind.STARTED, Happened.SAID_START, now)


def has_stopped(connection: Connection, workspace_id: str, phone_key: str) -> bool:
    """Whether it is by a STOP of its own that the number is out."""
    out = optouts.find(connection, workspace_id, phone_key)
    return out is not None and out.source is Source.TEXT


def reply(
    connection: Connection, workspace_id: str, said: Inbound, *, now: datetime
) -> Call | None:
    """Words for a person: in the thread of the last text to that number, else told elsewhere."""
    if not _enter(connection, workspace_id, said, now, told=False):
        return None
    kind, happened = events.Kind.REPLIED, Happened.REPLIED
    text_ = _told(connection, workspace_id, said, kind, happened, now, body=said.body)
    if text_ is not None:
        mine = (INBOUND.c.workspace_id == workspace_id, INBOUND.c.message_sid == said.message_sid)
        connection.execute(update(INBOUND).where(*mine).values(told=True, call_id=text_.id))
    return text_


def note(connection: Connection, workspace_id: str, said: Inbound, *, now: datetime) -> bool:
    """Takes it without telling anybody; False where it was taken before."""
    return _enter(connection, workspace_id, said, now, told=True)


def _enter(
    connection: Connection, workspace_id: str, said: Inbound, now: datetime, *, told: bool
) -> bool:
    fresh = {
        "id": uuid.uuid4().hex,
        "workspace_id": workspace_id,
        "message_sid": said.message_sid,
        "phone": said.phone,
        "phone_key": said.phone_key,
        "body": said.body,
        "at": now,
        "call_id": None,
        "told": told,
    }
    return connection.execute(_ENTER[connection.dialect.name], fresh).first() is not None


def _told(
    connection: Connection,
    workspace_id: str,
    said: Inbound,
    kind: events.Kind,
    happened: Happened,
    now: datetime,
    **detail: Any,
) -> Call | None:
    """Writes it into the thread of the last text to that number: its own, or its campaign's."""
    last = last_text(connection, workspace_id, said.phone_key)
    if last is None:
        return None
    events.record(connection, last, kind, now, **detail)
    if last.campaign_id is not None:
        named: dict[str, Any] = {"calls": [last.id], "attempt": last.attempt, **detail}
        campaigns.record(connection, last.campaign_id, happened, now, **named)
    return last


def last_text(connection: Connection, workspace_id: str, phone_key: str) -> Call | None:
    """The last text that this number may have got, where what is shown of it still stands."""
    lost = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.elsewhere == Elsewhere.NOWHERE)
    where = (
        CALLS.c.workspace_id == workspace_id,
        CALLS.c.phone_key == phone_key,
        CALLS.c.kind == Kind.TEXT,
        CALLS.c.state.in_([State.DIALLING, State.PLACED, State.UNCERTAIN]),
        func.coalesce(CALLS.c.elsewhere, "") != Elsewhere.NOWHERE,
        func.coalesce(CALLS.c.campaign_id, "").not_in(lost),
    )
    return next(iter(find(connection, *where, limit=1, order=(CALLS.c.intent_at.desc(),))), None)


def untold(connection: Connection, *, limit: int = 20) -> list[Untold]:
    """Those that nobody has been told of, in every workspace, the oldest first."""
    query = select(INBOUND).where(text(UNTOLD)).order_by(INBOUND.c.at).limit(limit)
    return [
        Untold(row.id, row.workspace_id, row.phone, row.body, row.at)
        for row in connection.execute(query)
    ]


def get(connection: Connection, workspace_id: str, inbound_id: str) -> Untold | None:
    """One that was sent to this workspace."""
    mine = (INBOUND.c.workspace_id == workspace_id, INBOUND.c.id == inbound_id)
    row = connection.execute(select(INBOUND).where(*mine)).first()
    return None if row is None else Untold(row.id, row.workspace_id, row.phone, row.body, row.at)


def tell(connection: Connection, inbound_id: str) -> None:
    """Somebody was told of it, or never can be."""
    connection.execute(update(INBOUND).where(INBOUND.c.id == inbound_id).values(told=True))
