"""Pieces of Block Kit for the tests of the sandbox's Slack: each as long as it is told to be."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Build = Callable[[int], Json]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def option(name: int | str = 1, **more: Any) -> Json:
    """One option of a select."""
    return {"text": plain(f"o{name}"), "value": f"v{name}", **more}


def options(n: int) -> list[Json]:
    """`n` options."""
    return [option(i) for i in range(n)]


def button(**more: Any) -> Json:
    """A button in an actions block."""
    return actions({"type": "button", "text": plain("Hang Up"), **more})


def actions(*elements: Json) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def section(**more: Any) -> Json:
    """A section block."""
    return {"type": "section", "text": plain("x"), **more}


def field(element: Json | None = None, **more: Any) -> Json:
    """An input block."""
    element = element or {"type": "plain_text_input", "action_id": "a"}
    return {"type": "input", "label": plain("Number"), "element": element, **more}


def select(**more: Any) -> Json:
    """A static select in an actions block."""
    return actions({"type": "static_select", "options": [option()], **more})


def confirm(**more: Any) -> Json:
    """A button with a confirm dialog."""
    dialog = {"title": plain("Call?"), "text": plain("Call 9 people now?"), **more}
    return button(confirm=dialog)


def video(**more: Any) -> Json:
    """A video block."""
    links = {"thumbnail_url": "https://a.example/t", "video_url": "https://a.example/v"}
    return {"type": "video", "alt_text": "v", "title": plain("v"), **links, **more}


def cells(rows: int, columns: int) -> list[list[Json]]:
    """A table's rows."""
    return [[{"type": "raw_text", "text": "x"}] * columns] * rows


def table(kind: str, rows: int = 2, columns: int = 1, **more: Any) -> Json:
    """A table or a data table."""
    caption = {"caption": "Calls"} if kind == "data_table" else {}
    return {"type": kind, "rows": cells(rows, columns), **caption, **more}


def chart(points: int = 1, series: int = 1, label: str = "x", **more: Any) -> Json:
    """A bar chart."""
    data = [{"label": label, "value": 1}] * points
    body = {
        "type": "bar",
        "series": [{"name": f"s{i}", "data": data} for i in range(series)],
        "axis_config": {"categories": [label] * points, **more.pop("axis", {})},
    }
    return {"type": "data_visualization", "title": "Calls", "chart": body, **more}


def rich_text(*parts: Json) -> Json:
    """A rich text block."""
    return {"type": "rich_text", "elements": list(parts)}


def run(*elements: Json) -> Json:
    """A section of rich text: the elements given, or one word."""
    return {
        "type": "rich_text_section",
        "elements": list(elements) or [{"type": "text", "text": "x"}],
    }


def radio(kind: str) -> Build:
    """Radio buttons or checkboxes with `n` options."""
    return lambda n: actions({"type": kind, "options": options(n)})


ONE_BLOCK: dict[str, Build] = {
    "elements in actions": lambda n: actions(
        *({"type": "button", "text": plain("x")} for _ in range(n))
    ),
    "elements in context": lambda n: {"type": "context", "elements": [plain("x")] * n},
    "elements in context_actions": lambda n: {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x")}] * n,
    },
    "fields in a section": lambda n: {"type": "section", "fields": [plain("x")] * n},
    "options in a select": lambda n: select(options=options(n)),
    "option groups": lambda n: actions(
        {
            "type": "static_select",
            "option_groups": [{"label": plain(f"g{i}"), "options": [option(i)]} for i in range(n)],
        }
    ),
    "options in an overflow": lambda n: actions({"type": "overflow", "options": options(n)}),
    "options in radio buttons": radio("radio_buttons"),
    "options in checkboxes": radio("checkboxes"),
    "rows in a table": lambda n: table("table", rows=n),
    "columns in a table": lambda n: table("table", columns=n),
    "column_settings in a table": lambda n: table("table", column_settings=[{}] * n),
    "rows in a data_table": lambda n: table("data_table", rows=n),
    "columns in a data_table": lambda n: table("data_table", columns=n),
    "rows on a page of a data_table": lambda n: table("data_table", page_size=n),
    "indent of a list": lambda n: rich_text(
        {"type": "rich_text_list", "style": "bullet", "indent": n, "elements": [run()]}
    ),
    "series in a chart": lambda n: chart(series=n),
    "points in a series": lambda n: chart(points=n),
    "block_id": lambda n: section(block_id="x" * n),
    "action_id": lambda n: button(action_id="x" * n),
    "text of a section": lambda n: section(text=plain("x" * n)),
    "field of a section": lambda n: section(fields=[plain("x" * n)]),
    "text of a context": lambda n: {"type": "context", "elements": [plain("x" * n)]},
    "text of a header": lambda n: {"type": "header", "text": plain("x" * n)},
    "text of a markdown": lambda n: {"type": "markdown", "text": "x" * n},
    "text of a button": lambda n: button(text=plain("x" * n)),
    "accessibility_label": lambda n: button(accessibility_label="x" * n),
    "value of a button": lambda n: button(value="x" * n),
    "url": lambda n: button(url="https://a.example/".ljust(n, "x")),
    "alt_text": lambda n: {
        "type": "image",
        "image_url": "https://a.example/i.png",
        "alt_text": "x" * n,
    },
    "title of an image": lambda n: {
        "type": "image",
        "image_url": "https://a.example/i.png",
        "alt_text": "a chart",
        "title": plain("x" * n),
    },
    "title of a video": lambda n: video(title=plain("x" * n)),
    "title of a chart": lambda n: chart(title="x" * n),
    "label in a chart": lambda n: chart(label="x" * n),
    "label of an axis": lambda n: chart(axis={"x_label": "x" * n}),
    "caption of a data_table": lambda n: table("data_table", caption="x" * n),
    "label of an input": lambda n: field(label=plain("x" * n)),
    "hint of an input": lambda n: field(hint=plain("x" * n)),
    "placeholder": lambda n: select(placeholder=plain("x" * n)),
    "value of a plain_text_input": lambda n: field(
        {"type": "plain_text_input", "initial_value": "x" * n}
    ),
    "text of an option": lambda n: select(options=[{"text": plain("x" * n), "value": "v"}]),
    "value of an option": lambda n: select(options=[{"text": plain("o"), "value": "x" * n}]),
    "description of an option": lambda n: select(options=[option(description=plain("x" * n))]),
    "label of an option group": lambda n: actions(
        {
            "type": "static_select",
            "option_groups": [{"label": plain("x" * n), "options": [option()]}],
        }
    ),
    "title of a confirm": lambda n: confirm(title=plain("x" * n)),
    "text of a confirm": lambda n: confirm(text=plain("x" * n)),
    "button of a confirm": lambda n: confirm(deny=plain("x" * n)),
}


def of_length(total: int, make: Callable[[str], Json], piece: int) -> list[Json]:
    """Blocks whose texts are `total` characters together, at most `piece` in one."""
    full, rest = divmod(total, piece)
    return [make("x" * length) for length in [piece] * full + [rest] * bool(rest)]


def marked(total: int) -> list[Json]:
    """Twelve thousand characters of Markdown, and the rest in sections."""
    rest = of_length(total - 12_000, lambda text: section(text=plain(text)), 3000)
    return [{"type": "markdown", "text": "x" * 12_000}, *rest]


MESSAGE: dict[str, Callable[[int], list[Json]]] = {
    "blocks in a message": lambda n: [{"type": "divider"}] * n,
    "text over all cells of a message": lambda n: [
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * n}]]}
    ],
    "data_visualizations in a message": lambda n: [chart() for _ in range(n)],
    "text over all blocks but markdown": lambda n: of_length(
        n, lambda text: section(text=plain(text)), 3000
    ),
    "text over all blocks": marked,
}


def view(*blocks: Json, **more: Any) -> Json:
    """A modal with a submit button."""
    titles = {"title": plain("Call"), "submit": plain("Call")}
    return {"type": "modal", **titles, "blocks": list(blocks), **more}


VIEW: dict[str, Build] = {
    "blocks in a view": lambda n: view(*([{"type": "divider"}] * n)),
    "title of a view": lambda n: view(title=plain("x" * n)),
    "submit of a view": lambda n: view(submit=plain("x" * n)),
    "close of a view": lambda n: view(close=plain("x" * n)),
    "private_metadata": lambda n: view(private_metadata="x" * n),
    "callback_id": lambda n: view(callback_id="x" * n),
    "external_id": lambda n: view(external_id="x" * n),
    "text of an alert": lambda n: view({"type": "alert", "text": plain("x" * n)}),
    "files in a file_input": lambda n: view(field({"type": "file_input", "max_files": n})),
}
