"""What a list becomes: rows that can be reached, rows that can't and why, and their counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.recipients.faults import Fault


class Source(StrEnum):
    """The field that a row came by, as an InputError names it."""

    NUMBERS = "numbers"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as it was written, before its number is looked at."""

    number: int
    """As the user's editor numbers rows (of a file) or lines (of pasted text), from 1."""
    cells: tuple[str, ...]
    """All that was given, tidied."""
    phone: str
    name: str
    zone: str
    """What the time zone column says, "" for nothing."""
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that can be reached."""

    source: Source
    number: int
    """As `Draft.number`."""
    name: str
    """"" where none was given."""
    phone: str
    """E.164."""
    zones: tuple[str, ...]
    """IANA names of the zones in which it may be; empty where unknown."""
    variables: Mapping[str, str]
    """The further columns by their keys, without the name."""
    extension: str | None
    """Digits that nobody can dial for the asker: they have to be told."""

    @property
    def values(self) -> dict[str, str]:
        """What `fill` puts into a script for this row."""
        return {**self.variables, "name": self.name}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that can't be reached, and what to do about it."""

    source: Source
    number: int
    """As `Draft.number`."""
    cells: tuple[str, ...]
    """All that was given, as `rejected.csv` repeats it."""
    fault: Fault
    mend: str
    """A sentence or two for the user; repeats nothing that was given."""

    @property
    def given(self) -> str:
        """The cells on one line."""
        return " | ".join(" ".join(cell.split()) for cell in self.cells if cell)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some hundreds of rows in the order of the list, to be stored in one short transaction."""

    rows: tuple[Ready | Refused, ...]

    @property
    def ready(self) -> list[Ready]:
        """Those that can be reached."""
        return [row for row in self.rows if isinstance(row, Ready)]

    @property
    def refused(self) -> list[Refused]:
        """Those that can't."""
        return [row for row in self.rows if isinstance(row, Refused)]


@dataclass
class Summary:
    """The counts of a list; `add` each batch as it comes."""

    ready: int = 0
    refused: Counter[Fault] = field(default_factory=Counter)
    nameless: int = 0
    """Of those ready: rows without a name."""
    extensions: int = 0
    """Of those ready: numbers with an extension that isn't dialled."""
    zoneless: int = 0
    """Of those ready: numbers that don't say in which zone they are."""

    def add(self, rows: Sequence[Ready | Refused]) -> None:
        """Count these rows too."""
        for row in rows:
            if isinstance(row, Refused):
                self.refused[row.fault] += 1
                continue
            self.ready += 1
            self.nameless += not row.name
            self.extensions += row.extension is not None
            self.zoneless += not row.zones
