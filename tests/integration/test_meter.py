"""The meter while one types: what it says, how often the view is redrawn, what a swap keeps."""

import asyncio
import time
from itertools import pairwise

import pytest

from bot.sandbox.slack.views import View
from tests.stage import Stage, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CURLY = "It\N{RIGHT SINGLE QUOTATION MARK}s on"


async def opened(stage: Stage) -> View:
    """The modal, open before Carl."""
    await stage.slack.command("carl", "sales", "/toingg-sms", "")
    return await stage.modal("carl", "Text Somebody")


def shown(stage: Stage) -> View:
    """The modal as it is now."""
    return stage.slack.views("carl")[-1]


def ids(view: View) -> list[str]:
    """Its blocks' ids, in order."""
    return [block["block_id"] for block in view.blocks]


async def test_the_meter_follows_and_the_last_wins(stage: Stage) -> None:
    """Thirty characters, quickly typed, are at most one redraw in 700 ms; the end is shown."""
    async with stage.bot(price_per_part="0.01"):
        view = await opened(stage)
        before, began = ids(view), time.monotonic()
        for length in range(1, 31):
            at = shown(stage)
            await stage.slack.click("carl", at, "sms.meter", value="a" * length)
            await asyncio.sleep(0.02)
        says = "GSM-7 · 30 characters · 1 part · 0.01 USD"
        await stage.until(lambda: says in text_of(shown(stage)))
        took = time.monotonic() - began
        updates = stage.slack.calls("views.update")
        assert len(updates) <= took / 0.7 + 1
        assert all(each.args["hash"] for each in updates)
        apart = [b.at - a.at for a, b in pairwise(updates)]
        assert all(each.total_seconds() >= 0.69 for each in apart)
        assert ids(shown(stage)) == before


async def test_a_swap_rewrites_one_block(stage: Stage) -> None:
    """The message gets GSM-7's likes, under another id; everything else stays as it was typed."""
    async with stage.bot():
        view = await opened(stage)
        view = stage.slack.fill(view, {"name": "John", "phone": "+1 415 555 0132"})
        await stage.slack.click("carl", view, "sms.meter", value=CURLY)
        await stage.until(lambda: "because of" in text_of(shown(stage)))
        said = text_of(shown(stage))
        assert "UCS-2 · 7 characters · 1 part" in said
        assert "“\N{RIGHT SINGLE QUOTATION MARK}”" in said
        before = ids(shown(stage))
        await stage.slack.click("carl", shown(stage), "sms.swap")
        await stage.until(lambda: "GSM-7 · 7 characters" in text_of(shown(stage)))
        after = ids(shown(stage))
        assert set(before) - set(after) == {"message", "swap"}
        assert set(after) - set(before) == {"message.1"}
        assert (await stage.slack.submit("carl", shown(stage))).ok
        await stage.until(stage.sent)
    assert stage.sent() == [{"name": "John", "phoneNumber": "+14155550132", "message": "It's on"}]


async def test_a_fault_after_a_swap_stands_under_the_message(stage: Stage) -> None:
    """Whatever the block is called by then."""
    async with stage.bot():
        view = await opened(stage)
        view = stage.slack.fill(view, {"name": "John", "phone": "+1 415 555 0132"})
        await stage.slack.click("carl", view, "sms.meter", value=CURLY)
        await stage.until(lambda: "because of" in text_of(shown(stage)))
        await stage.slack.click("carl", shown(stage), "sms.swap")
        await stage.until(lambda: "message.1" in ids(shown(stage)))
        await stage.slack.submit("carl", shown(stage), {"message.1": "Hi {city}"})
        assert set(shown(stage).errors) == {"message.1"}
    assert stage.sent() == []
