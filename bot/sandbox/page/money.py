"""The other end's money: checkout sessions with what can become of them, and their events."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.sandbox.page.acts import NotDone
from bot.sandbox.stripe import CheckoutSession, Refused, StripeEvent, StripeSandbox
from bot.sandbox.stripe.money import written

Json = dict[str, Any]

SHOWN = 30
"""So many sessions and events are shown, the newest first."""

_TEST_AMOUNT = 2000

MANNERS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "once": ("Once, in order", {}),
        "twice": ("Twice", {"copies": 2}),
        "late": ("10 s late", {"delay": 10.0}),
        "out-of-order": ("Out of order", {"out_of_order": True}),
    }
)
"""How events may be delivered: a button's words, and what the stand-in is told."""

_STATES: Mapping[str, str] = MappingProxyType(
    {
        "undirected": "nobody is told",
        "pending": "on its way",
        "delivered": "delivered",
        "missed": "not taken",
    }
)


@dataclass(frozen=True)
class Session:
    """A session as it is shown; `moves` are (deed, words) of what can become of it now."""

    id: str
    amount: str
    words: str
    url: str
    moves: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Event:
    """An event as it is shown; `tries` is what each delivery got."""

    id: str
    type: str
    at: datetime
    words: str
    tries: tuple[int | str, ...]
    went_well: bool


@dataclass(frozen=True)
class Till:
    """The whole panel."""

    sessions: tuple[Session, ...]
    events: tuple[Event, ...]
    manner: str
    manners: tuple[tuple[str, str], ...]
    opens: str


class Money:
    """The panel's content, and what its buttons do."""

    def __init__(self, stripe: StripeSandbox) -> None:
        self._stripe = stripe
        self._manner = "once"
        self._moves: Mapping[str, Callable[[str], object]] = {
            "pay": stripe.pay,
            "pay-later": lambda session: stripe.pay(session, delayed=True),
            "arrive": stripe.async_succeed,
            "bounce": stripe.async_fail,
            "fail": stripe.fail,
            "expire": stripe.expire,
            "refund": stripe.refund,
            "dispute": stripe.dispute,
            "win": lambda session: stripe.close_dispute(session, won=True),
            "lose": lambda session: stripe.close_dispute(session, won=False),
        }
        self.deeds: Mapping[str, Callable[[Json], Awaitable[None]]] = {
            "open": self.open,
            "move": self.move,
            "manner": self.manner,
            "again": self.again,
        }

    def till(self) -> Till:
        """As it stands now."""
        return Till(
            sessions=tuple(_shown(each) for each in reversed(self._stripe.sessions[-SHOWN:])),
            events=tuple(_told(each) for each in reversed(self._stripe.events[-SHOWN:])),
            manner=self._manner,
            manners=tuple((name, words) for name, (words, _) in MANNERS.items()),
            opens=written(_TEST_AMOUNT, "usd"),
        )

    async def open(self, _: Json) -> None:
        """Opens a session, as Toingg does."""
        _by_stripe(lambda: self._stripe.open(_TEST_AMOUNT))

    async def move(self, asked: Json) -> None:
        """`state` becomes of the session `session`."""
        if asked["state"] not in self._moves:
            raise NotDone("There is no such deed.")
        _by_stripe(lambda: self._moves[asked["state"]](asked["session"]))

    async def manner(self, asked: Json) -> None:
        """Events are delivered as `name` says from now on."""
        if asked["name"] not in MANNERS:
            raise NotDone("There is no such manner.")
        self._stripe.delivery(**MANNERS[asked["name"]][1])
        self._manner = asked["name"]

    async def again(self, asked: Json) -> None:
        """Delivers the event `event` once more."""
        _by_stripe(lambda: self._stripe.redeliver(asked["event"]))


def _by_stripe(do: Callable[[], object]) -> None:
    """Does it; raises NotDone with Stripe's own words."""
    try:
        do()
    except Refused as refused:
        raise NotDone(str(refused)) from None


def _shown(session: CheckoutSession) -> Session:
    amount = written(session.amount_total, session.currency)
    return Session(session.id, amount, _words(session), session.url, _possible(session))


def _words(session: CheckoutSession) -> str:
    if session.dispute_status:
        return f"disputed: {session.dispute_status.replace('_', ' ')}"
    if session.amount_refunded:
        return f"refunded {written(session.amount_refunded, session.currency)}"
    if session.status == "complete":
        return "paid" if session.payment_status == "paid" else "on its way from the bank"
    return session.status


def _possible(session: CheckoutSession) -> tuple[tuple[str, str], ...]:
    if session.status == "open":
        return (
            ("pay", "Pay"),
            ("pay-later", "Pay by Debit"),
            ("fail", "Fail"),
            ("expire", "Expire"),
        )
    if session.status == "expired":
        return ()
    if session.payment_status == "unpaid":
        return (("arrive", "Arrive"), ("bounce", "Bounce"))
    if session.dispute_status in ("needs_response", "under_review", "warning_needs_response"):
        return (("win", "Win Dispute"), ("lose", "Lose Dispute"))
    if session.dispute_status or session.amount_refunded >= session.amount_total:
        return ()
    return (("refund", "Refund"), ("dispute", "Dispute"))


def _told(event: StripeEvent) -> Event:
    return Event(
        id=event.id,
        type=event.type,
        at=datetime.fromtimestamp(event.created, UTC),
        words=_STATES[event.state],
        tries=tuple(each.status for each in event.deliveries),
        went_well=event.state != "missed",
    )
