"""/toingg checkout through the real doors: typed in Slack, asked of Toingg, looked up at Stripe."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot.app import Bot
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import faults
from bot.sandbox.toingg.replies import Replies
from storage.checkouts import CHECKOUTS, State
from tests.checkouts import KEY, asked, card, cards, every, links, till, written
from tests.logged import Logged
from tests.stage import Stage, buttons_of, text_of

PATH = "/api/create-checkout-session"
WITH_KEY = {"stripe_api_key": KEY}
Both = tuple[Stage, StripeSandbox]


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Both]:
    """The stage, and Stripe's part in it."""
    with till(tmp_path, database_url) as built:
        yield built


async def test_a_link_stands_where_it_was_asked_for(both: Both, log: Logged) -> None:
    """The session's page is behind the button; who asked, when and where is kept."""
    stage, stripe = both
    async with stage.bot(**WITH_KEY) as bot:
        assert "Asking Toingg" in await asked(stage)
        shown = await card(stage, "Pay on Stripe's own page")
        (session,) = stripe.sessions
        assert links(shown) == [session.url]
        assert buttons_of(shown) == ["Pay 25.00\N{NO-BREAK SPACE}USD"]
        (kept,) = await every(bot)
        carl = stage.slack.directory.person("carl").id
        assert (kept.asked_by, kept.asked_in) == (carl, stage.slack.channel("sales").id)
        assert (kept.session_id, kept.livemode, kept.amount) == (session.id, False, 2500)
        assert kept.expires_at is not None
        assert kept.expires_at.timestamp() == session.expires_at
    assert session.id not in str(log.lines)


@pytest.mark.parametrize("wording", ["sessionId", "id"])
async def test_an_id_alone_without_a_key(both: Both, wording: Any) -> None:
    """The id is shown with what to do; there is nothing to click."""
    stage, stripe = both
    stage.toingg.word(Replies(checkout=wording))
    async with stage.bot():
        await asked(stage)
        shown = await card(stage, "STRIPE_API_KEY")
        assert stripe.sessions[0].id in text_of(shown)
        assert links(shown) == []
        assert stripe.requests == []


@pytest.mark.parametrize("wording", ["url", "redirect", "bare", "sessionId", "id"])
async def test_every_wording_of_the_answer(both: Both, wording: Any) -> None:
    """An address, a redirect, a bare string or an id: the same link."""
    stage, stripe = both
    stage.toingg.word(Replies(checkout=wording))
    async with stage.bot(**WITH_KEY):
        await asked(stage)
        shown = await card(stage, "Pay on Stripe's own page")
        assert links(shown) == [stripe.sessions[0].url]


async def test_a_session_of_somebody_elses_account(both: Both) -> None:
    """Our key's account doesn't know it: the link works, and the card says what it won't see."""
    stage, stripe = both
    stage.toingg.word(Replies(checkout="bare"))
    stripe_of_ours = StripeSandbox(key=KEY)
    with stripe_of_ours.serve():
        async with stage.bot(**WITH_KEY, stripe_api_url=stripe_of_ours.url) as bot:
            await asked(stage)
            shown = await card(stage, "this card won't see it")
            assert links(shown) == [stripe.sessions[0].url]
            assert (await every(bot))[0].watched is False


async def test_no_webhook(both: Both) -> None:
    """Without one the card says that it won't see the payment; no budget takes anybody's word."""
    stage, _ = both
    async with stage.bot(**WITH_KEY):
        await asked(stage)
        shown = await card(stage, "this card won't see it")
        assert "I Paid" not in str(shown.blocks)


async def test_an_open_link_is_given_again(both: Both) -> None:
    """One link an asker: the second command gives the first one's; somebody else gets another."""
    stage, stripe = both
    async with stage.bot(**WITH_KEY) as bot:
        await asked(stage)
        shown = await card(stage, "Pay on Stripe's own page")
        assert "still open" in await asked(stage)
        again = stage.slack.ephemerals("carl")[-1]
        assert links(again) == links(shown)
        await asked(stage, "oscar")
        await stage.until(lambda: len(cards(stage)) == 2)
        assert len(stripe.sessions) == len(await every(bot)) == 2


async def test_an_expired_link(both: Both) -> None:
    """Its card says so and offers another: a new session, with a card of its own."""
    stage, stripe = both
    async with stage.bot(**WITH_KEY) as bot:
        await asked(stage)
        await card(stage, "Pay on Stripe's own page")
        await _expire(bot)
        gone = await written(bot, await card(stage, "has expired"))
        assert links(gone) == []
        await stage.slack.click("carl", gone, "checkout.anew")
        await card(stage, "Pay on Stripe's own page")
        assert [each.state for each in await every(bot)] == [State.EXPIRED, State.OPEN]
        assert len(stripe.sessions) == 2


async def test_a_lost_answer(both: Both) -> None:
    """The card says that asking again is harmless; Ask Again asks, its double doesn't."""
    stage, stripe = both
    stage.toingg.fail_next(faults.cut_after_made(), path=PATH)
    async with stage.bot(**WITH_KEY) as bot:
        await asked(stage)
        shown = await written(bot, await card(stage, "Asking again is harmless"))
        assert (await every(bot))[0].state is State.UNCERTAIN
        for _ in range(2):
            await stage.slack.click("carl", shown, "checkout.again")
        await card(stage, "Pay on Stripe's own page")
        assert len(cards(stage)) == 1
        assert len(stage.toingg.posts(PATH)) == 2
        assert len(stripe.sessions) == 2


async def test_a_refusal(both: Both) -> None:
    """Toingg's no is shown with what to do, and nothing is asked again by itself."""
    stage, _ = both
    stage.toingg.fail_next(faults.unknown_key(), path=PATH)
    async with stage.bot() as bot:
        await asked(stage)
        shown = await card(stage, "No link")
        assert "Toingg didn't accept the API key" in text_of(shown)
        assert buttons_of(shown) == ["Ask Again"]
        assert (await every(bot))[0].reason == "KeyRejected"
    assert len(stage.toingg.posts(PATH)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/c/pay/cs_test_abc",
        "http://checkout.stripe.com/c/pay/cs_test_abc",
        "https://checkout.stripe.com@evil.example/cs_test_abc",
        "https://checkout.stripe.com.evil.example/cs_test_abc",
    ],
)
async def test_a_link_that_leads_elsewhere(both: Both, url: str) -> None:
    """No button leads to another host than Stripe's."""
    stage, _ = both
    stage.toingg.fail_next(faults.replies({"url": url}), path=PATH)
    async with stage.bot():
        await asked(stage)
        shown = await card(stage, "no address of Stripe's page")
        assert links(shown) == []
        assert "evil" not in str(shown.blocks)


async def test_stripe_is_away(both: Both) -> None:
    """With an address at hand, Stripe's silence changes nothing but what is known of it."""
    stage, _ = both
    stage.toingg.word(Replies(checkout="url"))
    async with stage.bot(**WITH_KEY, stripe_api_url="http://127.0.0.1:9") as bot:
        await asked(stage)
        await card(stage, "Pay on Stripe's own page")
        assert (await every(bot))[0].amount is None


async def test_who_may(both: Both) -> None:
    """Operators, finance and owners get a link; callers are told who can help."""
    stage, stripe = both
    async with stage.bot(**WITH_KEY, default_role="caller"):
        assert "Your role doesn't cover this" in await asked(stage)
        assert stripe.sessions == []
        assert "Asking" in await asked(stage, "olivia")
    async with stage.bot(**WITH_KEY, default_role="finance"):
        assert "Asking" in await asked(stage)


async def test_the_list(both: Both) -> None:
    """Who asked, when, and what became of it."""
    stage, _ = both
    async with stage.bot(**WITH_KEY):
        assert "Nobody has asked" in await _listed(stage)
        await asked(stage)
        await card(stage, "Pay on Stripe's own page")
        carl = stage.slack.directory.person("carl").id
        assert f"<@{carl}> · Pay on Stripe's own page" in await _listed(stage)


async def test_where_the_bot_is_not(both: Both) -> None:
    """In a private channel without the bot the card goes to who asked."""
    stage, _ = both
    async with stage.bot(**WITH_KEY):
        await stage.slack.command("olivia", "board", "/toingg-checkout", "")
        dm = stage.slack.channel("@olivia")
        await card(stage, "Pay on Stripe's own page", dm.id)


async def _listed(stage: Stage) -> str:
    await asked(stage, text="list")
    return text_of(stage.slack.ephemerals("carl")[-1])


async def _expire(bot: Bot) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)

    def write(connection: Connection) -> None:
        connection.execute(update(CHECKOUTS).values(expires_at=past))

    await bot.database.write(write)
