"""Invoices, subscriptions and payouts: one deed makes each of their events happen."""

from typing import Any, ClassVar, Literal

from bot.sandbox.stripe.announce import Announcer, Fact
from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.shapes import billing
from bot.sandbox.stripe.shapes.checkout import DAY, price
from bot.sandbox.stripe.shapes.payment import Payer

InvoiceFact = Literal[
    "paid",
    "payment_failed",
    "payment_action_required",
    "finalization_failed",
    "overdue",
    "marked_uncollectible",
]
SubscriptionFact = Literal["created", "updated", "deleted", "paused", "resumed", "trial_will_end"]
PayoutFact = Literal["paid", "failed", "canceled"]

_PAYER = Payer(billing.EMAIL, billing.NAME)


class Billing:
    """What a subscription and a bank account do; raises Refused for what isn't there."""

    def __init__(self, book: Book, announcer: Announcer, payments: Payments) -> None:
        self._book = book
        self._announcer = announcer
        self._payments = payments

    def invoice(
        self, fact: InvoiceFact, amount: int, currency: str, given: str | None, of: str | None
    ) -> str:
        """Lets `fact` happen to the invoice `given`, or to a new one (of the subscription `of`);
        the invoice's id.
        """
        with self._book.changed:
            if given is None:
                invoice = self._draft(amount, currency, of)
            else:
                invoice = self._book.get("invoice", given)
            if invoice["status"] in ("paid", "uncollectible") and fact != "paid":
                raise Refused(f"Invoice {invoice['id']} is {invoice['status']}.")
            if fact == "finalization_failed":
                self._leave_unfinished(invoice)
            else:
                self._finalize(invoice)
                self._HAPPENS[fact](self, invoice)
        identity: str = invoice["id"]
        return identity

    def _draft(self, amount: int, currency: str, of: str | None) -> Thing:
        subscription = self._book.get("subscription", of, "subscription") if of else None
        number = f"SANDBOX-{len(self._book.all('invoice')) + 1:04}"
        now = self._book.now()
        invoice = self._book.keep(billing.invoice(amount, currency, number, subscription, now))
        if subscription:
            subscription["latest_invoice"] = invoice["id"]
        self._announcer.announce(Fact("invoice.created", invoice))
        return invoice

    def _finalize(self, invoice: Thing) -> None:
        if invoice["status"] != "draft":
            return
        now = self._book.now()
        page = f"https://invoice.stripe.com/i/{invoice['id']}"
        invoice |= {"status": "open", "number": invoice["_number"], "effective_at": now}
        invoice |= {"hosted_invoice_url": page, "invoice_pdf": f"{page}/pdf", "ending_balance": 0}
        invoice["status_transitions"]["finalized_at"] = now
        self._announcer.announce(Fact("invoice.finalized", invoice))

    def _leave_unfinished(self, invoice: Thing) -> None:
        invoice["last_finalization_error"] = {
            "code": "customer_tax_location_invalid",
            "message": "The customer's location isn't recognized.",
            "type": "invalid_request_error",
        }
        self._announcer.announce(Fact("invoice.finalization_failed", invoice))

    def _pay(self, invoice: Thing) -> None:
        if invoice["status"] == "paid":
            raise Refused("Invoice is already paid")
        intent_id = self._payments.pay_outside(
            invoice["amount_due"], invoice["currency"], _PAYER, **self._of(invoice)
        )
        self._tried(invoice, intent_id)
        invoice |= {"amount_paid": invoice["amount_due"], "amount_remaining": 0, "status": "paid"}
        invoice["status_transitions"]["paid_at"] = self._book.now()
        self._announcer.announce(
            Fact("invoice.paid", invoice), Fact("invoice.payment_succeeded", invoice)
        )

    def _fail(self, invoice: Thing) -> None:
        intent_id = self._payments.fail_outside(
            invoice["amount_due"],
            invoice["currency"],
            "insufficient_funds",
            _PAYER,
            **self._of(invoice),
        )
        self._tried(invoice, intent_id)
        invoice["next_payment_attempt"] = self._book.now() + 3 * DAY
        self._announcer.announce(Fact("invoice.payment_failed", invoice))

    def _want_action(self, invoice: Thing) -> None:
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        self._announcer.announce(Fact("invoice.payment_action_required", invoice))

    def _overrun(self, invoice: Thing) -> None:
        invoice |= {"collection_method": "send_invoice", "due_date": self._book.now() - DAY}
        self._announcer.announce(Fact("invoice.overdue", invoice))

    def _write_off(self, invoice: Thing) -> None:
        invoice |= {"status": "uncollectible", "auto_advance": False}
        invoice["status_transitions"]["marked_uncollectible_at"] = self._book.now()
        self._announcer.announce(Fact("invoice.marked_uncollectible", invoice))

    _HAPPENS: ClassVar = {
        "paid": _pay,
        "payment_failed": _fail,
        "payment_action_required": _want_action,
        "overdue": _overrun,
        "marked_uncollectible": _write_off,
    }

    def _of(self, invoice: Thing) -> dict[str, Any]:
        return {
            "customer": invoice["customer"],
            "description": f"Payment for Invoice {invoice['number']}",
            "_invoice": invoice["id"],
        }

    def _tried(self, invoice: Thing, intent_id: str) -> None:
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        invoice["_payment_intent"] = intent_id
        invoice["_charge"] = self._book.things[intent_id]["latest_charge"]

    def subscription(
        self,
        fact: SubscriptionFact,
        amount: int,
        currency: str,
        given: str | None,
        changes: dict[str, Any],
    ) -> str:
        """Lets `fact` happen to the subscription `given`, or to a new one; its id.

        `changes` are what `updated` changes: `new_amount`, `status`, `cancel_at_period_end`,
        `metadata`; all others need none.
        """
        with self._book.changed:
            now = self._book.now()
            if given is not None:
                subscription = self._book.get("subscription", given)
            else:
                subscription = self._book.keep(billing.subscription(amount, currency, now))
                self._announcer.announce(Fact("customer.subscription.created", subscription))
            if fact != "created":
                before = self._change(subscription, _CHANGES[fact](now) | changes)
                told = before if fact == "updated" else None
                self._announcer.announce(Fact(f"customer.subscription.{fact}", subscription, told))
        identity: str = subscription["id"]
        return identity

    def _change(self, subscription: Thing, changes: dict[str, Any]) -> Thing:
        """Changes a subscription; the fields that changed, as they were."""
        before: Thing = {}
        if "new_amount" in changes:
            before["items"] = self._reprice(subscription, changes["new_amount"])
        for name, value in changes.items():
            if name != "new_amount":
                before[name] = subscription[name]
                subscription[name] = value
        return before

    def _reprice(self, subscription: Thing, amount: int) -> Thing:
        items = subscription["items"]
        (item,) = items["data"]
        currency = subscription["currency"]
        new = price(amount, currency, self._book.now(), every="month")
        repriced = item | {"plan": billing.plan(new), "price": new}
        subscription["items"] = items | {"data": [repriced]}
        return {"data": [item]}

    def payout(self, fact: PayoutFact, amount: int, currency: str) -> str:
        """A payout that arrives, fails, or is canceled; its id (docs.stripe.com/payouts)."""
        with self._book.changed:
            payout = self._book.keep(billing.payout(amount, currency, self._book.now()))
            self._announcer.announce(Fact("payout.created", payout))
            payout["status"] = fact
            if fact == "paid":
                payout["reconciliation_status"] = "completed"
            if fact == "failed":
                payout["failure_code"] = "account_closed"
                payout["failure_message"] = "The bank account has been closed."
            self._announcer.announce(Fact(f"payout.{fact}", payout))
        identity: str = payout["id"]
        return identity


_CHANGES: dict[str, Any] = {
    "updated": lambda _: {},
    "deleted": lambda now: {"status": "canceled", "canceled_at": now, "ended_at": now},
    "paused": lambda _: {"status": "paused"},
    "resumed": lambda _: {"status": "active"},
    "trial_will_end": lambda now: {
        "status": "trialing",
        "trial_start": now - 27 * DAY,
        "trial_end": now + 3 * DAY,
    },
}
