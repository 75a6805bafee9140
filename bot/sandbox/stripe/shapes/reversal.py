"""What may follow a payment: refunds, disputes, warnings of fraud (docs.stripe.com/api/refunds,
…/disputes, …/radar/early_fraud_warnings).
"""

from bot.sandbox.stripe.book import Thing
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.shapes.checkout import DAY

EVIDENCE_DAYS = 9
"""How long a merchant has to answer a dispute here; at Stripe 7 to 21 days, by the network."""


def refund(charge_: Thing, amount: int, reason: str | None, now: int) -> Thing:
    """A refund of a card payment, which goes through at once."""
    return {
        "id": made("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": made("txn_3"),
        "charge": charge_["id"],
        "created": now,
        "currency": charge_["currency"],
        "customer": charge_["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number"},
            "type": "card",
        },
        "metadata": {},
        "payment_intent": charge_["payment_intent"],
        "payment_method": charge_["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(charge_: Thing, reason: str, now: int) -> Thing:
    """A chargeback that waits for the merchant's evidence."""
    return {
        "id": made("du_1"),
        "object": "dispute",
        "amount": charge_["amount"],
        "balance_transactions": [],
        "charge": charge_["id"],
        "created": now,
        "currency": charge_["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"product_description": None, "uncategorized_text": None},
        "evidence_details": {
            "due_by": now + EVIDENCE_DAYS * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10",
        "payment_intent": charge_["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "chargeback",
                "network": "visa",
                "network_reason_code": "10",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def fraud_warning(charge_: Thing, fraud_type: str, now: int) -> Thing:
    """A card issuer's early warning; `actionable` until refunded or disputed."""
    return {
        "id": made("issfr_1"),
        "object": "radar.early_fraud_warning",
        "actionable": not charge_["refunded"] and not charge_["disputed"],
        "charge": charge_["id"],
        "created": now,
        "fraud_type": fraud_type,
        "livemode": False,
        "payment_intent": charge_["payment_intent"],
    }
