"""The card of one call, from the row alone. It stands in a channel: no name, no full number."""

from enum import StrEnum

from bot.slack import text
from bot.slack.blocks.elsewhere import heads_of
from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    menu,
    moment,
    person,
    section,
)
from bot.slack.text import inline, mask
from storage.rows import Call, State

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"


class Source(StrEnum):
    """Who tells what became of a placed call."""

    CALLBACK = "callback"
    POLLING = "polling"
    NONE = "none"


SOURCES = {
    Source.CALLBACK: "Ringing, answered and ended are reported by Toingg's status callback.",
    Source.POLLING: "Ringing, answered and ended are asked of Toingg's call_status.",
    Source.NONE: (
        "Toingg doesn't report what happens after a call is placed: no status callback is set up."
    ),
}

_STATUS = {
    "queued": "Placed; Toingg is about to dial",
    "initiated": "Placed; dialling",
    "ringing": "Ringing",
    "in-progress": "Answered",
    "completed": "Ended",
    "busy": "Busy: the line was taken",
    "no-answer": "No answer",
    "failed": "Failed: the call couldn't be connected",
    "canceled": "Canceled before it was answered",
}

_NOT_CALLED = {
    "opted_out": "this number has opted out",
    "discarded": "discarded",
    "stopped": "the bot was stopped before it dialled",
    "erased": "the person was erased",
}


def headline(call: Call, source: Source) -> str:
    """What the call's state is, in one line of markup."""
    match call.state:
        case State.PENDING:
            asked_to = call.reason == "RateLimited"
            return "Toingg asked to wait; dialling soon" if asked_to else "Waiting to dial"
        case State.DIALLING:
            return "Dialling…"
        case State.UNCERTAIN:
            return "Toingg didn't answer; the phone may have rung. Did it?"
        case State.PLACED:
            return _placed(call, source)
        case _:
            return f"Not called: {_why(call)}"


def _placed(call: Call, source: Source) -> str:
    if call.hang_up_done and call.hang_up_by is not None:
        return f"Hung up by {person(call.hang_up_by)}{_duration(call)}"
    if call.hang_up_at is not None and not call.is_over:
        return "Hanging up…"
    if call.reason == "not_reported":
        return "Ended (not reported)"
    if call.reason == "over_already":
        return "Ended; it was over before Hang Up reached Toingg"
    if call.status is not None:
        return _STATUS.get(call.status, "Placed") + _duration(call)
    if call.call_sid is None:
        return "Accepted. Toingg's reply carried no call id, so it can't be followed yet"
    if source is not Source.CALLBACK and call.generation != "v3":
        return "Placed. Toingg doesn't report what happens next"
    return "Placed; waiting for it to ring"


def _duration(call: Call) -> str:
    if call.status != "completed" or call.seconds is None:
        return ""
    minutes, seconds = divmod(call.seconds, 60)
    return f" after {minutes} min {seconds} s" if minutes else f" after {seconds} s"


def _why(call: Call) -> str:
    known = _NOT_CALLED.get(call.reason or "")
    return known or discreet(call.said or "", call) or "Toingg refused it"


def discreet(said: str, call: Call) -> str:
    """Toingg's words without the name, the script and the numbers that it may have echoed."""
    return text.discreet(said, call.script or "", call.name, *call.name.split())


def card(call: Call, source: Source, *, heads: tuple[str, ...] = ()) -> Message:
    """The message; `heads` are lines above it, where there is something to say of the post."""
    message = report(call, headline(call, source), heads=heads)
    message["blocks"][len(heads)]["accessory"] = number_menu(call)
    buttons = _buttons(call)
    if buttons:
        message["blocks"].append(actions(*buttons, block_id=f"call.{call.id}"))
    return message


def report(call: Call, line: str, *, heads: tuple[str, ...] = ()) -> Message:
    """The card without anything to click: which call it is, and this line about it."""
    title = f"Call to {mask(call.phone)}"
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section(f"*{title}* · {inline(call.campaign, 80)}\n{line}"),
        context(f"Asked for by {person(call.requested_by)} · {moment(call.created_at)}"),
    ]
    return {"text": f"{title}: {line}", "blocks": blocks}


def heads(call: Call, *, repeated: bool) -> tuple[str, ...]:
    """What stays above a card that stands already, however often it is redrawn."""
    return (POSSIBLY_REPEATED,) * repeated + heads_of(call.elsewhere)


def value_of(call: Call) -> str:
    """What a button says of its row: which one, and which attempt."""
    return f"{call.id}.{call.attempt}"


def number_menu(call: Call) -> Block:
    """What isn't offered by a button: to see the number in full."""
    return menu("number.show", {value_of(call): "Show Number"})


def hang_up_button(call: Call, action_id: str = "call.hang_up") -> Block:
    """Hang Up, with its question."""
    question = confirm(
        "Hang up?",
        f"The call to {mask(call.phone)} ends at once.",
        "Hang Up",
        "Let It Go On",
        style="danger",
    )
    return button("Hang Up", action_id, value_of(call), style="danger", confirm=question)


def _dial(label: str, action_id: str, call: Call, *, style: str | None = None) -> Block:
    question = confirm(
        f"{label}?", f"{mask(call.phone)} is called, which Toingg charges for.", label, "Not Yet"
    )
    return button(label, action_id, value_of(call), style=style, confirm=question)


def _buttons(call: Call) -> list[Block]:
    value = value_of(call)
    match call.state:
        case State.UNCERTAIN:
            return [
                button("It Rang", "call.it_rang", value, style="primary"),
                _dial("Call Again", "call.retry", call),
            ]
        case State.OFFERED:
            return [
                _dial("Call Now", "call.now", call, style="primary"),
                button("Discard", "call.discard", value),
            ]
        case State.REJECTED:
            return [button("Edit and Try Again", "call.edit", value, style="primary")]
        case State.PLACED:
            return _placed_buttons(call)
        case _:
            return []


def _placed_buttons(call: Call) -> list[Block]:
    value = value_of(call)
    if not call.is_over:
        if call.call_sid is None:
            return [button("Attach Call ID", "call.attach", value)]
        return [hang_up_button(call)] if call.hang_up_at is None else []
    buttons = [_dial("Call Again", "call.again", call)]
    if call.generation == "v3" and call.call_sid is not None:
        buttons += [
            button("Transcript", "call.transcript", value),
            button("Analysis", "call.analysis", value),
        ]
    if call.recording_url is not None:
        buttons.append(button("Recording", "call.recording", value))
    return buttons
