"""A text from somebody whom we texted nothing that still stands: for the notification channel."""

from bot.slack.blocks.call_card import POSSIBLY_REPEATED
from bot.slack.blocks.parts import Block, Message, actions, button, context, moment, section
from bot.slack.blocks.text_thread import quoted
from bot.slack.text import mask
from storage.inbound import Untold

__all__ = ["POSSIBLY_REPEATED", "received"]


def received(said: Untold, heads: tuple[str, ...] = ()) -> Message:
    """Who wrote, masked, what, and Reply."""
    text = f"*Text from {mask(said.phone)}*: {quoted(said.body)}"
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section(text),
        context(f"It answers no text of ours · {moment(said.at)}"),
        actions(button("Reply", "sms.answer", said.id, style="primary")),
    ]
    return {"text": text, "blocks": blocks}
