"""A whole list handed to Toingg in one request, which can't be paused, stopped or followed.

At most once: the intent of every row is committed before the request, and nothing repeats it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.background import Background
from bot.calling.outcomes import outcome_of
from bot.calling.place import Accounts
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
from storage import batches, budget, claims, lists
from storage.campaigns import Campaign
from storage.claims import Made, Result, Unsure, Waits
from storage.engine import Database
from storage.reach import reached_today

EVERY = timedelta(seconds=5)
_SOME = 200
"""Rows that one write touches."""
_PAGE = 2000
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


@dataclass(frozen=True)
class Reach:
    """How many of a list may be called now; `closed`: how many are outside their hours."""

    open: int
    closed: int


@dataclass(frozen=True)
class _Intent:
    """A row that went over, and what Toingg is told of it."""

    id: str
    person: Person


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
        if hours.caps.day is not None:
            today = partial(
                reached_today,
                workspace_id=campaign.workspace_id,
                kind=campaign.kind,
                day_start=hours.day_start(now),
            )
            if count > hours.caps.day - await self._database.scan(today):
                raise BotError(_OVER_CAP)
        balance = await self._database.scan(
            partial(budget.balance, workspace_id=campaign.workspace_id)
        )
        held = self._price(campaign.workspace_id).held(campaign.kind)
        if balance is not None and balance < count * held:
            raise BotError(_OVER_BUDGET)
        return Reach(count, shut)

    async def begin(self, campaign: Campaign, actor: str, count: int) -> None:
        """Hands it over. Raises WantsApproval, or OutOfDate where it has moved meanwhile."""
        guard = await self._approvals.guard(campaign)
        self._handing.add(campaign.id)
        begin = partial(
            batches.begin,
            campaign=campaign,
            actor=actor,
            run=self._run,
            count=count,
            now=self._clock(),
        )
        try:
            begun = await self._database.write(lambda c: begin(c) if guard(c) else None)
            if begun is None:
                raise OutOfDate
        except BotError:
            self._handing.discard(campaign.id)
            raise
        self._wake(begun)
        self._background.start(self._hand_over(begun))

    async def look(self) -> None:
        """Gives back what was cut off before Toingg was asked."""
        left = partial(batches.left, run=self._run, handing=tuple(self._handing), now=self._clock())
        for campaign in await self._database.write(left):
            await self._give_back(campaign, batches.INTERRUPTED, _CUT_OFF)

    async def _hand_over(self, campaign: Campaign) -> None:
        try:
            token = secrets.token_hex(8)
            await self._intend(campaign, token)
            rows = await self._rows(campaign, token)
            if rows:
                await self._ask(campaign, token, rows)
        except StorageError as error:  # `look`, or the recovery of calls, says what came of it
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail, lasting=error.lasting)
        finally:
            self._handing.discard(campaign.id)
        self._wake(campaign)

    async def _intend(self, campaign: Campaign, token: str) -> None:
        """All rows `dialling` that may be called now, the others `skipped`."""
        hours, now = await self._hours(campaign), self._clock()
        out = partial(
            batches.leave_out,
            campaign=campaign,
            closed=tuple(hours.closed(now)),
            number_cap=hours.caps.number,
            day_start=hours.day_start(now),
            limit=_SOME,
        )
        while await self._database.write(out):
            continue
        more = True
        while more:
            intend = partial(
                batches.intend,
                campaign=campaign,
                token=token,
                run=self._run,
                held=self._price(campaign.workspace_id).held(campaign.kind),
                now=self._clock(),
                limit=_SOME,
            )
            more = await self._database.write(intend)

    async def _hours(self, campaign: Campaign) -> Hours:
        zones = await self._database.scan(partial(lists.zones, campaign_id=campaign.id))
        return Hours(self._limits(campaign.workspace_id), zones)

    async def _rows(self, campaign: Campaign, token: str) -> list[_Intent]:
        rows: list[_Intent] = []
        after = -1
        while True:
            page = partial(
                batches.intended, campaign=campaign, token=token, after=after, limit=_PAGE
            )
            found = await self._database.scan(page)
            rows += [_Intent(row.id, Person(row.name, row.phone)) for row in found]
            if len(found) < _PAGE:
                return rows
            after = found[-1].seq

    async def _ask(self, campaign: Campaign, token: str, rows: Sequence[_Intent]) -> None:
        people = [row.person for row in rows]
        account = self._accounts(campaign.workspace_id)
        try:
            placed = await account.call_batch(campaign=campaign.campaign, people=people)
        except PerhapsPlaced as error:
            why = outcome_of(error).reason
            await self._settle(campaign, [Unsure(row.id, token, why) for row in rows])
        except ToinggError as error:
            why = outcome_of(error).reason
            back = [Waits(row.id, token, why, timedelta(0)) for row in rows]
            await self._settle(campaign, back)
            await self._give_back(campaign, why, error.message)
        else:
            sids = zip(rows, placed.call_sids, strict=True)
            await self._settle(
                campaign, [Made(row.id, token, sid, "v1", None) for row, sid in sids]
            )
        log(Action.CAMPAIGN_WENT_OVER, campaign=campaign.id, rows=len(rows))

    async def _settle(self, campaign: Campaign, results: Sequence[Result]) -> None:
        for first in range(0, len(results), _SOME):
            some = results[first : first + _SOME]
            written = partial(claims.settle, workspace_id=campaign.workspace_id, results=some)
            await settle(self._database, written, self._clock)

    async def _give_back(self, campaign: Campaign, reason: str, said: str) -> None:
        back = partial(batches.not_taken, campaign=campaign, reason=reason, said=said)
        moved = await settle(self._database, back, self._clock)
        if moved is not None:
            self._wake(moved)

    def _wake(self, campaign: Campaign) -> None:
        for each in self._wakes:
            each.wake(campaign)
