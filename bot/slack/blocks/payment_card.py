"""A payment's message, and what its thread is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.blocks.parts import Block, Message, context, moment, section
from bot.slack.text import inline

POSSIBLY_REPEATED = "_Possibly repeated: the bot stopped while it was posting this._"


@dataclass(frozen=True)
class PaymentShown:
    """What the message says; `who` and `about` are foreign, `lines` are markup of ours.

    `link` is its page at Stripe, "" where it has none; `at` is when the newest of it happened.
    """

    amount: str
    state: str
    is_test: bool
    who: str
    about: str
    lines: tuple[str, ...]
    link: str
    event_id: str
    at: datetime


def card(shown: PaymentShown, *, heads: Sequence[str] = ()) -> Message:
    """Amount first, then the state in a word, who, what for, and what followed."""
    title = f"*{shown.amount}* · *{shown.state}*" + (" · `TEST`" if shown.is_test else "")
    whom = " · ".join(inline(each, 120) for each in (shown.who, shown.about) if each)
    blocks: list[Block] = [section(head) for head in heads]
    blocks.append(section(f"{title}\n{whom}" if whom else title))
    if shown.lines:
        blocks.append(section("\n".join(f"• {line}" for line in shown.lines)))
    link = f"<{shown.link}|Open in Stripe> · " if shown.link else ""
    blocks.append(context(f"{link}{moment(shown.at)} · `{shown.event_id}`"))
    text = " · ".join(filter(None, [shown.amount, shown.state, inline(shown.who, 120)]))
    return {"text": f"TEST · {text}" if shown.is_test else text, "blocks": blocks}


def thread(lines: Sequence[str], *, heads: Sequence[str] = ()) -> Message:
    """One message for all that is new."""
    text = "\n".join((*heads, *lines))
    return {"text": text, "blocks": [section(text)]}
