"""Why a number was called, or wasn't: every decision, for one person's eyes."""

from collections.abc import Sequence
from typing import Any

from bot.slack.blocks.call_card import Source
from bot.slack.blocks.parts import Block, Message, actions, button, moment, person, section
from bot.slack.blocks.row_card import headline, line
from bot.slack.text import inline, mask, pretty
from storage.rows import Call, Kind, State
from storage.trail import Called, Decided

_LONGEST = 1200
"""Characters of one entry, so that a page of eight stays within what Slack takes of a message."""
_WAITING = {
    "outside_hours": "outside the hours",
    "over_number_cap": "called as often as a day allows",
    "over_day_cap": "as many calls were placed as a day allows",
    "opted_out": "the number has opted out",
}
"""Reasons of `bot.recipients.policy`, in words that stand after a colon."""
_SKIPPED = {
    "opted_out": "this number had opted out",
    "called_before": "it was called within the days that this list leaves alone",
}
_BY = {
    "person": "written down",
    "text": "by the number's own text",
    "import": "imported",
    "api": "through the API",
}

Entry = Called | Decided


def trail_message(
    e164: str,
    entries: Sequence[Entry],
    source: Source,
    *,
    full: bool,
    older: str = "",
    newest: str = "",
) -> Message:
    """A page, the newest first; `full`: whether who asks may see the whole number.

    `older` and `newest`: what the buttons to those pages say, "" where there are none.
    """
    number = pretty(e164) if full else mask(e164)
    title = f"*What became of {number}*"
    blocks: list[Block] = [section(title)]
    blocks += [section(_entry(each, source)) for each in entries]
    if not entries:
        blocks.append(section(_empty(older or newest)))
    buttons = []
    if older:
        buttons.append(button("Older", "why.older", older))
    if newest:
        buttons.append(button("Newest", "why.newest", newest))
    if buttons:
        blocks.append(actions(*buttons))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def _empty(paged: str) -> str:
    if paged:
        return "Nothing older."
    return (
        "Nothing that you may see is known of this number. Here would stand each call with its"
        " list, its state and who asked for it; when the number opted out or was allowed again;"
        " what was refused, and why; and who set hours or caps aside."
    )


def _entry(entry: Entry, source: Source) -> str:
    return _called(entry, source) if isinstance(entry, Called) else _decided(entry)


def _called(entry: Called, source: Source) -> str:
    call = entry.call
    of_list = f" · list “{inline(entry.title, 60)}”" if entry.title else ""
    attempt = f" · attempt {call.attempt}" if call.attempt > 1 else ""
    sid = f" · `{inline(call.call_sid, 64)}`" if call.call_sid else ""
    campaign = f" · {inline(call.campaign, 60)}" if call.campaign else ""
    whom = f"{inline(call.name, 60)}{campaign}{of_list}"
    what = "Text" if call.kind is Kind.TEXT else "Call"
    lines = [
        f"*{what}* · {moment(call.created_at)} · {whom}",
        f"{_stands(call, source)}{attempt}{sid}",
        f"Asked for by {person(call.requested_by)}",
    ]
    return "\n".join([*lines, *_events(entry, _LONGEST - len("\n".join(lines)))])


def _events(entry: Called, room: int) -> list[str]:
    """What happened, as much of it as there is room for; the last of it matters most."""
    lines = [f"• {moment(event.at)} {line(event, entry.call)}" for event in entry.events]
    shown: list[str] = []
    for each in reversed(lines):
        room -= len(each) + 1
        if room < 0:
            return [f"• {len(lines) - len(shown)} earlier", *shown]
        shown.insert(0, each)
    return shown


def _stands(call: Call, source: Source) -> str:
    """The row's state in words, with what it waits for."""
    if call.state is State.SKIPPED:
        return f"Skipped: {_SKIPPED.get(call.reason or '', 'its list left it out')}"
    if call.state is State.PENDING and call.campaign_id is not None:
        until = f" until {moment(call.not_before)}" if call.not_before else ""
        why = _WAITING.get(call.reason or "")
        return f"Waits{until}" + (f": {why}" if why else "")
    return headline(call, source)


def _decided(entry: Decided) -> str:
    who = person(entry.actor) if entry.actor else ""
    return f"{moment(entry.at)} · {_deed(entry.deed, entry.detail, who)}"


def _deed(deed: str, detail: dict[str, Any], who: str) -> str:
    how = _BY.get(str(detail.get("source", "")), "")
    by = " by ".join(part for part in (how, who) if part)
    match deed:
        case "opted_out":
            cancelled = detail.get("cancelled")
            ended = f". Cancelled: {cancelled} that waited" if cancelled else ""
            return f"*Opted out*, {by}{ended}."
        case "allowed_again":
            return f"*Allowed again*, {by}."
        case "refused":
            why = _WAITING.get(str(detail.get("reason", "")), "the policy said no")
            return f"*Not called*, asked for by {who}: {why}."
        case _:
            reasons = [
                "called within 2 minutes" if each == "recent" else _WAITING.get(str(each), "")
                for each in detail.get("reasons", ())
            ]
            return f"*Called all the same*: {who} set aside: {'; '.join(filter(None, reasons))}."
