"""Templates of texts: the list of them, and the modal that saves one."""

from collections.abc import Sequence

from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    confirm,
    modal,
    moment,
    person,
    section,
    text_input,
)
from bot.slack.blocks.text_form import LONGEST_TEXT
from bot.slack.blocks.text_thread import quoted
from bot.slack.text import inline
from storage.templates import Template

LONGEST_NAME = 60
SHOWN = 15
"""Templates in one message: Slack takes 50 blocks."""


def templates_list(saved: Sequence[Template]) -> Message:
    """The templates by name, each with what it says, who saved it, Edit and Remove."""
    title = "*Templates* of texts"
    blocks: list[Block] = [section(title)]
    if not saved:
        blocks.append(section("None yet. A template is offered in the modals of `/toingg-sms`."))
    for each in saved[:SHOWN]:
        said = f"version {each.version} · {person(each.by)} · {moment(each.at)}"
        blocks.append(section(f"*{inline(each.name, LONGEST_NAME)}* · {said}{quoted(each.text)}"))
        blocks.append(actions(*_buttons(each), block_id=f"template.{each.id}"))
    if len(saved) > SHOWN:
        blocks.append(section(f"And {len(saved) - SHOWN} more, all of them in the modals."))
    new = button("New Template", "sms.template_new", "new", style="primary")
    blocks.append(actions(new, block_id="templates"))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def _buttons(each: Template) -> list[Block]:
    question = confirm(
        "Remove this template?",
        "It isn't offered any more. Campaigns that used it go on saying what it said.",
        "Remove",
        "Keep It",
        style="danger",
    )
    return [
        button("Edit", "sms.template_edit", each.id),
        button("Remove", "sms.template_remove", each.id, confirm=question),
    ]


def template_form(name: str, text: str) -> Block:
    """The modal that saves a template; a name that is there already gets its next version."""
    return modal(
        "Template",
        [
            text_input(
                "name",
                "Name",
                value=name,
                hint="A name that is there already gets a new version.",
                limits=(1, LONGEST_NAME),
            ),
            text_input(
                "message",
                "Message",
                value=text,
                hint="{name} is filled in for everybody; in lists also columns, as {city}.",
                limits=(1, LONGEST_TEXT),
                multiline=True,
            ),
        ],
        callback_id="sms.template_form",
        submit="Save",
        close="Cancel",
    )
