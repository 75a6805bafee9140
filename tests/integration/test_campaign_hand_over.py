"""A whole list handed to Toingg in one request: asked for explicitly, made at most once."""

import pytest

from bot.app import Bot
from bot.sandbox.slack.views import View
from bot.sandbox.toingg.faults import cut_after_made, refuses
from storage import batches
from storage.campaigns import Stage
from storage.rows import State
from tests.campaigning import OPEN_PACE, THREE, ask, card, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import text_of
from tests.witness import opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BATCH = "/api/make_batch_toingg/"


async def warned(bot: Bot, play: Play, *, opted_out: str = "") -> View:
    """The modal with the warning, for a list of three."""
    await ask(play, {"numbers": THREE})
    await until(bot, Stage.READY)
    if opted_out:
        await opt_out(bot, opted_out)
    await play.slack.click("carl", await card(bot, play, "hand_list"), "campaign.hand_list")
    view = await play.modal("carl", "Hand Over the List")
    assert "can't be paused or stopped" in text_of(view)
    return view


async def test_a_list_goes_over_once(stage: Play, log: Logged) -> None:
    """Confirmed with its count; one request, each row with the id that Toingg gave it."""
    async with stage.bot(**OPEN_PACE) as bot:
        view = await warned(bot, stage)
        answer = await stage.slack.submit("carl", view)
        assert set(answer.body["errors"]) == {"sure"}
        answer = await stage.slack.submit("carl", view, {"sure": ["sure"]})
        assert answer.ok
        assert answer.request is not None
        await stage.slack.resend(answer.request, copies=2)
        await stage.until(lambda: stage.toingg.posts(BATCH))
        campaign = await until(bot, lambda it: it.handed_over)
        assert campaign.state is Stage.RUNNING
        await until(bot, lambda it: it.version >= 3)
    (posted,) = stage.toingg.posts(BATCH)
    assert [each["clientName"] for each in posted.body["numberList"]] == [
        "John Doe",
        "Ann Roe",
        "Jim Poe",
    ]
    assert stage.dials() == []
    async with stage.bot(**OPEN_PACE) as bot:
        rows = await list_of(bot)
        assert {row["state"] for row in rows} == {State.PLACED}
        assert len({row["call_sid"] for row in rows}) == 3
    assert len(stage.toingg.posts(BATCH)) == 1


@ON_SQLITE
async def test_a_lost_answer_leaves_all_uncertain(stage: Play, log: Logged) -> None:
    """Toingg may have called everybody: nothing repeats the request. A person may call again."""
    async with stage.bot(**OPEN_PACE) as bot:
        view = await warned(bot, stage)
        stage.toingg.status_to(None)  # nothing proves that they were made
        stage.toingg.fail_next(cut_after_made(), path=BATCH)
        await stage.slack.submit("carl", view, {"sure": ["sure"]})
        await stage.until(lambda: log.actions("campaign_went_over"))
        assert {row["state"] for row in await list_of(bot)} == {State.UNCERTAIN}
        assert stage.dials() == []
        campaign = await one(bot)
        again = {"value": f"{campaign.id}.{campaign.version}.3"}
        shown = await card(bot, stage)
        await stage.slack.click("carl", shown, "campaign.again_all", forged=again)
        await stage.until(lambda: len(stage.dials()) == 3)
    assert len(stage.toingg.posts(BATCH)) == 1


async def test_a_refused_list_comes_back(stage: Play, log: Logged) -> None:
    """Certain that nobody was called: it is paused, with Toingg's words, and can be called."""
    async with stage.bot(**OPEN_PACE) as bot:
        view = await warned(bot, stage)
        stage.toingg.fail_next(refuses(402, "No credit"), path=BATCH)
        await stage.slack.submit("carl", view, {"sure": ["sure"]})
        campaign = await until(bot, Stage.PAUSED)
        assert (campaign.handed_over, campaign.reason) == (False, "NoCredit")
        assert {row["state"] for row in await list_of(bot)} == {State.PENDING}
        await stage.slack.click("carl", await card(bot, stage, "resume"), "campaign.resume")
        await stage.until(lambda: len(stage.dials()) == 3)


@ON_SQLITE
async def test_whoever_opted_out_stays_out(stage: Play, log: Logged) -> None:
    """The opt-outs are read right before the request."""
    async with stage.bot(**OPEN_PACE) as bot:
        view = await warned(bot, stage, opted_out="+14155550133")
        await stage.slack.submit("carl", view, {"sure": ["sure"]})
        await stage.until(lambda: log.actions("campaign_went_over"))
        states = [(row["state"], row["reason"]) for row in await list_of(bot)]
        assert states[1] == (State.CANCELLED, "opted_out")
    (posted,) = stage.toingg.posts(BATCH)
    assert len(posted.body["numberList"]) == 2


@ON_SQLITE
async def test_a_script_cant_go_over(stage: Play, log: Logged) -> None:
    """Toingg's batch has no script: who asks is told what to do instead."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE, "script": "Hello {name}."})
        campaign = await until(bot, Stage.READY)
        shown = await card(bot, stage, "start")
        value = {"value": f"{campaign.id}.{campaign.version}"}
        await stage.slack.click("carl", shown, "campaign.hand_list", forged=value)
        await stage.until(lambda: "only with the campaign's own script" in stage.said_to("carl"))


@ON_SQLITE
async def test_a_hand_over_that_was_cut_off_comes_back(stage: Play, log: Logged) -> None:
    """A death before the request leaves rows that weren't handed over: nobody was called."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        run = bot.campaigns.calling.run
        begun = await bot.database.write(
            lambda connection: batches.begin(
                connection, campaign, actor="U0", run=run, count=3, held=0, now=stage.clock()
            )
        )
        assert begun is not None
    async with stage.bot(**OPEN_PACE) as bot:
        campaign = await until(bot, Stage.PAUSED)
        assert campaign.reason == batches.INTERRUPTED
        assert not campaign.handed_over
    assert stage.toingg.posts(BATCH) == []
    assert stage.dials() == []
