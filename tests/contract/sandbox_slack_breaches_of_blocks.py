"""Blocks and modals that aren't Block Kit, each with what Slack takes in its place."""

from tests.contract.sandbox_slack_bench import (
    CARL,
)
from tests.contract.sandbox_slack_blocks import (
    Json,
    actions,
    button,
    cells,
    chart,
    field,
    options,
    plain,
    rich_text,
    run,
    section,
    select,
    table,
    view,
)
from tests.contract.sandbox_slack_breach import Breach, post


def block(what: str, pointer: str, broken: Json, legal: Json) -> Breach:
    """A block in a message that isn't Block Kit."""
    return blocks(what, pointer, [broken], [legal])


def blocks(what: str, pointer: str, broken: list[Json], legal: list[Json]) -> Breach:
    """Blocks of a message that aren't Block Kit."""
    rule, code = "a block's shape", "invalid_blocks"
    return Breach(what, rule, code, post(blocks=broken), post(blocks=legal), pointer)


def modal(what: str, pointer: str, broken: Json, legal: Json) -> Breach:
    """A modal that isn't one."""
    rule, code = "a view's shape", "invalid_arguments"
    return Breach(
        what,
        rule,
        code,
        lambda bench: bench.open(broken),
        lambda bench: bench.open(legal),
        pointer,
    )


MARKED = {"type": "mrkdwn", "text": "x"}
IMAGE = {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "a chart"}
NUMBERED = {"type": "rich_text_list", "style": "ordered", "elements": [run()]}
RICH_CELL = {"type": "rich_text", "elements": [run()]}
PLAIN_CELL = {"type": "raw_text", "text": "x"}
PICTURED = {"type": "context", "elements": [IMAGE]}
POINT = {"label": "x", "value": 1}


def without(whole: Json, name: str) -> Json:
    """The same without one field."""
    return {key: value for key, value in whole.items() if key != name}


def buttons(*names: str) -> Json:
    """A row of buttons with these action_ids."""
    return actions(*({"type": "button", "text": plain("x"), "action_id": name} for name in names))


def plotted(*names: str, label: str = "x") -> Json:
    """A chart of series with these names, for the one category `x`."""
    series = [{"name": name, "data": [{**POINT, "label": label}]} for name in names]
    body = {"type": "line", "series": series, "axis_config": {"categories": ["x"]}}
    return chart() | {"chart": body}


def headed(cell: Json) -> Json:
    """A data table with this cell for its head."""
    return table("data_table") | {"rows": [[cell], [RICH_CELL]]}


def inked(element: Json) -> Json:
    """One element of rich text."""
    return rich_text(run(element))


SHAPES = (
    block("an unknown block", "/blocks/0/type", {"type": "sectoin"}, section()),
    block("a section of nothing", "/blocks/0", {"type": "section"}, section()),
    block("an unknown field", "/blocks/0", section(colour="red"), section(expand=True)),
    block("an empty text", "/blocks/0/text/text", section(text=plain("")), section()),
    block("a text that isn't an object", "/blocks/0/text", section(text="x"), section()),
    block(
        "mrkdwn in a header",
        "/blocks/0/text/type",
        {"type": "header", "text": MARKED},
        {"type": "header", "text": plain("x")},
    ),
    block(
        "mrkdwn in a button",
        "/blocks/0/elements/0/text/type",
        button(text=MARKED),
        button(text=plain("x")),
    ),
    block("an unknown style", "/blocks/0/elements/0/style", button(style="x"), button()),
    block("an address that isn't one", "/blocks/0/elements/0/url", button(url="x"), button()),
    block("an image without alt text", "/blocks/0", without(IMAGE, "alt_text"), IMAGE),
    block(
        "a context's image without alt text",
        "/blocks/0/elements/0",
        {"type": "context", "elements": [without(IMAGE, "alt_text")]},
        PICTURED,
    ),
    block("an empty row", "/blocks/0/elements", actions(), buttons("a")),
    block(
        "an input in a row",
        "/blocks/0/elements/0/type",
        actions({"type": "plain_text_input"}),
        select(),
    ),
    block(
        "an option that isn't offered",
        "/blocks/0/elements/0/initial_option",
        select(initial_option={"text": plain("x"), "value": "x"}),
        select(options=options(2), initial_option=options(2)[1]),
    ),
    block("an action_id twice", "/blocks/0/elements/1/action_id", buttons(*"aa"), buttons(*"ab")),
    blocks(
        "a block_id twice",
        "/blocks/1/block_id",
        [section(block_id="a"), section(block_id="a")],
        [section(block_id="a"), section(block_id="b")],
    ),
    block("an alert in a message", "/blocks/0/type", {"type": "alert", "text": MARKED}, section()),
    block(
        "a list without its style",
        "/blocks/0/elements/0",
        rich_text(without(NUMBERED, "style")),
        rich_text(NUMBERED),
    ),
    block(
        "a text right in a list",
        "/blocks/0/elements/0/elements/0/type",
        rich_text({**NUMBERED, "elements": [{"type": "text", "text": "x"}]}),
        rich_text({**NUMBERED, "indent": 1, "offset": 3, "border": 1}),
    ),
    block(
        "a person in preformatted text",
        "/blocks/0/elements/0/elements/0/type",
        rich_text({"type": "rich_text_preformatted", "elements": [{"type": "user"}]}),
        rich_text({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]}),
    ),
    block(
        "an unknown ink",
        "/blocks/0/elements/0/elements/0/style",
        inked({"type": "text", "text": "x", "style": {"huge": True}}),
        inked({"type": "text", "text": "x", "style": {"bold": True, "code": True}}),
    ),
    block(
        "a person without an id",
        "/blocks/0/elements/0/elements/0",
        inked({"type": "user"}),
        inked({"type": "user", "user_id": CARL}),
    ),
    block(
        "an unknown crowd",
        "/blocks/0/elements/0/elements/0/range",
        inked({"type": "broadcast", "range": "all"}),
        inked({"type": "broadcast", "range": "here"}),
    ),
    block(
        "a date without its format",
        "/blocks/0/elements/0/elements/0",
        inked({"type": "date", "timestamp": 1_900_000_000}),
        inked({"type": "date", "timestamp": 1_900_000_000, "format": "{date_short}"}),
    ),
    block(
        "an empty text in rich text",
        "/blocks/0/elements/0/elements/0/text",
        inked({"type": "text", "text": ""}),
        rich_text({"type": "rich_text_quote", "elements": [{"type": "emoji", "name": "wave"}]}),
    ),
    block("a table of one row", "/blocks/0/rows", table("data_table", rows=1), table("data_table")),
    block(
        "a ragged table",
        "/blocks/0/rows",
        table("data_table") | {"rows": [*cells(1, 2), *cells(1, 1)]},
        table("data_table", columns=2),
    ),
    block("rich text in a head", "/blocks/0/rows/0/0/type", headed(RICH_CELL), headed(PLAIN_CELL)),
    block(
        "a table without its caption",
        "/blocks/0",
        without(table("data_table"), "caption"),
        table("data_table"),
    ),
    block(
        "a column that is aligned nowhere",
        "/blocks/0/column_settings/0/align",
        table("table", column_settings=[{"align": "up"}]),
        table("table", column_settings=[None, {"align": "right", "is_wrapped": True}]),
    ),
    block(
        "two series of one name", "/blocks/0/chart/series/1/name", plotted(*"aa"), plotted(*"ab")
    ),
    block(
        "a point of no category",
        "/blocks/0/chart/series/0/data",
        plotted("a", label="y"),
        plotted("a"),
    ),
    block(
        "an unknown chart",
        "/blocks/0/chart/type",
        chart() | {"chart": {"type": "radar"}},
        chart() | {"chart": {"type": "pie", "segments": [POINT]}},
    ),
    Breach(
        "a block of an attachment",
        "a block's shape",
        "invalid_blocks",
        post(attachments=[{"blocks": [{"type": "sectoin"}]}]),
        post(attachments=[{"blocks": [section()]}]),
        "/attachments/0/blocks/0/type",
    ),
    modal("a modal without its title", "/view", without(view(), "title"), view()),
    modal("mrkdwn in a title", "/view/title/type", view(title=MARKED), view()),
    modal("an input without submit", "/view", without(view(field()), "submit"), view(field())),
    modal(
        "markdown in a modal",
        "/view/blocks/0/type",
        view({"type": "markdown", "text": "x"}),
        view(section()),
    ),
    modal(
        "a home for a modal",
        "/view/type",
        {"type": "home", "blocks": []},
        view({"type": "alert", "text": MARKED, "level": "warning"}),
    ),
)
