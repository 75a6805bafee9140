"""A payment fact: what Stripe says has happened, as far as people are told of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Group(StrEnum):
    """What a channel may subscribe to."""

    PAYMENTS = "payments"
    FAILURES = "failures"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    FRAUD = "fraud"
    INVOICES = "invoices"
    SUBSCRIPTIONS = "subscriptions"
    PAYOUTS = "payouts"


class Kind(StrEnum):
    """What has happened."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUND = "refund"
    """Of one refund, whatever its status."""
    REFUNDED = "refunded"
    """Of a charge: what was refunded of it so far, in all."""
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_UPDATED = "dispute_updated"
    FUNDS_WITHDRAWN = "funds_withdrawn"
    DISPUTE_CLOSED = "dispute_closed"
    FUNDS_REINSTATED = "funds_reinstated"
    FRAUD_WARNING = "fraud_warning"
    INVOICE_UNFINALIZED = "invoice_unfinalized"
    INVOICE_ACTION = "invoice_action"
    INVOICE_FAILED = "invoice_failed"
    INVOICE_OVERDUE = "invoice_overdue"
    INVOICE_UNCOLLECTIBLE = "invoice_uncollectible"
    INVOICE_PAID = "invoice_paid"
    SUBSCRIPTION_CREATED = "subscription_created"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    TRIAL_ENDING = "trial_ending"
    SUBSCRIPTION_PAUSED = "subscription_paused"
    SUBSCRIPTION_RESUMED = "subscription_resumed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_CANCELED = "payout_canceled"
    PAYOUT_FAILED = "payout_failed"

    @property
    def rank(self) -> int:
        """Which of two facts of the same second came later: the one with the higher rank."""
        return _RANKS[self]

    @property
    def group(self) -> Group:
        """Who is told: the channels that subscribed to this."""
        return _GROUPS[self]


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}
_GROUPS = {
    Kind.PENDING: Group.PAYMENTS,
    Kind.PAID: Group.PAYMENTS,
    Kind.FAILED: Group.FAILURES,
    Kind.EXPIRED: Group.FAILURES,
    Kind.REFUND: Group.REFUNDS,
    Kind.REFUNDED: Group.REFUNDS,
    Kind.FRAUD_WARNING: Group.FRAUD,
    **{kind: Group.DISPUTES for kind in Kind if "dispute" in kind or "funds" in kind},
    **{kind: Group.INVOICES for kind in Kind if kind.startswith("invoice")},
    **{kind: Group.SUBSCRIPTIONS for kind in Kind if kind.startswith(("subscription", "trial"))},
    **{kind: Group.PAYOUTS for kind in Kind if kind.startswith("payout")},
}


@dataclass(frozen=True)
class Fact:
    """One thing that has happened, read from one event.

    `ids` name the payment, the firmest first: payment intent, checkout session, invoice, charge;
    of what is no payment its own id. `of` is the object that the event is about. Amounts are in
    Stripe's minor units, None where it names none; `total` is what the payment was, where `amount`
    is a part of it. `currency` is in capitals, "" where Stripe's isn't one. `who` is masked, and
    `about` and `reason` hold no number or address, but are foreign: they are escaped when shown.
    `made_at` is when a refund was made, whenever this happened to it.
    """

    event_id: str
    kind: Kind
    at: datetime
    livemode: bool
    ids: tuple[str, ...]
    of: str
    amount: int | None = None
    currency: str = ""
    total: int | None = None
    who: str = ""
    about: str = ""
    state: str = ""
    reason: str = ""
    due_at: datetime | None = None
    made_at: datetime | None = None

    @property
    def session_id(self) -> str | None:
        """The checkout session that it names, `cs_…`."""
        return next((each for each in self.ids if each.startswith("cs_")), None)
