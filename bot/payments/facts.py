"""From an event, in the shape of any API version, to what it tells: one reader a type. Pure.

Nothing in an event is taken for granted: a field may be missing, null, or something that is new.
What isn't told of gives None. Source: docs.stripe.com/api/events/types, docs.stripe.com/changelog.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.payments.fields import (
    Thing,
    discreet,
    id_of,
    ids_of,
    items_of,
    masked,
    moment_of,
    number_of,
    text_of,
    within,
    word_of,
)
from bot.payments.kinds import Fact, Kind
from bot.payments.money import currency_of

Reader = Callable[[Thing, Thing], dict[str, Any] | None]
"""From an event and its object to the fields of the fact that only this type has."""


def read_fact(event: Thing) -> Fact | None:
    """What an event tells; None where nobody is told of it."""
    found = _READERS.get(text_of(event, "type"))
    thing = within(event, "data", "object")
    if found is None or not thing:
        return None
    kind, reader = found
    at = moment_of(event.get("created"))
    fields = reader(event, thing)
    if fields is None or at is None:
        return None
    ids = tuple(dict.fromkeys(filter(None, fields.pop("ids"))))
    if not ids:
        return None
    base: dict[str, Any] = {
        "event_id": id_of(event.get("id")),
        "kind": kind,
        "at": at,
        "livemode": event.get("livemode") is True,
        "ids": ids,
        "of": id_of(thing.get("id")),
        "currency": currency_of(thing.get("currency")),
    }
    return Fact(**base | fields)


# Payments


def _session(_event: Thing, thing: Thing) -> dict[str, Any] | None:
    if text_of(thing, "mode") == "setup":
        return None
    details = within(thing, "customer_details")
    return {
        "ids": ids_of(thing, "payment_intent", "id", "invoice"),
        "amount": number_of(thing, "amount_total"),
        "who": masked(
            text_of(details, "email") or text_of(thing, "customer_email"), text_of(details, "name")
        ),
    }


def _completed(event: Thing, thing: Thing) -> dict[str, Any] | None:
    fields = _session(event, thing)
    if fields is None or text_of(thing, "payment_status") != "unpaid":
        return fields
    return fields | {"kind": Kind.PENDING}


def _intent(_event: Thing, thing: Thing) -> dict[str, Any]:
    billing = within(_charge(thing), "billing_details")
    received = number_of(thing, "amount_received")
    return {
        "ids": ids_of(thing, "id", "invoice"),
        "amount": received or number_of(thing, "amount"),
        "who": masked(
            text_of(thing, "receipt_email") or text_of(billing, "email"), text_of(billing, "name")
        ),
        "about": discreet(text_of(thing, "description")),
    }


def _charge(intent: Thing) -> Thing:
    """The charge within a payment intent: before 2022-11-15 it was there, since then its id is."""
    latest = intent.get("latest_charge")
    if isinstance(latest, Mapping):
        return latest
    return next(items_of(intent, "charges"), {})


def _failed_intent(event: Thing, thing: Thing) -> dict[str, Any]:
    error = within(thing, "last_payment_error")
    billing = within(error, "payment_method", "billing_details")
    fields = _intent(event, thing)
    return fields | {
        "amount": number_of(thing, "amount"),
        "who": fields["who"] or masked(text_of(billing, "email"), text_of(billing, "name")),
        "reason": word_of(text_of(error, "decline_code") or text_of(error, "code")),
    }


# What may follow


def _refund(_event: Thing, thing: Thing) -> dict[str, Any]:
    return {
        "ids": ids_of(thing, "payment_intent", "charge"),
        "amount": number_of(thing, "amount"),
        "state": word_of(text_of(thing, "status")) or "succeeded",
        "made_at": moment_of(thing.get("created")),
        "reason": word_of(text_of(thing, "failure_reason") or text_of(thing, "reason")),
    }


def _failed_refund(event: Thing, thing: Thing) -> dict[str, Any]:
    return _refund(event, thing) | {"state": "failed"}


def _refunded(_event: Thing, thing: Thing) -> dict[str, Any]:
    billing = within(thing, "billing_details")
    return {
        "ids": ids_of(thing, "payment_intent", "id", "invoice"),
        "amount": number_of(thing, "amount_refunded"),
        "total": number_of(thing, "amount"),
        "who": masked(
            text_of(billing, "email") or text_of(thing, "receipt_email"), text_of(billing, "name")
        ),
        "about": discreet(text_of(thing, "description")),
    }


def _dispute(_event: Thing, thing: Thing) -> dict[str, Any]:
    return {
        "ids": ids_of(thing, "payment_intent", "charge"),
        "amount": number_of(thing, "amount"),
        "state": word_of(text_of(thing, "status")),
        "reason": word_of(text_of(thing, "reason")),
        "due_at": moment_of(within(thing, "evidence_details").get("due_by")),
    }


def _warning(_event: Thing, thing: Thing) -> dict[str, Any]:
    return {
        "ids": ids_of(thing, "payment_intent", "charge"),
        "reason": word_of(text_of(thing, "fraud_type")),
        "state": "actionable" if thing.get("actionable") is True else "",
    }


# Billing


def _invoice(_event: Thing, thing: Thing) -> dict[str, Any]:
    """Since Basil an invoice names no payment intent, and its subscription only in `parent`."""
    number = text_of(thing, "number")
    lines = (text_of(line, "description") for line in items_of(thing, "lines"))
    what = next(filter(None, [text_of(thing, "description"), *lines]), "")
    return {
        "ids": ids_of(thing, "payment_intent", "id"),
        "amount": number_of(thing, "amount_due") or number_of(thing, "total"),
        "who": masked(text_of(thing, "customer_email"), text_of(thing, "customer_name")),
        "about": discreet(" · ".join(filter(None, [number, what]))),
        "due_at": moment_of(thing.get("next_payment_attempt") or thing.get("due_date")),
        "reason": word_of(text_of(within(thing, "last_finalization_error"), "code")),
    }


def _paid_invoice(event: Thing, thing: Thing) -> dict[str, Any]:
    fields, paid = _invoice(event, thing), number_of(thing, "amount_paid")
    return fields | {"due_at": None, "amount": fields["amount"] if paid is None else paid}


def _subscription(_event: Thing, thing: Thing) -> dict[str, Any]:
    """What it costs a period, where its prices say that, and what happens when."""
    prices = [(_price(item), number_of(item, "quantity")) for item in items_of(thing, "items")]
    each = [number_of(price, "unit_amount", "amount") for price, _ in prices]
    counts = [1 if count is None else count for _, count in prices]
    known = [cost for cost in each if cost is not None]
    total = sum(cost * count for cost, count in zip(known, counts, strict=False))
    price = prices[0][0] if prices else within(thing, "plan")
    every = text_of(within(price, "recurring"), "interval") or text_of(price, "interval")
    ends = thing.get("cancel_at_period_end") is True or thing.get("cancel_at") is not None
    return {
        "ids": ids_of(thing, "id"),
        "amount": total if known and len(known) == len(prices) else None,
        "currency": currency_of(thing.get("currency") or price.get("currency")),
        "about": discreet(f"every {every}" if every else ""),
        "state": word_of(text_of(thing, "status")),
        "reason": "ends_at_period_end" if ends else "",
        "due_at": moment_of(thing.get("cancel_at") or (_period_end(thing) if ends else None)),
    }


def _period_end(subscription: Thing) -> Any:
    """Since Basil each item has its own."""
    ends = [item.get("current_period_end") for item in items_of(subscription, "items")]
    known = [end for end in ends if isinstance(end, int)]
    return subscription.get("current_period_end") or max(known, default=None)


def _price(item: Thing) -> Thing:
    return within(item, "price") or within(item, "plan")


def _changed_subscription(event: Thing, thing: Thing) -> dict[str, Any] | None:
    """Told only where its status, its price or its end has changed, not at each renewal."""
    before = within(event, "data", "previous_attributes")
    told = {"status", "cancel_at_period_end", "cancel_at", "quantity"} & before.keys()
    if not told and _prices(before) in (None, _prices(thing)):
        return None
    return _subscription(event, thing)


def _prices(thing: Thing) -> list[tuple[str, int | None]] | None:
    """Ids and quantities of what it is paid for; None where that isn't said."""
    if not isinstance(within(thing, "items").get("data"), list):
        return None
    items = items_of(thing, "items")
    return [(id_of(_price(item).get("id")), number_of(item, "quantity")) for item in items]


def _trial(event: Thing, thing: Thing) -> dict[str, Any]:
    return _subscription(event, thing) | {"due_at": moment_of(thing.get("trial_end"))}


def _payout(_event: Thing, thing: Thing) -> dict[str, Any]:
    return {
        "ids": ids_of(thing, "id"),
        "amount": number_of(thing, "amount"),
        "reason": word_of(text_of(thing, "failure_code")),
        "due_at": moment_of(thing.get("arrival_date")),
    }


_READERS: dict[str, tuple[Kind, Reader]] = {
    "checkout.session.completed": (Kind.PAID, _completed),
    "checkout.session.async_payment_succeeded": (Kind.PAID, _session),
    "checkout.session.async_payment_failed": (Kind.FAILED, _session),
    "checkout.session.expired": (Kind.EXPIRED, _session),
    "payment_intent.succeeded": (Kind.PAID, _intent),
    "payment_intent.payment_failed": (Kind.FAILED, _failed_intent),
    "refund.created": (Kind.REFUND, _refund),
    "refund.updated": (Kind.REFUND, _refund),
    "refund.failed": (Kind.REFUND, _failed_refund),
    "charge.refunded": (Kind.REFUNDED, _refunded),
    "charge.dispute.created": (Kind.DISPUTE_OPENED, _dispute),
    "charge.dispute.updated": (Kind.DISPUTE_UPDATED, _dispute),
    "charge.dispute.closed": (Kind.DISPUTE_CLOSED, _dispute),
    "charge.dispute.funds_withdrawn": (Kind.FUNDS_WITHDRAWN, _dispute),
    "charge.dispute.funds_reinstated": (Kind.FUNDS_REINSTATED, _dispute),
    "radar.early_fraud_warning.created": (Kind.FRAUD_WARNING, _warning),
    "invoice.paid": (Kind.INVOICE_PAID, _paid_invoice),
    "invoice.payment_failed": (Kind.INVOICE_FAILED, _invoice),
    "invoice.payment_action_required": (Kind.INVOICE_ACTION, _invoice),
    "invoice.finalization_failed": (Kind.INVOICE_UNFINALIZED, _invoice),
    "invoice.overdue": (Kind.INVOICE_OVERDUE, _invoice),
    "invoice.marked_uncollectible": (Kind.INVOICE_UNCOLLECTIBLE, _invoice),
    "customer.subscription.created": (Kind.SUBSCRIPTION_CREATED, _subscription),
    "customer.subscription.updated": (Kind.SUBSCRIPTION_UPDATED, _changed_subscription),
    "customer.subscription.deleted": (Kind.SUBSCRIPTION_ENDED, _subscription),
    "customer.subscription.paused": (Kind.SUBSCRIPTION_PAUSED, _subscription),
    "customer.subscription.resumed": (Kind.SUBSCRIPTION_RESUMED, _subscription),
    "customer.subscription.trial_will_end": (Kind.TRIAL_ENDING, _trial),
    "payout.paid": (Kind.PAYOUT_PAID, _payout),
    "payout.failed": (Kind.PAYOUT_FAILED, _payout),
    "payout.canceled": (Kind.PAYOUT_CANCELED, _payout),
}
"""Not `charge.succeeded` beside `payment_intent.succeeded`, nor `invoice.payment_succeeded` beside
`invoice.paid`: each pair tells the same."""

TYPES = frozenset(_READERS)
"""The event types to send to the webhook."""
