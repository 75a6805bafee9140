"""Reading a list: cut off by a death, an edit or a discard, it leaves nothing half read."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.app import Bot
from bot.campaigns.preflight import Preflight
from storage import campaigns, lists, reading
from storage.campaigns import CAMPAIGNS, Campaign, NewCampaign, Stage
from storage.engine import Database
from storage.lists import NewRefusal, NewRow
from storage.rows import CALLS, Kind
from tests.bot_process import BotProcess
from tests.campaigning import FORM, OPEN_PACE, THREE, ask, card, every, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import text_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SOURCE: dict[str, Any] = {"numbers": THREE, "files": []}


def many(count: int) -> bytes:
    """A file of numbers that the local Toingg alone gets."""
    lines = (f"Person {at},+1415{2_000_000 + at}\n" for at in range(count))
    return ("name,phone\n" + "".join(lines)).encode()


def draft(connection: Connection, bot: Bot, run: str) -> Campaign:
    """A campaign whose list that run has begun to read."""
    now = bot.campaigns.calling.clock()
    carl = "U0CARL0001"
    new = NewCampaign(
        bot.home.id, "k", Kind.CALL, "Sale", "Sale", carl, "C0SALES001", source=SOURCE
    )
    made = campaigns.create(connection, new, run=run, now=now)
    assert made is not None
    row = NewRow(7, 8, "+14155550177", "key", "Left Over", "", {})
    lists.enter(connection, made, [row], now=now)
    lists.refuse(connection, made, [NewRefusal(9, ("x",), "invalid", "mend it")])
    return made


async def test_what_a_dead_run_left_is_read_anew(stage: Play, log: Logged) -> None:
    """What it had read goes, then the whole list is read."""
    async with stage.bot(**OPEN_PACE) as bot:
        await bot.database.write(partial(draft, bot=bot, run="a run that is dead"))
        campaign = await until(bot, Stage.READY)
        assert campaign.total == 3
        assert [row["name"] for row in await list_of(bot)] == ["John Doe", "Ann Roe", "Jim Poe"]
        counts = partial(lists.refused_counts, campaign_id=campaign.id)
        assert await bot.database.read(counts) == {}


async def test_a_reading_that_lost_its_campaign_writes_nothing(stage: Play) -> None:
    """An edit, a discard and another run each end it, whatever it still has in hand."""
    async with stage.bot(**OPEN_PACE) as bot:
        run, now = bot.campaigns.calling.run, bot.campaigns.calling.clock()

        def another_run(connection: Connection, _: Campaign) -> None:
            connection.execute(update(CAMPAIGNS).values(run="another"))

        def edit(connection: Connection, made: Campaign) -> None:
            reading.again(connection, made, {"total": 0}, actor="U1", run=run, now=now)

        def discard(connection: Connection, _: Campaign) -> None:
            connection.execute(update(CAMPAIGNS).values(state=Stage.CANCELLED))

        def attempt(connection: Connection, change: Callable[..., None]) -> list[object]:
            nested = connection.begin_nested()
            made = draft(connection, bot, run)
            assert reading.is_held(connection, made)
            change(connection, made)
            rows = [NewRow(1, 2, "+14155550132", "key", "John", "", {})]
            answers: list[object] = [
                reading.enter(connection, made, rows, [], now=now),
                reading.screen(connection, made, since=None, seqs=(0, 9)),
                reading.clear(connection, made, limit=9),
                reading.keep(connection, made, source={}),
                reading.finish(connection, made, total=1, source={}, now=now),
                reading.fail(connection, made, said="no", now=now),
            ]
            nested.rollback()
            return answers

        changes: list[Callable[[Connection, Campaign], None]] = [edit, another_run, discard]
        for change in changes:
            answers = await bot.database.write(partial(attempt, change=change))
            assert [bool(each) for each in answers] == [False] * 6


@ON_SQLITE
async def test_an_edit_ends_the_reading_before_it(stage: Play, log: Logged) -> None:
    """The rows are those of the last list alone, however far the first one was."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.csv", many(4000))
        await ask(stage, {"file": [file]})
        first = await until(bot, Stage.DRAFT)

        def edit(connection: Connection) -> Campaign | None:
            run, now = bot.campaigns.calling.run, bot.campaigns.calling.clock()
            changes = {"source": SOURCE}
            return reading.again(connection, first, changes, actor="U1", run=run, now=now)

        edited = await bot.database.write(edit)
        assert edited is not None
        bot.campaigns.preflight.begin(edited)
        campaign = await until(bot, Stage.READY)
        await asyncio.sleep(0.3)
        assert campaign.total == 3
        assert len(await list_of(bot)) == 3
        assert (await one(bot)).state is Stage.READY


@ON_SQLITE
async def test_a_discarded_draft_stays_discarded(stage: Play, log: Logged) -> None:
    """What is still being read of it isn't kept."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"file": [stage.slack.share("carl", "may.csv", many(4000))]})
        first = await until(bot, Stage.DRAFT)
        await bot.campaigns.control.discard(first, "U0CARL0001")
        await asyncio.sleep(0.5)
        assert (await one(bot)).state is Stage.CANCELLED


@ON_SQLITE
async def test_slack_that_doesnt_hand_the_file_over(stage: Play, log: Logged) -> None:
    """It is asked a few times; then the card says so, and Edit goes on."""
    async with stage.bot(**OPEN_PACE) as bot:
        stage.slack.fail_next("files.info", "internal_error", times=1000)
        await ask(stage, {"file": [stage.slack.share("carl", "may.csv", many(3))]})
        unread = await until(bot, Stage.CANCELLED, seconds=60)
        assert unread.reason == reading.UNREADABLE
        await card(bot, stage, "edit")


@ON_SQLITE
async def test_a_fault_of_ours_is_told_on_the_card(
    stage: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in a list: the reading ends, with a reference, and isn't begun over and over."""
    async with stage.bot(**OPEN_PACE) as bot:

        async def fault(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(Preflight, "_through", fault)
        await ask(stage, {"numbers": THREE})
        unread = await until(bot, Stage.CANCELLED)
        assert "reference" in (unread.said or "")
        assert "reference" in text_of(await card(bot, stage, "edit"))


async def rows_in(database: Database) -> int:
    """How many rows have been read."""
    query = select(func.count()).select_from(CALLS)
    return int(await database.read(lambda connection: connection.execute(query).scalar_one()))


async def many_rows(database: Database, count: int) -> None:
    """Waits until so many have been."""
    deadline = asyncio.get_running_loop().time() + 60
    while await rows_in(database) < count:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.005)


@ON_SQLITE
async def test_a_kill_while_reading(stage: Play, tmp_path: Path) -> None:
    """Kill -9 at several moments of a list: the next life reads it whole, each person once."""
    count = 6000
    bot = BotProcess(stage, tmp_path, **OPEN_PACE)
    await bot.start()
    stage.slack.bot_url = bot.url
    database = Database(stage.database_url)
    try:
        await stage.slack.command("carl", "sales", "/toingg-campaign", "Sale")
        view = await stage.modal("carl", FORM)
        file = stage.slack.share("carl", "may.csv", many(count))
        assert (await stage.slack.submit("carl", view, {"file": [file]})).ok
        for far in (1, 1500, 3000):
            await many_rows(database, far)
            bot.kill()
            await bot.died()
            await bot.start()
        find = partial(campaigns.find, limit=9)
        deadline = asyncio.get_running_loop().time() + 60
        while (found := await database.read(find))[0].state is not Stage.READY:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        assert len(found) == 1
        assert found[0].total == count
        assert await rows_in(database) == count
        assert bot.complaints() == []
    finally:
        await bot.end()
        database.close()


@ON_SQLITE
async def test_nothing_is_left_of_an_edited_list(stage: Play, log: Logged) -> None:
    """Neither rows nor refusals of the list before, when the next one can't be read."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE + "\nbad, 12"})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "edit"), "campaign.edit")
        view = await stage.modal("carl", FORM)
        file = stage.slack.share("carl", "may.csv", b"%PDF-1.7 nothing")
        await stage.slack.submit("carl", view, {"numbers": None, "file": [file]})
        campaign = await until(bot, Stage.CANCELLED)
        assert await list_of(bot) == []
        counts = partial(lists.refused_counts, campaign_id=campaign.id)
        assert await bot.database.read(counts) == {}
        assert len(await every(bot)) == 1
