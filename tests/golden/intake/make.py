"""The nasty files of this folder, as they were made: `python -m tests.golden.intake.make`.

Beside each stands what is expected of it, in `NAME.json`, which people write and check.
"""

import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

FOLDER = Path(__file__).parent
REGIONS = {
    "german_semicolons": "DE",
    "hindi_header": "IN",
    "lost_zero": "IT",
    "padded_format": "GB",
}
"""The region of the numbers without a plus, where it isn't `US`."""

PLAIN = "Name,Phone\nJohn Doe,+14155550132\nJané Roe,+442079460123\n"
CORPUS: dict[str, bytes] = {
    # Encodings
    "utf8.csv": PLAIN.encode(),
    "utf8_bom.csv": PLAIN.encode("utf-8-sig"),
    "utf16_le_bom.csv": b"\xff\xfe" + PLAIN.encode("utf-16-le"),
    "utf16_be_bom.csv": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "utf16_le.csv": PLAIN.encode("utf-16-le"),
    "utf16_be.csv": PLAIN.encode("utf-16-be"),
    "utf32.csv": PLAIN.encode("utf-32"),
    "cp1252.csv": "Name,Phone\nJané “JR” Roe\u2026 VIP,+14155550132\n".encode("cp1252"),
    "latin1.csv": "Name,Phone\nJané\x81 Roe,+14155550132\n".encode("latin-1"),
    "utf16_broken.csv": b"\xff\xfe" + PLAIN.encode("utf-16-le") + b"\x00\xd8\x00",
    # Delimiters and lines
    "semicolons_decimal_commas.csv": (
        b"Name;Phone;Amount\nJohn;+14155550132;1,50\nDoe, Jane;+14155550133;2,75\n"
    ),
    "tabs.tsv": b"Phone\tName\n+14155550132\tJohn, Doe\n+14155550133\tJane\n",
    "pipes.txt": b"Name|Mobile|City\nJohn|+14155550132|Oakland, CA\nJane|+14155550133|Reno, NV\n",
    "excel_says_separator.csv": b"sep=;\r\nName;Phone\r\nJohn;+14155550132\r\n",
    "quoted_newlines.csv": (
        b'Name,Phone,Notes\n"Doe, ""JD"" John",+14155550132,"first\nsecond\n\nfourth"\n'
        b"Jane,+14155550133,none\n"
    ),
    "cr_only.csv": b"Name,Phone\rJohn,+14155550132\rJane,+14155550133\r",
    "mixed_line_ends.csv": b"Name,Phone\r\nJohn,+14155550132\rJane,+14155550133\nJoe,+14155550134",
    "trailing_delimiters.csv": b"Name,Phone,,,\nJohn,+14155550132,,,\n,,,,\nJane,+14155550133,,,\n",
    "ragged.csv": b"Name,Phone,City\nJohn,+14155550132\nJane,+14155550133,Reno,extra,more\nJoe\n",
    "empty_lines.csv": b"\n\n\nName,Phone\n\nJohn,+14155550132\n\n\nJane,+14155550133\n\n\n",
    "null_bytes.csv": b"Name,Phone\nJo\x00hn,+1415\x005550132\nJane,+14155550133\n\x00\n",
    "quote_never_closed.csv": (
        b'Name,Phone\n"John,+14155550132\nJane,+14155550133\nJoe,+14155550134\n'
    ),
    "quote_swallows_a_row.csv": (
        b'Name,Phone\n"John,+14155550132\n"Jane",+14155550133\nJoe,+14155550134\n'
    ),
    # Headers
    "no_header.csv": b"John Doe,+14155550132,Reno\nJane Roe,+14155550133,Elko\n",
    "single_column.csv": b"+14155550132\n415-555-0133\n(415) 555-0134\n",
    "single_column_header.csv": b"Phone Number\n+14155550132\n+14155550133\n",
    "title_above_header.csv": (
        b"Customers of May,,\nexported 2026-05-01,,\n,,\nFirst Name,Last Name,Cell\n"
        b"John,Doe,+14155550132\n"
    ),
    "duplicate_headers.csv": (
        b"Name,Phone,Note,Note,,Name\nJohn,+14155550132,a,b,c,Johnny\nJane,+14155550133,,,,\n"
    ),
    "unknown_header.csv": b"Who,Where to reach\nJohn,+14155550132\nJane,+14155550133\n",
    "several_phone_columns.csv": (
        b"Name,Work Phone,Mobile,Fax\nJohn,+14155550139,+14155550132,+14155550138\n"
    ),
    "spanish_header.csv": (
        "Nombre;Apellidos;Teléfono móvil;Huso horario\nJosé;Núñez;+14155550132;America/Denver\n"
    ).encode(),
    "german_semicolons.csv": (
        "Vorname;Name;Handy-Nr.;Straße\nJörg;Groß;030 23125 123;Am Wall 1\n"
    ).encode("cp1252"),
    "french_header.csv": "Prénom,Nom,Téléphone\nZoé,Noël,+33 1 99 00 12 34\n".encode(),
    "hindi_header.csv": "नाम,मोबाइल नंबर,शहर\nअनिता शर्मा,98765 43210,दिल्ली\n".encode(),
    # What stands in the cells
    "damaged_numbers.csv": (
        b'Name,Phone\nScientific,4.15555E+09\nComma,"1,41556E+10"\nReference,#REF!\n'
        b"Narrow,########\nDate,2026-05-01\nSlashes,05/01/2026\nTruncated,41555501324155500\n"
        b"Plus,442079460123\nFormula,=VLOOKUP(A2;B:C;2)\nWhole,1.4155550132E+10\n"
    ),
    "lost_zero.csv": b"Name,Phone\nKept,06 1234 5678\nLost,612345678\nMobile,312 345 6789\n",
    "wrapped_by_excel.csv": (
        b"""Name,Phone\nJohn,"=""+14155550132""\"\nJane,'+14155550133\nJoe,=+14155550134\n"""
        b"Float,14155550135.0\n"
    ),
    "formula_names.csv": (
        b'Name,Phone\n"=HYPERLINK(""http://x.example"",""y"")",+14155550132\n'
        b"@SUM(1),+14155550133\n'-2+3,+14155550134\n"
    ),
    "arabic_digits.csv": (
        "الاسم,رقم الهاتف\n"
        "أحمد,+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0663\u0662\n"
    ).encode(),
    "invisible_marks.csv": (
        "Name,Phone\n\u200eJohn\u00a0Doe\u200b,\u202a+1\u00a0415\u00a0555\u20110132\u202c\n"
        "Jane,\ufeff+1415\u200b5550133\n"
    ).encode(),
    "links.csv": b"Name,Phone,Mail\nJohn,tel:+1-415-555-0132,mailto:john@example.com\n",
    "emoji_names.csv": "Name,Phone\n👩‍👩‍👧 The Roes 🇮🇳,+14155550132\n🙂,+14155550133\n".encode(),
    "extensions.csv": b"Name,Phone\nJohn,+1 415 555 0132 ext 12\nJane,+14155550133 x7\n",
    "several_in_one_cell.csv": (
        b'Name,Phone\nJohn,+14155550132 / +14155550133\nJane,"+14155550134;+14155550135"\n'
        b'Joe,"+14155550136\n+14155550137"\n'
    ),
    "premium_emergency_short.csv": b"Name,Phone\nA,+1 900 555 0132\nB,911\nC,112\nD,40404\n",
    "missing_and_words.csv": b"Name,Phone\nA,\nB,n/a\nC,-\nD,call me\nE,555 0132\n,+14155550132\n",
    "duplicates.csv": (
        b"Name,Phone\nA,+14155550132\nB,(415) 555-0132\nC,1 415 555 0132\nD,+14155550133\n"
    ),
    "time_zones.csv": (
        b"Name,Phone,Time Zone\nA,+14155550132,Asia/Kolkata\nB,+14155550133,Mars/Base\n"
        b"C,+14155550134,\nD,+14155550135,America/New York\nE,+18005550199,\n"
    ),
    "prose.txt": (
        b"Hi all,\n\nplease call John at 415 555 0132 and Mary on (415) 555-0133 by 2026-05-01.\n"
        b"Order 12345678 is theirs. Thanks!\n"
    ),
    "bullets.txt": (
        "1. John Doe — +1 415 555 0132\n2) Jane: 415-555-0133\n• +14155550134 Joe\n"
        "- [ ] Ann <ann@example.com> +14155550135\n"
    ).encode(),
    # No list at all
    "empty.csv": b"",
    "blank.csv": b"\xef\xbb\xbf \r\n\t\r\n",
    "only_header.csv": b"Name,Phone\n",
    "no_phone_column.csv": b"Name,City\nJohn,Reno\nJane,Elko\n",
    "picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89",
    "document.csv": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "noise.csv": bytes(range(256)) * 8,
    "contacts.vcf": b"BEGIN:VCARD\nVERSION:3.0\nFN:John\nTEL:+14155550132\nEND:VCARD\n",
    "web_page.xls": b"<html><table><tr><td>John</td><td>+14155550132</td></tr></table></html>",
    "columns_1000.csv": b"Phone," + b",".join(b"c%d" % n for n in range(999)) + b"\n+1,"
    + b",".join([b"x"] * 999) + b"\n",
    "legacy.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    + "Root Entry".encode("utf-16-le").ljust(128, b"\0")
    + "Workbook".encode("utf-16-le").ljust(128, b"\0"),
    "password.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    + "EncryptionInfo".encode("utf-16-le").ljust(128, b"\0")
    + "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0"),
}  # fmt: skip


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]], **formats: str) -> bytes:
    """A workbook of sheets of rows; a cell may be `(value, format)`, `=formula` and `None`."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"remove_timezone": True}) as book:
        made = {name: book.add_format({"num_format": code}) for name, code in formats.items()}
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    value, style = cell if isinstance(cell, tuple) else (cell, None)
                    if value is not None:
                        sheet.write(number, column, value, made.get(style or ""))
    return written.getvalue()


def archive(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of the parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts:
            packed.writestr(name, content)
    return written.getvalue()


def sheet(
    rows: str, texts: bytes = b"<sst/>", styles: bytes = b"<styleSheet/>", state: str = "visible"
) -> bytes:
    """A workbook written by hand, for what no writer makes; `rows` is the XML of its sheet."""
    shown = f'<sheets><sheet name="List" state="{state}" r:id="a"/></sheets>'
    return archive(
        [
            ("[Content_Types].xml", b"<Types/>"),
            (
                "xl/workbook.xml",
                f'<workbook xmlns:r="r">{shown}</workbook>'.encode(),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                b"""<Rels><Relationship Id="a" Target="worksheets/sheet1.xml"/>
                <Relationship Id="b" Target="/xl/sharedStrings.xml"/>
                <Relationship Id="c" Target="styles.xml"/></Rels>""",
            ),
            (
                "xl/worksheets/sheet1.xml",
                f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode(),
            ),
            ("xl/sharedStrings.xml", texts),
            ("xl/styles.xml", styles),
        ]
    )


HEADER: Sequence[Any] = ("Name", "Phone")
WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "floats.xlsx": lambda: workbook(
        ("List", [HEADER, ("Integer", 14155550132), ("Float", 14155550133.0), ("Short", 911)])
    ),
    "padded_format.xlsx": lambda: workbook(
        ("List", [HEADER, ("British", (7700900123, "zeros"))]), zeros="00000000000"
    ),
    "several_sheets.xlsx": lambda: workbook(
        ("Cover", []), ("May", [HEADER, ("John", "+14155550132")]), ("June", [HEADER])
    ),
    "leading_empty_rows.xlsx": lambda: workbook(
        ("List", [(), (), (), (None, *HEADER), (), (None, "John", "+14155550132")])
    ),
    "dates_and_formulas.xlsx": lambda: workbook(
        (
            "List",
            [
                (*HEADER, "Due"),
                ("Date", (date(2026, 5, 1), "day"), "x"),
                ("Number", "+14155550132", (date(2026, 5, 1), "day")),
                ("Builtin", "+14155550134", (46143, "builtin")),
                ("Formula", "=B3", "y"),
            ],
        ),
        day="yyyy-mm-dd",
        builtin="m/d/yy",
    ),
    "cached_values.xlsx": lambda: sheet(
        '<row r="1"><c t="inlineStr"><is><t>Phone</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>B2&amp;C2</f><v>+14155550132</v></c></row>'
        '<row r="3"><c r="A3" t="e"><f>NOPE()</f><v>#NAME?</v></c></row>'
        '<row r="4"><c r="A4"><f>B4&amp;C4</f></c></row>'
        '<row r="5"><c r="A5"><v>1.4155550133E10</v></c></row>'
        '<row r="7"><c r="A7" t="inlineStr"><is><r><t>+1415</t></r><r><t>5550134</t></r>'
        "<rPh><t>nope</t></rPh></is></c></row>"
    ),
    "empty_workbook.xlsx": lambda: workbook(("List", []), ("More", [])),
    "broken.xlsx": lambda: workbook(("List", [HEADER, ("John", "+14155550132")]))[:-900],
    "broken_xml.xlsx": lambda: sheet('<row r="1"><c><v>1</c></row>'),
    "entities.xlsx": lambda: archive(
        [("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>')]
    ),
    "columns_1000.xlsx": lambda: workbook(("List", [["Phone"] * 1000, ["+14155550132"] * 1000])),
    "far_cell.xlsx": lambda: sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ),
    "far_row.xlsx": lambda: sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
        '<row r="1048576"><c r="A1048576"><v>14155550132</v></c></row>'
    ),
    "open_document.ods": lambda: archive([("content.xml", b"<x/>"), ("mimetype", b"ods")]),
    "binary_workbook.xlsb": lambda: archive([("xl/workbook.bin", b"x")]),
    "zipped_list.csv": lambda: archive([("list.csv", b"Name,Phone\n")]),
    "workbook_named.csv": lambda: workbook(("List", [HEADER, ("John", "+14155550132")])),
}


def main() -> int:
    """Write every file of the corpus."""
    for name, content in CORPUS.items():
        (FOLDER / name).write_bytes(content)
    for name, make in WORKBOOKS.items():
        (FOLDER / name).write_bytes(make())
    return 0


if __name__ == "__main__":
    sys.exit(main())
