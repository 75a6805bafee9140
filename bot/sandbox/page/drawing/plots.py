"""Where bars, lines and areas come to lie between two axes: pure geometry, in SVG's units."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_LETTER = 6.5
"""About the width of a letter of a label."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 472, 10, 224
_TICKS = 4
_LEVEL_ROOM, _TURNED_ROOM = 26, 72
"""Room for the labels below the axis, as they stand or turned."""
_LONGEST = 12
"""Characters of a label below an axis; the table has it whole."""


@dataclass(frozen=True)
class Series:
    """Numbers by category under one name; `number` picks colour and pattern, from 1."""

    number: int
    name: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Mark:
    """A label at an axis; `at` is where it stands along the axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A bar of a series."""

    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A line of a series through its points, and what it encloses with the zero line."""

    number: int
    points: tuple[tuple[float, float], ...]
    path: str
    area: str


@dataclass(frozen=True)
class Drawing:
    """Everything between the axes, and the axes."""

    left: int
    right: int
    top: int
    bottom: int
    zero: float
    height: int
    turned: bool
    rows: list[Mark]
    columns: list[Mark]
    bars: list[Bar]
    lines: list[Line]


def plot(kind: str, categories: list[str], series: list[Series]) -> Drawing:
    """The drawing of a `bar`, `line` or `area` chart."""
    ticks = _ticks([v for one in series for v in one.values.values()])
    scale = _Scale(ticks[0], ticks[-1])
    step = (_RIGHT - _LEFT) / len(categories)
    middles = {name: round(_LEFT + step * (n + 0.5), 1) for n, name in enumerate(categories)}
    labels = [Mark(at, _clipped(name)) for name, at in middles.items()]
    turned = any(len(label.text) * _LETTER > step for label in labels)
    bars = [bar for one in series for bar in _bars(one, len(series), middles, step, scale)]
    return Drawing(
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=_BOTTOM,
        zero=scale.y(0),
        height=_BOTTOM + (_TURNED_ROOM if turned else _LEVEL_ROOM),
        turned=turned,
        rows=[Mark(scale.y(tick), _short(tick)) for tick in ticks],
        columns=labels,
        bars=bars if kind == "bar" else [],
        lines=[] if kind == "bar" else [_line(one, middles, scale) for one in series],
    )


@dataclass(frozen=True)
class _Scale:
    """From a number to its height in the drawing."""

    low: float
    high: float

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def _ticks(values: list[float]) -> list[float]:
    """Round numbers from below the least to above the greatest; zero is among them."""
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        high = 1.0
    step = _round_step((high - low) / _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [n * step for n in range(first, last + 1)]


def _round_step(least: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that isn't below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= least * 0.999)


def _short(number: float) -> str:
    """A number for an axis: thousands and millions by their letter."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(number) >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _bars(
    one: Series, of: int, middles: Mapping[str, float], step: float, scale: _Scale
) -> list[Bar]:
    """A series' bars, beside those of the others in each category."""
    width = step * 0.8 / of
    bars = []
    for name, middle in middles.items():
        if name in one.values:
            y, zero = scale.y(one.values[name]), scale.y(0)
            x = middle - step * 0.4 + width * (one.number - 1)
            height = round(abs(y - zero), 1)
            bars.append(Bar(one.number, round(x, 1), min(y, zero), round(width, 1), height))
    return bars


def _line(one: Series, middles: Mapping[str, float], scale: _Scale) -> Line:
    points = tuple(
        (x, scale.y(one.values[name])) for name, x in middles.items() if name in one.values
    )
    if not points:
        return Line(one.number, (), "", "")
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    zero = scale.y(0)
    return Line(one.number, points, path, f"{path}L{points[-1][0]} {zero}L{points[0][0]} {zero}Z")
