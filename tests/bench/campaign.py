"""A campaign in a bot of its own process, dialled at the lean stand-ins: for the benchmarks."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from storage import campaigns, lists, migrate, workspaces
from storage.campaigns import Campaign, Happened, NewCampaign, Stage
from storage.engine import Database
from storage.lists import NewRow
from storage.rows import Kind
from storage.secrets import Vault, phone_key
from storage.workspaces import Installation, Workspace

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
TOKEN = "status-test-token"
_CHUNK = 500


def phone(number: int) -> str:
    """A made-up number that only the local Toingg ever gets."""
    return f"+1415{2_000_000 + number}"


@dataclass
class Lean:
    """The stand-ins' process."""

    url: str
    process: psutil.Process

    def report(self) -> dict[str, Any]:
        """What it was asked so far."""
        with urllib.request.urlopen(f"{self.url}/report", timeout=30) as answer:  # noqa: S310
            return dict(json.load(answer))

    def set(self, **said: Any) -> None:
        """How it answers from now on."""
        body = json.dumps(said).encode()
        urllib.request.urlopen(f"{self.url}/set", body, timeout=10).close()  # noqa: S310


@contextlib.contextmanager
def lean() -> Iterator[Lean]:
    """The stand-ins, up."""
    command = [sys.executable, str(Path(__file__).with_name("lean.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            yield Lean(json.loads(started.stdout.readline())["url"], psutil.Process(started.pid))
        finally:
            started.terminate()


@dataclass
class Bench:
    """One database with a workspace, and what a bot needs to work with it."""

    data: Path
    peers: Lean
    settings: Mapping[str, str | None] = field(default_factory=dict)
    database_url: str = ""
    launched: float = 0.0
    """When the last bot was launched; Unix seconds."""

    def open(self) -> Database:
        """The database, beside the bot."""
        return Database(self.database_url or f"sqlite:///{self.data / 'toingg.db'}")

    async def campaign(self, rows: int, *, first: int = 0, kind: Kind = Kind.CALL) -> Campaign:
        """A campaign of so many made-up numbers, ready to start."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.open() as database:
            migrate.upgrade(database.engine)
            workspace = await database.write(_workspace)
            now = datetime.now(UTC)
            new = NewCampaign(
                workspace_id=workspace.id,
                click_key=f"bench:{time.time_ns()}",
                kind=kind,
                title="Bench",
                campaign="Spring Sale",
                script="Hello {name}" if kind is Kind.TEXT else None,
                requested_by="U00000001",
                asked_in="C00000001",
            )
            create = partial(campaigns.create, new=new, run="bench", now=now)
            campaign = await database.write(create)
            assert campaign is not None
            for lo in range(0, rows, _CHUNK):
                chunk = [
                    _row(workspace, first + each) for each in range(lo, min(lo + _CHUNK, rows))
                ]
                await database.write(partial(lists.enter, campaign=campaign, rows=chunk, now=now))
            return await self._move(database, campaign, Stage.READY, [Stage.DRAFT])

    async def start(self, campaign: Campaign) -> Campaign:
        """From now on it is dialled, by whoever looks."""
        with self.open() as database:
            stages = [Stage.READY, Stage.PAUSED]
            return await self._move(database, campaign, Stage.RUNNING, stages)

    async def _move(
        self, database: Database, campaign: Campaign, to: Stage, from_: list[Stage]
    ) -> Campaign:
        now = datetime.now(UTC)
        moved = await database.write(
            partial(
                campaigns.move,
                campaign=campaign,
                to=to,
                happened=Happened.READ,
                from_=from_,
                now=now,
                started_at=now,
            )
        )
        assert moved is not None
        return moved

    @contextlib.contextmanager
    def bot(self, command: str = "serve") -> Iterator[tuple[str, psutil.Process]]:
        """A bot's process from its first answer to its end; its address. A worker gives none."""
        port = _free_port()
        env = os.environ | {
            "SLACK_SIGNING_SECRET": "slack-test-secret",
            "SLACK_BOT_TOKEN": "xoxb-test",
            "SLACK_API_URL": f"{self.peers.url}/api/",
            "TOINGG_API_KEY": "toingg-test-key",
            "TOINGG_BASE_URL": f"{self.peers.url}/toingg",
            "TOINGG_STATUS_TOKEN": TOKEN,
            "ENCRYPTION_KEYS": KEY,
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "HOURS_PRESET": "always",
            "DEFAULT_CALLS_PER_MINUTE": "0",
            "MAX_LIVE_CALLS": "0",
            "TOINGG_RATE_PER_SECOND": "0",
            "PORT": str(port),
        }
        for name, value in self.settings.items():
            if value is None:
                del env[name]
            else:
                env[name] = value
        self.launched = time.time()
        with subprocess.Popen(
            [sys.executable, "-m", "bot", command],
            env=env,
            stdout=subprocess.DEVNULL if not os.environ.get("BENCH_LOG") else None,
        ) as started:
            url = f"http://127.0.0.1:{port}"
            try:
                for _ in range(400 if command == "serve" else 0):
                    with contextlib.suppress(OSError):
                        urllib.request.urlopen(f"{url}/healthz", timeout=1).close()  # noqa: S310
                        break
                    time.sleep(0.05)
                yield url, psutil.Process(started.pid)
            finally:
                started.terminate()


def _free_port() -> int:
    import socket  # noqa: PLC0415 - for this alone

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _workspace(connection: Any) -> Workspace:
    at = Installation(
        enterprise_id="",
        team_id="T0BENCH",
        name="Bench",
        url="https://bench.slack.com/",
        bot_user_id="U0BOT",
        bot_id="B0BOT",
        scopes="",
    )
    keys = {"v1": "toingg-test-key", "v3": ""}
    return workspaces.adopt(connection, Vault([KEY]), at, keys, now=datetime.now(UTC))


def _row(workspace: Workspace, number: int) -> NewRow:
    e164 = phone(number)
    return NewRow(
        seq=number,
        row=number,
        phone=e164,
        phone_key=phone_key(workspace.number_key, e164),
        name=f"Person {number}",
        zone="America/Los_Angeles",
        variables={},
    )


@dataclass(frozen=True)
class Posts:
    """What the local Toingg saw of a campaign."""

    count: int
    distinct: int
    refused: int
    rate: float
    most: int
    """In any one second."""


def posts(report: dict[str, Any], *, from_share: float = 0.0) -> Posts:
    """Counts and rates; the rate over what comes after the first `from_share` of the posts."""
    at = sorted(each[0] for each in report["posts"])
    numbers = {each[1] for each in report["posts"]}
    most = begin = 0
    for end, moment in enumerate(at):
        while at[begin] <= moment - 1:
            begin += 1
        most = max(most, end - begin + 1)
    counted = at[int(len(at) * from_share) :]
    seconds = counted[-1] - counted[0] if len(counted) > 1 else 0.0
    rate = (len(counted) - 1) / seconds if seconds else 0.0
    return Posts(len(at), len(numbers), report["refused"], rate, most)


async def dialled(peers: Lean, count: int, *, patience: float) -> dict[str, Any]:
    """The report, once so many were dialled."""
    deadline = time.monotonic() + patience
    while True:
        report = await asyncio.to_thread(peers.report)
        if len(report["posts"]) >= count or time.monotonic() > deadline:
            return report
        await asyncio.sleep(0.5)
