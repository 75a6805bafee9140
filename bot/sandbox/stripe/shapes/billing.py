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
        "billing_schedules": [],
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
    monthly = price(amount, currency, now, every="month")
    return {
        "id": made("si_"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": now + MONTH,
        "current_period_start": now,
        "discounts": [],
        "metadata": {},
        "plan": plan(monthly),
        "price": monthly,
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def plan(monthly: Thing) -> Thing:
    """A recurring price as the plan that it was before."""
    return {
        "id": monthly["id"],
        "object": "plan",
        "active": True,
        "amount": monthly["unit_amount"],
        "amount_decimal": monthly["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": monthly["created"],
        "currency": monthly["currency"],
        "interval": "month",
        "interval_count": 1,
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": monthly["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def invoice(amount: int, currency: str, number: str, of: Thing | None, now: int) -> Thing:
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
        "billing_reason": "subscription_cycle" if of else "manual",
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
            "data": [_line(identity, amount, currency, of, now)],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/invoices/{identity}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": _parent(of),
        "payment_settings": {"default_mandate": None, "payment_method_types": None},
        "period_end": now,
        "period_start": now - MONTH if of else now,
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


def _parent(of: Thing | None) -> Thing | None:
    if of is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(of["metadata"]),
            "subscription": of["id"],
        },
        "type": "subscription_details",
    }


def _line(invoice_id: str, amount: int, currency: str, of: Thing | None, now: int) -> Thing:
    item = of["items"]["data"][0] if of else None
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
        "parent": _line_parent(item),
        "period": {"end": now + MONTH if of else now, "start": now},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        }
        if item
        else None,
        "quantity": 1,
        "subscription": of["id"] if of else None,
        "subtotal": amount,
        "taxes": [],
    }


def _line_parent(item: Thing | None) -> Thing | None:
    if item is None:
        return None
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": item["subscription"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
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
