"""What the client makes of every way in which a peer can fail, over real sockets."""

import asyncio
import gzip
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot.errors import (
    BotError,
    ConnectionLost,
    FieldFault,
    KeyRejected,
    NoCredit,
    NoSuchAddress,
    NotPlaced,
    PerhapsPlaced,
    RateLimited,
    Rejected,
    ServerFault,
    TimedOut,
    ToinggError,
    UnknownToToingg,
    Unreachable,
    Unreadable,
)
from bot.toingg.client import Placed, Toingg, ToinggAccount, ToinggConfig, ToinggKeys, open_http
from bot.toingg.transport import MAX_REPLY
from tests.contract.toingg_peer import (
    KEY,
    PHONE,
    SID,
    Act,
    account,
    answer,
    close,
    hang,
    meeting,
    part,
    reset,
    serving,
)

GOOD = answer(200, {"callSid": SID})


async def place(toingg: ToinggAccount) -> Placed:
    """One call."""
    return await toingg.call(campaign="Spring", name="Ann", phone=PHONE)


async def failing(toingg: ToinggAccount) -> ToinggError:
    """The error of one call; no chain leads from it to a library's."""
    with pytest.raises(ToinggError) as caught:
        await place(toingg)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def test_every_error_tells_certain_from_uncertain() -> None:
    """The two halves of the tree share no class."""
    assert not issubclass(NotPlaced, PerhapsPlaced)
    assert not issubclass(PerhapsPlaced, NotPlaced)


async def test_a_refused_connection_is_certain() -> None:
    """Nobody listens: nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with account(url) as toingg:
        assert type(await failing(toingg)) is Unreachable


async def test_a_connection_that_is_not_taken_in_time_is_certain() -> None:
    """A full backlog lets the connection time out: nothing was sent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        async with account(
            f"http://127.0.0.1:{full.getsockname()[1]}", connect_timeout=0.3
        ) as toingg:
            assert type(await failing(toingg)) is Unreachable
        for one in waiting:
            one.close()


async def test_a_failed_tls_handshake_is_certain() -> None:
    """A peer that speaks no TLS never saw the request."""
    async with serving() as peer, account(peer.url.replace("http:", "https:")) as toingg:
        assert type(await failing(toingg)) is Unreachable
    assert peer.requests == []


@pytest.mark.parametrize("base_url", ["ftp://127.0.0.1/api", "/api", "http://[bad/api"])
async def test_an_address_that_is_none_is_certain(base_url: str) -> None:
    """Nothing goes out to what is no http address."""
    config = ToinggConfig(base_url=base_url)
    async with open_http(config) as http:
        toingg = Toingg(config, http).account(ToinggKeys(v1=KEY))
        assert type(await failing(toingg)) is Unreachable


@pytest.mark.parametrize(
    ("unread", "acts"),
    [
        pytest.param(close, [], id="closed before reading"),
        pytest.param(reset, [], id="reset before reading"),
        pytest.param(None, [close], id="closed after reading"),
        pytest.param(None, [reset], id="reset after reading"),
        pytest.param(None, [part(b"HTTP/1.1 200 OK\r\nContent-", close)], id="half a head"),
        pytest.param(None, [part(GOOD[:-5], close)], id="half a body, closed"),
        pytest.param(None, [part(GOOD[:-5], reset)], id="half a body, reset"),
        pytest.param(
            None,
            [part(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", close)],
            id="half of the chunks",
        ),
    ],
)
async def test_a_connection_that_breaks_leaves_it_uncertain(
    unread: Act | None, acts: list[Act]
) -> None:
    """Once the connection stood, the request may have been read; it isn't sent again."""
    async with meeting(*acts, unread=unread) as (peer, toingg):
        assert type(await failing(toingg)) is ConnectionLost
    assert peer.connections == 1


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte every 20 ms, for ever."""
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "slow",
    [
        pytest.param(hang, id="nothing"),
        pytest.param(part(b"HTTP/1.1 200 OK\r\n", hang), id="half a head"),
        pytest.param(part(GOOD[:-5], hang), id="half a body"),
        pytest.param(part(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", drip), id="drips"),
        pytest.param(
            part(b"HTTP/1.1 422 No\r\nContent-Length: 9999\r\n\r\n", drip), id="drips 422"
        ),
    ],
)
async def test_a_slow_answer_is_left_in_time_and_uncertain(slow: Act) -> None:
    """The time-out bounds the whole answer, not only the pauses in it."""
    async with meeting(slow, timeout=0.3) as (_, toingg):
        began = time.monotonic()
        assert type(await failing(toingg)) is TimedOut
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(answer(200, b"<html>Welcome to the hotel's Wi-Fi</html>"), id="a page"),
        pytest.param(answer(200, b""), id="nothing"),
        pytest.param(answer(200, b'{"callSid": '), id="half of a JSON"),
        pytest.param(answer(200, b"\xff\xfe\x00\xd8"), id="no UTF-8"),
        pytest.param(answer(200, b"\x1f\x8bgarbage", Content_Encoding="gzip"), id="no gzip"),
        pytest.param(answer(200, b"[" * 100_000), id="deep"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", id="a long header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", id="no chunk"
        ),
        pytest.param(answer(200, b" " * (MAX_REPLY + 1)), id="too long"),
        pytest.param(
            answer(200, gzip.compress(b" " * (MAX_REPLY + 1)), Content_Encoding="gzip"),
            id="too long once unpacked",
        ),
    ],
)
async def test_an_answer_that_says_nothing_is_uncertain(garbage: bytes) -> None:
    """Something answered, and nobody knows what it did."""
    async with meeting(part(garbage, close)) as (peer, toingg):
        assert type(await failing(toingg)) is Unreadable
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "body",
    [b"null", b"0", b"true", b"[]", b"{}", b'"queued"', b'{"message": "Call initiated"}', b"1e999"],
)
async def test_any_json_without_an_id_is_an_accepted_call(body: bytes) -> None:
    """Toingg answered as Toingg does: the call is placed, its id unknown."""
    async with meeting(answer(200, body)) as (_, toingg):
        assert await place(toingg) == Placed(None, "v1")


@pytest.mark.parametrize("body", [SID.encode(), b'"%s"' % SID.encode(), b"\xff " + SID.encode()])
async def test_a_bare_id_is_the_calls(body: bytes) -> None:
    """A body that is only the id, quoted or not, is read."""
    async with meeting(answer(200, body)) as (_, toingg):
        assert await place(toingg) == Placed(SID, "v1")


async def test_a_compressed_answer_is_read() -> None:
    """A peer that compresses although it wasn't asked to is understood."""
    packed = answer(
        200, gzip.compress(b'{"callSid": "%s"}' % SID.encode()), Content_Encoding="gzip"
    )
    async with meeting(packed) as (_, toingg):
        assert await place(toingg) == Placed(SID, "v1")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"detail": "Call not found"}, UnknownToToingg),
        ({"message": "Call is already over"}, UnknownToToingg),
        ({"detail": "Not Found"}, NoSuchAddress),
        ({"detail": None}, NoSuchAddress),
        ({}, NoSuchAddress),
        (b"", NoSuchAddress),
        (b"<html>404 Not Found</html>", NoSuchAddress),
        (b"\xff", NoSuchAddress),
        ([["Call not found"]], NoSuchAddress),
    ],
)
async def test_a_404_is_of_the_call_or_of_the_address(body: Any, error: type[Exception]) -> None:
    """One that says what is missing speaks of that; a bare one says that nothing is there."""
    async with meeting(answer(404, body)) as (_, toingg):
        with pytest.raises(error):
            await place(toingg)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, KeyRejected),
        (402, NoCredit),
        (403, KeyRejected),
        (405, Rejected),
        (409, Rejected),
        (413, Rejected),
        (422, Rejected),
        (429, RateLimited),
        (451, Rejected),
        (500, ServerFault),
        (502, ServerFault),
        (503, ServerFault),
        (504, ServerFault),
        (599, ServerFault),
    ],
)
async def test_each_status_is_its_error_whatever_the_body(
    status: int, error: type[Exception]
) -> None:
    """The status alone decides which error it is."""
    bodies: list[Any] = [{"detail": "No"}, b"", b"<html>", b"\xff", None, [[]], 7]
    async with meeting(*(answer(status, body) for body in bodies)) as (_, toingg):
        raised = [await failing(toingg) for _ in bodies]
    assert {type(it) for it in raised} == {error}
    assert {it.detail for it in raised} == {f"HTTP {status}"}


@pytest.mark.parametrize(
    ("status", "error"), [(422, Rejected), (402, NoCredit), (500, ServerFault)]
)
async def test_a_status_counts_although_its_body_breaks_off(
    status: int, error: type[Exception]
) -> None:
    """A refusal stays a refusal where the connection breaks after its head."""
    head = f"HTTP/1.1 {status} No\r\nContent-Length: 500\r\n\r\n{{".encode()
    async with meeting(part(head, close)) as (_, toingg):
        assert type(await failing(toingg)) is error


async def test_a_422_brings_its_fields() -> None:
    """loc, msg and type of each line are kept; the message says them."""
    line = {
        "loc": ["body", "phoneNumber"],
        "msg": "Field required",
        "type": "missing",
        "input": {"name": "Ann"},
        "url": "https://errors.pydantic.dev",
    }
    async with meeting(answer(422, {"detail": [line]})) as (_, toingg):
        error = await failing(toingg)
    assert isinstance(error, Rejected)
    assert error.faults == (FieldFault(("body", "phoneNumber"), "Field required", "missing"),)
    assert error.message == "phoneNumber: Field required"


async def test_a_limit_says_how_long_it_lasts() -> None:
    """Retry-After is read in seconds and as a date, and is None where it is neither."""
    soon = datetime.now(UTC) + timedelta(seconds=90)
    waits = []
    for header in ("17", format_datetime(soon, usegmt=True), "soon"):
        async with meeting(answer(429, Retry_After=header)) as (_, toingg):
            error = await failing(toingg)
        assert isinstance(error, RateLimited)
        waits.append(error.retry_after)
    assert waits[0] == timedelta(seconds=17)
    assert waits[1] is not None
    assert timedelta(seconds=80) < waits[1] <= timedelta(seconds=90)
    assert waits[2] is None


async def test_v3_refuses_with_a_200() -> None:
    """`status: false` is Rejected with its message, though the HTTP status is 200."""
    refusal = answer(200, {"status": False, "message": "Campaign not found", "result": {}})
    async with meeting(refusal, generation="v3") as (_, toingg):
        error = await failing(toingg)
    assert (type(error), error.message) == (Rejected, "Campaign not found")


async def test_v3_refuses_and_names_a_call() -> None:
    """A refusal that carries a call's id contradicts itself: uncertain."""
    both = answer(200, {"status": False, "message": "No", "result": {"callId": SID}})
    async with meeting(both, generation="v3") as (_, toingg):
        assert type(await failing(toingg)) is Unreadable


async def test_a_connection_closed_between_two_requests_does_no_harm() -> None:
    """A peer that closes an idle connection gets the next request once, on a new one."""
    async with meeting(part(GOOD, close)) as (peer, toingg):
        await place(toingg)
        await asyncio.sleep(0.05)
        assert await place(toingg) == Placed(SID, "v1")
    assert (peer.connections, len(peer.requests)) == (2, 2)


@pytest.mark.parametrize("broken", [close, reset])
async def test_a_reused_connection_that_breaks_is_uncertain(broken: Act) -> None:
    """A request that was written to a kept connection is not written again to another."""
    async with meeting(GOOD, broken) as (peer, toingg):
        await place(toingg)
        assert type(await failing(toingg)) is ConnectionLost
    assert (peer.connections, len(peer.requests)) == (1, 2)


async def test_a_close_that_crosses_the_next_request_is_never_a_second_call() -> None:
    """Where the peer's close and the next request cross, it arrives once or is uncertain."""
    async with meeting(part(GOOD, reset)) as (peer, toingg):
        for _ in range(20):
            before = len(peer.requests)
            try:
                await place(toingg)
            except ConnectionLost:
                assert len(peer.requests) - before <= 1
            else:
                assert len(peer.requests) - before == 1


async def test_a_cancelled_call_leaves_the_pool_usable() -> None:
    """Who cancels a request gets CancelledError, and the next request works."""
    async with meeting(hang, GOOD) as (_, toingg):
        with pytest.raises(TimeoutError) as caught:
            await asyncio.wait_for(place(toingg), 0.1)
        assert not isinstance(caught.value, BotError)
        assert await place(toingg) == Placed(SID, "v1")


async def test_a_closed_pool_is_certain() -> None:
    """A request during shutdown doesn't go out."""
    config = ToinggConfig(base_url="http://127.0.0.1:9")
    http = open_http(config)
    await http.aclose()
    toingg = Toingg(config, http).account(ToinggKeys(v1=KEY))
    assert type(await failing(toingg)) is Unreachable
