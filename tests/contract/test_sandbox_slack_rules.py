"""Every limit and rule of the table over HTTP: one breach with Slack's code, and its legal twin.

Numbers, codes and pointers stand here once more, written from Slack's documents: the sandbox's own
table is held to them, not read for them.
"""

import json
from collections.abc import AsyncIterator

import pytest

from bot.sandbox.slack.limits import LIMITS, RULES
from tests.contract.sandbox_slack_bench import (
    CARL,
    SALES,
    TAKEN,
    Answer,
    Ask,
    Bench,
    laid_out,
)
from tests.contract.sandbox_slack_blocks import MESSAGE, ONE_BLOCK, VIEW, Json, plain, section
from tests.contract.sandbox_slack_breach import Breach
from tests.contract.sandbox_slack_breaches import BREACHES

BLOCKS, ARGUMENTS = "invalid_blocks", "invalid_arguments"
OPTIONS = "/blocks/0/elements/0/options"
LONG = "msg_blocks_too_long"

IN_A_MESSAGE: dict[str, tuple[int, str, str]] = {
    "blocks in a message": (50, BLOCKS, "/blocks"),
    "elements in actions": (25, BLOCKS, "/blocks/0/elements"),
    "elements in context": (10, BLOCKS, "/blocks/0/elements"),
    "elements in context_actions": (5, BLOCKS, "/blocks/0/elements"),
    "fields in a section": (10, BLOCKS, "/blocks/0/fields"),
    "options in a select": (100, BLOCKS, OPTIONS),
    "option groups": (100, BLOCKS, "/blocks/0/elements/0/option_groups"),
    "options in an overflow": (5, BLOCKS, OPTIONS),
    "options in radio buttons": (10, BLOCKS, OPTIONS),
    "options in checkboxes": (10, BLOCKS, OPTIONS),
    "rows in a table": (100, BLOCKS, "/blocks/0/rows"),
    "columns in a table": (20, BLOCKS, "/blocks/0/rows/0"),
    "column_settings in a table": (20, BLOCKS, "/blocks/0/column_settings"),
    "rows in a data_table": (101, BLOCKS, "/blocks/0/rows"),
    "columns in a data_table": (20, BLOCKS, "/blocks/0/rows/0"),
    "rows on a page of a data_table": (100, BLOCKS, "/blocks/0/page_size"),
    "data_visualizations in a message": (2, BLOCKS, "/blocks"),
    "series in a chart": (6, BLOCKS, "/blocks/0/chart/series"),
    "points in a series": (20, BLOCKS, "/blocks/0/chart/series/0/data"),
    "indent of a list": (8, BLOCKS, "/blocks/0/elements/0/indent"),
    "block_id": (255, BLOCKS, "/blocks/0/block_id"),
    "action_id": (255, BLOCKS, "/blocks/0/elements/0/action_id"),
    "text of a section": (3000, BLOCKS, "/blocks/0/text/text"),
    "field of a section": (2000, BLOCKS, "/blocks/0/fields/0/text"),
    "text of a context": (3000, BLOCKS, "/blocks/0/elements/0/text"),
    "text of a header": (150, BLOCKS, "/blocks/0/text/text"),
    "text of a markdown": (12_000, BLOCKS, "/blocks/0/text"),
    "text of a button": (75, BLOCKS, "/blocks/0/elements/0/text/text"),
    "accessibility_label": (75, BLOCKS, "/blocks/0/elements/0/accessibility_label"),
    "value of a button": (2000, BLOCKS, "/blocks/0/elements/0/value"),
    "url": (3000, BLOCKS, "/blocks/0/elements/0/url"),
    "alt_text": (2000, BLOCKS, "/blocks/0/alt_text"),
    "title of an image": (2000, BLOCKS, "/blocks/0/title/text"),
    "title of a video": (200, BLOCKS, "/blocks/0/title/text"),
    "title of a chart": (50, BLOCKS, "/blocks/0/title"),
    "label in a chart": (20, BLOCKS, "/blocks/0/chart/axis_config/categories/0"),
    "label of an axis": (50, BLOCKS, "/blocks/0/chart/axis_config/x_label"),
    "caption of a data_table": (2000, BLOCKS, "/blocks/0/caption"),
    "text over all cells of a message": (10_000, BLOCKS, "/blocks"),
    "label of an input": (2000, BLOCKS, "/blocks/0/label/text"),
    "hint of an input": (2000, BLOCKS, "/blocks/0/hint/text"),
    "placeholder": (150, BLOCKS, "/blocks/0/elements/0/placeholder/text"),
    "value of a plain_text_input": (3000, BLOCKS, "/blocks/0/element/initial_value"),
    "text of an option": (75, BLOCKS, f"{OPTIONS}/0/text/text"),
    "value of an option": (150, BLOCKS, f"{OPTIONS}/0/value"),
    "description of an option": (75, BLOCKS, f"{OPTIONS}/0/description/text"),
    "label of an option group": (75, BLOCKS, "/blocks/0/elements/0/option_groups/0/label/text"),
    "title of a confirm": (100, BLOCKS, "/blocks/0/elements/0/confirm/title/text"),
    "text of a confirm": (300, BLOCKS, "/blocks/0/elements/0/confirm/text/text"),
    "button of a confirm": (30, BLOCKS, "/blocks/0/elements/0/confirm/deny/text"),
    "text over all blocks but markdown": (11_000, LONG, "/blocks"),
    "text over all blocks": (13_000, LONG, "/blocks"),
}
"""What fits, what one more is called, and where the fault is told to be."""

IN_A_VIEW: dict[str, tuple[int, str, str]] = {
    "blocks in a view": (100, ARGUMENTS, "/view/blocks"),
    "files in a file_input": (10, ARGUMENTS, "/view/blocks/0/element/max_files"),
    "text of an alert": (200, ARGUMENTS, "/view/blocks/0/text/text"),
    "title of a view": (24, ARGUMENTS, "/view/title/text"),
    "submit of a view": (24, ARGUMENTS, "/view/submit/text"),
    "close of a view": (24, ARGUMENTS, "/view/close/text"),
    "private_metadata": (3000, ARGUMENTS, "/view/private_metadata"),
    "callback_id": (255, ARGUMENTS, "/view/callback_id"),
    "external_id": (255, ARGUMENTS, "/view/external_id"),
}


def sized(total: int) -> Json:
    """A modal whose JSON is so many bytes long."""
    view: Json = {"type": "modal", "title": plain("Call"), "blocks": []}
    blocks = [section(text=plain("x" * 3000)) for _ in range(80)]
    view["blocks"] = [*blocks, section(text=plain("x")), section(text=plain("x"))]
    rest = total - len(json.dumps(view))
    assert 0 <= rest < 6000
    view["blocks"][-1] = section(text=plain("x" * (1 + rest // 2)))
    view["blocks"][-2] = section(text=plain("x" * (1 + rest - rest // 2)))
    return view


def updated(length: int) -> Ask:
    """A chat.update with so long a text."""

    async def ask(bench: Bench) -> Answer:
        ts = await bench.posted()
        return await bench.call("chat.update", channel=SALES, ts=ts, text="x" * length)

    return ask


def pushed(depth: int) -> Ask:
    """A views.push that makes the stack so deep."""

    async def ask(bench: Bench) -> Answer:
        trigger_id = await bench.opened(depth - 1)
        view = {"type": "modal", "title": plain("Top"), "blocks": []}
        return await bench.call("views.push", trigger_id=trigger_id, view=view)

    return ask


def whispered(length: int) -> Ask:
    """A chat.postEphemeral with so long a text."""
    return lambda bench: bench.call(
        "chat.postEphemeral", channel=SALES, user=CARL, text="x" * length
    )


ELSEWHERE: dict[str, tuple[int, str, Ask, Ask]] = {
    "views in a stack": (3, "push_limit_reached", pushed(3), pushed(4)),
    "text of a message": (40_000, "msg_too_long", whispered(40_000), whispered(40_001)),
    "text of an updated message": (4000, "msg_too_long", updated(4000), updated(4001)),
    "JSON of a view": (
        250_000,
        "view_too_large",
        lambda bench: bench.open(sized(250_000)),
        lambda bench: bench.open(sized(250_001)),
    ),
}
"""Limits of requests, each with what is just taken and what isn't."""


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A served sandbox of its own for each breach."""
    async with laid_out() as laid:
        yield laid


def test_nothing_in_the_table_goes_unbroken() -> None:
    """Each limit and each rule of the sandbox's table is broken here, and none stands beside it."""
    assert {*IN_A_MESSAGE, *IN_A_VIEW, *ELSEWHERE} == set(LIMITS)
    assert {breach.rule for breach in BREACHES} == set(RULES)


@pytest.mark.parametrize("name", IN_A_MESSAGE)
async def test_a_message_is_taken_at_a_limit_and_refused_beyond(bench: Bench, name: str) -> None:
    """The documented number is taken; one more is refused, with a pointer to the fault."""
    number, code, pointer = IN_A_MESSAGE[name]
    assert (LIMITS[name].number, LIMITS[name].code) == (number, code)
    build = MESSAGE.get(name) or (lambda n: [ONE_BLOCK[name](n)])
    assert (await bench.post(blocks=build(number))).code == TAKEN
    refused = await bench.post(blocks=build(number + 1))
    assert refused.code == code
    assert any(line.endswith(f"[json-pointer:{pointer}]") for line in refused.lines), refused
    assert len(bench.slack.messages(SALES)) == 1


@pytest.mark.parametrize("name", IN_A_VIEW)
async def test_a_modal_is_taken_at_a_limit_and_refused_beyond(bench: Bench, name: str) -> None:
    """A modal's faults are all `invalid_arguments`; a refused one isn't opened."""
    number, code, pointer = IN_A_VIEW[name]
    assert LIMITS[name].number == number
    refused = await bench.open(VIEW[name](number + 1))
    assert refused.code == code
    assert any(line.endswith(f"[json-pointer:{pointer}]") for line in refused.lines), refused
    assert bench.slack.views("carl") == []
    assert (await bench.open(VIEW[name](number))).code == TAKEN
    assert len(bench.slack.views("carl")) == 1


@pytest.mark.parametrize("name", ELSEWHERE)
async def test_a_request_is_taken_at_a_limit_and_refused_beyond(bench: Bench, name: str) -> None:
    """Texts, a view's size and the stack of modals have codes of their own."""
    number, code, legal, broken = ELSEWHERE[name]
    assert (LIMITS[name].number, LIMITS[name].code) == (number, code)
    assert (await legal(bench)).code == TAKEN
    assert (await broken(bench)).code == code


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.what)
async def test_a_breach_is_refused_and_its_twin_is_taken(bench: Bench, breach: Breach) -> None:
    """What breaks one rule gets that rule's code and status, and a pointer where there is one."""
    assert (RULES[breach.rule].code, RULES[breach.rule].status) == (breach.code, breach.status)
    assert (await breach.legal(bench)).code == TAKEN
    refused = await breach.broken(bench)
    assert (refused.code, refused.status) == (breach.code, breach.status)
    if breach.pointer:
        assert any(f"[json-pointer:{breach.pointer}]" in line for line in refused.lines), refused


async def test_a_posted_text_is_cut(bench: Bench) -> None:
    """chat.postMessage cuts what is longer than 40,000 characters, and says nothing of it."""
    assert (await bench.post(text="x" * 40_001)).code == TAKEN
    assert len(bench.slack.messages(SALES)[0].text) == 40_000


async def test_unfurls_are_kept_as_they_were_asked_for(bench: Bench) -> None:
    """No unfurl flag is refused: what was asked for stands on the message."""
    for wanted in (None, True, False):
        assert (await bench.post(unfurl_links=wanted, unfurl_media=wanted)).code == TAKEN
    messages = bench.slack.messages(SALES)
    assert [m.unfurl_links for m in messages] == [None, True, False]
    assert [m.unfurl_media for m in messages] == [None, True, False]
