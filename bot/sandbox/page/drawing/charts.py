"""`data_visualization`: a chart as inline SVG, its legend, and a table of the same numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bot.sandbox.page.drawing.plots import Drawing, Series, plot
from bot.sandbox.page.drawing.reader import CantDraw
from bot.sandbox.page.drawing.sheet import Spot, drawn
from bot.sandbox.page.drawing.tables import spoken
from bot.sandbox.slack.refusals import Json

_RADIUS = 100.0


@dataclass(frozen=True)
class Key:
    """A line of a chart's legend; `number` picks colour, pattern and dashes, from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Slice:
    """A piece of a pie, as an SVG path around 0, 0; a whole pie has no path."""

    number: int
    path: str
    text: str


def draw_chart(block: Json, spot: Spot) -> Markup:
    """A chart with its title; raises CantDraw for numbers that no chart can show."""
    chart, place = block["chart"], spot.inner("chart")
    if chart["type"] == "pie":
        return _pie(block["title"], chart["segments"], place)
    return _axes(block["title"], chart, place)


def _pie(title: str, segments: list[Json], spot: Spot) -> Markup:
    values = [_shown(segment["value"], spot, least=0) for segment in segments]
    total = sum(values)
    texts = [_share(segment, total) for segment in segments]
    return drawn(
        "charts",
        "pie",
        id=spot.id,
        title=title,
        slices=_slices(values, texts),
        keys=[Key(n, text) for n, text in enumerate(texts, 1)],
        head=["Segment", "Value"],
        rows=[[segment["label"], spoken(segment["value"])] for segment in segments],
    )


def _shown(value: float, spot: Spot, least: float = -math.inf) -> float:
    if not math.isfinite(value) or value < least:
        raise CantDraw(f"a chart of {value}", spot.pointer)
    return value


def _share(segment: Json, total: float) -> str:
    share = f" ({segment['value'] / total:.0%})" if total else ""
    return f"{segment['label']}: {spoken(segment['value'])}{share}"


def _slices(values: list[float], texts: list[str]) -> list[Slice]:
    """Pieces clockwise from twelve o'clock; those of nothing are left out."""
    total, done, slices = sum(values), 0.0, []
    for n, value in enumerate(values):
        if value > 0:
            path = "" if value == total else _arc(done / total, (done + value) / total)
            slices.append(Slice(n + 1, path, texts[n]))
            done += value
    return slices


def _arc(start: float, end: float) -> str:
    """The path of a piece between two shares of the whole."""
    x1, y1 = _on_circle(start)
    x2, y2 = _on_circle(end)
    large = int(end - start > 0.5)
    return f"M0 0L{x1} {y1}A{_RADIUS} {_RADIUS} 0 {large} 1 {x2} {y2}Z"


def _on_circle(share: float) -> tuple[float, float]:
    angle = 2 * math.pi * share
    return round(_RADIUS * math.sin(angle), 2), round(-_RADIUS * math.cos(angle), 2)


def _axes(title: str, chart: Json, spot: Spot) -> Markup:
    """A chart with two axes: bars, lines or areas."""
    axes = chart["axis_config"]
    categories: list[str] = axes["categories"]
    series = [_series(n, one, spot) for n, one in enumerate(chart["series"], 1)]
    drawing: Drawing = plot(chart["type"], categories, series)
    return drawn(
        "charts",
        "axes",
        id=spot.id,
        kind=chart["type"],
        title=title,
        drawing=drawing,
        x_label=axes.get("x_label", ""),
        y_label=axes.get("y_label", ""),
        keys=[Key(one.number, one.name) for one in series],
        head=[axes.get("x_label") or "Category", *(one.name for one in series)],
        rows=[[category, *_told(series, category)] for category in categories],
    )


def _series(number: int, one: Json, spot: Spot) -> Series:
    values: Mapping[str, float] = {
        point["label"]: _shown(point["value"], spot) for point in one["data"]
    }
    return Series(number, one["name"], values)


def _told(series: list[Series], category: str) -> list[str]:
    return [spoken(one.values[category]) if category in one.values else "" for one in series]
