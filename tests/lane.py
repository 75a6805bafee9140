"""A lane of kills: one Slack, one Toingg, one database, and a bot that dies again and again."""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import exists, select

from bot.app import open_database
from bot.sandbox.instants import Instants
from bot.sandbox.serving import Serving
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.wire import Acked, SignedRequest
from bot.sandbox.toingg import Life, ToinggSandbox
from storage import rows
from storage.engine import Database
from storage.rows import Call
from tests.bot_process import BotProcess
from tests.kills import ACKED, COMMITTED, OUTCOMES, Kill
from tests.stage import OPTIONAL_SCOPES, STATUS_TOKEN, Stage
from tests.verdict import (
    Click,
    Ledger,
    complaints,
    end_state,
    read_ledger,
    shown_state,
    standing_cards,
)

_AREAS = (201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218)
_POST = "slack.chat.postMessage"
_INSTANTS = {
    "card.before": (f"{_POST}.before", 1),
    "card.after": (f"{_POST}.after", 1),
    "thread.before": (f"{_POST}.before", 2),
    "thread.after": (f"{_POST}.after", 2),
}
DIAL = "/api/make_toingg/"


@dataclass
class Lane:
    """One bot and its peers; `clicks` by the order in which they were made."""

    stage: Stage
    bot: BotProcess
    database: Database
    serving: Serving
    number: int
    clicks: list[Click] = field(default_factory=list)
    requests: list[SignedRequest] = field(default_factory=list)
    patience: float = 12.0
    """Seconds within which a restart has told everything: a thread's lines wait for each other."""
    recovered: list[float] = field(default_factory=list)
    """Seconds from each restart to the end state on the card."""

    def next_click(self) -> Click:
        """A number and a campaign that nothing else has."""
        count = len(self.clicks)
        area = _AREAS[self.number * 4 + count // 100]
        click = Click(f"Kill {self.number}-{count:03d}", f"+1{area}55501{count % 100:02d}")
        self.clicks.append(click)
        return click

    async def click(self, click: Click) -> Acked:
        """Asks for the call, and notes whether Slack was answered."""
        text = f"{click.phone} | Jane Roe | {click.campaign}"
        acked = await self.stage.slack.command("carl", "sales", "/toingg-call", text)
        click.acked = acked.status == 200
        if acked.request is not None:
            self.requests.append(acked.request)
        return acked

    async def ledger(self) -> Ledger:
        """The rows as they stand."""
        return await self.database.read(read_ledger)

    async def until_row(self, click: Click, check: Callable[[Call], bool]) -> Call:
        """Waits until the click's row is so, and gives it."""
        deadline = time.monotonic() + self.patience
        while True:
            row = (await self.ledger()).rows.get(click.campaign)
            if row is not None and check(row):
                return row
            assert time.monotonic() < deadline, f"{click.campaign} stays {row}"
            await asyncio.sleep(0.02)

    async def complaints(self) -> list[str]:
        """What isn't as promised, now."""
        return complaints(self.stage, await self.ledger(), self.clicks)

    async def rest(self, seconds: float | None = None, why: object = "") -> None:
        """Waits until nothing is to be complained of."""
        deadline = time.monotonic() + (seconds or self.patience)
        while found := await self.complaints():
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([str(why), *found]))
            await asyncio.sleep(0.05)

    async def strike(self, kill: Kill) -> Click:
        """One click, one kill, one restart; judged once the bot has done what it can."""
        click, before = self.next_click(), len(self.stage.toingg.posts(DIAL))
        outcome = OUTCOMES[kill.outcome]
        click.limited = kill.outcome == "429"
        if outcome.fault is not None:
            self.stage.toingg.fail_next(outcome.fault(), path=DIAL)
        if not outcome.is_up:
            await asyncio.to_thread(self.serving.stop)
        await self._die(kill, click)
        await self._recover(kill, click)
        posts = len(self.stage.toingg.posts(DIAL)) - before
        assert posts <= 1 + click.limited, f"{kill}: {posts} requests that dial"
        self.stage.toingg.clear_faults()
        if not outcome.is_up:
            self.serving = self.stage.toingg.serve(self.serving.port).start()
        return click

    async def _die(self, kill: Kill, click: Click) -> None:
        """Sends the click and kills at the instant."""
        if kill.seconds is not None:
            threading.Timer(kill.seconds, self.bot.kill).start()
        elif kill.instant == COMMITTED:
            threading.Thread(target=self._kill_at_commit, args=[click], daemon=True).start()
        elif kill.instant != ACKED:
            name, nth = _INSTANTS.get(kill.instant, (kill.instant, 1))
            self.stage.instants.at(name, self.bot.kill, nth=nth)
        await self.click(click)
        if kill.instant == ACKED:
            self.bot.kill()
        assert await self.bot.died(seconds=45) == -9, f"{kill}: the bot wasn't killed"

    def _kill_at_commit(self, click: Click) -> None:
        """In a thread of its own: looks for the row without a pause."""
        query = select(exists().where(rows.CALLS.c.campaign == click.campaign))
        with self.database.engine.connect() as connection:
            reader = connection.execution_options(read_only=True)
            while self.bot.is_alive and not reader.scalar(query):
                reader.rollback()
        self.bot.kill()

    async def _recover(self, kill: Kill, click: Click) -> None:
        started = time.monotonic()
        await self.bot.start()
        patience = self.patience + (33 if kill.outcome == "time-out" else 0)
        if click.campaign in (await self.ledger()).rows:
            with contextlib.suppress(AssertionError):  # `rest` says more of it
                await self.stage.until(partial(self._shows, click), patience)
                self.recovered.append(time.monotonic() - started)
        await self.rest(patience, kill)

    def _shows(self, click: Click) -> bool:
        """Whether a card of the click says an end state."""
        return any(shown_state(card) for card in standing_cards(self.stage, click))

    async def end_states(self) -> Counter[str]:
        """How many rows are in each."""
        rows = (await self.ledger()).rows.values()
        return Counter(end_state(call) or "open" for call in rows)


def _stage(folder: Path, database_url: str, life: Life) -> Stage:
    instants = Instants()
    slack = SlackSandbox(instants, kept=1_000_000)  # the verdict looks at every change
    slack.workspace.scopes |= OPTIONAL_SCOPES
    toingg = ToinggSandbox(instants, options=life)
    return Stage(slack, toingg, folder, database_url, instants, "")


@contextlib.asynccontextmanager
async def lane(
    folder: Path,
    database_url: str = "",
    *,
    number: int = 0,
    life: Life | None = None,
    patience: float = 12.0,
    reads_history: bool = True,
) -> AsyncIterator[Lane]:
    """Everything up, the bot too; all of it down at the end. Its database is SQLite's by default.

    `number` keeps lanes apart that run beside each other: each has numbers of its own.
    Without `reads_history` a post that may stand there can't be looked for.
    """
    database_url = database_url or f"sqlite:///{folder / 'toingg.db'}"
    stage = _stage(folder, database_url, life or Life())
    if not reads_history:
        stage.slack.workspace.scopes -= OPTIONAL_SCOPES
    with stage.slack.serve():
        serving = stage.toingg.serve().start()
        stage.toingg_url = serving.url
        bot = BotProcess(stage, folder)
        stage.slack.bot_url = bot.url
        stage.toingg.status_to(f"{bot.url}/toingg/status", token=STATUS_TOKEN)
        built: Lane | None = None
        try:
            if not stage.settings().is_sqlite:
                open_database(stage.settings(), migrates=True).close()
            await bot.start()
            with Database(database_url) as database:
                built = Lane(stage, bot, database, serving, number, patience=patience)
                yield built
        finally:
            await bot.end()
            (built.serving if built else serving).stop()
