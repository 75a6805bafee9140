"""Keeps every campaign's card and thread up with its rows.

Whoever moves a campaign wakes it; a ticker looks at those that are under way, since rows move
without a word. Nothing is drawn from memory, always from the rows. Of several processes the one
that moved a campaign last looks after it, or any where that one is dead; where two think so both
redraw the same, and postings keep what is posted single.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.background import Background
from bot.campaigns.cards import CampaignCards, Shown, where
from bot.campaigns.results import Results
from bot.campaigns.standings import Standings
from bot.clock import Clock
from bot.errors import BotError, Lasting, NotLetIn
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks.campaign_parts import Standing
from bot.slack.deliver import Budget, Deliverer
from bot.slack.turns import Turns, pause_after
from storage import campaign_cards
from storage.campaigns import UNSTARTED, Campaign, Event, Stage
from storage.engine import Database
from storage.rows import Elsewhere
from storage.tally import Outcome, Tally

EVERY = timedelta(seconds=1)
QUICKEST = timedelta(seconds=3)
"""What becomes of its rows is drawn no sooner after the last drawing."""
_SHARE = 200
"""A card is redrawn after this part of the time that has gone by since its campaign's last move:
that bounds the requests of a long campaign, and costs no more than half a percent of freshness."""
_LAST_REPORT = timedelta(hours=4)
"""Twilio ends any call after 4 hours: no report settles an uncertain call later. What became of a
text is told within seconds as a rule, and isn't waited for any longer either.
"""
MILESTONES = (25, 50, 75)
_SHORT_LIST = 100
"""A list of no more people has no milestones: it is over soon."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Watch:
    """One campaign while it is looked after: its `version` and `drawn` as of `drawn_at`."""

    campaign: Campaign
    is_running: bool = False
    is_woken: bool = False
    failures: int = 0
    not_before: datetime = _LONG_AGO
    drawn_at: datetime | None = None
    version: int = 0
    drawn: int = 0
    shown: Shown = field(default_factory=Shown)


def due_at(
    campaign: Campaign, *, drawn_at: datetime | None, version: int, is_woken: bool
) -> datetime | None:
    """When the card is to be drawn again, if its `version` was drawn then: pure. None: not again.

    A move is drawn at once, whenever the one before it was: whoever made it looks at the card.
    """
    if drawn_at is None:
        return _LONG_AGO
    if campaign.version != version:
        return drawn_at
    if is_woken or campaign.state is Stage.DRAFT:
        return drawn_at + QUICKEST
    if campaign.state in UNSTARTED:
        return None
    return drawn_at + max(QUICKEST, (drawn_at - campaign.moved_at) / _SHARE)


def milestone_of(numbers: Tally) -> int | None:
    """The last milestone, in percent, that a list has come to: pure. None: not any."""
    if numbers.ready <= _SHORT_LIST:
        return None
    share = numbers.called * 100 / numbers.ready
    return max((each for each in MILESTONES if each <= share), default=None)


class Progress:
    """Looks after what is shown of campaigns."""

    def __init__(
        self,
        database: Database,
        deliverer: Deliverer,
        budget: Budget,
        background: Background,
        clock: Clock,
        standings: Standings,
        results: Results,
        *,
        run: str,
        gather: timedelta,
    ) -> None:
        """`gather`: events within so long share one message in the thread."""
        self._database = database
        self._deliverer = deliverer
        self._cards = CampaignCards(database, deliverer, budget)
        self._background = background
        self._clock = clock
        self._standings = standings
        self._results = results
        self._run = run
        self._gather = gather
        self._watched: dict[str, _Watch] = {}
        self._turns = Turns()

    def wake(self, campaign: Campaign) -> None:
        """Something has changed: look at it as soon as a card may be redrawn."""
        watch = self._watched.setdefault(campaign.id, _Watch(campaign))
        watch.is_woken = True
        self._start(watch, campaign)

    async def look(self) -> None:
        """Looks at what is due: with a change behind it, or under way."""
        now, workspaces = self._clock(), self._deliverer.reachable()
        find = partial(campaign_cards.unfinished, workspaces=workspaces, run=self._run, now=now)
        under_way = await self._database.scan(find)
        late = partial(campaign_cards.untold, workspaces=workspaces, run=self._run, now=now)
        behind = await self._database.scan(partial(late, before=now - self._gather))
        found = {each.id: each for each in (*under_way, *behind)}
        told = {each.id for each in behind}
        for campaign_id, watch in list(self._watched.items()):
            if campaign_id not in found and not watch.is_woken and not watch.is_running:
                del self._watched[campaign_id]
        for watch in list(self._watched.values()):
            found.setdefault(watch.campaign.id, watch.campaign)
        for campaign in found.values():
            watch = self._watched.setdefault(campaign.id, _Watch(campaign))
            if campaign.id in told or self._is_due(watch, campaign):
                self._start(watch, campaign)

    def _is_due(self, watch: _Watch, campaign: Campaign) -> bool:
        is_woken = watch.is_woken or campaign.drawn != watch.drawn
        due = due_at(campaign, drawn_at=watch.drawn_at, version=watch.version, is_woken=is_woken)
        return due is not None and due <= self._clock()

    def _start(self, watch: _Watch, campaign: Campaign) -> None:
        watch.campaign = campaign
        if not watch.is_running and watch.not_before <= self._clock():
            watch.is_running = True
            self._background.start(self._keep(watch))

    async def _keep(self, watch: _Watch) -> None:
        try:
            await self._turns.take(partial(self._look_at, watch))
            while watch.drawn_at and watch.is_woken and self._is_due(watch, watch.campaign):
                await self._turns.take(partial(self._look_at, watch))  # it moved meanwhile
        except NotLetIn:
            self._watched.pop(watch.campaign.id, None)  # all wait together, and are found again
        except BotError as error:
            watch.failures += 1
            watch.not_before = self._clock() + pause_after(watch.failures)
            watch.is_woken = True
            campaign = watch.campaign.id
            log(Action.POST_FAILED, level="warning", campaign=campaign, detail=error.detail)
        else:
            watch.failures = 0
        finally:
            watch.is_running = False

    async def _look_at(self, watch: _Watch) -> None:
        find = partial(campaign_cards.mine, campaign_id=watch.campaign.id)
        campaign = await self._database.read(partial(find, run=self._run, now=self._clock()))
        if campaign is None:  # another process looks after it
            watch.is_woken = False
            return
        is_due = self._is_due(watch, campaign)
        if is_due:  # what wakes it from here on may not be in the numbers yet
            watch.is_woken, watch.drawn_at = False, self._clock()
            watch.version, watch.drawn = campaign.version, campaign.drawn
        news = await self._news(campaign)
        if not is_due and not news:
            return
        standing = await self._standings.of(campaign)
        at = await self._show(standing, watch, news, redraws=is_due)
        await self._milestone(standing)
        await self._files(standing, at)
        watch.is_woken |= watch.shown.is_behind
        if is_due and self._is_final(standing, watch):  # else what is final may not be drawn yet
            await self._database.write(partial(campaign_cards.finished, campaign=campaign))

    async def _news(self, campaign: Campaign) -> list[Event]:
        """What the thread is to be told now: nothing before the first of it has waited a while."""
        news = await self._database.read(partial(campaign_cards.news, campaign_id=campaign.id))
        return news if news and news[0].at <= self._clock() - self._gather else []

    async def _show(
        self, standing: Standing, watch: _Watch, news: list[Event], *, redraws: bool
    ) -> Posted | None:
        """The card, then its thread; where the card stands."""
        campaign = standing.campaign
        if campaign.elsewhere is Elsewhere.NOWHERE:
            watch.shown.is_behind = False
            if news:
                await self._database.write(partial(campaign_cards.give_up, campaign=campaign))
            return None
        at = where(campaign)
        try:
            if redraws:
                at = await self._cards.draw(standing, watch.shown)
            if at is not None and news:
                await self._cards.tell(standing, at, news)
            if at is not None and redraws:
                await self._cards.ask(standing, at, watch.shown)
        except Lasting as error:
            watch.shown, watch.drawn_at = Shown(), None
            await self._cards.lost(standing, at, error)
            return None
        return at

    async def _milestone(self, standing: Standing) -> None:
        campaign, numbers = standing.campaign, standing.tally
        percent = milestone_of(numbers)
        if campaign.state is not Stage.RUNNING or percent is None:
            return
        if percent not in await self._database.read(
            partial(campaign_cards.reached, campaign_id=campaign.id)
        ):
            await self._database.write(
                partial(
                    campaign_cards.milestone,
                    campaign=campaign,
                    percent=percent,
                    called=numbers.called,
                    ready=numbers.ready,
                    now=standing.now,
                )
            )

    async def _files(self, standing: Standing, at: Posted | None) -> None:
        """Who asked gets what can't stand in a channel."""
        if standing.campaign.state is Stage.READY:
            await self._results.send_rejected(standing)
        elif is_settled(standing):
            await self._results.send_all(standing, at)

    def _is_final(self, standing: Standing, watch: _Watch) -> bool:
        """Whether the card shows how it ended, and nothing more can come."""
        campaign, numbers = standing.campaign, standing.tally
        if watch.shown.is_behind or not is_swept(standing):
            return False
        awaited = numbers.uncertain or numbers.placed.get(Outcome.SENT)
        return not awaited or standing.now >= campaign.moved_at + _LAST_REPORT


def is_swept(standing: Standing) -> bool:
    """Whether it is over, nobody is on the line, and whoever isn't called any more is known not to
    be: pure. A cancelled one's rows are swept only after its cancel.
    """
    numbers = standing.tally
    return standing.campaign.is_over and numbers.is_quiet and not numbers.pending


def is_settled(standing: Standing) -> bool:
    """Whether a campaign has been called, and its results are to be had: pure."""
    return standing.campaign.started_at is not None and is_swept(standing)
