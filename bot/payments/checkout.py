"""Asks Toingg for checkout sessions: for people, and for campaigns that wait for money.

Making a session charges nobody, so that what a death, or a lost answer, leaves open is asked again.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.background import Background
from bot.calling.place import Accounts
from bot.clock import Clock
from bot.errors import NotPlaced, OutOfDate, StorageError, ToinggError
from bot.logs import Action, log
from bot.payments.account import Look, Session, Unseen
from bot.payments.checkout_cards import CheckoutCards
from bot.payments.link import LinkRules, link_of
from storage import Connection, audit, checkouts
from storage.campaigns import Campaign
from storage.checkouts import Asked, Checkout, Link, NewCheckout
from storage.engine import Database

EVERY = timedelta(seconds=1)


class Checkouts:
    """The askings of one process."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        look: Callable[[str], Look],
        cards: CheckoutCards,
        background: Background,
        clock: Clock,
        *,
        run: str,
        rules: Callable[[str], LinkRules],
    ) -> None:
        """`look` and `rules` of a workspace, by its id: the first asks Stripe for a session, where
        the account is ours.
        """
        self._database = database
        self._accounts = accounts
        self._look = look
        self._cards = cards
        self._background = background
        self._clock = clock
        self._run = run
        self._rules = rules
        self._asking: set[str] = set()
        self._seen: set[str] = set()
        """What was being asked for at some time since the last look began."""

    async def ask(self, new: NewCheckout) -> Asked:
        """One asking, written down; Toingg is asked beside it, and the card says what came of it.

        An open link of who asks is given instead, where there is one.
        """
        now = self._clock()

        def write(connection: Connection) -> Asked:
            asked = checkouts.ask(connection, new, run=self._run, now=now)
            if asked.is_new and asked.checkout is not None:
                who = (new.workspace_id, new.asked_by, "checkout_asked", asked.checkout.id)
                audit.append(connection, *who, now=now)
            return asked

        asked = await self._database.write(write)
        if asked.is_new and asked.checkout is not None:
            self._start(asked.checkout)
        return asked

    async def again(self, checkout: Checkout) -> None:
        """Asks again for one that came to nothing. Raises OutOfDate where it isn't so any more."""
        write = partial(checkouts.ask_again, checkout=checkout, run=self._run)
        asked = await self._database.write(write)
        if asked is None:
            self._cards.wake()
            raise OutOfDate
        self._start(asked)

    async def look(self) -> None:
        """Ends links whose time is over; asks for campaigns that wait; goes on after a death."""
        now = self._clock()
        due = await self._database.read(partial(checkouts.due, run=self._run, now=now))
        if due.expired and await self._database.write(partial(checkouts.expire, now=now)):
            self._cards.wake()
        for campaign, began in await self._database.read(checkouts.unlinked_holds):
            await self._database.write(
                partial(
                    checkouts.ask_for_hold,
                    new=for_hold(campaign, began),
                    run=self._run,
                    now=self._clock(),
                )
            )
        if due.abandoned:
            await self._database.write(partial(checkouts.take_over, run=self._run, now=now))
        self._seen = set(self._asking)
        for checkout in await self._database.read(partial(checkouts.asking, run=self._run)):
            if checkout.id not in self._seen:  # what ended meanwhile may have been read before
                self._start(checkout)

    def _start(self, checkout: Checkout) -> None:
        if not self._background.is_closing and checkout.id not in self._asking:
            self._asking.add(checkout.id)
            self._seen.add(checkout.id)
            self._background.start(self._open(checkout))

    async def _open(self, checkout: Checkout) -> None:
        try:
            write = await self._answer(checkout)
            moved = await self._database.write(write)
        except StorageError as error:  # it is asked again
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
            return
        finally:
            self._asking.discard(checkout.id)
        if moved is not None:
            log(Action.CHECKOUT_MOVED, checkout=moved.id, state=moved.state, reason=moved.reason)
        self._cards.wake()

    async def _answer(self, checkout: Checkout) -> "partial[Checkout | None]":
        """What is to be written of Toingg's answer, and of Stripe's."""
        try:
            answer = await self._accounts(checkout.workspace_id).create_checkout_session()
        except ToinggError as error:
            return partial(
                checkouts.failed,
                checkout=checkout,
                certain=isinstance(error, NotPlaced),
                reason=type(error).__name__,
                said=error.message,
            )
        seen: Session | Unseen = Unseen.NOT_ASKED
        if answer.session_id:
            seen = await self._look(checkout.workspace_id)(answer.session_id)
        link: Link = link_of(answer, seen, self._rules(checkout.workspace_id), self._clock())
        return partial(checkouts.opened, checkout=checkout, link=link)


def for_hold(campaign: Campaign, began: int) -> NewCheckout:
    """What a campaign asks for that waits for money since the event of this id: pure."""
    return NewCheckout(
        workspace_id=campaign.workspace_id,
        click_key=checkouts.hold_key(str(began)),
        asked_by=campaign.owner,
        asked_in=campaign.channel or "",
        thread_ts=campaign.card_ts,
        campaign_id=campaign.id,
    )
