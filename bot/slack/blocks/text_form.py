"""The modal that asks for one text, with its meter."""

from collections.abc import Mapping
from decimal import Decimal

from bot.slack.blocks.parts import (
    Block,
    actions,
    button,
    channel_input,
    choice_input,
    context,
    live,
    modal,
    section,
    text_input,
)
from bot.slack.blocks.text_meter import Meter, words
from bot.slack.text import escape

LONGEST_TEXT = 1600
"""Characters; Twilio takes no more of one text, however many parts (its error 21617)."""
MESSAGE = "message"
METER, SWAP, TEMPLATE = "sms.meter", "sms.swap", "sms.template"


def message_block(typed: Mapping[str, str]) -> str:
    """The id of the block that holds the message: a swap gives it the next number."""
    return next((block for block in typed if block.partition(".")[0] == MESSAGE), MESSAGE)


def next_block(block: str) -> str:
    """The id after that: Slack keeps what was typed into a block as long as its id stays."""
    _, _, number = block.partition(".")
    return f"{MESSAGE}.{int(number) + 1 if number.isdecimal() else 1}"


def text_form(
    typed: Mapping[str, str],
    meter: Meter,
    *,
    price: Decimal | None,
    currency: str,
    shared: bool,
    templates: Mapping[str, str],
    block: str = MESSAGE,
    problem: str = "",
) -> Block:
    """The modal of `/toingg sms`, filled with what is known; `meter` is that of its message.

    `shared`: whether channels that other organisations share are offered. `templates`: their
    names by their ids. `block`: the id of the message's block.
    """
    return modal(
        "Text Somebody",
        [
            *([section(f":warning: {escape(problem)}")] if problem else []),
            text_input("name", "Name", value=typed.get("name", ""), hint="Whom the text is for."),
            text_input(
                "phone",
                "Phone number",
                value=typed.get("phone", ""),
                placeholder="+1 415 555 0132",
                limits=(1, 60),
            ),
            *template_input(templates),
            *message_inputs(block, typed.get(MESSAGE, ""), meter, price, currency),
            channel_input(
                "channel",
                "Channel",
                value=typed.get("channel", ""),
                hint="Where the card of the text goes. Numbers are masked in it.",
                without_shared=not shared,
            ),
        ],
        callback_id="sms.form",
        submit="Send",
        close="Cancel",
    )


def template_input(templates: Mapping[str, str], action_id: str = TEMPLATE) -> list[Block]:
    """A choice of the saved templates, where there are any; what is chosen fills the message."""
    if not templates:
        return []
    choice = choice_input("saved", "Template", dict(templates), optional=True)
    return [live(choice, action_id)]


def message_inputs(
    block: str,
    message: str,
    meter: Meter,
    price: Decimal | None,
    currency: str,
    *,
    hint: str = "",
    ids: tuple[str, str] = (METER, SWAP),
) -> list[Block]:
    """The message, which tells of each character, and under it its meter.

    `ids`: what typing and the swap are told as.
    """
    typing, swap = ids
    entry = text_input(
        block,
        "Message",
        value=message,
        hint=hint,
        limits=(1, LONGEST_TEXT),
        multiline=True,
    )
    blocks = [live(entry, typing), context(*words(meter, price, currency)) | {"block_id": "meter"}]
    if meter.swaps:
        blocks.append(actions(button("Use Plain Characters", swap, "swap"), block_id="swap"))
    return blocks
