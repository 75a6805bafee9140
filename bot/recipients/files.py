"""The files that the bot writes: people open them in Excel, correct them, and add them again.

Workbooks are written by xlsxwriter, a row at a time: it is small, BSD-licensed and made for this.
"""

import csv
import io
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

import xlsxwriter

from bot.recipients.intake.headers import Role, role_of
from bot.recipients.intake.layout import Layout
from bot.recipients.intake.limits import LONGEST_CELL
from bot.slack.text import clip

_CALCULATED = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet would calculate. Source: OWASP, "CSV Injection"."""
_NUMBER = re.compile(r"\+\d+", re.ASCII)
_SLICE = 20
"""Rows of a workbook after which other threads are let in: about 1 ms of work."""
_LET_IN = 0.0001
"""Seconds; sleeping for none at all gives nobody else the interpreter."""
_EXPLAINED = ("Row", "Why", "How to mend it")
_FROM = "From"
_NAMES = (Role.FULL_NAME, Role.NAME, Role.FIRST, Role.LAST)

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
            if number % _SLICE == 0:
                time.sleep(_LET_IN)
            for column, cell in enumerate(row):
                sheet.write_string(number, column, clip(cell, LONGEST_CELL), as_text)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that isn't reached, why, and what to do; `listing`: of which list, from 0."""

    listing: int
    number: int
    why: str
    mend: str
    cells: Sequence[str]


def write_rejected(lists: Sequence[Layout], rows: Iterable[Rejected], to: IO[bytes]) -> None:
    """`rejected.csv`: each row that can't be reached, why, what to do, and all that was given.

    The lists' own columns stay, in their order; those of several lists that are the same thing
    are one. Corrected in place, the file can be added as the next list.
    """
    several = len(lists) > 1
    labels: dict[_Place, str] = {}
    places = [_places(each) for each in lists]
    for layout, mine in zip(lists, places, strict=True):
        for place, label in zip(mine, _labels(layout), strict=True):
            if place is not None:
                labels.setdefault(place, label)

    def told(row: Rejected) -> list[str]:
        mine = places[row.listing]
        written = dict(zip(mine, row.cells, strict=False))
        origin = [lists[row.listing].called] if several else []
        cells = [written.get(place, "") for place in labels]
        beyond = row.cells[len(mine) :]
        return [*origin, str(row.number), row.why, row.mend, *cells, *beyond]

    heads = [*([_FROM] if several else []), *_EXPLAINED]
    write_csv([*heads, *labels.values()], map(told, rows), to)


_Place = tuple[str, int]
"""What a column is, and which of those it is."""


def _places(layout: Layout) -> list[_Place | None]:
    """What each column is; None for those that an earlier `rejected.csv` put before them."""
    ours = set(_EXPLAINED) <= set(layout.columns)
    places: list[_Place | None] = []
    for at, label in enumerate(layout.columns):
        if at == layout.phone:
            places.append((Role.PHONE, 0))
        elif at == layout.timezone:
            places.append((Role.ZONE, 0))
        elif layout.name == (at,):
            places.append((Role.NAME, 0))
        elif ours and label in (_FROM, *_EXPLAINED):
            places.append(None)
        else:
            key = f"column {label.casefold()}"
            places.append((key, sum(place is not None and place[0] == key for place in places)))
    return places


def _labels(layout: Layout) -> list[str]:
    """The columns' own labels, but for a number's and a name's by which they aren't known."""
    labels = list(layout.columns)
    if role_of(labels[layout.phone]) is not Role.PHONE:
        labels[layout.phone] = "Phone"
    if len(layout.name) == 1 and role_of(labels[layout.name[0]]) not in _NAMES:
        labels[layout.name[0]] = "Name"
    return labels


def template() -> bytes:
    """`template.csv`: the columns that are understood, and a row that reaches nobody."""
    written = io.BytesIO()
    write_csv(_TEMPLATE[0], _TEMPLATE[1:], written)
    return written.getvalue()
