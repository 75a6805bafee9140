"""Whether a text names somebody, and the text without that: pure."""

import re
import unicodedata
from collections.abc import Iterable
from functools import partial

import phonenumbers

from storage.mentions import Person

_RUN = re.compile(r"[+\uff0b(]{0,2}\d(?:(?:[^\S\n]|[().\-/\u00b7\u2010-\u2015]){0,3}\d)*")
"""Digits of one line, however they are set apart."""
_DIGIT = re.compile(r"\d")
_LONGEST_PREFIX = 7
"""Digits before a number: 00 or 011, its country, a trunk's 0."""
_ENOUGH = 7
"""Digits of a number within its country that no other digits hold by chance."""
_LEAST_NAME = 3
ERASED = "…"


def person_of(e164: str, names: Iterable[str]) -> Person:
    """Somebody with this number, called any of these."""
    needle = _digits_of(e164)
    number = partial(without_number, needle=needle)
    known = sorted({each.strip() for each in names if len(each.strip()) >= _LEAST_NAME}, key=len)

    def echo(text: str) -> str:
        text = number(text)
        for name in reversed(known):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", ERASED, text, flags=re.IGNORECASE)
        return text

    return Person(number, echo)


def _digits_of(e164: str) -> str:
    """The digits that every way of writing it has: those within its country, if they suffice."""
    number = phonenumbers.parse(e164, None)
    national = phonenumbers.national_significant_number(number)
    return national if len(national) >= _ENOUGH else f"{number.country_code}{national}"


def without_number(text: str, needle: str) -> str:
    """The text with `…` for the number, in any script, with whatever between its digits."""
    if _DIGIT.search(text) is None:  # as most are, of the very many that are looked through
        return text
    return _RUN.sub(lambda found: _without(found[0], needle), text)


def _without(run: str, needle: str) -> str:
    """Digits and what is between them, without the number and what leads to its country."""
    places = [at for at, char in enumerate(run) if char.isdecimal()]
    digits = "".join(str(unicodedata.decimal(run[at])) for at in places)
    first = digits.find(needle)
    if first < 0:
        return run
    end = places[first + len(needle) - 1] + 1
    start = 0 if first <= _LONGEST_PREFIX else places[first]
    return f"{run[:start]}{ERASED}{_without(run[end:], needle)}"
