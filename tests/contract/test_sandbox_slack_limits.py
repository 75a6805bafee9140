"""Every limit of the table: its number is taken, one more is refused with Slack's code."""

from typing import Any

import pytest

from bot.sandbox.slack.checks import Surface, block_faults, option_faults, view_faults
from bot.sandbox.slack.limits import LIMITS
from tests.contract.sandbox_slack_blocks import (
    MESSAGE,
    ONE_BLOCK,
    VIEW,
    Json,
    actions,
    button,
    cells,
    chart,
    confirm,
    field,
    option,
    options,
    plain,
    section,
    select,
    table,
    view,
)

ELSEWHERE = {
    "views in a stack",
    "text of a message",
    "text of an updated message",
    "JSON of a view",
}
"""Limits of requests, which the Web API's tests reach."""


def test_no_limit_goes_untested() -> None:
    """Each name in the table of limits has its two cases here, or is one of the Web API's."""
    assert {*ONE_BLOCK, *MESSAGE, *VIEW, *ELSEWHERE} == set(LIMITS)


@pytest.mark.parametrize("name", ONE_BLOCK)
def test_a_block_is_taken_at_its_limit_and_refused_beyond(name: str) -> None:
    """The documented number fits; one more is a fault with a pointer into the block."""
    limit, build = LIMITS[name], ONE_BLOCK[name]
    assert block_faults([build(limit.number)], "message") == []
    faults = block_faults([build(limit.number + 1)], "message")
    assert {fault.code for fault in faults} == {limit.code}
    assert all(fault.pointer.startswith("/blocks/0") for fault in faults)


@pytest.mark.parametrize("name", MESSAGE)
def test_a_message_is_taken_at_its_limit_and_refused_beyond(name: str) -> None:
    """What a message holds over all its blocks is limited too."""
    limit, build = LIMITS[name], MESSAGE[name]
    assert block_faults(build(limit.number), "message") == []
    faults = block_faults(build(limit.number + 1), "message")
    assert [fault.code for fault in faults] == [limit.code]


@pytest.mark.parametrize("name", VIEW)
def test_a_view_is_taken_at_its_limit_and_refused_beyond(name: str) -> None:
    """The documented number fits a modal; one more is a fault with a pointer into the view."""
    limit, build = LIMITS[name], VIEW[name]
    assert view_faults(build(limit.number), "modal") == []
    faults = view_faults(build(limit.number + 1), "modal")
    assert len(faults) == 1
    assert faults[0].pointer.startswith("/view/")


def test_a_view_is_measured_in_bytes() -> None:
    """Two hundred and fifty thousand bytes of JSON are a view; more is too large."""
    blocks = [section(text=plain("é" * 1500)) for _ in range(80)]
    assert view_faults(view(*blocks), "modal") == []
    assert view_faults(view(*blocks * 2), "modal")[0].code == "view_too_large"


SELECT = {"type": "conversations_select", "action_id": "a", "response_url_enabled": True}


@pytest.mark.parametrize(
    ("blocks", "surface", "line"),
    [
        (
            [{"type": "sectoin"}],
            "message",
            "unsupported type: sectoin [json-pointer:/blocks/0/type]",
        ),
        ([{"type": "section"}], "message", "must define either `text` or `fields`"),
        ([section(colour="red")], "message", "invalid additional property: colour"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "message", "mrkdwn"),
        ([section(text=plain(""))], "message", "must be more than 0 characters"),
        ([section(text="x")], "message", "must provide an object [json-pointer:/blocks/0/text]"),
        ([section(block_id="a"), section(block_id="a")], "message", "`block_id` a already exists"),
        (
            [actions(*({"type": "button", "action_id": "a", "text": plain("x")} for _ in "12"))],
            "message",
            "`action_id` a already exists",
        ),
        ([actions({"type": "plain_text_input"})], "message", "unsupported type: plain_text_input"),
        ([button(url="toingg")], "message", "invalid url"),
        ([button(style="huge")], "message", "must be one of: primary, danger"),
        ([confirm(title={"type": "mrkdwn", "text": "x"})], "message", "unsupported type: mrkdwn"),
        ([select(initial_option=option(9))], "message", "initial option"),
        ([actions({"type": "static_select"})], "message", "`options` or `option_groups`"),
        ([actions(SELECT)], "modal", "response_url_enabled is only available"),
        ([field(SELECT)], "message", "response_url_enabled is only available"),
        ([{"type": "alert", "text": plain("x")}], "message", "unsupported type: alert"),
        ([{"type": "markdown", "text": "x"}], "modal", "unsupported type: markdown"),
        ([field({"type": "file_input"})], "home", "unsupported type: file_input"),
        (
            [field({"type": "plain_text_input", "min_length": 4, "max_length": 3})],
            "modal",
            "less than or equal to max_length",
        ),
        (
            [{**table("data_table"), "rows": [*cells(1, 2), *cells(1, 1)]}],
            "message",
            "same number of cells",
        ),
        (["text"], "message", "must provide an object [json-pointer:/blocks/0]"),
        ({}, "message", "must provide an array [json-pointer:/blocks]"),
    ],
)
def test_malformed_blocks_are_refused(blocks: Any, surface: Surface, line: str) -> None:
    """What isn't Block Kit is refused with a line that says what and where."""
    lines = [fault.line() for fault in block_faults(blocks, surface)]
    assert any(line in one for one in lines), lines


@pytest.mark.parametrize(
    ("blocks", "surface"),
    [
        ([field(SELECT)], "modal"),
        ([section(accessory={"type": "button", "action_id": "a", "text": plain("x")})], "home"),
        ([button(action_id="a"), button(action_id="a")], "message"),
        ([field({"type": "number_input", "is_decimal_allowed": False})], "modal"),
        ([chart(), table("data_table"), table("table")], "message"),
        ([{"type": "rich_text", "elements": []}], "message"),
    ],
)
def test_well_formed_blocks_are_taken(blocks: list[Json], surface: Surface) -> None:
    """What Slack takes isn't refused."""
    assert block_faults(blocks, surface) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        ({"type": "modal", "title": plain("Call"), "blocks": [field()]}, "submit"),
        ({"type": "home", "blocks": []}, "must be modal"),
        (view(colour="red"), "invalid additional property: colour"),
        (view(title={"type": "mrkdwn", "text": "x"}), "unsupported type: mrkdwn"),
    ],
)
def test_malformed_views_are_refused(content: Json, line: str) -> None:
    """A modal wants a title, and a submit button where there is something to fill in."""
    lines = [fault.line() for fault in view_faults(content, "modal")]
    assert any(line in one for one in lines), lines


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ({"options": options(100)}, True),
        ({"options": options(101)}, False),
        ({"options": []}, True),
        ({}, False),
    ],
)
def test_an_option_load_is_checked(answer: Json, taken: bool) -> None:  # noqa: FBT001 - a table's column
    """An external select is offered up to a hundred options."""
    assert (option_faults(answer) == []) is taken
