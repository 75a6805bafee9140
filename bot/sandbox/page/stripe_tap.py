"""Listening at the stand-in of Stripe, from outside: its requests, and its events' deliveries."""

import threading
from collections.abc import Callable

from bot.sandbox.page.taps import BOT, Tapped
from bot.sandbox.page.wirelog import Seen, WireLog
from bot.sandbox.stripe import Delivery, StripeEvent, StripeSandbox

STRIPE = "Stripe"
_GLANCE = 1.0
"""Seconds after which it is looked at anyway: a change between two waits wakes nobody."""


class StripeTap:
    """Tells the wire's log of what passes, and `changed` of every change, on a thread of its own.

    The stand-in has no listeners, but whoever waits for something is woken at each change.
    """

    def __init__(self, stripe: StripeSandbox, log: WireLog) -> None:
        self._stripe = stripe
        self._log = log
        self._told: dict[str, int] = {}
        self._ended = False
        served = stripe.app.middleware_stack or stripe.app.build_middleware_stack()
        stripe.app.middleware_stack = Tapped(served, log, BOT, STRIPE, only="/v1/")

    def open(self, changed: Callable[[], None]) -> None:
        """Listens from now on."""
        threading.Thread(target=self._run, args=(changed,), name="stripe-tap", daemon=True).start()

    def close(self) -> None:
        """Listens no more."""
        self._ended = True

    def _run(self, changed: Callable[[], None]) -> None:
        before: object = None
        while not self._ended:
            self._wait()
            now = (self._stripe.sessions, self._look())
            if now != before:
                before = now
                changed()

    def _wait(self) -> None:
        looks = iter((False,))
        self._stripe.wait_until(lambda: next(looks, True), timeout=_GLANCE)

    def _look(self) -> list[tuple[str, str, int]]:
        """Tells of deliveries not told of yet; gives where each event stands."""
        events = self._stripe.events
        for event in events:
            for delivery in event.deliveries[self._told.get(event.id, 0) :]:
                self._log.tell(_delivered(event, delivery))
            self._told[event.id] = len(event.deliveries)
        return [(event.id, event.state, len(event.deliveries)) for event in events]


def _delivered(event: StripeEvent, delivery: Delivery) -> Seen:
    return Seen(
        at=delivery.at,
        source=STRIPE,
        target=BOT,
        method="POST",
        path=event.type,
        status=delivery.status,
        took=None,
        asked=event.body,
    )
