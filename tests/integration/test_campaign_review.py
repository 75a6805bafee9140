"""Uncertain calls: left, gone through one by one, or called again, by a person only."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.toingg.faults import cut_after_read
from storage.campaigns import Stage
from storage.doubts import Decision, call_again
from storage.rows import CALLS, State
from tests.campaigning import OPEN_PACE, ask, card, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import text_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DIAL = "/api/make_toingg/"
PAUSES = 10
"""So many failures in a row pause a campaign."""


def people(count: int) -> str:
    """So many lines; the local Toingg alone gets these numbers."""
    return "\n".join(f"Person {at}, +1415{2_000_000 + at}" for at in range(count))


async def uncertain(bot: Bot, play: Play, count: int) -> Message:
    """A campaign whose calls are all uncertain; the message about them in its thread."""
    play.toingg.outcome(None, "no-answer")
    play.toingg.fail_next(cut_after_read(), times=count, path=DIAL)
    await ask(play, {"numbers": people(count)})
    await until(bot, Stage.READY)
    await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
    if count >= PAUSES:
        await until(bot, Stage.PAUSED)
        await play.slack.click("carl", await card(bot, play, "resume"), "campaign.resume")
    return await doubts(bot, play, f"{count} call")


async def doubts(bot: Bot, play: Play, says: str) -> Message:
    """The message about uncertain calls, once it says so, with the present move on it."""
    deadline = asyncio.get_running_loop().time() + 20
    while True:
        campaign = await one(bot)
        replies = play.slack.messages(campaign.channel or "", campaign.card_ts or "")
        for each in replies[1:]:
            values = [str(e.get("value")) for _, e in each.elements()]
            fresh = all(value.startswith(f"{campaign.id}.{campaign.version}") for value in values)
            if says in text_of(each) and values and fresh:
                return each
        assert asyncio.get_running_loop().time() < deadline, [text_of(each) for each in replies]
        await asyncio.sleep(0.05)


async def settled(bot: Bot, **wanted: int) -> None:
    """Waits until so many rows stand so."""
    deadline = asyncio.get_running_loop().time() + 15
    while True:
        states = [row["state"] for row in await list_of(bot)]
        if all(states.count(state) == count for state, count in wanted.items()):
            return
        assert asyncio.get_running_loop().time() < deadline, states
        await asyncio.sleep(0.05)


async def test_all_are_called_again_once(stage: Play, log: Logged) -> None:
    """A campaign that is done runs again for them; a double click calls nobody twice."""
    async with stage.bot(**OPEN_PACE) as bot:
        message = await uncertain(bot, stage, 3)
        await until(bot, Stage.DONE)
        message = await doubts(bot, stage, "3 calls")
        clicks = [stage.slack.click("carl", message, "campaign.again_all") for _ in range(2)]
        await asyncio.gather(*clicks)
        await settled(bot, placed=3)
        assert [row["attempt"] for row in await list_of(bot)] == [2, 2, 2]
        await until(bot, Stage.DONE)
    assert len(stage.dials()) == 6


async def test_what_becomes_uncertain_again_isnt_called_by_the_same_word(
    stage: Play, log: Logged
) -> None:
    """Toingg loses the second answers too: a third call wants another click."""
    async with stage.bot(**OPEN_PACE) as bot:
        await uncertain(bot, stage, 3)
        await until(bot, Stage.DONE)
        message = await doubts(bot, stage, "3 calls")
        stage.toingg.fail_next(cut_after_read(), times=30, path=DIAL)
        await stage.slack.click("carl", message, "campaign.again_all")
        await stage.until(lambda: len(stage.dials()) == 6)
        await settled(bot, uncertain=3)
        await asyncio.sleep(0.5)
    assert len(stage.dials()) == 6


async def test_a_word_is_for_each_row_once(stage: Play, log: Logged) -> None:
    """In the list's order, some at a time; what became uncertain later isn't meant."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": people(5)})
        campaign = await until(bot, Stage.READY)
        now = stage.clock()
        doubtful = {"state": State.UNCERTAIN, "done_at": now}

        def decide(connection: Connection) -> list[int]:
            connection.execute(update(CALLS).values(**doubtful))
            latest = update(CALLS).where(CALLS.c.seq == 2)
            connection.execute(latest.values(done_at=now + timedelta(seconds=1)))
            word, seen, after = Decision("U1", now), list[int](), -1
            while True:
                last = call_again(connection, campaign, word, run="r", after=after, limit=2)
                if last is None:
                    return seen
                seen.append(last)
                after = last
                pending = update(CALLS).where(CALLS.c.state == State.PENDING)
                connection.execute(pending.values(**doubtful))  # lost again, at the same instant

        assert await bot.database.write(decide) == [1, 4]
        attempts = [row["attempt"] for row in await list_of(bot)]
        assert attempts == [2, 2, 1, 2, 2]


@ON_SQLITE
async def test_more_than_were_confirmed_arent_called(stage: Play, log: Logged) -> None:
    """The question named a number: where there are more by now, it is asked anew."""
    async with stage.bot(**OPEN_PACE) as bot:
        message = await uncertain(bot, stage, 3)
        value = next(e["value"] for _, e in message.elements() if "again_all" in e["action_id"])
        assert value.endswith(".3")
        fewer = {"value": value.removesuffix("3") + "2"}
        await stage.slack.click("carl", message, "campaign.again_all", forged=fewer)
        await stage.until(lambda: "out of date" in stage.said_to("carl"))
        await settled(bot, uncertain=3)
    assert len(stage.dials()) == 3


async def test_they_are_left(stage: Play, log: Logged) -> None:
    """They stay uncertain, and nobody is asked any more."""
    async with stage.bot(**OPEN_PACE) as bot:
        message = await uncertain(bot, stage, 2)
        await stage.slack.click("carl", message, "campaign.leave")
        thread = message.channel, (await one(bot)).card_ts or ""
        await stage.until(
            lambda: any("as decided" in text_of(m) for m in stage.slack.messages(*thread))
        )
        rows = await list_of(bot)
        assert {(row["state"], row["reason"]) for row in rows} == {(State.UNCERTAIN, "left")}


@ON_SQLITE
async def test_each_is_decided_in_a_paged_modal(stage: Play, log: Logged) -> None:
    """Ten a page, numbers in full; It Rang and Call Again move one row, and the page follows."""
    async with stage.bot(**OPEN_PACE) as bot:
        message = await uncertain(bot, stage, 12)
        await stage.slack.click("carl", message, "campaign.review")
        view = await stage.modal("carl", "Uncertain Calls")
        assert "*Person 0* +1 415-200-0000 · row 1" in text_of(view)
        assert "Person 10" not in text_of(view)
        row = next(b["block_id"] for b in view.blocks if b["block_id"].startswith("row."))
        await stage.slack.click("carl", view, "campaign.it_rang", block_id=row)
        await stage.until(lambda: "11 uncertain" in text_of(stage.slack.views("carl")[-1]))
        view = stage.slack.views("carl")[-1]
        assert "Person 0*" not in text_of(view)
        row = next(b["block_id"] for b in view.blocks if b["block_id"].startswith("row."))
        await stage.slack.click("carl", view, "campaign.call_again", block_id=row)
        await stage.until(lambda: len(stage.dials()) == 13)
        await stage.until(lambda: "10 uncertain" in text_of(stage.slack.views("carl")[-1]))
        await settled(bot, uncertain=10, placed=2)
        view = stage.slack.views("carl")[-1]
        await stage.slack.click("carl", view, "campaign.it_rang", forged={"value": "nobody.1"})
        await stage.modal("carl", "Toingg")
        await settled(bot, uncertain=10, placed=2)


@ON_SQLITE
async def test_pages_turn(stage: Play, log: Logged) -> None:
    """Next leads to the others, Back to the First to the beginning."""
    async with stage.bot(**OPEN_PACE) as bot:
        message = await uncertain(bot, stage, 12)
        await stage.slack.click("carl", message, "campaign.review")
        view = await stage.modal("carl", "Uncertain Calls")
        await stage.slack.click("carl", view, "campaign.next_page")
        await stage.until(lambda: "Person 11" in text_of(stage.slack.views("carl")[-1]))
        view = stage.slack.views("carl")[-1]
        await stage.slack.click("carl", view, "campaign.first_page")
        await stage.until(lambda: "Person 0*" in text_of(stage.slack.views("carl")[-1]))
