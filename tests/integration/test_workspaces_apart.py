"""Two workspaces of one bot: whatever is asked in one, nothing of the other is shown, or moves."""

import asyncio
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.app import Bot
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.slack.routes import Kind
from storage.rows import CALLS
from tests.forging import Forger, Request, told_in
from tests.judging import idle, verdict
from tests.logged import Logged, told
from tests.second import (
    HERE,
    TEAM,
    Place,
    Thing,
    at_rest,
    call_twice,
    furnish,
    owned,
    second,
    things_of,
)
from tests.stage import Stage

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONE_AT_A_TIME: dict[str, Any] = {"max_live_calls": 1, "default_calls_per_minute": 0}
"""A campaign of two waits for the end of its first call, which nobody ends."""
METADATA = ("{value}", "campaign:{value}", "draft:{value}", "{value}|{channel}|{ts}")
"""What modals' metadata looks like around an id."""
IN_MODALS = ("campaign.", "sms.")
"""Families of buttons that stand in modals, too, whose metadata says what they are of."""
AT_ONCE = 8
TYPED = {
    "call_sid": "CA" + "0" * 32,
    "phone": "+1 415 555 0160",
    "name": "Nobody Known",
    "message": "Hello",
    "kept": "kept",
    "person": "U0NOBODY01",
    "sure": "sure",
    "amount": "20",
    "day": "2027-01-02",
    "time": "10:00",
    "zone": "UTC",
}
"""What a forger types besides: enough for a modal to be taken where its row is one's own."""


@dataclass
class Apart:
    """Both workspaces, furnished; what is asked in the one is of the other's things."""

    stage: Stage
    bot: Bot
    here: Place
    there: Place
    things: list[Thing]

    async def sweep(self) -> int:
        """Asks all of it as the owner; nothing of over there is read here, nothing moves there."""
        slack, toingg = self.here.slack, self.stage.toingg
        before, since = await owned(self.bot, self.there), len(slack.api_calls)
        asked, heard = len(toingg.requests), len(self.there.slack.api_calls)
        requests, answers = list(self._requests()), list[str]()
        for start in range(0, len(requests), AT_ONCE):
            together = requests[start : start + AT_ONCE]
            answers += await asyncio.gather(*(self._ask(*each) for each in together))
        await idle(self.bot)
        shown = json.dumps([each.args for each in slack.api_calls[since:]], ensure_ascii=False)
        wire = "\n".join(f"{each.query} {each.body}" for each in toingg.requests[asked:])
        said = "\n".join([*answers, shown, said_in(slack), wire])
        assert {word for word in self._private() if word in said} == set()
        assert await owned(self.bot, self.there) == before
        assert {each.method for each in self.there.slack.api_calls[heard:]} <= {"chat.update"}
        return len(requests)

    async def _ask(self, request: Request, channel: str) -> str:
        forger = Forger(self.here.slack, self.here.channel)
        acked = await forger.send(self.here.person, request, channel)
        assert acked.status == 200, (request, acked)
        return told_in(acked)

    def _requests(self) -> Iterator[tuple[Request, str]]:
        """Every button and modal with everything of over there, and where its card stands."""
        for route in self.bot.routes:
            for each in self.things:
                plain = Request(route.kind, route.name, message_ts=each.message_ts or "1.1")
                if route.kind is Kind.CLICK:
                    yield replace(plain, value=each.value), each.channel
                    if route.name.startswith(IN_MODALS):
                        value = each.value
                        shown = replace(plain, value=value, metadata=value, typed=TYPED)
                        yield replace(shown, in_view=True), ""
                elif route.kind is Kind.SUBMISSION:
                    where = {"channel": each.channel, "ts": each.message_ts}
                    for form in METADATA:
                        metadata = form.format(value=each.value, **where)
                        yield replace(plain, metadata=metadata, typed=TYPED), each.channel

    def _private(self) -> set[str]:
        """Words of over there that are never to be read here."""
        words = self.there.words
        said = {words.name, words.script, words.message, words.template, words.campaign}
        calls = self.stage.toingg.calls.values()
        sids = {each.call_sid for each in calls if each.phone in words.numbers}
        bare = {number.removeprefix("+1") for number in words.numbers}
        shown = {f"{each[:3]}-{each[3:6]}-{each[6:]}" for each in bare}
        people = self.there.slack.directory.people()
        return said | sids | bare | shown | {each.id for each in people if not each.is_bot}


def said_in(slack: SlackSandbox) -> str:
    """Every message and every view that there ever was."""
    kinds = ("message_posted", "message_changed", "view_opened", "view_changed", "home_published")
    return repr([each.data for each in slack.changes if each.kind in kinds])


def one_of_each(things: list[Thing], kinds: Collection[str]) -> list[Thing]:
    """The first of each kind."""
    first = {each.kind: each for each in reversed(things)}
    return [each for kind, each in first.items() if kind in kinds]


@pytest.mark.timeout(240)
async def test_nothing_of_another_workspace_is_to_be_had(stage: Stage, log: Logged) -> None:
    """Every button and modal with the ids of the other workspace, both ways, by its owner."""
    async with second() as other, stage.bot(**ONE_AT_A_TIME) as bot:
        there = await other.install(stage, bot)
        here = Place(stage.slack, "olivia", "sales", HERE, bot.home)
        for each in (here, there):
            await furnish(stage, bot, each)
        await at_rest(bot, here, there)
        mine, theirs = [await things_of(bot, each) for each in (here, there)]
        kinds = {each.kind for each in theirs}
        if not stage.settings().is_sqlite:
            kinds = {"call", "campaign", "checkout"}  # the same rules, with another's SQL
        count = await Apart(stage, bot, here, there, one_of_each(theirs, kinds)).sweep()
        count += await Apart(stage, bot, there, here, one_of_each(mine, kinds)).sweep()
        told(f"{count} forged requests")


# Who is who


@dataclass
class Streets:
    """Calls that are up in both workspaces, and who tries to hang them up."""

    log: Logged
    places: dict[str, Place]
    calls: dict[str, list[Thing]]

    async def refused(
        self, at: str, who: Person, request: Request, channel: str = ""
    ) -> tuple[str, str]:
        """The error, and what the answer says."""
        since = len(self.log.text)
        place = self.places[at]
        acked = await Forger(place.slack, place.channel).send(who, request, channel)
        assert acked.status == 200
        found = await verdict(self.log, since)
        return ", ".join(found.errors), told_in(acked)

    def hang_up(self, of: str, **more: Any) -> Request:
        """Hang Up on the card of that workspace's first call; `more` of the body is forged."""
        call = self.calls[of][0]
        plain = Request(Kind.CLICK, "call.hang_up", value=call.value, message_ts=call.message_ts)
        return replace(plain, more=more)


async def live(stage: Stage, bot: Bot, place: Place) -> list[Thing]:
    """Two calls that are up, whose cards stand."""
    await call_twice(stage, place)

    def look(connection: Connection) -> list[Thing]:
        mine = (CALLS.c.workspace_id == place.workspace.id, CALLS.c.card_ts.is_not(None))
        up = (CALLS.c.call_sid.is_not(None), CALLS.c.kind == "call")
        found = connection.execute(select(CALLS).where(*mine, *up).order_by(CALLS.c.created_at))
        return [
            Thing(each.call_sid, f"{each.id}.{each.attempt}", each.channel, each.card_ts)
            for each in found
        ]

    for _ in range(1000):
        found = await bot.database.read(look)
        if len(found) == 2:
            await at_rest(bot, place)
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("they never came up")


@ON_SQLITE
async def test_whose_request_it_is(stage: Stage, log: Logged) -> None:
    """Teams, people, organisations, channels and cards of both in one body: nothing moves."""
    async with second() as other, stage.bot() as bot:
        there = await other.install(stage, bot)
        here = Place(stage.slack, "olivia", "sales", HERE, bot.home)
        places = {"here": here, "there": there}
        calls = {name: await live(stage, bot, each) for name, each in places.items()}
        streets = Streets(log, places, calls)
        olivia, berta = here.person, there.person
        before = [await owned(bot, each) for each in places.values()]
        team, theirs = {"id": here.workspace.at.team_id}, {"id": TEAM.id}
        first, second_ts = calls["here"][0], calls["here"][1].message_ts
        their_card = calls["there"][0]
        hang_up = streets.hang_up

        stranger = replace(olivia, team_id=TEAM.id)
        assert await streets.refused("here", stranger, hang_up("here")) == ("NotAllowed", "")
        for forged in (hang_up("there", team=theirs), hang_up("here", team=theirs)):
            assert await streets.refused("here", olivia, forged) == ("NotAllowed", "")
        bare = {"id": olivia.id}
        forged = hang_up("there", team=theirs, user=bare)
        assert await streets.refused("here", olivia, forged) == ("UnknownPerson", "")

        out_of_date = [
            ("here", olivia, hang_up("there"), their_card.channel),
            ("there", berta, hang_up("here"), first.channel),
            ("here", berta, hang_up("here", team=theirs), first.channel),
            (
                "here",
                olivia,
                hang_up("there", enterprise={"id": "E0SECOND01"}, is_enterprise_install=True),
                their_card.channel,
            ),
            (
                "here",
                olivia,
                replace(hang_up("here"), message_ts=second_ts),
                first.channel,
            ),
            ("here", olivia, hang_up("here", channel=theirs), first.channel),
            ("here", olivia, hang_up("here", channel={"id": their_card.channel}), first.channel),
        ]
        for at, who, forged, channel in out_of_date:
            assert await streets.refused(at, who, forged, channel) == ("OutOfDate", ""), forged

        attach = Request(
            Kind.SUBMISSION,
            "attach.form",
            metadata=f"{their_card.value}|{their_card.channel}|{their_card.message_ts}",
            typed={"call_sid": first.kind},
        )
        error, said = await streets.refused("here", olivia, attach)
        assert error == "OutOfDate"
        assert their_card.kind not in said

        by_sid = Request(Kind.COMMAND, "hangup", text=their_card.kind)
        error, said = await streets.refused("here", olivia, by_sid)
        assert error == "UnknownToToingg"
        assert "Toingg doesn't know that" in said
        as_them = replace(by_sid, more={"team_id": TEAM.id})
        error, _ = await streets.refused("here", olivia, as_them)
        assert error == "UnknownPerson"
        event = Request(Kind.EVENT, "message.im", text="+1 415 555 0160")
        forged = replace(event, more={"authorizations": [{"team_id": TEAM.id}]})
        error, _ = await streets.refused("here", olivia, forged)
        assert error == "NotAllowed"

        assert [await owned(bot, each) for each in places.values()] == before
        assert stage.hang_ups() == []
        acked = await Forger(here.slack, "sales").send(olivia, hang_up("here", team=team), "")
        assert acked.ok
        await stage.until(lambda: stage.hang_ups() == [first.kind])


@ON_SQLITE
async def test_nobody_is_installed_by_a_body(stage: Stage, log: Logged) -> None:
    """An organisation or a team that the bot isn't installed in has no workspace at all."""
    async with stage.bot():
        forger, olivia = Forger(stage.slack, "sales"), stage.slack.directory.person("olivia")
        for more in (
            {"team": None, "enterprise": {"id": "E0SECOND01"}, "is_enterprise_install": True},
            {"team": {"id": "T0NOWHERE1"}},
            {"team": None, "enterprise": None},
        ):
            click = Request(Kind.CLICK, "calls.new", value="new", more=more)
            acked = await forger.send(olivia, click)
            assert (acked.status, acked.body) == (200, None)
        command = Request(Kind.COMMAND, "call", more={"team_id": "T0NOWHERE1"})
        assert "isn't installed" in told_in(await forger.send(olivia, command))
        assert [each["cause"] for each in log.actions("refused_request")] == ["workspace"] * 4
    assert stage.slack.views("olivia") == []


@ON_SQLITE
async def test_owners_own_the_bot_where_they_are_at_home(stage: Stage, log: Logged) -> None:
    """Whom the environment names as an owner is a stranger elsewhere, and isn't named there."""
    async with second() as other, stage.bot() as bot:
        there = await other.install(stage, bot)
        place = {"here": Place(stage.slack, "olivia", "sales", HERE, bot.home), "there": there}
        streets = Streets(log, place, {})
        olivia = replace(stage.slack.directory.person("olivia"), is_stranger=True)
        there.slack.directory.add_person(olivia)
        settings = Request(Kind.COMMAND, "settings")
        await Forger(there.slack, there.channel).send(there.person, Request(Kind.COMMAND, "help"))
        for who in (olivia, there.slack.directory.person("bodo")):
            error, said = await streets.refused("there", who, settings)
            assert error == "NotAllowed"
            assert f"Ask <@{there.person.id}>." in said
            assert olivia.id not in said
