"""How many parts a text takes: exact, and pure.

A part has 140 bytes: 160 septets of GSM-7 or 70 units of UCS-2. Several parts each give up 6 bytes
to say which they are: 153 septets or 67 units are left, and what takes two of them is never split.
Sources: 3GPP TS 23.038 §6.2.1 (alphabet and extension), TS 23.040 §9.2.3.24.1 (concatenation).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENSION
_BEYOND_ONE_UNIT = 0xFFFF

_EQUIVALENTS = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\t\u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
    "…": "...",
    "•": "*",
}


class Encoding(StrEnum):
    """How the characters of a text are sent."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Units of the only part, and of each of several."""


@dataclass(frozen=True)
class Size:
    """`characters` as people count them, `units` as they are sent: septets, or 16 bits each."""

    encoding: Encoding
    characters: int
    units: int
    parts: int


def measure(text: str) -> Size:
    """The size of a text; an empty one has no part."""
    encoding = Encoding.GSM7 if _GSM7.issuperset(text) else Encoding.UCS2
    units = [_units(char, encoding) for char in text]
    return Size(encoding, len(text), sum(units), _parts(units, *_ROOM[encoding]))


def _units(char: str, encoding: Encoding) -> int:
    doubled = char in _EXTENSION if encoding is Encoding.GSM7 else ord(char) > _BEYOND_ONE_UNIT
    return 1 + doubled


def _parts(units: Iterable[int], alone: int, each: int) -> int:
    total, parts, used = 0, 1, 0
    for unit in units:
        total += unit
        if used + unit > each:
            parts, used = parts + 1, 0
        used += unit
    return min(total, 1) if total <= alone else parts


def forcing(text: str) -> tuple[str, ...]:
    """The very characters that force UCS-2, each once, in their order."""
    return tuple(char for char in dict.fromkeys(text) if char not in _GSM7)


def simplified(text: str) -> str:
    """The text with what GSM-7 has in place of what it hasn't; what has no like stays."""
    return "".join(char if char in _GSM7 else _like(char) for char in text)


def _like(char: str) -> str:
    if char in _EQUIVALENTS:
        return _EQUIVALENTS[char]
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", char) if not unicodedata.combining(each)
    )
    return plain if _GSM7.issuperset(plain) and plain else char
