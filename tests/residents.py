"""Somebody of every role, and somebody of every kind that has none; and rows that they asked for.

The rows are over, or wait for somebody: nothing moves them but who is asked to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.people import Person
from storage import campaigns, lists, rows
from storage.approvals import APPROVALS
from storage.campaigns import CAMPAIGNS, NewCampaign
from storage.campaigns import Stage as Stands
from storage.lists import NewRow
from storage.rows import CALLS, Elsewhere, Kind, NewCall, State
from storage.secrets import phone_key
from tests.stage import Stage

NINA = Person("U0NINA0001", "nina", "Nina Nobody")
BOTTY = Person("U0BOTTY001", "botty", "Another App", is_bot=True)
BERTA = Person(
    "U0BERTA001", "berta", "Berta Elsewhere", team_id="T0SECOND", is_admin=True, is_stranger=True
)
"""She owns the bot in the workspace that she is of."""

RESIDENTS = {
    "olivia": "owner",
    "oscar": "operator",
    "carl": "caller",
    "fiona": "finance",
    "vera": "viewer",
    "nina": "nobody",
    "gus": "nobody",  # a guest
    "botty": "nobody",
    "ext": "nobody",  # of another organisation
    "berta": "nobody",
}
GIVEN: Values = {
    "operator": ["U0OSCAR001"],
    "caller": ["U0CARL0001"],
    "finance": ["U0FIONA001"],
    "viewer": ["U0VERA0001"],
    "nobody": [NINA.id],
}
SOMEBODY = "U0SOMEBODY"
"""Whose rows are nobody's own."""


async def settle_in(stage: Stage) -> None:
    """They are there, and an owner gives them their roles."""
    for each in (NINA, BOTTY, BERTA):
        stage.slack.directory.add_person(each)
    await stage.slack.command("olivia", "sales", "/toingg-settings", "people")
    view = await stage.modal("olivia", "People")
    assert (await stage.slack.submit("olivia", view, GIVEN)).ok


@dataclass(frozen=True)
class Asker:
    """Enters rows in somebody's name, each in one transaction, so that no ticker sees it begin."""

    connection: Connection
    bot: Bot
    person: str

    @property
    def _run(self) -> str:
        return self.bot.campaigns.calling.run

    def row(self, kind: Kind, phone: str, **values: Any) -> str:
        """A call or a text that was taken and is over; its id."""
        now, home = self.bot.campaigns.calling.clock(), self.bot.home
        new = NewCall(
            workspace_id=home.id,
            click_key=f"{kind}:{self.person}:{phone}:{now}",
            phone=phone,
            phone_key=phone_key(home.number_key, phone),
            name="Paula Poe",
            campaign="Spring Sale",
            requested_by=self.person,
            asked_in="C0SALES001",
            kind=kind,
        )
        row = rows.enter(self.connection, new, run=self._run, now=now)
        assert row is not None
        over = {"state": State.PLACED, "generation": "v1", "done_at": now, "ended_at": now}
        unseen = {"elsewhere": Elsewhere.NOWHERE, "drawn": row.version}
        mine = update(CALLS).where(CALLS.c.id == row.id)
        self.connection.execute(mine.values(**over | unseen | values))
        return row.id

    def campaign(self, stands: Stands, **values: Any) -> str:
        """A campaign with one person, who isn't called before tomorrow; its id."""
        now, home = self.bot.campaigns.calling.clock(), self.bot.home
        new = NewCampaign(
            workspace_id=home.id,
            click_key=f"campaign:{self.person}:{stands}:{now}",
            kind=Kind.CALL,
            title="Spring Sale",
            campaign="Spring Sale",
            requested_by=self.person,
            asked_in="C0SALES001",
        )
        made = campaigns.create(self.connection, new, run=self._run, now=now)
        assert made is not None
        person = NewRow(1, 1, "+14155550151", made.id, "Paula Poe", "", {})
        lists.enter(self.connection, made, [person], now=now)
        waits = update(CALLS).where(CALLS.c.campaign_id == made.id)
        self.connection.execute(waits.values(not_before=now + timedelta(days=1)))
        unseen = {"elsewhere": Elsewhere.NOWHERE, "drawn": made.version, "total": 1}
        mine = update(CAMPAIGNS).where(CAMPAIGNS.c.id == made.id)
        self.connection.execute(mine.values(state=stands, **unseen | values))
        return made.id

    def question(self) -> str:
        """A campaign that waits for approval; its id."""
        campaign_id, now = (
            self.campaign(Stands.AWAITING_APPROVAL),
            self.bot.campaigns.calling.clock(),
        )
        asked = {"campaign_id": campaign_id, "digest": "", "asked_by": self.person}
        self.connection.execute(insert(APPROVALS).values(**asked, asked_at=now))
        return campaign_id


async def properties(bot: Bot, people: Iterable[str]) -> dict[tuple[str, str], str]:
    """A call, a text and a campaign of each of these people; their ids by kind and person."""

    def enter(connection: Connection) -> dict[tuple[str, str], str]:
        made = {}
        for at, person in enumerate(people):
            asker = Asker(connection, bot, person)
            made["call", person] = asker.row(Kind.CALL, f"+14155550{100 + at}")
            made["text", person] = asker.row(Kind.TEXT, f"+14155550{120 + at}")
            made["campaign", person] = asker.campaign(Stands.READY)
        return made

    return await bot.database.write(enter)


@dataclass(frozen=True)
class Shown:
    """What there is for a Home to show: ids by what they are of, each with who asked for it."""

    of: dict[str, list[tuple[str, str]]]

    def belongs_to(self, row_id: str) -> str:
        """Who asked for it."""
        return next(who for pairs in self.of.values() for each, who in pairs if each == row_id)


async def something_runs(bot: Bot, person: str) -> Shown:
    """Somebody's and this person's: running, paused, asked about, live. What was before is over."""

    def enter(connection: Connection) -> Shown:
        now = bot.campaigns.calling.clock()
        connection.execute(update(CALLS).values(ended_at=now, state=State.CANCELLED))
        over = {"state": Stands.CANCELLED, "drawn": CAMPAIGNS.c.version, "stopped_by": None}
        connection.execute(update(CAMPAIGNS).values(**over))
        of: dict[str, list[tuple[str, str]]] = {}
        for at, who in enumerate((person, SOMEBODY)):
            asker = Asker(connection, bot, who)
            up = {"ended_at": None, "status": "in-progress", "call_sid": f"CA{now:%S%f}{at}"}
            for what, row_id in (
                ("running", asker.campaign(Stands.RUNNING, started_at=now)),
                ("paused", asker.campaign(Stands.PAUSED, started_at=now)),
                ("call", asker.row(Kind.CALL, f"+14155550{170 + at}", **up)),
            ):
                of.setdefault(what, []).append((row_id, who))
        of["asked"] = [(Asker(connection, bot, SOMEBODY).question(), SOMEBODY)]
        return Shown(of)

    return await bot.database.write(enter)
