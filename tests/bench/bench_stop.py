"""Stop All of 200 live calls where a hang-up takes Toingg 100 ms: from the click to the last one.

    .venv/bin/python tests/bench/bench_stop.py [calls]

The floor is what 20 at a time take by themselves: 1.0 s.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.logs import set_up
from bot.sandbox.toingg.faults import slow
from storage.campaigns import Stage
from storage.rows import State
from tests.campaigning import OPEN_PACE, ask, card, list_of, until
from tests.stage import staged

HANG_UP = "/api/hang_up_call/"
_TAKES = 0.1
_AT_ONCE = 20
_TARGET = 5.0


async def stopped(count: int) -> tuple[float, int]:
    """Seconds, and how many were hung up."""
    people = "\n".join(f"P{at}, +1415{2_000_000 + at}" for at in range(count))
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(Path(folder), f"sqlite:///{folder}/toingg.db") as stage,
    ):
        stage.toingg.outcome(None, "rings")
        async with stage.bot(**OPEN_PACE) as bot:
            file = stage.slack.share("carl", "list.csv", f"name,phone\n{people}\n".encode())
            await ask(stage, {"file": [file]})
            await until(bot, Stage.READY)
            await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
            await until(bot, Stage.RUNNING)
            while sum(row["state"] == State.PLACED for row in await list_of(bot)) < count:
                await asyncio.sleep(0.1)
            stage.toingg.fail_next(slow(_TAKES), times=count, path=HANG_UP)
            shown = await card(bot, stage, "stop")
            started = time.perf_counter()
            await stage.slack.click("carl", shown, "campaign.stop")
            await until(bot, lambda it: it.stopped_by is None and it.state is Stage.PAUSED)
            return time.perf_counter() - started, len(set(stage.hang_ups()))


def main() -> int:
    """Prints the figures; 1 where the target is missed."""
    set_up("ERROR")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds, hung_up = asyncio.run(stopped(count))
    print(f"click to done   {seconds:5.2f} s   floor {count / _AT_ONCE * _TAKES:5.2f} s")
    print(f"hung up         {hung_up} of {count}")
    met = hung_up == count and seconds <= _TARGET
    print(f"{'met    ' if met else 'MISSED '} all of them in {_TARGET:.0f} s")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
