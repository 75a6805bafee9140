"""Paying: what a customer does at the checkout, and the events that Stripe sends of it."""

from typing import Any

from bot.sandbox.stripe.announce import Announcer, Fact
from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.shapes import checkout, payment
from bot.sandbox.stripe.shapes.checkout import Order
from bot.sandbox.stripe.shapes.payment import Payer


class Payments:
    """Sessions, payment intents, charges. Every deed takes the book's lock itself.

    All of them raise Refused where the object isn't there or isn't in the state for it.
    """

    def __init__(self, book: Book, announcer: Announcer) -> None:
        self._book = book
        self._announcer = announcer

    def open(self, order: Order) -> Thing:
        """A new checkout session; Stripe announces none."""
        with self._book.changed:
            session = checkout.session(order, self._book.now())
            session["url"] = self._book.page_of(session["id"])
            self._book.keep(session)
            self._book.wake()
        return session

    def pay(self, session_id: str, payer: Payer) -> None:
        """Paid by card, at once. A session over nothing is completed without a payment intent."""
        with self._book.changed:
            session = self._open_session(session_id)
            if not session["amount_total"]:
                self._complete(session, payer, "no_payment_required")
                self._announcer.announce(Fact("checkout.session.completed", session))
                return
            facts, intent = self._intent_of(session, "card")
            charge = self._charge(intent, payer)
            facts += self._succeed(intent, charge)
            self._complete(session, payer, "paid")
            completed = Fact("checkout.session.completed", session)
            self._announcer.announce(*facts, completed, self._settled(charge))

    def pay_later(self, session_id: str, payer: Payer) -> None:
        """Paid by bank debit, which takes days: completed, but not paid yet
        (docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification).
        """
        with self._book.changed:
            session = self._open_session(session_id)
            facts, intent = self._intent_of(session, "us_bank_account")
            charge = self._charge(intent, payer)
            intent |= {"status": "processing", "latest_charge": charge["id"]}
            intent["payment_method"] = charge["payment_method"]
            self._complete(session, payer, "unpaid")
            self._announcer.announce(
                *facts,
                Fact("payment_intent.processing", intent),
                Fact("charge.pending", charge),
                Fact("checkout.session.completed", session),
            )

    def arrive(self, session_id: str) -> None:
        """The bank debit has come in."""
        with self._book.changed:
            session, intent, charge = self._delayed(session_id)
            session["payment_status"] = "paid"
            arrived = Fact("checkout.session.async_payment_succeeded", session)
            facts = self._succeed(intent, charge)
            self._announcer.announce(*facts, arrived, self._settled(charge))

    def bounce(self, session_id: str, decline_code: str) -> None:
        """The bank debit has failed."""
        with self._book.changed:
            session, intent, charge = self._delayed(session_id)
            failed = Fact("checkout.session.async_payment_failed", session)
            self._announcer.announce(*self._fail(intent, charge, decline_code), failed)

    def fail(self, session_id: str, decline_code: str, payer: Payer) -> None:
        """The card is declined; the session stays open for another try."""
        with self._book.changed:
            session = self._open_session(session_id)
            facts, intent = self._intent_of(session, "card")
            charge = self._charge(intent, payer)
            self._announcer.announce(*facts, *self._fail(intent, charge, decline_code))

    def expire(self, session_id: str) -> Thing:
        """Nobody paid in time; a payment that was tried is canceled."""
        with self._book.changed:
            session = self._book.get("checkout.session", session_id, "session")
            if session["status"] != "open":
                words = 'Only Checkout Sessions with a status in ["open"] can be expired. '
                status = f"This Checkout Session has a status of `{session['status']}`."
                raise Refused(words + status, began=True)
            session |= {"status": "expired", "url": None}
            facts = [Fact("checkout.session.expired", session)]
            if session["payment_intent"]:
                intent = self._book.things[session["payment_intent"]]
                intent |= {"status": "canceled", "canceled_at": self._book.now()}
                intent["cancellation_reason"] = "automatic"
                facts.insert(0, Fact("payment_intent.canceled", intent))
            self._announcer.announce(*facts)
        return session

    def expire_due(self) -> None:
        """Expires what is past its time."""
        with self._book.changed:
            for session in self._book.all("checkout.session"):
                if session["status"] == "open" and session["expires_at"] <= self._book.now():
                    self.expire(session["id"])

    def pay_outside(self, amount: int, currency: str, payer: Payer, **fields: Any) -> str:
        """Paid without a checkout session; the payment intent's id."""
        with self._book.changed:
            intent = payment.payment_intent(amount, currency, self._book.now(), **fields)
            self._book.keep(intent)
            created = Fact("payment_intent.created", dict(intent))
            charge = self._charge(intent, payer)
            facts = self._succeed(intent, charge)
            self._announcer.announce(created, *facts, self._settled(charge))
        identity: str = intent["id"]
        return identity

    def fail_outside(
        self, amount: int, currency: str, decline_code: str, payer: Payer, **fields: Any
    ) -> str:
        """A try without a checkout session that fails; the payment intent's id."""
        with self._book.changed:
            intent = payment.payment_intent(amount, currency, self._book.now(), **fields)
            self._book.keep(intent)
            created = Fact("payment_intent.created", dict(intent))
            charge = self._charge(intent, payer)
            self._announcer.announce(created, *self._fail(intent, charge, decline_code))
        identity: str = intent["id"]
        return identity

    def charge_of(self, given: str) -> Thing:
        """The paid charge of a session, a payment intent, or the charge itself, by its id."""
        thing = self._book.things.get(given)
        if thing is not None and thing["object"] == "checkout.session":
            thing = self._book.things.get(thing["payment_intent"] or "")
        if thing is not None and thing["object"] == "payment_intent":
            thing = self._book.things.get(thing["latest_charge"] or "")
        if thing is None or thing["object"] != "charge" or not thing["paid"]:
            raise Refused(f"{given} does not have a successful charge.", began=True)
        return thing

    def _open_session(self, session_id: str) -> Thing:
        session = self._book.get("checkout.session", session_id, "session")
        if session["status"] != "open":
            raise Refused(f"This Checkout Session has a status of `{session['status']}`.")
        return session

    def _delayed(self, session_id: str) -> tuple[Thing, Thing, Thing]:
        session = self._book.get("checkout.session", session_id, "session")
        intent = self._book.things.get(session["payment_intent"] or "")
        if intent is None or intent["status"] != "processing":
            raise Refused("This Checkout Session has no payment on its way.")
        return session, intent, self._book.things[intent["latest_charge"]]

    def _intent_of(self, session: Thing, method: str) -> tuple[list[Fact], Thing]:
        """The session's payment intent, which the first try makes, with the event of that."""
        if session["payment_intent"]:
            intent = self._book.things[session["payment_intent"]]
            intent |= {"payment_method_types": [method], "payment_method_options": {method: {}}}
            return [], intent
        order: Order = session["_order"]
        intent = payment.payment_intent(
            session["amount_total"],
            session["currency"],
            self._book.now(),
            method=method,
            customer=session["customer"],
            description=order.description,
            metadata=dict(order.intent_metadata),
        )
        self._book.keep(intent)
        session["payment_intent"] = intent["id"]
        return [Fact("payment_intent.created", dict(intent))], intent

    def _charge(self, intent: Thing, payer: Payer) -> Thing:
        return self._book.keep(payment.charge(intent, payer, self._book.now()))

    def _succeed(self, intent: Thing, charge: Thing) -> list[Fact]:
        charge |= {
            "amount_captured": charge["amount"],
            "captured": True,
            "outcome": payment.outcome(),
            "paid": True,
            "status": "succeeded",
        }
        intent |= {
            "amount_received": charge["amount"],
            "last_payment_error": None,
            "latest_charge": charge["id"],
            "payment_method": charge["payment_method"],
            "status": "succeeded",
        }
        # As it is now: its balance transaction comes with `charge.updated`.
        return [Fact("charge.succeeded", dict(charge)), Fact("payment_intent.succeeded", intent)]

    def _settled(self, charge: Thing) -> Fact:
        """Captured asynchronously, a charge has its balance transaction a moment later only
        (docs.stripe.com/payments/payment-intents/asynchronous-capture).
        """
        charge["balance_transaction"] = made("txn_3")
        return Fact("charge.updated", charge, {"balance_transaction": None})

    def _fail(self, intent: Thing, charge: Thing, decline_code: str) -> list[Fact]:
        error = payment.decline(charge, decline_code)
        charge |= {
            "failure_code": error["code"],
            "failure_message": error["message"],
            "outcome": payment.outcome(decline_code),
            "status": "failed",
        }
        intent |= {
            "last_payment_error": error,
            "latest_charge": charge["id"],
            "payment_method": None,
            "status": "requires_payment_method",
        }
        return [Fact("charge.failed", charge), Fact("payment_intent.payment_failed", intent)]

    def _complete(self, session: Thing, payer: Payer, payment_status: str) -> None:
        email = session["customer_email"] or payer.email
        session["customer_details"] = {
            "address": None,
            "email": email,
            "name": payer.name,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        }
        session["payment_status"] = payment_status
        session |= {"status": "complete", "url": None}
