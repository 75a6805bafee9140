"""What a text's thread is told, a line an event. It stands in a channel, as the card does."""

from collections.abc import Sequence

from bot.slack.blocks.call_card import discreet, value_of
from bot.slack.blocks.parts import Message, actions, button, person, section
from bot.slack.text import clip, escape
from storage.events import Event, Kind
from storage.rows import Call

QUOTED = 600
"""Characters of a reply that are shown."""


def thread(events: Sequence[Event], text: Call, *, heads: Sequence[str] = ()) -> Message:
    """One message for what happened within a few seconds; a reply can be answered there."""
    words = "\n".join([*heads, *(line(event, text) for event in events)])
    blocks = [section(words)]
    if any(event.kind is Kind.REPLIED for event in events):
        reply = button("Reply", "text.reply", value_of(text), style="primary")
        blocks.append(actions(reply, block_id=f"reply.{text.id}"))
    return {"text": words, "blocks": blocks}


def line(event: Event, text: Call) -> str:
    """What happened, in markup; whoever asked is mentioned where it needs them."""
    asker = person(text.requested_by)
    actor = person(event.actor) if event.actor else asker
    why = discreet(str(event.detail.get("said", "")), text)
    match event.kind:
        case Kind.UNCERTAIN:
            died = event.detail.get("reason") == "died"
            silent = "Toingg didn't answer."
            lost = "The bot was stopped while it waited for Toingg's answer."
            return (
                f"{asker} {lost if died else silent} The text may have been"
                " sent. On the card: It Arrived, or Send Again. Nothing is sent again by itself."
            )
        case Kind.OFFERED:
            return f"{asker} Not sent. {why} Send Now or Discard, on the card.".replace("  ", " ")
        case Kind.REJECTED:
            return f"{asker} Not sent: {why}"
        case Kind.REPLIED:
            return f"{asker} Reply: {quoted(str(event.detail.get('body', '')))}"
        case Kind.UNMATCHED:
            return f"{asker} Toingg reported on a text to this number; it may be this one."
        case _:
            return _plain(event, asker, actor)


def quoted(body: str) -> str:
    """Somebody's words as a quotation in which nothing is markup."""
    lines = escape(clip(body, QUOTED)).splitlines() or ["_nothing_"]
    return "\n" + "\n".join(f">{each}" for each in lines)


def _plain(event: Event, asker: str, actor: str) -> str:
    return {
        Kind.PLACED: "Sent: Toingg took the text.",
        Kind.ACCEPTED: "Sent: Toingg took the text. Its reply carried no id.",
        Kind.DELIVERED: "Delivered.",
        Kind.UNDELIVERED: f"{asker} It wasn't delivered.",
        Kind.AGAIN: f"{actor} said to send it again.",
        Kind.IT_RANG: f"{actor} says that it arrived.",
        Kind.ATTACHED: "Toingg named the text's id.",
        Kind.CORRECTED: "Toingg named the text's id.",
        Kind.DISCARDED: f"Discarded by {actor}.",
        Kind.OPTED_OUT: f"{asker} Not sent: this number has opted out.",
        Kind.STOPPED: f"{asker} They answered STOP: nobody here reaches this number any more.",
        Kind.STARTED: f"{asker} They answered START: this number may be reached again.",
    }[event.kind]
