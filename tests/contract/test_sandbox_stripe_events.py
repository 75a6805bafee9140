"""Every fact that is announced can be caused at the local Stripe, and its event has Stripe's own
fields.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.sandbox.stripe import VERSIONS, Payer, Refused, StripeSandbox

Do = Callable[[StripeSandbox], object]


@pytest.fixture
def stripe() -> Iterator[StripeSandbox]:
    """An account, served, without a webhook."""
    sandbox = StripeSandbox()
    with sandbox.serve():
        yield sandbox


def a_session(stripe: StripeSandbox, amount: int = 2000) -> str:
    """An open one."""
    return stripe.open(amount, metadata={"workspace": "T1"}, client_reference_id="T1").id


def paid(stripe: StripeSandbox, **how: Any) -> str:
    """A session that was paid."""
    session_id = a_session(stripe)
    stripe.pay(session_id, **how)
    return session_id


def then(*deeds: Callable[[StripeSandbox, str], object], **how: Any) -> Do:
    """A paid session, and what follows."""

    def do(stripe: StripeSandbox) -> None:
        session_id = paid(stripe, **how)
        for deed in deeds:
            deed(stripe, session_id)

    return do


def opened(*deeds: Callable[[StripeSandbox, str], object], amount: int = 2000) -> Do:
    """An open session, and what follows."""

    def do(stripe: StripeSandbox) -> None:
        session_id = a_session(stripe, amount)
        for deed in deeds:
            deed(stripe, session_id)

    return do


@dataclass(frozen=True)
class Row:
    """A fact: what causes it, its event, and what the event's object says."""

    do: Do
    type: str
    kind: str
    says: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    has: tuple[str, ...] = ()


_SESSION = {"amount_total": 2000, "currency": "usd", "client_reference_id": "T1", "livemode": False}
_REFUND = then(lambda stripe, it: stripe.refund(it, 500))
_LAPSED = {"reason": "fraudulent", "amount": 2000, "currency": "usd"}
_DISPUTE = ("evidence_details", "charge", "payment_intent", "network_reason_code")
_INVOICE = ("number", "hosted_invoice_url", "customer_email", "customer_name", "amount_due")

TABLE = [
    Row(
        opened(lambda stripe, it: stripe.pay(it)),
        "checkout.session.completed",
        "checkout.session",
        _SESSION | {"payment_status": "paid", "status": "complete", "url": None},
        has=("customer_details", "metadata", "payment_intent"),
    ),
    Row(
        opened(lambda stripe, it: stripe.pay(it), amount=0),
        "checkout.session.completed",
        "checkout.session",
        {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": 0},
    ),
    Row(
        then(delayed=True),
        "checkout.session.completed",
        "checkout.session",
        _SESSION | {"payment_status": "unpaid", "status": "complete"},
    ),
    Row(
        then(lambda stripe, it: stripe.async_succeed(it), delayed=True),
        "checkout.session.async_payment_succeeded",
        "checkout.session",
        _SESSION | {"payment_status": "paid"},
    ),
    Row(
        then(lambda stripe, it: stripe.async_fail(it), delayed=True),
        "checkout.session.async_payment_failed",
        "checkout.session",
        _SESSION | {"payment_status": "unpaid"},
    ),
    Row(
        opened(lambda stripe, it: stripe.expire(it)),
        "checkout.session.expired",
        "checkout.session",
        _SESSION | {"status": "expired", "payment_status": "unpaid", "url": None},
    ),
    Row(
        lambda stripe: stripe.pay_outside(300, "EUR"),
        "payment_intent.succeeded",
        "payment_intent",
        {"amount": 300, "amount_received": 300, "currency": "eur", "status": "succeeded"},
        has=("latest_charge",),
    ),
    Row(
        opened(lambda stripe, it: stripe.fail(it, "insufficient_funds")),
        "payment_intent.payment_failed",
        "payment_intent",
        {"status": "requires_payment_method", "amount_received": 0},
        has=("last_payment_error", "latest_charge"),
    ),
    Row(
        _REFUND,
        "refund.created",
        "refund",
        {"amount": 500, "currency": "usd", "status": "succeeded"},
        has=("charge", "payment_intent"),
    ),
    Row(
        _REFUND,
        "charge.refunded",
        "charge",
        {"amount": 2000, "amount_refunded": 500, "refunded": False, "currency": "usd"},
        {"amount_refunded": 0},
    ),
    Row(
        then(lambda stripe, it: stripe.refund(it), lambda stripe, it: stripe.update_refund(it)),
        "refund.updated",
        "refund",
        {"amount": 2000, "status": "succeeded"},
        {
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                }
            }
        },
    ),
    Row(
        then(lambda stripe, it: stripe.refund(it), lambda stripe, it: stripe.fail_refund(it)),
        "refund.failed",
        "refund",
        {"amount": 2000, "status": "failed", "failure_reason": "expired_or_canceled_card"},
    ),
    Row(
        then(lambda stripe, it: stripe.dispute(it)),
        "charge.dispute.created",
        "dispute",
        _LAPSED | {"status": "needs_response", "balance_transactions": []},
        has=_DISPUTE,
    ),
    Row(
        then(lambda stripe, it: stripe.dispute(it)),
        "charge.dispute.funds_withdrawn",
        "dispute",
        _LAPSED | {"status": "needs_response"},
        has=_DISPUTE,
    ),
    Row(
        then(lambda stripe, it: stripe.dispute(it), lambda stripe, it: stripe.answer_dispute(it)),
        "charge.dispute.updated",
        "dispute",
        _LAPSED | {"status": "under_review"},
        has=_DISPUTE,
    ),
    Row(
        then(
            lambda stripe, it: stripe.dispute(it),
            lambda stripe, it: stripe.close_dispute(it, won=False),
        ),
        "charge.dispute.closed",
        "dispute",
        _LAPSED | {"status": "lost"},
        {"status": "needs_response"},
    ),
    Row(
        then(
            lambda stripe, it: stripe.dispute(it, "product_not_received"),
            lambda stripe, it: stripe.close_dispute(it, won=True),
        ),
        "charge.dispute.funds_reinstated",
        "dispute",
        {"status": "won", "reason": "product_not_received"},
        has=_DISPUTE,
    ),
    Row(
        then(lambda stripe, it: stripe.fraud_warning(it)),
        "radar.early_fraud_warning.created",
        "radar.early_fraud_warning",
        {"actionable": True, "fraud_type": "made_with_stolen_card"},
        has=("charge", "payment_intent"),
    ),
    Row(
        lambda stripe: stripe.invoice("paid"),
        "invoice.paid",
        "invoice",
        {"status": "paid", "amount_paid": 2000, "amount_remaining": 0, "attempt_count": 1},
        has=_INVOICE,
    ),
    Row(
        lambda stripe: stripe.invoice("payment_failed"),
        "invoice.payment_failed",
        "invoice",
        {"status": "open", "amount_paid": 0, "attempted": True, "attempt_count": 1},
        has=(*_INVOICE, "next_payment_attempt"),
    ),
    Row(
        lambda stripe: stripe.invoice("payment_action_required"),
        "invoice.payment_action_required",
        "invoice",
        {"status": "open", "attempted": True},
        has=_INVOICE,
    ),
    Row(
        lambda stripe: stripe.invoice("finalization_failed"),
        "invoice.finalization_failed",
        "invoice",
        {"status": "draft", "number": None},
        has=("last_finalization_error",),
    ),
    Row(
        lambda stripe: stripe.invoice("overdue"),
        "invoice.overdue",
        "invoice",
        {"status": "open", "collection_method": "send_invoice"},
        has=(*_INVOICE, "due_date"),
    ),
    Row(
        lambda stripe: stripe.invoice("marked_uncollectible"),
        "invoice.marked_uncollectible",
        "invoice",
        {"status": "uncollectible"},
        has=_INVOICE,
    ),
    Row(
        lambda stripe: stripe.subscription(),
        "customer.subscription.created",
        "subscription",
        {"status": "active", "currency": "usd"},
        has=("customer", "items"),
    ),
    Row(
        lambda stripe: stripe.subscription("deleted"),
        "customer.subscription.deleted",
        "subscription",
        {"status": "canceled"},
        has=("ended_at", "canceled_at"),
    ),
    Row(
        lambda stripe: stripe.subscription("paused"),
        "customer.subscription.paused",
        "subscription",
        {"status": "paused"},
    ),
    Row(
        lambda stripe: stripe.subscription("resumed"),
        "customer.subscription.resumed",
        "subscription",
        {"status": "active"},
    ),
    Row(
        lambda stripe: stripe.subscription("trial_will_end"),
        "customer.subscription.trial_will_end",
        "subscription",
        {"status": "trialing"},
        has=("trial_end",),
    ),
    Row(
        lambda stripe: stripe.subscription("updated", status="past_due"),
        "customer.subscription.updated",
        "subscription",
        {"status": "past_due"},
        {"status": "active"},
    ),
    Row(
        lambda stripe: stripe.subscription("updated", cancel_at_period_end=True),
        "customer.subscription.updated",
        "subscription",
        {"cancel_at_period_end": True},
        {"cancel_at_period_end": False},
    ),
    Row(
        lambda stripe: stripe.subscription("updated", metadata={"note": "x"}),
        "customer.subscription.updated",
        "subscription",
        {"metadata": {"note": "x"}},
        {"metadata": {}},
    ),
    Row(
        lambda stripe: stripe.payout("paid", 700),
        "payout.paid",
        "payout",
        {"amount": 700, "currency": "usd", "status": "paid"},
        has=("arrival_date",),
    ),
    Row(
        lambda stripe: stripe.payout("failed"),
        "payout.failed",
        "payout",
        {"status": "failed", "failure_code": "account_closed"},
        has=("failure_message",),
    ),
    Row(
        lambda stripe: stripe.payout("canceled"),
        "payout.canceled",
        "payout",
        {"status": "canceled"},
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.type)
def test_every_fact_can_be_caused(stripe: StripeSandbox, row: Row) -> None:
    """One event of this type, with Stripe's envelope, and what its object must say."""
    row.do(stripe)
    (event,) = [event for event in stripe.events if event.type == row.type]
    envelope = event.payload
    thing = envelope["data"]["object"]
    assert (envelope["id"], envelope["object"], envelope["type"]) == (event.id, "event", row.type)
    assert (envelope["created"], envelope["livemode"]) == (event.created, False)
    assert (envelope["api_version"], envelope["pending_webhooks"]) == (VERSIONS[-1], 0)
    assert envelope["request"] == {"id": None, "idempotency_key": None}
    assert thing["object"] == row.kind
    assert {name: thing[name] for name in row.says} == row.says
    assert [name for name in row.has if thing[name] is None] == []
    before = envelope["data"].get("previous_attributes", {})
    assert {name: before[name] for name in row.before} == row.before
    assert not [name for name in thing if name.startswith("_")]


def types(stripe: StripeSandbox) -> list[str]:
    """What was announced, in order."""
    return [event.type for event in stripe.events]


def last(stripe: StripeSandbox, kind: str) -> dict[str, Any]:
    """The object of the last event of a type."""
    events = [event for event in stripe.events if event.type == kind]
    thing: dict[str, Any] = events[-1].payload["data"]["object"]
    return thing


def test_a_payment_tells_the_same_everywhere(stripe: StripeSandbox) -> None:
    """Session, payment intent and charge name each other; the charge is settled last."""
    session_id = a_session(stripe)
    stripe.pay(session_id, payer=Payer("ann@example.com", "Ann"))
    assert types(stripe) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    session, intent = (
        last(stripe, "checkout.session.completed"),
        last(stripe, "payment_intent.succeeded"),
    )
    charge = last(stripe, "charge.succeeded")
    assert (session["id"], session["payment_intent"]) == (session_id, intent["id"])
    assert (intent["latest_charge"], charge["payment_intent"]) == (charge["id"], intent["id"])
    assert session["customer_details"]["email"] == charge["billing_details"]["email"]
    assert session["customer_details"]["name"] == "Ann"
    assert (charge["status"], charge["balance_transaction"]) == ("succeeded", None)
    assert last(stripe, "charge.updated")["balance_transaction"].startswith("txn_")
    seen = stripe.session(session_id)
    assert (seen.customer_email, seen.customer_name) == ("ann@example.com", "Ann")
    assert (seen.status, seen.payment_status) == ("complete", "paid")
    assert seen.payment_intent == intent["id"]


def test_two_declines_and_a_payment_are_one_payment_intent(stripe: StripeSandbox) -> None:
    """Each try has its own charge and decline code; the session stays open until it is paid."""
    session_id = a_session(stripe)
    stripe.fail(session_id, "insufficient_funds")
    stripe.fail(session_id, "expired_card")
    assert stripe.session(session_id).status == "open"
    stripe.pay(session_id)
    failures = [
        event.payload["data"]["object"]
        for event in stripe.events
        if event.type == "payment_intent.payment_failed"
    ]
    errors = [intent["last_payment_error"] for intent in failures]
    assert [(error["code"], error["decline_code"]) for error in errors] == [
        ("card_declined", "insufficient_funds"),
        ("expired_card", "expired_card"),
    ]
    assert errors[0]["charge"] == failures[0]["latest_charge"] != failures[1]["latest_charge"]
    assert {intent["id"] for intent in failures} == {stripe.session(session_id).payment_intent}
    assert types(stripe).count("payment_intent.created") == 1
    assert last(stripe, "payment_intent.succeeded")["last_payment_error"] is None


def test_refunds_add_up(stripe: StripeSandbox) -> None:
    """`charge.refunded` carries the sum; a refund that fails takes its part off again."""
    session_id = paid(stripe)
    stripe.refund(session_id, 500)
    stripe.refund(session_id, 1500)
    sums = [
        (charge["amount_refunded"], charge["refunded"])
        for event in stripe.events
        if event.type == "charge.refunded"
        for charge in [event.payload["data"]["object"]]
    ]
    assert sums == [(500, False), (2000, True)]
    stripe.fail_refund(session_id)
    assert stripe.session(session_id).amount_refunded == 500
    with pytest.raises(Refused, match="has failed already"):
        stripe.fail_refund(session_id)


def test_a_dispute_has_its_date(stripe: StripeSandbox) -> None:
    """The evidence is due in nine days; a won one gives the money back."""
    session_id = paid(stripe)
    stripe.dispute(session_id)
    dispute = last(stripe, "charge.dispute.created")
    assert dispute["evidence_details"]["due_by"] - dispute["created"] == 9 * 86_400
    moved = last(stripe, "charge.dispute.funds_withdrawn")["balance_transactions"]
    assert [it["amount"] for it in moved] == [-2000]
    stripe.answer_dispute(session_id)
    assert last(stripe, "charge.dispute.updated")["evidence_details"]["has_evidence"] is True
    stripe.close_dispute(session_id, won=True)
    moved = last(stripe, "charge.dispute.funds_reinstated")["balance_transactions"]
    assert [it["amount"] for it in moved] == [-2000, 2000]
    assert stripe.session(session_id).dispute_status == "won"


def test_a_tried_payment_ends_with_its_session(stripe: StripeSandbox) -> None:
    """A session that expires cancels the payment intent of its tries."""
    session_id = a_session(stripe)
    stripe.fail(session_id)
    stripe.expire(session_id)
    assert types(stripe)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    assert last(stripe, "payment_intent.canceled")["status"] == "canceled"


def test_an_invoice_from_draft_to_paid(stripe: StripeSandbox) -> None:
    """One invoice of a subscription fails first and is paid later; its payment names no session."""
    subscription = stripe.subscription()
    invoice = stripe.invoice("payment_failed", subscription=subscription)
    stripe.invoice("paid", invoice=invoice)
    assert [it for it in types(stripe) if it.startswith("invoice.")] == [
        "invoice.created",
        "invoice.finalized",
        "invoice.payment_failed",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    thing = last(stripe, "invoice.paid")
    assert thing["id"] == invoice
    assert thing["parent"]["subscription_details"]["subscription"] == subscription
    assert thing["attempt_count"] == 2
    with pytest.raises(Refused, match="already paid"):
        stripe.invoice("paid", invoice=invoice)
    with pytest.raises(Refused, match="is paid"):
        stripe.invoice("overdue", invoice=invoice)


def test_a_new_price(stripe: StripeSandbox) -> None:
    """`previous_attributes` has the item with its old price."""
    subscription = stripe.subscription(amount=2000)
    stripe.subscription("updated", subscription=subscription, new_amount=2500)
    data = stripe.events[-1].payload["data"]
    (now,), (before,) = (
        data["object"]["items"]["data"],
        data["previous_attributes"]["items"]["data"],
    )
    assert (now["price"]["unit_amount"], before["price"]["unit_amount"]) == (2500, 2000)
    assert (now["plan"]["amount"], now["id"]) == (2500, before["id"])
    with pytest.raises(TypeError, match="takes no colour"):
        stripe.subscription("updated", colour="red")
    with pytest.raises(TypeError, match="takes no status"):
        stripe.subscription("paused", status="active")


def test_events_of_a_request_say_so(stripe: StripeSandbox) -> None:
    """`request` has the request's id and its idempotency key."""
    intent = stripe.pay_outside(100)
    response = httpx.post(
        f"{stripe.url}/v1/refunds",
        data={"payment_intent": intent},
        headers={"Authorization": f"Bearer {stripe.key}", "Idempotency-Key": "once"},
    )
    assert stripe.events[-1].payload["request"] == {
        "id": response.headers["request-id"],
        "idempotency_key": "once",
    }


@pytest.mark.parametrize(
    "do",
    [
        lambda stripe: stripe.pay("cs_test_x"),
        lambda stripe: stripe.pay(paid(stripe)),
        lambda stripe: stripe.fail(paid(stripe)),
        lambda stripe: stripe.expire(paid(stripe)),
        lambda stripe: stripe.async_succeed(paid(stripe)),
        lambda stripe: stripe.async_fail(a_session(stripe)),
        lambda stripe: stripe.refund(a_session(stripe)),
        lambda stripe: stripe.refund("nothing"),
        lambda stripe: stripe.update_refund(paid(stripe)),
        lambda stripe: stripe.close_dispute(paid(stripe), won=True),
        then(*[lambda stripe, it: stripe.dispute(it)] * 2),
        lambda stripe: stripe.fraud_warning(a_session(stripe)),
        lambda stripe: stripe.open(100, "xyz"),
        lambda stripe: stripe.open(-1),
        lambda stripe: stripe.invoice(invoice="in_x"),
        lambda stripe: stripe.invoice(subscription="sub_x"),
        lambda stripe: stripe.subscription("paused", subscription="sub_x"),
        lambda stripe: stripe.object("pi_x"),
    ],
)
def test_what_cannot_be_done_by_hand(stripe: StripeSandbox, do: Do) -> None:
    """`Refused`, with words that say why."""
    with pytest.raises(Refused) as refused:
        do(stripe)
    assert refused.value.message


def of_version(version: str) -> dict[str, dict[str, Any]]:
    """Everything that one account tells in this version, by type; one event of each."""
    stripe = StripeSandbox(api_version=version)
    with stripe.serve():
        session_id = paid(stripe)
        stripe.dispute(session_id)
        stripe.refund(stripe.pay_outside(100))
        stripe.invoice("paid", subscription=stripe.subscription())
        stripe.payout()
    return {event.type: event.payload["data"]["object"] for event in stripe.events}


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_stand_where_the_version_has_them(version: str) -> None:
    """What moved in Basil and Dahlia, and what came later, by the account's version."""
    told = of_version(version)
    basil, dahlia = version >= "2025-03-31", version >= "2026-03-25"
    invoice, subscription = told["invoice.paid"], told["customer.subscription.created"]
    assert ("parent" in invoice, "subscription" in invoice) == (basil, not basil)
    assert ("payment_intent" in invoice, "charge" in invoice) == (not basil, not basil)
    assert ("paid" in invoice, "total_taxes" in invoice) == (not basil, basil)
    (line,) = invoice["lines"]["data"]
    assert ("pricing" in line, "type" in line) == (basil, not basil)
    assert ("current_period_end" in subscription) is not basil
    (item,) = subscription["items"]["data"]
    assert ("current_period_end" in item) is basil
    assert ("invoice" in told["charge.succeeded"]) is not basil
    session = told["checkout.session.completed"]
    assert ("shipping_details" in session) is not basil
    assert session["ui_mode"] == ("hosted_page" if dahlia else "hosted")
    assert ("payout_method" in told["payout.paid"]) is (version >= "2025-08-27")
    assert ("customer" in told["refund.created"]) is (version >= "2026-07-29")
    details = told["charge.dispute.created"]["evidence_details"]
    assert ("submission_method" in details) is (version >= "2026-10-28")


def test_before_basil_an_invoice_names_its_payment() -> None:
    """Charge, payment intent and subscription at the invoice, and the invoice at the charge."""
    told = of_version("2025-02-24.acacia")
    invoice = told["invoice.paid"]
    assert invoice["subscription"] == told["customer.subscription.created"]["id"]
    assert invoice["paid"] is True
    assert told["charge.succeeded"]["invoice"] == invoice["id"]
    assert invoice["charge"] == told["charge.succeeded"]["id"]
    assert invoice["payment_intent"] == told["payment_intent.succeeded"]["id"]


def test_metadata_is_no_object() -> None:
    """Names that customers choose are left alone, whatever they are."""
    stripe = StripeSandbox(api_version="2025-02-24.acacia")
    with stripe.serve():
        metadata = {"object": "invoice", "_hidden": "1", "ui_mode": "hosted_page"}
        session_id = stripe.open(2000, metadata=metadata).id
        stripe.pay(session_id)
    assert last(stripe, "checkout.session.completed")["metadata"] == metadata
