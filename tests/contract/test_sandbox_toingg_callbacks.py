"""The local Toingg's status callbacks: Twilio's shape and signature, at least once."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.sandbox.toingg import Life, ToinggSandbox
from bot.sandbox.toingg.callbacks import twilio_signature

PHONE = "+14155550132"
AUTH_TOKEN = "twilio-test-auth-token"
ALL = ["initiated", "ringing", "in-progress", "completed"]


@dataclass(frozen=True)
class Callback:
    """One that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        """What it says, whether as form or as JSON."""
        if self.headers["content-type"] == "application/json":
            fields: dict[str, str] = json.loads(self.body)
            return fields
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


class Receiver:
    """Takes callbacks on a port; the first ones are answered by `statuses`, all others by 204."""

    def __init__(self, *statuses: int) -> None:
        self.callbacks: list[Callback] = []
        self._statuses = list(statuses)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.callbacks.append(Callback(self.path, headers, body))
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def states(self) -> list[str]:
        """The states in the order of arrival."""
        return [callback.fields["CallStatus"] for callback in self.callbacks]


@pytest.fixture
def toingg() -> ToinggSandbox:
    """A Toingg whose calls are answered and over at once."""
    return ToinggSandbox(options=Life(ring_after=0.01, answer_after=0.01, talk_for=0.01))


@pytest.fixture
def call(toingg: ToinggSandbox) -> Iterator[Callable[[], str]]:
    """Makes a call over a real socket; gives its callSid."""
    body = {"campaign": "Spring", "name": "Jo", "phoneNumber": PHONE}
    with (
        toingg.serve() as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):

        def make() -> str:
            response = client.post("/api/make_toingg/", params={"apiKey": toingg.key}, json=body)
            call_sid: str = response.json()["result"]["callSid"]
            return call_sid

        yield make


def delivered(toingg: ToinggSandbox, count: int) -> bool:
    """Whether so many callbacks were taken in time."""
    return toingg.wait_until(
        lambda: sum(delivery.taken for delivery in toingg.deliveries) == count, timeout=10
    )


def hmac_sha1(text: str) -> str:
    """What Twilio's documentation tells a receiver to compute."""
    digest = hmac.digest(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def test_the_signature_of_twilios_own_example() -> None:
    """The example in Twilio's libraries, numbers and all."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_every_state_is_told_in_twilios_shape(
    toingg: ToinggSandbox, call: Callable[[], str]
) -> None:
    """Each state in order, numbered from 0, the last one with the call's duration."""
    with Receiver() as receiver:
        toingg.status_to(f"{receiver.url}/toingg/status")
        call_sid = call()
        assert delivered(toingg, 4)
    assert receiver.states == ALL
    first, *_, last = [callback.fields for callback in receiver.callbacks]
    assert [callback.fields["SequenceNumber"] for callback in receiver.callbacks] == list("0123")
    assert first | {"Timestamp": ""} == {
        "CallSid": call_sid,
        "AccountSid": "AC" + "0" * 32,
        "From": "+14155550100",
        "To": PHONE,
        "CallStatus": "initiated",
        "Direction": "outbound-api",
        "ApiVersion": "2010-04-01",
        "Timestamp": "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
    }
    assert parsedate_to_datetime(first["Timestamp"]).tzinfo is not None
    assert set(last) - set(first) == {"CallDuration", "SipResponseCode"}
    assert (last["CallDuration"], last["SipResponseCode"]) == ("0", "200")
    assert "x-twilio-signature" not in receiver.callbacks[0].headers
    assert "x-toingg-token" not in receiver.callbacks[0].headers


def test_a_form_is_signed_over_the_receivers_address(
    toingg: ToinggSandbox, call: Callable[[], str]
) -> None:
    """X-Twilio-Signature covers the public URL and every field; the token goes as a header."""
    public = "https://bot.example/toingg/status"
    with Receiver() as receiver:
        toingg.status_to(
            f"{receiver.url}/toingg/status",
            token="shared-test-token",
            twilio_auth_token=AUTH_TOKEN,
            signed_url=public,
        )
        call()
        assert delivered(toingg, 4)
    for callback in receiver.callbacks:
        told = public + "".join(key + value for key, value in sorted(callback.fields.items()))
        assert callback.headers["x-twilio-signature"] == hmac_sha1(told)
        assert callback.headers["x-toingg-token"] == "shared-test-token"


@pytest.mark.parametrize("query", ["", "?workspace=T1"])
def test_json_is_signed_by_its_hash(
    toingg: ToinggSandbox, call: Callable[[], str], query: str
) -> None:
    """The raw body's SHA-256 stands in the URL, and the URL alone is signed."""
    with Receiver() as receiver:
        url = f"{receiver.url}/toingg/status{query}"
        toingg.status_to(url, twilio_auth_token=AUTH_TOKEN, as_json=True)
        call()
        assert delivered(toingg, 4)
    assert receiver.states == ALL
    for callback in receiver.callbacks:
        assert callback.path.endswith(f"bodySHA256={hashlib.sha256(callback.body).hexdigest()}")
        assert callback.headers["x-twilio-signature"] == hmac_sha1(receiver.url + callback.path)


def test_json_with_a_shared_secret_alone(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """Without Twilio's auth token the URL stays as it is."""
    with Receiver() as receiver:
        toingg.status_to(f"{receiver.url}/status", token="shared-test-token", as_json=True)
        call()
        assert delivered(toingg, 4)
    assert {callback.path for callback in receiver.callbacks} == {"/status"}
    assert receiver.callbacks[0].headers["x-toingg-token"] == "shared-test-token"


def test_a_failure_is_tried_again_twice(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """A callback is given up after the third try; the next ones follow in order."""
    with Receiver(500, 503, 500, 500) as receiver:
        toingg.status_to(receiver.url)
        call()
        assert delivered(toingg, 3)
    assert receiver.states == ["initiated"] * 3 + ["ringing"] * 2 + ["in-progress", "completed"]
    assert [delivery.tries for delivery in toingg.deliveries] == [
        [500, 503, 500],
        [500, 204],
        [204],
        [204],
    ]


def test_nobody_listens(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """Refused connections are tries like any other, and the call goes on."""
    with Receiver() as receiver:
        url = receiver.url
    toingg.status_to(url)
    call_sid = call()
    assert toingg.wait_until(
        lambda: [len(delivery.tries) for delivery in toingg.deliveries] == [3] * 4
    )
    assert {word for delivery in toingg.deliveries for word in delivery.tries} == {
        "ClientConnectorError"
    }
    assert toingg.calls[call_sid].state == "completed"


def test_the_servers_end_gives_callbacks_up(toingg: ToinggSandbox) -> None:
    """A receiver that never answers doesn't keep the server from stopping."""
    body = {"campaign": "Spring", "name": "Jo", "phoneNumber": PHONE}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(5)
        toingg.status_to(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with toingg.serve() as server:
            httpx.post(f"{server.url}/api/make_toingg/", params={"apiKey": toingg.key}, json=body)
            connection, _ = silent.accept()
            connection.settimeout(5)
            assert connection.recv(5) == b"POST "
        while connection.recv(65536):
            pass
        connection.close()
    assert toingg.deliveries[0].tries == []


def test_each_one_twice(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """The same callback comes again, word for word."""
    with Receiver() as receiver:
        toingg.status_to(receiver.url, twice=True)
        call()
        assert toingg.wait_until(lambda: len(receiver.callbacks) == 8)
    assert receiver.states == [state for state in ALL for _ in range(2)]
    bodies = [callback.body for callback in receiver.callbacks]
    assert bodies[::2] == bodies[1::2]


def test_out_of_order(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """A state arrives after its successor, its number says so."""
    with Receiver() as receiver:
        toingg.status_to(receiver.url, out_of_order=True)
        call()
        assert delivered(toingg, 4)
    assert receiver.states == ["ringing", "initiated", "completed", "in-progress"]
    assert [callback.fields["SequenceNumber"] for callback in receiver.callbacks] == list("1032")


def test_by_hand_with_fields_and_off_again(toingg: ToinggSandbox, call: Callable[[], str]) -> None:
    """What a hand adds is told with the state; with no address nothing is told."""
    toingg.live(Life(ring_after=60))
    call_sid = call()
    with Receiver() as receiver:
        toingg.status_to(receiver.url)
        toingg.advance(call_sid, "busy", AnsweredBy="machine_start")
        assert delivered(toingg, 1)
        toingg.status_to(None)
        call()
    (callback,) = receiver.callbacks
    assert callback.fields["AnsweredBy"] == "machine_start"
    assert (callback.fields["SipResponseCode"], callback.fields["SequenceNumber"]) == ("486", "1")
