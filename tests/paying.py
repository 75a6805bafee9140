"""A stage with a local Stripe on it, whose events reach the bot's webhook really signed."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.stripe import StripeSandbox, signature
from bot.sandbox.stripe.versions import NEWEST
from tests.stage import Stage, text_of

SECRET = "whsec_test_of-the-webhook"
OLD_SECRET = "whsec_test_of-last-year"


class Paying:
    """The bot with its webhook, a Stripe that calls it, and what the channel was told."""

    def __init__(self, stage: Stage, stripe: StripeSandbox) -> None:
        self.stage = stage
        self.stripe = stripe

    @contextlib.asynccontextmanager
    async def bot(self, *told: str, **settings: Any) -> AsyncIterator[Bot]:
        """The bot; #sales is told of these groups (the words of the quick command)."""
        secrets = f"{OLD_SECRET},{SECRET}"
        values = {"stripe_webhook_secrets": secrets, "stripe_api_url": self.stripe.url}
        async with self.stage.bot(**values | settings) as bot:
            self.stripe.webhook_to(f"{self.url}/stripe/webhook", secret=SECRET)
            if told:
                await self.notify(" ".join(told))
            try:
                yield bot
            finally:
                self.stripe.webhook_to(None, secret=SECRET)

    @property
    def url(self) -> str:
        """The bot's address."""
        url = self.stage.slack.bot_url
        assert url
        return url

    async def notify(self, text: str, *, user: str = "olivia", channel: str = "sales") -> str:
        """What the command says to who types it."""
        acked = await self.stage.slack.command(user, channel, "/toingg-notify", text)
        return str(acked.body["text"]) if acked.body else acked.error

    async def deliver(
        self,
        body: str | bytes,
        *,
        secrets: tuple[str, ...] = (SECRET,),
        aged: int = 0,
        header: str | None = None,
        path: str = "/stripe/webhook",
    ) -> int:
        """The status of one delivery, signed so many seconds ago."""
        raw = body.encode() if isinstance(body, str) else body
        signed = header
        if signed is None:
            at = int(time.time()) - aged
            signed = signature(raw.decode("latin-1"), secrets, at)
        async with httpx.AsyncClient(trust_env=False) as http:
            headers = {"Stripe-Signature": signed} if signed else {}
            answer = await http.post(f"{self.url}{path}", content=raw, headers=headers)
        return answer.status_code

    def messages(self, channel: str = "sales") -> list[Message]:
        """What stands in the channel itself of payments."""
        return [
            each
            for each in self.stage.slack.messages(channel)
            if not each.thread_ts and "evt_" in text_of(each)
        ]

    async def message(self, *says: str, channel: str = "sales") -> Message:
        """The channel's one message of a payment, once it says all of this."""

        def found() -> Message | None:
            mine = [it for it in self.messages(channel) if all(w in text_of(it) for w in says)]
            return mine[0] if mine else None

        try:
            return await self.stage.until(found)
        except AssertionError:
            seen = [text_of(each) for each in self.messages(channel)]
            raise AssertionError(f"no message says {says}, but {seen}") from None

    async def threaded(self, message: Message, *says: str) -> str:
        """What the message's thread was told, once it says all of this."""

        def found() -> str | None:
            said = self.stage.thread(message)
            return said if all(each in said for each in says) else None

        try:
            return await self.stage.until(found)
        except AssertionError:
            raise AssertionError(f"the thread says {self.stage.thread(message)!r}") from None

    def event(self, type_: str) -> dict[str, Any]:
        """The newest event of this type, as it was sent."""
        found = [each for each in self.stripe.events if each.type == type_]
        parsed: dict[str, Any] = json.loads(found[-1].body)
        return parsed


@contextmanager
def paying(stage: Stage, *, version: str = NEWEST) -> Iterator[Paying]:
    """Stripe beside the stage."""
    stripe = StripeSandbox(api_version=version, retry_pauses=(0.05, 0.1, 0.2))
    with stripe.serve():
        yield Paying(stage, stripe)
