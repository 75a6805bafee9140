"""The chart of a campaign's results as a PNG, for workspaces that don't take Slack's own."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _ROW, _MARGIN, _LABELS, _FIGURES = 960, 48, 32, 260, 120
_TITLE = 56
_INK, _BAR, _PAPER = "#1d1c1d", "#1264a3", "#ffffff"
_SIZE = 22


def draw_bars(title: str, bars: Sequence[tuple[str, int]]) -> bytes:
    """A PNG of horizontal bars, each with its label and its figure."""
    image = Image.new("RGB", (_WIDTH, 2 * _MARGIN + _TITLE + _ROW * len(bars)), _PAPER)
    canvas = ImageDraw.Draw(image)
    font = ImageFont.load_default(_SIZE)
    canvas.text((_MARGIN, _MARGIN), title, _INK, ImageFont.load_default(_SIZE + 4))
    most = max([1, *(count for _, count in bars)])
    room = _WIDTH - 2 * _MARGIN - _LABELS - _FIGURES
    for place, (label, count) in enumerate(bars):
        top = _MARGIN + _TITLE + place * _ROW
        middle = top + _ROW // 2
        start = _MARGIN + _LABELS
        end = start + max(2, round(room * count / most))
        canvas.text((start - 16, middle), label, _INK, font, anchor="rm")
        canvas.rectangle((start, top + 8, end, top + _ROW - 8), fill=_BAR)
        canvas.text((end + 12, middle), f"{count:,}", _INK, font, anchor="lm")
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
