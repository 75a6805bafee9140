"""/toingg notify: which payments a channel is told of."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from bot.app import Bot
from storage import subscriptions
from storage.subscriptions import Subscription
from tests.logged import Logged
from tests.paying import Paying, paying
from tests.stage import Stage, text_of
from tests.witness import audited

SALES, OLIVIA = "C0SALES001", "U0OLIVIA01"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def pay(stage: Stage, log: Logged) -> Iterator[Paying]:
    """A stage with a Stripe."""
    with paying(stage) as built:
        yield built


async def found(bot: Bot) -> list[Subscription]:
    """All subscriptions."""
    find = partial(subscriptions.of_workspace, workspace_id=bot.home.id)
    return await bot.database.read(find)


async def test_quick(pay: Paying) -> None:
    """Groups, an amount, a currency and a mode; the last one typed counts; `off` ends it."""
    async with pay.bot() as bot:
        said = await pay.notify("Payments, disputes from 50 EUR live")
        assert "*disputes, payments*, from 50 up, in EUR (live payments)" in said
        (one,) = await found(bot)
        groups = frozenset({"payments", "disputes"})
        assert one == Subscription(SALES, OLIVIA, groups, 50_000_000, "EUR", "live")
        assert "*fraud* (live payments)" in await pay.notify("fraud")
        (one,) = await found(bot)
        assert one == Subscription(SALES, OLIVIA, frozenset({"fraud"}), None, None, "live")
        await pay.notify("all test", channel="support")
        assert len((await found(bot))[-1].groups) == 8
        assert "isn't told of payments any more" in await pay.notify("off")
        assert "wasn't told of any payments" in await pay.notify("off")
        assert [each.channel for each in await found(bot)] == ["C0SUPPORT1"]
        deeds = [entry["deed"] for entry in await audited(bot)]
        assert deeds == ["subscribe"] * 3 + ["unsubscribe"] * 2


@ON_SQLITE
async def test_what_cant_be(pay: Paying) -> None:
    """What isn't known is said, with what there is; who may not, may not."""
    async with pay.bot() as bot:
        assert "“coffee” is nothing that a channel can be told of" in await pay.notify("coffee")
        assert "Say what the channel is told of" in await pay.notify("50 usd")
        assert "-5" in await pay.notify("payments -5")
        assert "Your role" in await pay.notify("payments", user="carl")
        assert await found(bot) == []


@ON_SQLITE
async def test_without_a_webhook(pay: Paying) -> None:
    """Whoever subscribes is told that nothing arrives yet; a test key means test payments."""
    async with pay.stage.bot(stripe_api_key="rk_test_key"):
        await pay.stage.slack.command("olivia", "sales", "/toingg-notify", "payments")
        message = pay.stage.slack.ephemerals("olivia")[-1]
        assert "STRIPE_WEBHOOK_SECRETS" in text_of(message)
        assert "(test payments)" in text_of(message)


async def test_the_modal_and_the_list(pay: Paying) -> None:
    """The modal is filled with what the channel is told; faults stand in their fields."""
    slack = pay.stage.slack
    async with pay.bot() as bot:
        await slack.command("olivia", "sales", "/toingg-notify")
        view = await pay.stage.modal("olivia", "Payments in a Channel")
        wrong: dict[Any, Any] = {"groups": [], "minimum": "much", "currency": "zzz"}
        await slack.submit("olivia", view, wrong)
        view = await pay.stage.modal("olivia", "Payments in a Channel")
        assert set(view.errors) == {"groups", "minimum", "currency"}
        typed: dict[Any, Any] = {
            "groups": ["refunds"],
            "minimum": "12.50",
            "currency": "usd",
            "mode": "both",
        }
        await slack.submit("olivia", view, typed)
        await pay.stage.until(lambda: "refunds" in pay.stage.said_to("olivia"))
        (one,) = await found(bot)
        groups = frozenset({"refunds"})
        assert one == Subscription(SALES, OLIVIA, groups, 12_500_000, "USD", "both")
        await pay.notify("list")
        listed = slack.ephemerals("olivia")[-1]
        assert "*refunds*, from 12.5 up, in USD (live and test payments)" in text_of(listed)
        await slack.click("olivia", listed, "notify.change")
        view = await pay.stage.modal("olivia", "Payments in a Channel")
        await slack.submit("olivia", view, {})
        await pay.stage.until(lambda: not slack.views("olivia"))
        assert await found(bot) == [one]
        await slack.click("olivia", listed, "notify.off")
        await pay.stage.until(lambda: "any more" in pay.stage.said_to("olivia"))
        await pay.notify("list")
        assert "No channel is." in text_of(slack.ephemerals("olivia")[-1])


async def test_what_is_too_small_or_foreign_isnt_told(pay: Paying) -> None:
    """An amount and a currency are the channel's own; what has neither is told."""
    async with pay.bot("payments fraud from 50 usd test"):
        pay.stripe.pay_outside(4999, "usd")
        pay.stripe.pay_outside(9000, "eur")
        intent = pay.stripe.pay_outside(5000, "usd")
        await pay.message("*50.00\xa0USD*")
        pay.stripe.fraud_warning(intent)
        await pay.message("suspects fraud")
    assert len(pay.messages()) == 1


@ON_SQLITE
async def test_a_message_that_was_deleted(pay: Paying) -> None:
    """What comes next is told by a new message, not to a thread that nobody finds."""
    async with pay.bot("payments test"):
        intent = pay.stripe.pay_outside(2500)
        message = await pay.message("*Paid*")
        pay.stage.slack.workspace.messages.delete(message)
        pay.stripe.refund(intent, 500)
        again = await pay.message("*Partly refunded*")
        assert again.ts != message.ts
    assert len(pay.messages()) == 1


@ON_SQLITE
async def test_a_channel_that_is_closed(pay: Paying) -> None:
    """Where the bot isn't a member it goes to who subscribed, with the hint to invite."""
    async with pay.bot():
        await pay.notify("payments test", channel="board")
        pay.stripe.pay_outside(2500)
        message = await pay.message("*Paid*", channel="@olivia")
        assert "/invite" in text_of(message)
        pay.stripe.refund(pay.event("payment_intent.succeeded")["data"]["object"]["id"])
        redrawn = await pay.message("*Refunded*", channel="@olivia")
        assert "/invite" in text_of(redrawn)
    assert pay.messages("board") == []
