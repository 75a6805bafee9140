"""The bot dies at every instant of a call's life: nobody is called twice, nothing is lost."""

import time
from pathlib import Path

import pytest

from bot.sandbox.slack.messages import Message
from bot.sandbox.toingg import Life, faults
from bot.sandbox.toingg.faults import Fault
from storage.rows import Call, State
from tests.bot_process import BotProcess
from tests.kills import some_kills
from tests.lane import DIAL, Lane, lane
from tests.logged import told
from tests.stage import STATUS_TOKEN, text_of
from tests.verdict import Click, calls_of, end_state, posts_of, shown_state, standing_cards
from tests.walks import walk


async def test_no_kill_calls_twice_or_loses_anything(tmp_path: Path) -> None:
    """Given a kill at each instant and under each outcome, each row ends where its card says."""
    found = await walk(tmp_path, some_kills(), lanes=4)
    assert set(found.states) <= {"placed", "final", "uncertain", "offered", "rejected"}
    assert found.states["uncertain"] > 0
    assert found.again > 0


async def test_a_kill_while_hanging_up_still_ends_the_call(tmp_path: Path) -> None:
    """Given a kill before or after Toingg acts on Hang Up, the call ends, and no other is made."""
    async with lane(tmp_path) as at:
        for made in (False, True):
            click, before = at.next_click(), len(at.stage.hang_ups())
            await at.click(click)
            card = await _says(at, click, "Answered")
            await _die_hanging_up(at, card, faults.slow(300, made=made))
            await at.bot.start()
            await at.until_row(click, lambda row: end_state(row) == "final")
            await at.rest()
            assert len(at.stage.hang_ups()) == before + 2
        assert all(call.over for call in at.stage.toingg.calls.values())
        assert len(at.stage.dials()) == len(at.clicks)
        assert at.bot.complaints() == []


async def _die_hanging_up(at: Lane, card: Message, fault: Fault) -> None:
    """Kills while Toingg has the request; that the call ended, no callback tells."""
    sent = len(at.stage.hang_ups()) + 1
    at.stage.toingg.status_to(None)
    at.stage.toingg.fail_next(fault, path="/api/hang_up_call/")
    assert (await at.stage.slack.click("carl", card, "call.hang_up")).status == 200
    await at.stage.until(lambda: len(at.stage.hang_ups()) >= sent)
    at.bot.kill()
    assert await at.bot.died() == -9
    at.stage.toingg.status_to(f"{at.bot.url}/toingg/status", token=STATUS_TOKEN)


async def test_a_clean_stop_waits_for_toingg(tmp_path: Path) -> None:
    """Given SIGTERM while Toingg takes its time, the call is placed, shown so, and exit is 0."""
    async with lane(tmp_path) as at:
        at.stage.toingg.status_to(None)
        click = at.next_click()
        at.stage.toingg.fail_next(faults.slow(1.0), path=DIAL)
        await at.click(click)
        await at.stage.until(lambda: calls_of(at.stage, click) == 1)
        assert await at.bot.stop() == 0
        row = await _row(at, click)
        assert (row.state, row.call_sid) == (State.PLACED, next(iter(at.stage.toingg.calls)))
        assert [shown_state(card) for card in standing_cards(at.stage, click)] == ["placed"]
        assert posts_of(at.stage, click) == 1
        assert at.bot.complaints() == []


async def test_a_restart_on_sqlite_recovers_at_once(tmp_path: Path) -> None:
    """Given a lost intent and the lock of a dead run, the question is asked without a wait."""
    async with lane(tmp_path, life=Life(ring_after=60)) as at:
        at.stage.toingg.status_to(None)
        click = at.next_click()
        at.stage.instants.at("toingg.after_read", at.bot.kill)
        await at.click(click)
        assert await at.bot.died() == -9
        started = time.monotonic()
        ready = await at.bot.start()
        await _says(at, click, "the phone may have rung")
        told(f"\nready after {ready:.1f} s, uncertain after {time.monotonic() - started:.1f} s")
        assert (await _row(at, click)).reason == "died"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_another_process_takes_over(database_url: str, tmp_path: Path) -> None:
    """Given two processes and the death of one, its intent is asked about, its rest is dialled."""
    async with lane(tmp_path, database_url, patience=25.0) as at:
        other = BotProcess(at.stage, tmp_path / "other")
        await other.start()
        try:
            await _take_over(at, other)
        finally:
            await other.end()
        assert [*at.bot.complaints(), *other.complaints()] == []


async def _take_over(at: Lane, other: BotProcess) -> None:
    waiting, flying = at.next_click(), at.next_click()
    at.stage.toingg.fail_next(faults.rate_limited(5), path=DIAL)
    await at.click(waiting)
    await at.until_row(waiting, lambda row: row.reason == "RateLimited")
    at.stage.toingg.status_to(f"{other.url}/toingg/status", token=STATUS_TOKEN)
    at.stage.instants.at("toingg.after_read", at.bot.kill)
    at.stage.toingg.fail_next(faults.server_error(made=False), path=DIAL)
    await at.click(flying)
    assert await at.bot.died() == -9
    died = time.monotonic()
    await at.rest()
    told(f"\nall taken over {time.monotonic() - died:.1f} s after the death")
    assert (await _row(at, flying)).reason == "died"
    assert (await _row(at, waiting)).state is State.PLACED
    assert [posts_of(at.stage, click) for click in at.clicks] == [1, 1]
    assert [calls_of(at.stage, click) for click in at.clicks] == [1, 0]


async def _row(at: Lane, click: Click) -> Call:
    return (await at.ledger()).rows[click.campaign]


async def _says(at: Lane, click: Click, words: str) -> Message:
    """The click's card, once it says this."""

    def found() -> Message | None:
        cards = standing_cards(at.stage, click)
        return next((card for card in cards if words in text_of(card)), None)

    message: Message = await at.stage.until(found, 15)
    return message
