"""How a payment stands by its facts, whichever order they come in, and what its thread is told."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.payments.kinds import Fact, Kind
from bot.payments.standing import Dispute, Standing, fold
from bot.payments.words import link_of, news_of, state_of

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
DUE = AT + timedelta(days=9)


def fact(
    kind: Kind, second: int = 0, of: str = "pi_1", *, amount: int | None = 2500, state: str = ""
) -> Fact:
    """A fact of one payment."""
    due = DUE if "dispute" in kind or "funds" in kind else None
    return Fact(
        event_id=f"evt_{kind}_{second}_{of}_{state}",
        kind=kind,
        at=AT + timedelta(seconds=second),
        livemode=True,
        ids=("pi_1",),
        of=of,
        amount=amount,
        currency="USD",
        total=2500 if kind is Kind.REFUNDED else None,
        state=state,
        due_at=due,
        made_at=AT + timedelta(seconds=2 if of == "re_1" else 3) if of.startswith("re_") else None,
    )


FAILED, PAID = fact(Kind.FAILED), fact(Kind.PAID, 1)
HALF = fact(Kind.REFUND, 2, "re_1", amount=1000, state="succeeded")
HALF_OF_CHARGE = fact(Kind.REFUNDED, 2, "ch_1", amount=1000)
REST = fact(Kind.REFUND, 3, "re_2", amount=1500, state="succeeded")
ALL_OF_CHARGE = fact(Kind.REFUNDED, 3, "ch_1", amount=2500)
BACK = fact(Kind.REFUND, 4, "re_2", amount=1500, state="failed")
OPENED = fact(Kind.DISPUTE_OPENED, 5, "du_1", state="needs_response")
TAKEN = fact(Kind.FUNDS_WITHDRAWN, 5, "du_1", state="needs_response")
ANSWERED = fact(Kind.DISPUTE_UPDATED, 6, "du_1", state="under_review")
WON = fact(Kind.DISPUTE_CLOSED, 7, "du_1", state="won")
LOST = fact(Kind.DISPUTE_CLOSED, 7, "du_1", state="lost")
RETURNED = fact(Kind.FUNDS_REINSTATED, 7, "du_1", state="won")
WARNED = fact(Kind.FRAUD_WARNING, 8, "issfr_1", amount=None)


@pytest.mark.parametrize(
    ("facts", "state", "refunded"),
    [
        ([FAILED], "Failed", 0),
        ([FAILED, PAID], "Paid", 0),
        ([fact(Kind.PENDING)], "On its way", 0),
        ([fact(Kind.PENDING, 9), PAID], "Paid", 0),
        ([fact(Kind.FAILED, 9), PAID], "Paid", 0),
        ([fact(Kind.EXPIRED)], "Checkout expired", 0),
        ([PAID, HALF], "Partly refunded", 1000),
        ([PAID, HALF, HALF_OF_CHARGE], "Partly refunded", 1000),
        ([PAID, HALF_OF_CHARGE], "Partly refunded", 1000),
        ([PAID, HALF, HALF_OF_CHARGE, REST, ALL_OF_CHARGE], "Refunded", 2500),
        ([PAID, HALF, REST, ALL_OF_CHARGE, BACK], "Partly refunded", 1000),
        ([PAID, BACK], "Paid", 0),
        ([BACK], "Refund failed", 0),
        ([ALL_OF_CHARGE], "Refunded", 2500),
        ([PAID, OPENED, TAKEN], "Disputed", 0),
        ([PAID, OPENED, TAKEN, ANSWERED], "Disputed", 0),
        ([PAID, OPENED, TAKEN, WON, RETURNED], "Paid", 0),
        ([PAID, OPENED, TAKEN, LOST], "Dispute lost", 0),
        ([WARNED], "Fraud warning", 0),
        ([PAID, WARNED], "Paid", 0),
        ([fact(Kind.PAYOUT_PAID), fact(Kind.PAYOUT_FAILED, 9)], "Payout failed", 0),
        ([fact(Kind.INVOICE_FAILED), fact(Kind.INVOICE_PAID, 9)], "Paid", 0),
        ([fact(Kind.INVOICE_PAID), fact(Kind.INVOICE_FAILED, 9)], "Paid", 0),
    ],
)
def test_every_order_comes_to_the_same(facts: list[Fact], state: str, refunded: int) -> None:
    """Across seconds the later counts, within one the higher rank; paid stays paid."""
    for order in itertools.islice(itertools.permutations(facts), 120):
        standing = fold(order)
        assert (state_of(standing), standing.refunded) == (state, refunded)


ALL = [
    FAILED,
    PAID,
    HALF,
    HALF_OF_CHARGE,
    REST,
    ALL_OF_CHARGE,
    OPENED,
    TAKEN,
    ANSWERED,
    WON,
    WARNED,
]


@given(order=st.permutations(ALL), doubled=st.lists(st.sampled_from(ALL)))
def test_each_thing_is_told_once(order: list[Fact], doubled: list[Fact]) -> None:
    """In any order, with anything twice: what was given back adds up, no line is there twice."""
    told: list[str] = []
    before, known = Standing(), list[Fact]()
    for each in [*order, *doubled]:
        after = fold([*known, each]) if each not in known else before
        told += news_of(before, after, "en_US")
        known = [*known, each] if each not in known else known
        before = after
    assert len([line for line in told if line.startswith("*Paid")]) <= 1
    assert len([line for line in told if "suspects fraud" in line]) == 1
    assert len([line for line in told if line.startswith("*Refunded")]) in (1, 2)
    assert sum("is won" in line or ": won" in line for line in told) == 1
    assert len(set(told)) == len(told)
    assert before.refunded == 2500


def test_the_evidence_is_due() -> None:
    """Three days and one day before; not once it is answered, nor after it is due."""
    standing = fold([PAID, OPENED])
    first, second = DUE - timedelta(days=3), DUE - timedelta(days=1)
    assert standing.remind_at(AT) == first
    assert standing.remind_at(first) == second
    assert standing.remind_at(second) is None
    assert fold([PAID, OPENED, ANSWERED]).remind_at(AT) is None
    assert fold([PAID]).remind_at(AT) is None


def test_who_begins_a_message() -> None:
    """What is outdated doesn't, and neither does a checkout that nobody paid."""
    paid = fold([FAILED, PAID])
    assert paid.is_told_by(PAID)
    assert not paid.is_told_by(FAILED)
    assert paid.is_told_by(HALF)
    expired = fact(Kind.EXPIRED)
    assert not fold([expired]).is_told_by(expired)


def test_links() -> None:
    """To the payment's page, in its mode; what has no page has no link."""
    assert link_of(fold([PAID])) == "https://dashboard.stripe.com/payments/pi_1"
    assert link_of(Standing(id="po_1", livemode=False)).endswith("/test/payouts/po_1")
    assert link_of(Standing(id="cs_1")) == ""


def test_a_dispute_that_nobody_names() -> None:
    """A status that is new is open, and wants nothing that is known."""
    dispute = Dispute("du_1", None, "brand_new", "", None, None)
    assert not dispute.is_over
    assert not dispute.wants_evidence
