"""Payments from the signed event to the channel: told once, kept right."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from bot.clock import now
from bot.payments import announce
from bot.payments.kinds import Fact
from bot.payments.processing import facts_of
from storage import payments
from tests.logged import Logged
from tests.paying import OLD_SECRET, SECRET, Paying, paying
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


async def test_a_change_between_two_looks_is_told(
    pay: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment that moves while its message is made isn't taken for told."""
    moved: list[str] = []

    def look(connection: Connection, payment_id: str) -> list[Fact]:
        facts = facts_of(connection, payment_id)
        if not moved:
            moved.append(payment_id)
            with connection.engine.begin() as other:
                payment = payments.read(other, payment_id)
                payments.advance(other, payment, ["Meanwhile"], remind_at=None, now=now())
        return facts

    monkeypatch.setattr(announce, "facts_of", look)
    async with pay.bot("payments test"):
        session = pay.stripe.open(2500, "usd")
        pay.stripe.pay(session.id)
        await pay.threaded(await pay.message("*Paid*"), "Meanwhile")
    assert len(moved) == 1


async def test_what_follows_a_payment_is_in_its_thread(pay: Paying) -> None:
    """Refund, dispute and its end: the message is redrawn, its thread told once of each."""
    async with pay.bot("payments test"):
        session = pay.stripe.open(2500, "usd")
        pay.stripe.pay(session.id)
        await pay.message("*Paid*")
        pay.stripe.refund(session.id, 500)
        message = await pay.message("*Partly refunded*", "5.00\xa0USD of 25.00\xa0USD refunded")
        await pay.threaded(message, "Refunded 5.00\xa0USD")
        pay.stripe.dispute(session.id)
        await pay.message("*Disputed*", "fraudulent", "evidence is due <!date^")
        await pay.threaded(message, "evidence is due", "was taken from your balance")
        pay.stripe.answer_dispute(session.id)
        await pay.threaded(message, "has your evidence")
        pay.stripe.close_dispute(session.id, won=True)
        said = await pay.threaded(message, "is won", "is back in your balance")
        await pay.message("*Partly refunded*", "Dispute over 25.00\xa0USD (fraudulent): won")
    assert len(pay.messages()) == 1
    assert said.count("Refunded") == said.count("evidence is due") == said.count("is won") == 1


async def test_a_failed_try_then_paid(pay: Paying) -> None:
    """Tries that fail are one message with their count; a success is in its thread."""
    async with pay.bot("failures test"):
        session = pay.stripe.open(1200, "usd")
        pay.stripe.fail(session.id, "insufficient_funds")
        message = await pay.message("*Failed*", "1 failed try (insufficient funds)")
        pay.stripe.fail(session.id, "lost_card")
        await pay.message("*Failed*", "2 failed tries (lost card)")
        await pay.threaded(message, "(lost card), 2 tries by now")
        pay.stripe.pay(session.id)
        await pay.message("*Paid*", "2 failed tries")
        await pay.threaded(message, "*Paid*: 12.00\xa0USD")
    assert len(pay.messages()) == 1


async def test_every_group_is_told_where_it_is_wanted(pay: Paying) -> None:
    """Each channel is told its own groups and no other."""
    async with pay.bot():
        await pay.notify("payouts subscriptions invoices test")
        await pay.notify("fraud refunds test", channel="support")
        pay.stripe.payout("paid", 5000)
        await pay.message("*50.00\xa0USD*", "*Paid out*", "Arrival")
        pay.stripe.payout("failed", 700)
        await pay.message("*7.00\xa0USD*", "*Payout failed*", "Account closed")
        subscription = pay.stripe.subscription("created", amount=2000)
        message = await pay.message("*20.00\xa0USD*", "*Subscribed*", "every month")
        pay.stripe.subscription("updated", subscription=subscription, metadata={"a": "b"})
        pay.stripe.subscription("updated", subscription=subscription, new_amount=3000)
        await pay.message("*30.00\xa0USD*", "*Subscription changed*")
        pay.stripe.subscription("updated", subscription=subscription, cancel_at_period_end=True)
        await pay.threaded(message, "Ends with the period, <!date^")
        said = await pay.threaded(message, "*Subscription changed*: 30.00\xa0USD")
        assert said.count("Subscription changed") == 2
        pay.stripe.invoice("payment_failed", amount=4000)
        await pay.message("*40.00\xa0USD*", "*Failed*", "Next try <!date^")
        intent = pay.stripe.pay_outside(900, "usd")
        pay.stripe.fraud_warning(intent)
        warned = await pay.message(
            "*Paid*", "suspects fraud (made with stolen card)", channel="support"
        )
        pay.stripe.refund(intent, 900)
        await pay.message("*Refunded*", "9.00\xa0USD of 9.00\xa0USD refunded", channel="support")
        await pay.threaded(warned, "*Refunded 9.00\xa0USD*")
    assert len(pay.messages("support")) == 1
    assert len(pay.messages()) == 4


async def test_nobodys_name_or_secret_gets_out(pay: Paying, log: Logged) -> None:
    """Who paid is masked in channels; the log has neither them nor a secret nor an amount."""
    async with pay.bot("all test", stripe_api_key="rk_test_of-the-account"):
        session = pay.stripe.open(2500, name="For jenny.rosen@example.com, +1 415 555 0132")
        pay.stripe.pay(session.id)
        intent = pay.stripe.pay_outside(900)
        pay.stripe.refund(intent)
        pay.stripe.invoice("paid")
        await pay.message("*20.00\xa0USD*")
        await pay.message("*9.00\xa0USD*", "*Refunded*")
        said = "\n".join(text_of(it) + pay.stage.thread(it) for it in pay.messages())
    for private in ("jenny.rosen", "Jenny", "Rosen", "5550132", "555 0132"):
        assert private not in said + log.text
    for secret in (SECRET, OLD_SECRET, "rk_test_of-the-account", "25.00"):
        assert secret not in log.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_foreign_text_stays_text(pay: Paying) -> None:
    """What a shop or a payer writes can't ping, link or embolden."""
    event = pay.stripe
    async with pay.bot("payments test"):
        event.webhook_to(None, secret=SECRET)
        event.pay_outside(900)
        body = pay.event("payment_intent.succeeded")
        body["data"]["object"]["description"] = "<!channel> <https://evil.example|Pay>\n*now*"
        assert await pay.deliver(json.dumps(body)) == 200
        message = await pay.message("*9.00\xa0USD*")
    assert "&lt;!channel&gt; &lt;https://evil.example|Pay&gt; *now*" in text_of(message)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_workspaces_locale(pay: Paying) -> None:
    """Amounts are written as LOCALE has them."""
    async with pay.bot("payments test", locale="de-DE"):
        pay.stripe.pay_outside(123450, "eur")
        await pay.message("*1.234,50\xa0EUR*")
