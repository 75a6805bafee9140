"""What all that is shown of a campaign is made of. It stands in channels: no name, no number."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bot.slack.blocks.parts import Block, button, confirm, minute
from bot.slack.text import inline
from storage.approvals import Approval
from storage.campaigns import Campaign
from storage.rows import Kind
from storage.tally import Tally

_CENT = Decimal("0.01")
_MICRO = 1_000_000
_BAR = 20
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Words:
    """What is done to the people of a campaign, in the forms in which it is said."""

    do: str
    done: str
    doing: str
    one: str
    last: str


_WORDS = {
    Kind.CALL: Words("Call", "called", "dialling", "call", "The last call begins"),
    Kind.TEXT: Words("Text", "texted", "sending", "text", "The last text goes out"),
}


def words_of(campaign: Campaign) -> Words:
    """Those of this campaign's kind."""
    return _WORDS[campaign.kind]


@dataclass(frozen=True)
class Terms:
    """What a workspace's campaigns go by. None: no limit; no price: no cost is shown.

    `price` is that of a started minute, `expected_minutes` how long a call is taken to last,
    `part_price` what each part of a text costs.
    """

    per_minute: float | None
    max_live: int | None
    price: Decimal | None
    currency: str
    expected_minutes: int
    part_price: Decimal | None = None


@dataclass(frozen=True)
class Outlook:
    """What can be told beforehand of those who are still to be called.

    `interrupted`: whoever read the list died over it. `takes`: how long it takes to begin their
    calls; None: nothing limits them. `outside`: how many wait for their hours, until when.
    `over_cap` and `over_budget`: for how many there is no room. `wants_approval`: they are more
    than one person may have called; `approval`: who was asked, and said yes.
    """

    takes: timedelta | None = None
    outside: tuple[tuple[datetime, int], ...] = ()
    over_cap: int = 0
    over_budget: int = 0
    interrupted: bool = False
    wants_approval: bool = False
    approval: Approval | None = None


@dataclass(frozen=True)
class Standing:
    """A campaign as it is drawn: the row, its numbers, and what they mean here and now."""

    campaign: Campaign
    tally: Tally
    terms: Terms
    outlook: Outlook
    now: datetime


def value_of(campaign: Campaign) -> str:
    """What a button says of its campaign: which one, and as of which move."""
    return f"{campaign.id}.{campaign.version}"


def title_of(campaign: Campaign) -> str:
    """The campaign's name, in markup; Toingg's own beside it where that is another."""
    title = f"*{inline(campaign.title, 80)}*"
    return (
        title
        if campaign.title == campaign.campaign
        else (f"{title} · {inline(campaign.campaign, 60)}")
    )


def control(
    label: str,
    action_id: str,
    campaign: Campaign,
    *,
    style: str | None = None,
    question: Block | None = None,
) -> Block:
    """A button of this campaign."""
    return button(label, action_id, value_of(campaign), style=style, confirm=question)


def stop_all(standing: Standing, action_id: str = "campaign.stop") -> Block:
    """Stop All, with its question."""
    live = standing.tally.live + standing.tally.dialling
    question = confirm(
        "Stop everything?",
        f"Hang up {live:,} live {noun(live, 'call')} and stop? {people(standing.tally.pending)}"
        " still to be called will wait; Resume goes on with them.",
        "Stop All",
        "Not Yet",
        style="danger",
    )
    return control("Stop All", action_id, standing.campaign, style="danger", question=question)


def resume(
    standing: Standing, action_id: str = "campaign.resume", *, style: str | None = "primary"
) -> Block:
    """Resume, with its question."""
    left = standing.tally.pending
    do = words_of(standing.campaign).do
    question = confirm(
        "Go on?", f"{do} {left:,} more {noun(left, 'person', 'people')}?", "Resume", "Not Yet"
    )
    return control("Resume", action_id, standing.campaign, style=style, question=question)


# Words


def noun(count: int, one: str, many: str = "") -> str:
    """The word for so many of them."""
    return one if count == 1 else many or f"{one}s"


def people(count: int) -> str:
    """So many of them: `9,871 people`."""
    return f"{count:,} {noun(count, 'person', 'people')}"


def money(amount: Decimal, currency: str) -> str:
    """`1,480.00 USD`."""
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):,} {currency}"


def micro(amount: int) -> Decimal:
    """Micro-units of a currency as an amount of it."""
    return Decimal(amount) / _MICRO


def price(terms: Terms) -> str:
    """The price of a minute as it was set: `0.12`."""
    return f"{terms.price:f}"


def duration(time: timedelta) -> str:
    """`2 h 45 min`."""
    if time < _MINUTE:
        return "1 min"
    hours, rest = divmod(time, _HOUR)
    minutes = rest // _MINUTE
    if hours == 0:
        return f"{minutes} min"
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def pace(terms: Terms, live: int | None = None, *, kind: Kind = Kind.CALL) -> str:
    """Both limits in words; with `live`, how many calls are up now. Texts have one limit."""
    a_minute = "as fast as Toingg takes them"
    if terms.per_minute is not None:
        a_minute = f"{terms.per_minute:,.4g} {noun(round(terms.per_minute), kind)} a minute"
    if kind is Kind.TEXT:
        return a_minute
    if live is None:
        most = "any number" if terms.max_live is None else f"at most {terms.max_live:,}"
        return f"{a_minute}, {most} live at once"
    most = "" if terms.max_live is None else f" of at most {terms.max_live:,}"
    return f"{a_minute}, {live:,}{most} live now"


def finish(standing: Standing) -> str:
    """When the calls that are still to be begun are begun, in each viewer's zone; "" if unknown.

    Rounded up to the minute, so that a card on which nothing happens stays as it is.
    """
    takes = standing.outlook.takes
    if takes is None:
        return ""
    first = standing.campaign.start_at or standing.now
    waiting = (*standing.outlook.outside, *standing.tally.waiting)
    latest = max([first + takes, *(at for at, _ in waiting)])
    rounded = latest.replace(second=0, microsecond=0) + _MINUTE
    return minute(rounded)


def bar(done: int, total: int, word: str = "called") -> str:
    """A progress bar in text, with its figures."""
    share = done / total if total else 1.0
    filled = int(share * _BAR)
    percent = 100 if done >= total else min(99, int(share * 100))
    return f"`{'█' * filled}{'░' * (_BAR - filled)}` {percent} % · {done:,} of {total:,} {word}"


def waits(waiting: Iterable[tuple[datetime, int]], *, most: int = 3) -> list[str]:
    """`88 wait for 17:00`, a line a moment; moments of the same minute are one."""
    minutes: Counter[datetime] = Counter()
    for at, count in waiting:
        minutes[at.replace(second=0, microsecond=0)] += count
    ordered = sorted(minutes.items())
    lines = [f"{count:,} {noun(count, 'waits', 'wait')} for {minute(at)}." for at, count in ordered]
    if len(lines) > most:
        later = sum(count for _, count in ordered[most:])
        lines[most:] = [f"{later:,} {noun(later, 'waits', 'wait')} for later."]
    return lines


def joined(parts: Sequence[str]) -> str:
    """Small facts on one line."""
    return " · ".join(part for part in parts if part)
