"""Stop All: the queue is frozen, every live call hung up, each failure told."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.toingg.faults import refuses, slow
from storage import campaigns, hangups, stops
from storage.campaigns import CAMPAIGNS, EVENTS, Campaign, Happened, Stage
from storage.rows import CALLS, State
from tests.campaign_desk import MEAN, desk
from tests.campaigning import OPEN_PACE, ask, card, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import buttons_of, text_of
from tests.witness import Travels

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HANG_UP = "/api/hang_up_call/"


def people(count: int) -> str:
    """So many lines; the local Toingg alone gets these numbers."""
    return "\n".join(f"Person {at}, +1415{2_000_000 + at}" for at in range(count))


async def calling(bot: Bot, play: Play, count: int) -> None:
    """A campaign all of whose calls ring, of which Toingg doesn't report."""
    play.toingg.outcome(None, "rings")
    play.toingg.status_to(None)
    await ask(play, {"numbers": people(count)})
    await until(bot, Stage.READY)
    await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
    await play.until(lambda: len(play.dials()) == count)
    await placed(bot, count)


async def placed(bot: Bot, count: int) -> None:
    """Waits until so many rows are known to be up."""
    deadline = asyncio.get_running_loop().time() + 15
    while sum(row["state"] == State.PLACED for row in await list_of(bot)) < count:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


async def outcome(bot: Bot, play: Play) -> dict[str, Any]:
    """What Stop All told, once it is done."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        query = select(EVENTS.c.detail).where(EVENTS.c.kind == Happened.STOPPED)
        return [row.detail for row in connection.execute(query)]

    deadline = asyncio.get_running_loop().time() + 20
    while not (found := await bot.database.read(look)):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    return found[-1]


async def test_every_live_call_is_hung_up(stage: Play, log: Logged) -> None:
    """Each once; what Toingg doesn't know is over, what it refuses can be tried again."""
    async with stage.bot(**OPEN_PACE) as bot:
        await calling(bot, stage, 12)
        stage.toingg.fail_next(refuses(500, "busy"), times=2, path=HANG_UP)
        stage.toingg.fail_next(refuses(404, "No such call"), path=HANG_UP)
        shown = await card(bot, stage, "stop")
        clicks = [stage.slack.click("carl", shown, "campaign.stop") for _ in range(2)]
        await asyncio.gather(*clicks)
        told = await outcome(bot, stage)
        assert (told["ended"], told["over"], told["failed"], told["without_id"]) == (9, 1, 2, 0)
        assert len(told["calls"]) == 2
        assert len(stage.hang_ups()) == 12
        campaign = await until(bot, lambda it: it.stopped_by is None)
        assert campaign.state is Stage.PAUSED
        shown = await card(bot, stage, "stop", "resume")
        await stage.until(lambda: "9 ended, 1 already over, 2 failed" in stage.thread(shown))
        told_there = stage.slack.messages(shown.channel, shown.ts)
        (failed,) = [each for each in told_there if "Retry" in buttons_of(each)]
        await stage.slack.click("carl", failed, "campaign.retry_stop")
        await stage.until(lambda: len(stage.hang_ups()) == 14)
        await until(bot, lambda it: it.stopped_by is None)
        assert stage.said_to("carl") == ""
        await stage.slack.click("carl", failed, "campaign.retry_stop")
        await stage.until(lambda: "nothing to hang up" in stage.said_to("carl"))
        held = update(CAMPAIGNS).values(state=Stage.HELD)
        await bot.database.write(lambda connection: connection.execute(held))
        await stage.slack.click("carl", failed, "campaign.retry_stop")
        await stage.until(lambda: "goes on since" in stage.said_to("carl"))
        assert len(stage.hang_ups()) == 14


async def test_the_newest_calls_are_hung_up_first(stage: Play, log: Logged) -> None:
    """Those of which nothing was heard for long come last, and are no news where Toingg doesn't
    know them any more.
    """
    stage.clock = Travels()
    async with desk(stage) as at:
        running = await at.running(7)
        for seq, status, ago in (
            (1, None, 600),
            (2, "in-progress", 500),
            (3, None, 60),
            (4, None, 20),
            (5, None, 300),
            (6, None, 10),
            (7, None, 400),
        ):
            await at.placed(seq, seq, status)
            done_at = at.clock() - timedelta(seconds=ago)
            sid = None if seq in (6, 7) else f"CA{seq}"
            await at.rows((seq, seq), done_at=done_at, call_sid=sid)
        stopped = await at.control.stop(running, running.owner)
        find = partial(stops.to_hang_up, campaign=stopped, heard_since=at.clock() - MEAN)
        calls = await at.database.read(partial(stops.calls, ids=await at.database.read(find)))
        assert [call.call_sid for call in calls] == ["CA4", "CA3", "CA2", "CA5", "CA1"]
        for call in calls:
            claim = partial(hangups.ask, call=call, run=at.run, actor=running.owner)
            assert await at.write(claim, now=at.clock())
            await at.write(hangups.over_already, call=call, now=at.clock())
        told = await at.write(stops.finish, campaign=stopped, mean=MEAN, now=at.clock())
        assert told is not None
        assert (told.ended, told.over, told.failed, told.without_id) == (0, 3, 0, 1)


@ON_SQLITE
async def test_calls_that_come_up_meanwhile_are_hung_up_too(stage: Play, log: Logged) -> None:
    """Toingg was about to answer when everything was stopped."""
    async with stage.bot(**OPEN_PACE) as bot:
        stage.toingg.outcome(None, "rings")
        stage.toingg.fail_next(slow(1.0), times=5, path="/api/make_toingg/")
        await ask(stage, {"numbers": people(5)})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(lambda: len(stage.dials()) == 5)
        answer = await stage.slack.command("carl", "general", "/toingg-stop", "now")
        assert "Stopped 1 campaign" in answer.body["text"]
        assert (await outcome(bot, stage))["ended"] == 5
        assert len(set(stage.hang_ups())) == 5


@ON_SQLITE
async def test_a_restart_goes_on_with_a_stop(stage: Play, log: Logged) -> None:
    """What was to be hung up is in the database alone."""
    async with stage.bot(**OPEN_PACE) as bot:
        await calling(bot, stage, 4)
        campaign = await one(bot)
        await bot.campaigns.control.pause(campaign, "U0CARL0001")
        await until(bot, Stage.PAUSED)
        bot.campaigns.wakes.clear()  # the process dies right after the move
        stopper = bot.campaigns.stopper
        stopper._stopping.add(campaign.id)
        await bot.campaigns.control.stop(await one(bot), "U0CARL0001")
        assert stage.hang_ups() == []
    async with stage.bot(**OPEN_PACE) as bot:
        assert (await outcome(bot, stage))["ended"] == 4
        assert len(stage.hang_ups()) == 4


@ON_SQLITE
async def test_a_resume_ends_a_stop(stage: Play, log: Logged) -> None:
    """Nothing more is hung up, and nothing is told of a stop that wasn't done."""
    async with stage.bot(**OPEN_PACE) as bot:
        await calling(bot, stage, 2)
        stopper, campaign = bot.campaigns.stopper, await one(bot)
        stopper._stopping.add(campaign.id)  # so that it hasn't begun yet
        stopped = await bot.campaigns.control.stop(campaign, "U0CARL0001")
        await bot.campaigns.control.resume(stopped, "U0CARL0001")
        stopper._stopping.clear()
        stopper.wake(stopped)
        await asyncio.sleep(0.3)
        assert stage.hang_ups() == []
        assert (await one(bot)).stopped_by is None


@ON_SQLITE
async def test_toingg_stop_stops_everything(stage: Play, log: Logged) -> None:
    """From anywhere: it asks with the counts, then does it; the scheduled ones don't start."""
    async with stage.bot(**OPEN_PACE) as bot:
        answer = await stage.slack.command("carl", "general", "/toingg-stop")
        assert "nothing to stop" in answer.body["text"]
        await calling(bot, stage, 3)
        await stage.slack.command("carl", "general", "/toingg", "")
        (help_,) = [each for each in stage.slack.ephemerals("carl") if "Campaigns" in text_of(each)]
        assert "3 live" in text_of(help_)
        await stage.slack.command("oscar", "general", "/toingg", "stop")
        question = stage.slack.ephemerals("oscar")[-1]
        assert "Stop all 1 campaign and hang up 3 calls" in text_of(question)
        await stage.slack.click("oscar", question, "campaigns.stop_all")
        await stage.until(lambda: len(stage.hang_ups()) == 3)
        assert (await outcome(bot, stage))["ended"] == 3

        def schedule(connection: Connection) -> None:
            connection.execute(update(CAMPAIGNS).values(state=Stage.SCHEDULED))

        await bot.database.write(schedule)
        answer = await stage.slack.command("oscar", "general", "/toingg", "stop now")
        assert "won't start by itself" in answer.body["text"]
        assert (await one(bot)).state is Stage.READY


@ON_SQLITE
async def test_toingg_stop_ends_the_calls_of_what_is_over(stage: Play, log: Logged) -> None:
    """Cancelled, its calls go on until they are stopped, behind however many lists that wait."""
    async with stage.bot(**OPEN_PACE) as bot:
        await calling(bot, stage, 2)
        cancelled = await bot.campaigns.control.cancel(await one(bot), "U0CARL0001")
        await bot.database.write(partial(lists_that_wait, like=cancelled, count=25))
        await stage.slack.command("oscar", "general", "/toingg-stop")
        question = stage.slack.ephemerals("oscar")[-1]
        assert "Stop all 1 campaign and hang up 2 calls?" in text_of(question)
        await stage.slack.click("oscar", question, "campaigns.stop_all")
        assert (await outcome(bot, stage))["ended"] == 2
        get = partial(campaigns.get, workspace_id=bot.home.id, campaign_id=cancelled.id)
        after = await bot.database.read(get)
        assert after is not None
        assert (after.state, after.moved_by) == (Stage.CANCELLED, "U0CARL0001")


def lists_that_wait(connection: Connection, *, like: Campaign, count: int) -> None:
    """So many campaigns that nobody starts."""
    of = connection.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.id == like.id)).mappings().one()
    rows = [
        {
            **of,
            "id": f"{n}",
            "click_key": f"{n}",
            "state": Stage.READY,
            "created_at": of["moved_at"],
        }
        for n in range(count)
    ]
    connection.execute(insert(CAMPAIGNS), rows)


@ON_SQLITE
async def test_the_list_of_what_runs_has_its_controls(stage: Play, log: Logged) -> None:
    """Pause, Resume and Stop All in `/toingg`; a viewer sees the list without them."""
    async with stage.bot(**OPEN_PACE | {"default_role": "viewer"}) as bot:
        stage.toingg.outcome(None, "rings")
        await ask(stage, {"numbers": people(2)}, user="olivia")
        await until(bot, Stage.READY)
        await stage.slack.click("olivia", await card(bot, stage, "start"), "campaign.start")
        await until(bot, Stage.RUNNING)
        await stage.slack.command("vera", "general", "/toingg")
        seen = stage.slack.ephemerals("vera")[-1]
        assert "Spring Sale" in text_of(seen)
        assert not [each for each in seen.elements() if each[1]["action_id"] == "campaigns.pause"]
        refused = await stage.slack.command("vera", "general", "/toingg-stop", "now")
        assert "role doesn't cover" in refused.body["text"]
        for word, state in (("pause", Stage.PAUSED), ("resume", Stage.RUNNING)):
            await stage.slack.command("olivia", "general", "/toingg")
            listed = stage.slack.ephemerals("olivia")[-1]
            await stage.slack.click("olivia", listed, f"campaigns.{word}")
            await until(bot, state)


@ON_SQLITE
async def test_the_list_says_what_was_not_done(stage: Play, log: Logged) -> None:
    """It is never kept up: Stop All works all the same; a Resume of another state says that it
    didn't.
    """
    async with stage.bot(**OPEN_PACE) as bot:
        await calling(bot, stage, 2)
        await stage.slack.command("carl", "general", "/toingg")
        old = stage.slack.ephemerals("carl")[-1]
        control = bot.campaigns.control
        paused = await control.pause(await one(bot), "U0OSCAR001")
        await control.resume(paused, "U0OSCAR001")
        await stage.slack.click("carl", old, "campaigns.stop")
        assert (await outcome(bot, stage))["ended"] == 2
        await until(bot, lambda it: it.state is Stage.PAUSED and it.stopped_by is None)
        await stage.until(lambda: "*Stopping*" in text_of(listed(stage)))
        assert "Not stopped" not in text_of(listed(stage))
        await stage.slack.command("carl", "general", "/toingg")
        old = listed(stage)
        resumed = await control.resume(await one(bot), "U0OSCAR001")
        await control.pause(resumed, "U0OSCAR001")
        await stage.slack.click("carl", old, "campaigns.resume")
        await stage.until(
            lambda: "*Not resumed*: *Spring Sale* has moved" in text_of(listed(stage))
        )
        assert (await one(bot)).state is Stage.PAUSED


def listed(play: Play) -> Message:
    """The list that Carl has before him."""
    return [each for each in play.slack.ephemerals("carl") if "*Campaigns*" in text_of(each)][-1]


async def test_a_call_that_comes_up_between_two_looks(
    stage: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Toingg's answer arrives just after Stop All looked for live calls: it is hung up, too."""
    stage.toingg.outcome(None, "rings")
    stage.toingg.status_to(None)
    stage.toingg.fail_next(slow(1.5), path="/api/make_toingg/")
    look = stops.to_hang_up
    async with stage.bot(**OPEN_PACE) as bot:

        def late(connection: Connection, campaign: Campaign, **more: Any) -> list[str]:
            found = look(connection, campaign, **more)
            (call_sid,) = stage.toingg.calls
            answered = update(CALLS).where(CALLS.c.state == State.DIALLING)
            with bot.database.engine.begin() as other:
                now = datetime.now(UTC)
                other.execute(answered.values(state=State.PLACED, call_sid=call_sid, done_at=now))
            return found

        await ask(stage, {"numbers": people(1)})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(lambda: stage.toingg.calls)
        monkeypatch.setattr(stops, "to_hang_up", late)
        await stage.slack.click("carl", await card(bot, stage, "stop"), "campaign.stop")
        told = await outcome(bot, stage)
        assert (told["ended"], told["failed"]) == (1, 0)
        assert len(stage.hang_ups()) == 1
