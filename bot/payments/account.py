"""What Stripe's own API says of checkout sessions and events, where its account is ours."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import stripe
from stripe.params import EventListParams

from bot.errors import StripeError
from bot.logs import Action, log
from bot.payments.facts import TYPES
from bot.payments.fields import moment_of, number_of, text_of
from bot.payments.money import currency_of

STRIPE_VERSION = "2026-10-28.endive"
"""Set by us: a minor release of the library would move it."""
_TIMEOUT = 10.0
_TRIES_AGAIN = 1
_PAGE = 100


@dataclass(frozen=True)
class Session:
    """A checkout session as Stripe has it; `amount` in the currency's smallest unit.

    None: Stripe doesn't say, as with the address of one that isn't open any more.
    """

    url: str | None
    livemode: bool
    amount: int | None
    currency: str | None
    expires_at: datetime | None


class Unseen(Enum):
    """Why nothing is known of a session."""

    NOT_ASKED = "not asked"  # no key is set
    NOT_OURS = "not ours"  # our account has no such session
    AWAY = "away"


Look = Callable[[str], Awaitable[Session | Unseen]]
"""Asks for a session by its id."""


async def unasked(_session_id: str) -> Session | Unseen:
    """Where no key is set, nobody is asked."""
    return Unseen.NOT_ASKED


class StripeAccount:
    """One account's door, by its key; closed by `aclose()`."""

    def __init__(self, key: str, url: str) -> None:
        """`url` is the API's base."""
        self._http = stripe.HTTPXClient(timeout=_TIMEOUT)
        self._client = stripe.StripeClient(
            key,
            stripe_version=STRIPE_VERSION,
            base_addresses={"api": url.rstrip("/")},
            max_network_retries=_TRIES_AGAIN,
            http_client=self._http,
        )

    async def session(self, session_id: str) -> Session | Unseen:
        """A checkout session, or why it isn't known."""
        try:
            found = await self._client.v1.checkout.sessions.retrieve_async(session_id)
        except stripe.InvalidRequestError:  # 404, and what is no id of Stripe's
            return Unseen.NOT_OURS
        except stripe.StripeError as error:
            log(Action.STRIPE_AWAY, level="warning", error=type(error).__name__)
            return Unseen.AWAY
        return session_of(found.to_dict(for_json=True))

    async def missed(self) -> list[dict[str, Any]]:
        """The events of the last 30 days that no webhook took, the oldest first.

        Raises StripeError. Source: docs.stripe.com/webhooks/process-undelivered-events.
        """
        asked: EventListParams = {"delivery_success": False, "limit": _PAGE}
        try:
            page = await self._client.v1.events.list_async(asked)
            newest_first = [
                event.to_dict(for_json=True)
                async for event in page.auto_paging_iter()
                if event.type in TYPES
            ]
        except stripe.AuthenticationError as error:
            raise StripeError("Stripe refuses STRIPE_API_KEY. Copy it again.") from error
        except stripe.PermissionError as error:
            raise StripeError(
                "STRIPE_API_KEY may not read events: give it that permission."
            ) from error
        except stripe.StripeError as error:
            raise StripeError(detail=type(error).__name__) from error
        return newest_first[::-1]

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def session_of(said: Mapping[str, Any]) -> Session:
    """Stripe's object as a value; whatever isn't of its type wasn't said: pure."""
    return Session(
        url=text_of(said, "url") or None,
        livemode=said.get("livemode") is True,
        amount=number_of(said, "amount_total"),
        currency=currency_of(said.get("currency")) or None,
        expires_at=moment_of(said.get("expires_at")),
    )
