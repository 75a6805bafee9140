"""A campaign's rows are dialled once each, at its pace, within the policy, until it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.app import Bot
from bot.sandbox.toingg import faults
from storage import Connection, budget, campaigns, lists, optouts
from storage.campaigns import Campaign, Happened, NewCampaign
from storage.campaigns import Stage as At
from storage.lists import ListRow, NewRow
from storage.rows import Kind, State
from storage.secrets import phone_key
from tests.stage import Stage, staged

OPEN = {"default_calls_per_minute": 0, "max_live_calls": 0, "toingg_rate_per_second": 0}


def number(index: int) -> str:
    """A made-up number that only the local Toingg ever gets."""
    return f"+1415{2_000_000 + index}"


async def listed(bot: Bot, people: Sequence[NewRow], *, script: str | None = None) -> Campaign:
    """A campaign of these people, ready to start."""

    def write(connection: Connection) -> Campaign:
        now = datetime.now(UTC)
        new = NewCampaign(
            workspace_id=bot.home.id,
            click_key=f"test:{now.timestamp()}",
            kind=Kind.CALL,
            title="Spring",
            campaign="Spring Sale",
            requested_by="U0OSCAR001",
            asked_in="C0SALES001",
            script=script,
        )
        campaign = campaigns.create(connection, new, run="", now=now)
        assert campaign is not None
        lists.enter(connection, campaign, people, now=now)
        read = campaigns.Happened.READ
        ready = campaigns.move(connection, campaign, At.READY, read, from_=[At.DRAFT], now=now)
        assert ready is not None
        return ready

    return await bot.database.write(write)


def people(bot: Bot, *indexes: int, zone: str = "America/Los_Angeles") -> list[NewRow]:
    """So many made-up people."""
    return [
        NewRow(
            seq=index,
            row=index + 1,
            phone=number(index),
            phone_key=phone_key(bot.home.number_key, number(index)),
            name=f"Person {index}",
            zone=zone,
            variables={"city": f"Town {index}"},
        )
        for index in indexes
    ]


async def rows_of(bot: Bot, campaign: Campaign, *states: State) -> list[ListRow]:
    """Its rows that stand so."""
    return await bot.database.scan(
        lambda connection: lists.with_state(connection, campaign.id, *states, limit=10_000)
    )


async def until(bot: Bot, campaign: Campaign, count: int, *states: State) -> list[ListRow]:
    """Waits until so many rows stand so."""
    for _ in range(1500):
        rows = await rows_of(bot, campaign, *states)
        if len(rows) >= count:
            return rows
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} rows never got there: {await states_of(bot, campaign)}")


async def states_of(bot: Bot, campaign: Campaign) -> dict[State, int]:
    """How many rows stand where."""
    found: dict[State, int] = {}
    for count in await bot.database.scan(partial(lists.counts, campaign_id=campaign.id)):
        found[count.state] = found.get(count.state, 0) + count.count
    return found


async def now_of(bot: Bot, campaign: Campaign) -> Campaign:
    """The campaign as it stands."""
    get = partial(campaigns.get, workspace_id=bot.home.id, campaign_id=campaign.id)
    found = await bot.database.read(get)
    assert found is not None
    return found


async def until_stage(bot: Bot, campaign: Campaign, stage: At) -> Campaign:
    """Waits until the campaign stands there."""
    for _ in range(1500):
        found = await now_of(bot, campaign)
        if found.state is stage:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"it never got {stage}")


def dialled(stage: Stage) -> list[str]:
    """The numbers that Toingg was asked to call."""
    return [each["phoneNumber"] for each in stage.dials()]


@pytest.fixture
async def stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Both stand-ins."""
    with staged(tmp_path, database_url) as built:
        built.overrides |= OPEN
        yield built


async def test_each_is_dialled_once_in_the_lists_order(stage: Stage) -> None:
    """Forty people, forty POSTs, each placed with the id of its own call."""
    async with stage.bot() as bot:
        campaign = await listed(bot, people(bot, *range(40)))
        assert dialled(stage) == []
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        rows = await until(bot, campaign, 40, State.PLACED)
        assert sorted(dialled(stage)) == [number(each) for each in range(40)]
        assert len({row.call_sid for row in rows}) == 40


async def test_the_script_is_filled_for_each(stage: Stage) -> None:
    """With a script, each goes to make_toingg_details with that row's own values."""
    async with stage.bot() as bot:
        campaign = await listed(bot, people(bot, *range(3)), script="Hello {name} in {city}")
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 3, State.PLACED)
        posts = stage.toingg.posts("/api/make_toingg_details/")
        assert {each.body["campaignScript"] for each in posts} == {
            f"Hello Person {each} in Town {each}" for each in range(3)
        }


async def test_pause_and_resume_lose_and_repeat_nothing(stage: Stage) -> None:
    """Paused and resumed at once, again and again, each is still called once, none uncertain."""
    async with stage.bot(default_calls_per_minute=12_000) as bot:
        campaign = await listed(bot, people(bot, *range(120)))
        control = bot.campaigns.control
        campaign = await control.start(campaign, "U0OSCAR001")
        for _ in range(6):
            await asyncio.sleep(0.05)
            campaign = await control.pause(campaign, "U0OSCAR001")
            campaign = await control.resume(campaign, "U0OSCAR001")
        await until(bot, campaign, 120, State.PLACED)
        assert len(dialled(stage)) == len(set(dialled(stage))) == 120


async def test_nobody_is_dialled_while_it_is_paused(stage: Stage) -> None:
    """After the pause only what was claimed before it goes out; after the cancel nothing more."""
    async with stage.bot(default_calls_per_minute=6_000) as bot:
        campaign = await listed(bot, people(bot, *range(200)))
        control = bot.campaigns.control
        campaign = await control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 10, State.PLACED)
        campaign = await control.pause(campaign, "U0OSCAR001")
        claimed = len(await rows_of(bot, campaign, State.DIALLING, State.PLACED))
        await asyncio.sleep(1.0)
        assert len(dialled(stage)) == claimed
        campaign = await control.cancel(campaign, "U0OSCAR001")
        await until(bot, campaign, 200 - claimed, State.CANCELLED)
        assert len(dialled(stage)) == claimed


async def test_a_429_holds_all_back_and_loses_none(stage: Stage) -> None:
    """Refused by the bucket, rows go back to the queue; each is called once in the end."""
    stage.toingg.fail_next(faults.rate_limited(1), times=3, path="/api/make_toingg/")
    async with stage.bot(toingg_rate_per_second=100) as bot:
        campaign = await listed(bot, people(bot, *range(20)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 20, State.PLACED)
        assert len(stage.toingg.calls) == 20


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(faults.unknown_key(), "KeyRejected"), (faults.no_credit(), "NoCredit")],
)
async def test_what_every_call_would_meet_pauses_it(
    stage: Stage, fault: faults.Fault, reason: str
) -> None:
    """A refused key, or no credit: paused with the reason, nobody lost; resumed, it goes on."""
    stage.toingg.fail_next(fault, times=1000, path="/api/make_toingg/")
    async with stage.bot(default_calls_per_minute=3_000) as bot:
        campaign = await listed(bot, people(bot, *range(30)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        paused = await until_stage(bot, campaign, At.PAUSED)
        assert paused.reason == reason
        assert paused.said
        stage.toingg.clear_faults()
        await asyncio.sleep(0.2)
        await bot.campaigns.control.resume(paused, "U0OSCAR001")
        await until(bot, campaign, 30, State.PLACED)
        assert len(stage.toingg.calls) == 30


async def test_too_many_failures_in_a_row_pause_it(stage: Stage) -> None:
    """Ten refusals in a row are no accident: it pauses by itself and says what Toingg said."""
    stage.toingg.fail_next(faults.unprocessable(), times=1000, path="/api/make_toingg/")
    async with stage.bot(default_calls_per_minute=6_000) as bot:
        campaign = await listed(bot, people(bot, *range(60)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        paused = await until_stage(bot, campaign, At.PAUSED)
        assert paused.reason == "Rejected"
        failed = (await states_of(bot, campaign))[State.REJECTED]
        assert 10 <= failed < 30


async def test_what_pauses_it_names_nobody(stage: Stage) -> None:
    """Toingg repeats the row's name and cells; the campaign's reason, for a channel, doesn't."""
    said = "John Doe of San Mateo can't be called; is Doe right?"
    stage.toingg.fail_next(faults.refuses(422, said), times=1000, path="/api/make_toingg/")
    async with stage.bot() as bot:
        one = {"name": "John Doe", "variables": {"city": "San Mateo", "age": 41}}
        row = partial(replace, **one)
        campaign = await listed(bot, [row(each) for each in people(bot, *range(12))])
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        paused = await until_stage(bot, campaign, At.PAUSED)
        assert "can't be called" in (paused.said or "")
        history = partial(campaigns.history, campaign_id=campaign.id)
        (event,) = [
            each for each in await bot.database.read(history) if each.kind is Happened.FAILING
        ]
        for told in (paused.said, str(event.detail)):
            assert not [word for word in ("John", "Doe", "Mateo") if word in (told or "")]


async def test_a_lost_answer_is_uncertain_and_never_repeated(stage: Stage) -> None:
    """The call was perhaps made: the row waits for a person, the others go on."""
    stage.toingg.fail_next(faults.cut_after_made(), times=1, path="/api/make_toingg/")
    async with stage.bot(default_calls_per_minute=3_000) as bot:
        campaign = await listed(bot, people(bot, *range(10)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 9, State.PLACED)
        await asyncio.sleep(0.3)
        assert await states_of(bot, campaign) in (
            {State.PLACED: 9, State.UNCERTAIN: 1},
            {State.PLACED: 10},  # the call's own report proved it
        )
        assert len(dialled(stage)) == 10


async def test_no_more_calls_at_once_than_allowed(stage: Stage) -> None:
    """With room for three, the fourth is dialled once one of them has ended."""
    stage.toingg.outcome(None, "rings")
    async with stage.bot(max_live_calls=3) as bot:
        campaign = await listed(bot, people(bot, *range(8)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 3, State.PLACED)
        await asyncio.sleep(0.7)
        assert len(dialled(stage)) == 3
        for call_sid in list(stage.toingg.calls):
            stage.toingg.advance(call_sid, "no-answer")
        await until(bot, campaign, 6, State.PLACED)


async def test_rows_wait_for_their_hours(stage: Stage) -> None:
    """At 03:00 in Los Angeles nobody there is dialled; those in Kolkata are; at nine all are."""
    at = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)  # 03:00 in Los Angeles, 15:30 in Kolkata
    moved = timedelta(0)
    started = datetime.now(UTC)
    stage.clock = lambda: at + moved + (datetime.now(UTC) - started)
    async with stage.bot(hours_preset="default") as bot:
        here = await listed(bot, people(bot, *range(5)))
        there = await listed(bot, people(bot, 9, zone="Asia/Kolkata"))
        await bot.campaigns.control.start(here, "U0OSCAR001")
        await bot.campaigns.control.start(there, "U0OSCAR001")
        await until(bot, there, 1, State.PLACED)
        await asyncio.sleep(0.7)
        assert dialled(stage) == [number(9)]
        waits = await bot.database.scan(partial(lists.waiting, campaign_id=here.id))
        assert waits == [(datetime(2026, 6, 10, 16, 0, tzinfo=UTC), 5)]
        moved = timedelta(hours=6)
        await until(bot, here, 5, State.PLACED)
        assert len(dialled(stage)) == 6


async def test_the_days_cap_holds_for_campaigns(stage: Stage) -> None:
    """Four a day: the fifth waits for the next day."""
    async with stage.bot(calls_per_day=4) as bot:
        campaign = await listed(bot, people(bot, *range(6)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 4, State.PLACED)
        waits: list[tuple[datetime, int]] = []
        while not waits:
            await asyncio.sleep(0.05)
            waits = await bot.database.scan(partial(lists.waiting, campaign_id=campaign.id))
        assert [count for _, count in waits] == [2]
        assert len(dialled(stage)) == 4


async def test_an_opt_out_reaches_the_queue(stage: Stage) -> None:
    """Whoever opts out while the campaign runs isn't dialled after that."""
    async with stage.bot(default_calls_per_minute=600) as bot:
        campaign = await listed(bot, people(bot, *range(12)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        out = number(11)
        key = phone_key(bot.home.number_key, out)
        await bot.database.write(
            partial(
                optouts.add,
                workspace_id=bot.home.id,
                phone=out,
                phone_key=key,
                source=optouts.Source.PERSON,
                by="U0OSCAR001",
                now=datetime.now(UTC),
            )
        )
        await until(bot, campaign, 11, State.PLACED)
        assert out not in dialled(stage)
        assert (await states_of(bot, campaign))[State.CANCELLED] == 1


async def test_a_restart_goes_on_where_it_was(stage: Stage) -> None:
    """Stopped and started again, the rest is dialled, nobody twice."""
    async with stage.bot(default_calls_per_minute=900) as bot:
        campaign = await listed(bot, people(bot, *range(60)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 10, State.PLACED)
    assert len(dialled(stage)) < 60
    async with stage.bot() as bot:
        await until(bot, campaign, 60, State.PLACED)
        assert len(dialled(stage)) == len(set(dialled(stage))) == 60


async def test_a_budget_holds_and_goes_on(stage: Stage) -> None:
    """Money for five calls: the sixth waits until it is known what they cost; then for money."""
    stage.toingg.outcome(None, "rings")
    prices = {"price_per_minute": "0.10", "expected_minutes": 2, "budget": "1.00"}
    async with stage.bot(**prices) as bot:
        campaign = await listed(bot, people(bot, *range(20)))
        balance = partial(budget.balance, workspace_id=bot.home.id)
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 5, State.PLACED)
        assert await bot.database.write(balance) == 0
        first, *others = list(stage.toingg.calls)
        stage.toingg.advance(first, "no-answer")  # costs nothing: one more can be afforded
        await until(bot, campaign, 6, State.PLACED)
        assert (await now_of(bot, campaign)).state is At.RUNNING
        newest = list(stage.toingg.calls)[-1]
        for call_sid in (*others, newest):
            stage.toingg.advance(call_sid, "in-progress")
            stage.toingg.advance(call_sid, "completed", CallDuration="119")
        held = await until_stage(bot, campaign, At.HELD)
        assert len(dialled(stage)) == 6
        paid = partial(budget.credit, workspace_id=bot.home.id, key="paid", now=datetime.now(UTC))
        assert await bot.database.write(partial(paid, amount=2_000_000))
        assert not await bot.database.write(partial(paid, amount=2_000_000))
        await until_stage(bot, held, At.RUNNING)
        await until(bot, campaign, 16, State.PLACED)
        assert len(set(dialled(stage))) == len(dialled(stage)) == 16


async def test_a_budget_that_is_unset_has_no_end(stage: Stage) -> None:
    """What a setting opened, its absence ends: campaigns are held no more."""
    prices = {"price_per_minute": "0.10", "expected_minutes": 2}
    async with stage.bot(**prices, budget="0.20") as bot:
        campaign = await listed(bot, people(bot, *range(4)))
        await bot.campaigns.control.start(campaign, "U0OSCAR001")
        await until(bot, campaign, 1, State.PLACED)
    async with stage.bot(**prices) as bot:
        await until(bot, campaign, 4, State.PLACED)
        assert await bot.database.write(partial(budget.balance, workspace_id=bot.home.id)) is None
