"""Which elements are drawn, and by what."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from bot.sandbox.page.drawing.choices import CHOICES
from bot.sandbox.page.drawing.controls import (
    Around,
    Control,
    draw_button,
    draw_feedback_buttons,
    draw_icon_button,
    draw_overflow,
    draw_picture,
)
from bot.sandbox.page.drawing.entries import ENTRIES
from bot.sandbox.page.drawing.reader import CantDraw
from bot.sandbox.page.drawing.sheet import Sheet, Spot
from bot.sandbox.slack.refusals import Json

ELEMENTS: Mapping[str, Callable[[Control], Markup]] = {
    "button": draw_button,
    "icon_button": draw_icon_button,
    "feedback_buttons": draw_feedback_buttons,
    "overflow": draw_overflow,
    **CHOICES,
    **ENTRIES,
}
"""The rest isn't drawn: a workflow can't run here, and rich text is typed in an editor."""


def draw_element(sheet: Sheet, block: Json, element: Json, spot: Spot, around: Around) -> Markup:
    """An element of a block; raises CantDraw for a type that isn't drawn."""
    kind = element["type"]
    if kind == "image":
        return draw_picture(sheet.reader, element, spot, "picture-small")
    if kind not in ELEMENTS:
        raise CantDraw(kind, spot.pointer)
    return ELEMENTS[kind](Control(sheet, element, spot, block.get("block_id", ""), around))
