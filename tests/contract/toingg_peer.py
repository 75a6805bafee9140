"""A raw peer on a loopback socket that answers, or fails to, exactly as a test says; and every deed
of the client with the request that it must make.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from bot.toingg.client import (
    CampaignDraft,
    Person,
    Toingg,
    ToinggAccount,
    ToinggConfig,
    ToinggKeys,
    open_http,
)

KEY = "test-key/v1+of=one&workspace"  # characters that a query must escape
V3_KEY = "tg_test-key-v3-of-one-workspace"
SID = "CA" + "0123456789abcdef" * 2
PHONE = "+14155550132"


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw_body: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw_body)


Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """Serves its answers in turn, the last one for ever: bytes are written as the answer to a
    request; a function is given the connection after the request was read; `Peer.unread` is given
    each connection before anything is read.
    """

    answers: list[bytes | Act]
    unread: Act | None = None
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive from request to request."""
        self.connections += 1
        try:
            if self.unread:
                await self.unread(reader, writer)
                return
            while not writer.is_closing():
                self.requests.append(await read_request(reader))
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Seen:
    """The next request of a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (it.partition(":") for it in lines)
    }
    parts = urlsplit(target)
    return Seen(
        method=method,
        path=parts.path,
        query=dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        ),
        headers=headers,
        raw_body=await reader.readexactly(int(headers.get("content-length", "0"))),
    )


def answer(status: int, body: Any = None, **headers: str) -> bytes:
    """A whole HTTP answer; `body` bytes, or anything that becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Some Reason", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends the connection in an orderly way."""
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a TCP reset."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing until the other end is gone."""
    await reader.read()


def part(head: bytes, then: Act) -> Act:
    """Writes this much of an answer, then does something else."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        await then(reader, writer)

    return act


@asynccontextmanager
async def serving(*answers: bytes | Act, unread: Act | None = None) -> AsyncIterator[Peer]:
    """A peer on a free loopback port."""
    peer = Peer(list(answers) or [answer(200, {"callSid": SID})], unread)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        server.close()


class Naps:
    """Takes the waits of a client's retries and doesn't wait."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@asynccontextmanager
async def account(
    url: str, *, keys: ToinggKeys | None = None, naps: Naps | None = None, **config: Any
) -> AsyncIterator[ToinggAccount]:
    """An account at this peer through the real pool; both generations are at the same address."""
    settings = ToinggConfig(
        base_url=f"{url}/api",
        v3_base_url=f"{url}/api/v3",
        **{"timeout": 5.0, "connect_timeout": 2.0, **config},
    )
    async with open_http(settings) as http:
        toingg = Toingg(settings, http, sleep=naps or Naps())
        yield toingg.account(keys or ToinggKeys(v1=KEY, v3=V3_KEY))


@asynccontextmanager
async def meeting(
    *answers: bytes | Act, unread: Act | None = None, **config: Any
) -> AsyncIterator[tuple[Peer, ToinggAccount]]:
    """A peer, and an account at it."""
    async with serving(*answers, unread=unread) as peer, account(peer.url, **config) as toingg:
        yield peer, toingg


@dataclass(frozen=True)
class Deed:
    """One thing the client can do, and the request that it makes."""

    name: str
    do: Callable[[ToinggAccount], Awaitable[Any]]
    method: Literal["GET", "POST"]
    path: str
    body: Any = field(default=None, repr=False)  # checkout's holds the key
    query: dict[str, str] = field(default_factory=dict)
    generation: Literal["v1", "v3"] = "v1"
    result: Any = field(default_factory=dict)

    @property
    def v3(self) -> bool:
        return self.path.startswith("/api/v3/")

    @property
    def good_answer(self) -> bytes:
        if self.v3:
            return answer(200, {"status": True, "message": "ok", "result": self.result})
        return answer(200, self.result)


_PEOPLE = [Person("Ann", PHONE), Person("Bo", "+14155550133")]
_DRAFT = CampaignDraft(
    title="Spring",
    first_line="Hello",
    knowledge_base="Prices",
    more={"maxDuration": 5},
)
_DRAFT_FIELDS = {
    "title": "Spring",
    "firstLine": "Hello",
    "knowledgeBase": "Prices",
    "maxDuration": 5,
}
_NAMED = {"name": "Ann", "phoneNumber": PHONE}

DEEDS = [
    Deed(
        "call",
        lambda it: it.call(campaign="Spring", name="Ann", phone=PHONE),
        "POST",
        "/api/make_toingg/",
        {"campaign": "Spring", **_NAMED},
        result={"callSid": SID},
    ),
    Deed(
        "call in a language",
        lambda it: it.call(campaign="Spring", name="Ann", phone=PHONE, language="hindi"),
        "POST",
        "/api/make_toingg/",
        {"campaign": "Spring", **_NAMED, "language": "hindi"},
        result={"callSid": SID},
    ),
    Deed(
        "call with a script",
        lambda it: it.call_with_script(campaign="Spring", script="Hi", name="Ann", phone=PHONE),
        "POST",
        "/api/make_toingg_details/",
        {"campaignName": "Spring", "campaignScript": "Hi", **_NAMED},
        result=SID,
    ),
    Deed(
        "batch",
        lambda it: it.call_batch(campaign="Spring", people=_PEOPLE),
        "POST",
        "/api/make_batch_toingg/",
        {
            "campaign": "Spring",
            "numberList": [
                {"clientName": "Ann", "clientNumber": PHONE},
                {"clientName": "Bo", "clientNumber": "+14155550133"},
            ],
        },
        result={"message": "accepted"},
    ),
    Deed(
        "text",
        lambda it: it.send_sms(name="Ann", phone=PHONE, message="See you ☎"),
        "POST",
        "/api/send_sms/",
        {**_NAMED, "message": "See you ☎"},
        result={"sid": "SM" + SID[2:]},
    ),
    Deed(
        "hang up",
        lambda it: it.hang_up(SID),
        "POST",
        "/api/hang_up_call/",
        query={"callSid": SID},
    ),
    Deed(
        "checkout",
        lambda it: it.create_checkout_session(),
        "POST",
        "/api/create-checkout-session",
        {"apikey": KEY},
        result={"sessionId": "cs_test_a1"},
    ),
    Deed(
        "v3 call",
        lambda it: it.call(campaign="65f0c0ffee", name="Ann", phone=PHONE),
        "POST",
        "/api/v3/make_call",
        {"campID": "65f0c0ffee", **_NAMED},
        generation="v3",
        result={"callId": SID},
    ),
    Deed(
        "status",
        lambda it: it.call_status(SID),
        "GET",
        "/api/v3/call_status",
        query={"callId": SID},
        result={"status": "completed"},
    ),
    Deed(
        "transcription",
        lambda it: it.transcription(SID),
        "GET",
        "/api/v3/get_transcription",
        query={"callId": SID},
    ),
    Deed(
        "analysis",
        lambda it: it.post_call_analysis(SID),
        "GET",
        "/api/v3/get_post_call_analysis",
        query={"callId": SID},
    ),
    Deed(
        "create campaign",
        lambda it: it.create_campaign(_DRAFT),
        "POST",
        "/api/v3/create_campaign",
        _DRAFT_FIELDS,
        result={"campaignId": "65f0c0ffee65f0c0ffee65f0"},
    ),
    Deed(
        "update campaign",
        lambda it: it.update_campaign("65f0c0ffee", _DRAFT),
        "POST",
        "/api/v3/update_campaign",
        {"campaignModelData": _DRAFT_FIELDS, "campId": "65f0c0ffee"},
    ),
    Deed(
        "campaigns",
        lambda it: it.campaigns(skip=10, limit=5, sort=1),
        "GET",
        "/api/v3/get_campaigns",
        query={"skip": "10", "limit": "5", "sort": "1"},
    ),
    Deed(
        "languages",
        lambda it: it.supported_languages(),
        "GET",
        "/api/v3/get_supported_languages",
        result={"languages": ["English"]},
    ),
    Deed(
        "voices",
        lambda it: it.supported_voices(),
        "GET",
        "/api/v3/get_supported_voices",
        result={"voice": [{"name": "Meera"}]},
    ),
]
