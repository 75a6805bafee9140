"""The webhook's door: what is taken, what is refused, and that nothing is told twice."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from stripe import WebhookSignature

from bot.app import Bot
from bot.errors import StorageError
from bot.sandbox.slack import rate_limited
from tests.logged import Logged
from tests.paying import OLD_SECRET, SECRET, Paying, paying
from tests.stage import Stage, text_of


@pytest.fixture
def pay(stage: Stage, log: Logged) -> Iterator[Paying]:
    """A stage with a Stripe, whose events are delivered by hand."""
    with paying(stage) as built:
        yield built


def paid(intent: str = "pi_1", *, at: int | None = None, **changes: Any) -> dict[str, Any]:
    """`payment_intent.succeeded`, as Stripe sends it, with what a test is about."""
    return (
        event(
            "payment_intent.succeeded",
            {
                "id": intent,
                "object": "payment_intent",
                "amount": 2500,
                "amount_received": 2500,
                "currency": "usd",
                "status": "succeeded",
            },
            at=at,
        )
        | changes
    )


def event(type_: str, thing: dict[str, Any], *, at: int | None = None) -> dict[str, Any]:
    """Any event, in test mode."""
    created = int(time.time()) if at is None else at
    return {
        "id": f"evt_{thing['id']}_{type_.replace('.', '_')}_{created}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "data": {"object": thing},
        "livemode": False,
        "type": type_,
    }


async def settled(pay: Paying, bot: Bot) -> None:
    """Until everything that was stored is processed and told."""

    def left() -> bool:
        undone = "SELECT count(*) FROM webhook_events WHERE done_at IS NULL"
        unsaid = "SELECT count(*) FROM announcements WHERE drawn < version AND NOT given_up"
        with bot.database.engine.connect().execution_options(read_only=True) as connection:
            return not any(connection.execute(text(it)).scalar_one() for it in (undone, unsaid))

    await pay.stage.until(left)


async def test_who_is_let_in(pay: Paying) -> None:
    """Valid, any of the secrets, two signatures; nothing old, nothing of the future, no forgery."""
    async with pay.bot("payments test") as bot:
        body = json.dumps(paid())
        assert await pay.deliver(body) == 200
        assert await pay.deliver(body, path="/webhook") == 200
        assert await pay.deliver(body, secrets=(OLD_SECRET,)) == 200
        assert await pay.deliver(body, secrets=("whsec_other", SECRET)) == 200
        assert await pay.deliver(body, aged=295) == 200
        assert await pay.deliver(body, aged=-295) == 200
        other = json.dumps(paid("pi_2"))
        assert await pay.deliver(other, secrets=("whsec_other",)) == 400
        assert await pay.deliver(other, aged=301) == 400
        assert await pay.deliver(other, aged=-305) == 400
        assert await pay.deliver(other, header="") == 400
        assert await pay.deliver(other, header="t=,v1=") == 400
        assert await pay.deliver(other.replace("2500", "9900"), header=_signed(other)) == 400
        assert await pay.deliver(b"\xff\xfe", header=_signed(other)) == 400
        await settled(pay, bot)
    assert len(pay.messages()) == 1


def _signed(body: str) -> str:
    return str(WebhookSignature.generate_signature_header(body, SECRET))


@pytest.mark.parametrize("secrets", ["", "  ", ","])
async def test_no_secret_no_door(pay: Paying, secrets: str) -> None:
    """Where no secret is configured there is nothing to find: 404, whatever was signed."""
    async with pay.bot(stripe_webhook_secrets=secrets):
        assert await pay.deliver(json.dumps(paid()), secrets=("",)) == 404
        assert await pay.deliver(json.dumps(paid())) == 404


async def test_what_is_no_event(pay: Paying) -> None:
    """Signed, and no snapshot event: refused, so that whoever set the endpoint up sees it."""
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found"}
    async with pay.bot("payments test"):
        for body in (json.dumps(thin), "[]", "null", "{", json.dumps(paid() | {"id": None})):
            assert await pay.deliver(body) == 400
        large = json.dumps(paid() | {"padding": "x" * 1_000_000})
        assert await pay.deliver(large) == 413
    assert pay.messages() == []


async def test_what_is_merely_unwanted(pay: Paying, log: Logged) -> None:
    """An unknown type, the other mode, a body full of holes: 200, and nobody is told."""
    async with pay.bot("payments live") as bot:
        unknown = event("coffee.brewed", {"id": "cof_1", "object": "coffee"})
        assert await pay.deliver(json.dumps(unknown)) == 200
        assert await pay.deliver(json.dumps(paid())) == 200
        hollow = event("payment_intent.succeeded", {"id": "pi_9"}) | {"data": None}
        assert await pay.deliver(json.dumps(hollow)) == 200
        assert await pay.deliver(json.dumps(paid("pi_3", livemode=True))) == 200
        message = await pay.message("*Paid*")
        await settled(pay, bot)
    assert "TEST" not in text_of(message)
    assert len(pay.messages()) == 1
    assert len(log.actions("event_unwanted")) == 2


async def test_the_same_event_again(pay: Paying) -> None:
    """Twice in turn, and eight times at the same instant: one message."""
    async with pay.bot("payments test") as bot:
        body = json.dumps(paid())
        assert [await pay.deliver(body) for _ in range(2)] == [200, 200]
        at_once = json.dumps(paid("pi_2"))
        answers = await asyncio.gather(*(pay.deliver(at_once) for _ in range(8)))
        assert answers == [200] * 8
        await settled(pay, bot)
    assert len(pay.messages()) == 2


async def test_the_session_comes_after_its_payment_intent(pay: Paying) -> None:
    """Both say paid: one message, to which the session adds who paid."""
    now = int(time.time())
    session = event(
        "checkout.session.completed",
        {
            "id": "cs_test_1",
            "object": "checkout.session",
            "payment_intent": "pi_1",
            "amount_total": 2500,
            "currency": "usd",
            "payment_status": "paid",
            "customer_details": {"email": "jenny@example.com"},
        },
        at=now,
    )
    async with pay.bot("payments test") as bot:
        await pay.deliver(json.dumps(paid(at=now)))
        message = await pay.message("*Paid*")
        await pay.deliver(json.dumps(session))
        await pay.message("j•••@example.com")
        await settled(pay, bot)
    assert len(pay.messages()) == 1
    assert pay.stage.thread(message) == ""


@pytest.mark.parametrize("seconds", [-5, 0], ids=["earlier", "the same second"])
async def test_failed_comes_after_succeeded(pay: Paying, seconds: int) -> None:
    """What happened before, or ranks below, is counted and not told."""
    now = int(time.time())
    thing = paid()["data"]["object"] | {"last_payment_error": {"decline_code": "lost_card"}}
    failed = event("payment_intent.payment_failed", thing, at=now + seconds)
    async with pay.bot("payments failures test") as bot:
        await pay.deliver(json.dumps(paid(at=now)))
        message = await pay.message("*Paid*")
        await pay.deliver(json.dumps(failed))
        await pay.message("*Paid*", "1 failed try")
        await settled(pay, bot)
    assert len(pay.messages()) == 1
    assert pay.stage.thread(message) == ""


async def test_the_refund_comes_before_paid(pay: Paying) -> None:
    """The message says refunded, and goes on saying so when the payment is told late."""
    now = int(time.time())
    refund = {"id": "re_1", "payment_intent": "pi_1", "amount": 2500, "currency": "usd"}
    refunded = event("refund.created", refund | {"status": "succeeded"}, at=now)
    async with pay.bot("payments refunds test") as bot:
        await pay.deliver(json.dumps(refunded))
        message = await pay.message("*Refunded*")
        await pay.deliver(json.dumps(paid(at=now - 60)))
        await pay.message("*25.00\xa0USD*", "*Refunded*")
        await settled(pay, bot)
    assert len(pay.messages()) == 1
    assert pay.stage.thread(message) == ""


async def test_slack_asks_to_wait(pay: Paying) -> None:
    """429 with its Retry-After: the message comes later, once."""
    async with pay.bot("payments test") as bot:
        pay.stage.slack.fail_next("chat.postMessage", rate_limited(1))
        await pay.deliver(json.dumps(paid()))
        await pay.message("*Paid*")
        await settled(pay, bot)
    assert len(pay.messages()) == 1


async def test_the_database_is_away(pay: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost: Stripe is asked to send it again, and then it is told once."""

    async def refused(_work: object) -> None:
        raise StorageError(detail="OperationalError")

    async with pay.bot("payments test") as bot:
        with monkeypatch.context() as away:
            away.setattr(bot.database, "write", refused)
            assert await pay.deliver(json.dumps(paid())) == 503
        assert await pay.deliver(json.dumps(paid())) == 200
        await pay.message("*Paid*")


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        ("jpy", 2500, "2,500\xa0JPY"),
        ("kwd", 12345, "12.345\xa0KWD"),
        ("isk", 12300, "123\xa0ISK"),
        ("ugx", 12350, "123.50\xa0UGX"),
        ("all", 5050, "50.50\xa0ALL"),
        ("huf", 250050, "2,500.50\xa0HUF"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_money(pay: Paying, currency: str, amount: int, shown: str) -> None:
    """Stripe's minor units, whatever CLDR thinks of a currency."""
    body = paid()
    body["data"]["object"] |= {"amount_received": amount, "currency": currency}
    async with pay.bot("payments test"):
        await pay.deliver(json.dumps(body))
        await pay.message(f"*{shown}*")
