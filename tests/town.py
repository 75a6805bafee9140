"""The stand-ins, the page over them, and a real bot process between them, on SQLite."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.bot_process import BotProcess, bot_process, connected, roles_in
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
    bot: BotProcess
    page: Page
    serving: Serving

    def url(self, person: str = "carl", channel: str = "sales") -> str:
        """Where a person looks at a channel."""
        return f"{self.serving.url}/{person}/{channel}"


@contextlib.asynccontextmanager
async def town(folder: Path, *, stripe: StripeSandbox | None = None) -> AsyncIterator[Town]:
    """All of it, ready; its calls ring until somebody acts. A `stripe` is served already."""
    slack, toingg = SlackSandbox(), ToinggSandbox()
    slack.limit_rates()
    toingg.outcome(None, "rings")
    page = Page(slack, toingg, stripe=stripe, roles=roles_in(slack))
    with slack.serve(), toingg.serve() as other:
        async with bot_process(folder, slack, other.url) as bot:
            await bot.ready()
            connected(bot, slack, toingg)
            built = Town(slack, toingg, bot, page, page.serve().start())
            try:
                yield built
            finally:
                built.serving.stop()
