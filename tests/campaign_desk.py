"""What keeps campaigns' cards up, between a database and the local Slack; rows move by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, update

from bot.access import Role
from bot.app import open_database, open_vault
from bot.background import Background
from bot.campaigns.again import Again
from bot.campaigns.approval import Approvals
from bot.campaigns.control import Control
from bot.campaigns.finish import Finisher
from bot.campaigns.pace import Price
from bot.campaigns.progress import Progress
from bot.campaigns.results import Results
from bot.campaigns.standings import Standings
from bot.campaigns.waking import WakesCampaign
from bot.in_force import InForce
from bot.recipients.policy import Limits
from bot.sandbox.slack.messages import Message
from bot.settings import WorkspaceSettings
from bot.slack.api import SlackApi, open_session, whoami
from bot.slack.channels import Channels
from bot.slack.deliver import Budget, Deliverer
from bot.slack.directory import Directory
from bot.slack.people import People, RoleRules
from storage import campaigns, lists, optouts, runs, workspaces
from storage.campaigns import Campaign, Happened, NewCampaign, Stage
from storage.engine import Database
from storage.lists import NewRefusal, NewRow
from storage.rows import CALLS, Kind, State
from storage.workspaces import Workspace
from tests.campaign_cards import TERMS
from tests.stage import Stage as Scene
from tests.witness import Travels

T = TypeVar("T")
GATHER = timedelta(seconds=3)
MEAN = timedelta(minutes=2)


@dataclass
class CampaignDesk:
    """One process's parts, whose ticker is moved by hand."""

    scene: Scene
    clock: Travels
    database: Database
    directory: Directory
    home: Workspace
    background: Background
    run: str
    standings: Standings
    results: Results
    budget: Budget
    progress: Progress
    approvals: Approvals
    control: Control
    finisher: Finisher
    again: Again

    # Campaigns

    async def draft(self, click_key: str = "click", **more: Any) -> Campaign:
        """A campaign that Carl asked for in #sales."""
        sales, carl = self.scene.slack.channel("sales"), self.scene.slack.directory.person("carl")
        values: dict[str, Any] = {
            "workspace_id": self.home.id,
            "click_key": click_key,
            "kind": Kind.CALL,
            "title": "Spring Sale",
            "campaign": "Spring Sale",
            "requested_by": carl.id,
            "asked_in": sales.id,
            "source": {"words": "spring.csv"},
        }
        new = NewCampaign(**values | more)
        made = await self.write(campaigns.create, new=new, run=self.run, now=self.clock())
        assert made is not None
        return made

    async def ready(self, people: int, *, refused: Sequence[NewRefusal] = ()) -> Campaign:
        """A campaign whose list has been read."""
        return await self.read(await self.draft(), people, refused)

    async def read(
        self, draft: Campaign, people: int, refused: Sequence[NewRefusal] = ()
    ) -> Campaign:
        """The draft, once its list is read."""
        for low in range(1, people + 1, 5_000):
            chunk = [person(seq) for seq in range(low, min(low + 5_000, people + 1))]
            await self.write(lists.enter, campaign=draft, rows=chunk, now=self.clock())
        await self.write(lists.refuse, campaign=draft, rows=refused)
        return await self.move(draft, Stage.READY, Happened.READ, total=people + len(refused))

    async def running(self, people: int) -> Campaign:
        """One that Carl has started."""
        ready = await self.ready(people)
        await self.look()
        return await self.control.start(await self.now(ready), ready.requested_by)

    async def move(
        self, campaign: Campaign, to: Stage, happened: Happened, **more: Any
    ) -> Campaign:
        """A move that nobody is woken by."""
        moved = await self.write(
            campaigns.move,
            campaign=campaign,
            to=to,
            happened=happened,
            from_=[campaign.state],
            now=self.clock(),
            **more,
        )
        assert moved is not None
        return moved

    async def now(self, campaign: Campaign) -> Campaign:
        """The campaign as it is."""
        get = partial(campaigns.get, workspace_id=self.home.id, campaign_id=campaign.id)
        found = await self.database.read(get)
        assert found is not None
        return found

    async def rows(self, seqs: tuple[int, int], **values: Any) -> None:
        """Puts these rows there, as the dialling would."""

        def write(connection: Connection) -> None:
            moved = update(CALLS).where(CALLS.c.seq.between(*seqs)).values(**values)
            connection.execute(moved)

        await self.database.write(write)

    async def placed(self, first: int, last: int, status: str | None = "completed") -> None:
        """These rows were called; without a status they are on their way."""
        now = self.clock()
        is_final = status not in (None, "ringing", "in-progress")
        await self.rows(
            (first, last),
            state=State.PLACED,
            status=status,
            intent_at=now,
            done_at=now,
            ended_at=now if is_final else None,
            seconds=61 if status == "completed" else None,
        )

    async def write(self, work: Callable[..., T], **named: Any) -> T:
        """A repository function, committed."""
        return await self.database.write(partial(work, **named))

    # Time

    async def look(self) -> None:
        """One tick, and all that it begins."""
        await self.progress.look()
        await self.rest()

    async def rest(self) -> None:
        """Until nothing is under way."""
        while self.background._tasks:
            await asyncio.wait(list(self.background._tasks))

    async def later(self, seconds: float = 4) -> None:
        """So much later, once all that is due by then is done."""
        self.clock.forward(timedelta(seconds=seconds))
        await self.look()
        await self.look()

    # What Slack shows

    def cards(self, channel: str = "sales") -> list[Message]:
        """What stands in a channel itself."""
        return [each for each in self.scene.slack.messages(channel) if not each.thread_ts]

    def card(self, channel: str = "sales") -> Message:
        """The one card."""
        (card,) = self.cards(channel)
        return card

    def thread(self, channel: str = "sales") -> list[Message]:
        """What stands under the one card."""
        card = self.card(channel)
        return self.scene.slack.messages(channel, card.ts)[1:]

    def updates(self) -> int:
        """How many redraws were sent."""
        return len(self.scene.slack.calls("chat.update"))


def person(seq: int) -> NewRow:
    """Somebody of a list; numbers that only the sandbox gets where a list is long."""
    phone = f"+1415555{100 + seq:04}" if seq < 100 else f"+1415{2_000_000 + seq}"
    return NewRow(seq, seq + 1, phone, f"key-{seq}", f"Person {seq}", "", {"city": f"City {seq}"})


async def opts_out(at: CampaignDesk, seq: int) -> None:
    """This person of the list says stop."""
    await at.write(
        optouts.add,
        workspace_id=at.home.id,
        phone_key=person(seq).phone_key,
        phone=person(seq).phone,
        source=optouts.Source.PERSON,
        by=None,
        now=at.clock(),
    )


@contextlib.asynccontextmanager
async def desk(
    scene: Scene, *, limits: Limits | None = None, alone: bool = True
) -> AsyncIterator[CampaignDesk]:
    """A process's parts, ended as by a stop."""
    settings = scene.settings()
    clock = scene.clock if isinstance(scene.clock, Travels) else Travels()
    scene.clock = clock
    database = open_database(settings, migrates=True)
    session = open_session()
    background = Background()
    try:
        run = await database.write(partial(runs.begin, alone=alone, now=clock()))
        api = SlackApi("xoxb-test", settings.slack_api_url, session)
        home = await database.write(
            partial(
                workspaces.adopt,
                vault=open_vault(settings),
                at=await whoami(api),
                toingg_keys={},
                now=clock(),
            )
        )
        directory = Directory()
        directory.add(home, api)
        yield _built(scene, clock, database, directory, home, background, run, limits)
        await database.write(partial(runs.end, run=run, now=clock()))
    finally:
        await background.stop(timedelta(seconds=10))
        await session.close()
        database.close()


def _built(
    scene: Scene,
    clock: Travels,
    database: Database,
    directory: Directory,
    home: Workspace,
    background: Background,
    run: str,
    limits: Limits | None,
) -> CampaignDesk:
    channels = Channels(directory, clock, allowed=())
    deliverer = Deliverer(database, directory, channels, clock, run=run)
    olivia = scene.slack.directory.person("olivia").id
    in_force = InForce(database, open_vault(scene.settings()), WorkspaceSettings(), clock)
    rules = RoleRules(frozenset({olivia}), Role.OPERATOR, home.id)
    people = People(database, rules, in_force, directory, clock)
    wakes: list[WakesCampaign] = []
    approvals = Approvals(
        database,
        clock,
        wakes,
        holds=in_force.of,
        price=lambda _: Price(0, 2),
    )
    standings = Standings(
        database,
        clock,
        terms=lambda _: TERMS,
        mean=lambda _: MEAN,
        wants=lambda *_: False,
        limits=lambda _: limits or Limits("always", None, None, "UTC"),
    )
    results = Results(database, directory, people, deliverer, clock, run=run)
    budget = Budget(clock)
    progress = Progress(
        database,
        deliverer,
        budget,
        background,
        clock,
        standings,
        results,
        run=run,
        gather=GATHER,
    )
    wakes.append(progress)
    return CampaignDesk(
        scene=scene,
        clock=clock,
        database=database,
        directory=directory,
        home=home,
        background=background,
        run=run,
        standings=standings,
        results=results,
        budget=budget,
        progress=progress,
        approvals=approvals,
        control=Control(
            database,
            clock,
            [progress],
            approvals,
            run=run,
        ),
        finisher=Finisher(database, clock, [progress], mean=lambda _: MEAN, run=run),
        again=Again(database, background, clock, progress, run=run),
    )
