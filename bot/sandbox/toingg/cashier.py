"""Who opens the checkout sessions that Toingg answers with."""

import secrets
from typing import Protocol

from bot.sandbox.toingg.book import Checkout, now


class OpenedSession(Protocol):
    """A session somewhere: its id, `cs_test_…`, and the page where it is paid."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def url(self) -> str:
        """Where it is paid."""
        ...


class Cashier(Protocol):
    """Opens a checkout session; called in the server's loop, so it doesn't wait for anything."""

    def __call__(self) -> OpenedSession:
        """One more session."""
        ...


class _MadeUp:
    """A session at checkout.stripe.com that exists nowhere."""

    def __init__(self) -> None:
        self.id = "cs_test_" + secrets.token_hex(24)
        self.url = f"https://checkout.stripe.com/c/pay/{self.id}"


def made_up() -> OpenedSession:
    """The cashier of a Toingg that has no Stripe beside it."""
    return _MadeUp()


def opened(cashier: Cashier) -> Checkout:
    """A checkout session as Toingg remembers it."""
    session = cashier()
    return Checkout(session.id, session.url, at=now())
