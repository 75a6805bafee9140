"""Dials campaigns: claims rows as the pace allows, dials each at its slot, writes the outcomes.

Every process that dials runs one of these. They share nothing but the database: rows are claimed
from the ledger, slots from its buckets, in one short transaction that also writes the outcomes of
the calls before. So there is no queue beside the ledger, and nothing to take over from a process
that died: what it hadn't claimed is anybody's, what it had is judged by `ledger.lose`.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.background import Background, report
from bot.calling.outcomes import LATE, Outcome, outcome_of
from bot.calling.place import FROZEN, Accounts, Dial, first_poll, generation_of, reach
from bot.campaigns.hours import Hours
from bot.campaigns.pace import (
    FIRST_RATE,
    MAY_LAG,
    UNDER,
    Pace,
    Price,
    Window,
    caught_up,
    learned,
    reserve,
    slots_until,
)
from bot.clock import Clock
from bot.errors import (
    InputError,
    KeyRejected,
    NoCredit,
    RateLimited,
    StorageError,
    ToinggError,
)
from bot.logs import Action, log
from bot.recipients.intake.script import fill
from bot.recipients.policy import Limits
from bot.slack.text import without
from bot.texting.campaign import PLAIN, text_for
from bot.texting.send import Text
from storage import Connection, budget, campaigns, claims, lists, pacing
from storage.campaigns import Campaign, Happened, Stage
from storage.claims import Due, Made, Refused, Result, Unsure, Waits
from storage.engine import Database
from storage.locks import lock_shared
from storage.pacing import Bucket
from storage.rows import Kind, State

_TICK = 0.02
"""Seconds between two transactions at least: outcomes and claims gather for so long."""
_AHEAD = 0.04
"""How long before its slot a row is claimed at most: what a death leaves uncertain stays few."""
_LOOK = 0.5
"""Seconds after which campaigns that started elsewhere, and times that have come, are seen."""
_IN_FLIGHT = 128
"""Calls of one campaign that wait for Toingg's answer at the same time."""
_AT_ONCE = 48
"""The same where no pace is set: more would only wait for each other."""
_MAY_BE_DUE = (State.PENDING, State.DIALLING, State.UNCERTAIN)
"""Rows that are to be called, or that a person may want to be called again."""
_FAILURES = 10
"""So many calls in a row that went wrong pause a campaign."""
_STOPS_ALL = (KeyRejected.__name__, NoCredit.__name__)
"""What every further call would meet, too."""
_UNREACHABLE_WAIT = timedelta(seconds=5)
_RETRY_AFTER = timedelta(seconds=2)
"""Where a 429 doesn't say how long to wait."""
_SLOW = 0.25
"""Seconds until the next look where as many calls are up as may be."""


_MOST = 10_000
"""Campaigns that may run at the same time."""
_REMOVED = "uninstalled"
_FAULT = Outcome(State.PENDING, "Fault", "Something is wrong with the bot itself: see its log.")
"""A fault of ours before anything was sent."""


@dataclass(frozen=True)
class Rate:
    """What the API takes a second. None: nobody knows, so it is found out; 0: there is no limit."""

    per_second: float | None


@dataclass
class _News:
    """What came back from Toingg since the last transaction.

    `refused`: 429, and for how many seconds; `wrong`: why the campaign can't go on by itself.
    """

    results: list[Result] = field(default_factory=list)
    refused: float | None = None
    wrong: Outcome | None = None

    def before(self, later: "_News") -> "_News":
        """Both, where this couldn't be written."""
        refused = later.refused if later.refused is not None else self.refused
        return _News([*self.results, *later.results], refused, later.wrong or self.wrong)


@dataclass
class _Lane:
    """One campaign that runs here."""

    campaign: Campaign
    limits: Limits
    hours: Hours
    in_flight: int = 0
    failures: int = 0
    news: _News = field(default_factory=_News)
    window: Window = field(default_factory=Window)
    is_warm: bool = False
    """Whether Toingg has answered: the first call goes alone, or those behind it would catch up
    with it while it connects, and arrive all at once.
    """
    is_short: bool = False
    """Whether fewer rows could be claimed than there was room for."""
    next_time: datetime | None = None


@dataclass(frozen=True)
class _Turn:
    """What one transaction found for a lane: rows with their slots (`time.monotonic`)."""

    due: Sequence[tuple[Due, float]] = ()
    again: float = _LOOK
    paused: bool = False
    is_unaffordable: bool = False


class Runner:
    """The dialling of one process."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        background: Background,
        clock: Clock,
        *,
        run: str,
        pace: Callable[[str], Pace],
        rate: Rate,
        price: Callable[[str], Price],
        polls: Callable[[str], bool],
        limits: Callable[[str], Limits],
        workspaces: Callable[[], Collection[str]],
        longest: timedelta,
    ) -> None:
        """`pace`, `price`, `limits` and `polls` of a workspace, by its id; `workspaces`: whose
        campaigns it dials.

        `polls`: its calls are v3's, whose states are asked for. `longest`: after so long a call
        doesn't count as live any more.
        """
        self._database = database
        self._accounts = accounts
        self._background = background
        self._clock = clock
        self._run = run
        self._pace = pace
        self._rate = rate
        self._price = price
        self._polls = polls
        self._limits = limits
        self._workspaces = workspaces
        self._longest = longest
        self._lanes: dict[str, _Lane] = {}
        self._woken = asyncio.Event()
        self._looked = float("-inf")

    def wake(self, campaign: Campaign) -> None:
        """It moved: look now."""
        lane = self._lanes.get(campaign.id)
        if lane is not None:
            lane.campaign = campaign
        self._looked = float("-inf")
        self._woken.set()

    async def go(self) -> None:
        """Dials until the stop; then only what is under way is seen to its end."""
        while not (self._background.is_closing and self._is_idle()):
            started = time.monotonic()
            self._woken.clear()
            try:
                again = await self._round()
            except StorageError as error:
                log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
                again = _LOOK
            except Exception as error:  # noqa: BLE001 - whatever it is, dialling goes on
                report(error)
                again = _LOOK
            await self._rest(started, again)

    def _is_idle(self) -> bool:
        return not any(lane.in_flight or lane.news.results for lane in self._lanes.values())

    async def _rest(self, started: float, again: float) -> None:
        """Until there is something to do; never less than a tick after the last round began."""
        try:
            await asyncio.wait_for(self._woken.wait(), again)
        except TimeoutError:
            return
        left = started + _TICK - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)

    async def _round(self) -> float:
        """One look at every campaign that runs; seconds until the next is worth while."""
        if time.monotonic() >= self._looked + _LOOK:
            self._looked = time.monotonic()
            await self._find()
        again = _LOOK
        for lane in list(self._lanes.values()):
            again = min(again, await self._advance(lane))
        return again

    async def _find(self) -> None:
        """The campaigns that run now; one that doesn't stays while its calls are under way."""
        found = await self._database.read(_running)
        running = [each for each in found if each.workspace_id in self._workspaces()]
        for campaign in running:
            lane, limits = self._lanes.get(campaign.id), self._limits(campaign.workspace_id)
            if lane is None:
                hours = await self._hours(campaign, limits)
                lane = self._lanes[campaign.id] = _Lane(campaign, limits, hours)
            elif lane.limits != limits:  # an owner has changed them
                lane.limits, lane.hours = limits, await self._hours(campaign, limits)
            lane.campaign = campaign
        over = set(self._lanes) - {campaign.id for campaign in running}
        for campaign_id in over:
            lane = self._lanes[campaign_id]
            if not lane.in_flight and not lane.news.results:
                del self._lanes[campaign_id]

    async def _hours(self, campaign: Campaign, limits: Limits) -> Hours:
        every = partial(lists.zones, campaign_id=campaign.id, states=_MAY_BE_DUE)
        return Hours(limits, await self._database.scan(every))

    async def sweep(self) -> None:
        """Rows of cancelled campaigns are cancelled, some hundreds at a time."""
        for campaign_id in await self._database.scan(claims.unswept):
            while await self._database.write(partial(claims.sweep, campaign_id=campaign_id)):
                continue

    async def _advance(self, lane: _Lane) -> float:
        news, lane.news = lane.news, _News()
        try:
            turn = await self._database.write(partial(self._turn, lane=lane, news=news))
        except BaseException:
            lane.news = news.before(lane.news)
            raise
        for due, slot in turn.due:
            self._send(lane, due, slot)
        if turn.paused:
            lane.failures = 0
        if turn.is_unaffordable:
            await self._database.write(partial(self._hold, campaign=lane.campaign))
        return turn.again

    # In the transaction

    def _turn(self, connection: Connection, *, lane: _Lane, news: _News) -> _Turn:
        """Writes outcomes, then claims what may be dialled next. Run again, it does the same."""
        campaign, now = lane.campaign, self._clock()
        if news.wrong is not None and self._pause(connection, campaign, news, now):
            return _Turn(paused=True)
        # Everybody locks in this order: opt-outs, the campaign, buckets, the balance, rows.
        lock_shared(connection, campaign.workspace_id)
        is_running = claims.is_running(connection, campaign.id)
        claims.settle(connection, campaign.workspace_id, news.results, now=now)
        if self._background.is_closing or not is_running:
            return _Turn()
        more = self._keep_hours(connection, lane, now)
        turn = self._claim(connection, lane, news.refused, now)
        return replace(turn, again=_TICK) if more else turn

    def _pause(
        self, connection: Connection, campaign: Campaign, news: _News, now: datetime
    ) -> bool:
        """It can't go on by itself: Toingg refuses all, or too much went wrong in a row."""
        if news.wrong is None:
            return False
        lock_shared(connection, campaign.workspace_id)
        why = {"reason": news.wrong.reason, "said": news.wrong.said}
        paused = campaigns.move(
            connection,
            campaign,
            Stage.PAUSED,
            Happened.FAILING,
            from_=[Stage.RUNNING],
            now=now,
            detail=why,
            **why,
        )
        if paused is None:
            return False
        claims.settle(connection, campaign.workspace_id, news.results, now=now)
        return True

    def _keep_hours(self, connection: Connection, lane: _Lane, now: datetime) -> bool:
        """Rows outside their hours wait, those whose time has come don't; True: there are more.

        Some of them at a time: nobody else writes meanwhile.
        """
        campaign_id = lane.campaign.id
        for zone, until in lane.hours.to_defer(now).items():
            if claims.defer(connection, campaign_id, zone, until=until):
                return True
            lane.hours.deferred(zone)
        if lane.next_time is not None and lane.next_time > now:
            return False
        lane.next_time = now + timedelta(seconds=_LOOK)
        if claims.wake(connection, campaign_id, now=now):
            lane.next_time = now
            return True
        if not lane.is_short:
            return False
        start, end = lane.hours.day_start(now), lane.hours.day_end(now)
        return claims.defer_over_cap(
            connection, lane.campaign, lane.hours.caps, day_start=start, until=end
        )

    def _claim(
        self, connection: Connection, lane: _Lane, refused: float | None, now: datetime
    ) -> _Turn:
        campaign = lane.campaign
        at, started = pacing.clock(connection), time.monotonic()
        paced = self._buckets(connection, campaign.workspace_id, at, refused)
        lane.window.most = min((math.ceil(rate) for _, rate in paced), default=None)
        room = self._room(connection, lane, paced, at, now)
        if room > 0 and self._price(campaign.workspace_id).held_at_most(campaign):
            afforded = self._afforded(connection, campaign)
            if afforded == 0:
                return _Turn(is_unaffordable=True)
            room = min(room, afforded)
        due: list[Due] = []
        if room > 0:
            due = claims.claim(
                connection,
                campaign,
                run=self._run,
                token=secrets.token_hex(8),
                generation=self._generation(campaign),
                closed=lane.hours.closed(now),
                caps=lane.hours.caps,
                day_start=lane.hours.day_start(now),
                limit=room,
                now=now,
            )
            self._reserve(connection, campaign, due, now)
        slots, again = [at] * len(due), 0.0
        for bucket, rate in paced:
            after, mine = reserve(bucket, rate, len(due))
            slots = [max(pair) for pair in zip(slots, mine, strict=True)]
            again = max(again, after.tat - at - _AHEAD)
            pacing.put(connection, after)
        pairs = [(each, started + slot - at) for each, slot in zip(due, slots, strict=True)]
        lane.is_short = len(due) < room
        if lane.is_short:
            return _Turn(pairs, _LOOK)  # nobody else is due
        return _Turn(pairs, min(max(again, _TICK), _LOOK) if room > 0 or again > 0 else _SLOW)

    def _buckets(
        self, connection: Connection, workspace_id: str, at: float, refused: float | None
    ) -> list[tuple[Bucket, float]]:
        """The workspace's own pace, and what Toingg takes: each bucket with its rate a second."""
        found: list[tuple[Bucket, float]] = []
        pace = self._pace(workspace_id).per_second
        if pace is not None:
            bucket = pacing.take(connection, f"pace:{workspace_id}")
            found.append((caught_up(bucket, at, lag=MAY_LAG), pace * UNDER))
        rate = self._rate.per_second
        if rate == 0:
            return found
        bucket = pacing.take(connection, f"toingg:{workspace_id}")
        if rate is None:
            busy = bucket.tat >= at - _AHEAD
            bucket = learned(bucket, at, refused=refused is not None, busy=busy)
            rate = bucket.rate or FIRST_RATE
        if refused is not None:
            bucket = replace(bucket, tat=max(bucket.tat, at + refused))
        return [*found, (caught_up(bucket, at), rate)]

    def _room(
        self,
        connection: Connection,
        lane: _Lane,
        paced: Sequence[tuple[Bucket, float]],
        at: float,
        now: datetime,
    ) -> int:
        """How many rows may be claimed now."""
        room = (_IN_FLIGHT if paced else _AT_ONCE) - lane.in_flight
        if paced and not lane.is_warm:
            room = min(room, 1 - lane.in_flight)
        for bucket, rate in paced:
            room = min(room, slots_until(bucket, at + _AHEAD, rate))
        pace = self._pace(lane.campaign.workspace_id)
        talks = lane.campaign.kind is Kind.CALL
        if room > 0 and talks and pace.max_live is not None:
            live = claims.live_count(
                connection,
                lane.campaign.workspace_id,
                unheard_since=now - pace.mean,
                heard_since=now - self._longest,
            )
            room = min(room, pace.max_live - live)
        return max(room, 0)

    def _generation(self, campaign: Campaign) -> str:
        polls = self._polls(campaign.workspace_id)
        return generation_of(campaign.kind, campaign.script, polls=polls)

    # The budget

    def _afforded(self, connection: Connection, campaign: Campaign) -> int:
        """How many more rows the balance allows, each as dear as any may be."""
        balance = budget.balance(connection, campaign.workspace_id)
        each = self._price(campaign.workspace_id).held_at_most(campaign)
        return claims.MOST if balance is None else max(balance // each, 0)

    def _hold(self, connection: Connection, *, campaign: Campaign) -> None:
        """It waits for money, unless some may come back, or everybody was dialled already."""
        stage = campaigns.lock(connection, campaign.id)
        if stage is not Stage.RUNNING or budget.holds(connection, campaign.workspace_id):
            return
        if self._afforded(connection, campaign):
            return
        if claims.due_count(connection, campaign.id, most=1):
            now, why = self._clock(), Happened.HELD
            campaigns.move(connection, campaign, Stage.HELD, why, from_=[Stage.RUNNING], now=now)

    def _reserve(
        self, connection: Connection, campaign: Campaign, due: Sequence[Due], now: datetime
    ) -> None:
        workspace_id, price = campaign.workspace_id, self._price(campaign.workspace_id)
        if not price.held(campaign.kind):
            return
        if budget.balance(connection, workspace_id) is None:
            return
        claimed = [
            (each.id, each.attempt, each.token, price.held(campaign.kind, each.parts))
            for each in due
        ]
        budget.reserve(connection, workspace_id, claimed, now=now)

    # On the wire

    def _send(self, lane: _Lane, due: Due, slot: float) -> None:
        lane.in_flight += 1
        planned = self._clock() + timedelta(seconds=slot - time.monotonic())
        work = self._dialled(lane, due, planned)
        delay = slot - time.monotonic()
        if delay <= 0:
            self._background.start(work)
        else:
            asyncio.get_running_loop().call_later(delay, self._background.start, work)

    async def _dialled(self, lane: _Lane, due: Due, planned: datetime) -> None:
        try:
            result = await self._result(lane, due, planned)
        finally:
            lane.in_flight -= 1
        lane.is_warm = True
        lane.news.results.append(result)
        self._woken.set()

    async def _result(self, lane: _Lane, due: Due, planned: datetime) -> Result:
        await lane.window.turn()
        if self._clock() - planned > FROZEN:
            return Waits(due.id, due.token, LATE.reason, timedelta(0))
        if lane.campaign.workspace_id not in self._workspaces():  # it has just removed the bot
            return Waits(due.id, due.token, _REMOVED, timedelta(0))
        try:
            account = self._accounts(lane.campaign.workspace_id)
            what = _filled(lane.campaign, due)
        except InputError as error:
            said = next(iter(error.fields.values()), error.message)
            return self._failed(lane, due, Outcome(State.REJECTED, "script", said))
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody was dialled
            report(error)
            return self._failed(lane, due, _FAULT)
        try:
            placed = await reach(account, what)
        except RateLimited as error:
            return self._refused(lane, due, error.retry_after or _RETRY_AFTER)
        except ToinggError as error:
            return self._failed(lane, due, outcome_of(error))
        lane.failures = 0
        poll_at = first_poll(placed, self._clock())
        return Made(due.id, due.token, placed.call_sid, placed.generation, poll_at)

    def _refused(self, lane: _Lane, due: Due, wait: timedelta) -> Result:
        """All of the campaign's rows wait by the bucket; where there is none, this one alone."""
        lane.news.refused = wait.total_seconds()
        alone = self._rate.per_second == 0
        return Waits(due.id, due.token, "RateLimited", wait if alone else timedelta(0))

    def _failed(self, lane: _Lane, due: Due, outcome: Outcome) -> Result:
        """A row of a campaign isn't offered by itself: it waits, and where need be all do.

        What is said of the campaign then mustn't name whose row it was.
        """
        lane.failures += 1
        if lane.failures >= _FAILURES or outcome.reason in _STOPS_ALL:
            private = (due.name, *map(str, due.variables.values()))
            lane.news.wrong = replace(outcome, said=without(outcome.said, *private))
        match outcome.to:
            case State.REJECTED:
                return Refused(due.id, due.token, outcome.reason, outcome.said)
            case State.UNCERTAIN:
                return Unsure(due.id, due.token, outcome.reason)
            case _:
                return Waits(due.id, due.token, outcome.reason, _UNREACHABLE_WAIT)


def _filled(campaign: Campaign, due: Due) -> Dial | Text:
    """What Toingg is asked for this row. Raises InputError where the script wants what it lacks."""
    script = campaign.script
    if campaign.kind is Kind.TEXT:
        plain = bool(campaign.source.get(PLAIN))
        message = text_for(script or "", due.name, due.variables, plain=plain)
        return Text(due.name, due.phone, message)
    if script is not None:
        script = fill(script, {"name": due.name, **due.variables})
    return Dial(campaign.campaign, script, due.name, due.phone, campaign.language)


def _running(connection: Connection) -> list[Campaign]:
    return campaigns.in_state(connection, Stage.RUNNING, limit=_MOST)
