"""Amounts in words, by Stripe's own exponents (docs.stripe.com/currencies)."""

from bot.sandbox.stripe.refusals import Refused

_KNOWN = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
    gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
    lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
    pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
    top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
_WITHOUT_FRACTION = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_ZERO = frozenset(_WITHOUT_FRACTION.split())
_THREE = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "inr": "₹", "jpy": "¥"}
CURRENCIES = frozenset(_KNOWN.split())
"""What a payment may be made in."""


def currency_of(given: str, param: str = "currency") -> str:
    """The currency in lower case, as Stripe writes it; `Refused` for an unknown one."""
    lower = given.lower()
    if lower not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        words = f"Invalid currency: {given}. Stripe currently supports these currencies: {known}"
        raise Refused(words, param=param)
    return lower


def exponent(currency: str) -> int:
    """How many of an amount's digits are the fraction."""
    if currency in _ZERO:
        return 0
    return 3 if currency in _THREE else 2


def digits(amount: int, currency: str) -> str:
    """An amount in the smallest unit as a decimal number, as `20.00` for 2000 US cents."""
    places = exponent(currency)
    sign, whole = ("-" if amount < 0 else ""), str(abs(amount)).rjust(places + 1, "0")
    return sign + (f"{whole[:-places]}.{whole[-places:]}" if places else whole)


def written(amount: int, currency: str) -> str:
    """An amount as Stripe's error texts write it: `$20.00`, `20.00 CHF`."""
    sign = _SIGNS.get(currency)
    number = digits(amount, currency)
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}"
