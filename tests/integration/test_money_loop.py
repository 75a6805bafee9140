"""Money closes the loop: a campaign runs out of it, its thread has a link, a payment resumes it."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import faults
from storage import budget, campaigns
from storage.campaigns import Happened
from storage.campaigns import Stage as At
from storage.checkouts import State
from storage.models import AuditRow, table_of
from tests import campaigning
from tests.checkouts import KEY, WATCHED, asked, card, cards, every, links, tells, till, written
from tests.stage import Stage, buttons_of, text_of

Both = tuple[Stage, StripeSandbox]
FOR_TWO: dict[str, Any] = {
    "price_per_minute": "0.10",
    "expected_minutes": 1,
    "budget": "0.20",
    "default_calls_per_minute": 0,
    "max_live_calls": 0,
    "stripe_api_key": KEY,
}
"""Money for two of three calls."""


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Both]:
    """The stage, and Stripe's part in it; every phone rings, so no money comes back."""
    with till(tmp_path, database_url) as built:
        built[0].toingg.outcome(None, "rings")
        yield built


async def used_up(bot: Bot, stage: Stage, calls: int = 2) -> None:
    """Carl calls three people; the money is enough for so many, and they have cost all of it."""
    await campaigning.ask(stage, {"numbers": campaigning.THREE})
    ready = await campaigning.card(bot, stage, "start")
    await stage.slack.click("carl", ready, "campaign.start")
    await stage.until(lambda: len(stage.toingg.calls) == calls)
    for call_sid in list(stage.toingg.calls):
        stage.toingg.advance(call_sid, "in-progress")
        stage.toingg.advance(call_sid, "completed", CallDuration="59")
    await campaigning.until(bot, At.HELD)


async def held(bot: Bot, stage: Stage) -> Message:
    """The card of the link, in the thread of a campaign that has used its money up."""
    await used_up(bot, stage)
    return await linked(bot, stage)


async def linked(bot: Bot, stage: Stage, says: str = "Pay on Stripe's own page") -> Message:
    """The newest link's card in the campaign's thread, once it says this."""
    campaign = await campaigning.one(bot)

    def look() -> Message | None:
        found = cards(stage, "sales", campaign.card_ts)
        return found[-1] if found and says in text_of(found[-1]) else None

    return await written(bot, await stage.until(look))


async def balance(bot: Bot) -> int | None:
    """What the workspace has left, in millionths."""
    return await bot.database.write(partial(budget.balance, workspace_id=bot.home.id))


async def audited(bot: Bot) -> list[Any]:
    """Who vouched for a payment."""
    table = table_of(AuditRow)

    def look(connection: Connection) -> list[Any]:
        query = select(table).where(table.c.deed == "vouch_for_payment")
        return list(connection.execute(query))

    return await bot.database.read(look)


async def test_a_held_campaign_has_a_link_in_its_thread(both: Both) -> None:
    """By itself, once a hold, for who answers for it; after a restart there is still the one. The
    channel that is told what concerns everybody is told once, too.
    """
    stage, stripe = both
    told = {"notification_channel": stage.slack.channel("support").id}
    async with stage.bot(**FOR_TWO, **told) as bot:
        shown = await held(bot, stage)
        (notice,) = await stage.until(lambda: stage.slack.messages("support"))
        why = "*Spring Sale*, which <@U0CARL0001> answers for, has stopped: its budget is used up"
        assert why in text_of(notice)
        assert links(shown) == [stripe.sessions[0].url]
        assert "This campaign ran out of money" in text_of(shown)
        assert len(stage.dials()) == 2
    async with stage.bot(**FOR_TWO, **told) as bot:
        await bot.campaigns.notices.look()
        await linked(bot, stage)
        (kept,) = await every(bot)
        carl = stage.slack.directory.person("carl").id
        assert (kept.asked_by, kept.campaign_id) == (carl, (await campaigning.one(bot)).id)
    assert len(stripe.sessions) == len(stage.slack.messages("support")) == 1


async def test_a_hold_while_toingg_is_away(both: Both) -> None:
    """The thread says that there is no link, and Ask Again gets one, in the same card."""
    stage, stripe = both
    stage.toingg.fail_next(faults.cut_after_read(), path="/api/create-checkout-session")
    async with stage.bot(**FOR_TWO) as bot:
        await used_up(bot, stage)
        shown = await linked(bot, stage, "Asking again is harmless")
        assert stripe.sessions == []
        await stage.slack.click("oscar", shown, "checkout.again")
        found = await linked(bot, stage)
        assert found.ts == shown.ts


async def test_i_paid_resumes(both: Both) -> None:
    """Where Stripe doesn't tell us, an owner's word credits the balance, once, and is audited."""
    stage, _ = both
    async with stage.bot(**FOR_TWO) as bot:
        shown = await held(bot, stage)
        assert "an owner or finance clicks I Paid: Resume" in text_of(shown)
        assert "I Paid: Resume" in buttons_of(shown)
        await stage.slack.click("olivia", shown, "checkout.vouch")
        form = await stage.modal("olivia", "I Paid")
        filled = stage.slack.fill(form, {"amount": "5.00"})
        for _ in range(2):
            await stage.slack.submit("olivia", filled)
        olivia = stage.slack.directory.person("olivia").id
        said = await linked(bot, stage, f"Paid 5.00 USD*, says <@{olivia}>")
        assert buttons_of(said) == []
        await stage.until(lambda: len(stage.dials()) == 3)
        assert await balance(bot) == 4_900_000
        (audit,) = await audited(bot)
        assert (audit.actor, audit.detail) == (olivia, {"amount": 500, "currency": "USD"})


async def test_the_oldest_goes_on_first(both: Both) -> None:
    """Two wait, and the money is enough for one of them: the older one calls, the other waits."""
    stage, _ = both
    async with stage.bot(**FOR_TWO | {"budget": "0.10"}) as bot:
        await used_up(bot, stage, calls=1)
        shown = await linked(bot, stage)
        (old,) = await campaigning.every(bot)
        others = campaigning.THREE.replace("415", "212")
        await campaigning.ask(stage, {"numbers": others}, user="oscar")
        async with asyncio.timeout(20):
            ready = await _ready(bot, stage)
            await stage.slack.click("oscar", ready, "campaign.start")
            await _states(bot, [At.HELD, At.HELD])
        await stage.slack.click("olivia", shown, "checkout.vouch")
        form = await stage.modal("olivia", "I Paid")
        await stage.slack.submit("olivia", form, {"amount": "0.20"})
        await stage.until(lambda: len(stage.dials()) == 3)
        first, second = await campaigning.every(bot)
        assert (first.id, first.state) == (old.id, At.RUNNING)
        assert second.state is At.HELD
        assert await resumed(bot) == 1
        assert await balance(bot) == 0


async def _ready(bot: Bot, stage: Stage) -> Message:
    """The card of the newer campaign, once it can be started."""
    while True:
        newer = (await campaigning.every(bot))[-1]
        for each in stage.slack.messages("sales"):
            if each.ts == newer.card_ts and "Start" in buttons_of(each):
                return each
        await asyncio.sleep(0.05)


async def _states(bot: Bot, wanted: list[At]) -> None:
    while True:
        if [each.state for each in await campaigning.every(bot)] == wanted:
            return
        await asyncio.sleep(0.05)


async def test_no_amount(both: Both) -> None:
    """What is no amount is told in its field, and nothing is credited."""
    stage, _ = both
    async with stage.bot(**FOR_TWO) as bot:
        shown = await held(bot, stage)
        await stage.slack.click("olivia", shown, "checkout.vouch")
        for typed in ("0", "-5", "1,000", "five", "5.001", "9" * 12, "\u0665"):
            form = await stage.modal("olivia", "I Paid")
            await stage.slack.submit("olivia", form, {"amount": typed})
            form = await stage.modal("olivia", "I Paid")
            assert "a number above 0, as in 25.00" in form.errors["amount"]
        assert await balance(bot) == 0
        assert await audited(bot) == []


async def test_an_operators_word_is_not_taken(both: Both) -> None:
    """Only owners and finance may say that money came."""
    stage, _ = both
    async with stage.bot(**FOR_TWO) as bot:
        shown = await held(bot, stage)
        await stage.slack.click("carl", shown, "checkout.vouch")
        await stage.until(lambda: "Your role doesn't cover this" in stage.said_to("carl"))
        assert stage.slack.views("carl") == []
        assert await balance(bot) == 0


# What Stripe tells


async def resumed(bot: Bot) -> int:
    """How often a campaign was resumed."""

    def look(connection: Connection) -> int:
        happened = campaigns.EVENTS.c.kind == Happened.RESUMED
        return len(campaigns.events(connection, happened, limit=100))

    return await bot.database.read(look)


@pytest.mark.parametrize(
    "manner",
    [{}, {"copies": 3, "at_once": True}, {"copies": 2, "out_of_order": True}],
    ids=["once", "three at once", "twice and out of order"],
)
async def test_a_payment_resumes(both: Both, manner: dict[str, Any]) -> None:
    """The card turns into what was paid, the balance gets it once, and the third is called."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe, **manner)
        shown = await held(bot, stage)
        assert "This card says so once it is paid" in text_of(shown)
        assert "I Paid" not in str(buttons_of(shown))
        stripe.pay(stripe.sessions[0].id)
        paid = await linked(bot, stage, "Paid 25.00 USD by")
        assert (paid.ts, buttons_of(paid)) == (shown.ts, [])
        await stage.until(lambda: len(stage.dials()) == 3)
        await stage.until(lambda: all(each.state == "delivered" for each in stripe.events))
        assert await balance(bot) == 24_900_000
        assert await resumed(bot) == 1
        (kept,) = await every(bot)
        assert (kept.paid, kept.paid_currency, kept.credited) == (2500, "USD", 25_000_000)


async def test_an_event_that_is_told_again_later(both: Both) -> None:
    """Hours after it, in another life of the bot: nothing is credited again."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe)
        await held(bot, stage)
        stripe.pay(stripe.sessions[0].id)
        await linked(bot, stage, "Paid 25.00 USD by")
        await stage.until(lambda: len(stage.dials()) == 3)
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe)
        for event in stripe.events:
            stripe.redeliver(event.id)
        await stage.until(lambda: all(each.state == "delivered" for each in stripe.events))
        assert await balance(bot) == 24_900_000
        assert await resumed(bot) == 1


async def test_a_bank_debit(both: Both) -> None:
    """Checked out isn't paid: the campaign waits until the bank's money is there."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe)
        await held(bot, stage)
        (session,) = stripe.sessions
        stripe.pay(session.id, delayed=True)
        await linked(bot, stage, "on its way; nothing is paid yet")
        assert await balance(bot) == 0
        stripe.async_succeed(session.id)
        await linked(bot, stage, "Paid 25.00 USD by")
        await stage.until(lambda: len(stage.dials()) == 3)


async def test_a_bank_debit_that_bounces(both: Both) -> None:
    """Nothing is credited, and there is another link to ask for."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe)
        await held(bot, stage)
        (session,) = stripe.sessions
        stripe.pay(session.id, delayed=True)
        await linked(bot, stage, "on its way; nothing is paid yet")
        stripe.async_fail(session.id)
        gone = await linked(bot, stage, "The bank didn't pay")
        assert await balance(bot) == 0
        await stage.slack.click("carl", gone, "checkout.anew")
        await linked(bot, stage)
        assert [each.state for each in await every(bot)] == [State.FAILED, State.OPEN]


async def test_stripe_says_that_a_link_expired(both: Both) -> None:
    """The card says so, before its own time is over."""
    stage, stripe = both
    async with stage.bot(**WATCHED):
        tells(stage, stripe)
        await asked(stage)
        await card(stage, "Pay on Stripe's own page")
        stripe.expire(stripe.sessions[0].id)
        await card(stage, "has expired")


async def test_without_a_budget(both: Both) -> None:
    """The card says that it is paid; no balance begins with it."""
    stage, stripe = both
    async with stage.bot(**WATCHED) as bot:
        tells(stage, stripe)
        await asked(stage)
        shown = await card(stage, "Pay on Stripe's own page")
        stripe.pay(stripe.sessions[0].id)
        paid = await card(stage, "Paid 25.00 USD by")
        assert paid.ts == shown.ts
        assert "balance" not in text_of(paid)
        assert await balance(bot) is None


async def test_a_payment_in_another_currency(both: Both) -> None:
    """It credits nothing, and the owner is told why by direct message, once."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED | {"currency": "EUR"}) as bot:
        tells(stage, stripe)
        await held(bot, stage)
        stripe.pay(stripe.sessions[0].id)
        shown = await linked(bot, stage, "in another currency")
        assert "Nothing was credited" in text_of(shown)
        await stage.until(lambda: stage.slack.messages("@olivia"))
        for event in stripe.events:
            stripe.redeliver(event.id)
        await stage.until(lambda: all(each.state == "delivered" for each in stripe.events))
        (told,) = stage.slack.messages("@olivia")
        assert stripe.sessions[0].id in told.text
        assert await balance(bot) == 0
        assert await resumed(bot) == 0
        assert len(stage.dials()) == 2


async def test_a_link_that_is_open_serves_the_hold(both: Both) -> None:
    """Carl's own link stands in the thread, too; paid once, both cards say so."""
    stage, stripe = both
    async with stage.bot(**FOR_TWO | WATCHED) as bot:
        tells(stage, stripe)
        await asked(stage)
        first = await card(stage, "Pay on Stripe's own page")
        shown = await held(bot, stage)
        assert links(shown) == links(first)
        stripe.pay(stripe.sessions[0].id)
        await linked(bot, stage, "Paid 25.00 USD by")
        await card(stage, "Paid 25.00 USD by")
        await stage.until(lambda: len(stage.dials()) == 3)
        assert len(stripe.sessions) == 1
        assert await balance(bot) == 24_900_000
