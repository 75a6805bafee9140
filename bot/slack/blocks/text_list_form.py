"""The modals that ask for a list of texts: from a list that is given, or a campaign's people."""

from collections.abc import Mapping
from decimal import Decimal

from bot.slack.blocks.campaign_form import card_channel, list_inputs, skip_input
from bot.slack.blocks.parts import Block, context, modal, section, text_input
from bot.slack.blocks.text_form import MESSAGE, message_inputs, template_input
from bot.slack.blocks.text_meter import Meter
from bot.slack.text import escape

LIST_IDS = ("sms.list_meter", "sms.list_swap", "sms.list_template")
AFTER_IDS = ("sms.after_meter", "sms.after_swap", "sms.after_template")
"""As what typing, the swap and a template are told, for either modal."""
_HINT = (
    "{name} and the columns of your list, as {city}, are filled in for each person; the card shows"
    " the lengths that come of it, before anything is sent."
)


def text_list_form(
    filled: Mapping[str, str],
    meter: Meter,
    *,
    price: Decimal | None,
    currency: str,
    metadata: str,
    kept: Mapping[str, str],
    shared: bool | None,
    templates: Mapping[str, str],
    block: str = MESSAGE,
    problem: str = "",
) -> Block:
    """The modal of `/toingg sms list`; its arguments are as those of `campaign_form`."""
    typing, swap, template = LIST_IDS
    blocks = [
        *([section(f":warning: {escape(problem)}")] if problem else []),
        text_input(
            "campaign",
            "Title",
            value=filled.get("campaign", ""),
            hint="What this list of texts is called here; who gets a text doesn't see it.",
        ),
        *template_input(templates, template),
        *message_inputs(
            block, filled.get(MESSAGE, ""), meter, price, currency, hint=_HINT, ids=(typing, swap)
        ),
        *list_inputs(filled, kept),
        skip_input(filled, "texted"),
    ]
    if shared is not None:
        blocks.append(card_channel(filled, shared=shared))
    return modal(
        "Text a List",
        blocks,
        callback_id="sms.list_form",
        metadata=metadata,
        submit="Check the List",
        close="Cancel",
    )


def text_after_form(
    message: str,
    people: str,
    meter: Meter,
    *,
    price: Decimal | None,
    currency: str,
    metadata: str,
    templates: Mapping[str, str],
    block: str = MESSAGE,
) -> Block:
    """The modal of Text the No-Answers; `people` says whom, as in "12 people"."""
    typing, swap, template = AFTER_IDS
    return modal(
        "Text the No-Answers",
        [
            section(f"{people} didn't answer. Nobody is texted before you have seen the numbers."),
            *template_input(templates, template),
            *message_inputs(block, message, meter, price, currency, hint=_HINT, ids=(typing, swap)),
            context("Who has opted out, and who was left out of the calls, is left out here too."),
        ],
        callback_id="sms.after_form",
        metadata=metadata,
        submit="Check the Texts",
        close="Cancel",
    )
