"""A campaign that has been started: how far it is, what it costs, what can be done to it."""

from decimal import Decimal

from bot.slack.blocks.campaign_parts import (
    Standing,
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
)
from bot.slack.blocks.parts import Block, actions, confirm, context, moment, person, section
from bot.slack.text import discreet, inline, mask
from storage.campaigns import Campaign, Stage
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
_FAILING = "too many calls in a row went wrong"
_HELD = "The budget is used up: top it up, then Resume."

OUTCOMES = {
    Outcome.TALKING: "talking",
    Outcome.ON_ITS_WAY: "placed",
    Outcome.ENDED: "answered",
    Outcome.NO_ANSWER: "no answer",
    Outcome.BUSY: "busy",
    Outcome.FAILED: "failed",
    Outcome.CANCELED: "canceled",
    Outcome.UNKNOWN: "ended, not reported",
}


def live(standing: Standing) -> tuple[str, list[Block]]:
    """The headline, and the card under it."""
    campaign, tally = standing.campaign, standing.tally
    line = headline(standing)
    progress = f"{bar(tally.called, tally.ready)}\n{joined(counts(tally))}"
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
            return f"{stage}{by}{_not_called(tally)}"
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
    return f"{_FAILING}. {words}".rstrip()


def _not_called(tally: Tally) -> str:
    left = tally.cancelled + tally.pending
    return f" · {people(left)} not called" if left else ""


def counts(tally: Tally) -> list[str]:
    """How many people stand where: only where there are any."""
    named = [(words, tally.placed.get(outcome, 0)) for outcome, words in OUTCOMES.items()]
    named += [
        ("dialling", tally.dialling),
        ("uncertain", tally.uncertain),
        ("left uncertain", tally.left),
        ("refused", tally.rejected),
        ("skipped", sum(tally.skipped.values())),
        ("cancelled", tally.cancelled),
        ("to be called", tally.pending),
    ]
    return [f"{count:,} {words}" for words, count in named if count]


def _failure(campaign: Campaign, failure: Failure) -> str:
    words = [part for text in failure.private for part in (text, *text.split())]
    said = discreet(failure.said or "", campaign.script or "", *words)
    return f"• {mask(failure.phone)}: {said or 'the call could not be connected'}"


def _facts(standing: Standing) -> list[str]:
    """Pace and finish while it runs, who waits for what, and what it has cost."""
    campaign, tally, terms = standing.campaign, standing.tally, standing.terms
    facts = []
    if campaign.state is Stage.RUNNING and not campaign.handed_over:
        facts.append(f"Pace: {pace(terms, tally.live)}.")
        at = finish(standing) if tally.pending else ""
        if at:
            facts.append(f"The last call begins about {at}.")
    if campaign.state not in (Stage.DONE, Stage.CANCELLED):
        facts += waits(tally.waiting)
    if terms.price is not None and tally.minutes:
        amount = money(terms.price * Decimal(tally.minutes), terms.currency)
        facts.append(
            f"Cost so far: {amount}, for {tally.minutes:,} started"
            f" {noun(tally.minutes, 'minute')} at {price(terms)}."
        )
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
            return [pause, stop_all(standing), _cancel(standing), hand_over, results]
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
        f"{people(left)} won't be called, for good. Calls that are up go on; Stop All ends them.",
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
    return [control(f"Retry No-Answers ({unreached:,})", "campaign.retry", campaign), again]
