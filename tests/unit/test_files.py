"""The files that the bot writes: harmless in a spreadsheet, and read back without loss."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.recipients.files import Rejected, template, write_csv, write_rejected, write_workbook
from bot.recipients.intake import (
    Kind,
    Listing,
    Mapping,
    Reader,
    Ready,
    Refused,
    layout_of,
    open_file,
    open_paste,
    read,
)
from bot.slack.text import tidy

Writer = Callable[[Sequence[str], Iterable[Sequence[str]], IO[bytes]], None]
CELLS = st.text(max_size=20).map(tidy) | st.sampled_from(
    ["=1+1", "'=1", "+14155550132", "+1 2", "-5", "@x", "''@", "'", "_x0041_", "a\nb", "\uff1dx"]
)


def written(writer: Writer, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file's bytes."""
    to = io.BytesIO()
    writer(columns, rows, to)
    return to.getvalue()


@pytest.mark.parametrize("writer", [write_csv, write_workbook])
@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_our_own_files_are_read_back_without_loss(writer: Writer, rows: list[list[str]]) -> None:
    """Every cell of every row comes back as it was, whatever is in it."""
    columns = ["Phone", "Name", "Notes"]
    # The end of a row is marked, since empty cells there leave no trace.
    data = written(writer, [*columns, "End"], [[*row, "."] for row in rows])
    listing = open_file(data, Mapping(1, 0, (1,)))
    drafts = list(listing.drafts("US"))
    assert [list(draft.cells) for draft in drafts] == [[*row, "."] for row in rows]
    assert [draft.number for draft in drafts] == list(range(2, len(rows) + 2))
    assert listing.columns == (*columns, "End")


def test_no_cell_is_calculated_by_a_spreadsheet() -> None:
    """A phone number stays as it is; an apostrophe goes before what begins like a formula."""
    cells = ["=1", "+14155550132", "+1 415", "-1", "@x", "\tx", "\rx", "\uff1d1", "'=1", "x", ""]
    data = written(write_csv, ["=Label"], [cells])
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == ["'=Label"]
    assert row == [
        "'=1",
        "+14155550132",
        "'+1 415",
        "'-1",
        "'@x",
        "'\tx",
        "'\rx",
        "'\uff1d1",
        "''=1",
        "x",
        "",
    ]


def rejected_file(*listings: Listing) -> bytes:
    """What comes of the rows of these lists that can't be reached."""
    layouts = [layout_of(listing, f"List {at}", 0) for at, listing in enumerate(listings)]
    reader = Reader("US")
    refused = [
        Rejected(at, row.number, row.fault, row.mend, row.cells)
        for at, listing in enumerate(listings)
        for batch in reader.batches(listing)
        for row in batch.refused
    ]
    to = io.BytesIO()
    write_rejected(layouts, refused, to)
    return to.getvalue()


def lines_of(data: bytes) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_rejected_rows_are_given_back_with_what_to_do() -> None:
    """Row, why, how to mend it, and all that was given; corrected, the file is the next list."""
    source = open_file(b"Plan,Phone,Name\nGold,+14155550132,Jo\nSilver,911,Al,more\n,,Em\n")
    data = rejected_file(source)
    lines = lines_of(data)
    assert lines[0] == ["Row", "Why", "How to mend it", "Plan", "Phone", "Name", "Column 4"]
    assert [line[:2] + line[3:] for line in lines[1:]] == [
        ["3", "emergency", "Silver", "911", "Al", "more"],
        ["4", "missing", "", "", "Em", ""],
    ]
    assert lines[1][2] == "Emergency numbers are never called or texted from here."
    corrected = data.replace(b",911,", b",+14155550133,")
    again = open_file(corrected)
    assert again.mapping == Mapping(1, 4, (5,))
    first, second = (row for batch in read([again], "US") for row in batch.rows)
    assert isinstance(first, Ready)
    assert (first.name, first.phone) == ("Al", "+14155550133")
    assert first.variables["plan"] == "Silver"
    assert isinstance(second, Refused)
    assert lines_of(rejected_file(again))[0] == lines[0]  # what it says of rows isn't theirs


def test_rejected_rows_of_several_lists_are_one_list() -> None:
    """With where each row is from; a number's column is the same, whatever each list calls it."""
    listings = (
        open_paste("Jo, 911"),
        open_file(b"Mobile,Plan\n112,Gold\n"),
        open_file(b"Plan,Telefon,Stadt\nBasic,999,Bonn\n"),
    )
    data = rejected_file(*listings)
    lines = lines_of(data)
    assert lines[0] == ["From", "Row", "Why", "How to mend it", "Name", "Phone", "Plan", "Stadt"]
    assert [line[:2] + line[4:] for line in lines[1:]] == [
        ["List 0", "1", "Jo", "911", "", ""],
        ["List 1", "2", "", "112", "Gold", ""],
        ["List 2", "2", "", "999", "Basic", "Bonn"],
    ]
    again = open_file(data)
    assert again.mapping == Mapping(1, 5, (4,))


def test_a_column_that_nothing_calls_a_phones_is_called_so() -> None:
    """A list without a header comes back with one by which its columns are known."""
    data = rejected_file(open_file(b"Al Roe,911\nJo Doe,+14155550132\n"))
    assert lines_of(data)[0][3:] == ["Name", "Phone"]
    assert open_file(data).mapping == Mapping(1, 4, (3,))


def test_a_row_is_written_again_out_of_what_was_read() -> None:
    """Number, name, zone and every other column stand where they stood."""
    listing = open_file(
        b"City,First name,Last name,Phone,Timezone\n"
        b"Oslo,Al,Roe,+14155550133,Europe/Oslo\nBonn,Jo,Doe,+14155550132,Europe/Berlin\n"
    )
    layout = layout_of(listing, "may.csv", 0)
    rows = [row for batch in read([listing], "US") for row in batch.ready]
    written = [layout.cells(row.phone, row.name, row.zones[0], row.variables) for row in rows]
    assert written == [list(draft.cells) for draft in listing.drafts("US")]


def test_the_template_is_a_list_that_reaches_nobody() -> None:
    """Its columns are understood, and its example is a number set aside for fiction."""
    listing = open_file(template())
    assert (listing.kind, listing.mapping) == (Kind.CSV, Mapping(1, 1, (0,), 2))
    (row,) = next(iter(read([listing], "IN"))).rows
    assert isinstance(row, Ready)
    assert (row.phone, row.zones) == ("+14155550132", ("America/Los_Angeles",))


def test_a_file_is_written_as_its_rows_come() -> None:
    """Rows may be generated, and the file stays open for whoever sends it."""
    to = io.BytesIO()
    write_csv(["Phone"], ([f"+1415555{number:04}"] for number in range(100, 200)), to)
    assert not to.closed
    assert to.getvalue().count(b"\n") == 101
    write_workbook(["Phone"], [["x" * 40_000]], book := io.BytesIO())
    (draft,) = open_file(book.getvalue()).drafts("US")
    assert draft.cells[0].endswith("x…")
    assert len(draft.cells[0]) == 32_767
