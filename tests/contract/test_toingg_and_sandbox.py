"""The client and the local Toingg, made apart from each other, understand each other."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.errors import (
    ConnectionLost,
    KeyRejected,
    NoCredit,
    NotPlaced,
    RateLimited,
    Rejected,
    ServerFault,
    TimedOut,
    ToinggError,
    UnknownToToingg,
    Unreachable,
)
from bot.sandbox.toingg import Life, ToinggSandbox, faults
from bot.toingg.client import CampaignDraft, ToinggKeys
from tests.contract.toingg_peer import DEEDS, PHONE, account


@pytest.fixture
def sandbox() -> ToinggSandbox:
    """A Toingg whose calls stay as they were made."""
    return ToinggSandbox(options=Life(ring_after=60))


@pytest.fixture
async def url(sandbox: ToinggSandbox) -> AsyncIterator[str]:
    """Where it is served."""
    with sandbox.serve() as server:
        yield server.url


def keys(sandbox: ToinggSandbox) -> ToinggKeys:
    """The keys that it knows."""
    return ToinggKeys(v1=sandbox.key, v3=sandbox.v3_key)


@pytest.mark.parametrize("auth", [None, "query", "bearer", "basic"])
async def test_generation_1_takes_every_deed(sandbox: ToinggSandbox, url: str, auth: Any) -> None:
    """Calls, a list, a text, hang-ups and a checkout, however the key is shown."""
    async with account(url, keys=keys(sandbox), auth=auth) as toingg:
        for deed in DEEDS[:5]:
            await deed.do(toingg)
        for call_sid in sandbox.calls:
            await toingg.hang_up(call_sid)
        made = await toingg.create_checkout_session()
    phones = [call.phone for call in sandbox.calls.values()]
    assert phones == [PHONE] * 4 + ["+14155550133"]
    assert all(call.over for call in sandbox.calls.values())
    assert [text.phone for text in sandbox.texts] == [PHONE]
    assert made.url or made.session_id


async def test_a_batchs_ids_are_its_calls(sandbox: ToinggSandbox, url: str) -> None:
    """Each number of a list gets its own call's id."""
    batch = next(deed for deed in DEEDS if deed.name == "batch")
    async with account(url, keys=keys(sandbox)) as toingg:
        placed = await batch.do(toingg)
    assert placed.call_sids == tuple(sandbox.calls)


async def test_v3_tells_how_a_call_stands(sandbox: ToinggSandbox, url: str) -> None:
    """A call of v3's is followed to its end."""
    async with account(url, keys=keys(sandbox), generation="v3") as toingg:
        placed = await toingg.call(campaign="65f0c0ffee", name="Ann", phone=PHONE)
        assert placed.call_sid is not None
        begun = await toingg.call_status(placed.call_sid)
        await toingg.hang_up(placed.call_sid)
        ended = await toingg.call_status(placed.call_sid)
    assert begun.status in {"queued", "initiated", "ringing"}
    assert ended.status in {"canceled", "completed"}


async def test_v3_keeps_campaigns(sandbox: ToinggSandbox, url: str) -> None:
    """A campaign is created, changed and listed."""
    draft = CampaignDraft(title="Spring", voice="Nova", language="english", script="Hello. " * 40)
    async with account(url, keys=keys(sandbox)) as toingg:
        made = await toingg.create_campaign(draft)
        assert made is not None
        await toingg.update_campaign(made, CampaignDraft(title="Summer"))
        (listed,) = await toingg.campaigns()
        assert await toingg.supported_languages()
        assert await toingg.supported_voices()
    assert (listed.id, listed.title) == (made, "Summer")


@pytest.mark.parametrize(
    ("fault", "error", "calls"),
    [
        (faults.unknown_key(), KeyRejected, 0),
        (faults.no_credit(), NoCredit, 0),
        (faults.refuses(400, "No such campaign"), Rejected, 0),
        (faults.rate_limited(2), RateLimited, 0),
        (faults.server_error(made=True), ServerFault, 1),
        (faults.cut_before_read(), ConnectionLost, 0),
        (faults.cut_after_read(), ConnectionLost, 0),
        (faults.cut_after_made(), ConnectionLost, 1),
        (faults.reset(), ConnectionLost, 1),
        (faults.half_reply(), ConnectionLost, 1),
        (faults.slow(1.0), TimedOut, 1),
    ],
)
async def test_each_fault_is_its_error(
    sandbox: ToinggSandbox, url: str, fault: Any, error: type[ToinggError], calls: int
) -> None:
    """What the sandbox did or didn't do is never contradicted, and it did it at most once."""
    sandbox.fail_next(fault, path="/api/make_toingg/")
    async with account(url, keys=keys(sandbox), timeout=0.5) as toingg:
        with pytest.raises(error) as caught:
            await toingg.call(campaign="Spring", name="Ann", phone=PHONE)
    assert await asyncio.to_thread(sandbox.wait_until, lambda: len(sandbox.calls) == calls)
    assert not (calls and isinstance(caught.value, NotPlaced))
    assert len(sandbox.posts("/api/make_toingg/")) <= 1


async def test_a_stopped_toingg_is_unreachable(sandbox: ToinggSandbox) -> None:
    """Nobody there is certain: nothing was sent."""
    with sandbox.serve() as server:
        pass
    async with account(server.url, keys=keys(sandbox)) as toingg:
        with pytest.raises(Unreachable):
            await toingg.call(campaign="Spring", name="Ann", phone=PHONE)


async def test_an_unknown_call_is_unknown(sandbox: ToinggSandbox, url: str) -> None:
    """Hanging up a call that is over, or was never made, is left to the caller to judge."""
    async with account(url, keys=keys(sandbox)) as toingg:
        with pytest.raises(UnknownToToingg):
            await toingg.hang_up("CA" + "0" * 32)
