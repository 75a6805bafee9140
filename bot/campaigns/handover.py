"""A whole list handed to Toingg in one request, which can't be paused, stopped or followed.

At most once: the intent of every row is committed before the request, and nothing repeats it.
Right before the request the intents are read once more: who was given up for lost, or opted out,
isn't sent, and nobody is where the hand-over was stopped meanwhile.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from bot.background import Background
from bot.calling.outcomes import LATE, outcome_of
from bot.calling.place import FROZEN, Accounts
from bot.calling.settle import settle
from bot.campaigns.approval import Approvals
from bot.campaigns.hours import Hours
from bot.campaigns.pace import Price
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import BotError, OutOfDate, PerhapsPlaced, StorageError, ToinggError
from bot.logs import Action, log
from bot.recipients.policy import Limits
from bot.toingg.client import Person
from storage import Connection, audit, batches, budget, claims, lists
from storage.batches import Intended
from storage.campaigns import Campaign
from storage.claims import Made, Result, Unsure
from storage.engine import Database
from storage.reach import reached_today, take_day_turn

EVERY = timedelta(seconds=5)
_SOME = 200
"""Rows that one write moves."""
_LOOKED_AT = 1000
"""Rows of which one write leaves some out."""
_SCRIPTED = (
    "Toingg takes a whole list only with the campaign's own script. Start calls one by one, or"
    " Edit, and leave Script empty."
)
_OVER_CAP = (
    "The list is longer than what may still be called today here. Start calls as many as may be,"
    " and goes on tomorrow."
)
_OVER_BUDGET = (
    "The budget doesn't suffice for the whole list. Start calls as many as it does, and waits."
)
_CUT_OFF = "The bot was stopped before the list was handed over. Nobody was called."
_LATE = "The bot was stopped in its tracks before the list was handed over. Nobody was called."
_STOPPED = "stopped"
_NOT_SENT = "not_sent"
"""The reason of rows that aren't what was sent: their number opted out at the last moment."""


@dataclass(frozen=True)
class Reach:
    """How many of a list may be called now; `closed`: how many are outside their hours."""

    open: int
    closed: int


class ListHandOver:
    """Hands lists to `make_batch_toingg`."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        wakes: Sequence[WakesCampaign],
        approvals: Approvals,
        background: Background,
        clock: Clock,
        *,
        run: str,
        limits: Callable[[str], Limits],
        price: Callable[[str], Price],
    ) -> None:
        """`limits` and `price` of a workspace, by its id."""
        self._database = database
        self._accounts = accounts
        self._wakes = wakes
        self._background = background
        self._clock = clock
        self._run = run
        self._limits = limits
        self._price = price
        self._approvals = approvals
        self._handing: set[str] = set()

    async def reach(self, campaign: Campaign) -> Reach:
        """Who of the list would be called. Raises BotError for a list that can't be handed over."""
        if campaign.script is not None:
            raise BotError(_SCRIPTED)
        now = self._clock()
        zones = await self._database.scan(partial(lists.zones, campaign_id=campaign.id))
        hours = Hours(self._limits(campaign.workspace_id), zones)
        shut = sum(zones[zone] for zone in hours.closed(now))
        count = sum(zones.values()) - shut
        check = partial(self._check, campaign=campaign, hours=hours, count=count, now=now)
        await self._database.scan(check)
        return Reach(count, shut)

    def _check(
        self, connection: Connection, campaign: Campaign, hours: Hours, count: int, now: datetime
    ) -> None:
        """Raises BotError where the budget, or the cap of the day, isn't enough for so many.

        In a transaction that writes, nobody else takes of either before it ends.
        """
        workspace_id = campaign.workspace_id
        balance = budget.balance(connection, workspace_id)
        if balance is not None and balance < count * self._held(campaign):
            raise BotError(_OVER_BUDGET)
        if hours.caps.day is not None:
            take_day_turn(connection, workspace_id)
            start = hours.day_start(now)
            reached = reached_today(connection, workspace_id, campaign.kind, day_start=start)
            if count > hours.caps.day - reached:
                raise BotError(_OVER_CAP)

    def _held(self, campaign: Campaign) -> int:
        return self._price(campaign.workspace_id).held(campaign.kind)

    async def begin(self, campaign: Campaign, actor: str, count: int) -> None:
        """Hands it over. Raises WantsApproval; OutOfDate where it has moved meanwhile; BotError
        where others have used up the budget or the day's calls.
        """
        guard = await self._approvals.guard(campaign)
        self._handing.add(campaign.id)
        try:
            hours = await self._hours(campaign)
            begin = partial(
                self._begin,
                campaign=campaign,
                hours=hours,
                actor=actor,
                count=count,
                now=self._clock(),
            )
            begun = await self._database.write(lambda c: begin(c) if guard(c) else None)
            if begun is None:
                raise OutOfDate
        except BotError:
            self._handing.discard(campaign.id)
            raise
        self._wake(begun)
        self._background.start(self._hand_over(begun))

    def _begin(
        self,
        connection: Connection,
        campaign: Campaign,
        hours: Hours,
        actor: str,
        count: int,
        now: datetime,
    ) -> Campaign | None:
        self._check(connection, campaign, hours, count, now)
        begun = batches.begin(
            connection,
            campaign,
            actor=actor,
            run=self._run,
            count=count,
            held=count * self._held(campaign),
            now=now,
        )
        if begun is not None:
            who = (campaign.workspace_id, actor, "list_handed_to_toingg", campaign.id)
            audit.append(connection, *who, now=now, people=count)
        return begun

    async def look(self) -> None:
        """Gives back what was cut off before Toingg was asked; what may have been is uncertain."""
        run, handing, now = self._run, tuple(self._handing), self._clock()
        left = partial(batches.left, run=run, handing=handing, now=now)
        for campaign in await self._database.write(left):
            await self._give_back(campaign, batches.INTERRUPTED, _CUT_OFF)
        dropped = partial(batches.dropped, run=run, handing=handing, now=now)
        for campaign in await self._database.scan(dropped):
            await self._all(partial(batches.lose, campaign=campaign, run=run))
            self._wake(campaign)

    async def _hand_over(self, campaign: Campaign) -> None:
        try:
            token = secrets.token_hex(8)
            await self._intend(campaign, token)
            await self._send(campaign, token)
        except StorageError as error:  # `look`, or the recovery of calls, says what came of it
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail, lasting=error.lasting)
        finally:
            self._handing.discard(campaign.id)
        self._wake(campaign)

    async def _intend(self, campaign: Campaign, token: str) -> None:
        """All rows `dialling` that may be called now, the others `skipped`, unless it ends."""
        hours, now = await self._hours(campaign), self._clock()
        leave_out = partial(
            batches.leave_out,
            campaign=campaign,
            closed=tuple(hours.closed(now)),
            number_cap=hours.caps.number,
            day_start=hours.day_start(now),
        )
        after: int | None = -1
        while after is not None:
            some = partial(leave_out, after=after, limit=_LOOKED_AT)
            after = await self._database.write(some)
        await self._all(
            partial(batches.intend, campaign=campaign, token=token, held=self._held(campaign))
        )

    async def _all(self, work: Callable[..., int | None]) -> None:
        """Page by page of the list."""
        after: int | None = -1
        while after is not None:
            some = partial(work, after=after, limit=_SOME)
            after = await settle(self._database, some, self._clock)

    async def _hours(self, campaign: Campaign) -> Hours:
        zones = await self._database.scan(partial(lists.zones, campaign_id=campaign.id))
        return Hours(self._limits(campaign.workspace_id), zones)

    async def _send(self, campaign: Campaign, token: str) -> None:
        """The one request, of the intents as they stand now, unless it comes too late."""
        looked_at = self._clock()
        rows = await self._database.scan(partial(batches.intended, campaign=campaign, token=token))
        if not await self._database.write(partial(batches.goes_on, campaign=campaign)):
            await self._stopped(campaign, token)
        elif self._clock() - looked_at > FROZEN:
            await self._back(campaign, token, LATE.reason)
            await self._give_back(campaign, LATE.reason, _LATE)
        else:
            if rows:
                await self._ask(campaign, token, rows)
            await self._back(campaign, token, _NOT_SENT)

    async def _ask(self, campaign: Campaign, token: str, rows: Sequence[Intended]) -> None:
        people = [Person(row.name, row.phone) for row in rows]
        account = self._accounts(campaign.workspace_id)
        try:
            placed = await account.call_batch(campaign=campaign.campaign, people=people)
        except PerhapsPlaced as error:
            why = outcome_of(error).reason
            await self._settle(campaign, (Unsure(row.id, token, why) for row in rows))
        except ToinggError as error:
            why = outcome_of(error).reason
            await self._back(campaign, token, why)
            await self._give_back(campaign, why, error.message)
        else:
            sids = zip(rows, placed.call_sids, strict=True)
            made = (Made(row.id, token, sid, "v1", None) for row, sid in sids)
            await self._settle(campaign, made)
        log(Action.CAMPAIGN_WENT_OVER, campaign=campaign.id, rows=len(rows))

    async def _settle(self, campaign: Campaign, results: Iterator[Result]) -> None:
        while some := list(islice(results, _SOME)):
            written = partial(claims.settle, workspace_id=campaign.workspace_id, results=some)
            await settle(self._database, written, self._clock)

    async def _back(self, campaign: Campaign, token: str, reason: str) -> None:
        """What still is `dialling` of it wasn't sent, or was refused, for certain."""
        back = partial(batches.hand_back, campaign=campaign, token=token, reason=reason)
        await self._all(back)

    async def _stopped(self, campaign: Campaign, token: str) -> None:
        """Somebody was quicker: whoever is still to be called is called one by one, or not."""
        await self._back(campaign, token, _STOPPED)
        ours = partial(batches.one_by_one, campaign=campaign)
        moved = await settle(self._database, ours, self._clock)
        self._wake(moved or campaign)

    async def _give_back(self, campaign: Campaign, reason: str, said: str) -> None:
        back = partial(batches.not_taken, campaign=campaign, reason=reason, said=said)
        moved = await settle(self._database, back, self._clock)
        if moved is not None:
            self._wake(moved)

    def _wake(self, campaign: Campaign) -> None:
        for each in self._wakes:
            each.wake(campaign)
