"""What somebody reads in a message is what a shortcut on it takes."""

from typing import Any

import pytest

from bot.slack.shown import shown_text


def rich(*pieces: dict[str, Any]) -> dict[str, Any]:
    """What Slack makes of something typed."""
    section = {"type": "rich_text_section", "elements": list(pieces)}
    return {"type": "rich_text", "elements": [section]}


TYPED = rich({"type": "text", "text": "+1 415 "}, {"type": "text", "text": "555 0132"})
SECTION = {
    "type": "section",
    "text": {"type": "mrkdwn", "text": "*Jane Roe*"},
    "fields": [{"type": "plain_text", "text": "+1 415 555 0133"}],
    "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Open"}},
}
ACTIONS = {
    "type": "actions",
    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"}, "value": "7"}],
}
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": "Jane"}, {"type": "raw_text", "text": "+1 415 555 0133"}],
        [{"type": "raw_text", "text": "Joe"}, TYPED],
    ],
}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"text": "<tel:+14155550132|+1 415>"}, "<tel:+14155550132|+1 415>"),
        ({"text": "as typed", "blocks": [TYPED]}, "as typed"),
        ({"text": "", "blocks": [TYPED]}, "+1 415 555 0132"),
        (
            {"text": "New lead", "blocks": [SECTION, ACTIONS, {"type": "divider"}]},
            "*Jane Roe*\n+1 415 555 0133",
        ),
        ({"text": "New lead", "blocks": [{"type": "divider"}]}, "New lead"),
        ({"blocks": [TABLE]}, "Jane\t+1 415 555 0133\nJoe\t+1 415 555 0132"),
        (
            {"text": "", "attachments": [{"text": "forwarded", "fallback": "no"}, {"blocks": []}]},
            "forwarded",
        ),
        (
            {
                "attachments": [
                    {"pretext": "Lead", "fields": [{"title": "Phone", "value": "+1 415 555 0133"}]}
                ]
            },
            "Lead\nPhone\n+1 415 555 0133",
        ),
        ({"attachments": [{"blocks": [TABLE]}]}, "Jane\t+1 415 555 0133\nJoe\t+1 415 555 0132"),
        ({"text": "words", "attachments": [{"text": "a page's preview"}]}, "words"),
        (
            {"blocks": [rich({"type": "link", "url": "tel:+14155550132"}, {"type": "emoji"})]},
            "tel:+14155550132",
        ),
        ({}, ""),
        ({"text": 5, "blocks": "x", "attachments": [7, None, [[]]]}, ""),
    ],
)
def test_what_a_message_shows(message: dict[str, Any], shown: str) -> None:
    """Its text; an app's blocks before that; attachments where there is nothing else."""
    assert shown_text(message) == shown


def test_a_message_without_an_end() -> None:
    """However deep and long it is, it is read to a bound."""
    deep: Any = {"text": "bottom"}
    for _ in range(5000):
        deep = {"type": "x", "elements": [deep]}
    assert shown_text({"blocks": [deep]}) == ""
    assert len(shown_text({"text": "9" * 1_000_000})) == 100_000
