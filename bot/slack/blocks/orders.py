"""What somebody who asks for a call is told: it's on its way, what to correct, what to confirm."""

from collections.abc import Mapping

from bot.slack.blocks.parts import Block, Message, actions, button, modal, section
from bot.slack.text import inline

_LABELS = {
    "message": "Message",
    "campaign": "Campaign",
    "name": "Name",
    "phone": "Phone number",
    "script": "Script",
    "language": "Language",
}

NOBODY_CALLED, NOTHING_SENT = "Nobody was called.", "Nothing was sent."

_BEFORE = "This button has placed its call already: that one has a card of its own."
CALLED_BEFORE: Message = {"text": _BEFORE, "blocks": [section(_BEFORE)]}
"""For who clicks it again: one button dials once, for ever."""


def calling(name: str, number: str, extension: str | None) -> Message:
    """For the one who asked: whom, at which number."""
    text = f"Calling {inline(name, 80)} at {number}. Its card shows how it goes."
    if extension:
        text += f" Extension {inline(extension, 20)} can't be dialled and was left out."
    return {"text": text, "blocks": [section(text)]}


def texting(name: str, number: str, extension: str | None) -> Message:
    """The same of a text."""
    text = f"Texting {inline(name, 80)} at {number}. Its card shows how it goes."
    if extension:
        text += f" Extension {inline(extension, 20)} can't be texted and was left out."
    return {"text": text, "blocks": [section(text)]}


def correct(faults: Mapping[str, str], draft_id: str, nothing: str = NOBODY_CALLED) -> Message:
    """Everything that is wrong at once, and the way back to what was typed; `nothing` was done."""
    lines = [
        f"*{_LABELS.get(field, field)}*: {inline(text, 300)}" for field, text in faults.items()
    ]
    text = f"{nothing}\n" + "\n".join(lines)
    edit = button("Edit and Try Again", "draft.edit", draft_id, style="primary")
    return {"text": text, "blocks": [section(text), actions(edit)]}


def question(said: str, draft_id: str, label: str) -> Message:
    """The policy's answer; with `label` a button that goes on all the same."""
    blocks = [section(said)]
    edit = button("Edit", "draft.edit", draft_id)
    go_on = [button(label, "draft.confirm", draft_id, style="primary")] if label else []
    blocks.append(actions(*go_on, edit))
    return {"text": said, "blocks": blocks}


def row_question(said: str, draft_id: str, label: str = "Call Anyway") -> Message:
    """The policy's answer about a row that waits for a person, to who may set it aside."""
    go_on = button(label, "call.anyway", draft_id, style="primary")
    return {"text": said, "blocks": [section(said), actions(go_on)]}


def question_view(said: str, draft_id: str, label: str, title: str = "Not Called Yet") -> Block:
    """The same on top of the modal; Back leads to what was typed."""
    return modal(
        title,
        [section(said)],
        callback_id="draft.confirm",
        metadata=draft_id,
        submit=label,
        close="Back",
    )
