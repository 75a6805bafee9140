"""What people do to a campaign on its card: each checked against who, where and when."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from storage import campaigns
from storage.campaigns import CAMPAIGNS, EVENTS, Campaign, Happened, Stage
from storage.workspaces import WORKSPACES
from tests.campaigning import OPEN_PACE, THREE, ask, card, every, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import buttons_of, text_of
from tests.witness import Travels, opt_out

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SLOW = OPEN_PACE | {"default_calls_per_minute": 1}
"""One call a minute: a campaign runs for as long as the test looks at it."""


async def ready(bot: Bot, play: Play, *, user: str = "carl") -> Campaign:
    """Three people, checked."""
    await ask(play, {"numbers": THREE}, user=user)
    return await until(bot, Stage.READY)


async def happened(bot: Bot) -> list[str]:
    """The kinds of what happened to campaigns, in order."""

    def look(connection: Connection) -> list[str]:
        return [row.kind for row in connection.execute(select(EVENTS).order_by(EVENTS.c.id))]

    return await bot.database.read(look)


async def test_a_campaign_is_paused_resumed_and_cancelled(play: Play, log: Logged) -> None:
    """Each click is one move, and the card has what can be done next."""
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
        await until(bot, Stage.RUNNING)
        shown = await card(bot, play, "pause", "cancel", "stop")
        await play.slack.click("carl", shown, "campaign.pause")
        await until(bot, Stage.PAUSED)
        await play.slack.click("carl", await card(bot, play, "resume"), "campaign.resume")
        await until(bot, Stage.RUNNING)
        await play.slack.click("carl", await card(bot, play, "cancel"), "campaign.cancel")
        cancelled = await until(bot, Stage.CANCELLED)
        assert cancelled.moved_by == play.slack.directory.person("carl").id
        kinds = [kind for kind in await happened(bot) if kind != "read"]
    assert kinds == ["started", "paused", "resumed", "cancelled"]
    assert len(play.dials()) <= 2


async def test_a_double_click_does_nothing_twice(play: Play, log: Logged) -> None:
    """Two clicks on the same button at the same instant are one move, and nobody is bothered."""
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        shown = await card(bot, play, "start")
        clicks = [play.slack.click("carl", shown, "campaign.start") for _ in range(3)]
        assert all(acked.ok for acked in await asyncio.gather(*clicks))
        await until(bot, Stage.RUNNING)
        assert (await happened(bot)).count("started") == 1
        assert play.said_to("carl") == ""


async def test_an_older_card_moves_nothing(play: Play, log: Logged) -> None:
    """Whoever clicks what the card doesn't show any more is told so, and it is drawn anew."""
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        old = await card(bot, play, "start", "discard")
        await play.slack.click("carl", old, "campaign.start")
        await until(bot, Stage.RUNNING)
        stale = {"value": next(e["value"] for _, e in old.elements())}
        await play.slack.click("oscar", old, "campaign.discard", forged=stale)
        await play.until(lambda: "out of date" in play.said_to("oscar"))
        assert (await one(bot)).state is Stage.RUNNING


@pytest.mark.parametrize(
    ("word", "state"),
    [("pause", Stage.PAUSED), ("stop", Stage.PAUSED), ("cancel", Stage.CANCELLED)],
)
async def test_what_ends_the_calling_works_on_an_older_card(
    play: Play, log: Logged, word: str, state: Stage
) -> None:
    """Since it was drawn the budget held the campaign and let it go, and somebody opted out."""
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
        await until(bot, Stage.RUNNING)
        old = await card(bot, play, word)
        await held_and_back(bot)
        await opt_out(bot, "+14155550134")
        value = {"value": next(e["value"] for _, e in old.elements())}
        await play.slack.click("carl", old, f"campaign.{word}", forged=value)
        await until(bot, state)
        assert play.said_to("carl") == ""


async def held_and_back(bot: Bot) -> None:
    """The campaign waits for money, and goes on."""

    def write(connection: Connection) -> None:
        found = campaigns.find(connection, limit=1)[0]
        now = found.moved_at
        for to, happened, from_ in (
            (Stage.HELD, Happened.HELD, Stage.RUNNING),
            (Stage.RUNNING, Happened.RESUMED, Stage.HELD),
        ):
            assert campaigns.move(connection, found, to, happened, from_=[from_], now=now)

    await bot.database.write(write)


async def test_forged_clicks_move_nothing(play: Play, log: Logged) -> None:
    """An unknown id, a campaign of another workspace, a message that isn't the card."""
    async with play.bot(**SLOW) as bot:
        campaign = await ready(bot, play)
        shown = await card(bot, play, "start")
        other = await play.slack.say("carl", "#sales", "not a card")
        value = f"{campaign.id}.{campaign.version}"
        for at, forged in ((shown, "nobodys.1"), (shown, campaign.id), (other, value), (shown, "")):
            await play.slack.click("carl", at, "campaign.start", forged={"value": forged})
        await play.until(lambda: play.said_to("carl").count("out of date") == 4)

        def elsewhere(connection: Connection) -> None:
            row = connection.execute(select(WORKSPACES)).mappings().one()
            connection.execute(insert(WORKSPACES).values({**row, "id": "other", "team_id": "T9"}))
            connection.execute(update(CAMPAIGNS).values(workspace_id="other"))

        await bot.database.write(elsewhere)
        await play.slack.click("carl", shown, "campaign.start")
        await play.until(lambda: play.said_to("carl").count("out of date") == 5)
        assert [each.state for each in await every(bot)] == [Stage.READY]


async def test_roles_are_checked_at_each_click(play: Play, log: Logged) -> None:
    """A caller runs no campaign; one who answers for it may pause it, and nobody else's."""
    async with play.bot(**SLOW | {"default_role": "caller"}) as bot:
        await play.slack.command("carl", "sales", "/toingg-campaign")
        await play.until(lambda: "role doesn't cover" in play.said_to("carl"))
        await ready(bot, play, user="olivia")
        shown = await card(bot, play, "start")
        await play.slack.click("carl", shown, "campaign.start")
        await play.until(lambda: play.said_to("carl").count("role doesn't cover") == 2)
        await play.slack.click("olivia", shown, "campaign.start")
        await until(bot, Stage.RUNNING)
        shown = await card(bot, play, "pause")
        await play.slack.click("carl", shown, "campaign.pause")
        await play.until(lambda: "who answers for this campaign" in play.said_to("carl"))

        def give(connection: Connection) -> None:
            carl = play.slack.directory.person("carl").id
            connection.execute(update(CAMPAIGNS).values(owner=carl))

        await bot.database.write(give)
        await play.slack.click("carl", shown, "campaign.pause")
        await until(bot, Stage.PAUSED)
        await play.slack.click("carl", await card(bot, play, "resume"), "campaign.resume")
        await play.until(lambda: play.said_to("carl").count("role doesn't cover") == 3)
        assert (await one(bot)).state is Stage.PAUSED


async def test_a_list_of_nobody_isnt_started(play: Play, log: Logged) -> None:
    """The card has no Start; a forged one is told why."""
    async with play.bot(**SLOW) as bot:
        await ask(play, {"numbers": "John Doe, 12\nAnn Roe, 13"})
        campaign = await until(bot, Stage.READY)
        shown = await card(bot, play, "edit", "discard")
        assert "Start" not in buttons_of(shown)
        value = {"value": f"{campaign.id}.{campaign.version}"}
        await play.slack.click("carl", shown, "campaign.start", forged=value)
        await play.until(lambda: "Nobody on this list" in play.said_to("carl"))
        await play.slack.click("carl", shown, "campaign.discard")
        await until(bot, Stage.CANCELLED)


# Schedule


async def test_a_campaign_starts_at_its_time(play: Play, log: Logged) -> None:
    """Chosen in a named zone; a time that is over is an error in its field. It can be moved."""
    play.clock = clock = Travels()
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        shown = await card(bot, play, "schedule")
        await play.slack.click("carl", shown, "campaign.schedule")
        view = await play.modal("carl", "Schedule")
        now = clock()
        gone: Values = {
            "day": f"{now - timedelta(days=1):%Y-%m-%d}",
            "time": "10:00",
            "zone": "Europe/Oslo",
        }
        answer = await play.slack.submit("carl", view, gone)
        assert set(answer.body["errors"]) == {"day"}
        day = now + timedelta(days=2)
        moment: Values = {"day": f"{day:%Y-%m-%d}", "time": "10:30", "zone": "Asia/Kolkata"}
        await play.slack.submit("carl", view, moment)
        campaign = await until(bot, Stage.SCHEDULED)
        assert campaign.start_at is not None
        assert f"{campaign.start_at:%H:%M}" == "05:00"
        assert campaign.zone == "Asia/Kolkata"
        shown = await card(bot, play, "reschedule", "unschedule")
        await play.slack.click("carl", shown, "campaign.reschedule")
        view = await play.modal("carl", "Schedule")
        assert view.values()["time"]["value"]["selected_time"] == "10:30"
        await play.slack.submit("carl", view, {"time": "11:30"})
        campaign = await until(bot, lambda it: f"{it.start_at:%H:%M}" == "06:00")
        assert campaign.start_at is not None
        clock.forward(campaign.start_at - clock() - timedelta(seconds=2))
        await until(bot, Stage.RUNNING)
        assert (await happened(bot))[-1] == "started"


async def test_a_schedule_can_be_cancelled(play: Play, log: Logged) -> None:
    """Then it waits for somebody."""
    play.clock = clock = Travels()
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "schedule"), "campaign.schedule")
        await play.slack.submit("carl", await play.modal("carl", "Schedule"))
        await until(bot, Stage.SCHEDULED)
        shown = await card(bot, play, "unschedule")
        await play.slack.click("carl", shown, "campaign.unschedule")
        await until(bot, Stage.READY)
        clock.forward(timedelta(days=3))
        await asyncio.sleep(0.3)
        assert (await one(bot)).state is Stage.READY


@pytest.mark.parametrize(("late", "state"), [(10, Stage.RUNNING), (40, Stage.READY)])
async def test_a_bot_that_was_off_at_that_time(
    play: Play, log: Logged, late: int, state: Stage
) -> None:
    """Within the grace it starts late; after that its owner is asked."""
    play.clock = clock = Travels()
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "schedule"), "campaign.schedule")
        await play.slack.submit("carl", await play.modal("carl", "Schedule"))
        at = (await until(bot, Stage.SCHEDULED)).start_at
        assert at is not None
    clock.forward(at - clock() + timedelta(minutes=late))
    async with play.bot(**SLOW) as bot:
        await until(bot, state)
        if state is Stage.READY:
            shown = await card(bot, play, "start")
            await play.until(lambda: "wasn't started at its time" in play.thread(shown))


# Hand Over


async def test_a_campaign_is_handed_over_to_who_may_run_it(play: Play, log: Logged) -> None:
    """A guest can't answer for it: an error in the field. Whoever can is named in the thread."""
    async with play.bot(**SLOW) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
        await until(bot, Stage.RUNNING)
        await play.slack.click("carl", await card(bot, play, "hand_over"), "campaign.hand_over")
        view = await play.modal("carl", "Hand Over")
        guest = play.slack.directory.person("gus").id
        answer = await play.slack.submit("carl", view, {"person": guest})
        assert set(answer.body["errors"]) == {"person"}
        oscar = play.slack.directory.person("oscar").id
        await play.slack.submit("carl", view, {"person": oscar})
        await until(bot, lambda it: it.owner == oscar)
        shown = await card(bot, play, "pause")
        await play.until(lambda: f"<@{oscar}>" in play.thread(shown))


async def test_results_and_running_again(play: Play, log: Logged) -> None:
    """The files come to who asks; Run Again makes one new campaign, with its own checks."""
    play.toingg.outcome(None, "no-answer")
    async with play.bot(**OPEN_PACE) as bot:
        await ready(bot, play)
        await play.slack.click("carl", await card(bot, play, "start"), "campaign.start")
        await until(bot, Stage.DONE, seconds=30)
        shown = await card(bot, play, "again", "results")
        await play.slack.click("oscar", shown, "campaign.results")
        await play.until(lambda: "results.csv" in play.said_to("oscar"))
        names = [file["name"] for each in play.slack.messages("@oscar") for file in each.files]
        assert names == ["results.csv", "results.xlsx"]
        clicks = [play.slack.click("oscar", shown, "campaign.again") for _ in range(2)]
        await asyncio.gather(*clicks)
        deadline = asyncio.get_running_loop().time() + 15
        while [each.state for each in await every(bot)] != [Stage.DONE, Stage.READY]:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        assert len(await list_of(bot)) == 6
        await play.until(lambda: "Made already" in play.said_to("oscar"))
        await play.until(
            lambda: "3 people ready" in "".join(map(text_of, play.slack.messages("sales")))
        )
        await play.slack.click("oscar", shown, "campaign.again")
        await play.until(lambda: "Made already. <https://" in play.said_to("oscar"))
        assert len(await every(bot)) == 2


@pytest.fixture
def play(stage: Play) -> Play:
    """The stage; a campaign's own stages are its states."""
    return stage
