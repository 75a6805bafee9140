"""Keeps each payment's message in each channel up with the payment: posted once, its thread told of
what came later, redrawn in place.

What is behind is a row (`announcements`), so nothing is lost by a death. A post whose outcome a
death left open is found again, or repeated and said to be: see `bot.slack.deliver`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.background import Background
from bot.clock import Clock
from bot.errors import BotError, Lasting, NotLetIn
from bot.logs import Action, log
from bot.payments.processing import facts_of
from bot.payments.standing import fold
from bot.payments.words import shown_of
from bot.slack.api import Posted
from bot.slack.blocks.elsewhere import heads_of
from bot.slack.blocks.parts import Message
from bot.slack.blocks.payment_card import POSSIBLY_REPEATED, PaymentShown, card, thread
from bot.slack.deliver import Also, Budget, Deliverer, Draw, Place, Post
from bot.slack.turns import Turns, pause_after
from storage import Connection, cards, payments
from storage.engine import Database
from storage.payments import Announcement, News, Payment

EVERY = timedelta(seconds=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Watch:
    """One announcement that is being looked after, or waits after a failure."""

    is_running: bool = False
    failures: int = 0
    not_before: datetime = _LONG_AGO


@dataclass(frozen=True)
class _Said:
    """All that there is to say of a payment in one channel."""

    announced: Announcement
    payment: Payment
    shown: PaymentShown

    @property
    def key(self) -> str:
        """The message's posting: there is one, and another where that was deleted."""
        life = f":{self.announced.lives}" if self.announced.lives else ""
        return f"stripe:{self.payment.identity}:{self.announced.channel}{life}"

    @property
    def news(self) -> list[News]:
        """What the thread wasn't told yet."""
        return [each for each in self.payment.news if each.version > self.announced.told]

    def known_at(self, at: datetime) -> int:
        """The version that was the newest then, as far as anything is told of versions."""
        first = min((each.version for each in self.payment.news), default=0)
        return max((it.version for it in self.payment.news if it.at <= at), default=first)


class Announcer:
    """Says what is unsaid."""

    def __init__(
        self,
        database: Database,
        deliverer: Deliverer,
        budget: Budget,
        background: Background,
        clock: Clock,
        *,
        locale: Callable[[str], str],
    ) -> None:
        """`locale` of a workspace, by its id."""
        self._database = database
        self._deliverer = deliverer
        self._budget = budget
        self._background = background
        self._clock = clock
        self._locale = locale
        self._watched: dict[str, _Watch] = {}
        self._turns = Turns()
        self._looking = asyncio.Lock()
        self._posting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def look(self) -> None:
        """Starts on all that is behind."""
        async with self._looking:
            workspaces = self._deliverer.reachable()
            behind = await self._database.scan(partial(payments.unsaid, workspaces=workspaces))
            ids = {each.id for each in behind}
            for id_, watch in list(self._watched.items()):
                if id_ not in ids and not watch.is_running:
                    del self._watched[id_]
            for announced in behind:
                self._start(announced)

    def _start(self, announced: Announcement) -> None:
        watch = self._watched.setdefault(announced.id, _Watch())
        if not watch.is_running and watch.not_before <= self._clock():
            watch.is_running = True
            self._background.start(self._keep(announced, watch))

    async def _keep(self, announced: Announcement, watch: _Watch) -> None:
        try:
            await self._turns.take(partial(self._say, announced.id))
        except NotLetIn:
            pass  # all wait together, and are found again
        except BotError as error:
            watch.failures += 1
            watch.not_before = self._clock() + pause_after(watch.failures)
            detail = error.detail
            log(Action.POST_FAILED, level="warning", announcement=announced.id, detail=detail)
        else:
            watch.failures = 0
        finally:
            watch.is_running = False

    async def _say(self, id_: str) -> None:
        said = await self._database.read(partial(self._read, id_=id_))
        if said is None:
            return
        at = _where(said.announced)
        if at is None:
            await self._post(said)
            return
        try:
            if said.news:
                await self._tell(said, at)
            await self._redraw(said, at)
        except Lasting as error:
            await self._lost(said, error)

    def _read(self, connection: Connection, id_: str) -> _Said | None:
        announced = payments.announcement(connection, id_)
        if announced is None:
            return None
        # Its version before its facts: what comes in between is drawn twice rather than never.
        payment = payments.read(connection, announced.payment_id)
        facts = facts_of(connection, announced.payment_id)
        locale = self._locale(announced.workspace_id)
        return _Said(announced, payment, shown_of(fold(facts), facts, locale))

    async def _post(self, said: _Said) -> None:
        announced, version = said.announced, said.payment.version

        def draw(heads: tuple[str, ...]) -> Message:
            return card(said.shown, heads=heads)

        def also(connection: Connection, at: Posted, drawn_at: datetime | None) -> None:
            is_new = drawn_at is None
            payments.posted(
                connection,
                announced.id,
                channel=at.channel,
                ts=at.ts,
                elsewhere=at.elsewhere,
                told=version if drawn_at is None else said.known_at(drawn_at),
                drawn=version if is_new else 0,
            )

        what = Post(said.key, announced.payment_id, POSSIBLY_REPEATED)
        place = Place(announced.workspace_id, announced.channel, announced.asker)
        try:
            await self._put(what, place, draw, also)
        except Lasting as error:
            log(Action.CARD_LOST, level="warning", announcement=announced.id, detail=error.code)
            await self._database.write(partial(payments.give_up, id_=announced.id))

    async def _tell(self, said: _Said, at: Posted) -> None:
        """One message in the thread for all that it wasn't told."""
        announced, news = said.announced, said.news
        lines = [line for each in news for line in each.lines]

        def draw(heads: tuple[str, ...]) -> Message:
            return thread(lines, heads=heads)

        def also(connection: Connection, _at: Posted, drawn_at: datetime | None) -> None:
            first, *later = news
            told = [it.version for it in later if drawn_at is None or it.at <= drawn_at]
            version = max([first.version, *told])
            payments.told(connection, announced.id, version=version)

        key = f"{said.key}:{news[0].version}"
        what = Post(key, announced.payment_id, POSSIBLY_REPEATED)
        place = Place(announced.workspace_id, at.channel, announced.asker, thread_ts=at.ts)
        await self._put(what, place, draw, also)

    async def _put(self, what: Post, place: Place, draw: Draw, also: Also) -> None:
        """Posts one after the other: a death leaves one open at most, which one look finds."""
        async with self._posting[place.workspace_id]:
            await self._deliverer.post(what, place, draw, also=also)

    async def _redraw(self, said: _Said, at: Posted) -> None:
        """The message as the payment stands, once there is room for an update."""
        announced = said.announced
        if not self._budget.take(announced.workspace_id, final=True):
            return
        repeated = await self._database.read(
            partial(cards.is_repeated, workspace_id=announced.workspace_id, key=said.key)
        )
        heads = ((POSSIBLY_REPEATED,) if repeated else ()) + heads_of(announced.elsewhere)
        await self._deliverer.redraw(announced.workspace_id, at, card(said.shown, heads=heads))
        version = said.payment.version
        await self._database.write(partial(payments.drawn, id_=announced.id, version=version))

    async def _lost(self, said: _Said, refusal: Lasting) -> None:
        """The message was deleted: what isn't told yet is told by another one."""
        announced = said.announced
        log(Action.CARD_LOST, level="warning", announcement=announced.id, detail=refusal.code)
        if said.news:
            await self._database.write(partial(payments.lost, announced=announced))
        else:
            version = said.payment.version
            await self._database.write(partial(payments.drawn, id_=announced.id, version=version))


def _where(announced: Announcement) -> Posted | None:
    if announced.ts is None or announced.stands_in is None:
        return None
    return Posted(announced.stands_in, announced.ts, announced.elsewhere)
