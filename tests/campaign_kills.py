"""Campaigns whose bots are killed, frozen and thawed, and what has to hold all the same."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from storage import lists
from storage.campaigns import Campaign
from storage.rows import Kind, State
from tests.bench.campaign import Bench, Lean, lean

RATE = 200
TICK = 0.06
"""Seconds between a row's claim and its POST, and between an answer and its writing, at most."""


@dataclass
class Found:
    """What a campaign came to, over all the deaths."""

    posts: int
    numbers: int
    states: dict[str, int]
    uncertain: list[int] = field(default_factory=list)
    """After each death, how many rows more are uncertain."""
    first_posts: list[float] = field(default_factory=list)
    """Seconds from each launch to the next POST."""


@contextmanager
def bench(
    folder: Path, database_url: str = "", *, rate: int = RATE, **settings: str
) -> Iterator[Bench]:
    """A database, the stand-ins, and a pace at which a death hurts."""
    with lean() as peers:
        paced: dict[str, str | None] = {"DEFAULT_CALLS_PER_MINUTE": str(rate * 60), **settings}
        yield Bench(folder, peers, paced, database_url)


async def killed(
    at: Bench, rows: int, kills: int, *, seed: int, kind: Kind = Kind.CALL, rate: int = RATE
) -> Found:
    """Dials, or texts, so many rows through so many `kill -9` at random moments."""
    chance = random.Random(seed)
    campaign = await at.campaign(rows, kind=kind)
    found = Found(0, 0, {})
    started = False
    before = 0
    for _ in range(kills):
        with at.bot() as (_, process):
            if not started:
                await at.start(campaign)
                started = True
            await asyncio.sleep(_until_death(rows / rate, kills, chance))
            process.kill()
            process.wait(10)
            _first_post(found, at.peers, at.launched)
        count = await counted(at, campaign)
        lost = count.get(State.DIALLING, 0) + count.get(State.UNCERTAIN, 0) - before
        found.uncertain.append(lost)
        before += lost
    with at.bot():
        found.states = await finished(at, campaign, patience=60 + rows / rate * 2)
    report = at.peers.report()
    found.posts = len(report["posts"])
    found.numbers = len({phone for _, phone in report["posts"]})
    return found


def _until_death(seconds: float, kills: int, chance: random.Random) -> float:
    """So that the deaths are spread over the whole list."""
    return chance.uniform(0.3, 1.7) * seconds / kills


def _first_post(found: Found, peers: Lean, launched: float) -> None:
    after = [at for at, _ in peers.report()["posts"] if at >= launched]
    if after:
        found.first_posts.append(min(after) - launched)


async def counted(at: Bench, campaign: Campaign) -> dict[State, int]:
    """How many rows stand where."""
    counts: dict[State, int] = {}
    with at.open() as database:
        for each in await database.scan(lambda it: lists.counts(it, campaign.id)):
            counts[each.state] = counts.get(each.state, 0) + each.count
    return counts


async def finished(at: Bench, campaign: Campaign, *, patience: float) -> dict[str, int]:
    """How many rows stand where, once nothing is to be done any more."""
    deadline = time.monotonic() + patience
    while True:
        counts = await counted(at, campaign)
        left = counts.get(State.PENDING, 0) + counts.get(State.DIALLING, 0)
        if left == 0 or time.monotonic() > deadline:
            return {state.value: count for state, count in sorted(counts.items())}
        await asyncio.sleep(0.2)


async def frozen_and_killed(at: Bench, rows: int, *, frozen: float) -> Found:
    """Two that dial: one is frozen for so long and thawed, meanwhile the other is killed."""
    campaign = await at.campaign(rows)
    with at.bot() as (_, first), at.bot("worker") as (_, second):
        await asyncio.sleep(3)
        await at.start(campaign)
        await asyncio.sleep(rows / RATE / 4)
        second.send_signal(signal.SIGSTOP)
        await asyncio.sleep(rows / RATE / 4)
        first.kill()
        first.wait(10)
        await asyncio.sleep(frozen)
        second.send_signal(signal.SIGCONT)
        states = await finished(at, campaign, patience=90)
    report = at.peers.report()
    numbers = {phone for _, phone in report["posts"]}
    return Found(len(report["posts"]), len(numbers), states)


@contextmanager
def database_of(server: str, name: str) -> Iterator[str]:
    """An empty database on a PostgreSQL server; its URL."""
    url = server.replace("postgresql://", "postgresql+psycopg://")
    base, mark, query = url.partition("?")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield f"{base.rpartition('/')[0]}/{name}{mark}{query}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def told(found: Found) -> str:
    """The figures in a line."""
    worst = max(found.first_posts, default=0.0)
    return (
        f"{found.posts} POSTs to {found.numbers} numbers; "
        + ", ".join(f"{count} {state}" for state, count in found.states.items())
        + f"; uncertain a death: {found.uncertain}; launch to first POST: at most {worst:.2f} s"
    )
