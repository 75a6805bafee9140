"""The stand-ins, the page over them, and a real bot process between them, on SQLite."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.sandbox.bot_process import BotProcess, bot_process, connected, roles_in
from bot.sandbox.demo import TOP_UP
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
async def town(folder: Path) -> AsyncIterator[Town]:
    """All of it, ready; its calls ring until somebody acts."""
    slack, stripe = SlackSandbox(), StripeSandbox()
    toingg = ToinggSandbox(cashier=partial(stripe.open, TOP_UP))
    slack.limit_rates()
    toingg.outcome(None, "rings")
    page = Page(slack, toingg, stripe=stripe, roles=roles_in(slack))
    with slack.serve(), stripe.serve(), toingg.serve() as other:
        async with bot_process(folder, slack, other.url, stripe) as bot:
            await bot.ready()
            connected(bot, slack, toingg, stripe)
            built = Town(slack, toingg, stripe, bot, page, page.serve().start())
            try:
                yield built
            finally:
                built.serving.stop()
