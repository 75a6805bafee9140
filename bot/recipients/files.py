"""The files that the bot writes: people open them in Excel, correct them, and add them again.

Workbooks are written by xlsxwriter, a row at a time: it is small, BSD-licensed and made for this.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

import xlsxwriter

from bot.recipients.intake.limits import LONGEST_CELL
from bot.recipients.intake.rows import Refused, Source
from bot.slack.text import clip

_CALCULATED = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet would calculate. Source: OWASP, "CSV Injection"."""
_NUMBER = re.compile(r"\+\d+", re.ASCII)
_EXPLAINED = ("Row", "Why", "How to mend it")
_FROM = "From"
_SOURCES = {Source.NUMBERS: "Pasted numbers", Source.FILE: "File"}

TEMPLATE_NAME = "template.csv"
_TEMPLATE = (
    ("Name", "Phone", "Timezone"),
    ("Jane Example", "+14155550132", "America/Los_Angeles"),
)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]], to: IO[bytes]) -> None:
    """A CSV file in UTF-8, with the mark by which Excel knows that it is.

    A phone number (`+` and digits) stays as it is. An apostrophe goes before any other cell that a
    spreadsheet would calculate; `open_file` takes it off again.
    """
    text = io.TextIOWrapper(to, "utf-8-sig", errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(map(_inert, columns))
    writer.writerows(map(_inert, row) for row in rows)
    text.detach()


def _inert(cell: str) -> str:
    is_calculated = _CALCULATED.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_calculated else cell


def write_workbook(columns: Sequence[str], rows: Iterable[Sequence[str]], to: IO[bytes]) -> None:
    """An Excel workbook (.xlsx) of one sheet, all of whose cells are text: nothing is calculated.

    A cell over 32,767 characters, the most that Excel opens, is clipped.
    """
    with xlsxwriter.Workbook(to, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("List")
        as_text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True})
        sheet.set_column(0, max(0, len(columns) - 1), 22, as_text)
        sheet.freeze_panes(1, 0)
        for column, label in enumerate(columns):
            sheet.write_string(0, column, label, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, clip(cell, LONGEST_CELL), as_text)


def write_rejected(
    columns: Mapping[Source, Sequence[str]], rows: Iterable[Refused], to: IO[bytes]
) -> None:
    """`rejected.csv`: each row that can't be reached, why, what to do, and all that was given.

    `columns` are each list's own (`Listing.columns`), in their order. Corrected in place, the file
    can be added as the next list.
    """
    several = len(columns) > 1
    labels = [label for of_list in columns.values() for label in of_list]
    before = {}
    width = 0
    for source, of_list in columns.items():
        before[source] = width
        width += len(of_list)

    def told(row: Refused) -> list[str]:
        origin = [_SOURCES[row.source]] if several else []
        return [
            *origin,
            str(row.number),
            row.fault.replace("_", " "),
            row.mend,
            *[""] * before[row.source],
            *row.cells,
        ]

    write_csv([*([_FROM] if several else []), *_EXPLAINED, *labels], map(told, rows), to)


def template() -> bytes:
    """`template.csv`: the columns that are understood, and a row that reaches nobody."""
    written = io.BytesIO()
    write_csv(_TEMPLATE[0], _TEMPLATE[1:], written)
    return written.getvalue()
