"""Stripe's webhook: whether an event is Stripe's, and its place in the database. No more than that:
what an event does is done after its 200.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic_core import from_json
from stripe import SignatureVerificationError, WebhookSignature

from bot.clock import Clock
from bot.errors import ForgedEvent, UnreadableEvent
from bot.logs import Action, log
from bot.payments.fields import id_of, moment_of, text_of
from storage import webhooks
from storage.engine import Database
from storage.webhooks import Arrived

PROVIDER = "stripe"
TOLERANCE = 300
"""Seconds that a signature may be old, and be ahead: Stripe's library refuses old ones only."""

_TIMESTAMP = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)")
Event = dict[str, Any]


def verified(raw: bytes, header: str, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event, as parsed JSON, that one of the secrets signed within the tolerance.

    Raises ForgedEvent, and UnreadableEvent for what is no snapshot event.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise UnreadableEvent(detail="encoding") from None
    if not (any(_is_signed(text, header, each) for each in secrets) and _is_present(header, now)):
        raise ForgedEvent
    try:
        event = from_json(text)
    except ValueError:
        raise UnreadableEvent(detail="json") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise UnreadableEvent(detail="object")  # a thin event's is `v2.core.event`
    return event


def _is_signed(text: str, header: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(text, header, secret, TOLERANCE))
    except SignatureVerificationError:
        return False


def _is_present(header: str, now: datetime) -> bool:
    found = _TIMESTAMP.search(header)
    return found is not None and int(found[1]) <= now.timestamp() + TOLERANCE


def arrived(event: Event, text: str, workspace_id: str) -> Arrived:
    """The event as it is stored. Raises UnreadableEvent where it lacks what every event has."""
    event_id, at = id_of(event.get("id")), moment_of(event.get("created"))
    if not event_id or at is None:
        raise UnreadableEvent(detail="id")
    return Arrived(
        workspace_id=workspace_id,
        provider=PROVIDER,
        event_id=event_id,
        type=text_of(event, "type"),
        at=at,
        livemode=event.get("livemode") is True,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        body=text,
    )


@dataclass(frozen=True)
class StripeWebhook:
    """Takes events for the workspace that its secrets belong to."""

    secrets: tuple[str, ...]
    workspace_id: str
    database: Database
    clock: Clock
    wake: Callable[[], None]

    async def take(self, raw: bytes, header: str, now: datetime) -> None:
        """Stores an event once; it is processed after that. `now` is the very moment.

        Raises ForgedEvent, UnreadableEvent, and StorageError where it has to be sent again.
        """
        event = verified(raw, header, self.secrets, now)
        stored = arrived(event, raw.decode(), self.workspace_id)
        store = partial(webhooks.store, arrived=stored, now=self.clock())
        is_new = await self.database.write(store)
        log(Action.EVENT_TAKEN if is_new else Action.EVENT_KNOWN, event_id=stored.event_id)
        if is_new:
            self.wake()
