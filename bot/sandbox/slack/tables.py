"""Tables and charts: what their cells and series must hold.

After docs.slack.dev/reference/block-kit/blocks/table-block, …/data-table-block and
…/data-visualization-block.
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.rich_text import RICH_TEXT
from bot.sandbox.slack.shapes import (
    Check,
    Fault,
    flag,
    integer,
    items,
    number,
    shape,
    string,
    tagged,
    word,
)

_ID: dict[str, Check] = {"block_id": string("block_id")}

_CELL = tagged(
    {
        "raw_text": shape({"text": string()}),
        "raw_number": shape({"value": number}, {"text": string()}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = shape({}, {"align": word("left", "center", "right"), "is_wrapped": flag})


def _column(value: Any, at: str) -> Iterator[Fault]:
    """How one column is set; null leaves it as it is."""
    if value is not None:
        yield from _COLUMN(value, at)


TABLE = shape(
    {"rows": items(items(_CELL, "columns in a table"), "rows in a table")},
    {**_ID, "column_settings": items(_column, "column_settings in a table")},
)

_DATA_TABLE = shape(
    {
        "caption": string("caption of a data_table"),
        "rows": items(items(_CELL, "columns in a data_table"), "rows in a data_table", least=2),
    },
    {
        **_ID,
        "page_size": integer(1, LIMITS["rows on a page of a data_table"].number),
        "row_header_column_index": integer(0),
    },
)


def data_table(value: Any, at: str) -> Iterator[Fault]:
    """A head and rows of the same length; the head holds plain cells only."""
    faults = list(_DATA_TABLE(value, at))
    yield from faults
    if faults:
        return
    if len({len(row) for row in value["rows"]}) > 1:
        yield Fault(f"{at}/rows", "all rows must have the same number of cells")
    for n, cell in enumerate(value["rows"][0]):
        if cell["type"] == "rich_text":
            yield Fault(f"{at}/rows/0/{n}/type", "unsupported type: rich_text")


_POINT = shape({"label": string("label in a chart"), "value": number})
_SERIES = shape(
    {"name": string("label in a chart"), "data": items(_POINT, "points in a series")},
)
_PLOT_SHAPE = shape(
    {
        "series": items(_SERIES, "series in a chart"),
        "axis_config": shape(
            {"categories": items(string("label in a chart"), "points in a series")},
            {"x_label": string("label of an axis"), "y_label": string("label of an axis")},
        ),
    }
)
_PIE = shape({"segments": items(_POINT, "series in a chart")})


def _plot(value: Any, at: str) -> Iterator[Fault]:
    """Series of different names, each with one point for each category."""
    faults = list(_PLOT_SHAPE(value, at))
    yield from faults
    if faults:
        return
    categories, names = sorted(value["axis_config"]["categories"]), set()
    for n, series in enumerate(value["series"]):
        if series["name"] in names:
            yield Fault(f"{at}/series/{n}/name", f"`name` {series['name']} already exists")
        names.add(series["name"])
        if sorted(point["label"] for point in series["data"]) != categories:
            yield Fault(f"{at}/series/{n}/data", "labels must match axis_config.categories")


DATA_VISUALIZATION = shape(
    {
        "title": string("title of a chart"),
        "chart": tagged({"pie": _PIE, "bar": _plot, "area": _plot, "line": _plot}),
    },
    _ID,
)


def crowded(blocks: list[Json], at: str) -> Iterator[Fault]:
    """More text in the cells of its tables, or more charts, than one message takes."""
    tables = [block for block in blocks if block["type"] in ("table", "data_table")]
    limit = LIMITS["text over all cells of a message"]
    if sum(characters(table["rows"]) for table in tables) > limit.number:
        yield Fault(at, f"must be less than {limit.number + 1} characters", limit.code)
    limit = LIMITS["data_visualizations in a message"]
    if sum(block["type"] == "data_visualization" for block in blocks) > limit.number:
        yield Fault(at, f"no more than {limit.number} items allowed", limit.code)


def characters(value: Any) -> int:
    """The characters of every text within a piece of JSON."""
    if isinstance(value, list):
        return sum(map(characters, value))
    if isinstance(value, dict):
        return sum(
            len(inner) if name == "text" and isinstance(inner, str) else characters(inner)
            for name, inner in value.items()
        )
    return 0
