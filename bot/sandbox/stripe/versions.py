"""Objects in the shape of an API version.

Objects are kept in the newest shape; an older version lacks what came later and has what was moved
where it was before. Each date was read off the annotations of Stripe's own Python library, release
by release (11.6 to 16.1), and for what moved in `2025-03-31.basil` and `2026-03-25.dahlia` off
docs.stripe.com/changelog.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.stripe.book import Thing

VERSIONS = (
    "2025-02-24.acacia",
    "2025-03-31.basil",
    "2025-04-30.basil",
    "2025-05-28.basil",
    "2025-06-30.basil",
    "2025-07-30.basil",
    "2025-08-27.basil",
    "2025-09-30.clover",
    "2025-10-29.clover",
    "2025-11-17.clover",
    "2025-12-15.clover",
    "2026-01-28.clover",
    "2026-02-25.clover",
    "2026-03-25.dahlia",
    "2026-04-22.dahlia",
    "2026-05-27.dahlia",
    "2026-06-24.dahlia",
    "2026-07-29.dahlia",
    "2026-08-26.dahlia",
    "2026-09-30.endive",
    "2026-10-28.endive",
)
NEWEST = VERSIONS[-1]
BASIL = "2025-03-31"
DAHLIA = "2026-03-25"
_PERIOD = ("current_period_start", "current_period_end")

_SINCE: dict[tuple[str, str], str] = {
    ("checkout.session", "wallet_options"): "2025-04-30",
    ("checkout.session", "origin_context"): "2025-07-30",
    ("checkout.session", "customer_account"): "2025-12-15",
    ("checkout.session", "integration_identifier"): DAHLIA,
    ("payment_intent", "customer_account"): "2025-12-15",
    ("payment_intent", "excluded_payment_method_types"): "2025-08-27",
    ("charge.billing_details", "tax_id"): "2025-04-30",
    ("refund", "customer"): "2026-07-29",
    ("refund", "customer_account"): "2026-07-29",
    ("refund", "payment_method"): "2026-07-29",
    ("dispute", "intended_submission_method"): "2026-10-28",
    ("dispute.evidence_details", "submission_method"): "2026-10-28",
    ("invoice", "customer_account"): "2025-12-15",
    ("invoice", "amount_paid_off_stripe"): "2026-05-27",
    ("line_item", "subtotal"): "2025-12-15",
    ("checkout.session", "permissions"): BASIL,
    ("subscription", "billing_mode"): "2025-06-30",
    ("subscription", "billing_schedules"): "2026-05-27",
    ("subscription", "billing_thresholds"): "2025-05-28",
    ("subscription_item", "billing_thresholds"): "2025-05-28",
    ("subscription", "customer_account"): "2025-12-15",
    ("payout", "payout_method"): "2025-08-27",
}


def shown(thing: Thing, version: str) -> Thing:
    """A copy of an object, and of what it holds, in this version's shape.

    An event stays in the version that it was made in (docs.stripe.com/api/events/object).
    """
    if thing["object"] == "event":
        return dict(thing)
    told = shown_part(thing, thing["object"], version)
    return {name: value for name, value in told.items() if not name.startswith("_")}


def shown_part(part: Thing, kind: str, version: str) -> Thing:
    """The fields of an object that this version has; for `previous_attributes`, which are few."""
    fields = {
        name: _within(value, f"{kind}.{name}", version)
        for name, value in part.items()
        if version >= _SINCE.get((kind, name), "")
    }
    for moved_in, kinds in _BEFORE:
        if version < moved_in and kind in kinds:
            kinds[kind](fields, part)
    return fields


def _within(value: Any, kind: str, version: str) -> Any:
    if isinstance(value, list):
        return [_within(item, kind, version) for item in value]
    if not isinstance(value, dict):
        return value
    if kind.endswith(".metadata"):
        return dict(value)
    if isinstance(value.get("object"), str):
        return shown(value, version)
    return shown_part(value, kind, version)


def _session_before_basil(fields: Thing, _: Thing) -> None:
    if "collected_information" in fields:
        fields["shipping_details"] = None


def _paid_for_before_basil(fields: Thing, _: Thing) -> None:
    if "_invoice" in fields:
        fields["invoice"] = fields["_invoice"]


def _invoice_before_basil(fields: Thing, _: Thing) -> None:
    """docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects."""
    if "parent" not in fields:
        return
    parent = fields.pop("parent")
    details = parent["subscription_details"] if parent else None
    fields |= {
        "subscription": details["subscription"] if details else None,
        "subscription_details": {"metadata": details["metadata"] if details else None},
        "charge": fields["_charge"],
        "payment_intent": fields["_payment_intent"],
        "paid": fields["status"] == "paid",
        "paid_out_of_band": False,
        "total_tax_amounts": [],
    }
    for gone in ("amount_overpaid", "total_taxes"):
        del fields[gone]


def _line_before_basil(fields: Thing, part: Thing) -> None:
    details = (part["parent"] or {}).get("subscription_item_details")
    for gone in ("parent", "pricing", "taxes"):
        del fields[gone]
    fields |= {
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription_item": details["subscription_item"] if details else None,
        "tax_amounts": [],
        "tax_rates": [],
        "type": "subscription" if details else "invoiceitem",
    }


def _subscription_before_basil(fields: Thing, part: Thing) -> None:
    """docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-…"""
    if "id" not in fields:
        return
    item = part["items"]["data"][0]
    for edge in _PERIOD:
        fields[edge] = item[edge]


def _item_before_basil(fields: Thing, _: Thing) -> None:
    for edge in _PERIOD:
        fields.pop(edge, None)


def _session_before_dahlia(fields: Thing, _: Thing) -> None:
    """docs.stripe.com/changelog/dahlia/2026-03-25/updates-available-checkout-session-ui-modes."""
    if fields.get("ui_mode") == "hosted_page":
        fields["ui_mode"] = "hosted"


_BEFORE: list[tuple[str, dict[str, Callable[[Thing, Thing], None]]]] = [
    (DAHLIA, {"checkout.session": _session_before_dahlia}),
    (
        BASIL,
        {
            "checkout.session": _session_before_basil,
            "payment_intent": _paid_for_before_basil,
            "charge": _paid_for_before_basil,
            "invoice": _invoice_before_basil,
            "line_item": _line_before_basil,
            "subscription": _subscription_before_basil,
            "subscription_item": _item_before_basil,
        },
    ),
]
