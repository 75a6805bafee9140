"""What events do besides being told: reactions, reminders, replays; and a fault of ours."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from bot import replay
from bot.app import Bot
from bot.clock import now
from bot.errors import StorageError
from bot.payments.kinds import Fact, Kind
from bot.sandbox.slack.messages import Message
from storage import Connection
from storage.webhooks import StoredEvent
from tests.logged import Logged
from tests.paying import Paying, paying
from tests.payment_kills import story
from tests.stage import Stage, text_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def pay(stage: Stage) -> Iterator[Paying]:
    """A stage with a Stripe."""
    with paying(stage) as built:
        yield built


def paid(number: int = 1) -> str:
    """`payment_intent.succeeded`."""
    return json.dumps(story(number, int(time.time()))[1])


def react(bot: Bot, reaction: Any) -> None:
    """Puts a reaction of the test's own beside the product's."""
    processing = bot.payments.jobs._processing
    bot.payments.jobs._processing = replace(processing, reactions=(*processing.reactions, reaction))


async def outcome(bot: Bot, event_id: str) -> str | None:
    """What became of an event."""
    query = text("SELECT outcome FROM webhook_events WHERE event_id = :id")

    def look(connection: Connection) -> str | None:
        found: str | None = connection.execute(query, {"id": event_id}).scalar_one()
        return found

    return await bot.database.read(look)


async def test_a_reaction_is_in_the_same_transaction(pay: Paying, log: Logged) -> None:
    """It sees the fact and the event; where it can't be written, the event is processed later."""
    seen: list[tuple[Kind, str]] = []

    def reaction(_connection: Connection, fact: Fact, event: StoredEvent) -> None:
        seen.append((fact.kind, event.event_id))
        if len(seen) < 3:
            raise StorageError

    async with pay.bot("payments test") as bot:
        react(bot, reaction)
        await pay.deliver(paid())
        await pay.message("*Paid*")
        assert await outcome(bot, "evt_1_1") == "fact"
    assert seen == [(Kind.PAID, "evt_1_1")] * 3
    assert len(pay.messages()) == 1
    assert len(log.actions("database_away")) == 2


@ON_SQLITE
async def test_an_event_that_cant_be_processed(pay: Paying) -> None:
    """It is set aside, and holds up no other; after an update it is replayed."""
    is_mended = False

    def reaction(_connection: Connection, fact: Fact, _event: StoredEvent) -> None:
        if fact.event_id == "evt_1_1" and not is_mended:
            raise KeyError("a fault of ours")

    async with pay.bot("payments test") as bot:
        react(bot, reaction)
        await pay.deliver(paid(1))
        await pay.deliver(paid(2))
        await pay.message("/payments/pi_2")
        assert await outcome(bot, "evt_1_1") == "broken"
        assert len(pay.messages()) == 1
        is_mended = True
        settings = pay.stage.settings()
        assert await replay.run(settings, ["evt_1_1"], is_missed=False, file=None) == 0
        await pay.message("/payments/pi_1")


async def test_replays_never_tell_twice(
    pay: Paying, log: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stored event, what was missed, a file: what is new is told, the oldest first, once."""
    key = {"stripe_api_key": pay.stripe.key, "stripe_api_url": pay.stripe.url}
    async with pay.bot("payments refunds", **key) as bot:
        first = pay.stripe.pay_outside(1000)
        await pay.message("*10.00\xa0USD*")
        pay.stripe.webhook_to("http://127.0.0.1:9/nowhere", secret="whsec_other")
        missed = pay.stripe.pay_outside(2000)
        pay.stripe.refund(missed, 500)
        pay.stripe.wait_until(lambda: pay.stripe.events[-1].state == "missed")
        settings = pay.stage.settings(**key)
        event_id = pay.event("payment_intent.succeeded")["id"]
        assert await replay.run(settings, [event_id], is_missed=False, file=None) == 1
        assert "never came" in capsys.readouterr().err
        for _ in range(2):
            assert await replay.run(settings, [], is_missed=True, file=None) == 0
        await pay.message("*20.00\xa0USD*", "*Partly refunded*")
        assert await replay.run(settings, [event_id], is_missed=False, file=None) == 0
        lines = "\n".join(each.body.replace("\n", " ") for each in pay.stripe.events)
        assert await replay.run(settings, [], is_missed=False, file=lines) == 0
        said = capsys.readouterr().out
        assert "3 new, 0 known already." in said
        assert "0 new, 3 known already." in said
        await pay.stage.until(lambda: not _undone(bot))
        assert await outcome(bot, event_id) == "fact"
    assert first in text_of(pay.messages()[0])
    assert len(pay.messages()) == 2


def _undone(bot: Bot) -> int:
    query = text("SELECT count(*) FROM webhook_events WHERE done_at IS NULL")
    with bot.database.engine.connect().execution_options(read_only=True) as connection:
        return int(connection.execute(query).scalar_one())


@ON_SQLITE
async def test_replays_that_cant_be(pay: Paying, capsys: pytest.CaptureFixture[str]) -> None:
    """Each says what is missing."""
    async with pay.bot():
        settings = pay.stage.settings()
        wrong = pay.stage.settings(stripe_api_key="sk_test_wrong", stripe_api_url=pay.stripe.url)
        away = pay.stage.settings(stripe_api_key="sk_test_x", stripe_api_url="http://127.0.0.1:9")
        for asked, words in (
            ({"is_missed": False, "file": None}, "Say which"),
            ({"is_missed": True, "file": None}, "STRIPE_API_KEY is empty"),
            ({"is_missed": False, "file": "no events"}, "something else"),
            ({"is_missed": False, "file": '{"object": "list", "data": [1]}'}, "something else"),
        ):
            assert await replay.run(settings, [], **asked) == 1
            assert words in capsys.readouterr().err
        assert await replay.run(wrong, [], is_missed=True, file=None) == 1
        assert "refuses STRIPE_API_KEY" in capsys.readouterr().err
        assert await replay.run(away, [], is_missed=True, file=None) == 1
        assert "can't be asked" in capsys.readouterr().err


async def test_evidence_is_reminded_of(pay: Paying, log: Logged) -> None:
    """Three days and one day before it is due, once each, and no more once it is answered."""
    ahead = timedelta()
    pay.stage.clock = lambda: now() + ahead
    async with pay.bot("disputes test") as bot:
        intent = pay.stripe.pay_outside(2500)
        pay.stripe.dispute(intent)
        message = await pay.message("*Disputed*")
        await bot.payments.jobs.remind()
        assert "Answer it" not in pay.stage.thread(message)
        for days, count in ((6.5, 1), (7, 1), (8.5, 2)):
            ahead = timedelta(days=days)
            await bot.payments.jobs.remind()
            await bot.payments.jobs.remind()
            await pay.threaded(message, "Answer it")
            await pay.stage.until(partial(_says, pay, message, "Answer it", count))
    assert pay.stage.thread(message).count("Answer it in Stripe: <https://dashboard.stripe") == 2


def _says(pay: Paying, message: Message, words: str, count: int) -> bool:
    return pay.stage.thread(message).count(words) == count


async def test_bodies_are_dropped_after_thirty_days(pay: Paying, log: Logged) -> None:
    """The fact stays, and so does what the message shows; a 29-day-old event is told as any."""
    ahead = timedelta()
    pay.stage.clock = lambda: now() + ahead
    query = text("SELECT count(*) FROM webhook_events WHERE body IS NOT NULL")
    old = int(datetime.now(UTC).timestamp()) - 29 * 86_400
    async with pay.bot("payments failures refunds test") as bot:
        failed, succeeded, *_ = story(1, old)
        await pay.deliver(json.dumps(failed))
        await pay.deliver(json.dumps(succeeded))
        await pay.message("*Paid*", "1 failed try")
        for days, kept in ((29, 2), (31, 0)):
            ahead = timedelta(days=days)
            await bot.payments.jobs.drop_bodies()

            def count(connection: Connection) -> int:
                return int(connection.execute(query).scalar_one())

            assert await bot.database.read(count) == kept
        await pay.deliver(json.dumps(story(1, old)[3]))
        await pay.message("*Partly refunded*", "1 failed try")
    assert len(pay.messages()) == 1
