"""Other ways to a campaign: a message's menu, the shortcuts menu, the bot's direct messages."""

import pytest

from bot.sandbox.slack import payloads
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.wire import Parcel
from storage.campaigns import Stage
from tests.campaigning import FORM, OPEN_PACE, THREE, every, list_of, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import buttons_of, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROWS = b"phone,name\n+14155550132,John Doe\n+14155550133,Ann Roe\nnone,Jim\n"
OFFER = "campaign.from_draft"


async def answers(play: Play, count: int = 1, user: str = "carl") -> list[Message]:
    """What the bot answered in somebody's direct messages."""

    def said() -> list[Message] | None:
        found = [each for each in play.slack.messages(f"@{user}") if each.bot_id]
        return found if len(found) >= count else None

    return await play.until(said)


async def test_a_messages_numbers_open_the_modal(stage: Play, log: Logged) -> None:
    """Call These Numbers: the text is filled in, unwrapped; the channel is the message's."""
    async with stage.bot(**OPEN_PACE) as bot:
        text = "John <tel:+14155550132|+1 415 555 0132>\nAnn <tel:+14155550133|+1 415 555 0133>"
        message = await stage.slack.say("vera", "#sales", text)
        await stage.slack.message_shortcut("carl", message, "campaign.from_message")
        view = await stage.modal("carl", FORM)
        held = view.values()
        assert held["numbers"]["value"]["value"] == "John +1 415 555 0132\nAnn +1 415 555 0133"
        await stage.slack.submit("carl", view, {"campaign": "Sale"})
        campaign = await until(bot, Stage.READY)
        assert campaign.asked_in == message.channel
        assert [row["name"] for row in await list_of(bot)] == ["John", "Ann"]


async def test_a_messages_file_is_kept_for_the_modal(stage: Play, log: Logged) -> None:
    """Its file is ticked as given before; unticked, it isn't read. Words about it are no list."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("vera", "may.csv", ROWS)
        message = await stage.slack.say("vera", "#sales", "the list for May", files=(file,))
        await stage.slack.message_shortcut("carl", message, "campaign.from_message")
        view = await stage.modal("carl", FORM)
        assert view.values()["numbers"]["value"]["value"] is None
        nothing = await stage.slack.submit("carl", view, {"campaign": "Sale", "kept": []})
        assert set(nothing.body["errors"]) == {"numbers", "file"}
        assert (await stage.slack.submit("carl", view, {"kept": ["0"]})).ok
        campaign = await until(bot, Stage.READY)
        assert (campaign.total, campaign.source["words"]) == (3, "may.csv")


async def test_a_message_without_a_list(stage: Play, log: Logged) -> None:
    """Who asks is told so, and no modal opens."""
    async with stage.bot(**OPEN_PACE):
        message = await stage.slack.say("vera", "#sales", "see you at ten")
        await stage.slack.message_shortcut("carl", message, "campaign.from_message")
        await stage.until(lambda: "no phone number and no file" in stage.said_to("carl"))
        assert stage.slack.views("carl") == []


async def test_a_long_message_is_kept_whole(stage: Play, log: Logged) -> None:
    """More text than a field takes is ticked as given before."""
    lines = [f"Person {at}, +1 415 555 01{at % 100:02d}" for at in range(150)]
    async with stage.bot(**OPEN_PACE) as bot:
        message = await stage.slack.say("vera", "#sales", "\n".join(lines))
        await stage.slack.message_shortcut("carl", message, "campaign.from_message")
        view = await stage.modal("carl", FORM)
        assert "The text with 150 lines" in str(view.content)
        await stage.slack.submit("carl", view, {"campaign": "Sale"})
        assert (await until(bot, Stage.READY)).total == 150
        assert len(await list_of(bot)) == 100


async def test_the_shortcuts_menu_opens_an_empty_modal(stage: Play, log: Logged) -> None:
    """It belongs to no channel: one is chosen."""
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.shortcut("carl", "campaign.new")
        view = await stage.modal("carl", FORM)
        sales = stage.slack.channel("sales").id
        values: Values = {"campaign": "Sale", "numbers": THREE, "channel": sales}
        assert (await stage.slack.submit("carl", view, values)).ok
        assert (await until(bot, Stage.READY)).asked_in == sales


async def test_a_file_in_the_bots_direct_message(stage: Play, log: Logged) -> None:
    """It is counted, and a button makes a campaign of it, once however often Slack tells of it."""
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.upload("carl", "@carl", "may.csv", ROWS)
        (answer,) = await answers(stage)
        assert buttons_of(answer) == ["Make a Campaign of 2 Numbers"]
        await stage.slack.click("carl", answer, OFFER)
        view = await stage.modal("carl", FORM)
        await stage.slack.submit("carl", view, {"campaign": "Sale"})
        assert (await until(bot, Stage.READY)).total == 3
        await stage.slack.click("oscar", answer, OFFER)
        await stage.until(lambda: "kept for a day" in stage.said_to("oscar"))


async def test_numbers_in_the_bots_direct_message(stage: Play, log: Logged) -> None:
    """Written ones do as well; what holds none is answered with the way on."""
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.say("carl", "@carl", "please call +1 415 555 0132 and +1 415 555 0133")
        (answer,) = await answers(stage)
        assert buttons_of(answer) == ["Make a Campaign of 2 Numbers"]
        await stage.slack.say("carl", "@carl", "hello?")
        assert "/toingg" in text_of((await answers(stage, 2))[1])
        await stage.slack.upload("carl", "@carl", "may.csv", b"\x89PNG\r\n\x1a\n" + bytes(256))
        assert "picture" in text_of((await answers(stage, 3))[2])
        await stage.slack.upload("carl", "@carl", "may.csv", b"phone,name\n12,Ann\n13,Jim\n")
        assert buttons_of((await answers(stage, 4))[3]) == ["Check the List"]
        assert await every(bot) == []


async def test_an_event_that_comes_again_is_answered_once(stage: Play, log: Logged) -> None:
    """Slack repeats what it believes was lost."""
    async with stage.bot(**OPEN_PACE):
        slack = stage.slack
        said = {
            "type": "message",
            "channel_type": "im",
            "channel": slack.channel("@carl").id,
            "user": slack.directory.person("carl").id,
            "text": "call +1 415 555 0132",
            "ts": slack.workspace.feed.new_ts(),
        }
        body = payloads.event(slack.workspace.team, said, "Ev0REPEAT1", 1)
        await slack.wire.send(Parcel("events_api", body, (1, "x")), copies=3)
        await answers(stage)
        await slack.wire.send(Parcel("events_api", body, (2, "x")))
        await slack.say("carl", "@carl", "call +1 415 555 0133")
        assert len(await answers(stage, 2)) == 2


async def test_a_caller_who_writes_to_the_bot(stage: Play, log: Logged) -> None:
    """Is told that a list isn't theirs to call, and of what else the way on."""
    async with stage.bot(default_role="caller"):
        await stage.slack.say("carl", "@carl", "hello?")
        assert "/toingg" in text_of((await answers(stage))[0])
        await stage.slack.say("carl", "@carl", "call +1 415 555 0132")
        assert "role doesn't cover campaigns" in text_of((await answers(stage, 2))[1])
