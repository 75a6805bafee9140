"""Opt-outs as people see them: one number's state, the masked list, the modal for many."""

from collections.abc import Mapping, Sequence

from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    file_input,
    modal,
    moment,
    person,
    section,
    text_input,
)
from bot.slack.text import inline, mask, pretty
from storage.optouts import OptOut, Source

_BINDS = "Nobody here can call or text it, and what waited for it is cancelled."


def number_state(
    e164: str, out: OptOut | None, draft_id: str, *, may_allow: bool, extension: str | None = None
) -> Message:
    """Whether the number may be reached, and what can be done about that.

    `draft_id` names the draft that holds the number; `may_allow`: who asked may allow it again.
    """
    text = f"*{pretty(e164)}* {_state(out)}"
    if extension:
        text += f" Extension {inline(extension, 20)} doesn't count: the whole number is meant."
    blocks: list[Block] = [section(text)]
    if out is None:
        blocks.append(actions(button("Opt Out", "optout.add", draft_id, style="danger")))
    elif out.source is Source.TEXT:
        blocks.append(context("It said STOP itself, so only its own START allows it again."))
    elif may_allow:
        blocks.append(actions(_allow_button(e164, draft_id)))
    else:
        blocks.append(context("An operator or an owner can allow it again."))
    return {"response_type": "ephemeral", "text": text, "blocks": blocks}


def _state(out: OptOut | None) -> str:
    if out is None:
        return "isn't opted out: it may be called and texted."
    return f"is opted out: {_origin(out)}, {moment(out.at)}. {_BINDS}"


def _allow_button(e164: str, draft_id: str) -> Block:
    question = confirm(
        "Allow this number again?",
        f"{pretty(e164)} can be called and texted again, by everybody here and by every campaign."
        " Do this only if the person said so. What was cancelled stays cancelled. It is written"
        " down under your name.",
        "Allow Again",
        "Leave It Out",
        style="danger",
    )
    return button("Allow Again", "optout.allow", draft_id, confirm=question)


def _origin(out: OptOut) -> str:
    who = f" by {person(out.by)}" if out.by else ""
    return {
        Source.PERSON: f"written down{who}",
        Source.TEXT: "by its own text",
        Source.IMPORT: f"imported{who}",
        Source.API: "through the API",
    }[out.source]


def opt_out_list(
    opt_outs: Sequence[OptOut], total: int, *, after: str, is_first: bool, may_exchange: bool
) -> Message:
    """A page of the list, numbers masked; `after`: where the next page begins, "" at the end."""
    title = f"*Opt-outs* · {_numbers(total)}"
    blocks: list[Block] = [section(title)]
    if not total:
        blocks.append(section("Nobody is opted out. `/toingg-optout add +1…` opts a number out."))
    if opt_outs:
        blocks.append(section("\n".join(map(_line, opt_outs))))
    blocks.append(actions(*_list_buttons(after, is_first=is_first, may_exchange=may_exchange)))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def _line(out: OptOut) -> str:
    number = mask(out.phone) if out.phone else "erased"
    return f"{number} · {_origin(out)} · {moment(out.at)}"


def _list_buttons(after: str, *, is_first: bool, may_exchange: bool) -> list[Block]:
    buttons = []
    if after:
        buttons.append(button("Older", "optout.list", after))
    if not is_first:
        buttons.append(button("Newest", "optout.newest", "newest"))
    buttons.append(button("Opt Out Numbers", "optout.open", "open"))
    if may_exchange:
        buttons.append(button("Export", "optout.export", "export"))
    return buttons


def opt_out_form(*, may_import: bool) -> Block:
    """The modal: numbers to paste; a file too, for who may import."""
    blocks: list[Block] = [
        section(
            "Whoever asked not to be contacted goes here. Nobody can call or text these numbers"
            " any more, in any campaign, and what waits for them is cancelled."
        ),
        text_input(
            "numbers",
            "Numbers",
            hint="One a line, such as +1 415 555 0132",
            optional=True,
            limits=(1, 3000),
            multiline=True,
        ),
    ]
    if may_import:
        blocks.append(
            file_input(
                "file",
                "File",
                hint="A list with a column of phone numbers: CSV or Excel (.xlsx)",
                optional=True,
            )
        )
    return modal(
        "Opt Out Numbers",
        blocks,
        callback_id="optout.form",
        submit="Opt Out",
        close="Cancel",
    )


def done_view(new: int, known: int) -> Block:
    """What became of the numbers that were pasted."""
    return modal("Opted Out", [section(counts(new, known))])


def reading_view(pasted: str) -> Block:
    """A file is being read; that may take a minute. `pasted`: what became of pasted numbers."""
    text = (
        "The file's numbers are being opted out. You get a direct message once that is done; a"
        " number that is done can't be reached from then on."
    )
    return modal("Opting Out", [section(f"{pasted} {text}".strip())])


def import_report(name: str, new: int, known: int, faults: Mapping[str, str], left: int) -> Message:
    """What became of a file: counts, and the rows that couldn't be read, without their numbers.

    `faults`: where (`row 3 of the file`) to what is wrong; `left`: how many more there are.
    """
    lines = [f"*Opt-outs of {inline(name, 80)}*", counts(new, known)]
    if faults:
        lines.append("These couldn't be read; correct them, and import the file again:")
        lines += [f"• {where}: {inline(fault, 200)}" for where, fault in faults.items()]
    if left:
        lines.append(f"… and {left:,} more.")
    text = "\n".join(lines)
    return {"text": text, "blocks": [section(text)]}


def counts(new: int, known: int) -> str:
    """How many are opted out now, and were before."""
    before = f" {_numbers(known)} had been before." if known else ""
    is_are = "is" if new == 1 else "are"
    return f"{_numbers(new)} {is_are} opted out now.{before}"


def exporting() -> Message:
    """For who asked by the command."""
    text = "The list is on its way to you, as a file in your direct messages with the bot."
    return {"response_type": "ephemeral", "text": text, "blocks": [section(text)]}


def export_comment(count: int) -> str:
    """What stands above the file."""
    return f"The opt-outs as of now: {_numbers(count)}. Keep this file private."


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count:,} numbers"
