"""Events: what has happened, in an API version's shape, on its way to the webhook."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bot.sandbox.stripe.book import Announced, Book, Thing
from bot.sandbox.stripe.deliveries import Deliveries
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.versions import shown, shown_part


@dataclass(frozen=True)
class Fact:
    """Something that happened to an object; `before` has the fields that changed, as they were."""

    type: str
    thing: Thing
    before: Thing | None = None


_cause: ContextVar[tuple[str | None, str | None]] = ContextVar("stripe_cause", default=(None, None))


@contextmanager
def caused_by(request_id: str, idempotency_key: str | None) -> Iterator[None]:
    """What happens within is due to this API request: its events say so in `request`."""
    token = _cause.set((request_id, idempotency_key))
    try:
        yield
    finally:
        _cause.reset(token)


class Announcer:
    """Makes events and hands them on. Belongs to the book's lock."""

    def __init__(self, book: Book, deliveries: Deliveries, version: str) -> None:
        """`version` is the account's API version: events keep the one they were made in."""
        self.version = version
        self._book = book
        self._deliveries = deliveries

    def announce(self, *facts: Fact) -> None:
        """Makes an event of each fact, in this order; they are delivered as one batch."""
        batch = [self._event(fact) for fact in facts]
        for announced in batch:
            self._book.announced[announced.id] = announced
        self._deliveries.send(batch)
        self._book.wake()

    def _event(self, fact: Fact) -> Announced:
        """docs.stripe.com/api/events/object."""
        request_id, idempotency_key = _cause.get()
        data: Thing = {"object": shown(fact.thing, self.version)}
        if fact.before is not None:
            data["previous_attributes"] = shown_part(
                fact.before, fact.thing["object"], self.version
            )
        event: Thing = {
            "id": made("evt_1"),
            "object": "event",
            "api_version": self.version,
            "created": self._book.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": int(self._deliveries.target is not None),
            "request": {"id": request_id, "idempotency_key": idempotency_key},
            "type": fact.type,
        }
        return Announced(event["id"], fact.type, event["created"], event)
