"""Which column of a table is which: guessed from its header and its cells, corrected by people."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count, takewhile
from typing import Any

from bot.recipients.intake.headers import Role, preference, role_of
from bot.recipients.intake.script import NAME, key_of
from bot.slack.text import tidy

Row = tuple[int, tuple[str, ...]]
"""Its number in the file, from 1, and its cells."""

_HEADER_WITHIN = 20
"""Records above which a header may stand: titles, dates, empty lines."""
_SOME = 0.2
"""The share of cells that must look like a thing for the column to be of them."""
_MOST = 0.8

_PHONE = re.compile(
    r"""['"=\s]*(?:tel:)?\s*[+\uff0b(]*\d[\d\s().\-\u2010-\u2015/]{5,}(?:[eE]\+?\d\d?)?
        [\s,;]*(?:\W*(?:ext|x|\#)\D{0,3}\d{1,6})?["']*""",
    re.VERBOSE,
)
_SCIENTIFIC = re.compile(r"\d[.,]\d+[eE]\+?\d{1,2}")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\D.*)?")
_ZONE = re.compile(
    r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|US|Etc)/[\w/ +-]+"
)
_LEAST_DIGITS, _MOST_DIGITS = 7, 20
_LONGEST_PHONE = 60
"""Characters; the patterns aren't made for more."""


@dataclass(frozen=True)
class Mapping:
    """Which column holds what: guessed, shown to the user, and read by once corrected."""

    header: int | None
    """The number of the row with the columns' labels; what is above it is left out. None: none."""
    phone: int | None
    """Index of the column of phone numbers, from 0; None where it has to be asked for."""
    name: tuple[int, ...] = ()
    """Indexes of the columns whose cells, joined by a space, are the name."""
    timezone: int | None = None
    """Index of the column of IANA names."""

    def stored(self) -> dict[str, Any]:
        """As JSON can keep it until the user has looked at it; `Mapping.restored` reads it."""
        return asdict(self) | {"name": list(self.name)}

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> "Mapping":
        """From what `stored` gave."""
        return cls(**stored | {"name": tuple(stored["name"])})

    @property
    def has_header(self) -> bool:
        """Whether a row of labels was found."""
        return self.header is not None


@dataclass(frozen=True)
class Columns:
    """The columns of a table under a mapping."""

    labels: tuple[str, ...]
    """As shown to people: the header's, or `Column 3`."""
    variables: tuple[tuple[str, int], ...]
    """The keys of those that a script may use, each with its index."""

    @property
    def labelled(self) -> dict[str, str]:
        """The variables' keys with their labels, in the order of the columns."""
        return {key: self.labels[column] for key, column in self.variables}


def looks_like_phone(cell: str) -> bool:
    """Whether the whole cell has the shape of one phone number, also of a damaged one."""
    if len(cell) > _LONGEST_PHONE or not (_PHONE.fullmatch(cell) or _SCIENTIFIC.fullmatch(cell)):
        return False
    if _SCIENTIFIC.fullmatch(cell):
        return True
    digits = sum(char.isdecimal() for char in cell)
    return _LEAST_DIGITS <= digits <= _MOST_DIGITS and not _DATE.fullmatch(cell)


def guess(rows: Sequence[Row]) -> Mapping:
    """The mapping of a table, from its first rows (numbered, tidied, none empty)."""
    header = _header(rows)
    data = [cells for number, cells in rows if header is None or number > header]
    labels = next((cells for number, cells in rows if number == header), ())
    width = max((len(cells) for _, cells in rows), default=0)
    roles = [role_of(label) for label in labels] + [None] * (width - len(labels))
    phone = _phone(labels, roles, data, width)
    zone = _first(roles, Role.ZONE)
    zone = zone if zone is not None else _by_cells(data, width, _is_zone, _MOST, {phone})
    name = _named(roles, phone)
    if not name and not any(roles):
        found = _by_cells(data, width, _is_name, _SOME, {phone, zone})
        name = () if found is None else (found,)
    return Mapping(header, phone, name, zone)


def _header(rows: Sequence[Row]) -> int | None:
    """The row of labels: one that calls a column a phone's; else one that isn't like the rest."""
    above = list(takewhile(lambda row: not any(map(looks_like_phone, row[1])), rows))
    called = {
        number: sum(role is not None for role in roles)
        for number, cells in above[:_HEADER_WITHIN]
        if Role.PHONE in (roles := [role_of(cell) for cell in cells])
    }
    if called:
        return max(called, key=lambda number: called[number])
    if len(rows) < len(("header", "row")):
        return None
    first, cells = rows[0]
    width = max(len(cells) for _, cells in rows)
    phone = _by_cells([cells for _, cells in rows[1:]], width, looks_like_phone, _SOME, set())
    is_label = phone is not None and phone < len(cells) and _is_label(cells[phone])
    return first if is_label and all(map(_is_label, filter(None, cells))) else None


def _is_label(cell: str) -> bool:
    return any(char.isalpha() for char in cell) and not any(char.isdigit() for char in cell)


def _phone(
    labels: Sequence[str],
    roles: Sequence[Role | None],
    data: Sequence[Sequence[str]],
    width: int,
) -> int | None:
    """The column of numbers: called so and holding some, else holding them, else called so."""
    called = [column for column, role in enumerate(roles) if role is Role.PHONE]
    holding = [column for column in called if _share(data, column, looks_like_phone) > 0]
    by_cells = _by_cells(data, width, looks_like_phone, _SOME, set())
    candidates = holding or (called if by_cells is None else [])
    best = max(candidates, key=lambda at: (preference(labels[at]), -at), default=None)
    return by_cells if best is None else best


def _by_cells(
    data: Sequence[Sequence[str]],
    width: int,
    looks: Callable[[str], bool],
    least: float,
    but: set[int | None],
) -> int | None:
    """The column most of whose cells look like it; the first of equals. None below `least`."""
    shares = {
        column: (_share(data, column, looks), _share(data, column, _has_plus))
        for column in range(width)
        if column not in but
    }
    best = max(shares, key=lambda column: (*shares[column], -column), default=None)
    return best if best is not None and shares[best][0] >= least else None


def _share(data: Sequence[Sequence[str]], column: int, looks: Callable[[str], bool]) -> float:
    cells = [row[column] for row in data if column < len(row) and row[column]]
    return sum(map(looks, cells)) / len(cells) if cells else 0.0


def _has_plus(cell: str) -> bool:
    return cell.startswith(("+", "'+", "=+", "\uff0b"))


def _is_zone(cell: str) -> bool:
    return bool(_ZONE.fullmatch(cell))


def _is_name(cell: str) -> bool:
    letters = sum(char.isalpha() for char in cell)
    return letters * 2 > len(cell) and "@" not in cell and "://" not in cell


def _first(roles: Sequence[Role | None], *wanted: Role) -> int | None:
    return next((column for column, role in enumerate(roles) if role in wanted), None)


def _named(roles: Sequence[Role | None], phone: int | None) -> tuple[int, ...]:
    """A column of whole names; else first and last; a `Name` beside first names is the last."""
    whole, name = _first(roles, Role.FULL_NAME), _first(roles, Role.NAME)
    first, last = _first(roles, Role.FIRST), _first(roles, Role.LAST)
    if whole is not None:
        return (whole,)
    first, last = (name if first is None else first), (name if last is None else last)
    found = dict.fromkeys(column for column in (first, last) if column not in {None, phone})
    return tuple(column for column in found if column is not None)


def columns(mapping: Mapping, header: Sequence[str], width: int) -> Columns:
    """The columns' labels and keys; each key is unique, and none is `name` but the name's own."""
    labels = tuple(
        (header[column] if column < len(header) else "") or f"Column {column + 1}"
        for column in range(width)
    )
    taken = {NAME, "phone", "timezone"}
    variables = []
    for column, label in enumerate(labels):
        if column in {mapping.phone, mapping.timezone} or mapping.name == (column,):
            continue
        wanted = key_of(label) or f"column_{column + 1}"
        key = next(key for key in _spellings(wanted) if key not in taken)
        taken.add(key)
        variables.append((key, column))
    return Columns(labels, tuple(variables))


def _spellings(key: str) -> Iterator[str]:
    yield key
    yield from (f"{key}_{number}" for number in count(2))


def tidied(cells: Sequence[str]) -> tuple[str, ...]:
    """A row's cells as they are shown, without the empty ones at its end."""
    kept = [tidy(cell) for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
