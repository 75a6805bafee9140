"""Privacy: people who are erased, and what is kept for so long only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.calling import Calling
from bot.privacy import forgetting as forgetting_
from bot.privacy import retention as retention_
from bot.privacy.clearing import Clearing
from bot.privacy.forgetting import Forgetting
from bot.privacy.retention import Retention, erase_uninstalled

__all__ = ["Privacy", "build", "erase_uninstalled"]


@dataclass(frozen=True)
class Privacy:
    """The package's parts, built."""

    calling: Calling
    forgetting: Forgetting
    retention: Retention

    def start(self) -> None:
        """Takes up what was left, then goes on."""
        every = self.calling.background.every
        every(forgetting_.EVERY, self.forgetting.look)
        every(retention_.EVERY, self.retention.look)


def build(calling: Calling, *, days: Callable[[str], int | None], gone_for: timedelta) -> Privacy:
    """Everything that erasures need, handed to each other.

    `days`: how long a workspace keeps what it has, by its id; None: for ever. `gone_for`: how long
    ago a workspace that is erased whole removed the bot.
    """
    database, clock, run = calling.database, calling.clock, calling.run
    clearing = Clearing(database, calling.deliverer, calling.budget, clock)
    return Privacy(
        calling=calling,
        forgetting=Forgetting(
            database, calling.directory, calling.deliverer, clearing, clock, run=run
        ),
        retention=Retention(
            database, calling.directory, clearing, clock, run=run, days=days, gone_for=gone_for
        ),
    )
