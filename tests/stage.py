"""The whole product on one stage: the real bot between a local Slack and a local Toingg."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from bot.app import Bot, Timing, open_database, running
from bot.clock import Clock, now
from bot.sandbox.instants import Instants
from bot.sandbox.serving import PromptServer, listen
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.toingg import Life, ToinggSandbox
from bot.sandbox.toingg.cashier import Cashier, made_up
from bot.settings import Settings, read_settings

T = TypeVar("T")

JOHN = "+14155550132"
QUICK = "+14155550132 | John Doe | Spring Sale"
STATUS_TOKEN = "status-test-token"
OPTIONAL_SCOPES = {"mpim:read", "channels:history", "groups:history"}
"""The manifest leaves these to whoever installs the app; here they are granted to begin with."""
TIMING = Timing(gather=0.2, post_timeout=3.0, stop_patience=5.0, haste=4.0)


@dataclass
class Stage:
    """The stand-ins, and the settings with which a bot stands between them."""

    slack: SlackSandbox
    toingg: ToinggSandbox
    data: Path
    database_url: str
    instants: Instants
    toingg_url: str
    overrides: dict[str, Any] = field(default_factory=dict)
    clock: Clock = now
    timing: Timing = TIMING

    def settings(self, **more: Any) -> Settings:
        """As an operator would set them, at the stand-ins' addresses."""
        values: dict[str, Any] = {
            "slack_signing_secret": "slack-test-secret",
            "slack_bot_token": "xoxb-test",
            "slack_api_url": self.slack.api_url,
            "toingg_api_key": "toingg-test-key",
            "toingg_v3_api_key": "tg_test_key",
            "toingg_base_url": f"{self.toingg_url}/api",
            "toingg_v3_base_url": f"{self.toingg_url}/api/v3",
            "toingg_status_token": STATUS_TOKEN,
            "data_dir": self.data,
            "database_url": self.database_url,
            "encryption_keys": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "hours_preset": "always",
            "owner_user_ids": self.slack.directory.person("olivia").id,
            **self.overrides,
            **more,
        }
        return read_settings(_env_file=None, **values)

    @contextlib.asynccontextmanager
    async def bot(self, **more: Any) -> AsyncIterator[Bot]:
        """The bot, served in this loop; stopped as by SIGTERM at the end."""
        settings = self.settings(**more)
        if not settings.is_sqlite:
            open_database(settings, migrates=True).close()
        with listen() as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with running(settings, self.timing, self.clock) as bot:
                config = uvicorn.Config(bot.asgi, lifespan="off", log_config=None, access_log=False)
                server = PromptServer(config)
                serving = asyncio.create_task(server.serve([listening]))
                self.slack.bot_url = url
                self.toingg.status_to(f"{url}/toingg/status", token=STATUS_TOKEN)
                try:
                    yield bot
                finally:
                    server.end()
                    await serving

    async def until(self, check: Callable[[], T | None], seconds: float = 30.0) -> T:
        """Waits for something to be true on either side, and gives it."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = check()
            if found:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError("it never happened")
            await asyncio.sleep(0.01)

    def cards(self, channel: str = "sales") -> list[Message]:
        """The cards that stand in a channel."""
        return [each for each in self.slack.messages(channel) if text_of(each).startswith("*Call")]

    def texts(self, channel: str = "sales") -> list[Message]:
        """The cards of texts that stand in a channel."""
        return [each for each in self.slack.messages(channel) if text_of(each).startswith("*Text")]

    async def text(self, state: str, channel: str = "sales") -> Message:
        """The channel's newest card of a text, once it says this."""

        def says() -> Message | None:
            cards = [card for card in self.texts(channel) if state in text_of(card)]
            return cards[-1] if cards else None

        return await self.until(says)

    def sent(self) -> list[Any]:
        """The bodies of every request that texts, as Toingg got them."""
        return [each.body for each in self.toingg.posts("/api/send_sms/")]

    async def card(self, state: str, channel: str = "sales") -> Message:
        """The channel's one card, once it says this."""

        def says() -> Message | None:
            cards = [card for card in self.cards(channel) if state in text_of(card)]
            return cards[0] if cards else None

        return await self.until(says)

    def thread(self, card: Message) -> str:
        """What the card's thread was told."""
        replies = self.slack.messages(card.channel, card.ts)[1:]
        return "\n".join(each.text for each in replies)

    def dials(self) -> list[dict[str, Any]]:
        """The bodies of every request that dials, as Toingg got them."""
        paths = ("/api/make_toingg/", "/api/make_toingg_details/", "/api/v3/make_call")
        return [each.body for path in paths for each in self.toingg.posts(path)]

    def hang_ups(self) -> list[str]:
        """The callSids of every request to hang up."""
        return [each.query["callSid"] for each in self.toingg.posts("/api/hang_up_call/")]

    def said_to(self, user: str) -> str:
        """All that one person alone was told."""
        return "\n".join(each.text for each in self.slack.ephemerals(user))

    async def modal(self, user: str, title: str) -> View:
        """The modal on top, once it is this one."""

        def on_top() -> View | None:
            views = self.slack.views(user)
            return views[-1] if views and views[-1].content["title"]["text"] == title else None

        return await self.until(on_top)


def text_of(message: Message | View) -> str:
    """A message's or a view's text, block by block."""
    blocks = message.content["blocks"] if isinstance(message, View) else message.blocks
    return "\n".join(_block_text(block) for block in blocks or [])


def _block_text(block: dict[str, Any]) -> str:
    texts = [block.get("text"), *block.get("elements", []), *block.get("fields", [])]
    return "\n".join(each["text"] for each in texts if each and isinstance(each.get("text"), str))


def buttons_of(message: Message) -> list[str]:
    """The labels of a message's buttons."""
    return [
        element["text"]["text"]
        for block in message.blocks or []
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


@contextlib.contextmanager
def staged(
    data: Path, database_url: str, life: Life | None = None, cashier: Cashier = made_up
) -> Any:
    """Both stand-ins, up; `cashier` opens Toingg's checkout sessions."""
    instants = Instants()
    slack = SlackSandbox(instants)
    slack.workspace.scopes |= OPTIONAL_SCOPES
    options = life or Life(ring_after=0.05, answer_after=0.2)
    toingg = ToinggSandbox(instants, options=options, cashier=cashier)
    with slack.serve(), toingg.serve() as serving:
        yield Stage(slack, toingg, data, database_url, instants, serving.url)
