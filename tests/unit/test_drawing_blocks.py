"""Blocks as HTML: every type drawn or refused, and what each shows."""

from typing import Any

import pytest

from bot.sandbox.page.drawing import CantDraw, draw_blocks
from bot.sandbox.slack.checks import BLOCKS, Surface, block_faults
from bot.sandbox.slack.elements import (
    ELEMENTS,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from tests import drawn
from tests.drawn import READER, Tag, asked, block, chart, element, mrkdwn, plain, read, rich, styled

Json = dict[str, Any]

NOT_DRAWN = {
    "file": "a remote file is off this machine",
    "video": "a video is off this machine",
    "workflow_button": "no workflow runs here",
    "rich_text_input": "rich text is typed in an editor of Slack's",
}
"""What is refused aloud, and why; everything else is drawn."""

SURFACES: dict[str, Surface] = {"alert": "modal", "input": "modal"}


def draw(*blocks: Json, **more: Any) -> Tag:
    """The blocks as this reader sees them."""
    return read(draw_blocks(blocks, READER, at="m1", **more))


def holding(kind: str) -> list[Json]:
    """Blocks that hold such an element, one for each place that takes it."""
    one = element(kind)
    held: list[Json] = []
    if kind in IN_SECTION:
        held.append({"type": "section", "text": plain("Beside"), "accessory": one})
    if kind in IN_ACTIONS:
        held.append({"type": "actions", "elements": [one]})
    if kind in IN_CONTEXT_ACTIONS:
        held.append({"type": "context_actions", "elements": [one]})
    if kind in IN_INPUT:
        held.append(asked(kind))
    return held


def test_the_gallery_has_everything() -> None:
    """What is drawn below is every type that the stand-in takes, as Slack would take it."""
    assert set(drawn.BLOCKS) == set(BLOCKS)
    assert set(drawn.ELEMENTS) == set(ELEMENTS)
    for kind in BLOCKS:
        assert block_faults([block(kind)], SURFACES.get(kind, "message")) == []
    for kind in ELEMENTS:
        assert holding(kind)
        assert block_faults(holding(kind), "modal") == []


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_every_block_is_drawn_or_refused(kind: str) -> None:
    """A block is in a box of its own type, or is refused by its type and its place."""
    if kind not in NOT_DRAWN:
        assert draw(block(kind)).only("div", data_block_type=kind)
        return
    with pytest.raises(CantDraw, match=f"{kind} at /blocks/1 isn't drawn"):
        draw({"type": "divider"}, block(kind))


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_every_element_is_drawn_or_refused(kind: str) -> None:
    """An element is drawn at each place that takes it, with what a script needs to use it."""
    for one in holding(kind):
        if kind in NOT_DRAWN:
            with pytest.raises(CantDraw, match=f"{kind} at /blocks/0/[a-z0-9/]+ isn't drawn"):
                draw(one)
        elif kind == "image":
            assert draw(one).only("img", alt="A logo")
        else:
            found = list(draw(one | {"block_id": "b1"}).every(data_type=kind))
            assert found
            for control in found:
                assert control.attributes["data-block-id"] == "b1"
                assert control.attributes["data-action-id"] == f"a-{kind}"
                assert control.name in ("button", "a", "input", "select", "textarea")


def test_a_type_of_tomorrow_is_refused() -> None:
    """Blocks and elements that nobody knows yet are told, with their places."""
    with pytest.raises(CantDraw, match="carousel at /blocks/0"):
        draw({"type": "carousel"})
    with pytest.raises(CantDraw, match="slider at /blocks/0/elements/0"):
        draw({"type": "actions", "elements": [{"type": "slider"}]})


def test_ids_are_unique_and_begin_as_told() -> None:
    """No id is on a page twice, and what points to an id points to one that is there."""
    kinds = [kind for kind in drawn.BLOCKS if kind not in NOT_DRAWN]
    page = draw(*map(block, kinds), block("data_visualization", chart=chart("bar")))
    ids = [str(tag.attributes["id"]) for tag in page.every() if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    assert all(id_.startswith("m1-") for id_ in ids)
    for tag in page.every():
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            assert set((tag.attributes.get(name) or "").split()) <= set(ids)


def test_headings_never_skip_a_depth() -> None:
    """Headers stand below the page's own two headings, each at most one deeper than the last."""
    levels = [2, 4, 3, 1, 6]
    page = draw(*(block("header", level=level) for level in levels))
    heads = [tag.name for tag in page.every() if tag.name.startswith("h")]
    assert heads == ["h3", "h4", "h5", "h3", "h4"]


def test_a_section_has_text_fields_and_an_accessory() -> None:
    """Text and fields as they were sent, the accessory beside them and named by them."""
    one = block("section", accessory=element("datepicker"), fields=[mrkdwn("*a*\nb"), plain("*c*")])
    page = draw(one | {"text": mrkdwn("Pick a day")})
    assert [tag.text() for tag in page.every("div", class_="text")] == ["Pick a day", "a\nb", "*c*"]
    named = page.only("input", type="date").attributes["aria-labelledby"]
    assert page.only("div", id=str(named)).text().strip().startswith("Pick a day")


def test_a_text_may_keep_its_shortcodes() -> None:
    """Plain text shows emoji unless it says otherwise."""
    assert draw(block("header", text=plain(":tada:"))).only("h3").text() == "🎉"
    kept = plain(":tada:") | {"emoji": False}
    assert draw(block("header", text=kept)).only("h3").text() == ":tada:"


def test_a_picture_from_elsewhere_is_not_loaded() -> None:
    """Only what this machine serves is loaded; the rest is a link with the words for it."""
    here = draw(block("image")).only("img")
    assert here.attributes["src"] == drawn.HERE
    for url in ("https://example.com/x.png", "http://127.0.0.1.example.com/x.png"):
        page = draw(block("image", image_url=url))
        assert list(page.every("img")) == []
        assert page.only("a", href=url).text() == "A logo"
    stored = block("image", slack_file={"url": drawn.HERE})
    del stored["image_url"]
    assert draw(stored).only("img", src=drawn.HERE)
    with pytest.raises(CantDraw, match="image without a web address at /blocks/0"):
        draw(stored | {"slack_file": {"id": "F1"}})


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success"])
def test_an_alert_says_its_level(level: str) -> None:
    """The level is a word, and what is urgent interrupts who listens to the page."""
    page = draw(block("alert", level=level))
    word = page.only("strong").text()
    assert word == ("Note" if level == "default" else level.capitalize()) + ":"
    role = "alert" if level in ("warning", "error") else "status"
    assert page.only("div", role=role).attributes["class"] == f"alert alert-{level}"


def test_rich_text_has_its_parts() -> None:
    """Sections, lists at their depth and number, quotes, and what stands within."""
    page = draw(block("rich_text"))
    assert page.only("ul").attributes["class"] == "rich-list indent-0"
    assert [item.text() for item in page.only("ul").every("li")] == ["one", "two"]
    assert page.only("ol").attributes == {"class": "rich-list indent-1", "start": "3"}
    assert page.only("pre").text() == "x = 1\ny = 2"
    assert page.only("blockquote").text() == "A quote"
    assert page.only("a", href="https://example.com").text() == " a link "
    assert page.only("time").text() == "Today at 10:20 AM"
    mentions = [tag.text() for tag in page.every("span")]
    assert mentions == ["@Carl", "#sales", "@S0GROUP001", "@here"]
    assert "👋🦜" in page.text()
    assert page.only("s").only("i").only("code").text() == " and struck italic code"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("x", "x at /blocks/0/elements/0"),
        ({"type": "rich_text_map"}, "rich_text_map at /blocks/0/elements/0"),
        (
            {"type": "rich_text_section"},
            "without a elements that fits at /blocks/0/elements/0/elem",
        ),
        (rich("section", {"type": "canvas"}), "canvas at /blocks/0/elements/0/elements/0"),
        (rich("section", {"type": "text", "text": 1}), "elements/0/elements/0/text isn't drawn"),
        (rich("section", styled("x") | {"style": "bold"}), "elements/0/elements/0/style isn't"),
        (rich("list", styled("x"), style="bullet"), "text at /blocks/0/elements/0/elements/0"),
        (rich("list", style="bullet", indent=-1), "indent -1 at /blocks/0/elements/0/indent"),
        (rich("list", style="ordered", offset=True), "/blocks/0/elements/0/offset isn't drawn"),
    ],
)
def test_rich_text_that_is_not_slacks_is_refused(part: Any, told: str) -> None:
    """The stand-in takes any rich text; what can't be read is told with its place."""
    with pytest.raises(CantDraw, match=told):
        draw(block("rich_text", elements=[part]))


def test_rich_text_opens_no_other_schemes() -> None:
    """A link that a page shouldn't open is its text."""
    link = {"type": "link", "url": "javascript:alert(1)", "text": "x"}
    page = draw(block("rich_text", elements=[rich("section", link)]))
    assert list(page.every("a")) == []


def test_markdown_is_standard_but_for_html_and_pictures() -> None:
    """Headings, tasks, tables and links are drawn; HTML stays text and pictures become links."""
    page = draw(block("markdown"))
    assert page.only("h3").text() == "Title"
    assert [item.text() for item in page.every("li")] == ["☑ done", "☐ open"]
    assert page.only("td", class_="align-right").text() == "2"
    assert page.only("a", rel="noopener noreferrer", target="_blank").text() == "link"
    text = '<b onclick="x">hi</b> :wave:\n\n![a logo](https://example.com/x.png) [x](javascript:y)'
    page = draw(block("markdown", text=text))
    assert [tag.name for tag in page.every() if tag.name not in ("div", "p")] == ["a"]
    assert page.only("a", href="https://example.com/x.png").text() == "a logo"
    assert '<b onclick="x">hi</b> 👋' in page.text()


def test_a_table_has_a_head_and_columns_as_set() -> None:
    """The first row is the head; columns wrap and stand as their settings say."""
    page = draw(block("table"))
    assert [tag.text() for tag in page.every("th", scope="col")] == ["Name", "Calls"]
    assert [tag.text() for tag in page.every("td", class_="number align-center")][:2] == [
        "1,000.5",
        "2,001",
    ]
    assert page.only("div", class_="table-box", tabindex="0", role="group")
    for settings in ("wide", [{"align": "up"}], ["x"]):
        with pytest.raises(CantDraw, match=r"column.setting.* at /blocks/0/column_settings"):
            draw(block("table", column_settings=settings))


def test_a_data_table_opens_page_by_page() -> None:
    """A caption, heads of columns and rows, the first page open and the others below."""
    page = draw(block("data_table"))
    assert page.only("caption").text() == "Calls by name"
    names = [tag.text() for tag in page.every("th", scope="row")]
    assert names == [f"Row {n}" for n in range(1, 8)]
    assert [tag.text() for tag in page.every("summary")] == ["Rows 4 to 6 of 7", "Row 7 of 7"]
    last = draw(block("data_table", row_header_column_index=1, page_size=100))
    assert next(last.every("th", scope="row")).text() == "1,000.5"
    assert list(last.every("details")) == []


def test_a_pie_has_a_legend_and_a_table() -> None:
    """The shares are told in words, and every number is there for who can't see it."""
    page = draw(block("data_visualization"))
    assert page.only("svg", role="img").attributes["aria-labelledby"] == "m1-0-chart-title"
    assert page.only("figcaption").text() == "States"
    assert [tag.text().strip() for tag in page.every("li")][::5] == [
        "State 1: 7 (5%)",
        "State 6: 42 (29%)",
    ]
    assert [tag.text() for tag in page.every("td")] == ["7", "14", "21", "28", "35", "42"]
    assert len(list(page.only("svg", role="img").every("path", class_="slice "))) == 6


def test_a_pie_of_one_and_of_nothing() -> None:
    """A whole is a circle, and nothing is an empty one; less than nothing isn't drawn."""

    def pie(*values: float) -> Json:
        segments = [{"label": f"S{n}", "value": v} for n, v in enumerate(values)]
        return block("data_visualization", chart={"type": "pie", "segments": segments})

    whole = draw(pie(0, 3)).only("svg", role="img")
    assert whole.only("circle", class_="slice fill series-2")
    assert list(draw(pie(0, 0)).only("svg", role="img").every("circle", class_="slice ")) == []
    for value in (-1.0, float("nan"), float("inf")):
        with pytest.raises(CantDraw, match=r"a chart of .* at /blocks/0/chart"):
            draw(pie(1, value))


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_a_chart_with_axes_shows_every_number(kind: str) -> None:
    """Each series has its shapes, its line in the legend and its column in the table."""
    page = draw(block("data_visualization", chart=chart(kind)))
    picture = page.only("svg", role="img")
    labels = [tag.text() for tag in picture.every("text")]
    assert labels == ["-20", "0", "20", "40", "Mon", "Tue", "Wed", "Day", "Calls"]
    shape = ("rect", "fill") if kind == "bar" else ("circle", "fill")
    assert len(list(picture.every(shape[0], class_=f"{shape[1]} series-2"))) == 3
    areas = list(picture.every("path", class_="area series-1"))
    assert len(areas) == (1 if kind == "area" else 0)
    assert [tag.text().strip() for tag in page.every("li")] == ["Answered", "Busy", "Failed"]
    assert [tag.text() for tag in page.every("th", scope="row")] == ["Mon", "Tue", "Wed"]
    cells = [tag.text() for tag in page.every("td")]
    assert cells == ["12", "3", "0.5", "40", "-4", "2", "31", "8", "1"]


def test_bars_stand_on_the_zero_line() -> None:
    """A bar begins at nothing, upwards or downwards, as high as its number."""
    page = draw(block("data_visualization", chart=chart("bar")))
    up, down = (
        [bar.attributes for bar in page.only("svg", role="img").every("rect", class_=name)]
        for name in ("fill series-1", "fill series-2")
    )
    zero = float(str(up[0]["y"])) + float(str(up[0]["height"]))
    assert float(str(down[1]["y"])) == pytest.approx(zero)
    assert float(str(up[1]["height"])) == pytest.approx(
        10 * float(str(down[1]["height"])), rel=0.01
    )


def test_labels_that_do_not_fit_are_turned() -> None:
    """Many or long labels are turned and cut; the table has them whole."""
    names = [f"The category {n}" for n in range(20)]
    series = [{"name": "S", "data": [{"label": name, "value": 0} for name in names]}]
    wide = {"type": "line", "series": series, "axis_config": {"categories": names}}
    page = draw(block("data_visualization", chart=wide))
    turned = [tag.text() for tag in page.every("text") if "transform" in tag.attributes]
    assert turned == ["The categor…"] * 20
    assert [tag.text() for tag in page.every("th", scope="row")] == names
