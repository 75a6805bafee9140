"""Deaths in the middle of a campaign: nobody is dialled twice, nobody is lost."""

import os
from pathlib import Path

import pytest

from storage.rows import Kind
from tests.bench.campaign import dialled, posts
from tests.campaign_kills import (
    RATE,
    TICK,
    Found,
    bench,
    database_of,
    frozen_and_killed,
    killed,
    told,
)

LATENCY = 0.005
TEXT_RATE = 100
SLACK = 0.1
"""Seconds that a loaded machine may add."""


def holds(found: Found, rows: int, rate: int = RATE) -> None:
    """Each number at most once; each row known; few uncertain, and those only by deaths."""
    print("\n" + told(found))  # noqa: T201 - the figures of the soak
    assert found.posts == found.numbers
    assert sum(found.states.values()) == rows
    assert set(found.states) <= {"placed", "uncertain"}
    assert found.posts >= found.states["placed"]
    assert found.posts + found.states.get("uncertain", 0) >= rows
    bound = rate * (TICK + LATENCY + SLACK) + 1
    assert all(each <= bound for each in found.uncertain)
    assert found.states.get("uncertain", 0) <= sum(found.uncertain)


async def test_a_few_kills(tmp_path: Path) -> None:
    """Three deaths in 400 rows."""
    with bench(tmp_path) as at:
        holds(await killed(at, 400, 3, seed=3), 400)


async def test_a_few_kills_of_texts(tmp_path: Path) -> None:
    """Three deaths in 400 texts."""
    with bench(tmp_path) as at:
        holds(await killed(at, 400, 3, seed=3, kind=Kind.TEXT), 400)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_ten_kills_of_texts(tmp_path: Path) -> None:
    """Ten deaths in 5,000 texts at 100 a second: none is sent twice, none is lost."""
    with bench(tmp_path, rate=TEXT_RATE) as at:
        found = await killed(at, 5000, 10, seed=10, kind=Kind.TEXT, rate=TEXT_RATE)
        holds(found, 5000, TEXT_RATE)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_the_pace_of_texts(tmp_path: Path) -> None:
    """5,000 texts at 100 a second: as many in all, each once; the fullest second is printed."""
    with bench(tmp_path, rate=TEXT_RATE) as at:
        campaign = await at.campaign(5000, kind=Kind.TEXT)
        with at.bot():
            await at.start(campaign)
            report = await dialled(at.peers, 5000, patience=120)
        found = posts(report)
        print(f"\n{found}")  # noqa: T201 - the figures of the soak
        assert (found.count, found.distinct, found.refused) == (5000, 5000, 0)
        assert abs(found.rate - TEXT_RATE) <= TEXT_RATE / 100


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_fifty_kills(tmp_path: Path) -> None:
    """Fifty deaths in 3,000 rows, on SQLite."""
    with bench(tmp_path) as at:
        found = await killed(at, 3000, 50, seed=50)
        holds(found, 3000)
        assert max(found.first_posts) <= 3.0


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_ten_kills_on_postgresql(tmp_path: Path, postgres: str) -> None:
    """Ten deaths in 3,000 rows, on PostgreSQL."""
    with (
        database_of(postgres, f"kills_{os.getpid()}") as url,
        bench(tmp_path, url) as at,
    ):
        holds(await killed(at, 3000, 10, seed=10), 3000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_slow_answers(tmp_path: Path) -> None:
    """Where Toingg takes 300 ms, a death leaves that much more to a person."""
    with bench(tmp_path) as at:
        at.peers.set(latency=0.3)
        found = await killed(at, 1500, 8, seed=8)
        assert found.posts == found.numbers
        assert sum(found.states.values()) == 1500
        print("\n" + told(found))  # noqa: T201 - the figures of the soak
        assert max(found.uncertain) <= RATE * (TICK + 0.3 + SLACK) + 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_one_killed_one_frozen(tmp_path: Path, postgres: str) -> None:
    """Two processes on PostgreSQL, one killed, one frozen beyond its heart's silence and thawed."""
    with (
        database_of(postgres, f"frozen_{os.getpid()}") as url,
        bench(tmp_path, url) as at,
    ):
        found = await frozen_and_killed(at, 3000, frozen=12.0)
        print("\n" + told(found))  # noqa: T201 - the figures of the soak
        assert found.posts == found.numbers
        assert sum(found.states.values()) == 3000
        assert set(found.states) <= {"placed", "uncertain"}
