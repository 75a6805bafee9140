"""What the client puts on the wire, seen by a raw peer."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import (
    ConnectionLost,
    KeyRejected,
    RateLimited,
    Rejected,
    ServerFault,
    SettingsError,
    UnknownToToingg,
    Unreadable,
)
from bot.toingg.client import CheckoutSession, Placed, ToinggConfig, ToinggKeys
from tests.contract.toingg_peer import (
    DEEDS,
    KEY,
    PHONE,
    SID,
    V3_KEY,
    Deed,
    Naps,
    account,
    answer,
    close,
    meeting,
    serving,
)

BY_NAME = {deed.name: deed for deed in DEEDS}
READS = [deed for deed in DEEDS if deed.method == "GET"]
DEEDS_ONCE = [deed for deed in DEEDS if deed.method == "POST"]


def named(deed: Deed) -> str:
    """A test's id."""
    return deed.name


@pytest.mark.parametrize("deed", DEEDS, ids=named)
async def test_every_deed_makes_exactly_its_documented_request(deed: Deed) -> None:
    """Method, path with its slash, query, authorisation and JSON body are the wire's."""
    async with meeting(deed.good_answer, generation=deed.generation) as (peer, toingg):
        await deed.do(toingg)
    (seen,) = peer.requests
    in_query = not deed.v3 and deed.name != "checkout"
    assert (seen.method, seen.path) == (deed.method, deed.path)
    assert seen.query == {**deed.query, **({"apiKey": KEY} if in_query else {})}
    assert seen.headers.get("authorization") == (f"Bearer {V3_KEY}" if deed.v3 else None)
    if deed.body is None:
        assert seen.raw_body == b""
    else:
        assert seen.headers["content-type"] == "application/json"
        assert seen.body == deed.body


@pytest.mark.parametrize("deed", DEEDS, ids=named)
@pytest.mark.parametrize("auth", ["query", "bearer", "basic"])
async def test_the_configured_authorisation_is_used_alone(deed: Deed, auth: Any) -> None:
    """A key is in the query or in the header as configured; checkout has it in its body besides."""
    async with meeting(deed.good_answer, generation=deed.generation, auth=auth) as (peer, toingg):
        await deed.do(toingg)
    (seen,) = peer.requests
    key = V3_KEY if deed.v3 else KEY
    basic = base64.b64encode(f"{key}:api_token".encode()).decode()
    header = {"query": None, "bearer": f"Bearer {key}", "basic": f"Basic {basic}"}[auth]
    assert seen.headers.get("authorization") == header
    in_query = auth == "query" and deed.name != "checkout"
    assert seen.query.get("apiKey") == (key if in_query else None)
    assert deed.body is None or seen.body == deed.body


@pytest.mark.parametrize("name", ["call with a script", "batch", "text", "hang up", "checkout"])
async def test_v3_leaves_to_generation_1_what_only_that_has(name: str) -> None:
    """With v3 chosen, what has no endpoint there goes to generation 1's, with its own key."""
    deed = BY_NAME[name]
    async with meeting(deed.good_answer, generation="v3") as (peer, toingg):
        await deed.do(toingg)
    (seen,) = peer.requests
    assert seen.path == deed.path
    assert (seen.body["apikey"] if name == "checkout" else seen.query["apiKey"]) == KEY


@pytest.mark.parametrize("name", ["call", "call with a script", "v3 call"])
async def test_a_call_gives_its_id_and_its_generation(name: str) -> None:
    """What was placed says by which generation, and with which id."""
    deed = BY_NAME[name]
    async with meeting(deed.good_answer, generation=deed.generation) as (_, toingg):
        assert await deed.do(toingg) == Placed(SID, deed.generation)


async def test_paths_are_replaced_one_by_one() -> None:
    """A path that is set is used as it is, the others keep their defaults."""
    async with meeting(paths={"make_toingg": "make/toingg"}) as (peer, toingg):
        await BY_NAME["call"].do(toingg)
        await BY_NAME["hang up"].do(toingg)
    assert [seen.path for seen in peer.requests] == ["/api/make/toingg", "/api/hang_up_call/"]


def test_a_path_of_an_unknown_name_is_a_fault_of_the_settings() -> None:
    """A typing error in a path's name doesn't go unnoticed."""
    with pytest.raises(SettingsError, match="make_tooing"):
        ToinggConfig(paths={"make_tooing": "/x"})


@pytest.mark.parametrize("key", ["", "clé-of-a-workspace", "two words", "line\nbreak"])
async def test_what_can_be_no_key_is_rejected_before_anything_is_sent(key: str) -> None:
    """A missing or impossible key is KeyRejected and no request."""
    async with meeting(keys=ToinggKeys(v1=key)) as (peer, toingg):
        for deed in DEEDS:
            with pytest.raises(KeyRejected):
                await deed.do(toingg)
    assert peer.connections == 0


async def test_workspaces_share_connections_and_nothing_else() -> None:
    """Two accounts use one connection, each with its own key and without the other's cookies."""
    async with meeting(answer(200, {"callSid": SID}, Set_Cookie="session=of-one; Path=/")) as (
        peer,
        one,
    ):
        two = one._toingg.account(ToinggKeys(v1="test-key-of-another"))
        await BY_NAME["call"].do(one)
        await BY_NAME["call"].do(two)
    assert peer.connections == 1
    assert [seen.query["apiKey"] for seen in peer.requests] == [KEY, "test-key-of-another"]
    assert "cookie" not in peer.requests[1].headers


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("deed", DEEDS, ids=named)
async def test_a_redirect_within_the_origin_keeps_everything(deed: Deed, status: int) -> None:
    """307 and 308 are followed with the method, the query, the key and the body, each once."""
    moved = answer(status, Location="/elsewhere/?kept=1&apiKey=as-a-peer-repeats-it")
    async with meeting(moved, deed.good_answer, generation=deed.generation) as (peer, toingg):
        await deed.do(toingg)
    first, second = peer.requests
    query = first.query if deed.v3 or deed.name == "checkout" else {**first.query, "apiKey": KEY}
    headers = {**second.headers}
    assert (second.path, second.query) == ("/elsewhere/", {**query, "kept": "1"})
    assert replace(first, path="", query={}, headers=headers) == replace(second, path="", query={})
    assert second.headers.get("authorization") == first.headers.get("authorization")


@pytest.mark.parametrize(
    "location", ["{other}/api/make_toingg/", "//{port}/x", "https://{own}/x", ""]
)
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    """Another host, port or scheme, or none, is Rejected, and the key doesn't go there."""
    async with serving() as other, serving() as peer:
        places = {"other": other.url, "port": other.url[7:], "own": peer.url[7:]}
        peer.answers = [answer(307, Location=location.format(**places))]
        async with account(peer.url) as toingg:
            with pytest.raises(Rejected, match="address has moved"):
                await BY_NAME["call"].do(toingg)
    assert (len(peer.requests), other.connections) == (1, 0)


async def test_a_redirect_without_end_is_left() -> None:
    """After two redirects a third is Rejected."""
    async with meeting(answer(307, Location="/again")) as (peer, toingg):
        with pytest.raises(Rejected):
            await BY_NAME["call"].do(toingg)
    assert len(peer.requests) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 300, 304])
async def test_a_redirect_that_drops_the_method_leaves_a_call_uncertain(status: int) -> None:
    """303 may come after the work is done, so none of these is said to be certain, or followed."""
    async with meeting(answer(status, Location="/elsewhere")) as (peer, toingg):
        with pytest.raises(Unreadable):
            await BY_NAME["call"].do(toingg)
    assert len(peer.requests) == 1


async def test_a_checkout_may_be_a_redirect_to_its_page() -> None:
    """A 303's Location is the page, and the client doesn't go there."""
    page = "https://checkout.stripe.com/c/pay/cs_test_a1#fid"
    async with meeting(answer(303, b"", Location=page)) as (_, toingg):
        made = await toingg.create_checkout_session()
    assert made == CheckoutSession(page, "cs_test_a1")


@pytest.mark.parametrize("deed", READS, ids=named)
@pytest.mark.parametrize("passing", [answer(500), answer(503), answer(429), close])
async def test_a_read_is_tried_again_where_it_failed_in_passing(deed: Deed, passing: Any) -> None:
    """Two failures in passing are followed by a third try, after pauses that grow."""
    # aiohttp itself repeats a GET once where the connection was closed without an answer.
    failures = [passing] * (3 if passing is close else 2)
    naps = Naps()
    async with meeting(*failures, deed.good_answer, naps=naps) as (peer, toingg):
        await deed.do(toingg)
    assert len(peer.requests) == len(failures) + 1
    assert all(0.25 <= nap <= 1.0 for nap in naps.taken)
    assert naps.taken == sorted(naps.taken)


@pytest.mark.parametrize("deed", READS, ids=named)
async def test_a_read_is_given_up_after_three_tries(deed: Deed) -> None:
    """The third failure is raised, with a sentence that speaks of no phone."""
    async with meeting(answer(502)) as (peer, toingg):
        with pytest.raises(ServerFault) as caught:
            await deed.do(toingg)
    assert len(peer.requests) == 3
    assert "phone" not in caught.value.message


@pytest.mark.parametrize("deed", READS, ids=named)
@pytest.mark.parametrize(
    ("final", "error"),
    [
        (answer(404, {"detail": "Call not found"}), UnknownToToingg),
        (answer(200, b"<html>"), Unreadable),
        (answer(401), KeyRejected),
    ],
)
async def test_a_read_that_failed_for_good_is_not_repeated(
    deed: Deed, final: bytes, error: type[Exception]
) -> None:
    """What won't get better by itself is raised at once."""
    async with meeting(final) as (peer, toingg):
        with pytest.raises(error):
            await deed.do(toingg)
    assert len(peer.requests) == 1


async def test_a_read_waits_as_long_as_it_is_asked_to() -> None:
    """A Retry-After of up to ten seconds is kept to; a longer one is the caller's business."""
    status = BY_NAME["status"]
    naps = Naps()
    limits = [answer(429, Retry_After="7"), answer(429, Retry_After="3600")]
    async with meeting(*limits, naps=naps) as (peer, toingg):
        with pytest.raises(RateLimited) as caught:
            await status.do(toingg)
    assert (naps.taken, len(peer.requests)) == ([7.0], 2)
    assert caught.value.retry_after == timedelta(hours=1)


@pytest.mark.parametrize("deed", DEEDS_ONCE, ids=named)
@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (answer(503), ServerFault),
        (answer(429, Retry_After="0"), RateLimited),
        (close, ConnectionLost),
    ],
)
async def test_what_dials_texts_hangs_up_or_charges_is_sent_once(
    deed: Deed, failing: Any, error: type[Exception]
) -> None:
    """No failure makes the client repeat a POST."""
    naps = Naps()
    async with meeting(failing, generation=deed.generation, naps=naps) as (peer, toingg):
        with pytest.raises(error):
            await deed.do(toingg)
    assert (len(peer.requests), naps.taken) == (1, [])


async def test_a_name_that_is_no_text_is_sent_well_formed() -> None:
    """Half of a surrogate pair goes out as a question mark instead of raising."""
    async with meeting() as (peer, toingg):
        await toingg.call(campaign="Spring", name="A\ud83d", phone=PHONE)
    assert peer.requests[0].body["name"] == "A?"
