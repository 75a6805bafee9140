"""Campaigns: lists of people, reached one call each, paced, controlled, shown."""

from dataclasses import dataclass

from bot.background import Background
from bot.calling import Calling
from bot.campaigns.control import Control
from bot.campaigns.pace import Pace
from bot.campaigns.runner import Rate, Runner

__all__ = ["Campaigns", "Pace", "Rate", "build"]


@dataclass(frozen=True)
class Campaigns:
    """The package's parts, built."""

    background: Background
    runner: Runner
    control: Control

    def start(self) -> None:
        """Takes up what was left, then goes on."""
        self.background.start(self.runner.go())


def build(calling: Calling, *, pace: Pace, rate: Rate) -> Campaigns:
    """Everything that campaigns need, handed to each other; they dial as single calls do."""
    runner = Runner(
        calling.database,
        calling.accounts,
        calling.background,
        calling.clock,
        run=calling.run,
        pace=lambda _workspace_id: pace,
        rate=rate,
        polls=calling.rules.polls,
        limits=lambda _workspace_id: calling.rules.limits,
    )
    control = Control(calling.database, calling.clock, [runner], run=calling.run)
    return Campaigns(calling.background, runner, control)
