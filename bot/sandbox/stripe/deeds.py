"""What can be done at the local Stripe by hand: each deed with the events that it causes."""

from typing import Any

from bot.sandbox.stripe.billing import Billing, InvoiceFact, PayoutFact, SubscriptionFact
from bot.sandbox.stripe.book import Book, CheckoutSession
from bot.sandbox.stripe.money import currency_of
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import not_an_integer, web_address
from bot.sandbox.stripe.reversals import Reversals
from bot.sandbox.stripe.seen import seen
from bot.sandbox.stripe.shapes.checkout import Order
from bot.sandbox.stripe.shapes.payment import Payer

DEFAULT_PAYER = Payer()


class Deeds:
    """Amounts are in the currency's smallest unit. Every deed raises Refused where Stripe would
    refuse it; a payment is named by its session's id, its payment intent's, or its charge's.
    """

    def __init__(
        self, book: Book, payments: Payments, reversals: Reversals, billing: Billing
    ) -> None:
        self._book = book
        self._payments = payments
        self._reversals = reversals
        self._billing = billing

    def open(
        self,
        amount: int,
        currency: str = "usd",
        *,
        name: str = "Toingg balance",
        customer_email: str | None = None,
        client_reference_id: str | None = None,
        metadata: dict[str, str] | None = None,
        success_url: str | None = None,
        cancel_url: str | None = None,
    ) -> CheckoutSession:
        """A checkout session, as Toingg opens it on its own account. No event."""
        if amount < 0:
            raise not_an_integer("amount", str(amount))
        order = Order(
            amount=amount,
            currency=currency_of(currency),
            name=name,
            customer_email=customer_email,
            client_reference_id=client_reference_id,
            metadata=metadata or {},
            success_url=web_address(success_url, "success_url"),
            cancel_url=web_address(cancel_url, "cancel_url"),
        )
        with self._book.changed:
            return seen(self._book, self._payments.open(order))

    def pay(self, session_id: str, *, delayed: bool = False, payer: Payer = DEFAULT_PAYER) -> None:
        """`checkout.session.completed`: paid by card; `delayed` by a bank debit that is on its way
        (`payment_status` unpaid) until `async_succeed` or `async_fail`. Beside it
        `payment_intent.created`, `charge.succeeded`, `payment_intent.succeeded`,
        `charge.updated`.
        """
        if delayed:
            self._payments.pay_later(session_id, payer)
        else:
            self._payments.pay(session_id, payer)

    def async_succeed(self, session_id: str) -> None:
        """`checkout.session.async_payment_succeeded`, `payment_intent.succeeded`."""
        self._payments.arrive(session_id)

    def async_fail(self, session_id: str, decline_code: str = "generic_decline") -> None:
        """`checkout.session.async_payment_failed`, `payment_intent.payment_failed`."""
        self._payments.bounce(session_id, decline_code)

    def fail(
        self,
        session_id: str,
        decline_code: str = "generic_decline",
        payer: Payer = DEFAULT_PAYER,
    ) -> None:
        """`payment_intent.payment_failed`, `charge.failed`; the session stays open."""
        self._payments.fail(session_id, decline_code, payer)

    def expire(self, session_id: str) -> None:
        """`checkout.session.expired`."""
        self._payments.expire(session_id)

    def pay_outside(self, amount: int, currency: str = "usd", payer: Payer = DEFAULT_PAYER) -> str:
        """`payment_intent.succeeded` without a checkout session; the payment intent's id."""
        return self._payments.pay_outside(amount, currency_of(currency), payer)

    def fail_outside(
        self, amount: int, currency: str = "usd", decline_code: str = "generic_decline"
    ) -> str:
        """`payment_intent.payment_failed` without a session; the payment intent's id."""
        known = currency_of(currency)
        return self._payments.fail_outside(amount, known, decline_code, DEFAULT_PAYER)

    def refund(self, payment: str, amount: int | None = None) -> str:
        """`refund.created`, and `charge.refunded` with the sum so far; None: all that is left.
        The refund's id.
        """
        identity: str = self._reversals.refund(payment, amount)["id"]
        return identity

    def update_refund(self, payment: str) -> None:
        """`refund.updated`: the bank's reference of the payment's last refund has come."""
        self._reversals.update_refund(payment)

    def fail_refund(self, payment: str, reason: str = "expired_or_canceled_card") -> None:
        """`refund.failed`: the payment's last refund has come back."""
        self._reversals.fail_refund(payment, reason)

    def dispute(self, payment: str, reason: str = "fraudulent") -> str:
        """`charge.dispute.created` with the evidence's due date, `charge.dispute.funds_withdrawn`;
        the dispute's id.
        """
        identity: str = self._reversals.dispute(payment, reason)["id"]
        return identity

    def answer_dispute(self, payment: str) -> None:
        """`charge.dispute.updated`: the merchant has sent evidence, the bank looks at it."""
        self._reversals.answer_dispute(payment)

    def close_dispute(self, payment: str, *, won: bool) -> None:
        """`charge.dispute.closed`; won, `charge.dispute.funds_reinstated` too."""
        self._reversals.close_dispute(payment, won=won)

    def fraud_warning(self, payment: str, fraud_type: str = "made_with_stolen_card") -> str:
        """`radar.early_fraud_warning.created`; the warning's id."""
        identity: str = self._reversals.warn_of_fraud(payment, fraud_type)["id"]
        return identity

    def payout(self, fact: PayoutFact = "paid", amount: int = 5000, currency: str = "usd") -> str:
        """`payout.created`, then `payout.` and the fact; the payout's id."""
        return self._billing.payout(fact, amount, currency_of(currency))

    def invoice(
        self,
        fact: InvoiceFact = "paid",
        *,
        amount: int = 2000,
        currency: str = "usd",
        invoice: str | None = None,
        subscription: str | None = None,
    ) -> str:
        """`invoice.` and the fact, of an invoice that there is, or of a new one (with
        `invoice.created` and `invoice.finalized` before); the invoice's id.
        """
        known = currency_of(currency)
        return self._billing.invoice(fact, amount, known, invoice, subscription)

    def subscription(
        self,
        fact: SubscriptionFact = "created",
        *,
        amount: int = 2000,
        currency: str = "usd",
        subscription: str | None = None,
        **changes: Any,
    ) -> str:
        """`customer.subscription.` and the fact, of one that there is, or of a new one (with
        `customer.subscription.created` before); its id.

        For `updated` say what changes: `new_amount`, `status`, `cancel_at_period_end`, `metadata`.
        """
        unknown = changes.keys() - {"new_amount", "status", "cancel_at_period_end", "metadata"}
        if unknown or (changes and fact != "updated"):
            raise TypeError(f"{fact} takes no {', '.join(sorted(unknown or changes))}")
        known = currency_of(currency)
        return self._billing.subscription(fact, amount, known, subscription, changes)
