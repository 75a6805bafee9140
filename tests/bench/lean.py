"""The leanest Slack and Toingg as a process of their own, which a campaign can be dialled at.

Prints its address as JSON; `GET /report` gives what it was asked, with when, `POST /set` how it
answers. Run by the benchmarks, whose own work would else count as the stand-ins'.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

sys.path.insert(0, str(Path(__file__).parents[2]))

import aiohttp

from bot.sandbox.serving import Serving
from bot.sandbox.toingg.limit import LeakyBucket
from tests.bench.peers import Peers, Refusal

STAGES = ("initiated", "ringing", "in-progress", "completed")


class Lean(Peers):
    """As `Peers`, with faults, a leaky bucket, hang-ups and callbacks that can be set."""

    def __init__(self) -> None:
        super().__init__()
        self.latency = 0.005
        self.bucket = LeakyBucket()
        self.callbacks = ""
        self.token = ""
        self.posts_at: list[tuple[float, str]] = []
        self.refused = 0
        self.hung_up: list[tuple[float, str]] = []
        self.slack = 0
        self.slack_limited = False
        self.told = 0
        self.late: list[float] = []
        self.list = b""
        self.url = ""
        self._session: aiohttp.ClientSession | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def _answer(self, path: str, query: bytes, body: bytes) -> Any:
        if path == "/report":
            return {
                "posts": self.posts_at,
                "refused": self.refused,
                "hung_up": self.hung_up,
                "slack": self.slack,
                "told": self.told,
                "late": self.late,
            }
        if path == "/set":
            return self._set(json.loads(body))
        if path == "/toingg/make_toingg/":
            return await self._dialled(body)
        if path == "/toingg/send_sms/":
            return await self._texted(body)
        if path == "/toingg/hang_up_call/":
            self.hung_up.append((time.time(), parse_qs(query.decode())["callSid"][0]))
            await asyncio.sleep(0.1)
            return {"status": True}
        if path == "/api/files.info":
            return {"ok": True, "file": self._file()}
        if path == "/files/list.csv":
            return self.list
        self.slack += path.startswith("/api/chat.")
        if self.slack_limited and path.startswith("/api/chat."):
            return Refusal(429, {"ok": False, "error": "ratelimited"})
        return await super()._answer(path, query, body)

    def _set(self, said: dict[str, Any]) -> dict[str, Any]:
        self.latency = said.get("latency", self.latency)
        self.callbacks = said.get("callbacks", self.callbacks)
        self.token = said.get("token", self.token)
        self.slack_limited = said.get("slack_limited", self.slack_limited)
        if "rows" in said:
            self.list, self.url = _rows(said["rows"], said["first"]), said["url"]
        if "rate" in said:
            self.bucket.set_rate(said["rate"], burst=said.get("burst", 1))
        if said.get("forget"):
            self.posts_at, self.hung_up, self.refused, self.told = [], [], 0, 0
        return {}

    def _file(self) -> dict[str, Any]:
        """The list that somebody dropped, as Slack tells of it."""
        return {
            "id": "F00000001",
            "name": "list.csv",
            "mimetype": "text/csv",
            "size": len(self.list),
            "url_private_download": f"{self.url}/files/list.csv",
        }

    async def _texted(self, body: bytes) -> Any:
        """As a call, but nothing is reported of it."""
        self.posts_at.append((time.time(), json.loads(body)["phoneNumber"]))
        message_sid = f"SM{len(self.posts_at):032x}"
        await asyncio.sleep(self.latency)
        return {"status": True, "result": {"messageSid": message_sid}}

    async def _dialled(self, body: bytes) -> Any:
        at, phone = time.time(), json.loads(body)["phoneNumber"]
        wait = self.bucket.pour(time.monotonic())
        if wait:
            self.refused += 1
            return Refusal(429, {"detail": "Rate limit exceeded"}, wait)
        self.posts_at.append((at, phone))
        call_sid = f"CA{len(self.posts_at):032x}"
        if self.callbacks:
            task = asyncio.get_running_loop().create_task(self._tell(call_sid, phone))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        await asyncio.sleep(self.latency)
        return {"status": True, "result": {"callSid": call_sid}}

    async def _tell(self, call_sid: str, phone: str) -> None:
        """Every state of the call, as Twilio reports them; `late` says how long each took."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(connector=connector)
        for seq, status in enumerate(STAGES):
            await asyncio.sleep(0.25)
            form = {"CallSid": call_sid, "CallStatus": status, "To": phone, "SequenceNumber": seq}
            if status == STAGES[-1]:
                form["CallDuration"] = "42"
            headers = {
                "X-Toingg-Token": self.token,
                "Content-Type": "application/x-www-form-urlencoded",
            }
            started = time.perf_counter()
            async with self._session.post(
                self.callbacks, data=urlencode(form), headers=headers
            ) as reply:
                self.told += reply.status < 300
                self.late.append(time.perf_counter() - started)


def _rows(count: int, first: int) -> bytes:
    """A file of made-up numbers, which nobody is called at."""
    numbers = range(first, first + count)
    lines = (
        f"Person {each},+1{415 + each // 1_000_000}{2_000_000 + each % 1_000_000}\n"
        for each in numbers
    )
    return ("name,phone\n" + "".join(lines)).encode()


def main() -> None:
    """Serves until it is ended."""
    with Serving(Lean(), http="httptools", lifespan="off") as serving:
        print(json.dumps({"url": serving.url}), flush=True)
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
