"""What it costs to know who asks: the whole bot with its installations, beside stock Bolt's.

Both serve the same fresh signed commands of the same people in 50 workspaces, in the same run, and
both are warm. CPU seconds of the server for each ack: of an answer alone, of one with a row that is
on the disk before it, and of a call with all that follows it. Then the bot's memory once 2,000
people of each workspace have asked. Ends with 1 where a target is missed.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from sqlalchemy import Connection, insert

from storage import installations, migrate, settings
from storage.engine import Database
from storage.installations import Grant
from storage.secrets import Vault, key_in
from storage.settings import Change, Secret
from storage.workspaces import MEMBERS, Installation
from tests.bench import load
from tests.bench.bench_ack import cpu, free_port, process
from tests.bench.peers import Peers, serve
from tests.bench.targets import Targets

TEAMS = 50
WARM_PEOPLE = 10
"""Of each team, who ask while it is measured."""
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "2000"))
RATE = float(os.environ.get("BENCH_RATE", "150"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "15"))
CROWD = float(os.environ.get("BENCH_CROWD_RATE", "600"))
_IDLE = 6.0
SCOPES = "commands,chat:write"
ASKS: dict[str, tuple[str, Callable[[int], str]]] = {
    "an answer alone": ("/toingg-call", lambda _number: "help"),
    "with a row": ("/toingg-optout", load.phone),
    "a call": ("/toingg-call", lambda number: f"{load.phone(number)} | John Doe | Spring Sale"),
}


class Many(Peers):
    """Slack for many teams, a person's being in their id; counts how often tokens were tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tested = 0
        self.asked = 0

    async def _answer(self, path: str, query: bytes, body: bytes) -> dict[str, Any]:
        answer = await super()._answer(path, query, body)
        self.tested += path == "/api/auth.test"
        if path == "/api/users.info":
            self.asked += 1
            answer["user"]["team_id"] = f"T{answer['user']['id'][1:5]}"
        return answer


def command(number: int, base: str, what: str, people: int) -> bytes:
    """A fresh command of the next person of the next team."""
    word, text = ASKS[what]
    team, person = number % TEAMS, number // TEAMS % people
    form = {
        "token": "unused",
        "team_id": f"T{team:04d}",
        "team_domain": "bench",
        "channel_id": f"C{number % 50:08d}",
        "channel_name": "bench",
        "user_id": f"U{team:04d}{person:05d}",
        "user_name": "bench",
        "command": word,
        "text": text(number),
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": f"{base}/commands/{number}",
        "trigger_id": f"{number}.{time.time_ns()}.bench",
    }
    return urlencode(form).encode()


async def measured(
    url: str, server: psutil.Process, base: str, what: str, *, first: int, idle: float
) -> float:
    """CPU microseconds of the server for each ack, warm; `idle` is its share of a core at rest."""

    def body(number: int) -> bytes:
        return command(number, base, what, WARM_PEOPLE)

    everybody = TEAMS * WARM_PEOPLE
    start = first - first % everybody
    await load.run(url, rate=RATE, seconds=everybody / RATE, body=body, first=start + 500_000)
    await asyncio.sleep(2)
    began, before = time.perf_counter(), cpu(server)
    result = await load.run(url, rate=RATE, seconds=SECONDS, body=body, first=start)
    await asyncio.sleep(2)
    spent = cpu(server) - before - idle * (time.perf_counter() - began)
    answered = result.statuses.get(200, 0)
    if answered < len(result.latencies):  # a machine that does much else may be late for some
        print(f"{what}: {result.statuses}", file=sys.stderr)
    return spent / answered * 1e6


async def all_of(url: str, server: psutil.Process, base: str, many: Many) -> dict[str, float]:
    """Each kind's cost, and how often a token was tried for an ack."""
    found = {}
    before = cpu(server)
    await asyncio.sleep(_IDLE)
    idle = (cpu(server) - before) / _IDLE
    for index, what in enumerate(ASKS):
        first = (index + 1) * 1_000_000
        found[what] = await measured(url, server, base, what, first=first, idle=idle)
    tested = many.tested
    await load.run(
        url,
        rate=RATE,
        seconds=2,
        body=lambda number: command(number, base, "an answer alone", WARM_PEOPLE),
        first=9_000_000,
    )
    return found | {"auth.test an ack": (many.tested - tested) / (2 * RATE)}


def awaited(url: str) -> None:
    """Waits for a server on a machine that may do much else."""
    for _ in range(1200):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1)  # noqa: S310 - loopback
            return
        time.sleep(0.1)


def stock(many: Many, peer: str, folder: str) -> dict[str, float]:
    """The control's figures."""
    port, script = free_port(), str(Path(__file__).with_name("bare_oauth.py"))
    arguments = [script, str(port), load.SECRET, peer, f"{folder}/stock.db", str(TEAMS)]
    with process(arguments, {}, f"http://127.0.0.1:{port}/slack/install") as server:
        awaited(f"http://127.0.0.1:{port}/slack/install")
        url = f"http://127.0.0.1:{port}/slack/events"
        return asyncio.run(all_of(url, server, peer, many))


def prepare(folder: Path, people: int) -> None:
    """The workspaces, each with a key, and their people as Slack told of them just now."""
    vault = Vault([key_in(folder)])

    def write(connection: Connection) -> None:
        now = datetime.now(UTC)
        for team in range(TEAMS):
            team_id = f"T{team:04d}"
            at = Installation("", team_id, "Bench", "", "U0BOT", "B0BOT", SCOPES)
            grant = Grant(at, f"xoxb-{team_id}", "U0BENCH")
            at_home = installations.install(connection, vault, grant, now=now).workspace.id
            what = Change(actor="U0BENCH", seen=0, secrets={Secret.TOINGG_V1: "toingg-test-key"})
            settings.change(connection, vault, at_home, what, now=now)
            said = {"workspace_id": at_home, "is_admin": False, "is_outsider": False}
            if people:
                connection.execute(
                    insert(MEMBERS),
                    [
                        said | {"user_id": f"U{team:04d}{person:05d}", "checked_at": now}
                        for person in range(people)
                    ],
                )

    database = Database(f"sqlite:///{folder / 'toingg.db'}")
    try:
        migrate.upgrade(database.engine)
        asyncio.run(database.write(write))
    finally:
        database.close()


@contextlib.contextmanager
def bot(peer: str, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The whole bot, with its installations."""
    port = free_port()
    env = {
        "SLACK_SIGNING_SECRET": load.SECRET,
        "SLACK_CLIENT_ID": "1234.5678",
        "SLACK_CLIENT_SECRET": "client-test-secret",
        "SLACK_API_URL": f"{peer}/api/",
        "TOINGG_BASE_URL": f"{peer}/toingg",
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DEFAULT_ROLE": "operator",
        "HOURS_PRESET": "always",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    url = f"http://127.0.0.1:{port}"
    with process(["-m", "bot", "serve"], env, f"{url}/readyz") as server:
        awaited(f"{url}/readyz")
        yield f"{url}/slack/events", server


async def crowd(url: str, server: psutil.Process, base: str) -> tuple[float, float]:
    """Resident MiB while idle, and once everybody has asked."""

    def body(number: int) -> bytes:
        return command(number, base, "an answer alone", PEOPLE)

    await load.run(url, rate=50, seconds=4, body=body, first=5_000_000)
    await asyncio.sleep(2)
    before = server.memory_info().rss / 2**20
    await load.run(url, rate=CROWD, seconds=TEAMS * PEOPLE / CROWD, body=body)
    await asyncio.sleep(3)
    return before, server.memory_info().rss / 2**20


def main() -> int:
    """All of it, and the verdict."""
    print(f"load {os.getloadavg()[0]:.2f} at the start; {TEAMS} workspaces, {RATE:.0f} a second")
    with tempfile.TemporaryDirectory() as folder:
        home, many = Path(folder), Many()
        with serve(many) as serving:
            control = stock(many, serving.url, folder)
            prepare(home, WARM_PEOPLE)
            with bot(serving.url, home) as (url, server):
                ours = asyncio.run(all_of(url, server, serving.url, many))
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), PEOPLE)
        with serve(Many()) as serving, bot(serving.url, Path(folder)) as (url, server):
            before, after = asyncio.run(crowd(url, server, serving.url))
    print(f"{'CPU µs an ack':18}  {'stock Bolt':>10}  {'the bot':>8}  {'times':>6}")
    for what in ASKS:
        times = control[what] / ours[what]
        print(f"{what:18}  {control[what]:10.0f}  {ours[what]:8.0f}  {times:6.1f}")
    tried = "auth.test an ack"
    print(f"{tried:18}  {control[tried]:10.1f}  {ours[tried]:8.1f}")
    print(f"memory: {before:.0f} MiB, {after:.0f} once {TEAMS * PEOPLE:,} people had asked")
    print(f"load {os.getloadavg()[0]:.2f} at the end")
    targets = Targets()
    alone, kept = (control[what] / ours[what] for what in ("an answer alone", "with a row"))
    targets.tell(f"an answer alone ≥ 15 times cheaper: {alone:.1f}", met=alone >= 15)
    targets.tell(f"with a row ≥ 5 times cheaper: {kept:.1f}", met=kept >= 5)
    targets.tell("no auth.test warm", met=ours[tried] == 0)
    targets.tell(f"≤ 20 MiB more: {after - before:.0f}", met=after - before <= 20)
    return targets.status


if __name__ == "__main__":
    sys.exit(main())
