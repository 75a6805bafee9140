"""Every nasty file of `tests/golden/intake` is read as the JSON beside it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError
from bot.recipients.intake import Listing, Ready, Refused, Summary, open_file, read
from tests.golden.intake.make import CORPUS, FOLDER, REGIONS, WORKBOOKS

SHOWN = 12


def told(data: bytes, region: str) -> dict[str, Any]:
    """What comes of a file, as the corpus writes it down."""
    try:
        listing = open_file(data)
        return summarised(listing, region)
    except BotError as error:
        return {"error": error.message}


def summarised(listing: Listing, region: str) -> dict[str, Any]:
    """The counts, the guessed columns, and the first rows."""
    rows = [row for batch in read([listing], region) for row in batch.rows]
    summary = Summary()
    summary.add(rows)
    return {
        "kind": listing.kind,
        "columns": list(listing.columns),
        "variables": list(listing.variables),
        "mapping": listing.mapping and listing.mapping.stored(),
        "note": listing.note,
        "ready": summary.ready,
        "nameless": summary.nameless,
        "extensions": summary.extensions,
        "refused": {str(fault): count for fault, count in summary.refused.items()},
        "rows": [line(row) for row in rows[:SHOWN]],
    }


def line(row: Ready | Refused) -> str:
    """A row on a line."""
    if isinstance(row, Refused):
        return f"{row.number}: {row.given} -- {row.fault}: {row.mend}"
    extension = f" ext {row.extension}" if row.extension else ""
    variables = f" {dict(row.variables)}" if any(row.variables.values()) else ""
    return f"{row.number}: {row.name!r} {row.phone}{extension} {','.join(row.zones)}{variables}"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", [*CORPUS, *WORKBOOKS])
def test_a_nasty_file_is_read_as_expected(name: str) -> None:
    """Rows with their reasons, or a sentence that says what the file is: never a crash."""
    data = (FOLDER / name).read_bytes()
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert told(data, REGIONS.get(Path(name).stem, "US")) == expected


def test_the_corpus_is_what_its_script_makes() -> None:
    """Each file has what is expected of it beside it, and is as it was made."""
    files = {
        path.name
        for path in FOLDER.iterdir()
        if path.suffix not in {".py", ".json"} and not path.name.endswith(".card.txt")
    }
    files -= {"__pycache__"}
    assert files == {*CORPUS, *WORKBOOKS}
    assert len(files) >= 40
    assert all((FOLDER / name).read_bytes() == content for name, content in CORPUS.items())
