"""A campaign before it starts: its list is read, or can't be, or is ready to be called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.slack.blocks.campaign_parts import (
    Standing,
    control,
    duration,
    finish,
    joined,
    micro,
    money,
    noun,
    pace,
    people,
    price,
    title_of,
    waits,
    words_of,
)
from bot.slack.blocks.parts import Block, actions, confirm, context, minute, moment, person, section
from bot.slack.blocks.text_meter import read_meter
from bot.slack.blocks.text_meter import words as lengths
from bot.slack.text import inline, mask
from storage.approvals import LIFE
from storage.campaigns import Campaign, Stage
from storage.rows import Kind
from storage.tally import Example

UNREADABLE = "unreadable"
"""The `reason` of a campaign whose list can't be read; `said` is the sentence about it."""

_GROUPS: dict[str, tuple[str, ...]] = {
    "{n} without a number that can be called": ("invalid", "missing"),
    "{n} damaged by a spreadsheet": ("damaged",),
    "{n} with several numbers": ("several",),
    "{n} premium or emergency": ("premium", "emergency"),
    "{n} duplicate in this list": ("duplicate",),
    "{n} with an unknown time zone": ("unknown_zone",),
    "{n} with a missing quotation mark": ("misquoted",),
    "{n} without a word to say": ("empty_text",),
    "{n} with a text that is too long": ("long_text",),
    "{n} {done} in the last {days}": ("called_before",),
    "{n} opted out": ("opted_out",),
    "{n} over the cap": ("over_number_cap", "over_day_cap"),
}
"""What is said of the reasons for which rows aren't called, in the order in which it is said."""

_NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){6,14}")
_SHOWN = 3


@dataclass(frozen=True)
class Source:
    """What the flow keeps in a campaign's `source`, as far as its card speaks of it.

    `words`: what the list is read from, as in "numbers.csv". `variables`: how many the script
    uses. `is_table`: its columns can be chosen. `remarks`: what else the reading found out, as
    "Sheet May of 3", in markup.
    """

    words: str
    variables: int
    is_table: bool
    remarks: tuple[str, ...]


def source_of(campaign: Campaign) -> Source:
    """`campaign.source`, read tolerantly: pure."""
    kept: Mapping[str, object] = campaign.source
    variables = kept.get("variables")
    return Source(
        words=str(kept.get("words") or "what was given"),
        variables=len(variables) if isinstance(variables, list) else 0,
        is_table=bool(kept.get("is_table")),
        remarks=_remarks(kept.get("found")),
    )


_COUNTED = {
    "nameless": "{n} without a name.",
    "extensions": "{n} with an extension, which can't be dialled and is left out.",
    "zoneless": "{n} in a time zone that isn't known: this workspace's own counts.",
}
"""What is said of rows that can be called all the same, by the names of their counts."""


def _remarks(found: object) -> tuple[str, ...]:
    if not isinstance(found, Mapping):
        return ()
    notes = found.get("notes")
    said = [inline(str(note), 300) for note in notes[:3]] if isinstance(notes, list) else []
    for name, words in _COUNTED.items():
        count = found.get(name)
        if isinstance(count, int) and count:
            said.append(words.replace("{n}", f"{count:,} {noun(count, 'row')}"))
    return tuple(said)


# While it is read


def reading(standing: Standing) -> tuple[str, list[Block]]:
    """A draft: what is read, how far."""
    campaign, read = standing.campaign, standing.tally.read
    source = source_of(campaign)
    line = f"Reading the list… {inline(source.words, 120)}"
    if standing.outlook.interrupted:
        line = "Reading was interrupted; it starts again. " + inline(source.words, 120)
    if read:
        line += f" · {read:,} {noun(read, 'row')} so far"
    return line, [section(f"{title_of(campaign)}\n{line}"), _asked(campaign)]


def unreadable(standing: Standing) -> tuple[str, list[Block]]:
    """A list that can't be read: why, and the way back to it."""
    campaign = standing.campaign
    line = inline(campaign.said or "The list can't be read.", 600)
    buttons = [control("Edit", edit_of(campaign), campaign, style="primary")]
    if source_of(campaign).is_table:
        buttons.append(control("Columns", "campaign.columns", campaign))
    heading = section(f"{title_of(campaign)} · nobody was {words_of(campaign).done}\n{line}")
    return line, [heading, _asked(campaign), actions(*buttons)]


def edit_of(campaign: Campaign) -> str:
    """What Edit is told as: texts have a modal of their own."""
    return "sms.list_edit" if campaign.kind is Kind.TEXT else "campaign.edit"


def _asked(campaign: Campaign) -> Block:
    return context(f"Asked for by {person(campaign.requested_by)} · {moment(campaign.created_at)}")


# Once it is read


def preflight(standing: Standing) -> tuple[str, list[Block]]:
    """A list that has been read: who is called, who isn't and why, at what cost, how fast."""
    campaign, tally = standing.campaign, standing.tally
    line = f"{people(tally.ready)} ready, of {tally.read:,} {noun(tally.read, 'row')}"
    if tally.ready == 0:
        rows = f"0 of {tally.read:,} {noun(tally.read, 'row')}"
        line = f"Nobody on this list can be {words_of(campaign).done}: {rows}"
    blocks = [section(f"{title_of(campaign)}\n*{line}*")]
    blocks += [
        section("\n".join(each)) for each in (_reasons(standing), _prospects(standing)) if each
    ]
    blocks += [section(each) for each in [_approval(standing)] if each]
    blocks += [context(*each) for each in [_notes(standing)] if each]
    return line, [*blocks, _asked(campaign), actions(*_buttons(standing))]


def _reasons(standing: Standing) -> list[str]:
    """A line a reason, with its count and the first rows."""
    campaign, tally, outlook = standing.campaign, standing.tally, standing.outlook
    counts = {**tally.refused, **tally.skipped}
    days = f"{campaign.skip_days} {noun(campaign.skip_days, 'day')}"
    known = {reason for reasons in _GROUPS.values() for reason in reasons}
    groups = _GROUPS | {
        "{n} " + inline(reason.replace("_", " "), 40): (reason,)
        for reason in sorted(counts.keys() - known)
    }
    lines = []
    for words, reasons in groups.items():
        count = sum(counts.get(reason, 0) for reason in reasons)
        shown = [each for reason in reasons for each in tally.examples.get(reason, ())]
        if count:
            said = words.replace("{n}", f"*{count:,}*").replace("{days}", days)
            said = said.replace("{done}", words_of(campaign).done)
            lines.append(f"• {said}{_examples(shown)}")
    outside = sum(count for _, count in outlook.outside)
    if outside:
        when = " ".join(waits(outlook.outside))
        lines.append(f"• *{outside:,}* outside calling hours now. {when}")
    if outlook.over_cap:
        lines.append(f"• *{outlook.over_cap:,}* over today's cap; they wait for tomorrow.")
    if outlook.over_budget:
        left = money(micro(tally.balance or 0), standing.terms.currency)
        lines.append(
            f"• *{outlook.over_budget:,}* over the budget ({left} left): the campaign is held"
            " when it is used up."
        )
    return lines


def _examples(rows: list[Example]) -> str:
    shown = sorted(rows, key=lambda row: row.number)[:_SHOWN]
    return ": " + ", ".join(map(_example, shown)) if shown else ""


def _example(row: Example) -> str:
    """Where the row is, and of its number what a channel may see. Its other cells hold names."""
    found = _NUMBER.search(row.given)
    if found is None:
        return f"row {row.number:,}"
    digits = "".join(char for char in found[0] if char.isdigit())
    shown = mask(row.given) if row.given == f"+{digits}" else f"•••••{digits[-2:]}"
    return f"row {row.number:,} ({shown})"


def _prospects(standing: Standing) -> list[str]:
    """Cost, pace and finish, where somebody is to be called."""
    tally, terms, takes = standing.tally, standing.terms, standing.outlook.takes
    campaign, last = standing.campaign, words_of(standing.campaign).last
    if tally.ready == 0:
        return []
    lines = []
    if campaign.kind is Kind.TEXT:
        lines += _lengths(standing)
    elif terms.price is not None:
        amount = money(terms.price * terms.expected_minutes * tally.ready, terms.currency)
        lines.append(f"Cost: about {amount}: {terms.expected_minutes} min each at {price(terms)}.")
    lines.append(f"Pace: {pace(terms, kind=campaign.kind)}.")
    if takes is not None and standing.campaign.start_at is None:
        lines.append(f"{last} about {duration(takes)} after the first.")
    elif takes is not None:
        lines.append(f"{last} about {finish(standing)}.")
    return lines


def _lengths(standing: Standing) -> list[str]:
    """How long the texts are, after what each row fills in, and what those to be sent cost."""
    terms, tally = standing.terms, standing.tally
    lines = lengths(read_meter(standing.campaign.source.get("sizes")), None, terms.currency)
    if terms.part_price is not None:
        amount = money(terms.part_price * tally.parts_left, terms.currency)
        parts = f"{tally.parts_left:,} {noun(tally.parts_left, 'part')}"
        lines.append(f"Cost: {amount}: {parts} at {terms.part_price:f}.")
    return lines


def _notes(standing: Standing) -> list[str]:
    campaign, tally = standing.campaign, standing.tally
    notes = list(source_of(campaign).remarks)
    if tally.refused or tally.skipped:
        notes.append(
            f"`rejected.csv` is in the direct messages of {person(campaign.requested_by)}:"
            f" each row that isn't {words_of(campaign).done}, why, and how to mend it."
        )
    if campaign.script is not None:
        used = source_of(campaign).variables
        filled = (
            f"fills in {used} {noun(used, 'variable')}" if used else "is the same for everybody"
        )
        what = "message" if campaign.kind is Kind.TEXT else "script"
        notes.append(f"The {what} {filled}.")
    template = campaign.source.get("template")
    if isinstance(template, Mapping):
        name, version = inline(str(template.get("name", "")), 60), template.get("version")
        notes.append(f"Template “{name}”, version {version}.")
    return notes


def _buttons(standing: Standing) -> list[Block]:
    campaign, ready = standing.campaign, standing.tally.ready
    source = source_of(campaign)
    start = control(
        "Start",
        "campaign.start",
        campaign,
        style="primary",
        question=start_question(campaign, ready),
    )
    buttons = []
    waits = campaign.state is Stage.AWAITING_APPROVAL
    may_start = bool(ready) and campaign.state is Stage.READY and not _unapproved(standing)
    if waits:
        buttons += _answers(standing)
    elif ready and not may_start:
        asks = control("Ask for Approval", "campaign.ask_approval", campaign, style="primary")
        buttons.append(asks)
    if may_start:
        buttons += [start, control("Schedule", "campaign.schedule", campaign)]
    if ready and campaign.kind is Kind.CALL:
        buttons.append(control("Preview", "campaign.preview", campaign))
    if source.is_table and not waits:
        buttons.append(control("Columns", "campaign.columns", campaign))
    question = confirm(
        "Discard this campaign?",
        f"Nobody is {words_of(campaign).done}, and the list is forgotten.",
        "Discard",
        "Keep It",
        style="danger",
    )
    open_to_change = campaign.retry_of is None and not waits
    if read_meter(campaign.source.get("sizes")).swaps and open_to_change:
        buttons.append(control("Use Plain Characters", "sms.list_plain", campaign))
    if open_to_change:
        buttons.append(control("Edit", edit_of(campaign), campaign))
    if may_start and campaign.kind is Kind.CALL:
        buttons.append(control("Hand the List to Toingg…", "campaign.hand_list", campaign))
    buttons.append(control("Discard", "campaign.discard", campaign, question=question))
    return buttons


def _unapproved(standing: Standing) -> bool:
    approval = standing.outlook.approval
    held = approval is not None and approval.holds(standing.now)
    return standing.outlook.wants_approval and not held


def _answers(standing: Standing) -> list[Block]:
    """Approve and Decline, for somebody else than who asked."""
    campaign, ready = standing.campaign, standing.tally.ready
    question = confirm(
        f"Approve: {words_of(campaign).do} {people(ready)}?",
        "It can be started within a day, as it is now. Whatever is changed voids this.",
        "Approve",
        "Not Yet",
    )
    approve = control("Approve", "campaign.approve", campaign, style="primary", question=question)
    return [approve, control("Decline", "campaign.decline", campaign)]


def _approval(standing: Standing) -> str:
    """Who has to say yes, or has."""
    approval, waits = standing.outlook.approval, Stage.AWAITING_APPROVAL
    if standing.campaign.state is waits and approval is not None:
        until = minute(approval.asked_at + LIFE)
        return (
            f"*Waits for approval* until {until}: by an owner or operator other than"
            f" {person(approval.asked_by)}."
        )
    if _unapproved(standing):
        return "It is large: a second person has to approve it before it is started."
    if approval is not None and approval.approved_by and approval.approved_at:
        until = minute(approval.approved_at + LIFE)
        return f"Approved by {person(approval.approved_by)}, to be started by {until}."
    return ""


def start_question(campaign: Campaign, ready: int) -> Block:
    """The question before a campaign begins."""
    said = words_of(campaign)
    more = "Pause and Stop All are" if campaign.kind is Kind.CALL else "Pause is"
    return confirm(
        f"{said.do} {people(ready)} now?",
        f"Each is {said.done} once, at this pace. {more} on the card while it runs.",
        "Start",
        "Not Yet",
    )


def scheduled(standing: Standing) -> tuple[str, list[Block]]:
    """A campaign that starts by itself."""
    campaign, ready = standing.campaign, standing.tally.ready
    at = minute(campaign.start_at) if campaign.start_at else "a time not known"
    zone = f" (said in {inline(campaign.zone, 40)} time)" if campaign.zone else ""
    line = f"Scheduled: {words_of(campaign).one}s {people(ready)} from {at}{zone}"
    by = f"by {person(campaign.moved_by)}" if campaign.moved_by else ""
    start = control(
        "Start Now",
        "campaign.start",
        campaign,
        style="primary",
        question=start_question(campaign, ready),
    )
    return line, [
        section(f"{title_of(campaign)}\n*{line}*"),
        section("\n".join([*_reasons(standing), *_prospects(standing)]) or " "),
        context(joined(["Scheduled", by, moment(campaign.moved_at)])),
        actions(
            start,
            control("Reschedule", "campaign.reschedule", campaign),
            control("Cancel", "campaign.unschedule", campaign),
        ),
    ]
