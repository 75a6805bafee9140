"""A payment intent and its charges (docs.stripe.com/api/payment_intents, …/charges)."""

from dataclasses import dataclass

from bot.sandbox.stripe.book import Thing
from bot.sandbox.stripe.ids import made

DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
"""Decline codes with the words for who pays (docs.stripe.com/testing#declined-payments)."""
_CODES_OF_THEIR_OWN = ("expired_card", "incorrect_cvc", "processing_error")


@dataclass(frozen=True)
class Payer:
    """Who pays, as typed at the checkout; the default is Stripe's own example."""

    email: str = "jenny.rosen@example.com"
    name: str = "Jenny Rosen"


def payment_intent(
    amount: int, currency: str, now: int, *, method: str = "card", **fields: object
) -> Thing:
    """A payment intent that waits for a payment method; `fields` take the place of the defaults."""
    identity = made("pi_3")
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identity}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {method: {}},
        "payment_method_types": [method],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_invoice": None,
    } | fields


def charge(intent: Thing, payer: Payer, now: int) -> Thing:
    """A charge for a payment intent that has neither gone through nor failed yet."""
    (method,) = intent["payment_method_types"]
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "id": made("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": address,
            "email": payer.email,
            "name": payer.name,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "TOINGG SANDBOX",
        "captured": False,
        "created": now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": made("pm_1"),
        "payment_method_details": {method: _details(method), "type": method},
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
        "_invoice": intent["_invoice"],
    }


def _details(method: str) -> Thing:
    if method != "card":
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "last4": "6789",
            "routing_number": "110000000",
        }
    return {
        "amount_authorized": None,
        "brand": "visa",
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "network": "visa",
        "three_d_secure": None,
        "wallet": None,
    }


def outcome(decline_code: str | None = None) -> Thing:
    """What the network and Radar said of a charge."""
    return {
        "advice_code": "try_again_later" if decline_code else None,
        "network_advice_code": None,
        "network_decline_code": "05" if decline_code else None,
        "network_status": "declined_by_network" if decline_code else "approved_by_network",
        "reason": decline_code,
        "risk_level": "normal",
        "seller_message": (
            "The bank did not return any further details with this decline."
            if decline_code
            else "Payment complete."
        ),
        "type": "issuer_declined" if decline_code else "authorized",
    }


def decline(charge_: Thing, decline_code: str) -> Thing:
    """What `last_payment_error` says (docs.stripe.com/declines/codes)."""
    code = decline_code if decline_code in _CODES_OF_THEIR_OWN else "card_declined"
    return {
        "advice_code": "try_again_later",
        "charge": charge_["id"],
        "code": code,
        "decline_code": decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": DECLINES.get(decline_code, "Your card was declined."),
        "payment_method": {
            "id": charge_["payment_method"],
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": charge_["billing_details"],
            "created": charge_["created"],
            "customer": charge_["customer"],
            "livemode": False,
            "metadata": {},
            "type": charge_["payment_method_details"]["type"],
        },
        "type": "card_error",
    }
