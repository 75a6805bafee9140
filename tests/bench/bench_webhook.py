"""Stripe's webhook: what a check costs, and 500 events a second stored before their 200.

Prints the bot's figures beside `construct_event`'s and a bare Starlette handler's that calls it and
stores nothing, measured in the same run by the same load. Ends with 1 where a target is missed.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
import stripe
from sqlalchemy import create_engine, text

from bot.payments.webhook import verified
from bot.sandbox.stripe import StripeSandbox
from tests.bench import load
from tests.bench.bench_ack import cpu, free_port, process, row
from tests.bench.peers import Peers, serve

RATE = float(os.environ.get("BENCH_RATE", "500"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
SECRET = "whsec_test_of-the-benchmark"
WARM = 2.0
WARM_FIRST = 1_000_000


def template() -> str:
    """A checkout's event, as Stripe sends it."""
    sandbox = StripeSandbox()
    with sandbox.serve():
        sandbox.pay(sandbox.open(2500).id)
        found = [each for each in sandbox.events if each.type == "checkout.session.completed"]
    return found[0].body


BODY = template()
OF_EVENT, OF_PAYMENT = (json.loads(BODY)[it] for it in ("id", "data"))


def body(number: int) -> bytes:
    """A fresh event of a payment of its own."""
    intent, session = OF_PAYMENT["object"]["payment_intent"], OF_PAYMENT["object"]["id"]
    fresh = BODY.replace(OF_EVENT, f"evt_{number}").replace(intent, f"pi_{number}")
    return fresh.replace(session, f"cs_test_{number}").encode()


def sign(raw: bytes) -> dict[str, str]:
    """Stripe's own signature."""
    header = stripe.WebhookSignature.generate_signature_header(raw.decode(), SECRET)
    return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}


def micro(check: Callable[[], object], seconds: float = 0.2) -> float:
    """CPU microseconds that one takes."""
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        for _ in range(50):
            check()
        count += 50
    return spent / count * 1e6


def checks() -> tuple[float, float]:
    """`construct_event`'s figure, then the bot's: the best of ten each, taken in turns."""
    raw = BODY.encode()
    header = sign(raw)["Stripe-Signature"]
    now = datetime.now(UTC)
    theirs, mine = [], []
    for _ in range(10):
        theirs.append(micro(lambda: stripe.Webhook.construct_event(raw, header, SECRET)))
        mine.append(micro(lambda: verified(raw, header, (SECRET,), now)))
    return min(theirs), min(mine)


async def measure(url: str, server: psutil.Process) -> tuple[load.Load, float]:
    """The load after a short warm-up, and the server's CPU microseconds an event."""
    await load.run(url, rate=RATE, seconds=WARM, body=body, first=WARM_FIRST, sign=sign)
    await asyncio.sleep(3)
    before = cpu(server)
    result = await load.run(url, rate=RATE, seconds=SECONDS, body=body, sign=sign)
    return result, (cpu(server) - before) / len(result.latencies) * 1e6


def bare() -> tuple[load.Load, float]:
    """The control's figures."""
    port = free_port()
    script = str(Path(__file__).with_name("bare_stripe.py"))
    url = f"http://127.0.0.1:{port}/stripe/webhook"
    with process([script, str(port), SECRET], {}, f"http://127.0.0.1:{port}/x") as server:
        return asyncio.run(measure(url, server))


def ours(peer: str, data: str) -> tuple[load.Load, float]:
    """The bot's figures."""
    port = free_port()
    env = {
        "SLACK_SIGNING_SECRET": load.SECRET,
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_API_URL": f"{peer}/api/",
        "TOINGG_API_KEY": "toingg-test-key",
        "TOINGG_BASE_URL": f"{peer}/toingg",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "DATA_DIR": data,
        "DATABASE_URL": "",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    url = f"http://127.0.0.1:{port}"
    with process(["-m", "bot", "serve"], env, f"{url}/readyz") as server:
        return asyncio.run(measure(f"{url}/stripe/webhook", server))


def stored(data: str) -> int:
    """How many of the measured events the database has."""
    engine = create_engine(f"sqlite:///{data}/toingg.db")
    query = f"SELECT count(*) FROM webhook_events WHERE length(event_id) < {len('evt_1000000')}"  # noqa: S608
    with engine.connect() as connection:
        count = int(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return count


def main() -> int:
    """Both, one after the other, and the verdict."""
    theirs, mine = checks()
    print(
        f"a check of {len(BODY):,} bytes, CPU µs: construct_event {theirs:.1f}, the bot {mine:.1f}"
    )
    with serve(Peers()) as serving, tempfile.TemporaryDirectory() as data:
        control, control_cpu = bare()
        bot, bot_cpu = ours(serving.url, data)
        kept = stored(data)
    print(f"{RATE:.0f} fresh events a second for {SECONDS:.0f} s; milliseconds")
    print(
        f"{'to the 200':12}  {'p50':>8}  {'p90':>8}  {'p99':>8}  {'p99.9':>8}  {'CPU µs/req':>10}"
    )
    print(row("bare handler", control, control_cpu))
    print(row("the bot", bot, bot_cpu))
    print(f"stored {kept:,} of {len(bot.due):,}")
    targets = {
        "30 checks in one construct_event": theirs / mine >= 30,
        "the 200's p99 ≤ 50": load.percentile(bot.latencies, 0.99) <= 50,
        "every event stored": kept == len(bot.due),
    }
    for name, met in targets.items():
        print(f"{'met   ' if met else 'MISSED'}  {name}")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
