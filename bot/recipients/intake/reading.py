"""From rows as they were written to rows that can be reached, or can't and why; in batches."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.errors import InputError, NumberRefused
from bot.recipients.faults import Fault
from bot.recipients.intake.cells import read_phone
from bot.recipients.intake.limits import MOST_ROWS, refuse_rows_together
from bot.recipients.intake.listing import Listing
from bot.recipients.intake.rows import Batch, Draft, Ready, Refused, Source
from bot.recipients.numbers import read_plain
from bot.recipients.zones import parse_zone, zones_of_kind

BATCH = 500
"""Rows; stored in well under 20 ms."""

_CELL_OF_ANOTHER_ROW = re.compile(
    r"(?:^|[,;\t|])[ \"']*[+(]?(?:\d[\s().-]{0,2}){10,15}[ \"']*(?:[,;\t|]|$)"
)
_MISQUOTED = (
    'A quotation mark (") is missing, so this row holds others too. Correct the quotation marks '
    "from this row on, then add the list again."
)
_WHERE = {Source.NUMBERS: "line {:,} of the pasted numbers", Source.FILE: "row {:,} of the file"}
_NOBODY = {
    Source.NUMBERS: "There is no phone number in this text. Paste them one a line, such as "
    "“John Doe, +1 415 555 0132”.",
    Source.FILE: "There is no phone number in this file. Add one with a phone number in each row, "
    "or paste the numbers.",
}


def read(listings: Sequence[Listing], region: str, size: int = BATCH) -> Iterator[Batch]:
    """The rows of the lists, one after the other, as a `Reader` reads them."""
    reader = Reader(region)
    for listing in listings:
        yield from reader.batches(listing, size)


class Reader:
    """Reads one list after the other; none of their rows comes twice."""

    def __init__(self, region: str) -> None:
        """`region` (`US`) is the country of numbers without a `+`."""
        self._region = region
        self._count = 0
        self._seen: dict[int, int] = {}
        """A number's digits to where it stood first: small integers, since there are many."""

    def batches(self, listing: Listing, size: int = BATCH) -> Iterator[Batch]:
        """The list's rows, in batches of `size`.

        The largest list takes seconds of a processor, so it belongs into a thread; other threads
        are let in all the while. Raises InputError, with the field of the list, where it holds
        nobody at all, and where all the lists together are too long.
        """
        before = self._count
        rows: list[Ready | Refused] = []
        for draft in listing.drafts(self._region):
            self._count += 1
            if self._count > MOST_ROWS:
                refuse_rows_together()
            rows.append(self.row(draft, listing.source))
            if len(rows) >= size:
                yield Batch(tuple(rows))
                rows.clear()
        if self._count == before:
            raise InputError({listing.source: _NOBODY[listing.source]})
        if rows:
            yield Batch(tuple(rows))

    def row(self, draft: Draft, source: Source) -> Ready | Refused:
        """One row: who can be reached, or why not."""
        try:
            return self._ready(draft, source)
        except NumberRefused as refusal:
            fault, mend = Fault(refusal.fault), refusal.message
        except InputError as refusal:
            fault, mend = Fault.UNKNOWN_ZONE, refusal.message
        return Refused(source, draft.number, draft.cells, fault, mend)

    def _ready(self, draft: Draft, source: Source) -> Ready:
        if any("\n" in cell and _holds_rows(cell) for cell in draft.cells):
            raise NumberRefused(_MISQUOTED, fault=Fault.MISQUOTED)
        phone, kind, extension = self._phone(draft.phone)
        zones = (_zone(draft.zone),) if draft.zone else zones_of_kind(phone, kind)
        self._refuse_duplicate(phone, draft.number, source)
        return Ready(source, draft.number, draft.name, phone, zones, draft.variables, extension)

    def _phone(self, written: str) -> tuple[str, str, str | None]:
        plain = read_plain(written, self._region)
        if plain is not None:
            return (*plain, None)
        number = read_phone(written, self._region)
        return number.e164, number.kind, number.extension

    def _refuse_duplicate(self, phone: str, number: int, source: Source) -> None:
        place = number * 2 + (source is Source.FILE)
        first = self._seen.setdefault(int(phone[1:]), place)
        if first != place:
            where = _WHERE[Source.FILE if first % 2 else Source.NUMBERS].format(first // 2)
            raise NumberRefused(
                f"This number is in {where} already. Nobody is reached twice, so nothing needs "
                "to be done.",
                fault=Fault.DUPLICATE,
            )


def _holds_rows(cell: str) -> bool:
    """Whether a line of the cell has a phone number between delimiters, as whole rows do."""
    return any(
        _CELL_OF_ANOTHER_ROW.search(line) and re.search(r"[,;\t|]", line)
        for line in cell.split("\n")
    )


@lru_cache(maxsize=1024)
def _zone(text: str) -> str:
    return parse_zone(text)
