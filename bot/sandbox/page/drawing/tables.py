"""The two tables: `table`, as it is, and `data_table`, page by page."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.rich_text import draw_rich_text
from bot.sandbox.page.drawing.sheet import Spot, drawn
from bot.sandbox.slack.refusals import Json

_PAGE_SIZE = 5
"""Slack's own `page_size` where the app gives none."""

_ALIGNED = ("left", "center", "right")


@dataclass(frozen=True)
class Cell:
    """A cell as it is drawn: its content, its classes, and what it is the head of."""

    content: Markup
    kind: str
    scope: str = ""


@dataclass(frozen=True)
class Page:
    """Rows of a table that are shown together; `first` counts from 1, without the head."""

    first: int
    last: int
    rows: list[list[Cell]]


def draw_table(block: Json, reader: Reader, spot: Spot) -> Markup:
    """A table; its first row is its head."""
    settings = _column_settings(block, spot)
    rows = [
        [
            _cell(cell, reader, spot.inner("rows").inner(r).inner(c), _look(settings, c))
            for c, cell in enumerate(row)
        ]
        for r, row in enumerate(block["rows"])
    ]
    head = [Cell(cell.content, cell.kind, "col") for cell in rows[0]]
    return drawn("tables", "table", label="Table", caption="", head=head, rows=rows[1:])


def _column_settings(block: Json, spot: Spot) -> list[Any]:
    settings = block.get("column_settings", [])
    if not isinstance(settings, list):
        raise CantDraw("column_settings that aren't a list", spot.inner("column_settings").pointer)
    for n, one in enumerate(settings):
        fits = one is None or (isinstance(one, dict) and one.get("align", "left") in _ALIGNED)
        if not fits:
            place = spot.inner("column_settings").inner(n)
            raise CantDraw("column setting", place.pointer)
    return settings


def _look(settings: list[Any], column: int) -> str:
    """The classes of a column's cells."""
    setting = (settings[column] if column < len(settings) else None) or {}
    classes = [f"align-{setting['align']}"] if "align" in setting else []
    return " ".join([*classes, "wrapped"] if setting.get("is_wrapped") else classes)


def _cell(cell: Json, reader: Reader, spot: Spot, look: str = "", scope: str = "") -> Cell:
    """A cell of text, of a number, or of rich text."""
    if cell["type"] == "rich_text":
        return Cell(draw_rich_text(cell, reader, spot), look, scope)
    if cell["type"] == "raw_number":
        shown = cell.get("text") or spoken(cell["value"])
        return Cell(escape(shown), f"number {look}".strip(), scope)
    return Cell(escape(cell["text"]), look, scope)


def spoken(number: float) -> str:
    """A number with its thousands apart, and no more decimals than it has (two at most)."""
    if isinstance(number, float) and number != int(number):
        return f"{number:,.2f}".rstrip("0")
    return f"{int(number):,}"


def draw_data_table(block: Json, reader: Reader, spot: Spot) -> Markup:
    """A table with a caption, its first page open and the others to open below it."""
    index = block.get("row_header_column_index", 0)
    drawn_rows = [
        [
            _cell(
                cell,
                reader,
                spot.inner("rows").inner(r).inner(c),
                scope="col" if r == 0 else "row" if c == index else "",
            )
            for c, cell in enumerate(row)
        ]
        for r, row in enumerate(block["rows"])
    ]
    return drawn(
        "tables",
        "data_table",
        caption=block["caption"],
        head=drawn_rows[0],
        pages=_pages(drawn_rows[1:], block.get("page_size", _PAGE_SIZE)),
        count=len(drawn_rows) - 1,
    )


def _pages(rows: list[list[Cell]], size: int) -> list[Page]:
    starts = range(0, len(rows), size)
    return [Page(n + 1, min(n + size, len(rows)), rows[n : n + size]) for n in starts]
