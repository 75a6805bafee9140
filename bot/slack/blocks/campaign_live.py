"""A campaign that has been started: how far it is, what it costs, what can be done to it."""

from decimal import Decimal

from bot.slack.blocks.campaign_parts import (
    Standing,
    Words,
    bar,
    control,
    finish,
    joined,
    money,
    noun,
    pace,
    people,
    price,
    resume,
    stop_all,
    title_of,
    waits,
    words_of,
)
from bot.slack.blocks.parts import Block, actions, confirm, context, moment, person, section
from bot.slack.text import discreet, inline, mask, without
from storage.campaigns import Campaign, Stage
from storage.rows import Kind
from storage.tally import Failure, Outcome, Tally

_STAGES = {
    Stage.RUNNING: "Running",
    Stage.PAUSED: "Paused",
    Stage.HELD: "Held",
    Stage.DONE: "Done",
    Stage.CANCELLED: "Cancelled",
}
_BY_ITSELF = {
    "KeyRejected": "Toingg doesn't accept the API key. Mend it, then Resume",
    "NoCredit": "the Toingg account is out of credit. Top it up, then Resume",
    "Unreachable": "Toingg can't be reached. Resume once it can",
}
"""What of Toingg's pauses a campaign at once, by the `reason` of its row."""
_HELD = "The budget is used up: the link in the thread tops it up."
_UP = {Kind.CALL: " Calls that are up go on; Stop All ends them.", Kind.TEXT: ""}

OUTCOMES = {
    Outcome.TALKING: "talking",
    Outcome.ON_ITS_WAY: "placed",
    Outcome.ENDED: "answered",
    Outcome.NO_ANSWER: "no answer",
    Outcome.BUSY: "busy",
    Outcome.FAILED: "failed",
    Outcome.CANCELED: "canceled",
    Outcome.UNKNOWN: "ended, not reported",
    Outcome.SENT: "sent",
    Outcome.DELIVERED: "delivered",
    Outcome.UNDELIVERED: "not delivered",
}


def live(standing: Standing) -> tuple[str, list[Block]]:
    """The headline, and the card under it."""
    campaign, tally = standing.campaign, standing.tally
    line = headline(standing)
    words = words_of(campaign)
    progress = f"{bar(tally.called, tally.ready, words.done)}\n{joined(counts(tally, words))}"
    blocks = [section(f"{title_of(campaign)} · {line}"), section(progress)]
    if facts := _facts(standing):
        blocks.append(section("\n".join(facts)))
    if failures := [_failure(campaign, each) for each in tally.failures]:
        blocks.append(section("\n".join(["Last failures:", *failures])))
    blocks.append(context(joined(_whose(campaign))))
    if buttons := _buttons(standing):
        blocks.append(actions(*buttons))
    return line, blocks


def headline(standing: Standing) -> str:
    """What state the campaign is in, and why, in one line of markup."""
    campaign, tally = standing.campaign, standing.tally
    if campaign.stopped_by is not None:
        return (
            f"*Stopping*: hanging up {tally.live:,} live {noun(tally.live, 'call')}, asked for by"
            f" {person(campaign.stopped_by)}"
        )
    stage = f"*{_STAGES[campaign.state]}*"
    if campaign.handed_over:
        return f"{stage} · handed over to Toingg, which can't be paused or followed from here"
    by = f" by {person(campaign.moved_by)}" if campaign.moved_by else ""
    match campaign.state:
        case Stage.PAUSED:
            return f"{stage}{by or _paused_because(campaign)}"
        case Stage.HELD:
            return f"{stage}. {inline(campaign.said or '', 300) or _HELD}"
        case Stage.CANCELLED:
            return f"{stage}{by}{_not_called(tally, words_of(campaign).done)}"
        case Stage.DONE if campaign.ended_at is not None:
            return f"{stage} · {moment(campaign.ended_at)}"
        case _:
            return stage


def _paused_because(campaign: Campaign) -> str:
    return f" by itself: {why_paused(campaign, campaign.reason, campaign.said)}"


def why_paused(campaign: Campaign, reason: object, said: object) -> str:
    """Why a campaign paused without a person, in a sentence or two of markup."""
    if str(reason) in _BY_ITSELF:
        return f"{_BY_ITSELF[str(reason)]}."
    words = discreet(str(said or ""), campaign.script or "")
    return f"too many {words_of(campaign).one}s in a row went wrong. {words}".rstrip()


def _not_called(tally: Tally, word: str) -> str:
    left = tally.cancelled + tally.pending
    return f" · {people(left)} not {word}" if left else ""


def counts(tally: Tally, said: Words) -> list[str]:
    """How many people stand where: only where there are any."""
    named = [(words, tally.placed.get(outcome, 0)) for outcome, words in OUTCOMES.items()]
    named += [
        (said.doing, tally.dialling),
        ("uncertain", tally.uncertain),
        ("left uncertain", tally.left),
        ("refused", tally.rejected),
        ("skipped", sum(tally.skipped.values())),
        ("cancelled", tally.cancelled),
        (f"to be {said.done}", tally.pending),
    ]
    return [f"{count:,} {words}" for words, count in named if count]


def _failure(campaign: Campaign, failure: Failure) -> str:
    said = discreet(without(failure.said or "", *failure.private), campaign.script or "")
    why = said or f"the {words_of(campaign).one} could not be connected"
    return f"• {mask(failure.phone)}: {why}"


def _facts(standing: Standing) -> list[str]:
    """Pace and finish while it runs, who waits for what, and what it has cost."""
    campaign, tally, terms = standing.campaign, standing.tally, standing.terms
    facts = []
    if campaign.state is Stage.RUNNING and not campaign.handed_over:
        facts.append(f"Pace: {pace(terms, tally.live, kind=campaign.kind)}.")
        at = finish(standing) if tally.pending else ""
        if at:
            facts.append(f"{words_of(campaign).last} about {at}.")
    if campaign.state not in (Stage.DONE, Stage.CANCELLED):
        facts += waits(tally.waiting)
    if terms.price is not None and tally.minutes:
        amount = money(terms.price * Decimal(tally.minutes), terms.currency)
        facts.append(
            f"Cost so far: {amount}, for {tally.minutes:,} started"
            f" {noun(tally.minutes, 'minute')} at {price(terms)}."
        )
    if terms.part_price is not None and tally.parts_sent:
        amount = money(terms.part_price * tally.parts_sent, terms.currency)
        parts = noun(tally.parts_sent, "part")
        facts.append(f"Cost so far: {amount}, for {tally.parts_sent:,} {parts}.")
    return facts


def _whose(campaign: Campaign) -> list[str]:
    """Who answers for it, and since when it runs."""
    whose = [f"{person(campaign.owner)} answers for it"]
    if campaign.started_at is not None:
        whose.append(f"started {moment(campaign.started_at)}")
    if campaign.state not in (Stage.RUNNING, Stage.DONE):
        whose.append(f"{_STAGES[campaign.state].lower()} {moment(campaign.moved_at)}")
    return whose


def _buttons(standing: Standing) -> list[Block]:
    """What can be done to it now; at most one of them is the primary one."""
    campaign, tally = standing.campaign, standing.tally
    results = control("Results", "campaign.results", campaign)
    hand_over = control("Hand Over", "campaign.hand_over", campaign)
    stop = [] if tally.is_quiet or campaign.stopped_by is not None else [stop_all(standing)]
    if campaign.handed_over and campaign.state is Stage.PAUSED:  # so that it isn't so for ever
        return [resume(standing), _cancel(standing), results]
    if campaign.handed_over:
        return [results] if campaign.started_at is not None else []
    match campaign.state:
        case Stage.RUNNING:
            pause = control("Pause", "campaign.pause", campaign, style="primary")
            everything = [stop_all(standing)] if campaign.kind is Kind.CALL else []
            return [pause, *everything, _cancel(standing), hand_over, results]
        case Stage.PAUSED:
            go_on = [] if campaign.stopped_by is not None else [resume(standing)]
            return [*go_on, *stop, _cancel(standing), hand_over, results]
        case Stage.HELD:
            pause = control("Pause", "campaign.pause", campaign)
            return [resume(standing), pause, *stop, _cancel(standing), hand_over, results]
        case _:
            return [*stop, *([results] if campaign.started_at else []), *_again(standing)]


def _cancel(standing: Standing) -> Block:
    left = standing.tally.pending
    question = confirm(
        "Cancel this campaign?",
        f"{people(left)} won't be {words_of(standing.campaign).done}, for good."
        + _UP[standing.campaign.kind],
        "Cancel Campaign",
        "Keep It",
        style="danger",
    )
    return control("Cancel Campaign", "campaign.cancel", standing.campaign, question=question)


def _again(standing: Standing) -> list[Block]:
    """New campaigns out of this one; each shows its own numbers before anybody is called."""
    campaign, unreached = standing.campaign, standing.tally.unreached
    again = control("Run Again", "campaign.again", campaign)
    if not unreached:
        return [again] if standing.tally.ready else []
    if campaign.kind is Kind.TEXT:
        return [control(f"Retry Undelivered ({unreached:,})", "campaign.retry", campaign), again]
    return [
        control(f"Retry No-Answers ({unreached:,})", "campaign.retry", campaign),
        control("Text the No-Answers", "campaign.text_unreached", campaign),
        again,
    ]
