"""What a campaign's thread is told: what happened, and which of its calls are uncertain."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.slack.blocks.campaign_live import counts, why_paused
from bot.slack.blocks.campaign_parts import (
    Standing,
    control,
    joined,
    noun,
    people,
    value_of,
    words_of,
)
from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    minute,
    person,
    section,
)
from bot.slack.blocks.text_thread import quoted
from bot.slack.text import discreet, mask
from storage.campaigns import Campaign, Event, Happened, Stage
from storage.rows import Kind
from storage.tally import PAGE

_CAUSES = {
    "died": "the bot was stopped while it waited for Toingg's answer",
    "TimedOut": "Toingg took too long to answer",
    "ConnectionLost": "the connection to Toingg broke",
    "ServerFault": "Toingg had a fault of its own",
    "Unreadable": "Toingg's answer can't be understood",
}
_ANSWERED = 40
"""Replies of one message that have a button: Slack takes 50 blocks."""
_UNKNOWN_CAUSE = "Toingg didn't answer"
_APPROVAL = {
    Happened.APPROVAL_ASKED: "{owner} Approval was asked for{by}: another owner or operator"
    " answers on the card.",
    Happened.APPROVED: "{owner} Approved{by}. Start is on the card, for a day.",
    Happened.DECLINED: "{owner} Declined{by}. Edit it, or ask again, on the card.",
    Happened.EXPIRED: "{owner} Nobody approved it within a day. Ask again, on the card.",
    Happened.VOIDED: "{owner} Its approval is void: something was changed. Ask again, on the card.",
}
_STOPS = {
    "ended": "ended",
    "over": "already over",
    "without_id": "without a call id: it can't be hung up from here",
    "failed": "failed",
}
"""What Stop All counts, by the names in its event's detail."""


def thread(
    events: Sequence[Event],
    standing: Standing,
    numbers: Mapping[str, str] = MappingProxyType({}),
    *,
    heads: Sequence[str] = (),
) -> Message:
    """One message for what happened within a few seconds.

    `numbers`: those of the calls that events name (`calls_of`), in full. Where Stop All failed for
    some, Retry is below (`campaign.retry_stop`).
    """
    told = {event.id: line(event, standing, numbers) for event in events}
    text = "\n".join([*heads, *told.values()])
    replies = [each for each in events if each.kind is Happened.REPLIED and calls_of([each])]
    replies = replies[:_ANSWERED]
    plain = [told[event.id] for event in events if event not in replies]
    blocks = [section("\n".join([*heads, *plain]))] if heads or plain else []
    blocks += [_reply(each, told[each.id]) for each in replies]
    if any(event.kind is Happened.STOPPED and _number(event.detail, "failed") for event in events):
        blocks.append(actions(control("Retry", "campaign.retry_stop", standing.campaign)))
    if naming := [str(each.id) for each in events if calls_of([each])][:_ANSWERED]:
        named = f"{value_of(standing.campaign)}.{'-'.join(naming)}"
        blocks.append(
            actions(button("Show Numbers", "campaign.numbers", named), block_id="numbers")
        )
    return {"text": text, "blocks": blocks}


def _reply(event: Event, words: str) -> Block:
    """Somebody's words, with the button that answers them."""
    value = f"{calls_of([event])[0]}.{event.detail.get('attempt', 1)}"
    return section(words, accessory=button("Reply", "text.reply", value))


def calls_of(events: Sequence[Event]) -> list[str]:
    """The ids of the rows that events name: those that Stop All couldn't hang up, or that were
    answered.
    """
    named = [event.detail.get("calls") for event in events]
    return [str(call) for calls in named if isinstance(calls, list) for call in calls]


def line(event: Event, standing: Standing, numbers: Mapping[str, str]) -> str:
    """What happened, in markup; who answers for it is mentioned where it needs a person."""
    campaign, detail = standing.campaign, event.detail
    owner = person(campaign.owner)
    by = f" by {person(event.actor)}" if event.actor else ""
    match event.kind:
        case Happened.STARTED:
            return f"Started{by or ': its time had come'}."
        case Happened.SCHEDULED:
            at = f" for {minute(campaign.start_at)}" if campaign.start_at else ""
            return f"Scheduled{by}{at}."
        case Happened.MISSED:
            return (
                f"{owner} It wasn't started at its time: the bot wasn't running then. Start or"
                " Schedule, on the card."
            )
        case Happened.FAILING | Happened.HELD:
            return f"{owner} {_halted(event, campaign)}"
        case Happened.STOPPED:
            failed = [numbers[call] for call in calls_of([event]) if call in numbers]
            return _stopped(detail, owner, failed)
        case Happened.HANDED_OVER:
            return f"Handed over{by}: {person(str(detail.get('to', '')))} answers for it now."
        case Happened.MILESTONE:
            called, ready = _number(detail, "called"), _number(detail, "ready")
            said = words_of(campaign).done
            return f"{_number(detail, 'percent')} %: {called:,} of {ready:,} {said}."
        case Happened.REPLIED | Happened.SAID_STOP | Happened.SAID_START:
            return _said(event, owner, numbers)
        case Happened.DONE:
            return f"{owner} Done: {joined(counts(standing.tally, words_of(campaign)))}."
        case _:
            return _plain(event.kind, by, campaign)


def _said(event: Event, owner: str, numbers: Mapping[str, str]) -> str:
    """What somebody who got a text wrote back."""
    who = ", ".join(mask(numbers[call]) for call in calls_of([event]) if call in numbers)
    match event.kind:
        case Happened.SAID_STOP:
            return f"{who} answered STOP: nobody here reaches that number any more."
        case Happened.SAID_START:
            return f"{who} answered START: that number may be reached again."
        case _:
            return f"{owner} {who}: {quoted(str(event.detail.get('body', '')))}"


def _plain(kind: Happened, by: str, campaign: Campaign) -> str:
    done = words_of(campaign).done
    up = " Calls that are up go on." if campaign.kind is Kind.CALL else ""
    return {
        Happened.UNSCHEDULED: f"The schedule was cancelled{by}; it waits for Start.",
        Happened.PAUSED: f"Paused{by}.{up}",
        Happened.RESUMED: f"Resumed{by}.",
        Happened.CANCELLED: f"Cancelled{by}: nobody else is {done}.{up}",
        Happened.STOPPING: f"Stop All{by}: nobody else is called, live calls are being hung up.",
        Happened.WENT_OVER: (
            f"The whole list was handed over to Toingg{by}: from here it can't be paused, stopped"
            " or followed."
        ),
        Happened.READ: "The list was read.",
        Happened.EDITED: f"The list was changed{by}, and is read anew.",
        Happened.UNREADABLE: "The list can't be read.",
        Happened.DISCARDED: f"Discarded{by}.",
        **{each: _APPROVAL[each].format(by=by, owner=person(campaign.owner)) for each in _APPROVAL},
    }[kind]


def _halted(event: Event, campaign: Campaign) -> str:
    reason, said = event.detail.get("reason"), event.detail.get("said")
    if event.kind is Happened.HELD:
        words = discreet(str(said or ""), campaign.script or "")
        return f"Held: the budget is used up. {words or 'A link to top it up follows.'}"
    why = why_paused(campaign, reason, said)
    return f"Paused by itself: {why} Resume is on the card."


def _stopped(detail: Mapping[str, object], owner: str, failed: Sequence[str]) -> str:
    counted = [(words, _number(detail, name)) for name, words in _STOPS.items()]
    told = ", ".join(f"{count:,} {words}" for words, count in counted if count)
    if not _number(detail, "failed"):
        return f"Stop All is done: {told or 'no call was up'}."
    which = f": {', '.join(map(mask, failed[:PAGE]))}" if failed else ""
    return f"{owner} Stop All: {told}{which}. Those calls may still be up: Retry hangs them up."


def _number(detail: Mapping[str, object], name: str) -> int:
    value = detail.get(name)
    return value if isinstance(value, int) else 0


# Uncertain rows: one message, for as long as there are any


def doubts(standing: Standing, *, heads: Sequence[str] = ()) -> Message:
    """How many calls are uncertain, why, which ten come first, and what can be decided."""
    campaign, tally = standing.campaign, standing.tally
    if tally.uncertain == 0:
        return _settled(standing)
    many = tally.uncertain
    one = noun(many, words_of(campaign).one)
    text = (
        f"{person(campaign.owner)} *{many:,} {one} {noun(many, 'is', 'are')} uncertain*:"
        f" {_causes(tally.causes)}. {_perhaps(campaign, many)}; nobody is"
        f" {words_of(campaign).done} again by itself."
    )
    numbers = ", ".join(mask(phone) for phone in tally.doubts)
    more = f" and {many - PAGE:,} more" if many > PAGE else ""
    return {
        "text": text,
        "blocks": [
            *(context(head) for head in heads),
            section(text),
            context(numbers + more),
            actions(*_choices(standing)),
        ],
    }


def _perhaps(campaign: Campaign, many: int) -> str:
    if campaign.kind is Kind.TEXT:
        return f"{noun(many, 'It', 'They')} may have been sent"
    return f"{noun(many, 'That phone', 'Those phones')} may have rung"


def _causes(causes: Mapping[str, int]) -> str:
    words: dict[str, int] = {}
    for reason, count in causes.items():
        cause = _CAUSES.get(reason, _UNKNOWN_CAUSE)
        words[cause] = words.get(cause, 0) + count
    if len(words) == 1:
        return next(iter(words))
    ordered = sorted(words.items(), key=lambda each: -each[1])
    return "; ".join(f"{cause} ({count:,})" for cause, count in ordered)


def _choices(standing: Standing) -> list[Block]:
    """What can be decided. Call All Again carries the count that its question names."""
    campaign, many = standing.campaign, standing.tally.uncertain
    said = words_of(campaign)
    question = confirm(
        f"{said.do} {people(many)} again?",
        f"Whom it reached already is then {said.done} a second time.",
        f"{said.do} All Again",
        "Not Yet",
        style="danger",
    )
    choices = [
        control("Leave Them", "campaign.leave", campaign),
        control("Review", "campaign.review", campaign, style="primary"),
    ]
    if campaign.state is not Stage.CANCELLED:
        counted = f"{value_of(campaign)}.{many}"
        choices.append(button("Call All Again", "campaign.again_all", counted, confirm=question))
    return choices


def _settled(standing: Standing) -> Message:
    left = standing.tally.left
    text = "Settled: no call of this campaign is uncertain any more."
    if left:
        text = f"Settled: {left:,} {noun(left, 'call stays', 'calls stay')} uncertain, as decided."
    return {"text": text, "blocks": [section(text)]}
