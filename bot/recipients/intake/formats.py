"""What a file is by its first bytes, whatever its name says, and what to do if it is no list."""

import io
import lzma
import struct
import zipfile
import zlib

from bot.errors import UnreadableFile
from bot.recipients.intake.limits import MOST_BYTES

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_INSTEAD = "Add a CSV or an Excel file (.xlsx), or paste the numbers."
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", f"This file is a picture (PNG). {_INSTEAD}"),
    (b"\xff\xd8\xff", f"This file is a picture (JPEG). {_INSTEAD}"),
    (b"GIF8", f"This file is a picture (GIF). {_INSTEAD}"),
    (b"%PDF", f"This file is a PDF. {_INSTEAD}"),
    (b"{\\rtf", f"This file is a text document (RTF). {_INSTEAD}"),
    (b"\x1f\x8b", "This file is compressed (gzip). Unpack it, then add what was in it."),
    (b"7z\xbc\xaf", "This file is an archive (7z). Unpack it, then add what was in it."),
    (b"Rar!", "This file is an archive (RAR). Unpack it, then add what was in it."),
)
_SAVE_AGAIN = "Open it in your spreadsheet program, save it as .xlsx or CSV, then add that."
_CARDS = (
    "This file holds contact cards (vCard), which can't be read here. Export the contacts as CSV, "
    "then add that."
)
_PAGE = f"This file is a web page, whatever its name says. {_SAVE_AGAIN}"
_MARKED_UP: tuple[tuple[bytes, str], ...] = (
    (b"begin:vcard", _CARDS),
    (b"<!doctype html", _PAGE),
    (b"<html", _PAGE),
    (b"<?xml", f"This file is XML, which can't be read here. {_SAVE_AGAIN}"),
)
_LEGACY = (
    "This is a workbook of the old Excel format (.xls). Open it in your spreadsheet program, save "
    "it as “Excel workbook (.xlsx)”, then add that."
)
_ENCRYPTED = (
    "This workbook is locked with a password. Save it without the password, then add it again."
)
_OLD_OFFICE = f"This is a document of an old Office format, not a list. {_INSTEAD}"
_BROKEN = (
    "This file is broken: only part of it is there. Save it again in your spreadsheet program, "
    "then add it."
)
_OTHER_WORKBOOKS = {
    "xl/workbook.bin": "This is a binary workbook (.xlsb)",
    "content.xml": "This is an OpenDocument file",
    "Index/Document.iwa": "This is a file of Apple Numbers",
}
_HEAD = 4_096

ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,  # bz2's, and zipfile's for a place before the beginning
    NotImplementedError,  # a compression that nobody uses
    RuntimeError,  # a part with a password
    ValueError,
    KeyError,
)
"""What zipfile raises for an archive that is broken on purpose, or by chance."""


def is_workbook(data: bytes) -> bool:
    """Whether it is an Excel workbook (.xlsx); otherwise it may be text.

    Raises UnreadableFile for what can be neither.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile(
            f"This file is larger than {MOST_BYTES // 1_000_000} MB, which is the most. Keep the "
            "columns that you need, or split it, then add it again."
        )
    if data.startswith(_COMPOUND_FILE):
        raise UnreadableFile(_of_compound_file(data))
    _refuse_foreign(data)
    return data.startswith(b"PK\x03\x04") and _is_xlsx(data)


def _of_compound_file(data: bytes) -> str:
    """What an OLE compound file is: Excel puts a workbook with a password into one as well."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _ENCRYPTED
    books = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return _LEGACY if any(book in data for book in books) else _OLD_OFFICE


def _refuse_foreign(data: bytes) -> None:
    for signature, sentence in _FOREIGN:
        if data.startswith(signature):
            raise UnreadableFile(sentence)
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for signature, sentence in _MARKED_UP:
        if head.startswith(signature):
            raise UnreadableFile(sentence)


def _is_xlsx(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except ZIP_FAULTS:
        raise UnreadableFile(_BROKEN) from None
    for name, what in _OTHER_WORKBOOKS.items():
        if name in names:
            raise UnreadableFile(
                f"{what}, which can't be read here. Save it as .xlsx or CSV, then add that."
            )
    if not any(name.startswith("xl/") for name in names):
        raise UnreadableFile("This file is an archive (zip). Unpack it, then add what was in it.")
    return True
