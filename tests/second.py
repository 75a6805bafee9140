"""A second workspace of the same bot, with its own Slack, people and channels; and for both of
them something of everything that belongs to a workspace.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
from sqlalchemy import Connection, select

from bot.app import Bot, open_vault
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import BOT, Channel, Person, Team
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.slack.api import SlackApi, open_session, whoami
from storage import inbound, workspaces
from storage.approvals import APPROVALS
from storage.belonging import TABLES, belongs
from storage.campaigns import CAMPAIGNS
from storage.campaigns import Stage as Stands
from storage.inbound import Inbound
from storage.models import Base
from storage.rows import CALLS
from storage.secrets import phone_key
from storage.workspaces import Workspace
from tests.judging import idle
from tests.stage import Stage, text_of

TEAM = Team("T0SECOND", "second", "Second GmbH")
OWNER = Person("U0BERTA001", "berta", "Berta Besitz", team_id=TEAM.id, is_admin=True)
CALLER = Person("U0BODO0001", "bodo", "Bodo Bote", team_id=TEAM.id)
CHANNEL = Channel("C0VERTRIEB", "vertrieb", (OWNER.id, CALLER.id, BOT.id))
TOKEN = "xoxb-second"
_LONGEST_PAUSE = 2.2
"""Seconds between two looks of whatever looks by itself for what is to be done."""


@dataclass(frozen=True)
class Words:
    """What is said in one workspace, and nowhere else; `last` are the last four digits."""

    name: str
    campaign: str
    script: str
    message: str
    template: str
    last: tuple[str, str, str, str, str]

    @property
    def numbers(self) -> tuple[str, ...]:
        """In E.164."""
        return tuple(f"+1415555{each}" for each in self.last)


HERE = Words(
    "Quentin Quist",
    "Quasar Fair",
    "Ask Quentin whether the quartz arrived.",
    "The quay opens at nine",
    "Quick hello",
    ("0111", "0112", "0113", "0114", "0115"),
)
THERE = Words(
    "Xaver Xylander",
    "Xenon Tage",
    "Ask Xaver whether the xylophone arrived.",
    "The xebec leaves at nine",
    "Xmas hello",
    ("0181", "0182", "0183", "0184", "0185"),
)


@dataclass
class Place:
    """One workspace: its Slack, its owner and channel by name, its words, what it is in the bot."""

    slack: SlackSandbox
    owner: str
    channel: str
    words: Words
    workspace: Workspace

    @property
    def person(self) -> Person:
        """The owner."""
        return self.slack.directory.person(self.owner)


@dataclass(frozen=True)
class Second:
    """Slack's side of it, which has to outlive the bot."""

    slack: SlackSandbox
    session: aiohttp.ClientSession

    async def install(self, stage: Stage, bot: Bot) -> Place:
        """The bot is in both from now on."""
        self.slack.bot_url = stage.slack.bot_url
        api = SlackApi(TOKEN, self.slack.api_url, self.session)
        adopt = partial(
            workspaces.adopt,
            vault=open_vault(stage.settings()),
            at=await whoami(api),
            toingg_keys=bot.home.toingg_keys,  # of one account: Toingg wouldn't tell them apart
            now=datetime.now(UTC),
        )
        workspace = await bot.database.write(adopt)
        bot.directory.add(workspace, api)
        return Place(self.slack, OWNER.name, CHANNEL.name, THERE, workspace)


@contextlib.asynccontextmanager
async def second() -> AsyncIterator[Second]:
    """Another Slack, with none of the first one's people and channels."""
    slack = SlackSandbox(bot_token=TOKEN, team=TEAM)
    slack.directory._people = {BOT.id: slack.directory.person(BOT.id)}
    slack.directory._channels = {}
    slack.directory.groups = {}
    for each in (OWNER, CALLER):
        slack.directory.add_person(each)
    slack.directory.add_channel(CHANNEL)
    with slack.serve():
        async with open_session() as session:
            yield Second(slack, session)


@dataclass(frozen=True)
class Thing:
    """Something that a button's value, or a modal's metadata, may name; where its card stands."""

    kind: str
    value: str
    channel: str = ""
    message_ts: str = ""


# What belongs to a workspace


def belongings(connection: Connection, workspace_id: str) -> dict[str, list[str]]:
    """All that a workspace has, by its tables, as text; but for who was looked up in Slack, and
    for where its audit log stands, which is sealed now and again.
    """
    mine: dict[str, list[str]] = {}
    for table in TABLES:
        theirs = belongs(table, workspace_id)
        if theirs is None or table.name in ("members", "audit_heads"):
            continue
        found = connection.execute(select(table).where(theirs))
        mine[table.name] = sorted(repr(tuple(row)) for row in found)
    return mine


async def owned(bot: Bot, place: Place) -> dict[str, list[str]]:
    """The same, now."""
    return await bot.database.read(partial(belongings, workspace_id=place.workspace.id))


async def at_rest(bot: Bot, *places: Place) -> None:
    """Until nothing is written in these workspaces by itself any more."""
    before: list[Any] = []
    for _ in range(20):
        await idle(bot)
        now = [await owned(bot, each) for each in places]
        if now == before:
            return
        before = now
        await asyncio.sleep(_LONGEST_PAUSE)
    raise AssertionError("it goes on and on")


# Something of everything


async def furnish(stage: Stage, bot: Bot, place: Place) -> None:
    """Calls, a text, campaigns, a checkout, a template, an opt-out, drafts, settings, a choice of
    payments, a reply: each by its own flow, where it has one.
    """
    await _settings(stage, place)
    await _calls(stage, place)
    await _campaigns(stage, bot, place)
    await _rest(stage, place)
    await bot.database.write(partial(_reply, place=place))
    direct = f"@{place.owner}"
    await stage.until(lambda: place.words.message in said(place.slack.messages(direct)))


def said(messages: list[Message]) -> str:
    """All that stands in them."""
    return "\n".join(each.all_text() for each in messages)


async def things_of(bot: Bot, place: Place) -> list[Thing]:
    """Everything there that has an id, as its buttons would name it."""
    return await bot.database.read(partial(_things, place=place))


async def _typed(place: Place, command: str, text: str = "") -> Message | None:
    """Types it; what the answer shows, where it shows something."""
    before = len(place.slack.ephemerals(place.owner))
    acked = await place.slack.command(place.owner, place.channel, command, text)
    assert acked.ok, acked
    shown = place.slack.ephemerals(place.owner)
    return shown[-1] if len(shown) > before else None


async def _form(stage: Stage, place: Place, title: str) -> View:
    def on_top() -> View | None:
        views = place.slack.views(place.owner)
        return views[-1] if views and views[-1].content["title"]["text"] == title else None

    return await stage.until(on_top)


async def _settings(stage: Stage, place: Place) -> None:
    await _typed(place, "/toingg-settings", "money")
    view = await stage.until(lambda: next(iter(place.slack.views(place.owner)[-1:]), None))
    acked = await place.slack.submit(place.owner, view, {"approval_people": "2"})
    assert acked.body is None, acked


async def call_twice(stage: Stage, place: Place) -> None:
    """Calls two people, one with a script."""
    words = place.words
    one = f"{words.numbers[0]} | {words.name} | {words.campaign}"
    await _typed(place, "/toingg-call", one)
    other = f"{words.numbers[1]} | {words.name} | {words.campaign} | {words.script}"
    await _typed(place, "/toingg-script", other)
    await stage.until(lambda: len(_cards(place)) == 2)


async def _calls(stage: Stage, place: Place) -> None:
    words = place.words
    await call_twice(stage, place)
    await _typed(place, "/toingg-sms", f"{words.numbers[2]} | {words.name} | {words.message}")
    await _typed(place, "/toingg-call", f"12 | {words.name} | {words.campaign}")  # it's kept
    await stage.until(lambda: len(_cards(place)) == 3)


def _cards(place: Place) -> list[Message]:
    """The cards in its channel."""
    found = place.slack.messages(place.channel)
    return [each for each in found if each.thread_ts is None]


async def _campaigns(stage: Stage, bot: Bot, place: Place) -> None:
    """One of two people, which runs slowly; one of three, about which somebody else is asked."""
    for count, word in ((2, "start"), (3, "ask_approval")):
        words = place.words
        await _typed(place, "/toingg-campaign", words.campaign)
        view = await _form(stage, place, "Call a List")
        people = "\n".join(f"{words.name}, {each}" for each in words.numbers[-count:])
        acked = await place.slack.submit(place.owner, view, {"numbers": people})
        assert acked.ok, acked
        card, value = await stage.until(partial(_clickable, place, f"campaign.{word}"))
        await _written(bot, card)
        forged = {"type": "button", "value": value}
        await place.slack.click(place.owner, card, f"campaign.{word}", forged=forged)


def _clickable(place: Place, action: str) -> tuple[Message, str] | None:
    found = [
        (card, str(element["value"]))
        for card in _cards(place)
        for _, element in card.elements()
        if element["action_id"] == action
    ]
    return found[-1] if found else None


async def _written(bot: Bot, card: Message) -> None:
    """Until the bot has written down where the card stands: its buttons count from then on."""

    def look(connection: Connection) -> bool:
        query = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.card_ts == card.ts)
        return connection.execute(query).first() is not None

    for _ in range(1000):
        if await bot.database.read(look):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it was never written down")


async def _rest(stage: Stage, place: Place) -> None:
    words = place.words
    await _typed(place, "/toingg-checkout")
    await stage.until(lambda: [each for each in _cards(place) if "Top up" in text_of(each)])
    await _typed(place, "/toingg-notify", "payments")
    await _typed(place, "/toingg-optout", f"add {words.numbers[3]}")
    await _typed(place, "/toingg-why", words.numbers[0])
    shown = await _typed(place, "/toingg-sms", "templates")
    assert shown is not None
    await place.slack.click(place.owner, shown, "sms.template_new")
    view = await _form(stage, place, "Template")
    saved: Values = {"name": words.template, "message": words.message}
    assert (await place.slack.submit(place.owner, view, saved)).ok


def _reply(connection: Connection, place: Place) -> None:
    phone = "+14155550199"
    key = phone_key(place.workspace.number_key, phone)
    said = Inbound(f"SM{place.workspace.id}", phone, key, place.words.message)
    inbound.reply(connection, place.workspace.id, said, now=datetime.now(UTC))


_NAMED = {
    "checkouts": "checkout",
    "templates": "template",
    "drafts": "draft",
    "inbound_texts": "inbound",
}


def _things(connection: Connection, place: Place) -> list[Thing]:
    mine = place.workspace.id
    calls = connection.execute(select(CALLS).where(CALLS.c.workspace_id == mine)).all()
    things = [
        Thing(
            "listed" if each.campaign_id else each.kind,
            f"{each.id}.{each.attempt}",
            each.channel or "",
            each.card_ts or "",
        )
        for each in calls
    ]
    campaigns = select(CAMPAIGNS).where(CAMPAIGNS.c.workspace_id == mine)
    stored = connection.execute(campaigns).all()
    things += [
        Thing("campaign", f"{each.id}.{each.version}", each.channel or "", each.card_ts or "")
        for each in stored
    ]
    for name, kind in _NAMED.items():
        table = Base.metadata.tables[name]
        for each in connection.execute(select(table).where(table.c.workspace_id == mine)).all():
            value = f"{each.id}.{each.version}" if kind == "checkout" else each.id
            card = (each.channel, each.card_ts) if kind == "checkout" else ("", "")
            things.append(Thing(kind, value, card[0] or "", card[1] or ""))
    things.append(Thing("channel", place.slack.channel(place.channel).id))
    assert {"call", "text", "listed", "campaign", "channel", *_NAMED.values()} == {
        each.kind for each in things
    }
    assert {each.state for each in stored} == {Stands.RUNNING, Stands.AWAITING_APPROVAL}
    assert connection.execute(select(APPROVALS)).first() is not None
    return things
