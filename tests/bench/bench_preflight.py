"""100,000 rows of CSV, from the modal's submission to a campaign that is ready.

Prints seconds, the longest block of the bot's loop, and the most memory over idle; beside it, as a
control in the same run, the same file read by the intake alone.

    .venv/bin/python tests/bench/bench_preflight.py [rows]
"""

import asyncio
import gc
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil

from bot.__main__ import _SWITCH
from bot.recipients.intake import open_file, read
from storage.campaigns import Stage
from tests.campaigning import FORM, OPEN_PACE, every
from tests.stage import staged


def rows(count: int) -> bytes:
    """A file of made-up numbers, which nobody is called at."""
    lines = (f"Person {at},+1{415 + at // 1_000_000}{2_000_000 + at},Oslo\n" for at in range(count))
    return ("name,phone,city\n" + "".join(lines)).encode()


class Watch:
    """The blocks of this loop, and the most memory of this process, while it goes on."""

    def __init__(self) -> None:
        self.blocks: list[float] = []
        self.most = 0
        self._over = threading.Event()
        self._memory = threading.Thread(target=self._look, daemon=True)

    def __str__(self) -> str:
        ordered = sorted(self.blocks)
        p99 = ordered[int(len(ordered) * 0.99)]
        return f"p99 {p99 * 1000:5.1f} ms   longest {ordered[-1] * 1000:5.1f} ms"

    async def loop(self) -> None:
        """Sleeps a millisecond again and again: what it sleeps longer is a block."""
        while not self._over.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.blocks.append(time.perf_counter() - before - 0.001)

    def _look(self) -> None:
        process = psutil.Process()
        while not self._over.wait(0.02):
            self.most = max(self.most, process.memory_info().rss)

    def start(self) -> asyncio.Task[None]:
        """Begins to watch."""
        self._memory.start()
        return asyncio.ensure_future(self.loop())

    def stop(self) -> None:
        """Ends it."""
        self._over.set()


def as_served() -> None:
    """What `toingg-bot serve` does before it answers anybody."""
    sys.setswitchinterval(_SWITCH)
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Figures:
    """What was seen; seconds, milliseconds of the loop's blocks, megabytes over idle.

    `noise`: the blocks of the same loop while nothing was read, beside the same neighbours.
    """

    seconds: float
    worked: float
    blocks: Watch
    noise: Watch
    memory: float


async def through_the_bot(data: bytes) -> Figures:
    """Reads the file through the modal."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/toingg.db"
        with staged(Path(folder), url) as stage:
            async with stage.bot(**OPEN_PACE) as bot:
                file = stage.slack.share("carl", "list.csv", data)
                await stage.slack.command("carl", "sales", "/toingg-campaign", "Spring Sale")
                view = await stage.modal("carl", FORM)
                as_served()
                noise = Watch()
                watching = noise.start()
                await asyncio.sleep(5)
                noise.stop()
                await watching
                idle, watch = psutil.Process().memory_info().rss, Watch()
                watching = watch.start()
                started, worked = time.perf_counter(), time.process_time()
                await stage.slack.submit("carl", view, {"file": [file]})
                while not any(each.state is Stage.READY for each in await every(bot)):
                    await asyncio.sleep(0.05)
                seconds = time.perf_counter() - started
                watch.stop()
                await watching
                worked = time.process_time() - worked
                memory = (watch.most - idle) / 1e6
                return Figures(seconds, worked, watch, noise, memory)


def alone(data: bytes) -> float:
    """Seconds of the intake by itself."""
    started = time.perf_counter()
    for _ in read([open_file(data)], "US"):
        pass
    return time.perf_counter() - started


def main() -> None:
    """Prints the figures."""
    data = rows(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    seen = asyncio.run(through_the_bot(data))
    print(f"submission to ready  {seen.seconds:5.1f} s   intake alone {alone(data):5.1f} s")
    print(f"processor's share    {seen.worked:5.1f} s")
    print(f"block of the loop    {seen.blocks}")
    print(f"  while it is idle   {seen.noise}")
    print(f"memory over idle     {seen.memory:5.1f} MB")


if __name__ == "__main__":
    main()
