"""The local Stripe's API answers as Stripe's documentation says, seen over real sockets."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.stripe import VERSIONS, StripeSandbox

LINE = {
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "Minutes",
    "line_items[0][quantity]": "2",
}
NEW = {"mode": "payment", "success_url": "https://bot.example/thanks", **LINE}


@pytest.fixture
def stripe() -> StripeSandbox:
    """An account without a webhook."""
    return StripeSandbox(key="sk_test_of-the-account-1234")


@pytest.fixture
def client(stripe: StripeSandbox) -> Iterator[httpx.Client]:
    """A client of its API with the right key."""
    headers = {"Authorization": f"Bearer {stripe.key}"}
    with (
        stripe.serve() as server,
        httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client,
    ):
        yield client


def error(response: httpx.Response) -> dict[str, Any]:
    """What Stripe refused."""
    refused: dict[str, Any] = response.json()["error"]
    return refused


def test_a_session_is_opened_and_read(stripe: StripeSandbox, client: httpx.Client) -> None:
    """A form makes an open session whose page is on this machine; reading gives the same."""
    made = client.post(
        "/v1/checkout/sessions",
        data=NEW
        | {
            "customer_email": "ann@example.com",
            "client_reference_id": "T1",
            "metadata[workspace]": "T1",
            "metadata[7]": "seven",
        },
    )
    assert made.status_code == 200
    session = made.json()
    assert re.fullmatch(r"cs_test_a1[A-Za-z0-9]{56}", session["id"])
    assert session["url"] == f"{stripe.url}/c/pay/{session['id']}"
    assert (session["amount_total"], session["currency"]) == (2000, "usd")
    assert (session["status"], session["payment_status"]) == ("open", "unpaid")
    assert (session["payment_intent"], session["livemode"]) == (None, False)
    assert session["metadata"] == {"workspace": "T1", "7": "seven"}
    assert session["expires_at"] - session["created"] == 86_400
    assert client.get(f"/v1/checkout/sessions/{session['id']}").json() == session
    (seen,) = stripe.sessions
    assert (seen.id, seen.amount_total, seen.customer_email) == (
        session["id"],
        2000,
        "ann@example.com",
    )
    assert (seen.client_reference_id, seen.metadata["workspace"]) == ("T1", "T1")
    assert stripe.events == []


def test_what_was_asked_is_recorded(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Every request with its parameters, and the id that its answer's header has."""
    response = client.post("/v1/checkout/sessions", data=NEW)
    (request,) = stripe.requests
    assert (request.method, request.path, request.status) == ("POST", "/v1/checkout/sessions", 200)
    assert request.id == response.headers["request-id"]
    assert request.params["line_items"][0]["price_data"]["currency"] == "usd"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"mode": None}, "parameter_missing", "mode"),
        ({"mode": "gift"}, None, "mode"),
        ({"mode": "subscription"}, None, "mode"),
        ({"mode": ""}, "parameter_invalid_empty", "mode"),
        ({"mode[a]": "1", "mode": None}, None, "mode"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_intent_data[x]": "1"}, "parameter_unknown", "payment_intent_data[x]"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"expires_at": "12"}, None, "expires_at"),
        ({"ui_mode": "embedded"}, None, "ui_mode"),
        ({"payment_method_types[]": "boleto"}, None, "payment_method_types[0]"),
        ({"metadata": "x"}, None, "metadata"),
        ({"metadata[k]": "v" * 501}, None, "metadata"),
        (
            {"line_items[0][price_data][currency]": "xyz"},
            None,
            "line_items[0][price_data][currency]",
        ),
        (
            {"line_items[0][price_data][unit_amount]": "2.5"},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        (
            {"line_items[0][price_data][unit_amount]": None},
            "parameter_missing",
            "line_items[0][price_data][unit_amount]",
        ),
        ({"line_items[0][quantity]": None}, "parameter_missing", "line_items[0][quantity]"),
        ({"line_items[0][price]": "price_1"}, "resource_missing", "line_items[0][price]"),
        ({"line_items[1][quantity]": "1"}, None, "line_items[1]"),
    ],
)
def test_a_session_that_stripe_refuses(
    stripe: StripeSandbox, client: httpx.Client, change: dict[str, Any], code: Any, param: str
) -> None:
    """400 with the parameter's name; nothing is opened."""
    form = {name: value for name, value in (NEW | change).items() if value is not None}
    response = client.post("/v1/checkout/sessions", data=form)
    assert response.status_code == 400
    refused = error(response)
    assert (refused["type"], refused.get("code"), refused["param"]) == (
        "invalid_request_error",
        code,
        param,
    )
    assert stripe.sessions == []


@pytest.mark.parametrize("body", ["[a]=1", "a=1&a[b]=2", "a[b][c][d][e][f][g][h][i]=1", "%ff=1"])
def test_a_form_that_does_not_fit_together(client: httpx.Client, body: str) -> None:
    """Names that contradict each other, or lead nowhere, are a 400."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post("/v1/checkout/sessions", content=body, headers=headers)
    assert (response.status_code, error(response)["type"]) == (400, "invalid_request_error")


def test_json_is_no_form(client: httpx.Client) -> None:
    """Stripe's v1 API takes forms only, and says so."""
    response = client.post("/v1/checkout/sessions", json={"mode": "payment"})
    assert response.status_code == 400
    assert "application/x-www-form-urlencoded" in error(response)["message"]


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "You did not provide an API key."),
        ("Bearer", "You did not provide an API key."),
        ("Digest sk_test_of-the-account-1234", "You did not provide an API key."),
        (
            "Bearer sk_test_of-another-account-9876",
            "Invalid API Key provided: sk_test_*******************9876",
        ),
        ("Bearer short", "Invalid API Key provided: *****"),
        ("Basic " + base64.b64encode(b"sk_test_x:").decode(), "Invalid API Key provided: *"),
    ],
)
def test_a_wrong_key_is_a_401(
    stripe: StripeSandbox, authorization: str | None, message: str
) -> None:
    """Stripe's body; a key that was given is repeated with stars."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    with stripe.serve() as server:
        response = httpx.get(f"{server.url}/v1/balance", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="Stripe"'
    assert error(response)["message"].startswith(message)
    assert error(response)["type"] == "invalid_request_error"


def test_the_key_as_a_users_name(stripe: StripeSandbox) -> None:
    """Basic authentication works too, as curl's `-u`."""
    with stripe.serve() as server:
        response = httpx.get(f"{server.url}/v1/balance", auth=(stripe.key, ""))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "param", "what"),
    [
        ("/v1/checkout/sessions/cs_test_x", "session", "checkout.session"),
        ("/v1/events/evt_x", "id", "event"),
        ("/v1/payment_intents/pi_x", "intent", "payment_intent"),
        ("/v1/charges/ch_x", "id", "charge"),
    ],
)
def test_what_is_not_there_is_a_404(client: httpx.Client, path: str, param: str, what: str) -> None:
    """`resource_missing`, with the parameter that named it."""
    response = client.get(path)
    assert response.status_code == 404
    assert error(response) == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": f"No such {what}: '{path.rpartition('/')[2]}'",
        "param": param,
        "type": "invalid_request_error",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/customers"), ("POST", "/v1/events"), ("DELETE", "/v1/balance"), ("GET", "/")],
)
def test_an_unknown_address_is_a_404(client: httpx.Client, method: str, path: str) -> None:
    """Stripe's JSON, with method and path."""
    response = client.request(method, path)
    assert response.status_code == 404
    assert error(response)["message"].startswith(f"Unrecognized request URL ({method}: {path}).")


def test_the_version_of_a_request(stripe: StripeSandbox, client: httpx.Client) -> None:
    """`Stripe-Version` decides an answer's shape; without it the account's; an unknown one: 400."""
    session = stripe.open(2000)
    path = f"/v1/checkout/sessions/{session.id}"
    assert client.get(path).headers["stripe-version"] == VERSIONS[-1]
    assert client.get(path).json()["ui_mode"] == "hosted_page"
    older = client.get(path, headers={"Stripe-Version": "2025-03-31.basil"})
    assert (older.headers["stripe-version"], older.json()["ui_mode"]) == (
        "2025-03-31.basil",
        "hosted",
    )
    assert "wallet_options" not in older.json()
    assert client.get(path, headers={"Stripe-Version": "2011-01-01"}).status_code == 400


def test_a_session_is_expired(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Once; then it isn't open any more, and has no address."""
    session = stripe.open(2000)
    path = f"/v1/checkout/sessions/{session.id}/expire"
    expired = client.post(path).json()
    assert (expired["status"], expired["url"]) == ("expired", None)
    again = client.post(path)
    assert again.status_code == 400
    assert error(again)["message"].startswith("Only Checkout Sessions with a status in")
    assert [event.type for event in stripe.events] == ["checkout.session.expired"]


def test_a_session_expires_by_itself(client: httpx.Client) -> None:
    """When its time has come, with its event."""
    now = [1_800_000_000.0]
    stripe = StripeSandbox(clock=lambda: now[0])
    with stripe.serve() as server:
        form = NEW | {"expires_at": str(1_800_000_000 + 1800)}
        headers = {"Authorization": f"Bearer {stripe.key}"}
        made = httpx.post(f"{server.url}/v1/checkout/sessions", data=form, headers=headers)
        assert made.json()["expires_at"] == 1_800_001_800
        now[0] += 1800
        assert stripe.wait_until(lambda: stripe.sessions[0].status == "expired")
    assert [event.type for event in stripe.events] == ["checkout.session.expired"]


def test_a_refund_of_a_part_and_of_the_rest(stripe: StripeSandbox, client: httpx.Client) -> None:
    """By payment intent or by charge; the charge counts what went back."""
    session = stripe.open(2000)
    stripe.pay(session.id)
    intent_id = stripe.session(session.id).payment_intent
    first = client.post(
        "/v1/refunds",
        data={
            "payment_intent": intent_id,
            "amount": "500",
            "reason": "duplicate",
            "metadata[a]": "b",
        },
    ).json()
    assert (first["amount"], first["status"], first["reason"]) == (500, "succeeded", "duplicate")
    assert first["metadata"] == {"a": "b"}
    rest = client.post("/v1/refunds", data={"charge": first["charge"]}).json()
    assert rest["amount"] == 1500
    charge = client.get(f"/v1/charges/{first['charge']}").json()
    assert (charge["amount_refunded"], charge["refunded"]) == (2000, True)
    assert stripe.session(session.id).amount_refunded == 2000


def test_a_refund_that_stripe_refuses(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Too much, twice, of a disputed charge, of nothing, of what isn't there."""
    stripe.pay(session_id := stripe.open(2000).id)
    intent = stripe.session(session_id).payment_intent
    much = error(client.post("/v1/refunds", data={"payment_intent": intent, "amount": "2001"}))
    assert (much["param"], much["message"]) == (
        "amount",
        "Refund amount ($20.01) is greater than unrefunded amount on charge ($20.00)",
    )
    none = error(client.post("/v1/refunds", data={"payment_intent": intent, "amount": "0"}))
    assert none["code"] == "parameter_invalid_integer"
    client.post("/v1/refunds", data={"payment_intent": intent})
    twice = error(client.post("/v1/refunds", data={"payment_intent": intent}))
    assert twice["code"] == "charge_already_refunded"
    disputed = stripe.pay_outside(100)
    stripe.dispute(disputed)
    refused = error(client.post("/v1/refunds", data={"payment_intent": disputed}))
    assert refused["code"] == "charge_disputed"
    assert client.post("/v1/refunds", data={"charge": "ch_x"}).status_code == 404
    assert client.post("/v1/refunds", data={"amount": "1"}).status_code == 400
    unpaid = stripe.fail_outside(100)
    assert client.post("/v1/refunds", data={"payment_intent": unpaid}).status_code == 400


def test_an_idempotency_key_opens_once(stripe: StripeSandbox, client: httpx.Client) -> None:
    """The same key with the same parameters answers what it answered, and does nothing."""
    headers = {"Idempotency-Key": "one-session"}
    first = client.post("/v1/checkout/sessions", data=NEW, headers=headers)
    again = client.post("/v1/checkout/sessions", data=NEW, headers=headers)
    assert again.json() == first.json()
    assert len(stripe.sessions) == 1
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert again.headers["request-id"] != first.headers["request-id"]


def test_an_idempotency_key_for_something_else(client: httpx.Client) -> None:
    """Other parameters, or another address, under a used key: `idempotency_error`."""
    headers = {"Idempotency-Key": "one-session"}
    client.post("/v1/checkout/sessions", data=NEW, headers=headers)
    for path, form in (
        ("/v1/checkout/sessions", NEW | {"customer_email": "bo@example.com"}),
        ("/v1/refunds", NEW),
    ):
        response = client.post(path, data=form, headers=headers)
        assert (response.status_code, error(response)["type"]) == (400, "idempotency_error")
        assert "'one-session'" in error(response)["message"]
    long = client.post("/v1/refunds", data=NEW, headers={"Idempotency-Key": "k" * 256})
    assert long.status_code == 400


def test_which_refusals_a_key_keeps(stripe: StripeSandbox, client: httpx.Client) -> None:
    """What failed validation may be corrected under the same key; what Stripe tried may not."""
    headers = {"Idempotency-Key": "corrected"}
    broken = {**NEW, "mode": "gift"}
    assert client.post("/v1/checkout/sessions", data=broken, headers=headers).status_code == 400
    assert client.post("/v1/checkout/sessions", data=NEW, headers=headers).status_code == 200
    stripe.refund(intent := stripe.pay_outside(100))
    refusals = [
        client.post(
            "/v1/refunds", data={"payment_intent": intent}, headers={"Idempotency-Key": "tried"}
        )
        for _ in range(2)
    ]
    assert [error(it)["code"] for it in refusals] == ["charge_already_refunded"] * 2
    assert refusals[1].headers["idempotent-replayed"] == "true"


def test_pages_of_a_list(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Newest first; both cursors, `limit` and `has_more` as Stripe has them."""
    made = [stripe.open(1000 + at).id for at in range(12)]
    newest = made[::-1]

    def page(**params: Any) -> tuple[list[str], bool]:
        body = client.get("/v1/checkout/sessions", params=params).json()
        assert (body["object"], body["url"]) == ("list", "/v1/checkout/sessions")
        return [session["id"] for session in body["data"]], body["has_more"]

    assert page() == (newest[:10], True)
    assert page(limit=100) == (newest, False)
    assert page(limit=2, starting_after=newest[3]) == (newest[4:6], True)
    assert page(limit=2, starting_after=newest[9]) == (newest[10:], False)
    assert page(limit=2, ending_before=newest[3]) == (newest[1:3], True)
    assert page(limit=5, ending_before=newest[3]) == (newest[:3], False)
    assert page(ending_before=newest[0]) == ([], False)
    for wrong in (
        {"limit": 101},
        {"limit": 0},
        {"starting_after": "cs_test_x"},
        {"starting_after": made[0], "ending_before": made[1]},
        {"sort": "asc"},
    ):
        assert client.get("/v1/checkout/sessions", params=wrong).status_code == 400


def test_a_list_of_some(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Sessions by status, payment intent and time."""
    paid, opened = stripe.open(1).id, stripe.open(2)
    stripe.pay(paid)

    def ids(**params: Any) -> list[str]:
        return [
            it["id"] for it in client.get("/v1/checkout/sessions", params=params).json()["data"]
        ]

    assert ids(status="complete") == [paid]
    assert ids(payment_intent=stripe.session(paid).payment_intent) == [paid]
    assert ids(**{"created[gt]": opened.created}) == []
    assert ids(**{"created[lte]": opened.created + 1, "created[gte]": 1}) == [opened.id, paid]
    assert ids(created=1) == []


def test_what_is_expanded(stripe: StripeSandbox, client: httpx.Client) -> None:
    """Ids become objects, deeply and in lists; what can't be expanded is a 400."""
    made = client.post("/v1/checkout/sessions", data=NEW | {"expand[]": "line_items"}).json()
    (item,) = made["line_items"]["data"]
    assert (item["description"], item["quantity"], item["amount_total"]) == ("Minutes", 2, 2000)
    path = f"/v1/checkout/sessions/{made['id']}"
    unpaid = client.get(path, params={"expand[]": "payment_intent"}).json()
    assert unpaid["payment_intent"] is None
    stripe.pay(made["id"])
    paid = client.get(path, params={"expand[]": "payment_intent.latest_charge"}).json()
    assert paid["payment_intent"]["latest_charge"]["paid"] is True
    listed = client.get("/v1/checkout/sessions", params={"expand[]": "data.payment_intent"}).json()
    assert listed["data"][0]["payment_intent"]["status"] == "succeeded"
    for wrong in ("currency", "payment_intent.latest_charge.outcome.x.y", "nothing"):
        assert client.get(path, params={"expand[]": wrong}).status_code == 400


def test_the_account_and_its_balance(stripe: StripeSandbox, client: httpx.Client) -> None:
    """What came in, less what went out, by currency."""
    assert client.get("/v1/account").json()["charges_enabled"] is True
    assert client.get("/v1/balance").json()["available"] == [
        {"amount": 0, "currency": "usd", "source_types": {"card": 0}}
    ]
    stripe.refund(stripe.pay_outside(3000), 1000)
    stripe.dispute(stripe.pay_outside(700))
    stripe.pay_outside(5000, "JPY")
    stripe.fail_outside(9999)
    stripe.payout("paid", 500)
    stripe.payout("failed", 600)
    body = client.get("/v1/balance").json()
    amounts = {entry["currency"]: entry["amount"] for entry in body["available"]}
    assert amounts == {"usd": 1500, "jpy": 5000}
    assert body["livemode"] is False


def test_a_name_of_somebody_else_is_not_answered(client: httpx.Client) -> None:
    """A foreign `Host` that leads to this port gets nothing."""
    response = client.get("/v1/balance", headers={"Host": "evil.example"})
    assert (response.status_code, response.text) == (400, "Invalid host header")


def test_an_unknown_version_of_the_account() -> None:
    """It doesn't start with a version that it doesn't know."""
    with pytest.raises(ValueError, match=r"2011-01-01 is none of"):
        StripeSandbox(api_version="2011-01-01")


def test_nothing_is_opened_before_it_is_served() -> None:
    """A session's address is on the server's port."""
    stripe = StripeSandbox()
    with pytest.raises(RuntimeError, match="Serve the sandbox first"):
        stripe.open(2000)
    with pytest.raises(RuntimeError, match="Serve the sandbox first"):
        _ = stripe.url
    assert stripe.sessions == []
