"""Invoices, subscriptions and payouts (docs.stripe.com/api/invoices, …/subscriptions,
…/payouts).
"""

from bot.sandbox.stripe.book import Thing
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.shapes.checkout import DAY, price

MONTH = 30 * DAY
CUSTOMER = "cus_sandbox1Toingg"
EMAIL, NAME = "jenny.rosen@example.com", "Jenny Rosen"


def subscription(amount: int, currency: str, now: int) -> Thing:
    """An active monthly subscription."""
    identity = made("sub_1")
    return {
        "id": identity,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": CUSTOMER,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [_item(identity, amount, currency, now)],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/subscription_items?subscription={identity}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {"save_default_payment_method": "off"},
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "active",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def _item(subscription_id: str, amount: int, currency: str, now: int) -> Thing:
    return {
        "id": made("si_"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": now + MONTH,
        "current_period_start": now,
        "discounts": [],
        "metadata": {},
        "price": price(amount, currency, every="month"),
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def invoice(amount: int, currency: str, number: str, plan: Thing | None, now: int) -> Thing:
    """A draft; it has its number once it is finalized."""
    identity = made("in_1")
    return {
        "id": identity,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Toingg (sandbox)",
        "account_tax_ids": None,
        "amount_due": amount,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": amount,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "status": None},
        "automatically_finalizes_at": None,
        "billing_reason": "subscription_cycle" if plan else "manual",
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "custom_fields": None,
        "customer": CUSTOMER,
        "customer_account": None,
        "customer_address": None,
        "customer_email": EMAIL,
        "customer_name": NAME,
        "customer_phone": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": [_line(identity, amount, currency, plan, now)],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/invoices/{identity}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": _parent(plan),
        "payment_settings": {"default_mandate": None, "payment_method_types": None},
        "period_end": now,
        "period_start": now - MONTH if plan else now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "test_clock": None,
        "total": amount,
        "total_discount_amounts": [],
        "total_excluding_tax": amount,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
        "_charge": None,
        "_number": number,
        "_payment_intent": None,
    }


def _parent(plan: Thing | None) -> Thing | None:
    if plan is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(plan["metadata"]),
            "subscription": plan["id"],
        },
        "type": "subscription_details",
    }


def _line(invoice_id: str, amount: int, currency: str, plan: Thing | None, now: int) -> Thing:
    return {
        "id": made("il_1"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": "Toingg minutes",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "period": {"end": now + MONTH if plan else now, "start": now},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "subtotal": amount,
    }


def payout(amount: int, currency: str, now: int) -> Thing:
    """An automatic payout to the bank, on its way."""
    return {
        "id": made("po_1"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": now + 2 * DAY,
        "automatic": True,
        "balance_transaction": made("txn_3"),
        "created": now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_sandbox1ToinggBank",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
