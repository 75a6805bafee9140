"""Money in Stripe's minor units, printed for people. Pure.

Amounts are scaled by Stripe's exponents, which aren't ISO 4217's (docs.stripe.com/currencies), nor
Babel's, which are CLDR's.
"""

from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, list_currencies

_NONE = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


@cache
def _known() -> frozenset[str]:
    return frozenset(list_currencies())


def currency_of(code: object) -> str:
    """The currency in capitals; "" for what isn't one."""
    if not isinstance(code, str):
        return ""
    capitals = code.strip().upper()
    return capitals if capitals in _known() else ""


def exponent_of(currency: str) -> int:
    """How many digits Stripe's minor unit is behind the point."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def amount_of(minor: int, currency: str) -> Decimal:
    """The amount in the currency's own unit."""
    return Decimal(minor).scaleb(-exponent_of(currency))


def amount_in_millionths(minor: int, currency: str) -> int:
    """The amount in millionths of the currency's unit, as budgets and minimums count."""
    return int(amount_of(minor, currency).scaleb(6))


def printed(minor: int | None, currency: str, locale: str) -> str:
    """The amount with its currency's code, as the locale writes numbers: `1,234.50 USD`.

    Digits that CLDR leaves out in a currency are shown where they aren't zero.
    """
    if minor is None or not currency:
        return "an amount that Stripe doesn't say"
    amount = amount_of(minor, currency)
    hides = get_currency_precision(currency) < exponent_of(currency) and amount % 1 != 0
    return format_currency(
        amount, currency, format=_pattern(locale), locale=locale, currency_digits=not hides
    )


@cache
def _pattern(locale: str) -> str:
    """The locale's own grouping, and the code behind it: a dollar sign is many currencies."""
    positive = Locale.parse(locale).currency_formats["standard"].pattern.partition(";")[0]
    digits = "".join(char for char in positive if char in "#0,.")
    return f"{digits}\N{NO-BREAK SPACE}¤¤"
