"""The leanest Slack and Toingg that a bot can work with: they cost the machine next to nothing."""

import asyncio
import json
import time
from typing import Any

from bot.sandbox.serving import Serving

Scope = dict[str, Any]


class Peers:
    """One ASGI application for both; `dialled` says when each number's POST was read."""

    def __init__(self, *, toingg_seconds: float = 0.005) -> None:
        self.dialled: dict[str, float] = {}
        self.posts = 0
        self._seconds = toingg_seconds
        self._ts = 0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answers one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        await reply(send, await self._answer(scope["path"], scope["query_string"], body))

    async def _answer(self, path: str, query: bytes, body: bytes) -> dict[str, Any]:
        if path == "/toingg/make_toingg/":
            self.dialled[json.loads(body)["phoneNumber"]] = time.perf_counter()
            self.posts += 1
            await asyncio.sleep(self._seconds)
            return {"status": True, "result": {"callSid": f"CA{self.posts:032x}"}}
        if path == "/api/auth.test":
            return {
                "ok": True,
                "team_id": "T0BENCH",
                "team": "Bench",
                "url": "https://bench.slack.com/",
                "user_id": "U0BOT",
                "bot_id": "B0BOT",
            }
        if path == "/api/users.info":
            user = query.decode().partition("user=")[2].partition("&")[0]
            return {"ok": True, "user": {"id": user, "team_id": "T0BENCH"}}
        if path == "/api/conversations.info":
            return {"ok": True, "channel": {"id": "C00000000", "is_ext_shared": False}}
        self._ts += 1
        return {"ok": True, "channel": "C00000000", "ts": f"1700000000.{self._ts:06d}"}


class Refusal(dict[str, Any]):
    """An answer that isn't a 200; `retry_after` in seconds."""

    def __init__(self, status: int, body: dict[str, Any], retry_after: int = 1) -> None:
        super().__init__(body)
        self.status = status
        self.retry_after = retry_after


async def reply(send: Any, body: dict[str, Any] | bytes) -> None:
    """One answer: JSON, or a file."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
    status = 200
    if isinstance(body, Refusal):
        status = body.status
        headers.append((b"retry-after", str(body.retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


def serve(peers: Peers) -> Serving:
    """Both on one loopback port: `/api/` is Slack's, `/toingg` Toingg's."""
    return Serving(peers, http="httptools", lifespan="off")
