"""Whether the audit log's chain holds dialling up: orders beside entries, on both databases.

Orders (a row each, as a call is asked for) run beside eight writers who append entries to the same
workspace's chain as fast as they can; the control has eight writers of drafts, which nothing
chains. Ends with 1 where a target is missed.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cryptography.fernet import Fernet

from bot.clock import now
from storage import Connection, audit, migrate, rows, workspaces
from storage.audit_check import verify
from storage.engine import Database
from storage.rows import NewCall
from storage.secrets import Vault
from storage.workspaces import Installation
from tests.bench.targets import Targets
from tests.databases import empty_database, postgres_server

ORDERS = 3000
ORDERING = 16
WRITING = 8
SLOWER = 1.5
"""How many times the control's an order may take at most, at the 99th percentile."""

targets = Targets()
Write = Callable[[Connection], object]


async def orders(database: Database, workspace_id: str) -> tuple[float, list[float]]:
    """How many were written a second, and how long each took, in ms."""
    left, took = iter(range(ORDERS)), []

    async def order() -> None:
        for _ in left:
            key = uuid.uuid4().hex
            new = NewCall(workspace_id, key, "+14155550132", key, "John", "Sale", "U1", "C1")
            began = time.perf_counter()
            await database.write(partial(rows.enter, new=new, run="r", now=now()))
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(order() for _ in range(ORDERING)))
    return ORDERS / (time.perf_counter() - began), took


async def beside(
    database: Database, work: Write, measured: Callable[[], Awaitable[tuple[float, list[float]]]]
) -> tuple[float, list[float], float]:
    """The same, while writers do this work; and how many of it a second."""
    ended, done = asyncio.Event(), 0

    async def write() -> None:
        nonlocal done
        while not ended.is_set():
            await database.write(work)
            done += 1

    writers = [asyncio.create_task(write()) for _ in range(WRITING)]
    began = time.perf_counter()
    rate, took = await measured()
    other = done / (time.perf_counter() - began)
    ended.set()
    await asyncio.gather(*writers)
    return rate, took, other


def p99(took: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(took, n=100)[98]


async def bench(url: str, name: str) -> None:
    """One database's figures."""
    vault = Vault([Fernet.generate_key().decode()])
    at = Installation("", "T1", "Team", "https://t.slack.com/", "UB", "B1", "commands")
    with Database(url) as database:
        migrate.upgrade(database.engine)
        adopt = partial(workspaces.adopt, vault=vault, at=at, toingg_keys={}, now=now())
        mine = (await database.write(adopt)).id
        ordering = partial(orders, database, mine)

        def entry(connection: Connection) -> None:
            audit.append(connection, mine, "U1", "setting", "locale", now=now(), after="de")

        def draft(connection: Connection) -> None:
            workspaces.keep_draft(connection, mine, "U1", "call", {"name": "John"}, now=now())

        await ordering()  # warm
        alone, took = await ordering()
        print(f"{name:11} alone          {alone:7.0f} orders/s  p99 {p99(took):6.1f} ms")
        drafts = await beside(database, draft, ordering)
        entries = await beside(database, entry, ordering)
        for what, found in (("drafts", drafts), ("entries", entries)):
            print(
                f"{name:11} beside {what:7} {found[0]:7.0f} orders/s  p99 {p99(found[1]):6.1f} ms"
                f"  {found[2]:6.0f} {what}/s"
            )
        times = p99(entries[1]) / p99(drafts[1])
        targets.tell(f"{name}: p99 {times:.2f} times the control's", met=times <= SLOWER)
        began = time.perf_counter()
        verdict = database.snapshot(partial(verify, vault=vault, workspace_id=mine))
        speed = verdict.count / (time.perf_counter() - began)
        targets.tell(
            f"{name}: {verdict.count:,} entries whole, {speed:,.0f}/s", met=verdict.broken is None
        )


def main() -> int:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(bench(f"sqlite:///{folder}/toingg.db", "SQLite"))
    with postgres_server() as server:
        asyncio.run(bench(empty_database(server), "PostgreSQL"))
    return targets.status


if __name__ == "__main__":
    sys.exit(main())
