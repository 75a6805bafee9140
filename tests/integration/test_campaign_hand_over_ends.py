"""A hand-over that is stopped, frozen, raced or dropped: nobody is called twice, or against a word
that was given.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.app import Bot
from bot.errors import BotError
from storage import batches, budget, campaigns, ledger, lists, runs
from storage.campaigns import CAMPAIGNS, Campaign, NewCampaign, Stage
from storage.lists import NewRow
from storage.rows import CALLS, Call, Kind, State
from storage.workspaces import WORKSPACES
from tests.campaigning import FORM, OPEN_PACE, THREE, ask, card, every, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import buttons_of
from tests.witness import Travels, before, opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BATCH = "/api/make_batch_toingg/"
OTHERS = "Max Moe, +1 415 555 0142\nEve Foe, +1 415 555 0143\nSam Loe, +1 415 555 0144"


@pytest.fixture
def play(stage: Play) -> Play:
    """The stage, with a clock that can be put forward."""
    stage.clock = Travels()
    return stage


async def hand_over(bot: Bot, play: Play) -> None:
    """The list of three, checked and handed over."""
    await ask(play, {"numbers": THREE})
    await until(bot, Stage.READY)
    await play.slack.click("carl", await card(bot, play, "hand_list"), "campaign.hand_list")
    view = await play.modal("carl", "Hand Over the List")
    assert (await play.slack.submit("carl", view, {"sure": ["sure"]})).ok


async def states(bot: Bot) -> list[str]:
    """Where each row stands."""
    return [row["state"] for row in await list_of(bot)]


@pytest.mark.parametrize("work", [batches.leave_out, batches.intend, batches.goes_on])
async def test_a_stop_before_the_request_keeps_everybody_from_being_called(
    play: Play, log: Logged, work: Callable[..., Any]
) -> None:
    """At every step; its card has Resume, which calls them one by one, and Cancel."""
    async with play.bot(**OPEN_PACE) as bot:

        async def stop() -> None:
            answer = await play.slack.command("carl", "general", "/toingg-stop", "now")
            assert answer.ok

        before(bot.database, work, stop)
        await hand_over(bot, play)
        campaign = await until(bot, lambda it: it.state is Stage.PAUSED and not it.handed_over)
        await until(bot, lambda it: it.stopped_by is None)
        assert campaign.reason is None
        assert await states(bot) == [State.PENDING] * 3
        shown = await card(bot, play, "resume", "cancel")
        assert play.toingg.posts(BATCH) == []
        await play.slack.click("carl", shown, "campaign.resume")
        await play.until(lambda: len(play.dials()) == 3)
    assert play.toingg.posts(BATCH) == []


@ON_SQLITE
async def test_a_list_that_went_over_can_be_resumed_after_a_stop(play: Play, log: Logged) -> None:
    """Nobody of it is left to be called: it doesn't stay paused for ever."""
    async with play.bot(**OPEN_PACE) as bot:
        await hand_over(bot, play)
        await play.until(lambda: log.actions("campaign_went_over"))
        await play.slack.command("carl", "general", "/toingg-stop", "now")
        await until(bot, lambda it: it.state is Stage.PAUSED and it.stopped_by is None)
        shown = await card(bot, play, "resume", "cancel", "results")
        assert buttons_of(shown) == ["Resume", "Cancel Campaign", "Results"]
        await play.slack.click("carl", shown, "campaign.resume")
        await until(bot, Stage.DONE)
    assert len(play.toingg.posts(BATCH)) == 1
    assert play.dials() == []


async def test_a_frozen_process_hands_nothing_over(play: Play, log: Logged) -> None:
    """Others may have judged its rows while it slept: it gives back those that are its own."""
    async with play.bot(**OPEN_PACE) as bot:

        async def freeze() -> None:
            play.clock.forward(timedelta(seconds=3))  # type: ignore[attr-defined]

        before(bot.database, batches.goes_on, freeze)
        await hand_over(bot, play)
        campaign = await until(bot, Stage.PAUSED)
        await until(bot, lambda it: not it.handed_over)
        assert campaign.reason == "late"
        assert await states(bot) == [State.PENDING] * 3
    assert play.toingg.posts(BATCH) == []
    assert play.dials() == []


def given_up(connection: Connection, now: datetime) -> int:
    """Another process takes this one for dead: how many rows it takes for lost."""
    silent = now - timedelta(minutes=1)
    connection.execute(update(runs.RUNS).values(beat_at=silent))
    return len(ledger.lose(connection, now=now, patience=timedelta(seconds=35)))


async def test_what_was_given_up_for_lost_isnt_sent(play: Play, log: Logged) -> None:
    """Whoever says to call them again has the only word: the list isn't sent beside it."""
    async with play.bot(**OPEN_PACE) as bot:

        async def lose() -> None:
            assert await bot.database.write(partial(given_up, now=play.clock())) == 3

        before(bot.database, batches.intended, lose)
        await hand_over(bot, play)
        await until(bot, Stage.DONE)
        assert await states(bot) == [State.UNCERTAIN] * 3
        assert play.toingg.posts(BATCH) == []
        campaign = await one(bot)
        again = {"value": f"{campaign.id}.{campaign.version}.3"}
        shown = await card(bot, play)
        await play.slack.click("carl", shown, "campaign.again_all", forged=again)
        await play.until(lambda: len(play.dials()) == 3)
    assert play.toingg.posts(BATCH) == []


async def test_whoever_opts_out_between_intent_and_request_isnt_sent(
    play: Play, log: Logged
) -> None:
    """The opt-outs are read right before the request; what was held for the call is given back."""
    prices = {"price_per_minute": "0.10", "expected_minutes": 2, "budget": "1.00"}
    async with play.bot(**OPEN_PACE, **prices) as bot:
        before(bot.database, batches.intended, partial(opt_out, bot, "+14155550133"))
        await hand_over(bot, play)
        await play.until(lambda: log.actions("campaign_went_over"))
        (posted,) = play.toingg.posts(BATCH)
        assert len(posted.body["numberList"]) == 2
        deadline = asyncio.get_running_loop().time() + 15
        while await states(bot) != [State.PLACED, State.CANCELLED, State.PLACED]:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)
        while await left(bot) not in (600_000, 800_000):  # the calls end meanwhile
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)


async def left(bot: Bot) -> int:
    """The workspace's balance."""
    query = select(WORKSPACES.c.balance)
    return int(await bot.database.read(lambda connection: connection.execute(query).scalar_one()))


async def two_lists(bot: Bot, play: Play) -> list[Campaign]:
    """Two lists of three that are ready, each of whose modals said that there is room."""
    await ask(play, {"numbers": THREE})
    await until(bot, Stage.READY)
    await play.slack.command("carl", "sales", "/toingg-campaign", "Another")
    await play.slack.submit("carl", await play.modal("carl", FORM), {"numbers": OTHERS})
    deadline = asyncio.get_running_loop().time() + 15
    while True:
        found = await every(bot)
        if [each.state for each in found] == [Stage.READY] * 2:
            break
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    for each in found:
        assert (await bot.campaigns.list_hand_over.reach(each)).open == 3
    return found


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"price_per_minute": "0.10", "expected_minutes": 2, "budget": "1.00"}, "budget"),
        ({"calls_per_day": 5}, "today"),
    ],
)
async def test_two_lists_dont_share_one_room(
    play: Play, log: Logged, limits: dict[str, Any], why: str
) -> None:
    """There is room for one of them: the other one isn't begun, whoever looked at what moment."""
    async with play.bot(**OPEN_PACE, **limits) as bot:
        found = await two_lists(bot, play)
        begin = bot.campaigns.list_hand_over.begin
        outcomes = await asyncio.gather(
            *(begin(each, "U0CARL0001", 3) for each in found), return_exceptions=True
        )
        (refused,) = filter(None, outcomes)
        assert isinstance(refused, BotError)
        assert why in refused.message
        await play.until(lambda: log.actions("campaign_went_over"))
        assert sorted(each.handed_over for each in await every(bot)) == [False, True]
    assert len(play.toingg.posts(BATCH)) == 1


def entered(connection: Connection, bot: Bot, run: str, count: int) -> Campaign:
    """A list that has been read, and begun to be handed over by this run."""
    now = bot.campaigns.calling.clock()
    new = NewCampaign(bot.home.id, "k", Kind.CALL, "Sale", "Sale", "U0CARL0001", "C0SALES001")
    made = campaigns.create(connection, new, run=run, now=now)
    assert made is not None
    rows = [NewRow(n, n + 1, f"+141555501{n:02}", f"key-{n}", "", "", {}) for n in range(count)]
    lists.enter(connection, made, rows, now=now)
    standing = {"state": Stage.READY}
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == made.id).values(**standing))
    begun = batches.begin(
        connection, made, actor="U0CARL0001", run=run, count=count, held=1_000 * count, now=now
    )
    assert begun is not None
    return begun


async def test_all_that_a_list_holds_is_each_calls_own_in_the_end(play: Play) -> None:
    """Held at once when it begins, so that nobody else spends it; given back where it ends."""
    async with play.bot(budget="1.00", price_per_minute="0.10") as bot:
        run = bot.campaigns.calling.run

        def work(connection: Connection) -> list[int | None]:
            nested = connection.begin_nested()
            begun = entered(connection, bot, run, 5)
            balance = partial(budget.balance, connection, bot.home.id)
            seen = [balance()]
            intend = partial(batches.intend, connection, begun, token="t", held=1_000)
            assert intend(after=-1, limit=2, now=play.clock()) == 1
            seen.append(balance())
            connection.execute(CALLS.update().where(CALLS.c.seq == 4).values(state=State.CANCELLED))
            assert intend(after=1, limit=3, now=play.clock()) == 3
            seen.append(balance())
            assert intend(after=3, limit=3, now=play.clock()) is None
            seen.append(balance())
            nested.rollback()
            return seen

        assert await bot.database.write(work) == [995_000, 995_000, 995_000, 996_000]


async def test_who_is_left_out_is_looked_for_page_by_page(play: Play) -> None:
    """Each row is looked at once; nothing is looked at once more to see that nothing is left."""
    async with play.bot() as bot:
        run = bot.campaigns.calling.run

        def work(connection: Connection) -> None:
            nested = connection.begin_nested()
            begun = entered(connection, bot, run, 5)
            closed = CALLS.update().where(CALLS.c.seq.in_([1, 4])).values(zone="Asia/Tokyo")
            connection.execute(closed)
            leave_out = partial(
                batches.leave_out,
                connection,
                begun,
                closed=["Asia/Tokyo"],
                number_cap=3,
                day_start=play.clock(),
                limit=2,
            )
            assert [leave_out(after=after) for after in (-1, 1, 3, 4)] == [1, 3, 4, None]
            skipped = select(CALLS.c.seq).where(CALLS.c.state == State.SKIPPED)
            assert sorted(connection.execute(skipped).scalars()) == [1, 4]
            nested.rollback()

        await bot.database.write(work)


async def test_a_list_under_way_isnt_given_up_for_its_age(play: Play, log: Logged) -> None:
    """However long its request takes, while its process lives; one that is dropped is uncertain."""
    async with play.bot(**OPEN_PACE) as bot:
        run, over = bot.campaigns.calling.run, bot.campaigns.list_hand_over

        def begin(connection: Connection) -> Campaign:
            begun = entered(connection, bot, run, 2)
            over._handing.add(begun.id)
            batches.intend(
                connection, begun, token="t", held=0, now=play.clock(), after=-1, limit=9
            )
            return begun

        def lose(connection: Connection) -> list[Call]:
            later = play.clock() + timedelta(minutes=1)
            connection.execute(update(runs.RUNS).values(beat_at=later))
            return ledger.lose(connection, now=later, patience=timedelta(seconds=35))

        begun = await bot.database.write(begin)
        assert await bot.database.write(lose) == []
        await over.look()
        assert await states(bot) == [State.DIALLING] * 2
        over._handing.discard(begun.id)
        await over.look()
        assert await states(bot) == [State.UNCERTAIN] * 2


async def test_a_stopped_hand_over_that_was_cut_off_comes_back(play: Play, log: Logged) -> None:
    """It stays as the person put it, and is ours to resume or to cancel."""
    async with play.bot(**OPEN_PACE) as bot:

        def cut_off(connection: Connection) -> None:
            begun = entered(connection, bot, "a run that is dead", 2)
            paused = {"state": Stage.PAUSED, "moved_by": "U0CARL0001"}
            here = CAMPAIGNS.c.id == begun.id
            connection.execute(update(CAMPAIGNS).where(here).values(**paused))

        await bot.database.write(cut_off)
        await bot.campaigns.list_hand_over.look()
        campaign = await one(bot)
        assert (campaign.state, campaign.handed_over) == (Stage.PAUSED, False)
        assert (campaign.moved_by, campaign.reason) == ("U0CARL0001", None)
