"""A payment in words: what its message shows, and what its threads are told of a change. Pure."""

from datetime import datetime

from bot.payments.kinds import Fact, Kind
from bot.payments.money import printed
from bot.payments.standing import REMINDERS, Dispute, Refund, Standing
from bot.slack.blocks.parts import minute
from bot.slack.blocks.payment_card import PaymentShown
from bot.slack.text import escape

_STATES = {
    Kind.PENDING: "On its way",
    Kind.PAID: "Paid",
    Kind.FAILED: "Failed",
    Kind.EXPIRED: "Checkout expired",
    Kind.INVOICE_UNFINALIZED: "Invoice not finalized",
    Kind.INVOICE_ACTION: "Waits for the customer",
    Kind.INVOICE_FAILED: "Failed",
    Kind.INVOICE_OVERDUE: "Overdue",
    Kind.INVOICE_UNCOLLECTIBLE: "Uncollectible",
    Kind.INVOICE_PAID: "Paid",
    Kind.SUBSCRIPTION_CREATED: "Subscribed",
    Kind.SUBSCRIPTION_UPDATED: "Subscription changed",
    Kind.TRIAL_ENDING: "Trial ends soon",
    Kind.SUBSCRIPTION_PAUSED: "Subscription paused",
    Kind.SUBSCRIPTION_RESUMED: "Subscription resumed",
    Kind.SUBSCRIPTION_ENDED: "Subscription ended",
    Kind.PAYOUT_PAID: "Paid out",
    Kind.PAYOUT_CANCELED: "Payout canceled",
    Kind.PAYOUT_FAILED: "Payout failed",
}
_PAGES = {"pi": "payments", "ch": "payments", "py": "payments", "in": "invoices"} | {
    "sub": "subscriptions",
    "po": "payouts",
}
_BILLING = ("subscription", "trial", "payout", "invoice")


def shown_of(standing: Standing, facts: list[Fact], locale: str) -> PaymentShown:
    """What the message says of a payment, of which there is at least one fact."""
    newest = max(facts, key=lambda fact: (fact.at, fact.kind.rank))
    return PaymentShown(
        amount=printed(standing.amount, standing.currency, locale),
        state=state_of(standing),
        is_test=not standing.livemode,
        who=standing.who,
        about=standing.about,
        lines=tuple(_details(standing, locale)),
        link=link_of(standing),
        event_id=newest.event_id,
        at=newest.at,
    )


def state_of(standing: Standing) -> str:
    """The state in a word or two; what follows a payment comes before the payment itself."""
    if any(not dispute.is_over for dispute in standing.disputes):
        return "Disputed"
    if any(dispute.status == "lost" for dispute in standing.disputes):
        return "Dispute lost"
    if standing.refunded and standing.refunded >= (standing.amount or 0):
        return "Refunded"
    if standing.refunded:
        return "Partly refunded"
    if standing.latest is not None:
        return _STATES[standing.latest.kind]
    return "Fraud warning" if standing.warning is not None else "Refund failed"


def link_of(standing: Standing) -> str:
    """Its page in Stripe's Dashboard; "" where it has none."""
    page = _PAGES.get(standing.id.partition("_")[0])
    mode = "" if standing.livemode else "test/"
    return f"https://dashboard.stripe.com/{mode}{page}/{standing.id}" if page else ""


def _details(standing: Standing, locale: str) -> list[str]:
    lines = []
    latest = standing.latest
    if latest is not None:
        lines += _of_latest(latest, standing)
    if standing.refunded:
        of = printed(standing.amount, standing.currency, locale)
        lines.append(f"{printed(standing.refunded, standing.currency, locale)} of {of} refunded")
    lines += [_failed(it, standing, locale) for it in standing.refunds if it.has_failed]
    lines += [_disputed(it, standing, locale) for it in standing.disputes]
    if standing.warning is not None:
        lines.append(_warned(standing))
    return lines


def _of_latest(latest: Fact, standing: Standing) -> list[str]:
    lines = []
    if standing.tries:
        tries = "1 failed try" if standing.tries == 1 else f"{standing.tries:,} failed tries"
        lines.append(tries + _because(latest.reason))
    elif latest.reason and latest.reason != "ends_at_period_end":
        lines.append(_spoken(latest.reason).capitalize())
    if latest.reason == "ends_at_period_end":
        lines.append(
            "Ends with the period" + (f", {minute(latest.due_at)}" if latest.due_at else "")
        )
    elif latest.due_at is not None:
        lines.append(f"{_DUE.get(latest.kind, 'Due')} {minute(latest.due_at)}")
    return lines


_DUE = {
    Kind.INVOICE_FAILED: "Next try",
    Kind.TRIAL_ENDING: "The trial ends",
    Kind.PAYOUT_PAID: "Arrival",
    Kind.PAYOUT_FAILED: "Would have arrived",
    Kind.PAYOUT_CANCELED: "Would have arrived",
}


# What is new


def news_of(before: Standing, after: Standing, locale: str) -> list[str]:
    """What a thread is told of the change; nothing where only the message is drawn anew.

    What comes late, and ranks below what was told already, isn't told.
    """
    lines = _main_news(before, after, locale)
    if after.refunded > before.refunded:
        given = printed(after.refunded - before.refunded, after.currency, locale)
        of = printed(after.amount, after.currency, locale)
        total = printed(after.refunded, after.currency, locale)
        lines.append(f"*Refunded {given}*: {total} of {of} in all.")
    failed = {refund.id for refund in before.refunds if refund.has_failed}
    lines += [
        f"*{_failed(refund, after, locale)}.*"
        for refund in after.refunds
        if refund.has_failed and refund.id not in failed
    ]
    earlier = {dispute.id: dispute for dispute in before.disputes}
    for dispute in after.disputes:
        lines += _dispute_news(earlier.get(dispute.id), dispute, after, locale)
    if after.warning is not None and before.warning is None:
        lines.append(f"*{_warned(after)}.* Refund it before it becomes a dispute.")
    return lines


def _main_news(before: Standing, after: Standing, locale: str) -> list[str]:
    latest, earlier = after.latest, before.latest
    if latest is None or latest == earlier or (after.is_reversed and after.is_paid):
        return []
    state = _STATES[latest.kind]
    same = earlier is not None and _STATES[earlier.kind] == state
    if latest.kind in (Kind.FAILED, Kind.INVOICE_FAILED):
        if after.tries <= before.tries:
            return []
        return [f"*{state}*{_because(latest.reason)}, {_count(after.tries)}."]
    if same and not latest.kind.startswith(_BILLING):
        return []
    if same and latest.kind is Kind.INVOICE_PAID:
        return []
    amount = printed(latest.amount, latest.currency, locale)
    return [f"*{state}*: {amount}.", *_of_latest(latest, Standing())]


def _count(tries: int) -> str:
    return "the first try" if tries == 1 else f"{tries:,} tries by now"


def _dispute_news(
    before: Dispute | None, after: Dispute, standing: Standing, locale: str
) -> list[str]:
    amount = printed(after.amount, standing.currency, locale)
    lines = []
    if before is None:
        lines.append(f"*{_disputed(after, standing, locale)}.*")
    elif after.status != before.status:
        lines.append(
            f"*The dispute {_DECIDED.get(after.status, 'changed: ' + _spoken(after.status))}.*"
        )
    elif after.due_at != before.due_at and after.due_at is not None and after.wants_evidence:
        lines.append(f"*The evidence is due {minute(after.due_at)} now.*")
    if after.has_funds is not (before.has_funds if before else None):
        moved = "is back in your balance" if after.has_funds else "was taken from your balance"
        lines.append(f"{amount} {moved}.")
    return lines


_DECIDED = {
    "needs_response": "wants your evidence",
    "under_review": "has your evidence: the bank is looking at it",
    "won": "is won",
    "lost": "is lost",
    "warning_needs_response": "is an inquiry, and wants an answer",
    "warning_under_review": "is an inquiry, and has your answer",
    "warning_closed": "is over: the inquiry was closed",
    "prevented": "was prevented",
}


def reminder_of(standing: Standing, now: datetime) -> list[str]:
    """What a thread is told before evidence is due."""
    return [
        f"*The evidence of the dispute is due {minute(dispute.due_at)}.* Answer it in Stripe"
        + (f": <{link_of(standing)}|Open in Stripe>" if link_of(standing) else ".")
        for dispute in standing.disputes
        if dispute.wants_evidence
        and dispute.due_at is not None
        and now < dispute.due_at <= now + max(REMINDERS)
    ]


# Parts of sentences


def _failed(refund: Refund, standing: Standing, locale: str) -> str:
    amount = printed(refund.amount, standing.currency, locale)
    return f"A refund of {amount} has failed{_because(refund.reason)}"


def _disputed(dispute: Dispute, standing: Standing, locale: str) -> str:
    amount = printed(dispute.amount, standing.currency, locale)
    line = f"Dispute over {amount}{_because(dispute.reason)}"
    if dispute.is_over:
        return f"{line}: {_spoken(dispute.status)}"
    if dispute.wants_evidence and dispute.due_at is not None:
        return f"{line}: evidence is due {minute(dispute.due_at)}"
    return f"{line}: {_spoken(dispute.status)}" if dispute.status else line


def _warned(standing: Standing) -> str:
    return f"The card's issuer suspects fraud{_because(standing.warning or '')}"


def _because(reason: str) -> str:
    return f" ({_spoken(reason)})" if reason else ""


def _spoken(word: str) -> str:
    return escape(word.replace("_", " "))
