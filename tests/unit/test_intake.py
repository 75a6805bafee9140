"""Lists as a modal gives them: opened, mapped, joined, read in batches; too large ones refused."""

import json
import zipfile
from io import BytesIO

import pytest

from bot.errors import InputError, UnreadableFile
from bot.recipients.intake import (
    Fault,
    Kind,
    Listing,
    Mapping,
    Ready,
    Refused,
    Source,
    Summary,
    check_script,
    common_variables,
    fill,
    open_file,
    open_marked,
    open_paste,
    open_sources,
    read,
    unknown_variables,
)
from bot.recipients.intake.limits import MOST_BYTES, MOST_ROWS
from tests.golden.intake.make import archive, sheet

LIST = b"Name,Phone,Plan\nJohn,+14155550132,Gold\nJane,+14155550133,\n"


def rows_of(*listings: Listing, region: str = "US") -> list[Ready | Refused]:
    """All the rows."""
    return [row for batch in read(listings, region) for row in batch.rows]


def ready_of(*listings: Listing) -> list[tuple[int, str, str]]:
    """Number, name and phone of the rows that can be reached; the others fail the test."""
    rows = rows_of(*listings)
    assert all(isinstance(row, Ready) for row in rows), rows
    return [(row.number, row.name, row.phone) for row in rows if isinstance(row, Ready)]


def refusal(data: bytes, mapping: Mapping | None = None) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(UnreadableFile) as caught:
        rows_of(open_file(data, mapping))
    assert set(caught.value.fields) == {"file"}
    return caught.value.message


def test_a_pasted_table_is_read_by_its_header() -> None:
    """A CSV in the Numbers field is a table, of which the columns are kept."""
    listing = open_paste("Name,Phone,Plan\nJohn,+14155550132,Gold\n")
    assert (listing.kind, listing.source) == (Kind.CSV, Source.NUMBERS)
    assert listing.variables == {"plan": "Plan"}
    (row,) = rows_of(listing)
    assert isinstance(row, Ready)
    assert row.values == {"name": "John", "plan": "Gold"}


def test_what_slack_marked_up_is_unwrapped() -> None:
    """Links that Slack makes of numbers, its entities and tabs are what the person typed."""
    marked = open_marked("A &amp; B\t<tel:+14155550132|+1 415 555 0132>\n<tel:4155550133|x>")
    assert marked.kind is Kind.TEXT
    first, second = rows_of(marked)
    assert isinstance(first, Ready)
    assert (first.name, first.phone) == ("A & B", "+14155550132")
    assert isinstance(second, Refused)
    table = open_marked("Name\tPhone\nJohn\t<tel:+14155550132|+14155550132>")
    assert table.kind is Kind.CSV


def test_several_sources_share_one_check_of_duplicates() -> None:
    """Pasted numbers come first; the file's repetition of one says in which line it stands."""
    listings = open_sources("John, +14155550132\n+14155550132", LIST)
    rows = rows_of(*listings)
    assert [(row.source, row.number, isinstance(row, Ready)) for row in rows] == [
        (Source.NUMBERS, 1, True),
        (Source.NUMBERS, 2, False),
        (Source.FILE, 2, False),
        (Source.FILE, 3, True),
    ]
    refused = [row for row in rows if isinstance(row, Refused)]
    assert {row.fault for row in refused} == {Fault.DUPLICATE}
    assert "line 1 of the pasted numbers" in refused[1].mend
    assert refused[1].given == "John | +14155550132 | Gold"


def test_a_script_for_several_lists_may_use_what_each_of_them_has() -> None:
    """A variable that one of them lacks would be read out as nothing there."""
    pasted, file = open_sources("Name,Phone,Plan,Age\nAl,+14155550134,Gold,7\n", LIST)
    assert common_variables([pasted, file]) == {"plan": "Plan"}
    assert common_variables([file, *open_sources("+14155550134", None)]) == {}


def test_a_repetition_in_a_file_names_its_row() -> None:
    """The row that has the number first is named as the spreadsheet numbers it."""
    *_, last = rows_of(open_file(LIST + b"\nJohn,1-415-555-0132\n"))
    assert isinstance(last, Refused)
    assert (last.number, last.fault) == (5, Fault.DUPLICATE)
    assert "row 2 of the file" in last.mend


def test_neither_numbers_nor_a_file_is_a_fault_of_both_fields() -> None:
    """Nothing given is said where either could be given."""
    with pytest.raises(InputError) as caught:
        open_sources(" \n", None)
    assert set(caught.value.fields) == {"numbers", "file"}


def test_a_text_without_any_number_is_a_fault() -> None:
    """Sentences without a number are no list of nobody."""
    with pytest.raises(InputError) as caught:
        rows_of(open_paste("Please call everybody who was at the fair yesterday, thank you."))
    assert set(caught.value.fields) == {"numbers"}
    with pytest.raises(InputError):
        open_paste("x" * 1_000_001)


def test_a_corrected_mapping_is_read_by() -> None:
    """What the user chose beats what was guessed: other columns, no header, the samples."""
    data = b"Name,Work Phone,Mobile,Zone\nJohn,+14155550132,+14155550133,Asia/Tokyo\n"
    guessed = open_file(data)
    assert guessed.mapping == Mapping(1, 2, (0,), 3)
    assert guessed.samples == (("John", "+14155550132", "+14155550133", "Asia/Tokyo"),)
    (corrected,) = rows_of(open_file(data, Mapping(1, 1, ())))
    assert isinstance(corrected, Ready)
    assert (corrected.name, corrected.phone) == ("", "+14155550132")
    assert corrected.variables == {
        "name_2": "John",
        "mobile": "+14155550133",
        "zone": "Asia/Tokyo",
    }
    assert guessed.mapping is not None
    assert Mapping.restored(json.loads(json.dumps(guessed.mapping.stored()))) == guessed.mapping
    headless = open_file(data, Mapping(None, 1))
    assert headless.mapping is not None
    assert not headless.mapping.has_header
    first, _ = rows_of(headless)
    assert isinstance(first, Refused)
    assert (first.number, first.given) == (1, "Name | Work Phone | Mobile | Zone")


def test_a_mapping_to_columns_that_are_not_there_is_refused() -> None:
    """A mapping made for another file is said to be that; one without numbers reads nothing."""
    assert "doesn't have the columns" in refusal(LIST, Mapping(1, 7))
    assert "No column of this file" in refusal(LIST, Mapping(1, None))


def test_batches_hold_what_is_stored_at_once() -> None:
    """Rows come in their order, so many at a time."""
    data = b"".join(b"+141555501%02d\n" % number for number in range(25))
    batches = list(read([open_file(data)], "US", size=10))
    assert [len(batch.rows) for batch in batches] == [10, 10, 5]
    assert [len(batch.ready) for batch in batches] == [10, 10, 5]
    assert not batches[0].refused
    summary = Summary()
    for batch in batches:
        summary.add(batch.rows)
    assert (summary.ready, summary.nameless, summary.zoneless) == (25, 25, 0)


def test_100_001_rows_are_one_too_many() -> None:
    """100,000 are taken, one more is refused whole; nothing is silently cut."""
    full = b"Name,Phone\n" + b"John,+14155550132\n" * MOST_ROWS
    assert open_file(full).mapping == Mapping(1, 1, (0,))
    assert "more than 100,000 rows" in refusal(full + b"Jane,+14155550133\n")
    assert "more than 100,000 rows" in refusal(full + b"x,+14155550133\n" * 5_000)


def test_a_file_over_10_mb_is_refused_and_one_of_10_mb_is_read() -> None:
    """The limit is said; a file at the limit with long cells is read."""
    line = b"John,+14155550132," + b"x" * 30_000 + b"\n"
    data = b"Name,Phone,Notes\n" + line * ((MOST_BYTES - 100) // len(line))
    assert open_file(data).kind is Kind.CSV
    assert "larger than 10 MB" in refusal(data.ljust(MOST_BYTES + 1, b"\n"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """A workbook that says it is huge isn't touched; one that lies is broken."""
    bomb = archive([("xl/workbook.xml", b"0" * 160_000_000)])
    assert len(bomb) < 1_000_000
    assert "far larger unpacked" in refusal(bomb)
    lying = bytearray(archive([("xl/workbook.xml", b"<a>" * 1_000_000)]))
    with zipfile.ZipFile(BytesIO(bytes(lying))) as packed:
        size = packed.infolist()[0].file_size.to_bytes(4, "little")
    assert "broken" in refusal(bytes(lying.replace(size, (10).to_bytes(4, "little"))))


def test_texts_repeated_without_end_are_refused() -> None:
    """A workbook can refer to one long text from every cell: what it comes to counts."""
    long = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    cells = '<row><c t="s"><v>0</v></c></row>' * 2_000
    assert "far larger unpacked" in refusal(sheet(cells, long))
    assert "broken" in refusal(sheet(cells, long.replace(b"x" * 30_000, b"x" * 40_000)))


def test_a_workbook_with_too_many_rows_is_refused() -> None:
    """The limit of rows is a workbook's too."""
    rows = "<row><c><v>14155550132</v></c></row>" * 100_200
    assert "more than 100,000 rows" in refusal(sheet(rows))


def test_a_record_of_too_many_lines_has_lost_a_quotation_mark() -> None:
    """An opened quotation mark doesn't swallow a list."""
    data = b'Name,Phone\n"John,+14155550132\n' + b"Jane,+14155550133\n" * 500
    assert "opens in row 2 and is never closed" in refusal(data)
    long = b'Name,Phone\n"John' + b"x" * 200_000 + b'",+14155550132\n'
    assert "opens in row 2" in refusal(long)
    assert "Row 2 has a cell of more than 32,767" in refusal(long.replace(b'"', b""))
    assert "Row 1 has a cell of more than 32,767" in refusal(b"x" * 200_000)


@pytest.mark.parametrize(
    ("script", "filled"),
    [
        ("Hello {name}, about {Plan}.", "Hello {x}, about Gold."),
        ("{name} {name}", "{x} {x}"),
        ("{ PLAN }", "Gold"),
        ("No variables, {} and {!}", "No variables, {} and {!}"),
        ('{"a": 1}', '{"a": 1}'),
        ("{empty}.", "."),
    ],
)
def test_a_script_is_filled_in(script: str, filled: str) -> None:
    """Each variable is the row's value, whichever way it is spelled; values aren't looked into."""
    assert fill(script, {"name": "{x}", "plan": "Gold", "empty": ""}) == filled


def test_unknown_variables_are_found_before_anything_is_sent() -> None:
    """They are named, with those that the list has."""
    listing = open_file("Name,Phone,Tarif für Mai\nJohn,+14155550132,Gold\n".encode())
    assert listing.variables == {"tarif_fur_mai": "Tarif für Mai"}
    script = "{name}, {Tarif für Mai} {city} {City} {phone}"
    assert unknown_variables(script, listing.variables) == ["city", "phone"]
    with pytest.raises(InputError) as caught:
        check_script(script, listing.variables)
    assert "{city}, {phone}" in caught.value.fields["script"]
    assert "{name}, {tarif_fur_mai}" in caught.value.fields["script"]
    check_script("{name}", ())
    with pytest.raises(InputError):
        fill("{city}", {"name": "John"})


def test_the_zone_column_beats_the_prefix() -> None:
    """A row's own zone is its only one."""
    first, second = rows_of(
        open_file(b"Phone,Timezone\n+12085550132,America/Boise\n+12085550133,\n")
    )
    assert isinstance(first, Ready)
    assert isinstance(second, Ready)
    assert first.zones == ("America/Boise",)
    assert second.zones == ("America/Boise", "America/Los_Angeles")


def test_a_hidden_sheet_is_not_read() -> None:
    """What nobody sees in the workbook is nobody's list."""
    cells = '<row><c t="inlineStr"><is><t>+14155550132</t></is></c></row>'
    assert ready_of(open_file(sheet(cells))) == [(1, "", "+14155550132")]
    assert "empty" in refusal(sheet(cells, state="hidden"))


def test_odd_numbers_in_a_workbook_are_shown_as_they_are() -> None:
    """Dates beyond the calendar, fractions, booleans and what is no number at all."""
    cells = "".join(
        f'<c t="{kind}" s="{style}"><v>{value}</v></c>'
        for kind, style, value in (
            ("n", 1, "99999999"),
            ("n", 1, "46143.5"),
            ("n", 0, "nan"),
            ("n", 0, "x"),
            ("n", 0, "0.1"),
            ("b", 0, "1"),
            ("s", 0, ""),
            ("d", 0, "2026-05-01"),
        )
    )
    styles = (
        b"""<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"""
    )
    book = sheet(f"<row>{cells}</row>", styles=styles)
    (draft,) = open_file(book, Mapping(None, 0)).drafts("US")
    assert draft.cells == (
        "99999999",
        "2026-05-01 12:00",
        "nan",
        "x",
        "0.1",
        "TRUE",
        "",
        "2026-05-01",
    )


def test_prose_in_a_file_too_long_to_paste_is_refused() -> None:
    """Sentences with numbers in them are read in small files only."""
    line = b"Please call the people of 415 555 0132 whenever you have the time for it.\n"
    assert open_file(line).kind is Kind.TEXT
    assert "No column of this file" in refusal(line * 20_000)
