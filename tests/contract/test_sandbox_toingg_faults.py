"""Each fault that the local Toingg can be asked for, as a client's socket sees it."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.instants import Instants
from bot.sandbox.serving import Serving
from bot.sandbox.toingg import Life, ToinggSandbox, faults
from bot.sandbox.toingg.limit import LeakyBucket

PHONE = "+14155550132"
CALL = {"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": PHONE}
PATH = "/api/make_toingg/"
SENDER = """
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.stdin.buffer.read())
time.sleep(30)
"""


@pytest.fixture
def toingg() -> ToinggSandbox:
    """A Toingg whose calls stay as they were made."""
    return ToinggSandbox(options=Life(ring_after=60))


@pytest.fixture
def server(toingg: ToinggSandbox) -> Iterator[Serving]:
    """It, on a port."""
    with toingg.serve() as server:
        yield server


@pytest.fixture
def client(server: Serving) -> Iterator[httpx.Client]:
    """A client of it, over a real socket."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def post(toingg: ToinggSandbox, client: httpx.Client, path: str = PATH) -> httpx.Response:
    """Asks for a call."""
    return client.post(path, params={"apiKey": toingg.key}, json=CALL)


def request_bytes(toingg: ToinggSandbox) -> bytes:
    """A request for a call as it goes over the wire, in one piece."""
    body = json.dumps(CALL).encode()
    head = (
        f"POST {PATH}?apiKey={toingg.key} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def received(toingg: ToinggSandbox, server: Serving) -> bytes:
    """Everything that comes back until the connection ends; raises what the socket raises."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request_bytes(toingg))
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    ("fault", "read", "made"),
    [
        (faults.cut_before_read(), False, False),
        (faults.cut_after_read(), True, False),
        (faults.cut_after_made(), True, True),
    ],
)
def test_a_cut(
    toingg: ToinggSandbox, server: Serving, fault: faults.Fault, *, read: bool, made: bool
) -> None:
    """The connection ends without a byte, and the record says how far the request got."""
    toingg.fail_next(fault)
    assert received(toingg, server) == b""
    (request,) = toingg.requests
    assert (request.read is not None, request.made is not None) == (read, made)
    assert (request.status, request.replied) == (None, None)
    assert len(toingg.calls) == made


@pytest.mark.parametrize("made", [False, True])
def test_a_reset(toingg: ToinggSandbox, server: Serving, *, made: bool) -> None:
    """The socket gets a RST."""
    toingg.fail_next(faults.reset(made=made))
    with pytest.raises(ConnectionResetError):
        received(toingg, server)
    assert len(toingg.calls) == made
    assert toingg.requests[0].status is None


def test_half_a_reply(toingg: ToinggSandbox, server: Serving) -> None:
    """A whole head, less of a body than it announces, and the end."""
    toingg.fail_next(faults.half_reply())
    head, _, body = received(toingg, server).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert f"content-length: {2 * len(body)}".encode() in head
    assert body.startswith(b'{"status":true')
    assert len(toingg.calls) == 1
    assert toingg.requests[0].status is None


def test_half_a_head(toingg: ToinggSandbox, server: Serving) -> None:
    """A status line, a broken header, and the end."""
    toingg.fail_next(faults.half_reply(head=True))
    assert received(toingg, server) == b"HTTP/1.1 200 OK\r\ncontent-type: application/js"
    assert len(toingg.calls) == 1


@pytest.mark.parametrize(
    ("fault", "status", "answer", "made"),
    [
        (faults.unknown_key(), 401, {"detail": "Invalid API key"}, False),
        (faults.no_credit(), 402, {"detail": "Insufficient balance"}, False),
        (faults.refuses(404, "Not Found"), 404, {"detail": "Not Found"}, False),
        (faults.rate_limited(), 429, {"detail": "Rate limit exceeded"}, False),
        (
            faults.declined("Campaign is not active"),
            200,
            {"status": False, "message": "Campaign is not active", "result": {}},
            False,
        ),
        (faults.without_id(), 200, {"status": True, "message": "Call initiated"}, True),
        (faults.replies([None, 1]), 200, [None, 1], True),
    ],
)
def test_a_reply_in_the_true_ones_place(
    toingg: ToinggSandbox,
    client: httpx.Client,
    fault: faults.Fault,
    status: int,
    answer: Any,
    *,
    made: bool,
) -> None:
    """It is answered as asked, the call is made or not, and the next request is answered truly."""
    toingg.fail_next(fault)
    response = post(toingg, client)
    assert (response.status_code, response.json()) == (status, answer)
    assert len(toingg.calls) == made
    assert toingg.requests[0].status == status
    assert post(toingg, client).json()["result"]["callSid"] in toingg.calls


def test_a_422_has_fastapis_shape(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """loc, msg and type of one field."""
    toingg.fail_next(faults.unprocessable())
    (line,) = post(toingg, client).json()["detail"]
    assert (line["loc"], line["type"]) == (["body", "phoneNumber"], "value_error")


@pytest.mark.parametrize(
    ("given", "header"), [(3, "3"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2, ("soon", "soon")]
)
def test_a_429_says_when(
    toingg: ToinggSandbox, client: httpx.Client, given: str | int, header: str
) -> None:
    """Retry-After in seconds, as a date, or as nonsense."""
    toingg.fail_next(faults.rate_limited(given))
    assert post(toingg, client).headers["retry-after"] == header


@pytest.mark.parametrize("made", [False, True])
def test_a_fault_of_the_server(toingg: ToinggSandbox, client: httpx.Client, *, made: bool) -> None:
    """Starlette's plain 500, before or after the call."""
    toingg.fail_next(faults.server_error(made=made))
    response = post(toingg, client)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert len(toingg.calls) == made


def test_any_bytes(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Bytes, content type and status as given."""
    toingg.fail_next(faults.raw(b"\xff\x00<html>", content_type="text/html", status=203))
    response = post(toingg, client)
    assert (response.status_code, response.content) == (203, b"\xff\x00<html>")
    assert response.headers["content-type"] == "text/html"


def test_a_client_that_goes_in_the_middle_of_its_body(
    toingg: ToinggSandbox, server: Serving, client: httpx.Client
) -> None:
    """The request is recorded as arrived, not as read, and nothing is made."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(request_bytes(toingg)[:-10])
        assert toingg.wait_until(lambda: len(toingg.requests) == 1)
    assert client.get(PATH).status_code == 405
    (request,) = toingg.posts(PATH)
    assert (request.read, request.made, request.status, request.body) == (None, None, None, None)
    assert not toingg.calls


def test_a_reply_counts_once_its_last_byte_is_gone(toingg: ToinggSandbox, server: Serving) -> None:
    """A client that reads slowly keeps a large reply from being `replied`."""
    size = 32 * 1024 * 1024
    toingg.fail_next(faults.raw(b"x" * size, content_type="text/plain"))
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request_bytes(toingg))
        read = len(connection.recv(1024))
        (request,) = toingg.requests
        assert (request.status, request.replied) == (200, None)
        while read < size:
            read += len(connection.recv(1024 * 1024))
        assert toingg.wait_until(lambda: request.replied is not None)


@pytest.mark.parametrize("made", [False, True])
def test_a_slow_reply(toingg: ToinggSandbox, client: httpx.Client, *, made: bool) -> None:
    """A client that doesn't wait is gone; what it asked for happens all the same."""
    toingg.fail_next(faults.slow(0.5, made=made))
    with pytest.raises(httpx.ReadTimeout):
        client.post(PATH, params={"apiKey": toingg.key}, json=CALL, timeout=0.15)
    assert len(toingg.calls) == made
    assert toingg.wait_until(lambda: len(toingg.calls) == 1)
    time.sleep(0.5 if made else 0.05)
    (request,) = toingg.requests
    assert (request.status, request.replied) == (None, None)


def test_a_reply_delay(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Every reply comes that much later."""
    toingg.live(Life(ring_after=60, reply_delay=0.1))
    start = time.monotonic()
    assert post(toingg, client).status_code == 200
    assert time.monotonic() - start >= 0.1


def test_faults_wait_for_their_path(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """A fault strikes as often as asked, in order, and only where its path fits."""
    toingg.fail_next(faults.no_credit(), times=2, path=PATH)
    toingg.fail_next(faults.rate_limited(), path=PATH)
    assert client.post("/api/hang_up_call/").status_code == 422
    statuses = [post(toingg, client).status_code for _ in range(4)]
    assert statuses == [402, 402, 429, 200]
    toingg.fail_next(faults.no_credit())
    toingg.clear_faults()
    assert post(toingg, client).status_code == 200


def test_a_stopped_server_refuses_and_comes_back(toingg: ToinggSandbox) -> None:
    """No byte is taken while it is down; on the same port again, its calls go on."""
    with toingg.serve() as server:
        port = server.port
        assert httpx.post(f"{server.url}{PATH}", params={"apiKey": toingg.key}, json=CALL)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    toingg.live(Life(ring_after=0.01))
    with toingg.serve(port):
        (call,) = toingg.calls.values()
        assert toingg.wait_until(lambda: call.state == "ringing")


def test_a_stop_breaks_what_is_under_way(toingg: ToinggSandbox) -> None:
    """A client that waits for a slow reply sees its connection end, not a reply."""
    toingg.fail_next(faults.slow(30))
    with toingg.serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{PATH}?apiKey={toingg.key}", json.dumps(CALL), headers)
        assert toingg.wait_until(lambda: len(toingg.calls) == 1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()


def test_the_leaky_bucket_over_the_wire(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Beyond the rate 429 with the seconds to wait, for what reaches people only."""
    toingg.limit_rate(0.1, burst=2)
    responses = [post(toingg, client) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert responses[2].headers["retry-after"] == "10"
    assert len(toingg.calls) == 2
    assert client.post("/api/hang_up_call/").status_code == 422
    toingg.limit_rate(None)
    assert post(toingg, client).status_code == 200


def test_the_leaky_bucket() -> None:
    """It lets a burst and then the rate through; what is refused doesn't fill it."""
    bucket = LeakyBucket()
    bucket.set_rate(2, burst=2)
    waits = [bucket.pour(at) for at in (10, 10, 10, 10.4, 10.5, 10.6, 20, 20, 20)]
    assert waits == [0, 0, 1, 1, 0, 1, 0, 0, 1]


def test_instants_are_reached_in_order(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """At each one the record says how far the request got, and the call is there or not."""
    seen: list[tuple[str, bool, bool, int | None, int]] = []

    def note(name: str) -> None:
        request = toingg.requests[-1]
        at = (request.read is not None, request.made is not None, request.status)
        seen.append((name, *at, len(toingg.calls)))

    for name in ("before_read", "after_read", "before_reply", "after_reply"):
        toingg.instants.at(f"toingg.{name}", lambda name=name: note(name))  # type: ignore[misc]
    post(toingg, client)
    assert toingg.wait_until(lambda: toingg.requests[-1].replied is not None)
    client.post("/api/hang_up_call/")
    assert seen == [
        ("before_read", False, False, None, 0),
        ("after_read", True, False, None, 0),
        ("before_reply", True, True, None, 1),
        ("after_reply", True, True, 200, 1),
    ]
    assert toingg.instants.reached.total() == 4


@pytest.mark.parametrize(
    ("instant", "status"),
    [("before_read", None), ("after_read", None), ("before_reply", None), ("after_reply", 200)],
)
def test_a_client_that_is_killed_at_an_instant(
    toingg: ToinggSandbox, server: Serving, instant: str, status: int | None
) -> None:
    """What it had sent is processed; only a reply that could be handed over counts as one."""
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(server.port)], stdin=subprocess.PIPE
    )
    done: list[int] = []

    def kill() -> None:
        sender.kill()
        done.append(sender.wait())

    toingg.instants.at(f"toingg.{instant}", kill)
    assert sender.stdin is not None
    sender.stdin.write(request_bytes(toingg))
    sender.stdin.close()
    assert toingg.wait_until(lambda: len(toingg.calls) == 1, timeout=10)
    sender.wait(timeout=10)
    # Another request: the first one is through when it is answered.
    assert httpx.get(f"{server.url}{PATH}").status_code == 405
    assert done == [-9]
    assert toingg.requests[0].status == status
    assert (toingg.requests[0].replied is not None) == (status is not None)


def test_instants_are_the_callers() -> None:
    """The instants that it is given are the ones that it reaches."""
    instants = Instants()
    assert ToinggSandbox(instants).instants is instants
