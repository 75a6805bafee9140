"""Secrets, looked for byte by byte: whole or in part, as they are, in base64, in hex, in a URL."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

LEAST = 12
"""So many characters of a secret are a part of it that mustn't be found."""
_SURE = 14
"""Characters of base64 that are those of so many bytes alone, wherever these begin."""


def _windows(data: bytes, width: int) -> Iterator[bytes]:
    for start in range(max(1, len(data) - width + 1)):
        yield data[start : start + width]


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Wherever in what was encoded it began: that changes all of its characters."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret)
        whole = encoded[-(-shift * 8 // 6) : (len(secret) + shift) * 8 // 6]
        yield whole
        yield whole.replace(b"+", b"-").replace(b"/", b"_")


def needles(secret: str) -> set[bytes]:
    """Every part of it that long, in each of the forms."""
    forms = {secret.encode(), quote(secret, safe="").encode()}
    found = {each for form in forms for each in _windows(form, LEAST)}
    hexed = secret.encode().hex()
    for form in (hexed, hexed.upper()):
        found |= set(_windows(form.encode(), LEAST * 2))
    for encoded in _in_base64(secret.encode()):
        found |= set(_windows(encoded, _SURE))
    return found


def found_in(data: bytes, secrets: Mapping[str, str]) -> set[str]:
    """Which of these (by their names) stand in it, in whatever form."""
    return {name for name, secret in secrets.items() if any(it in data for it in needles(secret))}


def files_below(folder: Path) -> bytes:
    """All files there, one after the other."""
    files = [each for each in sorted(folder.rglob("*")) if each.is_file()]
    return b"\n".join(each.read_bytes() for each in files)


def dumped(url: str) -> bytes:
    """Every table of a PostgreSQL database, of every schema but its own, as COPY gives it."""
    tables = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    parts: list[bytes] = []
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        for (table,) in connection.execute(tables.encode()).fetchall():
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                parts += [table.encode(), *map(bytes, copy)]
    return b"\n".join(parts)
