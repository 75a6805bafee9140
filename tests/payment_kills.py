"""Storms of payment events through a bot that is killed: sent again, out of order, as by Stripe."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from bot.app import open_database
from bot.sandbox.slack.messages import Message
from bot.sandbox.stripe import signature
from tests.bot_process import BotProcess
from tests.paying import SECRET
from tests.stage import Stage, text_of

SENDERS = 8
HISTORY = ("channels:history", "groups:history")
CHANNELS = {"sales": "payments failures refunds both", "support": "refunds both"}

Event = dict[str, Any]


def story(number: int, at: int) -> list[Event]:
    """One payment's five events: a failed try, paid (told twice), a refund (told twice)."""
    intent = {"object": "payment_intent", "id": f"pi_{number}", "amount": 2500, "currency": "usd"}
    session = {"object": "checkout.session", "id": f"cs_{number}", "payment_intent": f"pi_{number}"}
    refund = {"object": "refund", "id": f"re_{number}", "payment_intent": f"pi_{number}"}
    charge = {"object": "charge", "id": f"ch_{number}", "payment_intent": f"pi_{number}"}
    paid = {"amount_total": 2500, "currency": "usd", "payment_status": "paid"}
    declined = {"last_payment_error": {"decline_code": "lost_card"}}
    given = {"amount": 500, "currency": "usd", "status": "succeeded"}
    summed = {"amount": 2500, "amount_refunded": 500, "currency": "usd"}
    told = [
        ("payment_intent.payment_failed", intent | declined, at),
        ("payment_intent.succeeded", intent | {"amount_received": 2500}, at + 1),
        ("checkout.session.completed", session | paid, at + 1),
        ("refund.created", refund | given, at + 2),
        ("charge.refunded", charge | summed, at + 2),
    ]
    return [
        {
            "id": f"evt_{number}_{index}",
            "object": "event",
            "created": created,
            "data": {"object": thing},
            "livemode": False,
            "type": type_,
        }
        for index, (type_, thing, created) in enumerate(told)
    ]


@dataclass
class Storm:
    """What is sent, to a bot that may not be there, until each copy was taken."""

    bot: BotProcess
    bodies: list[bytes]
    taken: int = 0
    waiting: list[bytes] = field(default_factory=list)

    def has_taken(self, many: float) -> bool:
        """Whether so many copies were taken."""
        return self.taken >= many

    async def blow(self) -> None:
        """Everything, by several senders at once."""
        self.waiting = self.bodies[::-1]
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            await asyncio.gather(*(self._send(http) for _ in range(SENDERS)))

    async def _send(self, http: httpx.AsyncClient) -> None:
        while self.waiting:
            body = self.waiting.pop()
            if await self._try(http, body):
                self.taken += 1
            else:
                self.waiting.insert(0, body)
                await asyncio.sleep(0.05)

    async def _try(self, http: httpx.AsyncClient, body: bytes) -> bool:
        header = signature(body.decode(), (SECRET,), int(time.time()))
        url = f"{self.bot.url}/stripe/webhook"
        try:
            answer = await http.post(url, content=body, headers={"Stripe-Signature": header})
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK


def shuffled(bodies: list[bytes], chance: random.Random) -> list[bytes]:
    """Each one to four times, in any order."""
    copies = [body for body in bodies for _ in range(chance.randint(1, 4))]
    chance.shuffle(copies)
    return copies


@asynccontextmanager
async def listening(stage: Stage, *channels: str) -> Any:
    """A real bot process whose webhook is open, and whose channels are told of everything."""
    settings = stage.settings()
    if not settings.is_sqlite:
        open_database(settings, migrates=True).close()
    bot = BotProcess(
        stage,
        stage.data / "bot",
        stripe_webhook_secrets=SECRET,
        owner_user_ids=stage.slack.directory.person("olivia").id,
        data_dir=stage.data / "bot",
    )
    await bot.start()
    stage.slack.bot_url = bot.url
    for channel in channels:
        acked = await stage.slack.command(
            "olivia", channel, "/toingg-notify", CHANNELS.get(channel, "")
        )
        assert "is told of" in acked.body["text"]
    try:
        yield bot
    finally:
        await bot.end()


def left(stage: Stage) -> int:
    """What is stored and not processed, or processed and not told."""
    engine = create_engine(stage.settings().database)
    with engine.connect() as connection:
        undone = "SELECT count(*) FROM webhook_events WHERE done_at IS NULL"
        unsaid = "SELECT count(*) FROM announcements WHERE drawn < version AND NOT given_up"
        found = sum(int(connection.execute(text(it)).scalar_one()) for it in (undone, unsaid))
    engine.dispose()
    return found


async def until(check: Callable[[], bool], seconds: float) -> None:
    """Waits for something to be true."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(check):
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.2)


@dataclass
class Told:
    """What one channel was told, payment by payment."""

    messages: dict[str, list[Message]]
    stage: Stage

    def repeats(self) -> list[Message]:
        """The messages of payments that have several, but for the first of each."""
        return [each for found in self.messages.values() for each in found[1:]]

    def thread(self, message: Message) -> str:
        """What stands under it."""
        return self.stage.thread(message)


def told(stage: Stage, channel: str) -> Told:
    """By the payment that each message links to."""
    messages: dict[str, list[Message]] = {}
    for each in stage.slack.messages(channel):
        said = text_of(each)
        if not each.thread_ts and "/payments/" in said:
            intent = said.partition("/payments/")[2].partition("|")[0]
            messages.setdefault(intent, []).append(each)
    return Told(messages, stage)
