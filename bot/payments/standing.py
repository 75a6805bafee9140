"""How a payment stands, by all that is known of it, in whichever order that came. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.payments.kinds import Fact, Group, Kind

REMINDERS = (timedelta(days=3), timedelta(days=1))
"""How long before a dispute's evidence is due its threads are told so."""

_BESIDE = (Group.REFUNDS, Group.DISPUTES, Group.FRAUD)
"""What may follow a payment without changing whether it is paid."""
_PAID = (Kind.PAID, Kind.INVOICE_PAID)
"""Nothing fails or expires after that: Stripe's payment intents and invoices end with it."""
_FAILED = (Kind.FAILED, Kind.INVOICE_FAILED)
_UNANSWERED = ("needs_response", "warning_needs_response")
_STATUSES = (*_UNANSWERED[::-1], "warning_under_review", "under_review")
"""Within one second a dispute goes this way; what is over comes after all of them."""
_OVER = ("won", "lost", "warning_closed", "prevented")
_GONE = ("failed", "canceled")
_REFUND_STATES = ("requires_action", "pending", "succeeded", *_GONE)


@dataclass(frozen=True)
class Refund:
    """One refund, as Stripe last said."""

    id: str
    amount: int
    state: str
    reason: str
    at: datetime
    made_at: datetime

    @property
    def has_failed(self) -> bool:
        """Whether the money came back."""
        return self.state in _GONE


@dataclass(frozen=True)
class Dispute:
    """One dispute; `has_funds`: whether the money is with the merchant, None where nobody said."""

    id: str
    amount: int | None
    status: str
    reason: str
    due_at: datetime | None
    has_funds: bool | None

    @property
    def is_over(self) -> bool:
        """Whether it is decided."""
        return self.status in _OVER

    @property
    def wants_evidence(self) -> bool:
        """Whether the merchant has to answer."""
        return self.status in _UNANSWERED


@dataclass(frozen=True)
class Standing:
    """What a payment's message shows.

    `latest` is the newest fact of whether it is paid, None where none came yet; `tries` are those
    that failed. `refunded` is what was given back in all, in minor units, as `amount` is.
    """

    latest: Fact | None = None
    tries: int = 0
    amount: int | None = None
    currency: str = ""
    who: str = ""
    about: str = ""
    refunded: int = 0
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    warning: str | None = None
    livemode: bool = True
    id: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether the money has come in, whatever became of it since."""
        return self.latest is not None and self.latest.kind in _PAID

    @property
    def is_reversed(self) -> bool:
        """Whether something follows the payment that ranks above it."""
        return bool(self.refunded or self.disputes)

    def is_told_by(self, fact: Fact) -> bool:
        """Whether this fact is told where nothing of the payment was: it isn't outdated.

        A checkout that nobody paid is told only where its payment stands already.
        """
        if fact.kind is Kind.EXPIRED:
            return False
        if fact.kind.group in _BESIDE or self.latest is None:
            return True
        return self.latest.kind is fact.kind or (self.is_paid and fact.kind in _PAID)

    def remind_at(self, now: datetime) -> datetime | None:
        """When its threads are next reminded of evidence that is due."""
        due = [it.due_at for it in self.disputes if it.wants_evidence and it.due_at]
        moments = (at - before for at in due for before in REMINDERS)
        return min((moment for moment in moments if moment > now), default=None)


def fold(facts: Sequence[Fact]) -> Standing:
    """How these facts leave it: across seconds the later counts, within one the higher rank, and
    of one rank what arrived later.
    """
    if not facts:
        return Standing()
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.kind.rank))
    main = [fact for fact in ordered if fact.kind.group not in _BESIDE]
    settled = [fact for fact in main if fact.kind in _PAID]
    latest = next(reversed(settled or main), None)
    refunds = _refunds(ordered)
    money = latest if latest is not None and latest.amount is not None else _priced(ordered)
    return Standing(
        latest=latest,
        tries=_tries(main),
        amount=None if money is None else money.amount if money is latest else _whole(money),
        currency=next((it.currency for it in (money, *ordered) if it and it.currency), ""),
        who=_first(fact.who for fact in _sessions_first(ordered)),
        about=_first(fact.about for fact in _sessions_first(ordered)),
        refunded=_refunded(ordered, refunds),
        refunds=refunds,
        disputes=_disputes(ordered),
        warning=next((it.reason for it in ordered if it.kind is Kind.FRAUD_WARNING), None),
        livemode=ordered[0].livemode,
        id=min((it for fact in ordered for it in fact.ids), key=_firmness),
    )


def _priced(ordered: Sequence[Fact]) -> Fact | None:
    """A fact that says how large the payment was, in the lack of one of the payment itself."""
    refunded = [it for it in ordered if it.total is not None]
    disputed = [it for it in ordered if it.kind.group is Group.DISPUTES and it.amount is not None]
    return next(iter((*refunded, *disputed)), None)


def _whole(fact: Fact) -> int | None:
    return fact.amount if fact.total is None else fact.total


def _tries(main: Iterable[Fact]) -> int:
    """A try of a bank debit is told twice, by the payment intent and by its session."""
    failed = [fact for fact in main if fact.kind in _FAILED]
    intents = sum(fact.of.startswith("pi_") for fact in failed)
    invoices = sum(fact.kind is Kind.INVOICE_FAILED for fact in failed)
    return max(intents, invoices, min(len(failed), 1))


def _sessions_first(ordered: Sequence[Fact]) -> list[Fact]:
    return sorted(ordered, key=lambda fact: not fact.of.startswith("cs_"))


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _firmness(id_: str) -> tuple[int, str]:
    prefixes = ("pi", "in", "ch", "py", "sub", "po", "cs")
    prefix = id_.partition("_")[0]
    return (prefixes.index(prefix) if prefix in prefixes else len(prefixes), id_)


# What follows


def _refunds(ordered: Iterable[Fact]) -> tuple[Refund, ...]:
    """Each refund by its newest fact."""
    mine = [fact for fact in ordered if fact.kind is Kind.REFUND]
    newest: dict[str, Fact] = {}
    for fact in sorted(mine, key=lambda fact: (fact.at, _refund_rank(fact.state))):
        newest[fact.of] = fact
    return tuple(
        Refund(id_, it.amount or 0, it.state, it.reason, it.at, it.made_at or it.at)
        for id_, it in sorted(newest.items())
    )


def _refund_rank(state: str) -> int:
    return _REFUND_STATES.index(state) if state in _REFUND_STATES else -1


def _refunded(ordered: Iterable[Fact], refunds: Iterable[Refund]) -> int:
    """What was given back in all: the charge's newest sum, and the refunds that were made since.

    The sum still counts a refund that failed later: no event of the charge says so.
    """
    sums = [fact for fact in ordered if fact.kind is Kind.REFUNDED]
    newest = max(sums, key=lambda fact: (fact.at, fact.amount or 0), default=None)
    given = sum(refund.amount for refund in refunds if not refund.has_failed)
    if newest is None:
        return given
    counted = [it for it in refunds if it.made_at <= newest.at]
    back = sum(it.amount for it in counted if it.has_failed and it.at >= newest.at)
    since = sum(it.amount for it in refunds if it.made_at > newest.at and not it.has_failed)
    return max((newest.amount or 0) - back + since, given)


def _disputes(ordered: Iterable[Fact]) -> tuple[Dispute, ...]:
    by_id: dict[str, list[Fact]] = {}
    for fact in ordered:
        if fact.kind.group is Group.DISPUTES:
            by_id.setdefault(fact.of, []).append(fact)
    return tuple(_dispute(id_, facts) for id_, facts in sorted(by_id.items()))


def _status_rank(status: str) -> int:
    return _STATUSES.index(status) if status in _STATUSES else len(_STATUSES)


def _dispute(id_: str, facts: Sequence[Fact]) -> Dispute:
    """What is decided stays so, whatever comes late."""
    by_status = sorted(facts, key=lambda fact: (fact.at, _status_rank(fact.state)))
    said = [fact.state for fact in by_status if fact.state]
    over = [state for state in said if state in _OVER]
    moved = [it.kind for it in facts if it.kind in (Kind.FUNDS_WITHDRAWN, Kind.FUNDS_REINSTATED)]
    return Dispute(
        id=id_,
        amount=next((it.amount for it in reversed(facts) if it.amount is not None), None),
        status=(over or said or [""])[-1],
        reason=_first(fact.reason for fact in reversed(facts)),
        due_at=next((it.due_at for it in reversed(facts) if it.due_at is not None), None),
        has_funds=moved[-1] is Kind.FUNDS_REINSTATED if moved else None,
    )
