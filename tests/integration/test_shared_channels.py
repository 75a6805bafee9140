"""Channels that other organisations read get no cards, unless an owner allowed it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack import Message, View, server_error, slow
from bot.sandbox.slack.people import Channel
from bot.sandbox.toingg import Life
from tests.stage import QUICK, Stage, buttons_of, text_of
from tests.witness import Travels

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SHARED = "shared with another organisation"
UNSAID = "Slack doesn't tell me whether other organisations read"
PARTNERS = "C0PARTNERS"


async def in_dm(stage: Stage, *words: str) -> Message:
    """The message in Carl's DM that comes to say all of this."""

    def found() -> Message | None:
        said = stage.slack.messages("@carl")
        return next((m for m in said if all(word in text_of(m) for word in words)), None)

    return await stage.until(found)


def asked(stage: Stage) -> list[str]:
    """The channels of which Slack was asked who reads there, in order."""
    return [each.args["channel"] for each in stage.slack.calls("conversations.info")]


def channel_select(view: View) -> dict[str, Any]:
    """The modal's choice of a channel."""
    element: dict[str, Any] = next(b for b in view.blocks if b["block_id"] == "channel")["element"]
    return element


async def test_a_call_asked_for_in_a_shared_channel(stage: Stage) -> None:
    """Card, thread and Hang Up are the asker's alone, with the reason; nothing stands there."""
    async with stage.bot():
        assert (await stage.slack.command("carl", "partners", "/toingg-call", QUICK)).ok
        card = await in_dm(stage, "Answered", SHARED, "SHARED_CHANNEL_IDS")
        assert buttons_of(card) == ["Hang Up"]
        await stage.until(lambda: "Answered" in stage.thread(card))
        await stage.slack.click("carl", card, "call.hang_up")
        await in_dm(stage, "Hung up by", SHARED)
        await stage.until(lambda: "Hung up by" in stage.thread(card))
    assert stage.slack.messages("partners") == []
    assert len(stage.hang_ups()) == 1
    assert asked(stage) == [PARTNERS]


async def test_an_owner_may_allow_it(stage: Stage) -> None:
    """A listed channel gets cards, and Slack isn't asked of it."""
    async with stage.bot(shared_channel_ids=f"C0OTHER001, {PARTNERS}"):
        await stage.slack.command("carl", "partners", "/toingg-call", QUICK)
        card = await stage.card("Answered", "partners")
        assert buttons_of(card) == ["Hang Up"]
        assert SHARED not in text_of(card)
        await stage.until(lambda: "Answered" in stage.thread(card))
    assert stage.slack.messages("@carl") == []
    assert asked(stage) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("flags", "is_shared"),
    [
        ({}, False),
        ({"kind": "private_channel"}, False),
        ({"is_org_shared": True}, False),
        ({"is_pending_ext_shared": True}, True),
        ({"kind": "private_channel", "is_ext_shared": True}, True),
        ({"kind": "mpim", "is_ext_shared": True}, True),
    ],
    ids=["public", "private", "own workspaces", "invited", "private shared", "group DM shared"],
)
async def test_who_reads_in_a_channel_decides(
    stage: Stage,
    flags: dict[str, Any],
    is_shared: bool,  # noqa: FBT001
) -> None:
    """Other organisations, invited ones too; not the other workspaces of one's own."""
    members = stage.slack.channel("sales").members
    stage.slack.directory.add_channel(Channel("C0TEAM0001", "team", members, **flags))
    async with stage.bot():
        await stage.slack.command("carl", "team", "/toingg-call", QUICK)
        if is_shared:
            await in_dm(stage, "Answered", SHARED)
            assert stage.slack.messages("team") == []
        else:
            await stage.card("Answered", "team")
            assert stage.slack.messages("@carl") == []


@ON_SQLITE
async def test_slack_is_asked_once_in_ten_minutes(stage: Stage) -> None:
    """Of each channel, however many calls there are at once; then what has changed is noticed."""
    stage.clock = clock = Travels()
    async with stage.bot():
        texts = [f"+14155550{100 + each} | John Doe | Sale {each}" for each in range(6)]
        await asyncio.gather(
            *(stage.slack.command("carl", "sales", "/toingg-call", text) for text in texts)
        )
        await stage.until(lambda: len(stage.cards()) == 6)
        await stage.slack.command("carl", "support", "/toingg-call", f"{QUICK}s")
        await stage.card("Answered", "support")
        assert asked(stage) == ["C0SALES001", "C0SUPPORT1"]
        shared = replace(stage.slack.channel("sales"), is_ext_shared=True)
        stage.slack.directory.add_channel(shared)
        clock.forward(timedelta(minutes=11))
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550120 | Ann | Last")
        await in_dm(stage, "Last", SHARED)
        assert asked(stage) == ["C0SALES001", "C0SUPPORT1", "C0SALES001"]
    assert len(stage.cards()) == 6


@ON_SQLITE
async def test_nobody_waits_for_the_answer(stage: Stage) -> None:
    """Slack is answered and the number dialled while Slack still thinks about the channel."""
    stage.toingg.live(Life(ring_after=60))
    async with stage.bot():
        stage.slack.fail_next("conversations.info", slow(1.5))
        before = [each.method for each in stage.slack.api_calls]
        assert (await stage.slack.command("carl", "sales", "/toingg-call", QUICK)).ok
        await stage.until(lambda: stage.toingg.calls)
        during = [each.method for each in stage.slack.api_calls][len(before) :]
        assert "conversations.info" not in during
        assert stage.cards() == []
        assert buttons_of(await stage.card("Placed")) == ["Hang Up"]
    assert asked(stage) == ["C0SALES001"]


@ON_SQLITE
async def test_where_slack_does_not_say_the_card_is_the_askers(stage: Stage) -> None:
    """Without the scopes no channel is known to be one's own: the line says so, and what to do."""
    scopes = {f"{kind}:read" for kind in ("channels", "groups", "im", "mpim")}
    stage.slack.workspace.scopes -= scopes
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await in_dm(stage, "Answered", UNSAID, "toingg-bot doctor")
        assert buttons_of(card) == ["Hang Up"]
    async with stage.bot(shared_channel_ids="C0SALES001"):
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550133 | Ann | Sale")
        await stage.card("Answered")
    assert len(stage.cards()) == 1


@ON_SQLITE
async def test_a_fault_of_slacks_is_waited_out(stage: Stage) -> None:
    """No answer isn't a no: the card comes late, where it belongs, and isn't called a repeat."""
    async with stage.bot():
        stage.slack.fail_next("conversations.info", server_error(503), times=4)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.until(
            lambda: next((c for c in stage.cards() if "Answered" in text_of(c)), None), seconds=20
        )
    assert "Possibly repeated" not in text_of(card)
    assert stage.slack.messages("@carl") == []


@ON_SQLITE
@pytest.mark.parametrize("allowed", ["", PARTNERS])
@pytest.mark.parametrize(
    ("command", "title"),
    [("/toingg-call", "Call Somebody"), ("/toingg-script", "Call with a Script")],
)
async def test_the_modal_offers_shared_channels_only_where_one_is_allowed(
    stage: Stage, allowed: str, command: str, title: str
) -> None:
    """What can't get a card isn't offered for it."""
    async with stage.bot(shared_channel_ids=allowed):
        await stage.slack.command("carl", "sales", command)
        element = channel_select(await stage.modal("carl", title))
    hidden = element.get("filter", {}).get("exclude_external_shared_channels", False)
    assert hidden is (not allowed)
