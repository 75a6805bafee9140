"""The doors of the web: what is forged, old or not for the caller is refused, and says so."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text

from bot.sandbox.slack import payloads
from bot.sandbox.slack.wire import FORM, Acked
from tests.logged import Logged
from tests.stage import QUICK, STATUS_TOKEN, Stage

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TWILIO = "twilio-test-token"
PUBLIC = "https://bot.example"
FIELDS = {"CallSid": "CA" + "0" * 32, "CallStatus": "ringing"}


def client(stage: Stage) -> httpx.AsyncClient:
    """Somebody at the bot's address."""
    return httpx.AsyncClient(base_url=stage.slack.bot_url, trust_env=False)


def a_call(stage: Stage) -> bytes:
    """A command's body that would phone somebody."""
    ws = stage.slack.workspace
    person, place = ws.directory.person("carl"), ws.directory.channel("sales")
    fields = payloads.command(ws.team, person, place, "/toingg-call", QUICK)
    return urlencode(fields | {"trigger_id": "1.2.3", "response_url": ""}).encode()


async def post(stage: Stage, **how: Any) -> Acked:
    """That command, as a forger would send it."""
    return await stage.slack.raw(a_call(stage), **how)


FORGERIES: dict[str, dict[str, Any]] = {
    "unsigned": {"headers": {"X-Slack-Signature": None}},
    "empty": {"headers": {"X-Slack-Signature": ""}},
    "wrong": {"secret": "another-secret"},
    "not ASCII": {"headers": {"X-Slack-Signature": "v0=é"}},
    "without its time": {"headers": {"X-Slack-Request-Timestamp": None}},
    "at no time": {"headers": {"X-Slack-Request-Timestamp": "soon"}},
    "at a time in other digits": {"headers": {"X-Slack-Request-Timestamp": "\u0661\u0667"}},
    "at an endless time": {"headers": {"X-Slack-Request-Timestamp": "1" * 5000}},
    "at another time": {"headers": {"X-Slack-Request-Timestamp": "1700000000"}},
    "302 s old": {"age": 302},
    "302 s ahead": {"age": -302},
}


@on_sqlite
async def test_forged_requests_are_refused(stage: Stage, log: Logged) -> None:
    """Unsigned, wrongly signed or too old: 401, in words, and nobody is called."""
    async with stage.bot():
        for what, how in FORGERIES.items():
            acked = await post(stage, **how)
            assert acked.status == 401, what
            assert acked.body == {"error": "The signature is missing, wrong or too old."}, what
        for age in (298, -298):
            assert (await post(stage, age=age)).status == 200
    assert len(stage.dials()) == 1
    assert len(log.actions("refused_request")) == len(FORGERIES)


@on_sqlite
async def test_a_signature_is_of_its_body(stage: Stage) -> None:
    """A right signature of another body opens nothing."""
    async with stage.bot():
        request = stage.slack.wire.signed(a_call(stage))
        moved = {"Content-Type": FORM, **request.headers}
        async with client(stage) as http:
            url = "/slack/events"
            answer = await http.post(url, content=request.body + b"0", headers=moved)
            assert answer.status_code == 401
            assert (await http.get(url)).status_code == 405
            assert (await http.post("/", content=request.body)).status_code == 404
    assert stage.dials() == []


@on_sqlite
async def test_what_cannot_be_read_is_refused(stage: Stage, log: Logged) -> None:
    """Signed, but no UTF-8, no JSON, no object, too many fields: 400; 2 MB: 413; never a 5xx."""
    bodies = (b"payload=%ff\xff", b"\xff", b"payload={", b"payload=null", b"payload=1", b"{}", b"")
    forms = b"&".join(b"a=%d" % number for number in range(1000))
    async with stage.bot():
        for body in (*bodies, forms):
            assert (await stage.slack.raw(body)).status == 400, body
        assert (await stage.slack.raw(b"ssl_check=1&payload={")).status == 200
        hello = b'{"type": "url_verification", "challenge": "abc"}'
        acked = await stage.slack.raw(hello, content_type="application/json")
        assert acked.body == {"challenge": "abc"}
        async with client(stage) as http:
            for path in ("/slack/events", "/toingg/status"):
                answer = await http.post(path, content=b"x" * 2_000_000)
                assert answer.status_code == 413
    assert stage.dials() == []


async def raw(stage: Stage, head: bytes) -> bytes:
    """The first line of the answer to bytes that no client library would send."""
    host, port = urlsplit(stage.slack.bot_url).netloc.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head)
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    return line


@on_sqlite
async def test_heads_that_no_client_sends(stage: Stage, log: Logged) -> None:
    """Hosts, queries and headers of any bytes: refused, never by a 5xx."""
    token = b"X-Toingg-Token: " + STATUS_TOKEN.encode()
    heads = (
        b"POST /toingg/status HTTP/1.1\r\nHost: [\r\n" + token,
        b"POST /toingg/status?\xff\xfe=%ff HTTP/1.1\r\nHost: x\r\n" + token,
        b"POST /toingg/status HTTP/1.1\r\nHost: x\r\nX-Toingg-Token: \xe9",
        b"POST /toingg/status HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: \xe9",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: \xff/\xfe",
    )
    async with stage.bot(twilio_auth_token=TWILIO, public_url=PUBLIC):
        for head in heads:
            line = await raw(stage, head + b"\r\nContent-Length: 1\r\n\r\nx")
            assert line.startswith(b"HTTP/1.1 4"), (head, line)


def twilio(url: str, fields: Mapping[str, str]) -> str:
    """Twilio's signature, as its documentation has it."""
    signed = url + "".join(key + fields[key] for key in sorted(fields))
    digest = hmac.new(TWILIO.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@on_sqlite
async def test_the_status_door(stage: Stage) -> None:
    """404 without a secret, 403 with a wrong one, 400 for no report, 200 by token or signature."""
    async with stage.bot(toingg_status_token=""), client(stage) as http:
        assert (await http.post("/toingg/status", data=FIELDS)).status_code == 404
    url = f"{PUBLIC}/toingg/status"
    signed = {"X-Twilio-Signature": twilio(url, FIELDS)}
    token = {"X-Toingg-Token": STATUS_TOKEN}
    async with stage.bot(twilio_auth_token=TWILIO, public_url=PUBLIC), client(stage) as http:
        for headers, status in (
            ({}, 403),
            ({"X-Toingg-Token": "wrong"}, 403),
            ({"X-Twilio-Signature": "wrong"}, 403),
            ({"X-Twilio-Signature": twilio("https://other.example/", FIELDS)}, 403),
            (signed, 200),
            (token, 200),
        ):
            answer = await http.post("/toingg/status", data=FIELDS, headers=headers)
            assert answer.status_code == status, headers
        assert (await http.post("/toingg/status", data={}, headers=token)).status_code == 400


@on_sqlite
async def test_health_and_readiness(stage: Stage) -> None:
    """/healthz says that the process lives; /readyz what keeps it from working."""
    async with stage.bot(), client(stage) as http:
        assert (await http.get("/healthz")).text == "ok\n"
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"faults": []})
    async with stage.bot(slack_app_token="xapp-wrong"), client(stage) as http:
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"faults": ["Slack's Socket Mode isn't connected."]}
        assert (await http.get("/healthz")).status_code == 200


@on_postgresql
async def test_readiness_without_a_database(stage: Stage, postgres: str) -> None:
    """While the database takes nobody /readyz says so; afterwards the bot is ready again."""
    name = make_url(stage.database_url).database
    server = create_engine(
        postgres.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    async with stage.bot(), client(stage) as http:
        with server.connect() as admin:
            admin.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            admin.execute(text(ended), {"name": name})
            answer = await http.get("/readyz")
            assert answer.status_code == 503
            assert answer.json() == {"faults": ["The database doesn't answer."]}
            admin.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        assert (await http.get("/readyz")).status_code == 200
    server.dispose()


@on_sqlite
async def test_the_metrics_door(stage: Stage) -> None:
    """By loopback where no token is set, never through a proxy; else by the token alone."""
    right = {"Authorization": "Bearer metrics-test-token"}
    async with stage.bot(), client(stage) as http:
        answer = await http.get("/metrics")
        assert answer.status_code == 200
        assert 'toingg_actions_total{action="started"}' in answer.text
        proxied = await http.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert proxied.status_code == 403
    async with stage.bot(metrics_token="metrics-test-token"), client(stage) as http:
        for headers, status in (({}, 403), ({"Authorization": "Bearer no"}, 403), (right, 200)):
            answer = await http.get("/metrics", headers=headers)
            assert answer.status_code == status
