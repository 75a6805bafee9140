"""A phone number as somebody wrote it: read, or refused with a sentence on how to mend it."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NoReturn

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    shortnumberinfo,
)

from bot.errors import NumberRefused
from bot.recipients.faults import Fault
from bot.recipients.zones import possible_zones
from bot.slack.text import mask, pretty

__all__ = ["Kind", "PhoneNumber", "mask", "parse_number", "pretty"]


class Kind(StrEnum):
    """What the numbering plan says about a number that may be reached."""

    FIXED_LINE = "fixed line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed line or mobile"
    TOLL_FREE = "toll-free"
    PERSONAL = "personal"
    VOIP = "voip"


@dataclass(frozen=True)
class PhoneNumber:
    """One number that can be dialled."""

    e164: str
    """`+` and at most 15 digits, without the extension."""
    region: str
    """ISO 3166 alpha-2 of the country, `001` for an international one (+800)."""
    kind: Kind
    extension: str | None
    """Digits that nobody can dial for the asker: they have to be told."""

    @property
    def zones(self) -> tuple[str, ...]:
        """IANA names of the zones in which it may be; empty where unknown. Read when asked for."""
        return possible_zones(self.e164)


_KINDS = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED_LINE,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.PERSONAL_NUMBER: Kind.PERSONAL,
    PhoneNumberType.VOIP: Kind.VOIP,
}
_REFUSED = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.UAN: "a company's access number, charged at its own rate",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail box",
}
_FICTION = (
    (re.compile(r"\+447700900\d{3}"), "GB", Kind.MOBILE),
    (re.compile(r"\+441632960\d{3}"), "GB", Kind.FIXED_LINE),
)
"""Ofcom's numbers for drama that the plan calls unassigned; it calls the others valid."""
_NORTH_AMERICAN_FICTION = re.compile(r"\+1\d{3}55501\d\d")

_EXAMPLE = "such as +1 415 555 0132"
_EMERGENCY_ON_EVERY_MOBILE = frozenset({"112", "911"})
_LONGEST_TEXT = 100
_LONGEST_SHORT_CODE = 8
_LEAST_OF_ANOTHER_NUMBER = 7

_SCIENTIFIC = re.compile(r"\W*\d+(?:[.,]\d*)?e\W*\d{1,3}\W*", re.IGNORECASE)
_FLOAT = re.compile(r"(\W*\d{7,15})[.,]0+")
_SEPARATORS = re.compile(r"[/;,|&\n]|\bor\b|\band\b|(?<=\d)\s*(?=[+\uff0b])", re.IGNORECASE)
_EXTENSION_AT_END = re.compile(
    r"[\s,;.(-]*(?:e?xt(?:ensi[oó]n?)?|e?xtn|x|int|anexo|доб)?[\s,;:.=#~-]*\d+\W*$", re.IGNORECASE
)


def parse_number(text: str, default_region: str) -> PhoneNumber:
    """The number in `text`; `default_region` (`US`) is the country of one without a `+`.

    Whatever `phonenumbers` reads is taken, except what it would guess: letters count only in a
    toll-free word (1-800-FLOWERS), since it would turn a name behind a number into digits. Ranges
    set aside for fiction (+1 NPA 555 01XX, Ofcom's, ACMA's) are taken, so that examples and tests
    reach nobody. Raises NumberRefused (an InputError with the field `phone`, and the fault's word);
    its sentence repeats no part of `text`.
    """
    typed = _cleaned(text)
    _refuse_unreadable(typed)
    typed = _FLOAT.sub(r"\1", typed) if _FLOAT.fullmatch(typed) else typed
    _refuse_short(typed, default_region)
    _refuse_several(typed, default_region)
    parsed = _read(typed, default_region)
    _refuse_letters(typed, parsed)
    if parsed is None:
        _explain_unparsed(typed, default_region)
    return _accepted(parsed, international="+" in typed)


_PLAIN_NORTH_AMERICAN = re.compile(r"(\+1|1?)([2-9]\d{9})", re.ASCII)


def read_plain(text: str, default_region: str) -> tuple[str, Kind] | None:
    """E.164 and kind of a number written as North America's plainest: `+14155550132`, `4155550132`.

    None: ask `parse_number`. What is taken here gets the same answers there, at a third of the
    speed: phonenumbers spends its time on how else a number may be written, and lists are long.
    """
    found = _PLAIN_NORTH_AMERICAN.fullmatch(text)
    if not found or (found[1] != "+1" and not _is_north_american(default_region)):
        return None
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(found[2]))
    kind = _KINDS.get(phonenumbers.number_type(number))
    return None if kind is None else (f"+1{found[2]}", kind)


@cache
def _is_north_american(region: str) -> bool:
    return phonenumbers.country_code_for_region(region) == 1


def _cleaned(text: str) -> str:
    """The text without marks that can't be seen, its digits and plus in ASCII."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = (char for char in text if unicodedata.category(char) not in {"Cf", "Cs"})
    return "".join(_plain(char) for char in kept).strip()


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char == "\uff0b":
        return "+"
    return " " if char.isspace() and char != "\n" else char


def _refuse(sentence: str, fault: Fault = Fault.INVALID) -> NoReturn:
    raise NumberRefused(sentence, fault=fault)


def _refuse_unreadable(typed: str) -> None:
    if not typed:
        _refuse(f"Enter a phone number, {_EXAMPLE}.", Fault.MISSING)
    if not any(char.isdecimal() for char in typed):
        _refuse(f"There are no digits in this phone number. Enter one {_EXAMPLE}.")
    if _SCIENTIFIC.fullmatch(typed):
        _refuse(
            "A spreadsheet turned this number into scientific notation and lost digits of it. "
            "Format its column as text there, then enter the number again.",
            Fault.DAMAGED,
        )
    if len(typed) > _LONGEST_TEXT:
        _refuse("This is too long for a phone number. Enter the number alone.")
    if "*" in typed:
        _refuse("Leave out dialling codes such as *67, and enter the number alone.")


def _refuse_short(typed: str, default_region: str) -> None:
    digits = "".join(char for char in typed if char.isdigit())
    if len(digits) > _LONGEST_SHORT_CODE:
        return
    called = _read(typed, default_region)
    national = str(called.national_number) if called else digits
    region = phonenumbers.region_code_for_country_code(called.country_code or 0) if called else ""
    tried = ((digits, default_region), (national, region), (national, default_region))
    emergency = any(shortnumberinfo.is_emergency_number(number, of) for number, of in tried)
    if emergency or {digits, national} & _EMERGENCY_ON_EVERY_MOBILE:
        _refuse("Emergency numbers are never called or texted from here.", Fault.EMERGENCY)
    if called and shortnumberinfo.is_valid_short_number(called) and not _valid(called):
        _refuse(
            "This is a short code, which can't be reached from here. "
            f"Enter a whole number with its country code, {_EXAMPLE}."
        )


def _refuse_several(typed: str, default_region: str) -> None:
    parts = [part for part in _SEPARATORS.split(typed) if part.strip()]
    if len(parts) == 1:
        return
    whole = [part for part in parts if _valid(_read(part, default_region))]
    if len(whole) > 1:
        _refuse_two()


def _refuse_two() -> NoReturn:
    _refuse(
        "There is more than one number here. Keep one of them, and enter the other by itself.",
        Fault.SEVERAL,
    )


def _read(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    """What phonenumbers makes of it; also with the 00 that most countries dial for the plus."""
    parsed = _parse(typed, region)
    if typed.startswith("00") and not _valid(parsed):
        abroad = _parse("+" + typed.removeprefix("00"), region)
        return abroad if _valid(abroad) else parsed
    return parsed


def _parse(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(typed, region)
    except NumberParseException:
        return None


def _valid(parsed: phonenumbers.PhoneNumber | None) -> bool:
    if parsed is None:
        return False
    return phonenumbers.is_valid_number(parsed) or _fiction(parsed) is not None


def _fiction(parsed: phonenumbers.PhoneNumber) -> tuple[str, Kind] | None:
    """Region and kind of a number set aside for fiction that the plan calls unassigned."""
    e164 = _e164(parsed)
    if _NORTH_AMERICAN_FICTION.fullmatch(e164):
        region = phonenumbers.region_code_for_number(parsed)
        return (region, Kind.FIXED_LINE_OR_MOBILE) if region else None
    return next(
        ((country, kind) for range_, country, kind in _FICTION if range_.fullmatch(e164)), None
    )


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _refuse_letters(typed: str, parsed: phonenumbers.PhoneNumber | None) -> None:
    """One or two letters phonenumbers drops, three or more it reads as a keypad's digits."""
    body = typed.lstrip("".join(set(typed) - set("+0123456789")))
    if parsed is not None and parsed.extension:
        body = _EXTENSION_AT_END.sub("", body)
    if not any(char.isalpha() for char in body):
        return
    if parsed is None or phonenumbers.number_type(parsed) != PhoneNumberType.TOLL_FREE:
        _refuse("There are letters in this phone number. Write it in digits only, without a name.")


def _explain_unparsed(typed: str, default_region: str) -> NoReturn:
    kind = NumberParseException.NOT_A_NUMBER
    try:
        phonenumbers.parse(typed, default_region)
    except NumberParseException as error:
        kind = error.error_type
    if kind == NumberParseException.INVALID_COUNTRY_CODE and "+" in typed:
        _refuse("No country has this number's code. Check what follows the +.")
    if kind == NumberParseException.INVALID_COUNTRY_CODE:
        _refuse(f"Begin this number with + and its country code, {_EXAMPLE}.")
    if kind == NumberParseException.TOO_LONG:
        _refuse_long()
    if kind == NumberParseException.NOT_A_NUMBER:
        _refuse(f"This can't be read as one phone number. Write it in digits only, {_EXAMPLE}.")
    _refuse_few()


def _refuse_long() -> NoReturn:
    _refuse("This phone number has too many digits. Remove those that don't belong to it.")


def _refuse_few() -> NoReturn:
    _refuse(
        "This phone number has too few digits. "
        f"Enter it whole, with its country and area code, {_EXAMPLE}."
    )


def _accepted(parsed: phonenumbers.PhoneNumber, *, international: bool) -> PhoneNumber:
    """The number, if its length, its range and its type allow it to be reached."""
    if parsed.extension and len(parsed.extension) >= _LEAST_OF_ANOTHER_NUMBER:
        _refuse_two()
    # A number is valid where it has a type: asked once, since it is what takes the time.
    number_type = phonenumbers.number_type(parsed)
    if number_type == PhoneNumberType.UNKNOWN and not _fiction(parsed):
        _refuse_impossible(parsed, international=international)
    if number_type in _REFUSED:
        _refuse(
            f"This is {_REFUSED[number_type]}, which is never called or texted from here. "
            "Enter the person's own number.",
            Fault.PREMIUM,
        )
    region, kind = _place_and_kind(parsed, number_type)
    return PhoneNumber(_e164(parsed), region, kind, parsed.extension or None)


def _place_and_kind(parsed: phonenumbers.PhoneNumber, number_type: int) -> tuple[str, Kind]:
    if number_type in _KINDS:
        return phonenumbers.region_code_for_number(parsed) or "001", _KINDS[number_type]
    return _fiction(parsed) or ("001", Kind.FIXED_LINE_OR_MOBILE)


def _refuse_impossible(parsed: phonenumbers.PhoneNumber, *, international: bool) -> NoReturn:
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible == ValidationResult.TOO_LONG:
        _refuse_long()
    if possible in {ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        _refuse_few()
    if possible != ValidationResult.IS_POSSIBLE:
        _refuse(f"No number in +{parsed.country_code} has this many digits. Check each of them.")
    if international:
        _refuse(f"No number in +{parsed.country_code} begins like this. Check its digits.")
    _refuse(
        f"Read as a number in +{parsed.country_code}, this begins like none there. Check its "
        "digits, or begin it with + and the code of its country."
    )
