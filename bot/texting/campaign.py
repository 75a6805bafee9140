"""The text of each person of a list: filled in and measured; pure."""

from collections.abc import Mapping

from bot.recipients.intake.script import NAME, fill, variables_of
from bot.slack.blocks.text_form import LONGEST_TEXT
from bot.texting.segments import simplified

EMPTY, TOO_LONG = "empty_text", "long_text"
"""What is wrong with a row's text, as a word of the ledger."""
_MENDS = {
    EMPTY: "Give this row what the message fills in: it says nothing otherwise",
    TOO_LONG: f"Shorten the message, or what it fills in: at most {LONGEST_TEXT:,} characters",
}


PLAIN = "plain"
"""What a campaign's source says where its texts are sent with GSM-7's characters alone."""


def text_for(template: str, name: str, variables: Mapping[str, str], *, plain: bool = False) -> str:
    """The message for one person; what its list has nothing for stays empty.

    `plain`: with what GSM-7 has in place of what it hasn't, in the values too.
    """
    empty = dict.fromkeys(variables_of(template), "")
    message = fill(template, {**empty, **variables, NAME: name}).strip()
    return simplified(message) if plain else message


def text_fault(message: str) -> str:
    """What is wrong with it; "" where nothing is."""
    if not message:
        return EMPTY
    return TOO_LONG if len(message) > LONGEST_TEXT else ""


def mend_of(fault: str) -> str:
    """What mends it, for people."""
    return _MENDS[fault]
