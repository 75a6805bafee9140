"""Which payment facts a channel is told: one subscription a channel."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import SubscriptionRow, table_of

SUBSCRIPTIONS = table_of(SubscriptionRow)


@dataclass(frozen=True)
class Subscription:
    """What a channel is told, and who said so (`by`).

    `groups` are words of `bot.payments.kinds`; `minimum` is in millionths of a currency's unit,
    None for any amount; `currency` None is any; `mode` is live, test or both.
    """

    channel: str
    by: str
    groups: frozenset[str]
    minimum: int | None = None
    currency: str | None = None
    mode: str = "live"


def subscribe(
    connection: Connection, workspace_id: str, subscription: Subscription, *, now: datetime
) -> None:
    """From now on the channel is told this, in the place of what it was told before."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    said = {
        "by": subscription.by,
        "groups": " ".join(sorted(subscription.groups)),
        "minimum": subscription.minimum,
        "currency": subscription.currency,
        "mode": subscription.mode,
        "changed_at": now,
    }
    connection.execute(
        make(SUBSCRIPTIONS)
        .values(workspace_id=workspace_id, channel=subscription.channel, **said)
        .on_conflict_do_update(index_elements=["workspace_id", "channel"], set_=said)
    )


def unsubscribe(connection: Connection, workspace_id: str, channel: str) -> bool:
    """The channel is told nothing more; False where it was told nothing."""
    gone = delete(SUBSCRIPTIONS).where(*_mine(workspace_id), SUBSCRIPTIONS.c.channel == channel)
    return bool(connection.execute(gone).rowcount)


def of_workspace(connection: Connection, workspace_id: str) -> list[Subscription]:
    """All of a workspace's, the oldest first."""
    query = select(SUBSCRIPTIONS).where(*_mine(workspace_id)).order_by(SUBSCRIPTIONS.c.changed_at)
    return [_subscription(row) for row in connection.execute(query)]


def of_channel(connection: Connection, workspace_id: str, channel: str) -> Subscription | None:
    """What this channel is told."""
    where = (*_mine(workspace_id), SUBSCRIPTIONS.c.channel == channel)
    row = connection.execute(select(SUBSCRIPTIONS).where(*where)).first()
    return None if row is None else _subscription(row)


def _mine(workspace_id: str) -> Collection[Any]:
    return (SUBSCRIPTIONS.c.workspace_id == workspace_id,)


def _subscription(row: Any) -> Subscription:
    groups = frozenset(row.groups.split())
    return Subscription(row.channel, row.by, groups, row.minimum, row.currency, row.mode)
