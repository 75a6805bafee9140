"""Ids as Stripe makes them: a prefix that says what it is, and letters and digits."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits
_LENGTHS = {
    "acct_1": 15,
    "ch_3": 23,
    "cs_test_a1": 56,
    "cus_": 14,
    "du_1": 23,
    "evt_1": 23,
    "in_1": 23,
    "issfr_1": 23,
    "li_1": 23,
    "il_1": 23,
    "pi_3": 23,
    "pm_1": 23,
    "po_1": 23,
    "price_1": 23,
    "prod_": 14,
    "re_3": 23,
    "req_": 14,
    "si_": 14,
    "sub_1": 23,
    "txn_3": 23,
}


def made(prefix: str) -> str:
    """A new id, as `pi_3` and 23 characters; `KeyError` for a prefix that isn't in use here."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTHS[prefix]))
