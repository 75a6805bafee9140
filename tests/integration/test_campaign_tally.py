"""How a campaign stands, counted on both databases."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.recipients.policy import Limits
from storage import campaign_cards, lists, tally
from storage.campaigns import Campaign, Happened, Stage
from storage.lists import NewRefusal
from storage.rows import CALLS, State
from storage.tally import LEFT, Example, Outcome
from storage.workspaces import WORKSPACES
from tests.campaign_desk import MEAN, CampaignDesk, desk
from tests.stage import Stage as Scene
from tests.witness import Travels


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The stage, on the afternoon of a Wednesday in London."""
    stage.clock = Travels()
    return stage


async def numbers(at: CampaignDesk, campaign: Campaign) -> tally.Tally:
    """The tally as the cards see it."""
    look = partial(tally.look, campaign=campaign, unheard_since=at.clock() - MEAN)
    return await at.database.scan(look)


async def test_everything_is_counted_once(scene: Scene) -> None:
    """Every state, outcome and reason; live ones, minutes begun, the first uncertain rows."""
    async with desk(scene) as at:
        running = await at.running(40)
        await at.placed(1, 5)
        await at.placed(6, 7, "no-answer")
        await at.placed(8, 8, "in-progress")
        await at.placed(9, 10, None)
        await at.rows((10, 10), done_at=at.clock() - timedelta(minutes=3))
        await at.rows((11, 23), state=State.UNCERTAIN, reason="died")
        await at.rows((24, 24), state=State.UNCERTAIN, reason=LEFT)
        await at.rows((25, 25), state=State.REJECTED, reason="Rejected", said="Not Person 25.")
        await at.rows((26, 26), state=State.DIALLING)
        await at.rows((27, 27), state=State.CANCELLED, reason="cancelled")
        later = at.clock() + timedelta(hours=2)
        await at.rows((28, 29), not_before=later)
        found = await numbers(at, running)
        assert found.placed == {
            Outcome.ENDED: 5,
            Outcome.NO_ANSWER: 2,
            Outcome.TALKING: 1,
            Outcome.ON_ITS_WAY: 1,
            Outcome.UNKNOWN: 1,
        }
        assert (found.live, found.dialling, found.pending) == (2, 1, 13)
        assert (found.uncertain, found.left, found.causes) == (13, 1, {"died": 13})
        assert (found.rejected, found.cancelled, found.unreached) == (1, 1, 2)
        assert (found.seconds, found.minutes) == (305, 10)
        assert (found.called, found.ready, found.read) == (25, 40, 40)
        assert [count for _, count in found.waiting] == [2]
        assert len(found.doubts) == 10
        (failure,) = found.failures
        assert failure.private == ("Person 25", "City 25")
        assert "Person" not in repr(found)
        assert "+1415" not in repr(found)


async def test_three_rows_are_shown_of_each_reason(scene: Scene) -> None:
    """The first in the list's order, of those refused and of those left out."""
    refused = [NewRefusal(n, (f"cell {n}",), "invalid", "Mend it.") for n in (9, 8, 7, 6)]
    refused.append(NewRefusal(3, ("911",), "emergency", "Take it off."))
    async with desk(scene) as at:
        ready = await at.ready(5, refused=refused)
        await at.rows((1, 4), state=State.SKIPPED, reason="opted_out")
        found = await numbers(at, ready)
        assert found.refused == {"invalid": 4, "emergency": 1}
        assert found.skipped == {"opted_out": 4}
        assert found.examples["invalid"] == tuple(Example(n, f"cell {n}") for n in (6, 7, 8))
        assert [each.number for each in found.examples["opted_out"]] == [2, 3, 4]
        assert (found.ready, found.read) == (1, 10)


async def test_pages_of_doubts_follow_each_other(scene: Scene) -> None:
    """Ten at a time, in the list's order, without those that somebody left."""
    async with desk(scene) as at:
        running = await at.running(15)
        await at.rows((1, 15), state=State.UNCERTAIN, reason="died")
        await at.rows((2, 2), reason=LEFT)
        page = partial(tally.doubts, campaign_id=running.id)
        first = await at.database.read(page)
        second = await at.database.read(partial(page, after=first[-1].seq))
        assert [row.seq for row in first] == [1, *range(3, 12)]
        assert [row.seq for row in second] == [12, 13, 14, 15]


async def test_what_stands_against_a_list_is_told_beforehand(scene: Scene) -> None:
    """Hours in the called zones, the day's cap, the budget, and the time that it takes."""
    limits = Limits("us-strict", None, 30, "UTC")
    async with desk(scene, limits=limits) as at:
        ready = await at.ready(100)
        await at.write(lambda c: c.execute(update(WORKSPACES).values(balance=4_800_000)))
        await at.write(lambda c: c.execute(update(CALLS).values(zone="Pacific/Kiritimati")))
        await at.rows((1, 50), zone="Pacific/Pago_Pago")
        outlook = (await at.standings.of(ready)).outlook
        assert sum(count for _, count in outlook.outside) in (50, 100)  # 25 hours lie between
        assert all(opens > at.clock() for opens, _ in outlook.outside)
        assert outlook.over_cap == 70
        assert outlook.over_budget == 80
        assert outlook.takes == timedelta(minutes=8)  # 20 at once, 2 minutes each, the first 20 now


async def test_what_is_under_way(scene: Scene) -> None:
    """However many lists nobody discards: what runs, what is over and still talks, all of it.

    A call of which nothing was heard for long isn't up.
    """
    async with desk(scene) as at:
        running = await at.running(3)
        await at.placed(1, 1, "in-progress")
        await at.placed(2, 2, None)
        for number in range(25):
            ready = await at.draft(f"list {number}", title=f"List {number}")
            await at.move(ready, Stage.READY, Happened.READ, total=0)
        assert await stands(at) == [(running.id, 2, True)]
        over = await at.control.cancel(running, running.owner)
        at.clock.forward(MEAN * 2)
        assert await stands(at) == [(over.id, 1, True)]
        scheduled = await at.control.schedule(
            await at.now(ready), ready.owner, at.clock() + timedelta(days=1), "UTC"
        )
        paused = await at.draft("paused", title="Paused")
        for to in (Stage.READY, Stage.RUNNING, Stage.PAUSED):
            paused = await at.move(paused, to, Happened.PAUSED)
        assert await stands(at) == [
            (scheduled.id, 0, True),
            (over.id, 1, True),
            (paused.id, 0, False),
        ]
        await at.placed(1, 1)
        assert [each for each, _, _ in await stands(at)] == [scheduled.id, paused.id]
        assert await at.standings.under_way("another") == []


async def stands(at: CampaignDesk) -> list[tuple[str, int, bool]]:
    """What is under way, by its id, with its live calls, and whether it can be stopped."""
    found = await at.standings.under_way(at.home.id)
    return [(each.campaign.id, each.live, each.can_be_stopped) for each in found]


async def test_a_milestone_is_written_down_once(scene: Scene) -> None:
    """Whoever counts it again writes nothing."""
    async with desk(scene) as at:
        running = await at.running(3)
        milestone = partial(
            campaign_cards.milestone,
            campaign=running,
            percent=50,
            called=2,
            ready=3,
            now=at.clock(),
        )
        assert await at.database.write(milestone)
        assert not await at.database.write(milestone)
        reached = partial(campaign_cards.reached, campaign_id=running.id)
        assert await at.database.read(reached) == {50}


async def test_people_of_an_old_list_are_copied_in_its_order(scene: Scene) -> None:
    """Those who weren't reached, or all but those who were left out; page by page."""
    async with desk(scene) as at:
        old = await at.running(10)
        await at.placed(1, 4)
        await at.placed(5, 6, "busy")
        await at.rows((7, 7), state=State.SKIPPED, reason="opted_out")
        new = await at.draft("again", retry_of=old.id)
        copy = partial(lists.copy, old_id=old.id, new=new, limit=5, now=at.clock())
        assert await at.write(copy, only_unreached=True, after=-1) == (2, 6)
        assert await at.write(copy, only_unreached=True, after=6) == (0, None)
        assert await at.write(copy, only_unreached=False, after=-1) == (5, 5)
        assert await at.write(copy, only_unreached=False, after=5) == (4, 10)
        rows = await at.database.read(partial(lists.rows_of, campaign_id=new.id, limit=20))
        assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
        assert {row.state for row in rows} == {State.PENDING}
        assert rows[0].variables == {"city": "City 1"}
        assert (await at.now(old)).state is Stage.RUNNING
