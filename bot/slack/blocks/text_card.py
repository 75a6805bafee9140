"""The card of one text, from the row alone. It stands in a channel: no name, number or words."""

from bot.slack.blocks.call_card import Source, discreet, number_menu, value_of
from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    moment,
    person,
    section,
)
from bot.slack.text import mask
from storage.rows import Call, State

_STATUS = {
    "accepted": "Taken; on its way",
    "queued": "Taken; on its way",
    "sending": "Sending",
    "sent": "Sent; waiting to hear that it arrived",
    "delivered": "Delivered",
    "undelivered": "Not delivered: the phone couldn't be reached",
    "failed": "Not delivered: it couldn't be sent on",
}
_NOT_SENT = {
    "opted_out": "this number has opted out",
    "discarded": "discarded",
    "stopped": "the bot was stopped before it was sent",
    "erased": "the person was erased",
}


def headline(text: Call, source: Source) -> str:
    """What the text's state is, in one line of markup."""
    match text.state:
        case State.PENDING:
            asked_to = text.reason == "RateLimited"
            return "Toingg asked to wait; sent soon" if asked_to else "Waiting to be sent"
        case State.DIALLING:
            return "Sending…"
        case State.UNCERTAIN:
            return "Toingg didn't answer; the text may have been sent. Did it arrive?"
        case State.PLACED:
            return _taken(text, source)
        case _:
            known = _NOT_SENT.get(text.reason or "")
            why = known or discreet(text.said or "", text) or "Toingg refused it"
            return f"Not sent: {why}"


def _taken(text: Call, source: Source) -> str:
    if text.status is not None:
        return _STATUS.get(text.status, "Sent")
    if source is Source.CALLBACK:
        return "Sent; waiting to hear that it arrived"
    return "Sent. Toingg doesn't report what happens next"


def card(text: Call, source: Source, *, heads: tuple[str, ...] = ()) -> Message:
    """The message; `heads` are lines above it, where there is something to say of the post."""
    message = report(text, headline(text, source), heads=heads)
    message["blocks"][len(heads)]["accessory"] = number_menu(text)
    message["blocks"].append(actions(*_buttons(text), block_id=f"text.{text.id}"))
    return message


def report(text: Call, line: str, *, heads: tuple[str, ...] = ()) -> Message:
    """The card without anything to click: which text it is, and this line about it."""
    title = f"Text to {mask(text.phone)}"
    long = f" · {text.parts} parts" if text.parts and text.parts > 1 else ""
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section(f"*{title}*{long}\n{line}"),
        context(f"Asked for by {person(text.requested_by)} · {moment(text.created_at)}"),
    ]
    return {"text": f"{title}: {line}", "blocks": blocks}


def _buttons(text: Call) -> list[Block]:
    value = value_of(text)
    match text.state:
        case State.UNCERTAIN:
            decide = [
                button("It Arrived", "text.arrived", value, style="primary"),
                _send("Send Again", "text.retry", text),
            ]
        case State.OFFERED:
            decide = [
                _send("Send Now", "text.now", text, style="primary"),
                button("Discard", "text.discard", value),
            ]
        case State.REJECTED:
            decide = [button("Edit and Try Again", "text.edit", value, style="primary")]
        case State.PLACED:
            decide = [button("Send Another", "text.another", value)]
        case _:
            decide = []
    return [*decide, _opt_out(text)]


def _send(label: str, action_id: str, text: Call, *, style: str | None = None) -> Block:
    words = f"{mask(text.phone)} gets this text, which Toingg charges for."
    question = confirm(f"{label}?", words, label, "Not Yet")
    return button(label, action_id, value_of(text), style=style, confirm=question)


def _opt_out(text: Call) -> Block:
    question = confirm(
        "Opt this number out?",
        f"{mask(text.phone)} is neither called nor texted any more, from any campaign.",
        "Opt Out",
        "Not Yet",
        style="danger",
    )
    return button("Opt Out", "text.opt_out", value_of(text), confirm=question)
