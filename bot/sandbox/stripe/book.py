"""What the local Stripe knows: its objects, its events, what it was asked; behind one lock."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.sandbox.stripe.refusals import no_such

Thing = dict[str, Any]
"""One of Stripe's objects in the newest shape; keys that begin with `_` are the sandbox's own."""


@dataclass(frozen=True)
class CheckoutSession:
    """A checkout session as it stood when it was read.

    `amount_total` is in the currency's smallest unit; `created` and `expires_at` are Unix seconds,
    as on the wire. `url` is its page on this machine, which stays there when Stripe's own field is
    null. `payment_intent` is None until somebody tries to pay (docs.stripe.com/changelog/
    2022-08-01/deferred-paymentintent-checkout-session); customer is who paid, or was named before.
    """

    id: str
    url: str
    amount_total: int
    currency: str
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["unpaid", "paid", "no_payment_required"]
    payment_intent: str | None
    customer_email: str | None
    customer_name: str | None
    metadata: dict[str, str]
    client_reference_id: str | None
    created: int
    expires_at: int
    amount_refunded: int = 0
    dispute_status: str | None = None
    livemode: bool = False


@dataclass(frozen=True)
class Delivery:
    """One try to deliver an event: what came back (an HTTP status, or the error's name).

    `copy` counts from 1: an event that is sent twice has tries by copy 1 and by copy 2.
    """

    at: datetime
    copy: int
    status: int | str

    @property
    def taken(self) -> bool:
        """Whether it was answered by a 2xx."""
        return isinstance(self.status, int) and self.status // 100 == 2


DeliveryState = Literal["undirected", "pending", "delivered", "missed"]


@dataclass(frozen=True)
class StripeEvent:
    """An event as it stood when it was read; `created` in Unix seconds.

    `body` is the raw body that every delivery carries. `state`: nobody was to be told
    (`undirected`), tries are to come (`pending`), each copy was taken (`delivered`), every try of
    a copy has failed (`missed`).
    """

    id: str
    type: str
    created: int
    body: str
    state: DeliveryState
    deliveries: tuple[Delivery, ...]

    @property
    def payload(self) -> dict[str, Any]:
        """The event itself, parsed anew at each look."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(frozen=True)
class ApiRequest:
    """One request to the API, and how it was answered; header names are in lower case."""

    at: datetime
    id: str
    method: str
    path: str
    params: dict[str, Any]
    headers: dict[str, str]
    status: int


@dataclass
class Announced:
    """An event with what came of its delivery; changed under the book's lock only."""

    id: str
    type: str
    created: int
    event: Thing
    pending: int = 0
    """Copies that may still be tried."""
    failed: int = 0
    """Copies of the last sending whose every try has failed."""
    directed: bool = False
    deliveries: list[Delivery] = field(default_factory=list)

    def expect(self, copies: int) -> None:
        """So many copies are to be delivered from now on."""
        if not self.pending:
            self.failed = 0
        self.pending += copies
        self.directed = True

    def settle(self, *, taken: bool) -> None:
        """One copy was taken, or is given up."""
        self.pending -= 1
        self.failed += not taken

    def give_up(self) -> None:
        """No copy is tried any more."""
        self.failed += self.pending
        self.pending = 0

    @property
    def state(self) -> DeliveryState:
        """Where the last sending stands."""
        if not self.directed:
            return "undirected"
        if self.pending:
            return "pending"
        return "missed" if self.failed else "delivered"

    def content(self) -> Thing:
        """The event as it reads now: `pending_webhooks` counts endpoints that haven't taken it."""
        return self.event | {"pending_webhooks": int(self.state in ("pending", "missed"))}

    def body(self) -> str:
        """What is delivered, indented as Stripe does."""
        return json.dumps(self.event, indent=2, ensure_ascii=False)

    def seen(self) -> StripeEvent:
        """A frozen copy."""
        tries = tuple(self.deliveries)
        return StripeEvent(self.id, self.type, self.created, self.body(), self.state, tries)


class Book:
    """Everything that is known. Change it under `changed`, and `wake` who waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        self.changed = threading.Condition()
        self.things: dict[str, Thing] = {}
        self.announced: dict[str, Announced] = {}
        self.requests: list[ApiRequest] = []
        self.base_url: str | None = None
        self._clock = clock

    def now(self) -> int:
        """The present second."""
        return int(self._clock())

    def keep(self, thing: Thing) -> Thing:
        """Knows one more object from now on."""
        self.things[thing["id"]] = thing
        return thing

    def get(self, kind: str, given: str, param: str = "id", *, status: int = 404) -> Thing:
        """The object of this kind by its id. Raises Refused where there is none."""
        thing = self.things.get(given)
        if thing is None or thing["object"] != kind:
            raise no_such(kind, given, param, status=status)
        return thing

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind, in the order of making."""
        return [thing for thing in self.things.values() if thing["object"] == kind]

    def page_of(self, session_id: str) -> str:
        """Where a session's checkout page is."""
        if self.base_url is None:
            raise RuntimeError("Serve the sandbox first: a session's address is on its port")
        return f"{self.base_url}/c/pay/{session_id}"

    def wait_until(self, check: Callable[[], bool], timeout: float) -> bool:
        """Blocks the calling thread until `check` holds, at most `timeout` seconds; whether it did.

        `check` is tried again at each change.
        """
        with self.changed:
            return self.changed.wait_for(check, timeout)

    def wake(self) -> None:
        """Lets those who wait look again."""
        with self.changed:
            self.changed.notify_all()
