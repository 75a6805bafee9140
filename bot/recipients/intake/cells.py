"""A phone number in a cell, as spreadsheets leave it: mended where nothing is lost, else named."""

import re
from decimal import Decimal
from typing import NoReturn

from bot.errors import NumberRefused
from bot.recipients.faults import Fault
from bot.recipients.numbers import PhoneNumber, parse_number

_AS_TEXT = re.compile(r"\s*=\s*\"(.*)\"\s*", re.DOTALL)
"""`="0123"`: how people keep a spreadsheet from making a number of it."""
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NOTHING = re.compile(
    r"[-\u2010-\u2015.?/]+|n/?a|none|null|nil|nan|unknown|tbd|no (?:phone|number)|keine?s?"
    r"|ningun[oa]|aucune?|s/n",
    re.IGNORECASE,
)
_ERROR = re.compile(r"#(?:REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|N/A|SPILL!|CALC!|GETTING_DATA).*")
_TOO_NARROW = re.compile(r"#{3,}")
_FORMULA = re.compile(r"=[^\d+\"'(\s]")
_SCIENTIFIC = re.compile(r"\W*(\d[.,]\d+)e\+?(\d{1,2})\W*", re.IGNORECASE)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?:{_DAY}([./-]){_DAY}\1{_YEAR}|{_YEAR}([./-]){_DAY}\2{_DAY})(?:[T ,]+\d\d?:\d\d.*)?"
)
_SPACES = re.compile(r" {2,}")
_DIGITS = re.compile(r"\d+")
_EXACT_DIGITS = 15
"""What a spreadsheet keeps of a number; the rest become zeros."""

_MENDS = {
    "error": "A formula's error stands here instead of a number. Mend the formula in the "
    "spreadsheet, then add the list again.",
    "narrow": "The column was too narrow, so the spreadsheet wrote signs instead of the number. "
    "Widen the column there, then add the list again.",
    "formula": "A formula stands here without its result. Open the file in your spreadsheet "
    "program, save it, then add it again.",
    "date": "A date stands where the phone number should. If a spreadsheet made it of a number, "
    "format the column as text there and enter the number again.",
    "truncated": "A spreadsheet keeps 15 digits of a number and made the others zeros. Format the "
    "column as text there, then enter the number again.",
    "plus": "The + before the country code is missing, as spreadsheets drop it. Put it back: "
    "format the column as text, then begin the number with +.",
    "zero": "The 0 at its beginning is missing, as spreadsheets drop it. Format the column as "
    "text, then put the 0 back, or begin with + and the country code.",
}


def unescaped(cell: str) -> str:
    """The cell as it was before somebody kept a spreadsheet from calculating it.

    `="0123"` is `0123`; an apostrophe before `= + - @`, as our own files have it, is taken off.
    """
    if wrapped := _AS_TEXT.fullmatch(cell):
        return wrapped[1].replace('""', '"')
    return cell[1:] if _ESCAPED.match(cell) else cell


def read_phone(cell: str, region: str) -> PhoneNumber:
    """The number in a cell; `region` (`US`) is the country of one without a `+`.

    As `parse_number`, beside which it knows what spreadsheets do. Raises NumberRefused.
    """
    text = unescaped(cell).strip()
    if not text or _NOTHING.fullmatch(text):
        raise NumberRefused(
            "There is no phone number in this row. Add it, with its country code, "
            "such as +1 415 555 0132.",
            fault=Fault.MISSING,
        )
    text = _written_out(_SPACES.sub(" ", text))
    _refuse_damaged(text)
    try:
        return parse_number(text, region)
    except NumberRefused as refusal:
        if refusal.fault == Fault.INVALID:
            _refuse_lost_sign(text, region)
        raise


def _written_out(text: str) -> str:
    """`1.4155550132E+10` has all its digits; `1.41556E+10` hasn't, and stays as it is."""
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        return text
    mantissa = found[1].replace(",", ".")
    exponent = int(found[2])
    has_all = len(mantissa) - len("1.") == exponent
    return str(int(Decimal(f"{mantissa}e{exponent}"))) if has_all else text


def _refuse_damaged(text: str) -> None:
    if _ERROR.fullmatch(text):
        _refuse("error")
    if _TOO_NARROW.fullmatch(text):
        _refuse("narrow")
    if _FORMULA.match(text):
        _refuse("formula")
    if _DATE.fullmatch(text):
        _refuse("date")
    beyond = text[_EXACT_DIGITS:] if _DIGITS.fullmatch(text) else ""
    if beyond and not beyond.strip("0"):
        _refuse("truncated")


def _refuse_lost_sign(text: str, region: str) -> None:
    """A number that would be one with the plus, or the zero, that spreadsheets drop."""
    if not _DIGITS.fullmatch(text):
        return
    if _reads("+" + text, region):
        _refuse("plus")
    if _reads("0" + text, region):
        _refuse("zero")


def _reads(text: str, region: str) -> bool:
    try:
        parse_number(text, region)
    except NumberRefused:
        return False
    return True


def _refuse(cause: str) -> NoReturn:
    raise NumberRefused(_MENDS[cause], fault=Fault.DAMAGED)
