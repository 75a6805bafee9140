"""Keeps each checkout's card up with its row: posted once, and changed in place."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.background import Background
from bot.clock import Clock
from bot.errors import BotError, Lasting, NotLetIn
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks import checkout_card
from bot.slack.blocks.checkout_card import POSSIBLY_REPEATED, Written
from bot.slack.blocks.parts import Message
from bot.slack.deliver import Budget, Deliverer, Place, Post
from bot.slack.directory import Directory
from bot.slack.turns import pause_after
from storage import Connection, cards, checkout_cards
from storage.checkouts import Checkout, State
from storage.engine import Database
from storage.rows import Elsewhere

EVERY = timedelta(seconds=1)
_AT_ONCE = 20


@dataclass(frozen=True)
class _Failing:
    """A card that Slack didn't take: how often in a row, and when it is tried again."""

    failures: int
    not_before: datetime


class CheckoutCards:
    """Every checkout's card, and what owners are told of payments that don't fit."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        deliverer: Deliverer,
        budget: Budget,
        background: Background,
        clock: Clock,
        *,
        channel: Callable[[str], str],
        owners: Callable[[str], Sequence[str]],
        written: Callable[[str], Written],
        takes_word: Callable[[str], bool],
    ) -> None:
        """All of a workspace, by its id: `written` prints money; `takes_word`: there is a balance
        that a person's word may fill. Of a payment that doesn't fit is told the `channel`, where
        there is one, else its `owners`, else who asked for the link.
        """
        self._database = database
        self._directory = directory
        self._deliverer = deliverer
        self._budget = budget
        self._background = background
        self._clock = clock
        self._channel = channel
        self._owners = owners
        self._written = written
        self._takes_word = takes_word
        self._failing: dict[str, _Failing] = {}
        self._looking = asyncio.Lock()

    def wake(self) -> None:
        """Something has moved: look now."""
        self._background.start(self.look())

    async def look(self) -> None:
        """Posts and redraws what is behind, whoever left it so."""
        async with self._looking:
            reachable = self._deliverer.reachable()
            limit = _AT_ONCE + len(self._failing)  # those don't hold up the others
            find = partial(checkout_cards.behind, workspaces=reachable, limit=limit)
            for checkout in await self._database.read(find):
                failing = self._failing.get(checkout.id)
                if failing is None or failing.not_before <= self._clock():
                    await self._keep(checkout)

    async def _keep(self, checkout: Checkout) -> None:
        try:
            if checkout.fault is not None:
                await self._tell_owners(checkout)
            await self._draw(checkout)
        except NotLetIn:
            return  # all wait together
        except Lasting as error:
            await self._lost(checkout, error)
        except BotError as error:
            before = self._failing.get(checkout.id)
            failures = before.failures + 1 if before else 1
            again = self._clock() + pause_after(failures)
            self._failing[checkout.id] = _Failing(failures, again)
            log(Action.POST_FAILED, level="warning", checkout=checkout.id, detail=error.detail)
        else:
            self._failing.pop(checkout.id, None)

    async def _draw(self, checkout: Checkout) -> None:
        if checkout.channel is None or checkout.card_ts is None:
            await self._post(checkout)
            return
        final = checkout.state is State.PAID
        if not self._budget.take(checkout.workspace_id, final=final):
            return
        is_repeated = partial(
            cards.is_repeated, workspace_id=checkout.workspace_id, key=card_key(checkout)
        )
        heads = checkout_card.heads(checkout, repeated=await self._database.read(is_repeated))
        at = Posted(checkout.channel, checkout.card_ts)
        await self._deliverer.redraw(checkout.workspace_id, at, self._message(checkout, heads))
        await self._database.write(partial(checkout_cards.drawn, checkout=checkout))

    def _message(self, checkout: Checkout, heads: tuple[str, ...]) -> Message:
        takes_word = self._takes_word(checkout.workspace_id)
        written = self._written(checkout.workspace_id)
        return checkout_card.card(checkout, written, takes_word=takes_word, heads=heads)

    async def _post(self, checkout: Checkout) -> None:
        def also(connection: Connection, at: Posted, drawn_at: datetime | None) -> None:
            checkout_cards.posted(
                connection,
                checkout,
                channel=at.channel,
                ts=at.ts,
                elsewhere=at.elsewhere,
                version=checkout.version if drawn_at is None else 0,
            )

        await self._deliverer.post(
            Post(card_key(checkout), checkout.id, POSSIBLY_REPEATED),
            place_of(checkout),
            partial(self._message, checkout),
            also=also,
        )

    async def _tell_owners(self, checkout: Checkout) -> None:
        """In the channel that is for it, else by direct message to each; once in each place."""
        api, owners = self._directory.api(checkout.workspace_id), self._told(checkout)
        channel = self._channel(checkout.workspace_id)
        for owner in owners[:1] if channel else owners:
            key = f"checkout:{checkout.id}:{checkout.fault}:{channel or owner}"
            try:
                at = channel or await api.dm(owner)
                await self._deliverer.post(
                    Post(key, checkout.id, POSSIBLY_REPEATED),
                    Place(checkout.workspace_id, at, owner),
                    partial(self._warning, checkout),
                    also=lambda *_: None,
                )
            except Lasting as error:  # one that can't be told doesn't hold up the others
                log(Action.POST_FAILED, level="warning", checkout=checkout.id, detail=error.detail)

    def _told(self, checkout: Checkout) -> Sequence[str]:
        return self._owners(checkout.workspace_id) or [checkout.asked_by]

    def _warning(self, checkout: Checkout, heads: tuple[str, ...]) -> Message:
        return checkout_card.warning(checkout, self._written(checkout.workspace_id), heads=heads)

    async def _lost(self, checkout: Checkout, refusal: Lasting) -> None:
        """The card can't stand there: it goes to who asked, once."""
        if await self._database.write(partial(checkout_cards.lost, checkout=checkout)):
            log(Action.CARD_MOVED, level="warning", checkout=checkout.id, detail=refusal.code)
            self.wake()
            return
        await self._database.write(partial(checkout_cards.drawn, checkout=checkout))
        log(Action.CARD_LOST, level="warning", checkout=checkout.id, detail=refusal.code)


def card_key(checkout: Checkout) -> str:
    """The key of its card's posting: there is one, and another where it was moved."""
    moved = ":moved" if checkout.elsewhere is Elsewhere.MOVED else ""
    return f"checkout:{checkout.id}:card{moved}"


def place_of(checkout: Checkout) -> Place:
    """Where its card goes."""
    place = Place(
        checkout.workspace_id, checkout.asked_in, checkout.asked_by, thread_ts=checkout.thread_ts
    )
    if checkout.elsewhere is Elsewhere.MOVED:
        return replace(place, thread_ts=None, elsewhere=Elsewhere.MOVED)
    return place
