"""/toingg why: every decision about one number, for who may see it."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, update

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from storage import campaigns, lists
from storage.campaigns import Campaign, NewCampaign
from storage.lists import NewRow
from storage.optouts import Source
from storage.rows import CALLS, Kind, State
from storage.secrets import phone_key
from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of
from tests.witness import SUNDAY_NOON, Travels, audited, opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COMMAND = "/toingg-why"


def answer(stage: Stage, user: str) -> Message:
    """What this person was told last."""
    return stage.slack.ephemerals(user)[-1]


async def why(stage: Stage, user: str, number: str = JOHN) -> str:
    """The first page of a number's trail."""
    await stage.slack.command(user, "sales", COMMAND, number)
    return text_of(answer(stage, user))


async def listed(bot: Bot, title: str, state: State, reason: str | None) -> None:
    """A row of a campaign to this number, that stands so."""
    key = phone_key(bot.home.number_key, JOHN)
    row = NewRow(1, 1, JOHN, key, "John Doe", "America/Los_Angeles", {})

    def write(connection: Connection) -> Campaign:
        who = ("U0OLIVIA01", "C0SALES001")
        new = NewCampaign(bot.home.id, title, Kind.CALL, title, "Spring Sale", *who)
        campaign = campaigns.create(connection, new, run="r", now=NOON)
        assert campaign is not None
        lists.enter(connection, campaign, [row], now=NOON)
        read = {"state": campaigns.Stage.READY}  # else it is read anew: nobody is about it
        connection.execute(update(campaigns.CAMPAIGNS).values(**read))
        mine = CALLS.c.campaign_id == campaign.id
        changes = {"state": state, "reason": reason, "not_before": NOON + timedelta(hours=9)}
        connection.execute(update(CALLS).where(mine).values(**changes))
        return campaign

    await bot.database.write(write)


async def test_a_calls_whole_life_is_told(stage: Stage) -> None:
    """State, list, who and when, the callSid, and each event; the newest first."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        sid = next(iter(stage.toingg.calls))
        stage.toingg.advance(sid, "completed")
        await stage.card("Ended after")
        said = await why(stage, "olivia")
        assert "*What became of +1 415-555-0132*" in said
        for part in ("John Doe · Spring Sale", f"`{sid}`", "Asked for by <@U0CARL0001>"):
            assert part in said
        order = [said.index(word) for word in ("Placed: ", "Answered.", "Ended after")[:2]]
        assert order == sorted(order)
        assert said.count("<!date^") >= 4


async def test_refusals_opt_outs_and_what_was_set_aside(stage: Stage) -> None:
    """Each stands there with who and why, in the order in which it came, the last one first."""
    stage.clock = clock = Travels(SUNDAY_NOON)
    async with stage.bot(hours_preset="us-strict") as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        clock.forward(timedelta(minutes=1))
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        clock.forward(timedelta(minutes=1))
        await stage.slack.click("olivia", answer(stage, "olivia"), "draft.confirm")
        await stage.card("Answered")
        clock.forward(timedelta(minutes=1))
        for word in ("add", "remove", "add"):
            await stage.slack.command("olivia", "sales", "/toingg-optout", f"{word} {JOHN}")
            clock.forward(timedelta(minutes=1))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        said = await why(stage, "olivia")
        words = [
            "*Not called*, asked for by <@U0CARL0001>: the number has opted out.",
            "*Opted out*, written down by <@U0OLIVIA01>.",
            "*Allowed again*, written down by <@U0OLIVIA01>.",
            "*Opted out*, written down by <@U0OLIVIA01>.",
            "*Called all the same*: <@U0OLIVIA01> set aside: outside the hours.",
            "*Not called*, asked for by <@U0OLIVIA01>: outside the hours.",
            "*Not called*, asked for by <@U0CARL0001>: outside the hours.",
        ]
        at = 0
        for each in words:
            at = said.index(each, at) + 1
        assert "4155550132" not in str(await audited(bot))


async def test_what_became_of_it_in_campaigns(stage: Stage) -> None:
    """Skipped rows say why, waiting ones until when, each with its list's title."""
    async with stage.bot() as bot:
        await listed(bot, "Autumn <1>", State.SKIPPED, "called_before")
        await listed(bot, "Winter", State.SKIPPED, "opted_out")
        await listed(bot, "Spring", State.PENDING, "outside_hours")
        said = await why(stage, "olivia")
        assert "list “Autumn &lt;1&gt;”\nSkipped: it was called within the days" in said
        assert "list “Winter”\nSkipped: this number had opted out" in said
        until = int((NOON + timedelta(hours=9)).timestamp())
        assert f"list “Spring”\nWaits until <!date^{until}" in said
        assert ": outside the hours" in said
        await opt_out(bot, JOHN, Source.TEXT)
        said = await why(stage, "olivia")
        assert "*Opted out*, by the number's own text. Cancelled: 1 that waited." in said
        assert "list “Spring”\nNot called: this number has opted out" in said


async def test_a_caller_sees_what_they_asked_for(stage: Stage) -> None:
    """Neither others' calls nor others' refusals; without any, the number is masked."""
    async with stage.bot() as bot:
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        said = await why(stage, "carl")
        assert "*What became of +1 415 ••• ••32*" in said
        assert "Nothing that you may see" in said
        assert "John Doe" not in said
        await opt_out(bot, JOHN)
        for who in ("oscar", "carl"):
            await stage.slack.command(who, "sales", "/toingg-call", QUICK)
        said = await why(stage, "carl")
        assert said.count("*Not called*") == 1
        assert "asked for by <@U0CARL0001>: the number has opted out" in said
        assert "*Opted out*" in said
        assert "John Doe" not in said
        said = await why(stage, "oscar")
        assert "*What became of +1 415-555-0132*" in said
        assert "John Doe" in said
        assert said.count("*Not called*") == 1


@ON_SQLITE
async def test_what_it_would_show_where_there_is_nothing(stage: Stage) -> None:
    """No number asks for one; an unknown one says what would stand there."""
    async with stage.bot():
        assert "Of which number?" in await why(stage, "olivia", "")
        assert "too few digits" in await why(stage, "olivia", "+1 415")
        assert "Here would stand each call" in await why(stage, "olivia")
        assert buttons_of(answer(stage, "olivia")) == []


@ON_SQLITE
@pytest.mark.parametrize("role", ["viewer", "finance", "nobody"])
async def test_others_see_nothing(stage: Stage, role: str) -> None:
    """Neither by the command nor by a forged button."""
    async with stage.bot(default_role=role):
        assert "Your role doesn't cover this" in await why(stage, "vera")


@ON_SQLITE
async def test_a_long_trail_is_paged(stage: Stage) -> None:
    """Eight a page, each once, and back to the newest; a forged page is the first."""
    async with stage.bot() as bot:
        for number in range(20):
            await listed(bot, f"List {number:02d}", State.SKIPPED, "opted_out")
        seen = []
        await why(stage, "olivia")
        for buttons in (["Older"], ["Older", "Newest"], ["Newest"]):
            page = answer(stage, "olivia")
            assert buttons_of(page) == buttons
            seen += [line for line in text_of(page).splitlines() if "list “" in line]
            if "Older" in buttons:
                before = text_of(page)
                await stage.slack.click("olivia", page, "why.older")
                await stage.until(partial(_differs, stage, before))
        assert len(seen) == len({line.partition("list “")[2] for line in seen}) == 20
        await stage.slack.click("olivia", answer(stage, "olivia"), "why.newest")
        await stage.until(lambda: buttons_of(answer(stage, "olivia")) == ["Older"])
        value = next(element["value"] for _, element in answer(stage, "olivia").elements())
        draft = value.partition(".")[0]
        for forged in (f"{draft}.-1", f"{draft}.x", draft):
            page = answer(stage, "olivia")
            action = {"type": "button", "value": forged}
            await stage.slack.click("olivia", page, "why.older", forged=action)
        assert buttons_of(answer(stage, "olivia")) == ["Older"]


def _differs(stage: Stage, before: str) -> bool:
    return text_of(answer(stage, "olivia")) != before
