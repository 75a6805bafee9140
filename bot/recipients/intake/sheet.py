"""The cells of a worksheet's XML as text, as somebody who looks at the sheet would read them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO
from xml.parsers import expat

from bot.errors import UnreadableFile
from bot.recipients.intake.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, refuse_rows

_CHUNK = 16_384
"""Bytes parsed at a time: about a millisecond."""
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""ECMA-376 part 1, §18.8.30: the built-in formats of dates and times."""
_LITERALS = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[[^\]]*\]")
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
_PADDED = re.compile(r"0{2,20}")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LARGEST_INTEGER = 1e21


class BrokenSheet(Exception):
    """The XML isn't a workbook's."""


def _parse(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Parse in pieces; what the handlers have collected can be taken after each.

    Tags come without their prefix. A document type is refused: workbooks have none, and entities
    are what XML bombs are made of.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def doctype(*_: object) -> None:
        raise BrokenSheet

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = lambda tag, at: start(_local(tag) if ":" in tag else tag, at)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(_local(tag) if ":" in tag else tag)
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        while piece := stream.read(_CHUNK):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise BrokenSheet from None
    yield


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def elements(stream: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element's tag and attributes, without their prefixes."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append((tag, {_local(name): value for name, value in attributes.items()}))

    for _ in _parse(stream, start):
        yield from found
        found.clear()


def shared_texts(stream: IO[bytes]) -> list[str]:
    """The texts that cells refer to by their index."""
    texts: list[str] = []
    collected = _Text()

    def end(tag: str) -> None:
        collected.end(tag)
        if tag == "si":
            texts.append(collected.take())

    for _ in _parse(stream, lambda tag, _: collected.start(tag), end, collected.add):
        pass
    return texts


class _Text:
    """The text of `<t>` elements, without that of a reading aid (`<rPh>`)."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._inside = False
        self._aid = False

    def start(self, tag: str) -> None:
        self._aid |= tag == "rPh"
        self._inside = tag == "t" and not self._aid

    def end(self, tag: str) -> None:
        self._inside = False
        self._aid &= tag != "rPh"

    def add(self, text: str) -> None:
        if self._inside:
            self._pieces.append(text)

    def take(self) -> str:
        text = _unescaped("".join(self._pieces))
        self._pieces.clear()
        if len(text) > LONGEST_CELL:
            raise BrokenSheet
        return text


def _unescaped(text: str) -> str:
    """Characters that XML can't hold are written `_x000D_`. ECMA-376 part 1, §22.9.2.19."""
    return text if "_x" not in text else _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


@dataclass(frozen=True)
class Formats:
    """How cells of each style are shown, as far as it tells a date, or zeros in front."""

    dates: frozenset[int] = frozenset()
    """Indexes of the styles that make a date of a number."""
    digits: dict[int, int] = field(default_factory=dict)
    """The least digits that a style shows, where it is a format of zeros (`00000000000`)."""
    epoch: datetime = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone

    @classmethod
    def of(cls, styles: Iterable[tuple[str, dict[str, str]]], *, since_1904: bool) -> "Formats":
        """Read from the elements of the workbook's styles."""
        codes: dict[int, str] = {}
        used: list[int] = []
        within = False
        for tag, at in styles:
            if tag == "numFmt":
                codes[int(at["numFmtId"])] = at.get("formatCode", "")
            within = tag == "cellXfs" or (within and tag not in {"cellStyles", "dxfs"})
            if within and tag == "xf":
                used.append(int(at.get("numFmtId", "0")))
        dates = {style for style, code in enumerate(used) if _is_date(code, codes)}
        digits = {
            style: len(codes[code])
            for style, code in enumerate(used)
            if _PADDED.fullmatch(codes.get(code, ""))
        }
        epoch = datetime(1904, 1, 1) if since_1904 else cls.epoch  # noqa: DTZ001 - as above
        return cls(frozenset(dates), digits, epoch)

    def shown(self, number: str, style: int) -> str:
        """A number as its style shows it, whole: `14155550132`, `1.5`, `2026-05-01`."""
        try:
            value = float(number)
        except ValueError:
            return number
        if style in self.dates:
            return self._date(value) or number
        if not value.is_integer() or abs(value) >= _LARGEST_INTEGER:
            return repr(value)
        return str(int(Decimal(number))).zfill(self.digits.get(style, 0))

    def _date(self, days: float) -> str:
        try:
            moment = self.epoch + timedelta(days=days)
        except (OverflowError, ValueError):
            return ""
        return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M}"


def _is_date(code: int, codes: dict[int, str]) -> bool:
    if code not in codes:
        return code in _DATE_FORMATS
    bare = _LITERALS.sub("", codes[code])
    return bare.casefold() != "general" and bool(_DATE_LETTERS.search(bare))


def sheet_rows(
    stream: IO[bytes], texts: list[str], formats: Formats
) -> Iterator[tuple[int, list[str]]]:
    """The rows that have cells, with their numbers in the sheet; a gap between cells is ""."""
    reading = _Sheet(texts, formats)
    for _ in _parse(stream, reading.start, reading.end, reading.add):
        yield from reading.rows
        reading.rows.clear()


class _Sheet:
    """A row under way, and those that are complete."""

    def __init__(self, texts: list[str], formats: Formats) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self._texts, self._formats = texts, formats
        self._number = 0
        self._filled = 0
        self._cells: list[str] = []
        self._column = -1
        self._type = self._formula = self._value = ""
        self._style = 0
        self._pieces: list[str] | None = None
        self._inline = _Text()

    def start(self, tag: str, at: dict[str, str]) -> None:
        if tag == "row":
            self._number = int(at.get("r", self._number + 1))
            self._cells, self._column = [], -1
        elif tag == "c":
            found = _REFERENCE.fullmatch(at.get("r", ""))
            self._column = _column(found[1]) if found else self._column + 1
            self._type, self._style = at.get("t", "n"), int(at.get("s", "0"))
            self._formula = self._value = ""
        elif tag in {"v", "f"}:
            self._pieces = []
        else:
            self._inline.start(tag)

    def add(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)
        else:
            self._inline.add(text)

    def end(self, tag: str) -> None:
        if tag == "v":
            self._value, self._pieces = "".join(self._pieces or ()), None
        elif tag == "f":
            # A formula that another cell shares has no text of its own.
            self._formula, self._pieces = "".join(self._pieces or ()) or "…", None
        elif tag == "c":
            self._put(self._shown())
        elif tag == "row":
            self.rows.append((self._number, self._cells))
            self._filled += bool(self._cells)
            if self._filled > MOST_ROWS + 100:
                refuse_rows()
        else:
            self._inline.end(tag)

    def _shown(self) -> str:
        match self._type:
            case "inlineStr":
                return self._inline.take()
            case "s":
                return self._texts[int(self._value)] if self._value else ""
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(self._value, self._value)
            case "n" if self._value:
                return self._formats.shown(self._value.strip(), self._style)
            case "n" if self._formula:
                return f"={self._formula}"
        return _unescaped(self._value)

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._column >= MOST_COLUMNS:
            raise UnreadableFile(
                f"Row {self._number:,} goes beyond column {MOST_COLUMNS}, which is the last one "
                "read. Keep the columns that you need, then add the file again."
            )
        if len(text) > LONGEST_CELL:
            raise BrokenSheet
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = text


def _column(letters: str) -> int:
    """The index of a column, from 0: `A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
