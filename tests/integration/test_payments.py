"""Payments from the signed event to the channel: told once, kept right."""

from collections.abc import Iterator

import pytest

from tests.logged import Logged
from tests.paying import Paying, paying
from tests.stage import Stage, text_of


@pytest.fixture
def pay(stage: Stage, log: Logged) -> Iterator[Paying]:
    """A stage with a Stripe."""
    with paying(stage) as built:
        yield built


async def test_paid_at_the_checkout(pay: Paying) -> None:
    """Two events of one payment are one message: amount, who, state, badge, link, event."""
    async with pay.bot("payments test"):
        session = pay.stripe.open(2500, "usd")
        pay.stripe.pay(session.id)
        message = await pay.message("*25.00\xa0USD*", "*Paid*", "j•••@example.com")
        assert "`TEST`" in text_of(message)
        intent = pay.stripe.session(session.id).payment_intent
        assert f"https://dashboard.stripe.com/test/payments/{intent}" in text_of(message)
        assert "`evt_" in text_of(message)
    assert len(pay.messages()) == 1
    assert pay.stage.thread(message) == ""
