"""Money in Stripe's minor units, as people read it."""

import pytest

from bot.payments.money import amount_in_millionths, amount_of, currency_of, printed

NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
NONE = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (2500, "USD", "en_US", f"25.00{NBSP}USD"),
        (5, "USD", "en_US", f"0.05{NBSP}USD"),
        (-500, "USD", "en_US", f"-5.00{NBSP}USD"),
        (1234567, "JPY", "en_US", f"1,234,567{NBSP}JPY"),
        (12345, "KWD", "en_US", f"12.345{NBSP}KWD"),
        (12340, "KWD", "en_US", f"12.340{NBSP}KWD"),
        (12300, "ISK", "en_US", f"123{NBSP}ISK"),
        (12350, "ISK", "en_US", f"123.50{NBSP}ISK"),
        (12300, "UGX", "en_US", f"123{NBSP}UGX"),
        (12350, "UGX", "en_US", f"123.50{NBSP}UGX"),
        (5050, "ALL", "en_US", f"50.50{NBSP}ALL"),
        (5000, "ALL", "en_US", f"50{NBSP}ALL"),
        (250050, "HUF", "en_US", f"2,500.50{NBSP}HUF"),
        (123450, "EUR", "de_DE", f"1.234,50{NBSP}EUR"),
        (123450, "EUR", "fr_FR", f"1{NARROW}234,50{NBSP}EUR"),
        (12345678, "INR", "hi_IN", f"1,23,456.78{NBSP}INR"),
        (None, "USD", "en_US", "an amount that Stripe doesn't say"),
        (100, "", "en_US", "an amount that Stripe doesn't say"),
    ],
)
def test_printed(minor: int | None, currency: str, locale: str, shown: str) -> None:
    """Scaled by Stripe's exponent, no digit hidden that isn't zero, the code behind it."""
    assert printed(minor, currency, locale) == shown


@pytest.mark.parametrize("currency", NONE)
def test_without_a_minor_unit(currency: str) -> None:
    """Stripe counts these in whole units."""
    assert amount_of(1234, currency) == 1234


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_thousandths(currency: str) -> None:
    """And these in thousandths; millionths count them all alike."""
    assert amount_in_millionths(1234, currency) == 1_234_000
    assert amount_in_millionths(1234, "USD") == 12_340_000
    assert amount_in_millionths(1234, "JPY") == 1_234_000_000


@pytest.mark.parametrize("code", ["zzz", "", None, 3, "us", "dollars", "<!channel>"])
def test_no_currency(code: object) -> None:
    """What isn't a currency is none, and nothing of it is shown."""
    assert currency_of(code) == ""
    assert currency_of(" usd ") == "USD"
