"""A campaign under control while everything is busy: by signed clicks, counted where it dials.

Pause at 200/s where Toingg takes 300 ms; Pause and Resume at once; Cancel; and answers to Slack
while a campaign dials 50/s, 100,000 rows are read, and Slack itself answers 429. Ends with 1 where
a target is missed.
"""

import asyncio
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from storage import campaigns, lists
from storage.campaigns import Campaign, Stage
from storage.rows import State
from tests.bench import load
from tests.bench.campaign import Bench, lean
from tests.bench.targets import Targets

OWNER = "U00000001"
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
targets = Targets()


def person(payload: dict[str, Any]) -> bytes:
    """Something that the owner did in Slack."""
    who = {"user": {"id": OWNER, "team_id": "T0BENCH"}, "team": {"id": "T0BENCH"}}
    return load.interaction(who | {"trigger_id": f"{time.time_ns()}.bench"} | payload)


def click(campaign: Campaign, what: str) -> bytes:
    """A button of the campaign's card."""
    return person(
        {
            "type": "block_actions",
            "actions": [
                {
                    "action_id": f"campaign.{what}",
                    "block_id": "actions",
                    "value": f"{campaign.id}.{campaign.version}",
                    "type": "button",
                }
            ],
            "container": {"channel_id": campaign.channel, "message_ts": campaign.card_ts},
            "channel": {"id": campaign.channel},
        }
    )


def submission() -> bytes:
    """A list that somebody dropped into the modal."""
    values = {
        "campaign": {"value": {"type": "plain_text_input", "value": "Autumn Sale"}},
        "file": {
            "value": {
                "type": "file_input",
                "files": [{"id": "F00000001", "name": "list.csv", "size": 1}],
            }
        },
        "channel": {
            "value": {"type": "conversations_select", "selected_conversation": "C00000000"}
        },
    }
    view = {"id": f"V{time.time_ns()}", "type": "modal", "callback_id": "campaign.form"}
    return person({"type": "view_submission", "view": view | {"state": {"values": values}}})


async def now_of(bench: Bench, campaign: Campaign) -> Campaign:
    """The campaign as it stands, once its card is posted."""
    with bench.open() as database:
        while True:
            get = partial(campaigns.get, workspace_id=campaign.workspace_id)
            found = await database.read(partial(get, campaign_id=campaign.id))
            if found is not None and found.card_ts is not None:
                return found
            await asyncio.sleep(0.02)


async def counted(bench: Bench, campaign: Campaign) -> dict[State, int]:
    """How many rows stand where."""
    counts: dict[State, int] = {}
    with bench.open() as database:
        for each in await database.scan(partial(lists.counts, campaign_id=campaign.id)):
            counts[each.state] = counts.get(each.state, 0) + each.count
    return counts


async def pauses() -> None:
    """Pause, Pause and Resume at once, Cancel: at 200/s and 300 ms."""
    settings = {"DEFAULT_CALLS_PER_MINUTE": "12000", "OWNER_USER_IDS": OWNER}
    with lean() as peers, tempfile.TemporaryDirectory() as folder:
        peers.set(latency=0.3)
        bench = Bench(Path(folder), peers, settings)
        campaign = await bench.campaign(4000)
        with bench.bot() as (url, _):
            slack = f"{url}/slack/events"
            await bench.start(campaign)
            await asyncio.sleep(3)
            worst = 0.0
            for _ in range(3):
                running = await now_of(bench, campaign)
                clicked = time.time()
                await load.post(slack, click(running, "pause"))
                await asyncio.sleep(2)
                late = [at - clicked for at, _ in peers.report()["posts"] if at > clicked]
                worst = max(worst, *late, 0.0)
                await load.post(slack, click(await now_of(bench, campaign), "resume"))
                await asyncio.sleep(1)
            print(f"{'last POST after Pause':34} {worst * 1000:8.0f} ms, the worst of 3")
            targets.tell("no POST later than 1 s after Pause", met=worst <= 1.0)
            for _ in range(5):
                await load.post(slack, click(await now_of(bench, campaign), "pause"))
                await load.post(slack, click(await now_of(bench, campaign), "resume"))
                await asyncio.sleep(0.3)
            cancelled = time.time()
            await load.post(slack, click(await now_of(bench, campaign), "cancel"))
            await asyncio.sleep(4)
            counts = await counted(bench, campaign)
            report = peers.report()
            after = [at - cancelled for at, _ in report["posts"] if at > cancelled]
            last = max(after, default=0.0) * 1000
            print(f"{'POSTs after Cancel':34} {len(after):8d}, the last {last:.0f} ms after it")
            targets.tell("no row is uncertain", met=counts.get(State.UNCERTAIN, 0) == 0)
            posted = len(report["posts"])
            targets.tell("as many POSTs as rows placed", met=posted == counts.get(State.PLACED, 0))
            targets.tell(
                "the others are cancelled", met=counts.get(State.CANCELLED, 0) == 4000 - posted
            )


async def busy() -> None:
    """Acks while a campaign dials, a list is read and Slack is rate limited."""
    settings = {"DEFAULT_CALLS_PER_MINUTE": "3000", "OWNER_USER_IDS": OWNER}
    with lean() as peers, tempfile.TemporaryDirectory() as folder:
        peers.set(rows=ROWS, first=10_000, url=peers.url)
        bench = Bench(Path(folder), peers, settings)
        campaign = await bench.campaign(3000)
        with bench.bot() as (url, _):
            slack = f"{url}/slack/events"
            await bench.start(campaign)
            await now_of(bench, campaign)
            calls = partial(load.command, response_base=peers.url, word="/toingg-calls", text="")
            await load.run(slack, rate=20, seconds=2, body=calls)
            peers.set(slack_limited=True)
            started = time.time()
            status = await load.post(slack, submission())
            found = await load.run(slack, rate=20, seconds=20, body=calls, first=1000)
            posts = [at for at, _ in peers.report()["posts"] if started <= at <= started + 20]
            read = await _read(bench)
            took = read.moved_at.timestamp() - started
            p50, p99 = (load.percentile(found.latencies, share) for share in (0.5, 0.99))
            answers = f"{p50:.0f} ms, p99 {p99:.0f} ms  {found.statuses}"
            print(f"{'acks while all is busy':34} p50 {answers}")
            print(f"{'a list read meanwhile':34} {read.total:,} rows in {took:.1f} s ({status})")
            print(f"{'dialled meanwhile':34} {len(posts) / 20:8.1f}/s")
            targets.tell("ack p99 ≤ 250 ms", met=load.percentile(found.latencies, 0.99) <= 250)
            targets.tell("every ack a 200", met=set(found.statuses) == {200})
            targets.tell(
                "the list was read meanwhile", met=read.state is Stage.READY and read.total == ROWS
            )


async def _read(bench: Bench) -> Campaign:
    """The newest campaign, once its list is read, or a minute later."""
    deadline = time.monotonic() + 60
    with bench.open() as database:
        while True:
            newest = await database.read(_newest)
            if newest.state is not Stage.DRAFT or time.monotonic() > deadline:
                return newest
            await asyncio.sleep(0.1)


def _newest(connection: Any) -> Campaign:
    return campaigns.find(connection, limit=1)[0]


async def main() -> int:
    """Both."""
    await pauses()
    await busy()
    return targets.status


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
