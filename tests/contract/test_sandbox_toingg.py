"""The local Toingg answers as Toingg's documentation says, seen over real sockets."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import Life, Replies, ToinggSandbox

PHONE = "+14155550132"
CALL = {"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": PHONE}
CALL_SID = re.compile(r"CA[0-9a-f]{32}")


@pytest.fixture
def toingg() -> ToinggSandbox:
    """A Toingg whose calls stay as they were made."""
    return ToinggSandbox(options=Life(ring_after=60))


@pytest.fixture
def client(toingg: ToinggSandbox) -> Iterator[httpx.Client]:
    """A client of it, over a real socket."""
    with toingg.serve() as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def key(toingg: ToinggSandbox) -> dict[str, str]:
    """Generation 1's query with the key alone."""
    return {"apiKey": toingg.key}


def bearer(toingg: ToinggSandbox) -> dict[str, str]:
    """v3's header."""
    return {"Authorization": f"Bearer {toingg.v3_key}"}


def faults_of(response: httpx.Response) -> list[tuple[list[str | int], str, str]]:
    """A 422's lines: loc, type, msg."""
    assert response.status_code == 422
    return [(line["loc"], line["type"], line["msg"]) for line in response.json()["detail"]]


def missing(*loc: str | int) -> tuple[list[str | int], str, str]:
    """FastAPI's line about something that isn't there."""
    return list(loc), "missing", "Field required"


def test_a_call_is_made_and_recorded(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """`make_toingg` answers a callSid, and the call and the request can be read afterwards."""
    response = client.post("/api/make_toingg/", params=key(toingg), json=CALL)
    (call,) = toingg.calls.values()
    assert response.json() == {
        "status": True,
        "message": "Call initiated",
        "result": {"callSid": call.call_sid},
    }
    assert CALL_SID.fullmatch(call.call_sid)
    assert (call.phone, call.name, call.campaign) == (PHONE, "John Doe", "Spring Sale")
    assert (call.generation, call.state, call.script) == ("v1", "initiated", None)
    (request,) = toingg.posts("/api/make_toingg/")
    assert (request.query, request.body, request.status) == (key(toingg), CALL, 200)
    assert request.headers["content-type"] == "application/json"
    assert request.read is not None
    assert request.made is not None
    assert request.at <= request.read <= request.made


def test_a_call_with_a_script_and_one_with_a_language(
    toingg: ToinggSandbox, client: httpx.Client
) -> None:
    """The script of `make_toingg_details` and the language of `make_toingg` are kept."""
    body = {
        "campaignName": "Spring",
        "campaignScript": "Hello!",
        "name": "Jo",
        "phoneNumber": PHONE,
    }
    client.post("/api/make_toingg_details/", params=key(toingg), json=body)
    client.post("/api/make_toingg/", params=key(toingg), json=CALL | {"language": "hindi"})
    first, second = toingg.calls.values()
    assert (first.campaign, first.script, first.language) == ("Spring", "Hello!", None)
    assert (second.campaign, second.script, second.language) == ("Spring Sale", None, "hindi")


def test_a_batch_makes_a_call_for_each_row(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """`make_batch_toingg` answers each number with its callSid."""
    numbers = ["+14155550101", "+14155550102"]
    rows = [{"clientName": "A", "clientNumber": number} for number in numbers]
    body = {"campaign": "Spring", "numberList": rows}
    response = client.post("/api/make_batch_toingg/", params=key(toingg), json=body)
    sids = {row["clientNumber"]: row["callSid"] for row in response.json()["result"]}
    assert sids == {call.phone: call.call_sid for call in toingg.calls.values()}
    assert list(sids) == numbers
    toingg.word(Replies(batch="order"))
    response = client.post("/api/make_batch_toingg/", params=key(toingg), json=body)
    assert response.json()["result"] == list(toingg.calls)[2:]


def test_a_text_is_sent(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """`send_sms` keeps number, name and message."""
    body = {"name": "Jo", "phoneNumber": PHONE, "message": "See you at ten"}
    response = client.post("/api/send_sms/", params=key(toingg), json=body)
    (text,) = toingg.texts
    assert (text.phone, text.name, text.message) == (PHONE, "Jo", "See you at ten")
    assert response.json()["result"] == {"messageSid": text.sid}
    assert not toingg.calls


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("sessionId", lambda checkout: {"sessionId": checkout.session_id}),
        ("id", lambda checkout: {"id": checkout.session_id}),
        ("url", lambda checkout: {"url": checkout.url}),
        ("bare", lambda checkout: checkout.url),
    ],
)
def test_a_checkout_session_in_each_wording(
    toingg: ToinggSandbox, client: httpx.Client, wording: Any, expected: Any
) -> None:
    """The session's id, its URL, or the URL as a bare string."""
    toingg.word(Replies(checkout=wording))
    response = client.post("/api/create-checkout-session", json={"apikey": toingg.key})
    (checkout,) = toingg.checkouts
    assert response.json() == expected(checkout)
    assert checkout.url.startswith("https://checkout.stripe.com/")


def test_a_checkout_session_by_redirect(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """A 303 to Stripe's page."""
    toingg.word(Replies(checkout="redirect"))
    response = client.post("/api/create-checkout-session", json={"apikey": toingg.key})
    assert (response.status_code, response.headers["location"]) == (303, toingg.checkouts[0].url)


def test_a_checkout_session_of_the_local_stripe() -> None:
    """A cashier opens it: Toingg answers with its id, and remembers its page on this machine."""
    stripe = StripeSandbox()
    toingg = ToinggSandbox(cashier=lambda: stripe.open(2000, metadata={"workspace": "T1"}))
    with stripe.serve(), toingg.serve() as server:
        url = f"{server.url}/api/create-checkout-session"
        response = httpx.post(url, json={"apikey": toingg.key})
        refused = httpx.post(url, json={"apikey": "wrong-test-key"})
    (session,) = stripe.sessions
    assert response.json() == {"sessionId": session.id}
    assert refused.status_code == 401
    (checkout,) = toingg.checkouts
    assert (checkout.session_id, checkout.url) == (session.id, session.url)
    assert checkout.url == f"{stripe.url}/c/pay/{session.id}"


@pytest.mark.parametrize(
    ("replies", "where"),
    [
        (Replies(shape="result", id_key="call_sid"), lambda body: body["result"]["call_sid"]),
        (Replies(shape="data", id_key="callId"), lambda body: body["data"]["callId"]),
        (Replies(shape="top", id_key="sid"), lambda body: body["sid"]),
        (Replies(shape="bare"), lambda body: body),
    ],
)
def test_a_call_id_in_each_place(
    toingg: ToinggSandbox, client: httpx.Client, replies: Replies, where: Any
) -> None:
    """The undeclared reply carries its id where it is told to."""
    toingg.word(replies)
    response = client.post("/api/make_toingg/", params=key(toingg), json=CALL)
    assert [where(response.json())] == list(toingg.calls)


def test_a_wrong_verb(client: httpx.Client) -> None:
    """405, with what would be right."""
    response = client.get("/api/make_toingg/")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_an_unknown_path(client: httpx.Client) -> None:
    """404 in FastAPI's words, the founding document's own spelling among them."""
    response = client.post("/api/make/toingg")
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/api/make_toingg", "/api/make_toingg/"),
        ("/api/create-checkout-session/", "/api/create-checkout-session"),
        ("/api/v3/make_call/", "/api/v3/make_call"),
    ],
)
def test_a_path_with_the_other_slash(client: httpx.Client, path: str, to: str) -> None:
    """307 to the right one, the query kept and no key added."""
    headers = {"Authorization": "Bearer some-test-key"}
    response = client.post(path, params={"a": "b"}, headers=headers, json=CALL)
    assert response.status_code == 307
    assert response.headers["location"] == str(client.base_url).rstrip("/") + to + "?a=b"


def test_what_is_missing_is_listed(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """422 at the query's and the body's fields, in the order of the declaration."""
    assert faults_of(client.post("/api/make_toingg/", json=CALL)) == [missing("query", "apiKey")]
    assert faults_of(client.post("/api/hang_up_call/")) == [
        missing("query", "callSid"),
        missing("query", "apiKey"),
    ]
    no_number = {"campaign": "a", "name": "b"}
    response = client.post("/api/make_toingg/", params=key(toingg), json=no_number)
    assert faults_of(response) == [missing("body", "phoneNumber")]
    batch = {"campaign": "a", "numberList": [{"clientName": "b"}]}
    response = client.post("/api/make_batch_toingg/", params=key(toingg), json=batch)
    assert faults_of(response) == [missing("body", "numberList", 0, "clientNumber")]
    assert not toingg.calls
    assert toingg.requests[0].made is None


def test_what_has_the_wrong_type(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """A number for a string is `string_type`, broken JSON `json_invalid` at its offset."""
    response = client.post(
        "/api/make_toingg/", params=key(toingg), json=CALL | {"phoneNumber": 14155550132}
    )
    ((loc, kind, _),) = faults_of(response)
    assert (loc, kind) == (["body", "phoneNumber"], "string_type")
    response = client.post(
        "/api/make_toingg/",
        params=key(toingg),
        content=b'{"a":',
        headers={"Content-Type": "application/json"},
    )
    ((loc, kind, _),) = faults_of(response)
    assert (loc, kind) == (["body", 5], "json_invalid")
    assert toingg.requests[-1].body == b'{"a":'


def test_extra_fields_are_ignored(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """A field that isn't declared changes nothing."""
    response = client.post("/api/make_toingg/", params=key(toingg), json=CALL | {"zone": "UTC"})
    assert response.status_code == 200
    assert len(toingg.calls) == 1


@pytest.mark.parametrize(
    ("path", "params", "body"),
    [
        ("/api/make_toingg/", {"apiKey": "wrong-test-key"}, CALL),
        ("/api/hang_up_call/", {"apiKey": "wrong-test-key", "callSid": "CA0"}, None),
        ("/api/create-checkout-session", {}, {"apikey": "wrong-test-key"}),
    ],
)
def test_an_unknown_key(
    toingg: ToinggSandbox,
    client: httpx.Client,
    path: str,
    params: dict[str, str],
    body: dict[str, str] | None,
) -> None:
    """401 with a detail, and nothing happens."""
    response = client.post(path, params=params, json=body)
    assert (response.status_code, response.json()) == (401, {"detail": "Invalid API key"})
    assert not toingg.calls
    assert not toingg.checkouts


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer toingg-test-key", 200),
        ("Basic toingg-test-key:api_token", 200),
        ("Basic " + base64.b64encode(b"toingg-test-key:api_token").decode(), 200),
        ("Bearer wrong-test-key", 401),
        ("Digest toingg-test-key", 422),
    ],
)
def test_the_key_in_a_header(
    toingg: ToinggSandbox, client: httpx.Client, header: str, status: int
) -> None:
    """Generation 1 takes Bearer and Basic (as its samples write it, and encoded) too."""
    response = client.post("/api/make_toingg/", headers={"Authorization": header}, json=CALL)
    assert response.status_code == status
    assert toingg.requests[-1].query == {}


def test_an_empty_balance(client: httpx.Client, toingg: ToinggSandbox) -> None:
    """402 once the balance doesn't cover a first minute; topped up, it goes on."""
    toingg.top_up(30)
    answers = [
        client.post("/api/make_toingg/", params=key(toingg), json=CALL).status_code
        for _ in range(3)
    ]
    assert answers == [200, 200, 402]
    assert toingg.balance == 6
    toingg.top_up(6)
    assert client.post("/api/make_toingg/", params=key(toingg), json=CALL).status_code == 200
    text = {"name": "Jo", "phoneNumber": PHONE, "message": "Hi"}
    response = client.post("/api/send_sms/", params=key(toingg), json=text)
    assert (response.status_code, response.json()) == (402, {"detail": "Insufficient balance"})
    assert len(toingg.calls) == 3
    assert not toingg.texts


def test_stripes_own_webhook_is_taken(client: httpx.Client) -> None:
    """Stripe's events to Toingg itself are answered 200."""
    assert client.post("/api/webhook", content=b"{}").status_code == 200
