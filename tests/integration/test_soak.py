"""The full counts of kills, which take minutes: `make soak`."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.sandbox.toingg import faults
from storage.rows import State
from tests.kills import Kill, most_kills, random_kills, some_kills
from tests.lane import DIAL, lane
from tests.verdict import calls_of, posts_of
from tests.walks import walk

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

LANES = 4


async def test_every_kill_at_every_instant_under_every_outcome(tmp_path: Path) -> None:
    """Given each instant under each of Toingg's outcomes, no call is made twice, none is lost."""
    kills = most_kills()
    assert min(_instants(kills).values()) >= 3
    found = await walk(tmp_path, kills, lanes=LANES)
    assert set(found.states) == {"placed", "final", "uncertain", "offered", "rejected"}
    assert found.again == LANES


async def test_thirty_random_kills(tmp_path: Path) -> None:
    """Given deaths at any time within a call's first seconds, the same holds."""
    await walk(tmp_path, list(random_kills(30, seed=30)), lanes=LANES)


async def test_kills_on_postgresql(tmp_path: Path, postgres: str) -> None:
    """Given PostgreSQL, where a silent run is dead only after a while, the same holds."""
    with _databases(postgres, LANES) as urls:
        await walk(tmp_path, some_kills(), lanes=LANES, databases=urls, patience=30.0)


async def test_a_call_meant_long_ago_is_offered(tmp_path: Path) -> None:
    """Given a restart half a minute after a call was due, a person decides, and it's made once."""
    async with lane(tmp_path) as at:
        click = at.next_click()
        at.stage.toingg.fail_next(faults.rate_limited(1), path=DIAL)
        await at.click(click)
        await at.until_row(click, lambda row: row.reason == "RateLimited")
        at.bot.kill()
        await at.bot.died()
        assert posts_of(at.stage, click) == 0
        await asyncio.sleep(32)
        await at.bot.start()
        row = await at.until_row(click, lambda row: row.state is State.OFFERED)
        await at.rest()
        card = at.stage.slack.message(row.channel or "", row.card_ts or "")
        assert card is not None
        assert (await at.stage.slack.click("carl", card, "call.now")).status == 200
        await at.until_row(click, lambda row: row.state is State.PLACED)
        assert (posts_of(at.stage, click), calls_of(at.stage, click)) == (1, 1)


def _instants(kills: list[Kill]) -> dict[str, int]:
    """How often the bot is killed at each instant; the delays after a click are one."""
    counts: dict[str, int] = {}
    for kill in kills:
        name = kill.instant.partition("+")[0]
        counts[name] = counts.get(name, 0) + 1
    return counts


@contextmanager
def _databases(server: str, count: int) -> Iterator[list[str]]:
    """So many empty databases; their URLs."""
    url = server.replace("postgresql://", "postgresql+psycopg://")
    base, mark, query = url.partition("?")
    names = [f"soak_{os.getpid()}_{number}" for number in range(count)]
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in names:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield [f"{base.rpartition('/')[0]}/{name}{mark}{query}" for name in names]
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
