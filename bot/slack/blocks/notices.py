"""Short answers that only who asked sees: refusals, hints, faults."""

from bot.errors import BotError, NotAllowed, PolicyRefusal
from bot.slack.blocks.parts import Block, Message, actions, modal, person, section
from bot.slack.text import escape

NOT_INSTALLED = (
    "Toingg isn't installed in this workspace any more. Ask whoever runs it to install it again."
)
UNKNOWN = "That button or command isn't known any more. Type /toingg to see what there is."

_NAMED = 3

SLOW = (
    "This took longer than Slack waits, and may be done all the same. Look at /toingg calls"
    " before you try again."
)


def fault(reference: str) -> str:
    """A fault of ours: nothing to do but try again, or tell us the reference."""
    return (
        "Something went wrong on our side. Look at /toingg calls before you try again; if it"
        f" happens twice, tell whoever runs the bot this reference: {reference}"
    )


def words(error: BotError) -> str:
    """An error's sentence as markup; only the policy's own is markup already.

    A refusal for want of a role names some who can help.
    """
    if isinstance(error, NotAllowed) and error.owners:
        return f"{escape(error.message)} Ask {', '.join(map(person, error.owners[:_NAMED]))}."
    return error.message if isinstance(error, PolicyRefusal) else escape(error.message)


def message(markup: str, *elements: Block) -> Message:
    """A line, with buttons where there is something to do."""
    blocks = [section(markup)]
    if elements:
        blocks.append(actions(*elements))
    return {"text": markup, "blocks": blocks}


def ephemeral(markup: str, *elements: Block) -> Message:
    """The same as the answer to a command."""
    return {"response_type": "ephemeral", **message(markup, *elements)}


def view(markup: str, title: str = "Toingg") -> Block:
    """The same as a view on top of another: closing it leads back to what was typed."""
    return modal(title, [section(markup)], close="Back")
