"""Block Kit's blocks as HTML, each in a box of its own."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from bot.sandbox.page.drawing.charts import draw_chart
from bot.sandbox.page.drawing.controls import Around, draw_picture
from bot.sandbox.page.drawing.elements import draw_element
from bot.sandbox.page.drawing.headings import depths
from bot.sandbox.page.drawing.markdown import draw_markdown
from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.rich_text import draw_rich_text
from bot.sandbox.page.drawing.sheet import Sheet, Spot, drawn, plain
from bot.sandbox.page.drawing.tables import draw_data_table, draw_table
from bot.sandbox.page.drawing.text import fit
from bot.sandbox.slack.refusals import Json

_NOTHING: Mapping[str, Mapping[str, Json]] = MappingProxyType({})
_NO_ERRORS: Mapping[str, str] = MappingProxyType({})

_LEVELS = {
    "default": "Note",
    "info": "Info",
    "warning": "Warning",
    "error": "Error",
    "success": "Success",
}
_TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
_GROUPS = ("checkboxes", "radio_buttons")


def draw_blocks(
    blocks: Sequence[Json],
    reader: Reader,
    *,
    at: str,
    values: Mapping[str, Mapping[str, Json]] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Markup:
    """The blocks that Slack took, drawn one below the other.

    `at` begins every id within and is unique on the page; `values` is the view's `state.values`,
    `errors` the text under an input by its block_id. Raises CantDraw for what isn't drawn.
    """
    spots = [Spot(f"{at}-{n}", f"/blocks/{n}") for n in range(len(blocks))]
    heads = {
        spot.pointer: block for spot, block in zip(spots, blocks, strict=True) if _heads(block)
    }
    levels = (block.get("level", 1) for block in heads.values())
    sheet = Sheet(
        reader,
        values or _NOTHING,
        errors or _NO_ERRORS,
        dict(zip(heads, depths(levels), strict=True)),
    )
    made = [_block(sheet, block, spot) for spot, block in zip(spots, blocks, strict=True)]
    return fit(Markup("\n").join(made))


def _heads(block: Json) -> bool:
    return bool(block["type"] == "header")


def _block(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    kind = block["type"]
    if kind not in BLOCKS:
        raise CantDraw(kind, spot.pointer)
    return drawn("blocks", "block", kind=kind, id=spot.id, content=BLOCKS[kind](sheet, block, spot))


def _header(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    level, depth = block.get("level", 1), sheet.depths[spot.pointer]
    return drawn("blocks", "header", depth=depth, level=level, text=plain(block["text"]))


def _section(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    accessory = Markup()
    words = spot.inner("text")
    if "accessory" in block:
        accessory = draw_element(
            sheet, block, block["accessory"], spot.inner("accessory"), Around(label=words.id)
        )
    return drawn(
        "blocks",
        "section",
        id=words.id,
        text=sheet.text(block["text"]) if "text" in block else Markup(),
        fields=[sheet.text(field) for field in block.get("fields", [])],
        accessory=accessory,
    )


def _context(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    elements = [
        draw_picture(sheet.reader, element, spot.inner("elements").inner(n), "picture-tiny")
        if element["type"] == "image"
        else Markup('<span class="context-text">{}</span>').format(sheet.text(element))
        for n, element in enumerate(block["elements"])
    ]
    return drawn("blocks", "row", kind="context-row", elements=elements)


def _actions(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    elements = [
        draw_element(sheet, block, element, spot.inner("elements").inner(n), Around())
        for n, element in enumerate(block["elements"])
    ]
    return drawn("blocks", "row", kind="actions-row", elements=elements)


def _divider(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    del sheet, block, spot
    return Markup("<hr>")


def _image(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    title = plain(block["title"]) if "title" in block else Markup()
    picture = draw_picture(sheet.reader, block, spot, "picture")
    return drawn("blocks", "image", title=title, picture=picture)


def _alert(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    del spot
    level = block.get("level", "default")
    return drawn(
        "blocks", "alert", level=level, word=_LEVELS[level], text=sheet.text(block["text"])
    )


def _markdown(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    del sheet, spot
    return draw_markdown(block["text"])


def _rich_text(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    return draw_rich_text(block, sheet.reader, spot)


def _table(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    return draw_table(block, sheet.reader, spot)


def _data_table(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    return draw_data_table(block, sheet.reader, spot)


def _chart(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    del sheet
    return draw_chart(block, spot)


def _input(sheet: Sheet, block: Json, spot: Spot) -> Markup:
    element, place = block["element"], spot.inner("element")
    error = sheet.errors.get(block.get("block_id", ""), "")
    hint = plain(block["hint"]) if "hint" in block else Markup()
    label = drawn(
        "blocks", "label", text=plain(block["label"]), optional=block.get("optional", False)
    )
    ids = [(hint, spot.inner("hint").id), (error, spot.inner("error").id)]
    around = Around(
        tagged=True,
        described=" ".join(id_ for text, id_ in ids if text),
        required=not block.get("optional", False),
        invalid=bool(error),
        dispatch=_dispatch(block, element),
        legend=label,
    )
    return drawn(
        "blocks",
        "input",
        id=spot.id,
        labels=None if element["type"] in _GROUPS else place.id,
        label=label,
        control=draw_element(sheet, block, element, place, around),
        hint=hint,
        error=error,
    )


def _dispatch(block: Json, element: Json) -> str:
    """When an input tells the app of what is in it before it's submitted; empty for never."""
    if not block.get("dispatch_action"):
        return ""
    if element["type"] not in _TYPED:
        return "change"
    config = element.get("dispatch_action_config", {})
    return (
        "character" if "on_character_entered" in config.get("trigger_actions_on", ()) else "enter"
    )


BLOCKS: Mapping[str, Callable[[Sheet, Json, Spot], Markup]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "divider": _divider,
    "image": _image,
    "alert": _alert,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _chart,
    "input": _input,
}
"""The rest isn't drawn: a video or a remote file is off this machine."""
