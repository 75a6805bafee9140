"""Home: for each role its own, published on opening and on change, its buttons checked."""

from datetime import timedelta

import pytest

from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.views import View
from storage.campaigns import Stage
from tests.campaigning import OPEN_PACE, THREE, ask, one, until
from tests.stage import QUICK, text_of
from tests.stage import Stage as Play
from tests.witness import Travels

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SLOW = OPEN_PACE | {"default_calls_per_minute": 1}


@pytest.fixture
def play(stage: Play) -> Play:
    """The stage; a campaign's own stages are its states."""
    return stage


async def opened(play: Play, user: str) -> View:
    """Their Home, once they have opened it."""
    before = play.slack.home(user_id(play, user))
    await play.slack.open_home(user)
    return await play.until(lambda: newer(play, user, before))


def newer(play: Play, user: str, than: View | None) -> View | None:
    """Their Home, where it isn't that one any more."""
    now = play.slack.home(user_id(play, user))
    return now if now is not None and (than is None or now.hash != than.hash) else None


def user_id(play: Play, user: str) -> str:
    """Their id."""
    return play.slack.directory.person(user).id


def channel_id(play: Play, name: str) -> str:
    """A channel's id."""
    return play.slack.channel(name).id


async def shows(play: Play, user: str, *words: str) -> View:
    """Their Home, once it says all of this."""

    def look() -> View | None:
        view = play.slack.home(user_id(play, user))
        return view if view and all(word in drawn(view) for word in words) else None

    return await play.until(look)


def drawn(view: View) -> str:
    """All that stands in it, the labels of its buttons too."""
    labels = [
        each["text"]["text"]
        for block in view.content["blocks"]
        for each in [*block.get("elements", []), block.get("accessory", {})]
        if each.get("type") == "button"
    ]
    return "\n".join([text_of(view), *labels])


@ON_SQLITE
async def test_each_role_sees_its_own(play: Play) -> None:
    """What somebody may not do isn't offered; nobody's Home says who can help."""
    async with play.bot(price_per_minute="0.12", budget="500"):
        owner = drawn(await opened(play, "olivia"))
        assert all(word in owner for word in ("Settings", "To set up", "500.00 USD of the budget"))
        caller = drawn(await opened(play, "carl"))
        assert "Call Somebody" in caller
        assert not any(word in caller for word in ("Settings", "New Campaign", "USD", "To set up"))
        guest = drawn(await opened(play, "gus"))
        assert "no role here" in guest
        assert "<@U0OLIVIA01>" in guest
        assert "Campaigns" not in guest


async def test_what_runs_is_kept_up_and_controlled(play: Play) -> None:
    """A campaign's bar and its controls; a click moves it, and Home says so."""
    async with play.bot(**SLOW) as bot:
        await ask(play, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        await opened(play, "carl")
        await bot.campaigns.control.start(campaign, campaign.owner)
        view = await shows(play, "carl", "Pause", "of 3 called")
        await play.slack.click("carl", view, "home.pause")
        await until(bot, Stage.PAUSED)
        view = await shows(play, "carl", "Resume")
        await play.slack.click("carl", view, "home.resume")
        await until(bot, Stage.RUNNING)


async def test_live_calls_are_hung_up_from_home(play: Play) -> None:
    """Names and Hang Up for who may; a viewer sees neither, and nobody a whole number."""
    async with play.bot():
        await play.slack.command("carl", "sales", "/toingg-call", QUICK)
        await play.card("Answered")
        view = await opened(play, "carl")
        assert "John Doe +1 415 ••• ••32" in drawn(view)
        assert "555" not in drawn(view)
        assert "John" not in drawn(await opened(play, "fiona"))
        await play.slack.click("carl", view, "calls.hang_up")
        await play.until(play.hang_ups)


@ON_SQLITE
async def test_approvals_wait_for_somebody_else(play: Play) -> None:
    """Who may approve finds it on Home, with its buttons; who asked is told that it waits."""
    async with play.bot(**OPEN_PACE | {"approval_people": 2}) as bot:
        await ask(play, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        await opened(play, "carl")
        await bot.campaigns.approvals.ask(campaign, campaign.owner)
        await shows(play, "carl", "Waits for you", "somebody else has to approve")
        view = await opened(play, "oscar")
        assert "Approve" in drawn(view)
        forged = {"type": "button", "value": f"{campaign.id}.{(await one(bot)).version}"}
        await play.slack.click(
            "carl", await opened_again(play, "carl"), "home.approve", forged=forged
        )
        assert (await one(bot)).state is Stage.AWAITING_APPROVAL
        await play.slack.click("oscar", view, "home.approve")
        await until(bot, Stage.READY)


async def opened_again(play: Play, user: str) -> View:
    """Their Home as it stands."""
    view = play.slack.home(user_id(play, user))
    assert view is not None
    return view


@ON_SQLITE
async def test_set_up_steps_stand_until_they_are_done(play: Play) -> None:
    """What is done is struck out; with the last that is needed the list goes, webhooks or none."""
    done = {"default_campaign": "Spring Sale", "price_per_minute": "0.12"}
    async with play.bot(toingg_status_token="", **done):
        first = drawn(await opened(play, "olivia"))
        assert "~Give the key of your Toingg account: Settings → Toingg~" in first
        assert "• Say who may do what" in first
        assert "• Choose the channel that is told" in first
        assert "• If you like, hear of payments" in first
        forms: list[tuple[str, str, Values]] = [
            ("people", "People", {"operator": [user_id(play, "oscar")]}),
            ("workspace", "Workspace", {"notification_channel": channel_id(play, "support")}),
        ]
        for section, title, values in forms:
            await play.slack.command("olivia", "sales", "/toingg-settings", section)
            form = await play.modal("olivia", title)
            assert (await play.slack.submit("olivia", form, values)).status == 200
        await play.slack.command("olivia", "sales", "/toingg-call", QUICK)
        await play.card("Placed")
        last = drawn(await opened(play, "olivia"))
        assert "To set up" not in last


@ON_SQLITE
async def test_quick_actions_open_their_modals(play: Play) -> None:
    """Home isn't a modal: what a button opens is opened, not pushed onto it."""
    async with play.bot(default_role="operator"):
        await play.slack.click("carl", await opened(play, "carl"), "calls.new")
        assert await play.modal("carl", "Call Somebody")
        await play.slack.click("oscar", await opened(play, "oscar"), "home.campaign")
        assert await play.modal("oscar", "Call a List")
        await play.slack.click("olivia", await opened(play, "olivia"), "home.settings")
        assert await play.modal("olivia", "Settings")


@ON_SQLITE
async def test_it_is_published_only_where_it_says_something_new(play: Play) -> None:
    """Looks at what hasn't changed cost Slack nothing, and nobody is kept up for ever."""
    play.clock = clock = Travels()
    async with play.bot() as bot:
        await opened(play, "carl")
        for _ in range(3):
            clock.forward(timedelta(seconds=20))
            await bot.campaigns.homes.look()
        assert len(play.slack.calls("views.publish")) == 1
        clock.forward(timedelta(minutes=11))
        await play.slack.command("carl", "sales", "/toingg-call", QUICK)
        await play.until(play.dials)
        await bot.campaigns.homes.look()
        assert len(play.slack.calls("views.publish")) == 1


async def published(bot: Bot) -> int:
    """How many Homes are kept up."""
    return len(bot.campaigns.homes._watchers)


@ON_SQLITE
async def test_slack_is_down(play: Play) -> None:
    """A Home that can't be published is forgotten until it is opened again."""
    async with play.bot() as bot:
        await opened(play, "carl")
        await play.slack.command("carl", "sales", "/toingg-call", QUICK)
        play.slack.down()
        bot.campaigns.homes._drawn_at.clear()
        await bot.campaigns.homes.look()
        play.slack.up()
        assert await published(bot) == 0
