"""What a campaign's list is read from, and what a reading found out: kept with the campaign."""

from collections.abc import Mapping as Fields
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.recipients.intake import Layout, Listing, Mapping, Summary
from bot.recipients.intake.script import variables_of
from bot.slack.routes import FileRef

_SHOWN = 60
"""Characters of a cell that are kept to show which column it is of."""


@dataclass(frozen=True)
class Found:
    """What the last reading found out. `columns` are those of the one table that was read.

    `lists`: how the rows of each list are laid out.
    """

    columns: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping | None = None
    variables: tuple[str, ...] = ()
    """What a script may use besides `{name}`."""
    notes: tuple[str, ...] = ()
    nameless: int = 0
    extensions: int = 0
    zoneless: int = 0
    lists: tuple[Layout, ...] = ()

    def counted(self, summary: Summary) -> "Found":
        """With what only the end of a reading tells."""
        return replace(
            self,
            nameless=summary.nameless,
            extensions=summary.extensions,
            zoneless=summary.zoneless,
        )


@dataclass(frozen=True)
class ListSource:
    """What somebody gave: text, files, both. `mapping` is one that a person corrected."""

    numbers: str = ""
    files: tuple[FileRef, ...] = ()
    mapping: Mapping | None = None
    found: Found = field(default_factory=Found)

    @property
    def is_given(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.numbers.strip() or self.files)

    @property
    def words(self) -> str:
        """What it is read from, as people call it."""
        pasted = ["pasted numbers"] if self.numbers.strip() else []
        return " and ".join([*(each.name or "a file" for each in self.files), *pasted])

    def stored(self, script: str | None = None) -> dict[str, Any]:
        """As JSON, for the campaign's row, or a draft's; with what the card says of it."""
        return asdict(self) | {
            "words": self.words,
            "variables": variables_of(script or ""),
            "is_table": bool(self.found.columns),
        }


def read_source(stored: Fields[str, Any]) -> ListSource:
    """What `ListSource.stored` kept."""
    found = stored.get("found") or {}
    return ListSource(
        numbers=stored.get("numbers", ""),
        files=tuple(FileRef(**each) for each in stored.get("files", ())),
        mapping=_mapping(stored.get("mapping")),
        found=Found(
            columns=tuple(found.get("columns", ())),
            samples=tuple(map(tuple, found.get("samples", ()))),
            mapping=_mapping(found.get("mapping")),
            variables=tuple(found.get("variables", ())),
            notes=tuple(found.get("notes", ())),
            nameless=found.get("nameless", 0),
            extensions=found.get("extensions", 0),
            zoneless=found.get("zoneless", 0),
            lists=layouts_in(stored),
        ),
    )


def _mapping(stored: Fields[str, Any] | None) -> Mapping | None:
    return Mapping(**{**stored, "name": tuple(stored["name"])}) if stored else None


def layouts_in(stored: Fields[str, Any]) -> tuple[Layout, ...]:
    """How the rows of each list are laid out, of what `ListSource.stored` kept."""
    kept = (stored.get("found") or {}).get("lists", ())
    return tuple(
        Layout(**{**each, "columns": tuple(each["columns"]), "name": tuple(each["name"])})
        for each in kept
    )


def found_in(listings: Sequence[Listing], lists: Sequence[Layout]) -> Found:
    """What the opened lists say of themselves.

    A script may use what every one of them has: each row has to fill it.
    """
    tables = [each for each in listings if each.mapping is not None and each.columns]
    table = tables[0] if len(tables) == 1 else None
    shared = [key for key in listings[0].variables if all(key in it.variables for it in listings)]
    return Found(
        columns=table.columns if table else (),
        samples=tuple(tuple(cell[:_SHOWN] for cell in row) for row in table.samples)
        if table
        else (),
        mapping=table.mapping if table else None,
        variables=tuple(shared),
        notes=tuple(each.note for each in listings if each.note),
        lists=tuple(lists),
    )
