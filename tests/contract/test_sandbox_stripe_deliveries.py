"""The local Stripe's events on their way: signed, twice, late, out of order, at once, tried again,
missed, and asked for afterwards.
"""

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.sandbox.stripe import Refused, StripeSandbox, signature
from tests.contract.stripe_webhook import SECRET, Webhook

PAUSES = (0.01, 0.02, 0.03)
PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
]


@pytest.fixture
def stripe() -> Iterator[StripeSandbox]:
    """An account, served, whose retries come quickly."""
    sandbox = StripeSandbox(retry_pauses=PAUSES)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def webhook(stripe: StripeSandbox) -> Iterator[Webhook]:
    """Where it sends its events."""
    with Webhook() as taking:
        stripe.webhook_to(taking.url, secret=SECRET)
        yield taking


def pay(stripe: StripeSandbox) -> str:
    """A session, opened and paid."""
    session_id = stripe.open(2000).id
    stripe.pay(session_id)
    return session_id


def settled(stripe: StripeSandbox) -> bool:
    """Whether no delivery is to come any more."""
    return stripe.wait_until(lambda: all(it.state != "pending" for it in stripe.events), timeout=10)


def states(stripe: StripeSandbox) -> list[str]:
    """Each event's state, in order."""
    return [event.state for event in stripe.events]


def listed(stripe: StripeSandbox, **params: Any) -> list[str]:
    """The ids of the events that the API lists."""
    headers = {"Authorization": f"Bearer {stripe.key}"}
    response = httpx.get(f"{stripe.url}/v1/events", params=params, headers=headers)
    assert response.status_code == 200
    return [event["id"] for event in response.json()["data"]]


def test_an_event_is_signed_over_its_raw_body(stripe: StripeSandbox, webhook: Webhook) -> None:
    """`t` and `v1` prove body and time by the endpoint's secret, and by no other."""
    before = int(datetime.now(UTC).timestamp())
    pay(stripe)
    assert settled(stripe)
    assert webhook.types == PAID
    for arrival, event in zip(webhook.arrivals, stripe.events, strict=True):
        assert arrival.proves(SECRET)
        assert not arrival.proves("whsec_test_another")
        assert before <= int(arrival.signed["t"][0]) <= int(datetime.now(UTC).timestamp())
        assert (len(arrival.signed["v1"]), len(arrival.signed["v0"])) == (1, 1)
        assert arrival.body.decode() == event.body
        assert arrival.event["pending_webhooks"] == 1
        assert arrival.path == "/stripe/webhook"
        assert arrival.headers["content-type"] == "application/json; charset=utf-8"
        assert arrival.headers["user-agent"].startswith("Stripe/1.0")
        (delivery,) = event.deliveries
        assert (delivery.copy, delivery.status, delivery.taken) == (1, 200, True)


def test_the_signature_of_a_known_body() -> None:
    """The header's form, and the digest that openssl gives for it."""
    header = signature('{"id": "evt_1"}', ["whsec_test_a"], 1_800_000_000)
    assert header.split(",")[:2] == [
        "t=1800000000",
        "v1=d302e1d8a4aa46624c63a372ac394004a810bea91ffad9754714bb5efacd98a3",
    ]


def test_while_secrets_are_rolled_both_sign(stripe: StripeSandbox, webhook: Webhook) -> None:
    """Two `v1` in one header, each of its secret."""
    stripe.webhook_to(webhook.url, secret=["whsec_test_old", "whsec_test_new"])
    stripe.payout()
    assert settled(stripe)
    assert len(webhook.arrivals) == 2
    for arrival in webhook.arrivals:
        assert len(arrival.signed["v1"]) == 2
        assert arrival.proves("whsec_test_old")
        assert arrival.proves("whsec_test_new")


def test_a_blank_secret_signs_nothing(stripe: StripeSandbox) -> None:
    """An endpoint has a secret."""
    for blank in ("", [], ["whsec_test_a", ""]):
        with pytest.raises(ValueError, match="isn't blank"):
            stripe.webhook_to("http://127.0.0.1:9/", secret=blank)
    stripe.webhook_to(None, secret="")


@pytest.mark.parametrize("aged", [301, -301])
def test_an_old_signature(stripe: StripeSandbox, webhook: Webhook, aged: int) -> None:
    """Good, but made so long ago, or so far ahead."""
    stripe.delivery(aged=aged)
    stripe.payout()
    assert settled(stripe)
    (stamp,) = webhook.arrivals[0].signed["t"]
    created = stripe.events[0].created
    assert created - aged <= int(stamp) <= created - aged + 60
    assert webhook.arrivals[0].proves(SECRET)


def test_each_event_twice_in_turn(stripe: StripeSandbox, webhook: Webhook) -> None:
    """The same event again, word for word, and then the next."""
    stripe.delivery(copies=2)
    pay(stripe)
    assert settled(stripe)
    assert webhook.types == [kind for kind in PAID for _ in range(2)]
    bodies = [arrival.body for arrival in webhook.arrivals]
    assert bodies[::2] == bodies[1::2]
    assert [[it.copy for it in event.deliveries] for event in stripe.events] == [[1, 2]] * 5


def test_everything_at_once(stripe: StripeSandbox) -> None:
    """All five events, two copies of each, are under way at the same instant."""
    with Webhook(together=10) as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        stripe.delivery(copies=2, at_once=True)
        pay(stripe)
        assert settled(stripe)
    assert webhook.met
    assert Counter(webhook.types) == dict.fromkeys(PAID, 2)
    assert states(stripe) == ["delivered"] * 5


def test_out_of_order(stripe: StripeSandbox, webhook: Webhook) -> None:
    """What one deed causes arrives the last first."""
    stripe.delivery(out_of_order=True)
    pay(stripe)
    assert settled(stripe)
    assert webhook.types == PAID[::-1]


def test_late(stripe: StripeSandbox, webhook: Webhook) -> None:
    """Nothing arrives before the delay is over; then all of it in order."""
    stripe.delivery(delay=1)
    pay(stripe)
    assert states(stripe) == ["pending"] * 5
    assert webhook.arrivals == []
    assert settled(stripe)
    assert webhook.types == PAID


def test_a_late_event_does_not_hold_up_a_retry(stripe: StripeSandbox) -> None:
    """An event that fails is tried again while the others go on."""
    with Webhook([503]) as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        pay(stripe)
        assert settled(stripe)
    assert Counter(webhook.types) == Counter([*PAID, PAID[0]])
    assert webhook.types[:2] == PAID[:2]
    assert [it.status for it in stripe.events[0].deliveries] == [503, 200]


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_what_is_not_taken_is_tried_again(stripe: StripeSandbox, status: int) -> None:
    """Anything but a 2xx, a redirect too, three times more; each try is signed anew."""
    with Webhook([status] * 3) as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        stripe.expire(stripe.open(2000).id)
        assert settled(stripe)
    (event,) = stripe.events
    assert [it.status for it in event.deliveries] == [status, status, status, 200]
    assert event.state == "delivered"
    assert {arrival.path for arrival in webhook.arrivals} == {"/stripe/webhook"}
    assert all(arrival.proves(SECRET) for arrival in webhook.arrivals)


def test_missed_events_are_listed_and_sent_again(stripe: StripeSandbox) -> None:
    """Nobody listens: all tries fail; the API lists what was missed after a known event; then it
    is delivered, in order.
    """
    with Webhook() as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        known = stripe.payout()
        assert settled(stripe)
        assert known
        assert listed(stripe, delivery_success="false") == []
    seen = stripe.events[-1].id
    pay(stripe)
    assert settled(stripe)
    missed = [event.id for event in stripe.events if event.state == "missed"]
    assert len(missed) == 5
    assert {len(it.deliveries) for it in stripe.events if it.state == "missed"} == {4}
    assert stripe.events[-1].deliveries[0].status == "ClientConnectorError"
    assert listed(stripe, delivery_success="false", ending_before=seen) == missed[::-1]
    assert listed(stripe, delivery_success="false", ending_before=seen, limit=2) == missed[1::-1]
    assert listed(stripe, delivery_success="true") == [it.id for it in stripe.events[1::-1]]
    with Webhook() as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        stripe.deliver_missed()
        assert settled(stripe)
    assert webhook.types == PAID
    assert states(stripe) == ["delivered"] * 7
    assert listed(stripe, delivery_success="false") == []


def test_an_event_reads_as_it_stands(stripe: StripeSandbox, webhook: Webhook) -> None:
    """`pending_webhooks` counts the endpoint until it has taken the event."""
    webhook.statuses = [500] * 4
    stripe.expire(stripe.open(2000).id)
    assert settled(stripe)
    (event,) = stripe.events
    headers = {"Authorization": f"Bearer {stripe.key}"}
    url = f"{stripe.url}/v1/events/{event.id}"
    assert httpx.get(url, headers=headers).json()["pending_webhooks"] == 1
    stripe.redeliver(event.id)
    assert settled(stripe)
    read = httpx.get(url, headers=headers).json()
    assert read == event.payload | {"pending_webhooks": 0}


def test_any_order_by_hand(stripe: StripeSandbox) -> None:
    """Events that nobody was told of are sent one by one, and again."""
    session_id = pay(stripe)
    stripe.refund(session_id)
    assert states(stripe) == ["undirected"] * 7
    by_type = {event.type: event.id for event in stripe.events}
    with Webhook() as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        wanted = ["charge.refunded", "checkout.session.completed", "charge.refunded"]
        for kind in wanted:
            stripe.redeliver(by_type[kind])
        assert settled(stripe)
    assert webhook.types == wanted
    with pytest.raises(Refused, match="No such event"):
        stripe.redeliver("evt_x")
    stripe.webhook_to(None, secret="")
    with pytest.raises(Refused, match="no webhook endpoint"):
        stripe.redeliver(by_type["charge.refunded"])


def test_events_are_listed_by_type(stripe: StripeSandbox) -> None:
    """By one, by several, by a group; newest first."""
    pay(stripe)
    ids = {event.type: event.id for event in stripe.events}
    assert listed(stripe, type="charge.succeeded") == [ids["charge.succeeded"]]
    assert listed(stripe, type="charge.*") == [ids["charge.updated"], ids["charge.succeeded"]]
    both = {"types[]": ["payment_intent.created", "charge.updated"]}
    assert listed(stripe, **both) == [ids["charge.updated"], ids["payment_intent.created"]]
    headers = {"Authorization": f"Bearer {stripe.key}"}
    for wrong in (
        both | {"type": "charge.*"},
        {"delivery_success": "maybe"},
        {"types[]": ["x"] * 21},
        {"ending_before": "evt_x"},
    ):
        response = httpx.get(f"{stripe.url}/v1/events", params=wrong, headers=headers)
        assert response.status_code == 400


def test_events_are_kept_for_thirty_days() -> None:
    """Then neither the list nor their address has them; they can still be delivered, signed now."""
    now = [1_800_000_000.0]
    stripe = StripeSandbox(clock=lambda: now[0], retry_pauses=PAUSES)
    with stripe.serve(), Webhook() as webhook:
        stripe.payout()
        now[0] += 29 * 86_400
        assert len(listed(stripe)) == 2
        stripe.webhook_to(webhook.url, secret=SECRET)
        stripe.redeliver(stripe.events[1].id)
        assert settled(stripe)
        now[0] += 2 * 86_400
        assert listed(stripe) == []
        headers = {"Authorization": f"Bearer {stripe.key}"}
        url = f"{stripe.url}/v1/events/{stripe.events[0].id}"
        assert httpx.get(url, headers=headers).status_code == 404
    (arrival,) = webhook.arrivals
    assert int(arrival.signed["t"][0]) - arrival.event["created"] == 29 * 86_400


def test_the_servers_end_gives_deliveries_up() -> None:
    """A receiver that never answers doesn't keep the server from stopping; the event is missed,
    and another server goes on.
    """
    stripe = StripeSandbox(retry_pauses=PAUSES)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(5)
        with stripe.serve():
            stripe.webhook_to(f"http://127.0.0.1:{silent.getsockname()[1]}/", secret=SECRET)
            stripe.expire(stripe.open(2000).id)
            connection, _ = silent.accept()
            connection.settimeout(5)
            assert connection.recv(5) == b"POST "
        while connection.recv(65536):
            pass
        connection.close()
    assert states(stripe) == ["missed"]
    with Webhook() as webhook:
        stripe.webhook_to(webhook.url, secret=SECRET)
        stripe.deliver_missed()
        assert states(stripe) == ["pending"]
        with stripe.serve():
            assert settled(stripe)
    assert webhook.types == ["checkout.session.expired"]
