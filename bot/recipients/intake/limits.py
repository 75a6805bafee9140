"""How large a list may be: what is over it is refused whole, never cut."""

from typing import NoReturn

from bot.errors import UnreadableFile

MOST_ROWS = 100_000
"""Of one list, and of all the lists of a campaign together."""
MOST_BYTES = 10_000_000
"""Of a file as it was dropped."""
MOST_COLUMNS = 200
MOST_UNPACKED = 150_000_000
"""Bytes of a workbook's parts, all together, before any of them is looked into."""
MOST_TEXT = 40_000_000
"""Bytes of a workbook's cells, all together: a shared text may be repeated without end."""
LONGEST_CELL = 32_767
"""Characters; a spreadsheet program's own limit."""
LONGEST_PASTE = 1_000_000
"""Characters."""


def refuse_rows() -> NoReturn:
    """Raises UnreadableFile for more than `MOST_ROWS`."""
    raise UnreadableFile(
        f"This file has more than {MOST_ROWS:,} rows, which is the most of one list. Split it, "
        "and start a campaign for each part."
    )


def refuse_rows_together() -> NoReturn:
    """Raises UnreadableFile for lists of more than `MOST_ROWS` together."""
    raise UnreadableFile(
        f"These lists have more than {MOST_ROWS:,} rows together, which is the most of one"
        " campaign. Leave some of them out, and start a campaign for each part."
    )
