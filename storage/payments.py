"""Payments by any of their identifiers, and their messages: one a payment a channel."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import (
    UNSAID,
    AnnouncementRow,
    PaymentAliasRow,
    PaymentRow,
    WorkspaceRow,
    table_of,
)
from storage.rows import Elsewhere
from storage.statements import given, values

PAYMENTS = table_of(PaymentRow)
ALIASES = table_of(PaymentAliasRow)
ANNOUNCEMENTS = table_of(AnnouncementRow)
WORKSPACES = table_of(WorkspaceRow)


@dataclass(frozen=True)
class News:
    """The lines that a payment's thread is told of one version, and when that came."""

    version: int
    at: datetime
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Payment:
    """What one message is about; `version` counts its changes from 0."""

    id: str
    workspace_id: str
    identity: str
    livemode: bool
    version: int
    news: tuple[News, ...]


@dataclass(frozen=True)
class Announcement:
    """A payment's message in one channel, meant for `asker` where the channel is closed.

    It stands at `ts` in `stands_in`, which isn't the channel where there is a reason, `elsewhere`.
    Its thread was told up to the version `told`, and it shows `drawn` of the payment's `version`.
    `lives` counts the messages that were deleted.
    """

    id: str
    workspace_id: str
    payment_id: str
    channel: str
    asker: str
    created_at: datetime
    stands_in: str | None
    ts: str | None
    elsewhere: Elsewhere | None
    version: int
    told: int
    drawn: int
    lives: int


_LOCK = (
    select(WORKSPACES.c.id)
    .where(WORKSPACES.c.id == given("workspace_id", WORKSPACES.c.id))
    .with_for_update(key_share=True)
)
_FIND = (
    select(PAYMENTS, ALIASES.c.alias)
    .join(ALIASES, ALIASES.c.payment_id == PAYMENTS.c.id)
    .where(
        ALIASES.c.workspace_id == given("workspace_id", ALIASES.c.workspace_id),
        ALIASES.c.alias.in_(bindparam("given_ids", expanding=True)),
    )
)
_ALIAS = {
    "sqlite": sqlite.insert(ALIASES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ALIASES).on_conflict_do_nothing(),
}


def of_ids(
    connection: Connection,
    workspace_id: str,
    ids: Sequence[str],
    *,
    livemode: bool,
    now: datetime,
) -> Payment:
    """The payment that has any of these identifiers, made on first sight; it has them all then.

    Nobody else's until this transaction ends: the workspace's payments are moved one by one.
    """
    connection.execute(_LOCK, values(workspace_id=workspace_id))
    found = find(connection, workspace_id, ids)
    if found is None:
        found = Payment(uuid.uuid4().hex, workspace_id, ids[0], livemode, 0, ())
        row = {
            "id": found.id,
            "workspace_id": workspace_id,
            "identity": found.identity,
            "livemode": livemode,
            "created_at": now,
            "version": 0,
            "news": {},
        }
        connection.execute(PAYMENTS.insert(), row)
    names = [{"workspace_id": workspace_id, "alias": it, "payment_id": found.id} for it in ids]
    connection.execute(_ALIAS[connection.dialect.name], names)
    return found


def find(connection: Connection, workspace_id: str, ids: Sequence[str]) -> Payment | None:
    """The payment that has any of these identifiers, an earlier of them before a later one."""
    rows = connection.execute(_FIND, values(workspace_id=workspace_id, ids=list(ids))).all()
    first = min(rows, key=lambda row: list(ids).index(row.alias), default=None)
    return None if first is None else _payment(first)


def read(connection: Connection, payment_id: str) -> Payment:
    """The payment with this id."""
    query = select(PAYMENTS).where(PAYMENTS.c.id == payment_id)
    return _payment(connection.execute(query).one())


def _payment(row: Any) -> Payment:
    news = tuple(
        News(int(version), datetime.fromisoformat(it["at"]), tuple(it["lines"]))
        for version, it in row.news.items()
    )
    return Payment(row.id, row.workspace_id, row.identity, row.livemode, row.version, news)


def advance(
    connection: Connection,
    payment: Payment,
    lines: Sequence[str],
    *,
    remind_at: datetime | None,
    now: datetime,
) -> int:
    """Something has changed: the payment's next version, with what its threads are told of it."""
    version = payment.version + 1
    news = {
        str(each.version): {"at": each.at.isoformat(), "lines": list(each.lines)}
        for each in payment.news
    }
    if lines:
        news[str(version)] = {"at": now.isoformat(), "lines": list(lines)}
    connection.execute(
        update(PAYMENTS)
        .where(PAYMENTS.c.id == payment.id)
        .values(version=version, news=news, remind_at=remind_at)
    )
    if payment.version:  # else nobody was told of it yet
        connection.execute(
            update(ANNOUNCEMENTS)
            .where(ANNOUNCEMENTS.c.payment_id == payment.id)
            .values(version=version)
        )
    return version


def to_remind(connection: Connection, *, now: datetime, limit: int = 100) -> list[str]:
    """The payments of which a reminder is due."""
    due = select(PAYMENTS.c.id).where(
        PAYMENTS.c.remind_at.is_not(None), PAYMENTS.c.remind_at <= now
    )
    return list(connection.execute(due.order_by(PAYMENTS.c.remind_at).limit(limit)).scalars())


def reminded(connection: Connection, payment_id: str, *, now: datetime) -> Payment | None:
    """The payment, for the one who reminds of it; None where that is done."""
    taken = connection.execute(
        update(PAYMENTS)
        .where(PAYMENTS.c.id == payment_id, PAYMENTS.c.remind_at <= now)
        .values(remind_at=None)
        .returning(PAYMENTS)
    ).first()
    return None if taken is None else _payment(taken)


# Announcements

_BEGIN = {
    "sqlite": sqlite.insert(ANNOUNCEMENTS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ANNOUNCEMENTS).on_conflict_do_nothing(),
}


def begin(
    connection: Connection,
    payment: Payment,
    version: int,
    channels: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> None:
    """Means a message in each of these channels, of who asked for it; once each, for ever."""
    rows = [
        {
            "id": uuid.uuid4().hex,
            "workspace_id": payment.workspace_id,
            "payment_id": payment.id,
            "channel": channel,
            "asker": asker,
            "created_at": now,
            "version": version,
            "told": 0,
            "drawn": 0,
            "lives": 0,
            "given_up": False,
        }
        for channel, asker in channels
    ]
    if rows:
        connection.execute(_BEGIN[connection.dialect.name], rows)


_ANNOUNCED = [ANNOUNCEMENTS.c[name] for name in Announcement.__dataclass_fields__]


def unsaid(
    connection: Connection, workspaces: Collection[str], *, limit: int = 200
) -> list[Announcement]:
    """What is behind its payment in these workspaces, the oldest first."""
    query = (
        select(*_ANNOUNCED)
        .where(text(UNSAID), ANNOUNCEMENTS.c.workspace_id.in_(list(workspaces)))
        .order_by(ANNOUNCEMENTS.c.created_at)
        .limit(limit)
    )
    return [_announcement(row) for row in connection.execute(query)]


def announcement(connection: Connection, id_: str) -> Announcement | None:
    """One of them, as it is now; None where it isn't wanted any more."""
    query = select(*_ANNOUNCED).where(ANNOUNCEMENTS.c.id == id_)
    row = connection.execute(query).first()
    return None if row is None else _announcement(row)


def _announcement(row: Any) -> Announcement:
    elsewhere = None if row.elsewhere is None else Elsewhere(row.elsewhere)
    return replace(Announcement(*row), elsewhere=elsewhere)


def _change(connection: Connection, id_: str, **changes: Any) -> None:
    connection.execute(update(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.id == id_).values(**changes))


def posted(
    connection: Connection,
    id_: str,
    *,
    channel: str,
    ts: str,
    elsewhere: Elsewhere | None,
    told: int,
    drawn: int,
) -> None:
    """Its message stands there, shows the version `drawn`, and says what came up to `told`."""
    at = {"stands_in": channel, "ts": ts, "elsewhere": elsewhere}
    _change(connection, id_, **at, told=told, drawn=drawn)


def told(connection: Connection, id_: str, *, version: int) -> None:
    """Its thread was told of all that came up to this version."""
    _change(connection, id_, told=version)


def drawn(connection: Connection, id_: str, *, version: int) -> None:
    """It shows this version."""
    _change(connection, id_, drawn=version)


def lost(connection: Connection, announced: Announcement) -> None:
    """Its message was deleted: what comes next is told by another one."""
    _change(connection, announced.id, stands_in=None, ts=None, drawn=0, lives=announced.lives + 1)


def give_up(connection: Connection, id_: str) -> None:
    """It can't be shown anywhere: it isn't tried again."""
    _change(connection, id_, given_up=True)


def forget(connection: Connection, workspace_id: str, channel: str) -> None:
    """Nothing that isn't posted yet is posted in this channel any more."""
    mine = (ANNOUNCEMENTS.c.workspace_id == workspace_id, ANNOUNCEMENTS.c.channel == channel)
    connection.execute(delete(ANNOUNCEMENTS).where(*mine, ANNOUNCEMENTS.c.ts.is_(None)))
