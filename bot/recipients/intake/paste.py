"""Pasted text: lines of a name and a number in either order, or sentences with numbers in them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher

from bot.errors import NumberRefused
from bot.recipients.intake.cells import read_phone, unescaped
from bot.recipients.intake.columns import looks_like_phone
from bot.recipients.intake.rows import Draft
from bot.slack.text import tidy

_BULLET = re.compile(
    r"\s*(?:[-*>\u2013\u2014\u2022\u25e6\u25aa\u2023\u00b7]+\s+|\d{1,2}[.)]\s+|\d{3}[.)]\s+(?=\D)"
    r"|\[[ xX]?\]\s*)+"
)
"""Bullets, boxes and numbering, but not the area code of `(415) 555 0132`."""
_CELLS = re.compile(r"[\t;|,]")
_TRIMMED = " \t,;:|.-\u2013\u2014=>/\"'()[]<>*_`"
_LABEL = re.compile(
    r"\b(?:phone|tel|telephone|mobile|mob|cell|whatsapp|number|no|ph|handy|telefon|teléfono|tél)\b"
    r"\.?[\s:.#]*$",
    re.IGNORECASE,
)
_WORDS_OF_SENTENCES = re.compile(
    r"\b(?:an?|and|are|as|at|be|by|call|can|dial|for|from|give|has|have|her?|him|his|i|if|in|is|it"
    r"|me|my|number|of|on|or|our|phone|please|reach|ring|she|sms|text|that|the|their|them|then|they"
    r"|this|to|try|us|was|we|with|your?|und|oder|et|ou)\b",
    re.IGNORECASE,
)
_MAIL = re.compile(r"<?[^\s@<>]{1,64}@[^\s@<>]{1,255}>?")
_LONGEST_NAME = 6
"""Words; more are a sentence."""
_ALTERNATIVE = re.compile(r"\s*(?:/|\bor\b|\bo\b|\bou\b|\boder\b)\s*", re.IGNORECASE)
_DAMAGED = re.compile(r"#[A-Z0-9/]+[!?]|#N/A|#{3,}|\d[.,]\d+e\+?\d+", re.IGNORECASE)
_DIGITS = re.compile(r"[+\uff0b(]{0,3}\d[\d\s().\-/]*")
_LEAST_DIGITS = 7
COLUMNS = ("Name", "Phone")
"""What the cells of its rows are."""
_ENDS_SENTENCE = tuple(".,:!?…")


class _Found(NamedTuple):
    start: int
    end: int
    text: str


def paste_rows(text: str, region: str) -> Iterator[Draft]:
    """The rows in a text, with the numbers of their lines, from 1.

    A sentence without a number is nobody's row; a short line without one is a row that lacks it.
    `region` (`US`) is the country of numbers without a `+`.
    """
    for number, line in enumerate(_lines(text), start=1):
        for phone, name in _of_line(line, region):
            yield Draft(number, (name, phone), phone, name, "", {})


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _of_line(line: str, region: str) -> list[tuple[str, str]]:
    """The numbers of a line, each with its name, "" for none."""
    bullet = _BULLET.match(line)
    line = line[bullet.end() :] if bullet else line
    bare = tidy(line).strip("`")
    cells = [cell for cell in (_cell(part) for part in _CELLS.split(line.strip())) if cell]
    alone = [cell for cell in cells if looks_like_phone(cell) or _DAMAGED.fullmatch(cell)]
    if len(alone) == 1 and not _more_numbers(cells, alone[0]):
        names = [cell for cell in cells if cell != alone[0]]
        if sum(len(name.split()) for name in names) <= _LONGEST_NAME:
            return [(alone[0], ", ".join(names))]
    found = _numbers(bare, region)
    return _named(bare, found) if found else _without(bare)


def _cell(part: str) -> str:
    cell = unescaped(tidy(part))
    return cell if looks_like_phone(cell) else cell.strip(_TRIMMED)


def _more_numbers(cells: list[str], alone: str) -> bool:
    return any(
        sum(char.isdecimal() for char in cell) >= _LEAST_DIGITS for cell in cells if cell != alone
    )


def _numbers(line: str, region: str) -> list[_Found]:
    """What can be a number, also one that is refused; numbers of orders and years aren't."""
    matches = PhoneNumberMatcher(line, region or None, leniency=Leniency.POSSIBLE)
    found = [_Found(match.start, match.end, match.raw_string) for match in matches]
    damaged = [_Found(*match.span(), match[0]) for match in _DAMAGED.finditer(line)]
    return _joined(line, sorted(damaged + [each for each in found if _counts(each, region)]))


def _counts(found: _Found, region: str) -> bool:
    if found.text.startswith(("+", "\uff0b")):
        return True
    try:
        read_phone(found.text, region)
    except NumberRefused:
        return sum(char.isdecimal() for char in found.text) > _LEAST_DIGITS + 2
    return True


def _joined(line: str, found: list[_Found]) -> list[_Found]:
    """Numbers with a stroke or an `or` between them are one row's, which has several."""
    joined: list[_Found] = []
    for each in found:
        before = joined[-1] if joined else None
        if before and _ALTERNATIVE.fullmatch(line[before.end : each.start]):
            joined[-1] = _Found(before.start, each.end, line[before.start : each.end])
        elif before is None or each.start >= before.end:
            joined.append(each)
    return joined


def _named(line: str, found: list[_Found]) -> list[tuple[str, str]]:
    """Each number with the name before it; a line's only number may have it behind."""
    names = []
    end = 0
    for each in found:
        names.append(_name(line[end : each.start]))
        end = each.end
    if (
        len(found) == 1
        and not names[0]
        and not _LABEL.sub("", line[: found[0].start]).strip(_TRIMMED)
    ):
        names[0] = _name(line[end:])
    return [(each.text, name) for each, name in zip(found, names, strict=True)]


def _name(text: str) -> str:
    """The text between two numbers, if it is a name and no part of a sentence."""
    name = _LABEL.sub("", _MAIL.sub("", text).strip(_TRIMMED)).strip(_TRIMMED)
    words = name.split()
    return "" if len(words) > _LONGEST_NAME or _WORDS_OF_SENTENCES.search(name) else " ".join(words)


def _without(line: str) -> list[tuple[str, str]]:
    """A line in which no number was found: a row that lacks it, one that is refused, or neither."""
    words = line.split()
    if not any(char.isalnum() for char in line):
        return []
    if len(words) > _LONGEST_NAME or line.endswith(_ENDS_SENTENCE):
        return []
    digits = _DIGITS.search(line)
    if digits is None:
        return [("", line)]
    return [(digits[0].strip(), _name(line.replace(digits[0], " ")))]
