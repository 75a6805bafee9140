"""A checkout session (docs.stripe.com/api/checkout/sessions) and what it sells."""

from dataclasses import dataclass, field

from bot.sandbox.stripe.book import Thing
from bot.sandbox.stripe.ids import made

DAY = 86_400


@dataclass(frozen=True)
class Order:
    """What a session is opened for; `amount` in the currency's smallest unit."""

    amount: int
    currency: str
    name: str = "Toingg balance"
    quantity: int = 1
    success_url: str | None = None
    cancel_url: str | None = None
    customer: str | None = None
    customer_email: str | None = None
    client_reference_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    intent_metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    expires_at: int | None = None
    locale: str | None = None
    submit_type: str | None = None


def session(order: Order, now: int) -> Thing:
    """An open checkout session in payment mode."""
    total = order.amount * order.quantity
    return {
        "id": made("cs_test_a1"),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": order.cancel_url,
        "client_reference_id": order.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": order.currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": order.customer,
        "customer_account": None,
        "customer_creation": None if order.customer else "if_required",
        "customer_details": None,
        "customer_email": order.customer_email,
        "discounts": [],
        "expires_at": order.expires_at or now + DAY,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": {"enabled": False},
        "livemode": False,
        "locale": order.locale,
        "metadata": dict(order.metadata),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": order.submit_type,
        "subscription": None,
        "success_url": order.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
        "_order": order,
    }


def line_items(session_: Thing) -> Thing:
    """The list that `expand[]=line_items` shows."""
    order: Order = session_["_order"]
    item = {
        "id": made("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": session_["amount_subtotal"],
        "amount_tax": 0,
        "amount_total": session_["amount_total"],
        "currency": order.currency,
        "description": order.name,
        "metadata": {},
        "price": price(order.amount, order.currency, session_["created"]),
        "quantity": order.quantity,
    }
    url = f"/v1/checkout/sessions/{session_['id']}/line_items"
    return {"object": "list", "data": [item], "has_more": False, "url": url}


def price(amount: int, currency: str, now: int, *, every: str | None = None) -> Thing:
    """A price; `every` (month, year) where it recurs."""
    recurring = {
        "interval": every,
        "interval_count": 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": made("price_1"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": made("prod_"),
        "recurring": recurring if every else None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if every else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
