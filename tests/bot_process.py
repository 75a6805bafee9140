"""The real `python -m bot serve` as a process of its own, to be killed and started again."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.stage import STATUS_TOKEN, Stage

_READY_SECONDS = 30.0


def free_port() -> int:
    """A port that nobody has, below those that the kernel gives to outgoing connections."""
    for port in random.sample(range(15_000, 32_000), 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no free port")


class BotProcess:
    """One bot at one address with one folder, in as many lives as it takes.

    `kill` may be called from any thread, and more than once.
    """

    def __init__(self, stage: Stage, folder: Path, **settings: Any) -> None:
        """`settings` override the stage's, by their names in the environment in lower case."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._environment = _environment(stage, folder, self.port, settings)
        self._life: subprocess.Popen[bytes] | None = None
        self._lives = 0

    @property
    def is_alive(self) -> bool:
        """Whether the present life goes on."""
        return self._life is not None and self._life.poll() is None

    def launch(self) -> None:
        """Begins a life, without waiting for anything."""
        self._lives += 1
        with (
            (self._folder / f"{self._lives}.log").open("wb") as out,
            (self._folder / f"{self._lives}.err").open("wb") as err,
        ):
            command = [sys.executable, "-m", "bot", "serve"]
            self._life = subprocess.Popen(
                command, env=self._environment, cwd=self._folder, stdout=out, stderr=err
            )

    async def start(self) -> float:
        """Begins a life and waits until it is ready; how many seconds that took."""
        started = time.monotonic()
        self.launch()
        async with httpx.AsyncClient(trust_env=False) as http:
            while not await _is_ready(http, self.url):
                if not self.is_alive:
                    raise AssertionError(f"the bot ended by itself: {self.complaints()}")
                if time.monotonic() - started > _READY_SECONDS:
                    raise AssertionError("the bot never got ready")
                await asyncio.sleep(0.02)
        return time.monotonic() - started

    def kill(self) -> None:
        """`kill -9`: nothing of it runs any more when this returns to whoever waits for it."""
        if self._life is not None:
            self._life.kill()

    async def died(self, seconds: float = 20.0) -> int:
        """Waits for the end of this life; its exit status, negative for a signal."""
        if self._life is None:
            raise AssertionError("it never lived")
        return await asyncio.to_thread(self._life.wait, seconds)

    async def stop(self) -> int:
        """SIGTERM, as every supervisor sends it; the exit status."""
        if self._life is not None:
            self._life.send_signal(signal.SIGTERM)
        return await self.died()

    async def end(self) -> None:
        """Ends whatever still runs, however the test went; coverage is kept where it stops."""
        if self.is_alive:
            await self.stop()

    def log(self) -> list[dict[str, Any]]:
        """The log lines of all lives; the last line of one that was killed may be cut off."""
        logs = [self._folder / f"{life}.log" for life in range(1, self._lives + 1)]
        lines = [line for log in logs for line in log.read_text().splitlines()]
        return [json.loads(line) for line in lines if line.endswith("}")]

    def complaints(self) -> list[Any]:
        """What no life should say: faults of its own, and anything on standard error."""
        faults = [line for line in self.log() if line["event"] in ("failed", "task_failed")]
        errors = [(self._folder / f"{life}.err").read_text() for life in range(1, self._lives + 1)]
        return [*faults, *filter(None, errors)]


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await http.get(f"{url}/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK


def _environment(stage: Stage, folder: Path, port: int, settings: dict[str, Any]) -> dict[str, str]:
    """This process's environment (coverage is handed down in it) with the bot's settings."""
    values = {
        "slack_signing_secret": "slack-test-secret",
        "slack_bot_token": "xoxb-test",
        "slack_api_url": stage.slack.api_url,
        "toingg_api_key": "toingg-test-key",
        "toingg_base_url": f"{stage.toingg_url}/api",
        "toingg_status_token": STATUS_TOKEN,
        "data_dir": folder,
        "database_url": stage.database_url,
        "encryption_keys": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "hours_preset": "always",
        "port": port,
        "pythonunbuffered": 1,
        **settings,
    }
    return os.environ | {name.upper(): str(value) for name, value in values.items()}
