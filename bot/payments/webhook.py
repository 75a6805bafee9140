"""Stripe's webhook: whether an event is Stripe's, and its place in the database. No more than that:
what an event does is done after its 200.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.clock import Clock
from bot.errors import ForgedEvent, UnreadableEvent
from bot.logs import Action, log
from bot.payments.signature import is_signed
from storage import webhooks
from storage.engine import Database
from storage.webhooks import Arrived

PROVIDER = "stripe"


class Head(BaseModel):
    """What every event has; the rest of it isn't looked at before its 200."""

    model_config = ConfigDict(frozen=True)

    object: Literal["event"]
    id: str = Field(pattern=r"^[A-Za-z0-9_]{3,255}$")
    created: int = Field(gt=0, lt=253_000_000_000)
    type: str = ""
    livemode: bool = False


def verified(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> Head:
    """An event's head, where one of the secrets signed the event within the tolerance.

    Raises ForgedEvent, and UnreadableEvent for what is no snapshot event.
    """
    if not is_signed(secrets, raw, header, now):
        raise ForgedEvent
    return read_head(raw)


def read_head(raw: bytes | str) -> Head:
    """An event's head. Raises UnreadableEvent: a thin event's `object` is `v2.core.event`."""
    try:
        return Head.model_validate_json(raw)
    except ValidationError:
        raise UnreadableEvent from None


def arrived(raw: bytes, head: Head, workspace_id: str) -> Arrived:
    """The event as it is stored. Raises UnreadableEvent for what isn't UTF-8."""
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise UnreadableEvent from None
    return Arrived(
        workspace_id=workspace_id,
        provider=PROVIDER,
        event_id=head.id,
        type=head.type,
        at=datetime.fromtimestamp(head.created, UTC),
        livemode=head.livemode,
        digest=hashlib.sha256(raw).hexdigest(),
        body=body,
    )


@dataclass(frozen=True)
class StripeWebhook:
    """Takes events, each for the workspace to whose path it came."""

    database: Database
    clock: Clock
    wake: Callable[[], None]

    async def take(
        self, workspace_id: str, secrets: Sequence[str], raw: bytes, header: str, now: datetime
    ) -> None:
        """Stores an event once a workspace; it is processed after that. `now` is the very moment.

        `secrets`: that workspace's. Raises ForgedEvent, UnreadableEvent, and StorageError where it
        has to be sent again.
        """
        head = verified(raw, header, secrets, now)
        stored = arrived(raw, head, workspace_id)
        store = partial(webhooks.store, arrived=stored, now=self.clock())
        is_new = await self.database.write(store)
        log(Action.EVENT_TAKEN if is_new else Action.EVENT_KNOWN, event_id=stored.event_id)
        if is_new:
            self.wake()
