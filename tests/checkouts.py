"""A stage with a local Stripe behind Toingg's checkout, and what is read of it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg.cashier import OpenedSession
from storage import checkouts
from storage.checkouts import Checkout
from tests.stage import Stage, staged, text_of

AMOUNT = 2500
"""What each of Toingg's sessions asks for, in cents."""
TITLE = "Top up Toingg"
KEY = "sk_test_sandbox"
SECRET = "whsec_checkout_test"
WATCHED: dict[str, Any] = {"stripe_api_key": KEY, "stripe_webhook_secrets": SECRET}
"""The settings with which Stripe's events come in."""


@contextlib.contextmanager
def till(
    data: Path, database_url: str, opened: Callable[[], None] = lambda: None
) -> Iterator[tuple[Stage, StripeSandbox]]:
    """Slack, Toingg and Stripe; Toingg's sessions are opened at this Stripe.

    `opened` is called when one is, before Toingg answers.
    """
    stripe = StripeSandbox(key=KEY, retry_pauses=(0.3,) * 100)

    def cashier() -> OpenedSession:
        session = stripe.open(AMOUNT)
        opened()
        return session

    with stripe.serve(), staged(data, database_url, cashier=cashier) as stage:
        stage.overrides |= {"stripe_api_url": stripe.url, "default_role": "operator"}
        yield stage, stripe


def tells(stage: Stage, stripe: StripeSandbox, **manner: Any) -> None:
    """From now on Stripe tells the bot, in this manner; again and again where it is down."""
    stripe.webhook_to(f"{stage.slack.bot_url}/stripe/webhook", secret=SECRET)
    stripe.delivery(**manner)


async def every(bot: Bot) -> list[Checkout]:
    """All checkouts, the oldest first."""
    return await bot.database.read(checkouts.find)


async def asked(stage: Stage, user: str = "carl", text: str = "") -> str:
    """Types the command; what the answer says."""
    acked = await stage.slack.command(user, "sales", "/toingg-checkout", text)
    assert acked.ok, acked.error
    return stage.slack.ephemerals(user)[-1].text


def cards(stage: Stage, channel: str = "sales", thread: str | None = None) -> list[Message]:
    """The cards of checkouts that stand there."""
    found = stage.slack.messages(channel, thread)
    return [each for each in found if TITLE in text_of(each)]


async def card(stage: Stage, says: str, channel: str = "sales") -> Message:
    """The channel's newest card, once it says this."""

    def look() -> Message | None:
        found = [each for each in cards(stage, channel) if says in text_of(each)]
        return found[-1] if found else None

    return await stage.until(look)


async def written(bot: Bot, shown: Message) -> Message:
    """The card, once the bot has written down where it stands: its buttons count from then on."""
    for _ in range(1000):
        if any(each.card_ts == shown.ts for each in await every(bot)):
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError("it was never written down")


def links(message: Message) -> list[str]:
    """Where its buttons lead."""
    return [str(each["url"]) for _, each in message.elements() if each.get("url")]
