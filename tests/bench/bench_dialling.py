"""Campaigns dialled at a lean local Toingg that answers in 5 ms, counted where it is asked.

Prints each figure beside its target, and beside a bare loop over the same transport with the same
concurrency in the same run. Ends with 1 where a target is missed. `BENCH_ONLY` picks by name.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil

from bot.toingg.client import Toingg, ToinggConfig, ToinggKeys, open_http
from tests.bench.campaign import TOKEN, Bench, Lean, Posts, dialled, lean, phone, posts
from tests.bench.targets import Targets

AT_ONCE = 48
"""As many as a campaign without a pace has under way."""
UNLIMITED = 900.0
MEMORY = 60.0

targets = Targets()


def line(name: str, found: Posts, more: str = "") -> None:
    """One measurement."""
    print(
        f"{name:34} {found.rate:8.1f}/s  at most {found.most:5d} in a second  "
        f"{found.count} POSTs, {found.distinct} numbers, {found.refused} answered 429  {more}"
    )


async def bare(peers: Lean, count: int) -> float:
    """The control: calls a second of a loop that only dials."""
    config = ToinggConfig(base_url=f"{peers.url}/toingg")
    http = open_http(config)
    account = Toingg(config, http).account(ToinggKeys(v1="toingg-test-key"))
    left = iter(range(count))

    async def dial() -> None:
        for index in left:
            await account.call(campaign="Spring Sale", name="John", phone=phone(index))

    started = time.perf_counter()
    await asyncio.gather(*(dial() for _ in range(AT_ONCE)))
    took = time.perf_counter() - started
    await http.aclose()
    return count / took


async def run(
    rows: int,
    settings: dict[str, str | None],
    *,
    share: float = 0.02,
    callbacks: bool = False,
    patience: float = 300.0,
    before: Callable[[Lean], None] = lambda _: None,
) -> tuple[Posts, dict[str, float], Lean]:
    """One campaign in a bot of its own; what was counted, and the bot's memory in MB."""
    with lean() as peers, tempfile.TemporaryDirectory() as folder:
        before(peers)
        bench = Bench(Path(folder), peers, settings)
        campaign = await bench.campaign(rows)
        with bench.bot() as (url, process):
            if callbacks:
                peers.set(callbacks=f"{url}/toingg/status", token=TOKEN)
            await asyncio.sleep(1.5)
            idle, cpu = process.memory_info().rss, _cpu(process)
            await bench.start(campaign)
            watched = asyncio.create_task(_watch(process))
            report = await dialled(peers, rows, patience=patience)
            if callbacks:
                await asyncio.sleep(1.5)
                report = await asyncio.to_thread(peers.report)
            watched.cancel()
            figures = {
                "memory": (_most[process.pid] - idle) / 1e6,
                "cpu": _cpu(process) - cpu,
                "told": report["told"],
                "late": sorted(report["late"])[int(len(report["late"]) * 0.99)] if callbacks else 0,
            }
            return posts(report, from_share=share), figures, peers


_most: dict[int, int] = {}


async def _watch(process: psutil.Process) -> None:
    while True:
        _most[process.pid] = max(_most.get(process.pid, 0), process.memory_info().rss)
        await asyncio.sleep(0.1)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def unlimited() -> None:
    """10,000 rows without a pace and without callbacks, beside the bare loop."""
    with lean() as peers:
        control = await bare(peers, 5000)
    found, figures, _ = await run(10_000, {}, share=0.0)
    line("unlimited", found, f"{figures['cpu']:.1f} s of CPU")
    print(f"{'bare loop, the same transport':34} {control:8.1f}/s")
    targets.tell(f"unlimited ≥ {UNLIMITED:.0f}/s", met=found.rate >= UNLIMITED)
    targets.tell("each number once", met=found.count == found.distinct == 10_000)


async def paced() -> None:
    """A pace is kept, to both sides."""
    for rate, rows in ((50, 1500), (200, 4000)):
        found, _, _ = await run(rows, {"DEFAULT_CALLS_PER_MINUTE": str(rate * 60)})
        line(f"asked for {rate}/s", found)
        targets.tell(f"≥ 0.99 of {rate}/s", met=found.rate >= 0.99 * rate)
        targets.tell(f"≤ {rate + 2} in any second", met=found.most <= rate + 2)


async def reported() -> None:
    """At 100/s with four callbacks a call, nothing falls behind."""
    settings: dict[str, str | None] = {"DEFAULT_CALLS_PER_MINUTE": "6000"}
    found, figures, _ = await run(3000, settings, callbacks=True)
    late = figures["late"] * 1000
    line("100/s, every state reported", found, f"{figures['told']} reports, p99 {late:.0f} ms")
    targets.tell("≥ 0.99 of 100/s with all reports", met=found.rate >= 99)
    targets.tell("every report taken", met=figures["told"] == 4 * 3000)


async def bucket() -> None:
    """A leaky bucket of 50/s, known and unknown."""

    def leaks(peers: Lean) -> None:
        peers.set(rate=50, burst=10)

    found, _, _ = await run(1500, {"TOINGG_RATE_PER_SECOND": "50"}, before=leaks)
    line("a known bucket of 50/s", found)
    targets.tell("no 429 of a known bucket", met=found.refused == 0)
    found, _, _ = await run(16_000, {"TOINGG_RATE_PER_SECOND": None}, before=leaks, patience=400)
    line("an unknown bucket of 50/s", found, "from the first call on")
    asked = found.count + found.refused
    targets.tell("≥ 0.95 of an unknown limit", met=found.rate >= 0.95 * 50)
    targets.tell("≤ 1 % answered 429", met=found.refused <= 0.01 * asked)


async def large() -> None:
    """100,000 rows."""
    found, figures, _ = await run(100_000, {}, share=0.0, patience=400)
    line("100,000 rows", found, f"{figures['memory']:.0f} MB over idle")
    targets.tell("each of 100,000 once", met=found.count == found.distinct == 100_000)
    targets.tell(f"≤ idle + {MEMORY:.0f} MB", met=figures["memory"] <= MEMORY)


PARTS: dict[str, Callable[[], Awaitable[None]]] = {
    "unlimited": unlimited,
    "paced": paced,
    "reported": reported,
    "bucket": bucket,
    "large": large,
}


async def main() -> int:
    """Everything, or what was asked for."""
    only = os.environ.get("BENCH_ONLY", "").split()
    for name, part in PARTS.items():
        if not only or name in only:
            await part()
    return targets.status


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
