"""A table out of delimited text: which encoding, which delimiter, which rows."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bot.errors import UnreadableFile
from bot.recipients.intake.cells import unescaped
from bot.recipients.intake.columns import Row, looks_like_phone, tidied
from bot.recipients.intake.headers import Role, role_of
from bot.recipients.intake.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, refuse_rows

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|"
_LOOKED_AT = 100
"""Records by which the delimiter and the columns are guessed."""
_HEAD = 4096
_LONGEST_RECORD = 200
"""Lines; a quoted cell with more has lost its closing quotation mark."""
_CONTROLS = bytes(set(range(32)) - {0x09, 0x0A, 0x0D, 0x1A, 0x00})
_MOST_CONTROLS = 0.01
_CHUNK = 65_536

_BINARY = (
    "This file isn't text, so it can't be read as a list. Add a CSV or an Excel file (.xlsx), or "
    "paste the numbers."
)
_NOTHING = "This file is empty. Add one with a phone number in each row, or paste the numbers."


@dataclass(frozen=True)
class Table:
    """Delimited text that can be read as often as wanted, a row at a time."""

    data: bytes
    encoding: str
    delimiter: str
    says_delimiter: bool = False
    """Whether it begins with Excel's `sep=;`, a line that Excel doesn't count."""
    numbered: bool = False
    """Whether each record begins with its own row number, as those out of a workbook do."""

    def records(
        self, through: Callable[[Iterable[str]], Iterable[str]] = iter
    ) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number as a spreadsheet shows it, from 1; empty ones as `[]`.

        The lines that rows are made of pass `through` on their way.
        """
        with io.TextIOWrapper(io.BytesIO(self.data), self.encoding, newline="") as lines:
            read = csv.reader(through(lines), delimiter=self.delimiter, skipinitialspace=True)
            if self.numbered:
                yield from ((int(cells[0]), cells[1:]) for cells in read)
                return
            if self.says_delimiter:
                next(read, None)
            yield from enumerate(read, start=1)

    def rows(self) -> Iterator[Row]:
        """The rows that aren't empty, their cells tidied, and unescaped where they are CSV's."""
        for number, cells in self.records():
            if kept := tidied(cells):
                yield number, kept if self.numbered else tuple(map(unescaped, kept))

    def first(self) -> list[Row]:
        """The rows by which its columns are guessed. Raises UnreadableFile where there are none."""
        rows = list(islice(self.rows(), _LOOKED_AT))
        if not rows:
            raise UnreadableFile(_NOTHING)
        return rows


def read_table(data: bytes) -> Table:
    """The table in a file's bytes. Raises UnreadableFile where there is none, or too much of it.

    `survey` looks through the rest of it, so that reading its rows raises nothing.
    """
    encoding = _encoding(data)
    head = codecs.getincrementaldecoder(encoding)().decode(data[:_CHUNK])
    says = head[:4].lower() == "sep=" and head[4:5] in tuple(_DELIMITERS)
    delimiter = head[4] if says else _delimiter(head)
    return Table(data, encoding, delimiter, says_delimiter=says)


def _encoding(data: bytes) -> str:
    if not data.strip(b"\x00 \t\r\n\x1a\xef\xbb\xbf\xfe\xff"):
        raise UnreadableFile(_NOTHING)
    marked = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    encoding = marked or _unmarked_utf16(data)
    if encoding is not None:
        if not _decodes(data, encoding):
            raise UnreadableFile(
                "This file begins like Unicode text, but some of it can't be read. Save it again "
                "as “CSV UTF-8”, then add it."
            )
        return encoding
    head = data[:_CHUNK]
    if len(head) - len(head.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(head):
        raise UnreadableFile(_BINARY)
    return next(name for name in ("utf-8", "cp1252", "latin-1") if _decodes(data, name))


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark shows by the zero bytes beside digits, delimiters and line ends."""
    head = data[:_HEAD]
    even, odd = head[::2].count(0), head[1::2].count(0)
    least = len(head) // 20
    if odd > least and even * 10 < odd:
        return "utf-16-le"
    if even > least and odd * 10 < even:
        return "utf-16-be"
    return None


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _delimiter(head: str) -> str:
    """The one that puts labels and phone numbers into cells of their own, in rows of one width."""
    written = head.encode("utf-8", "replace")
    return max(_DELIMITERS, key=lambda each: _fitness(Table(written, "utf-8", each)))


def _fitness(table: Table) -> tuple[bool, float, float, int]:
    try:
        rows = [cells for _, cells in table.first()]
    except (csv.Error, UnreadableFile):
        return (False, 0.0, 0.0, 0)
    widths = Counter(len(cells) for cells in rows if len(cells) > 1)
    width, same = widths.most_common(1)[0] if widths else (1, 0)
    alone = sum(any(map(looks_like_phone, cells)) for cells in rows if len(cells) > 1)
    total = max(1, len(rows))
    labelled = any(Role.PHONE in map(role_of, cells) for cells in rows if len(cells) > 1)
    return (labelled, round(alone / total, 1), round(same / total, 1), width)


def survey(table: Table) -> int:
    """How many rows aren't empty. Raises UnreadableFile for what can't be read as rows."""
    rows, record = 0, _Record()
    try:
        for number, cells in table.records(record.collect):
            _check_width(number, cells)
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise UnreadableFile(record.too_long())
            rows += any(cells)
            if rows > MOST_ROWS + _LOOKED_AT:
                refuse_rows()
            record.end(number)
    except csv.Error:  # a cell longer than csv takes
        raise UnreadableFile(record.too_long()) from None
    record.check_last()
    return rows


class _Record:
    """The lines of a record, to see a quotation mark that swallows the rows below it."""

    def __init__(self) -> None:
        self.number = 0
        """Of the record before."""
        self._lines: list[str] = []
        self._last: list[str] = []

    def collect(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self._lines.append(line)
            if len(self._lines) > _LONGEST_RECORD:
                raise UnreadableFile(_unclosed(self.number + 1))
            yield line

    def end(self, number: int) -> None:
        """The record of this number is read: what comes next is another's."""
        self.number = number
        self._last, self._lines = self._lines, self._last
        self._lines.clear()

    def too_long(self) -> str:
        """What to say of the record under way, a cell of which has no end."""
        if any('"' in line for line in self._lines):
            return _unclosed(self.number + 1)
        return (
            f"Row {self.number + 1:,} has a cell of more than {LONGEST_CELL:,} characters, so this "
            "is hardly a list. Add one with a phone number in each row, or paste the numbers."
        )

    def check_last(self) -> None:
        """The last record must have closed the quotation mark that it opened."""
        if len(self._last) > 1 and "".join(self._last).count('"') % 2:
            raise UnreadableFile(_unclosed(self.number))


def _check_width(number: int, cells: list[str]) -> None:
    if len(cells) > MOST_COLUMNS and len(tidied(cells)) > MOST_COLUMNS:
        raise UnreadableFile(
            f"Row {number:,} has {len(cells):,} columns, and {MOST_COLUMNS} are the most. Keep the "
            "columns that you need, then add the file again."
        )


def _unclosed(number: int) -> str:
    return (
        f"A quotation mark (\") opens in row {number:,} and is never closed, so the rows can't be "
        "told apart. Correct or remove it, then add the file again."
    )
