"""The stand-ins, the page over them, and a real bot process between them, on SQLite."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.sandbox.bot_process import BotProcess, bot_process, connected
from bot.sandbox.demo import TOP_UP, page_over, slack_for
from bot.sandbox.page import Page
from bot.sandbox.serving import Serving
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox


@dataclass
class Town:
    """Everything that the demo starts; `serving` is the page's."""

    slack: SlackSandbox
    toingg: ToinggSandbox
    stripe: StripeSandbox
    bot: BotProcess
    page: Page
    serving: Serving

    def url(self, person: str = "carl", channel: str = "sales") -> str:
        """Where a person looks at a channel."""
        return f"{self.serving.url}/{person}/{channel}"


@contextlib.asynccontextmanager
async def town(folder: Path, *, installs: bool = False) -> AsyncIterator[Town]:
    """All of it, ready; its calls ring until somebody acts.

    With `installs` the bot is in no workspace to begin with.
    """
    slack, stripe = slack_for(installs=installs), StripeSandbox()
    toingg = ToinggSandbox(cashier=partial(stripe.open, TOP_UP))
    slack.limit_rates()
    toingg.outcome(None, "rings")
    page = page_over(slack, toingg, stripe)
    with slack.serve(), stripe.serve(), toingg.serve() as other:
        async with bot_process(folder, slack, other.url, stripe, installs=installs) as bot:
            await bot.ready()
            connected(bot, slack, toingg, stripe, installs=installs)
            built = Town(slack, toingg, stripe, bot, page, page.serve().start())
            try:
                yield built
            finally:
                built.serving.stop()
