"""Acks, and from the click to Toingg's POST, at 100 fresh signed commands a second.

Prints the bot's figures beside bare Bolt's, measured in the same run by the same load. Open loop:
a latency counts from when the request was due. Ends with 1 where a target is missed.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil

from tests.bench import load
from tests.bench.peers import Peers, serve

RATE = float(os.environ.get("BENCH_RATE", "100"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
WARM = 2.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(arguments: list[str], env: dict[str, str], ready: str) -> Iterator[psutil.Process]:
    """A server under test, from its first answer to its end."""
    with subprocess.Popen(
        [sys.executable, *arguments], env=os.environ | env, stdout=subprocess.DEVNULL
    ) as started:
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(ready, timeout=1)  # noqa: S310 - loopback
                    break
                time.sleep(0.05)
            yield psutil.Process(started.pid)
        finally:
            started.terminate()


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(url: str, server: psutil.Process, response_base: str) -> tuple[load.Load, float]:
    """The load after a short warm-up, and the server's CPU microseconds a request."""

    def body(number: int) -> bytes:
        return load.command(number, response_base)

    await load.run(url, rate=RATE, seconds=WARM, body=body, first=1_000_000)
    await asyncio.sleep(1)
    before = cpu(server)
    result = await load.run(url, rate=RATE, seconds=SECONDS, body=body)
    await asyncio.sleep(1)
    return result, (cpu(server) - before) / len(result.latencies) * 1e6


def bare(response_base: str) -> tuple[load.Load, float]:
    """The control's figures."""
    port = free_port()
    script = str(Path(__file__).with_name("bare_bolt.py"))
    with process([script, str(port), load.SECRET], {}, f"http://127.0.0.1:{port}/x") as server:
        return asyncio.run(measure(f"http://127.0.0.1:{port}/slack/events", server, response_base))


def ours(peer: str, data: str) -> tuple[load.Load, float, float]:
    """The bot's figures, with its resident memory in MiB."""
    port = free_port()
    env = {
        "SLACK_SIGNING_SECRET": load.SECRET,
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_API_URL": f"{peer}/api/",
        "TOINGG_API_KEY": "toingg-test-key",
        "TOINGG_BASE_URL": f"{peer}/toingg",
        "DATA_DIR": data,
        "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", ""),
        "HOURS_PRESET": "always",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    url = f"http://127.0.0.1:{port}"
    with process(["-m", "bot", "serve"], env, f"{url}/readyz") as server:
        result, micro = asyncio.run(measure(f"{url}/slack/events", server, peer))
        return result, micro, server.memory_info().rss / 2**20


def row(name: str, result: load.Load, micro: float) -> str:
    """One line of the table."""
    shares = "  ".join(
        f"{load.percentile(result.latencies, share):8.2f}" for share in (0.5, 0.9, 0.99, 0.999)
    )
    return f"{name:12}  {shares}  {micro:10.0f}  {result.statuses}"


def main() -> int:
    """Both, one after the other, and the verdict."""
    peers = Peers()
    with serve(peers) as serving, tempfile.TemporaryDirectory() as data:
        control, control_cpu = bare(serving.url)
        bot, bot_cpu, memory = ours(serving.url, data)
    to_post = [
        peers.dialled[load.phone(number)] - due
        for number, due in bot.due.items()
        if load.phone(number) in peers.dialled
    ]
    print(f"{RATE:.0f} fresh signed commands a second for {SECONDS:.0f} s; milliseconds")
    print(f"{'ack':12}  {'p50':>8}  {'p90':>8}  {'p99':>8}  {'p99.9':>8}  {'CPU µs/req':>10}")
    print(row("bare Bolt", control, control_cpu))
    print(row("the bot", bot, bot_cpu))
    p50, p99 = (load.percentile(bot.latencies, share) for share in (0.5, 0.99))
    post50, post99 = (load.percentile(to_post, share) for share in (0.5, 0.99))
    lag = load.percentile(bot.lags, 0.99)
    print(f"click to Toingg's POST: p50 {post50:.2f}, p99 {post99:.2f}")
    print(f"dialled {len(to_post)} of {len(bot.due)}; the load's own lag p99 {lag:.2f};"
          f" the bot's memory {memory:.0f} MiB")  # fmt: skip
    targets = {
        "ack p50 ≤ 15": p50 <= 15,
        "ack p99 ≤ 50": p99 <= 50,
        "click to POST p99 ≤ 100": post99 <= 100,
        "every command dialled": len(to_post) == len(bot.due),
    }
    for name, met in targets.items():
        print(f"{'met   ' if met else 'MISSED'}  {name}")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
