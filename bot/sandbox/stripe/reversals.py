"""What may follow a payment: refunds, disputes, early warnings of fraud."""

from bot.sandbox.stripe.announce import Announcer, Fact
from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.money import written
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import Refused, not_an_integer
from bot.sandbox.stripe.shapes import reversal

_CLOSED = ("won", "lost")


class Reversals:
    """Refunds, disputes and warnings; raise Refused as Stripe does."""

    def __init__(self, book: Book, announcer: Announcer, payments: Payments) -> None:
        self._book = book
        self._announcer = announcer
        self._payments = payments

    def refund(
        self,
        given: str,
        amount: int | None,
        *,
        reason: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> Thing:
        """Pays back all that is left, or `amount`: `refund.created`, and `charge.refunded` with
        the amount refunded so far (docs.stripe.com/refunds).
        """
        with self._book.changed:
            charge = self._payments.charge_of(given)
            amount = self._refundable(charge, amount)
            refund = reversal.refund(charge, amount, reason, self._book.now())
            refund["metadata"] = metadata or {}
            self._book.keep(refund)
            before = {"amount_refunded": charge["amount_refunded"]}
            charge["amount_refunded"] += amount
            if charge["amount_refunded"] == charge["amount"]:
                charge["refunded"] = True
                before["refunded"] = False
            self._announcer.announce(
                Fact("refund.created", refund), Fact("charge.refunded", charge, before)
            )
        return refund

    def _refundable(self, charge: Thing, amount: int | None) -> int:
        left: int = charge["amount"] - charge["amount_refunded"]
        if charge["refunded"]:
            words = f"Charge {charge['id']} has already been refunded."
            raise Refused(words, code="charge_already_refunded", began=True)
        if self._dispute_of(charge) is not None:
            words = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise Refused(words, code="charge_disputed", began=True)
        if amount is None:
            return left
        if amount < 1:
            raise not_an_integer("amount", str(amount))
        if amount > left:
            asked, rest = (written(value, charge["currency"]) for value in (amount, left))
            words = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
            raise Refused(words, param="amount", began=True)
        return amount

    def update_refund(self, given: str) -> None:
        """The bank's reference of the last refund has come."""
        with self._book.changed:
            refund = self._last_refund(given)
            card = refund["destination_details"]["card"]
            before = {"destination_details": {"card": dict(card)}}
            card |= {"reference": "74850120752", "reference_status": "available"}
            self._announcer.announce(
                Fact("refund.updated", refund, before),
                Fact("charge.refund.updated", refund, before),
            )

    def fail_refund(self, given: str, reason: str) -> None:
        """The bank has sent the last refund back (docs.stripe.com/refunds#failed-refunds).

        Our reading: the charge's amount refunded falls again, and no event of the charge says so.
        """
        with self._book.changed:
            refund = self._last_refund(given)
            if refund["status"] == "failed":
                raise Refused(f"Refund {refund['id']} has failed already.")
            before = {"status": refund["status"]}
            refund |= {"status": "failed", "failure_reason": reason}
            refund["failure_balance_transaction"] = made("txn_3")
            charge = self._book.things[refund["charge"]]
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self._announcer.announce(
                Fact("refund.failed", refund), Fact("charge.refund.updated", refund, before)
            )

    def _last_refund(self, given: str) -> Thing:
        charge = self._payments.charge_of(given)
        refunds = [it for it in self._book.all("refund") if it["charge"] == charge["id"]]
        if not refunds:
            raise Refused(f"{given} has no refund.")
        return refunds[-1]

    def dispute(self, given: str, reason: str) -> Thing:
        """The cardholder disputes the charge, and the bank takes the money back
        (docs.stripe.com/disputes/how-disputes-work).
        """
        with self._book.changed:
            charge = self._payments.charge_of(given)
            if charge["disputed"]:
                raise Refused(f"Charge {charge['id']} is disputed already.")
            dispute = self._book.keep(reversal.dispute(charge, reason, self._book.now()))
            charge["disputed"] = True
            created = Fact("charge.dispute.created", _copy(dispute))
            dispute["balance_transactions"].append(self._moved(dispute, -dispute["amount"]))
            self._announcer.announce(created, Fact("charge.dispute.funds_withdrawn", dispute))
        return dispute

    def answer_dispute(self, given: str) -> None:
        """The merchant's evidence is in: the bank looks at it."""
        with self._book.changed:
            dispute = self._open_dispute(given)
            details = dispute["evidence_details"]
            before = {"status": dispute["status"], "evidence_details": dict(details)}
            details |= {"has_evidence": True, "submission_count": 1, "submission_method": "manual"}
            dispute["evidence"]["uncategorized_text"] = "The minutes were used."
            dispute["status"] = "under_review"
            self._announcer.announce(Fact("charge.dispute.updated", dispute, before))

    def close_dispute(self, given: str, *, won: bool) -> None:
        """The bank decides. Won: the money comes back."""
        with self._book.changed:
            dispute = self._open_dispute(given)
            before = {"status": dispute["status"]}
            dispute["status"] = "won" if won else "lost"
            facts = [Fact("charge.dispute.closed", _copy(dispute), before)]
            if won:
                dispute["balance_transactions"].append(self._moved(dispute, dispute["amount"]))
                facts.append(Fact("charge.dispute.funds_reinstated", dispute))
            self._announcer.announce(*facts)

    def _dispute_of(self, charge: Thing) -> Thing | None:
        disputes = [it for it in self._book.all("dispute") if it["charge"] == charge["id"]]
        return disputes[-1] if disputes else None

    def _open_dispute(self, given: str) -> Thing:
        dispute = self._dispute_of(self._payments.charge_of(given))
        if dispute is None or dispute["status"] in _CLOSED:
            raise Refused(f"{given} has no open dispute.")
        return dispute

    def _moved(self, dispute: Thing, amount: int) -> Thing:
        now = self._book.now()
        return {
            "id": made("txn_3"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "created": now,
            "currency": dispute["currency"],
            "description": f"Chargeback for {dispute['charge']}",
            "exchange_rate": None,
            "fee": 0,
            "fee_details": [],
            "net": amount,
            "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
            "source": dispute["id"],
            "status": "available",
            "type": "adjustment",
        }

    def warn_of_fraud(self, given: str, fraud_type: str) -> Thing:
        """The card's issuer suspects fraud (docs.stripe.com/disputes/measuring#early-fraud)."""
        with self._book.changed:
            charge = self._payments.charge_of(given)
            warning = self._book.keep(reversal.fraud_warning(charge, fraud_type, self._book.now()))
            self._announcer.announce(Fact("radar.early_fraud_warning.created", warning))
        return warning


def _copy(dispute: Thing) -> Thing:
    return dispute | {"balance_transactions": list(dispute["balance_transactions"])}
