"""A list that is open: what it is, which columns it has, and its rows as they were written."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from bot.errors import InputError, UnreadableFile
from bot.recipients.intake import columns as columns_
from bot.recipients.intake.columns import Columns, Mapping, Row, guess
from bot.recipients.intake.formats import is_workbook
from bot.recipients.intake.headers import Role, role_of
from bot.recipients.intake.limits import LONGEST_PASTE, MOST_ROWS, refuse_rows
from bot.recipients.intake.paste import COLUMNS, paste_rows
from bot.recipients.intake.rows import Draft, Source
from bot.recipients.intake.table import Table, read_table, survey
from bot.recipients.intake.workbook import read_workbook
from bot.slack.text import unwrap

_SAMPLES = 5
_FEW = 6
"""Digits that are no phone number yet."""
_WESTERN = frozenset({"cp1252", "latin-1"})
_ONLY_HEADER = (
    "This file has a header and no rows below it. Add one with a phone number in each row, or "
    "paste the numbers."
)
_NO_COLUMN = (
    "No column of this file holds phone numbers, as far as can be seen. Choose the column that "
    "does, or add another file."
)


class Kind(StrEnum):
    """What a list was written in."""

    TEXT = "text"
    CSV = "csv"
    WORKBOOK = "workbook"


@dataclass(frozen=True)
class Listing:
    """A list that can be read as often as wanted; nothing of it is looked up yet."""

    source: Source
    kind: Kind
    columns: tuple[str, ...]
    """The labels of its rows' cells."""
    variables: dict[str, str]
    """The keys that a script may use besides `{name}`, each with its column's label."""
    mapping: Mapping | None
    """How the columns are read; None for text, which has none."""
    samples: tuple[tuple[str, ...], ...]
    """The first rows below the header, to choose columns by; none for text."""
    note: str
    """What should be known of how it was read, a sentence or two; "" for nothing."""
    drafts: Callable[[str], Iterator[Draft]]
    """Its rows; takes the region (`US`) of numbers without a `+`, by which text is searched."""


def open_paste(text: str) -> Listing:
    """Text as it was typed or pasted into a modal; a table where its header says so.

    Raises InputError with the field `numbers`.
    """
    if len(text) > LONGEST_PASTE:
        raise InputError({"numbers": "This is too much to paste. Add it as a CSV file instead."})
    table = _pasted_table(text)
    if table is None:
        return _of_text(Source.NUMBERS, text)
    first = table.first()
    return _of_table(Source.NUMBERS, Kind.CSV, table, first, "", guess(first))


def open_marked(text: str) -> Listing:
    """As `open_paste`, for text that Slack marked up: a command's, a message's."""
    lines = re.split(r"\r\n|\r|\n", text)
    return open_paste("\n".join("\t".join(map(unwrap, line.split("\t"))) for line in lines))


def open_file(data: bytes, mapping: Mapping | None = None) -> Listing:
    """A file, by what is in it, whatever its name says.

    `mapping` is a corrected one; without it the columns are guessed. Raises UnreadableFile for
    whatever is no list: never is that a list of nobody.
    """
    if is_workbook(data):
        sheets = read_workbook(data)
        kind, table, note = Kind.WORKBOOK, sheets.table, sheets.note
    else:
        table = read_table(data)
        kind, note = Kind.CSV, _encoding_note(table)
    rows = survey(table)
    first = table.first()
    chosen = mapping or guess(first)
    _check_rows(rows, first, chosen)
    if kind is Kind.CSV and chosen.phone is None and chosen.header is None and _is_prose(first):
        if len(data) > LONGEST_PASTE:
            raise UnreadableFile(_NO_COLUMN)
        return _of_text(Source.FILE, data.decode(table.encoding), note)
    return _of_table(Source.FILE, kind, table, first, note, chosen)


def open_sources(
    numbers: str, file: bytes | None, mapping: Mapping | None = None
) -> tuple[Listing, ...]:
    """What a modal was given: pasted numbers, a file, or both.

    Raises InputError: with both fields, `numbers` and `file`, where neither is given.
    """
    listings = []
    if numbers.strip():
        listings.append(open_paste(numbers))
    if file is not None:
        listings.append(open_file(file, mapping))
    if not listings:
        sentence = "Paste phone numbers or add a file: one of the two."
        raise InputError({"numbers": sentence, "file": sentence})
    return tuple(listings)


def common_variables(listings: Sequence[Listing]) -> dict[str, str]:
    """What a script for all of the lists may use: each fills it in, so each must have it."""
    first, *others = listings
    return {
        key: label
        for key, label in first.variables.items()
        if all(key in other.variables for other in others)
    }


def _pasted_table(text: str) -> Table | None:
    """A pasted CSV: its first line calls a column a phone's, and holds no number itself."""
    try:
        table = read_table(text.encode("utf-8", "replace"))
        survey(table)
        _, cells = table.first()[0]
    except UnreadableFile:
        return None
    is_header = len(cells) > 1 and any(role_of(cell) is Role.PHONE for cell in cells)
    return table if is_header and not any(map(columns_.looks_like_phone, cells)) else None


def _of_text(source: Source, text: str, note: str = "") -> Listing:
    def drafts(region: str) -> Iterator[Draft]:
        return paste_rows(text, region)

    return Listing(source, Kind.TEXT, COLUMNS, {}, None, (), note, drafts)


def _encoding_note(table: Table) -> str:
    if table.encoding not in _WESTERN:
        return ""
    return (
        "This file isn't Unicode, so it was read as Western European text. If names look wrong, "
        "save it as “CSV UTF-8” and add it again."
    )


def _check_rows(rows: int, first: list[Row], mapping: Mapping) -> None:
    above = sum(number <= (mapping.header or 0) for number, _ in first)
    if rows <= above:
        raise UnreadableFile(_ONLY_HEADER)
    if rows - above > MOST_ROWS:
        refuse_rows()


def _is_prose(first: list[Row]) -> bool:
    """Whether numbers stand within other words, not in cells of their own."""
    return any(
        sum(char.isdecimal() for char in cell) > _FEW for _, cells in first for cell in cells
    )


def _of_table(
    source: Source, kind: Kind, table: Table, first: list[Row], note: str, mapping: Mapping
) -> Listing:
    header = next((cells for number, cells in first if number == mapping.header), ())
    below = (cells for number, cells in first if number > (mapping.header or 0))
    width = max(len(cells) for _, cells in first)
    shown = columns_.columns(mapping, header, width)
    _check_mapping(mapping, width)

    def drafts(_: str) -> Iterator[Draft]:
        return _drafts(table, mapping, shown)

    return Listing(
        source,
        kind,
        shown.labels,
        shown.labelled,
        mapping,
        tuple(islice(below, _SAMPLES)),
        note,
        drafts,
    )


def _check_mapping(mapping: Mapping, width: int) -> None:
    named = (mapping.phone, mapping.timezone, *mapping.name)
    if any(column is not None and not 0 <= column < width for column in named):
        raise UnreadableFile(
            "This file doesn't have the columns that were chosen. Choose them again."
        )


def _drafts(table: Table, mapping: Mapping, shown: Columns) -> Iterator[Draft]:
    if mapping.phone is None:
        raise UnreadableFile(_NO_COLUMN)
    phone, zone = mapping.phone, -1 if mapping.timezone is None else mapping.timezone
    width, above = len(shown.labels), mapping.header or 0
    for number, cells in table.rows():
        if number <= above:
            continue
        full = cells + ("",) * (width - len(cells))
        yield Draft(
            number,
            cells,
            full[phone],
            " ".join(" ".join(full[column] for column in mapping.name).split()),
            full[zone] if zone >= 0 else "",
            {key: full[column] for key, column in shown.variables},
        )
