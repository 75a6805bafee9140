"""Campaigns: lists of people, reached one call each, read, paced, controlled, shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.calling import Calling
from bot.campaigns import again as again_
from bot.campaigns import approval as approval_
from bot.campaigns import finish as finish_
from bot.campaigns import handover as handover_
from bot.campaigns import home as home_
from bot.campaigns import notices as notices_
from bot.campaigns import preflight as preflight_
from bot.campaigns import progress as progress_
from bot.campaigns import schedule as schedule_
from bot.campaigns import stopper as stopper_
from bot.campaigns.again import Again
from bot.campaigns.approval import Approvals
from bot.campaigns.control import Control
from bot.campaigns.finish import Finisher
from bot.campaigns.handover import ListHandOver
from bot.campaigns.home import Homes
from bot.campaigns.money import Settlement
from bot.campaigns.notices import Notices
from bot.campaigns.pace import Pace, Price
from bot.campaigns.preflight import Preflight
from bot.campaigns.progress import Progress
from bot.campaigns.results import Results
from bot.campaigns.runner import Rate, Runner
from bot.campaigns.schedule import Schedule
from bot.campaigns.standings import Standings
from bot.campaigns.stopper import Stopper
from bot.campaigns.waking import WakesCampaign
from bot.hooks import Hooks
from bot.slack.blocks.campaign_parts import Terms
from bot.slack.people import People
from storage.campaigns import Campaign

_SWEEP_EVERY = timedelta(seconds=2)
_SETTLE_EVERY = timedelta(seconds=1)

__all__ = ["Campaigns", "Pace", "Price", "Rate", "Terms", "build"]


@dataclass(frozen=True)
class Campaigns:
    """The package's parts, built."""

    calling: Calling
    terms: Callable[[str], Terms]
    """Of a workspace, by its id."""
    wakes: list[WakesCampaign]
    runner: Runner
    control: Control
    approvals: Approvals
    settlement: Settlement
    preflight: Preflight
    stopper: Stopper
    schedule: Schedule
    list_hand_over: ListHandOver
    standings: Standings
    results: Results
    progress: Progress
    homes: Homes
    notices: Notices
    finisher: Finisher
    again: Again

    def wake(self, campaign: Campaign) -> None:
        """Something has changed, or is shown wrongly."""
        for each in self.wakes:
            each.wake(campaign)

    def start(self) -> None:
        """Takes up what was left, then goes on."""
        background = self.calling.background
        background.start(self.runner.go())
        background.every(_SWEEP_EVERY, self.runner.sweep)
        background.every(_SETTLE_EVERY, self.settlement.look)
        background.every(preflight_.EVERY, self.preflight.look)
        background.every(again_.EVERY, self.again.look)
        background.every(stopper_.EVERY, self.stopper.look)
        background.every(schedule_.EVERY, self.schedule.look)
        background.every(approval_.EVERY, self.approvals.look)
        background.every(handover_.EVERY, self.list_hand_over.look)
        background.every(finish_.EVERY, self.finisher.look)
        background.every(progress_.EVERY, self.progress.look)
        background.every(home_.EVERY, self.homes.look)
        background.every(notices_.EVERY, self.notices.look)


def build(
    calling: Calling,
    *,
    pace: Callable[[str], Pace],
    rate: Rate,
    price: Callable[[str], Price],
    terms: Callable[[str], Terms],
    hooks: Hooks,
    people: People,
    grace: timedelta,
) -> Campaigns:
    """Everything that campaigns need, handed to each other; they dial as single calls do.

    `people`: who may get their files. `pace`, `price` and `terms` of a workspace, by its id;
    `terms` is what the cards of its campaigns say of pace and cost. `grace`: how late a scheduled
    campaign still starts by itself.
    """
    database, directory, background = calling.database, calling.directory, calling.background
    clock, run, limits = calling.clock, calling.run, calling.rules.limits
    wakes: list[WakesCampaign] = []
    in_force = people.in_force

    def mean(workspace_id: str) -> timedelta:
        return pace(workspace_id).mean

    approvals = Approvals(database, clock, wakes, holds=in_force.of, price=price)
    standings = Standings(
        database, clock, terms=terms, mean=mean, limits=limits, wants=approvals.wants
    )
    results = Results(database, directory, people, calling.deliverer, clock, run=run)
    control = Control(database, clock, wakes, approvals, run=run)
    runner = Runner(
        database,
        calling.accounts,
        background,
        clock,
        run=run,
        pace=pace,
        rate=rate,
        price=price,
        polls=calling.rules.polls,
        limits=limits,
        workspaces=directory.ids,
        longest=calling.rules.longest,
    )
    stopper = Stopper(database, calling.hang_ups, wakes, background, clock, mean=mean, run=run)
    progress = Progress(
        database,
        calling.deliverer,
        calling.budget,
        background,
        clock,
        standings,
        results,
        run=run,
        gather=calling.rules.gather,
    )
    homes = Homes(
        database,
        directory,
        people,
        hooks,
        standings,
        calling.budget,
        clock,
        source=calling.rules.source,
    )
    wakes += [runner, stopper, progress, homes]
    return Campaigns(
        calling=calling,
        terms=terms,
        wakes=wakes,
        runner=runner,
        control=control,
        approvals=approvals,
        settlement=Settlement(database, clock, price),
        preflight=Preflight(
            database, directory, wakes, background, clock, run=run, region=calling.rules.region
        ),
        stopper=stopper,
        schedule=Schedule(database, control, wakes, approvals, clock, grace=grace),
        list_hand_over=ListHandOver(
            database,
            calling.accounts,
            wakes,
            approvals,
            background,
            clock,
            run=run,
            limits=limits,
            price=price,
        ),
        standings=standings,
        results=results,
        progress=progress,
        homes=homes,
        notices=Notices(
            database,
            directory,
            calling.deliverer,
            clock,
            channel=lambda each: in_force.of(each).notification_channel,
        ),
        finisher=Finisher(database, clock, wakes, mean=mean, run=run),
        again=Again(database, background, clock, progress, run=run),
    )
