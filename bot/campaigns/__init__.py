"""Campaigns: lists of people, reached one call each, paced, controlled, shown."""

from dataclasses import dataclass
from datetime import timedelta

from bot.background import Background
from bot.calling import Calling
from bot.campaigns.control import Control
from bot.campaigns.money import Settlement
from bot.campaigns.pace import Pace, Price
from bot.campaigns.runner import Rate, Runner

_SWEEP_EVERY = timedelta(seconds=2)
_SETTLE_EVERY = timedelta(seconds=1)

__all__ = ["Campaigns", "Pace", "Price", "Rate", "build"]


@dataclass(frozen=True)
class Campaigns:
    """The package's parts, built."""

    background: Background
    runner: Runner
    control: Control
    settlement: Settlement

    def start(self) -> None:
        """Takes up what was left, then goes on."""
        self.background.start(self.runner.go())
        self.background.every(_SWEEP_EVERY, self.runner.sweep)
        self.background.every(_SETTLE_EVERY, self.settlement.look)


def build(calling: Calling, *, pace: Pace, rate: Rate, price: Price) -> Campaigns:
    """Everything that campaigns need, handed to each other; they dial as single calls do."""
    runner = Runner(
        calling.database,
        calling.accounts,
        calling.background,
        calling.clock,
        run=calling.run,
        pace=lambda _workspace_id: pace,
        rate=rate,
        price=price,
        polls=calling.rules.polls,
        limits=lambda _workspace_id: calling.rules.limits,
    )
    control = Control(calling.database, calling.clock, [runner], run=calling.run)
    settlement = Settlement(calling.database, calling.clock, price)
    return Campaigns(calling.background, runner, control, settlement)
