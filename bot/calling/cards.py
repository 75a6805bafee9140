"""Keeps each call's card and thread up with its row.

Whoever moves a row wakes its card; a ticker finds those that nobody woke: after a death, from
another process, or while Slack was down. Nothing is drawn from memory, always from the row.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.background import Background
from bot.clock import Clock
from bot.errors import BotError, Lasting, NotLetIn, SlackError
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks import call_card, row_card
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.parts import Message
from bot.slack.deliver import Budget, Deliverer, Place, Post
from bot.slack.directory import Directory
from bot.slack.turns import Turns, pause_after
from storage import Connection, cards, events, rows
from storage.cards import Posting
from storage.engine import Database
from storage.events import Event
from storage.rows import Call, Elsewhere

EVERY = timedelta(seconds=2)


def card_key(call: Call) -> str:
    """The key of its card's posting: there is one, and another where it was moved."""
    return f"call:{call.id}:card" + (":moved" if call.elsewhere is Elsewhere.MOVED else "")


def place_of(call: Call) -> Place:
    """Where its card goes."""
    moved = Elsewhere.MOVED if call.elsewhere is Elsewhere.MOVED else None
    return Place(call.workspace_id, call.asked_in, call.requested_by, elsewhere=moved)


@dataclass
class _Card:
    """One call's card while something is to be done about it."""

    workspace_id: str
    is_running: bool = False
    is_stale: bool = False
    failures: int = 0
    not_before: datetime | None = None
    meant: Posting | None = None


class Cards:
    """Every call's card: posted once, redrawn in place, its thread told what happened."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        deliverer: Deliverer,
        budget: Budget,
        background: Background,
        clock: Clock,
        *,
        source: Callable[[str], Source],
        gather: timedelta,
    ) -> None:
        """`source` of a workspace, by its id. `gather`: events within so long share one line-up in
        the thread.
        """
        self._database = database
        self._directory = directory
        self._deliverer = deliverer
        self._budget = budget
        self._background = background
        self._clock = clock
        self._source = source
        self._gather = gather
        self._cards: dict[str, _Card] = {}
        self._turns = Turns()

    def wake(self, call_id: str, workspace_id: str) -> None:
        """Something has changed: look at the row now, or again once the present look is done."""
        card = self._cards.setdefault(call_id, _Card(workspace_id))
        card.is_stale = True
        if card.is_running or (card.not_before is not None and card.not_before > self._clock()):
            return
        card.is_running = True
        self._background.start(self._keep(call_id, card))

    def begin(self, call: Call, meant: Posting | None) -> None:
        """Posts the card of a new row, whose posting was written down with it."""
        self._cards[call.id] = _Card(call.workspace_id, meant=meant)
        self.wake(call.id, call.workspace_id)

    async def catch_up(self) -> None:
        """Wakes what is behind, whoever left it so; redraws only as many as may go now."""
        workspaces = self._deliverer.reachable()
        late = await self._database.scan(partial(cards.unposted, workspaces=workspaces))
        before = self._clock() - self._gather
        untold = partial(cards.untold, workspaces=workspaces, before=before)
        late += await self._database.scan(untold)
        room = max((self._budget.left(each) for each in workspaces), default=0)
        if room > 0:
            undrawn = partial(cards.undrawn, workspaces=workspaces, limit=room)
            late += await self._database.scan(undrawn)
        for call in late:
            self.wake(call.id, call.workspace_id)

    async def _keep(self, call_id: str, card: _Card) -> None:
        try:
            while card.is_stale:
                card.is_stale = False
                await self._turns.take(partial(self._look, call_id, card))
        except NotLetIn:
            self._cards.pop(call_id, None)  # all wait together; what is behind is found again
        except BotError as error:
            card.failures += 1
            card.not_before = self._clock() + pause_after(card.failures)
            log(Action.POST_FAILED, level="warning", call=call_id, detail=error.detail)
        else:
            if not card.is_stale:
                self._cards.pop(call_id, None)
        finally:
            card.is_running = False

    async def _look(self, call_id: str, card: _Card) -> None:
        call, news = await self._database.read(
            lambda connection: (
                rows.get(connection, card.workspace_id, call_id),
                events.untold(connection, call_id),
            )
        )
        if call is None or call.campaign_id is not None:  # its campaign's card shows it
            return
        if call.elsewhere is Elsewhere.NOWHERE:
            if news:
                await self._database.write(partial(cards.give_up, call=call))
            return
        try:
            at = await self._show(call, card)
        except Lasting as error:
            await self._lost(call, card, _where(call), error)
            return
        card.failures, card.not_before = 0, None
        if at is None or not news:
            return
        wait = news[0].at + self._gather - self._clock()
        if wait > timedelta(0):
            asyncio.get_running_loop().call_later(
                wait.total_seconds(), self.wake, call_id, card.workspace_id
            )
            return
        try:
            await self._tell(call, at, news)
        except Lasting as error:
            if await self._lost(call, card, at, error):
                with contextlib.suppress(SlackError):  # it may be the thread alone that is closed
                    await self._deliverer.redraw(call.workspace_id, at, row_card.moved(call))

    async def _show(self, call: Call, card: _Card) -> Posted | None:
        """The card as the row is now; where it stands."""
        at = _where(call)
        if at is None:
            return await self._post(call, card)
        if call.drawn < call.version and self._budget.take(call.workspace_id, final=call.is_over):
            is_repeated = partial(
                cards.is_repeated, workspace_id=call.workspace_id, key=card_key(call)
            )
            heads = call_card.heads(call, repeated=await self._database.read(is_repeated))
            message = row_card.card(call, self._source(call.workspace_id), heads=heads)
            await self._deliverer.redraw(call.workspace_id, at, message)
            await self._database.write(partial(cards.drawn, call=call))
        return at

    async def _post(self, call: Call, card: _Card) -> Posted | None:
        def draw(heads: tuple[str, ...]) -> Message:
            return row_card.card(call, self._source(call.workspace_id), heads=heads)

        def also(connection: Connection, at: Posted, drawn_at: datetime | None) -> None:
            version = call.version if drawn_at is None else 0
            cards.posted_card(
                connection,
                call,
                channel=at.channel,
                ts=at.ts,
                elsewhere=at.elsewhere,
                version=version,
            )
            card.is_stale = card.is_stale or version == 0

        meant, card.meant = card.meant, None  # what fails after this is intended anew
        return await self._deliverer.post(
            Post(card_key(call), call.id, call_card.POSSIBLY_REPEATED),
            place_of(call),
            draw,
            also=also,
            meant=meant,
        )

    async def _tell(self, call: Call, at: Posted, news: Sequence[Event]) -> None:
        def draw(heads: tuple[str, ...]) -> Message:
            return row_card.thread(news, call, heads=heads)

        def also(connection: Connection, _at: Posted, drawn_at: datetime | None) -> None:
            first, *later = news
            told = [each for each in later if drawn_at is None or each.at <= drawn_at]
            events.tell(connection, [each.id for each in (first, *told)])

        await self._deliverer.post(
            Post(f"call:{call.id}:thread:{news[0].id}", call.id, call_card.POSSIBLY_REPEATED),
            Place(call.workspace_id, at.channel, call.requested_by, thread_ts=at.ts),
            draw,
            also=also,
        )

    # What is lost

    async def _lost(self, call: Call, card: _Card, at: Posted | None, refusal: SlackError) -> bool:
        """The card doesn't stand at `at` any more, or can't be posted. Whether it is moved.

        It is moved once. A call that is over needs no card: only others have something to decide.
        """
        if at is None or call.is_over or call.elsewhere is Elsewhere.MOVED:
            await self._give_up(call, refusal)
            return False
        card.is_stale = True
        moved = await self._database.write(partial(cards.move, call=call, ts=at.ts))
        if moved:
            log(Action.CARD_MOVED, level="warning", call=call.id, detail=refusal.code)
        return moved

    async def _give_up(self, call: Call, refusal: SlackError) -> None:
        """Tells who asked, where that is possible, and never looks after the card again."""

        def draw(heads: tuple[str, ...]) -> Message:
            source = self._source(call.workspace_id)
            return row_card.report(call, row_card.headline(call, source), heads=heads)

        def also(connection: Connection, _at: Posted, _drawn_at: datetime | None) -> None:
            cards.give_up(connection, call)

        what = Post(f"call:{call.id}:lost", call.id, call_card.POSSIBLY_REPEATED)
        place = Place(call.workspace_id, "", call.requested_by, elsewhere=Elsewhere.NOWHERE)
        try:
            told = await self._deliverer.post(what, place, draw, also=also)
        except Lasting:
            await self._database.write(partial(cards.give_up, call=call))
        else:
            if told is None:  # another process is about it
                return
        log(Action.CARD_LOST, level="warning", call=call.id, detail=refusal.code)


def _where(call: Call) -> Posted | None:
    """Where its card stands."""
    if call.card_ts is None or call.channel is None:
        return None
    return Posted(call.channel, call.card_ts, call.elsewhere)
