"""Campaigns: lists of people, read, checked, started, controlled, stopped."""

from dataclasses import dataclass
from datetime import timedelta

from bot.calling import Calling
from bot.campaigns import preflight as preflight_
from bot.campaigns import schedule as schedule_
from bot.campaigns import stopper as stopper_
from bot.campaigns.control import Control, WakesCampaign
from bot.campaigns.preflight import Preflight
from bot.campaigns.schedule import Schedule
from bot.campaigns.stopper import Stopper
from storage.campaigns import Campaign


@dataclass(frozen=True)
class Campaigns:
    """The package's parts, built."""

    calling: Calling
    wakes: list[WakesCampaign]
    control: Control
    preflight: Preflight
    stopper: Stopper
    schedule: Schedule

    def wake(self, campaign: Campaign) -> None:
        """Something has changed, or was found to be shown wrongly."""
        for each in self.wakes:
            each.wake(campaign)

    def start(self) -> None:
        """Takes up what was left, then goes on looking."""
        every = self.calling.background.every
        every(preflight_.EVERY, self.preflight.look)
        every(stopper_.EVERY, self.stopper.look)
        every(schedule_.EVERY, self.schedule.look)


def build(calling: Calling, *, grace: timedelta) -> Campaigns:
    """Everything that campaigns need, handed to each other.

    `grace`: how late a scheduled campaign still starts by itself.
    """
    database, background, clock, run = (
        calling.database,
        calling.background,
        calling.clock,
        calling.run,
    )
    wakes: list[WakesCampaign] = []
    control = Control(database, clock, wakes, run=run)
    preflight = Preflight(
        database,
        calling.directory,
        wakes,
        background,
        clock,
        run=run,
        region=calling.rules.region,
    )
    stopper = Stopper(database, calling.hang_ups, wakes, background, clock, run=run)
    wakes.append(stopper)
    return Campaigns(
        calling=calling,
        wakes=wakes,
        control=control,
        preflight=preflight,
        stopper=stopper,
        schedule=Schedule(database, control, wakes, clock, grace=grace),
    )
