"""What a call's thread is told, a line an event. It stands in a channel, as the card does."""

from collections.abc import Sequence

from bot.slack.blocks.call_card import discreet
from bot.slack.blocks.parts import Message, person, section
from bot.slack.text import inline
from storage.events import Event, Kind
from storage.rows import Call

QUESTIONS = frozenset({Kind.UNCERTAIN, Kind.OFFERED, Kind.ACCEPTED, Kind.UNMATCHED})
"""What needs a person."""


def thread(events: Sequence[Event], call: Call, *, heads: Sequence[str] = ()) -> Message:
    """One message for what happened within a few seconds."""
    lines = [*heads, *(line(event, call) for event in events)]
    text = "\n".join(lines)
    return {"text": text, "blocks": [section(text)]}


def line(event: Event, call: Call) -> str:
    """What happened, in markup; whoever asked is mentioned where it is over or needs them."""
    asker = person(call.requested_by)
    actor = person(event.actor) if event.actor else asker
    match event.kind:
        case Kind.PLACED:
            return "Placed: Toingg took the call."
        case Kind.ACCEPTED:
            return (
                f"{asker} Accepted, but Toingg's reply carried no call id. Attach Call ID on the"
                " card once you know it; until then it can't be hung up from here."
            )
        case Kind.RINGING:
            return "Ringing."
        case Kind.ANSWERED:
            return "Answered."
        case Kind.UNCERTAIN:
            return (
                f"{asker} {_lost(event)} The phone may have rung. On the card: It Rang, or Call"
                " Again. Nothing is called again by itself."
            )
        case Kind.OFFERED:
            why = discreet(str(event.detail.get("said", "")), call)
            return f"{asker} Not called. {why} Call Now or Discard, on the card.".replace("  ", " ")
        case Kind.REJECTED:
            why = discreet(str(event.detail.get("said", "")), call)
            return f"{asker} Not called: {why}"
        case Kind.HANG_UP_FAILED:
            why = discreet(str(event.detail.get("said", "")), call)
            return f"{actor} Hang Up didn't get through: {why} It can be tried again on the card."
        case Kind.UNMATCHED | Kind.CORRECTED:
            return _other_id(event, call, asker)
        case _:
            return _plain(event, asker, actor)


def _other_id(event: Event, call: Call, asker: str) -> str:
    """Toingg named a callSid that isn't, or may not be, this call's."""
    call_sid = inline(str(event.detail.get("call_sid", "")), 64)
    if event.kind is Kind.CORRECTED:
        return (
            f"{asker} Placed: Toingg took the call. What was reported before this was of another"
            f" call to the same number, `{call_sid}`. Should that one still run, an owner can end"
            f" it: `/toingg-hangup {call_sid}`."
        )
    status = discreet(str(event.detail.get("status", "")), call)
    return (
        f"{asker} Toingg reported “{status}” for a call to this number, `{call_sid}`. It may be"
        " this one, an earlier attempt, or another that waits for its id."
    )


def _lost(event: Event) -> str:
    if event.detail.get("reason") == "died":
        return "The bot was stopped while it waited for Toingg's answer."
    return "Toingg didn't answer."


def _plain(event: Event, asker: str, actor: str) -> str:
    seconds = event.detail.get("seconds")
    after = f" after {seconds} s" if isinstance(seconds, int) else ""
    return {
        Kind.ENDED: f"{asker} Ended{after}.",
        Kind.NO_ANSWER: f"{asker} Ended: no answer.",
        Kind.BUSY: f"{asker} Ended: busy.",
        Kind.FAILED: f"{asker} Failed: the call couldn't be connected.",
        Kind.CANCELED: f"{asker} Ended: canceled before it was answered.",
        Kind.HUNG_UP: f"Hung up by {actor}.",
        Kind.AGAIN: f"{actor} said to call again.",
        Kind.IT_RANG: f"{actor} says that it rang.",
        Kind.ATTACHED: f"{actor} attached the call id.",
        Kind.DISCARDED: f"Discarded by {actor}.",
        Kind.OPTED_OUT: f"{asker} Not called: this number has opted out.",
        Kind.NOT_REPORTED: f"{asker} Ended (not reported).",
    }[event.kind]
