"""The bot as a process of its own, with its settings by environment, as an operator runs it."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from bot.sandbox.slack.people import Person
from bot.sandbox.slack.place import Place
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox

STATUS_TOKEN = "status-test-token"
WEBHOOK_SECRET = "whsec_sandbox"
PRICE, BUDGET = "0.12", "0.70"
"""What a minute costs, and what campaigns may spend: five calls of a minute."""
OWNER, DEFAULT_ROLE = "olivia", "caller"
_ROOT = Path(__file__).parents[2]
_READY_WITHIN = 30.0
_STOPPED_WITHIN = 40.0
_LAST_LINES = 12
# Nothing else of the surroundings: a real token there must not reach this bot.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "VIRTUAL_ENV")
_PASSED_ON_FAMILIES = ("PYTHON", "COVERAGE")


class BotEnded(Exception):
    """The bot ended by itself, or never was ready; the text holds the last lines of its log."""


class BotProcess:
    """One run of `serve`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self._process = process
        self.url = url
        self._log = log

    async def ready(self) -> None:
        """Waits until it can do its work. Raises BotEnded."""
        deadline = asyncio.get_running_loop().time() + _READY_WITHIN
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while asyncio.get_running_loop().time() < deadline:
                if self._process.returncode is not None:
                    raise self._ended()
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise BotEnded(f"The bot wasn't ready within {_READY_WITHIN:.0f} s.\n{self.tail()}")

    async def ended(self) -> None:
        """Waits until it ends by itself, and then raises BotEnded."""
        await self._process.wait()
        raise self._ended()

    async def stop(self) -> None:
        """SIGTERM, then patience: it finishes what it has begun."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOPPED_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self._log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join(["The last lines of the bot's log:", *(f"  {each}" for each in lines)])

    def _ended(self) -> BotEnded:
        return BotEnded(f"The bot ended with status {self._process.returncode}.\n{self.tail()}")


def roles_in(place: Place) -> dict[str, str]:
    """What each person is to such a bot to begin with, by name: by its settings and Slack's word.

    Those know owners and everybody else; who is called an operator, of finance or a viewer here is
    a caller to the bot, until an owner gives them that role with `/toingg settings`.
    """
    return {person.name: _role(person) for person in place.directory.people() if not person.is_bot}


def _role(person: Person) -> str:
    if person.name == OWNER:
        return "owner"
    if person.is_stranger or person.is_restricted or person.is_ultra_restricted:
        return "nobody"
    return "owner" if person.is_admin or person.is_owner else DEFAULT_ROLE


def connected(
    bot: BotProcess,
    slack: SlackSandbox,
    toingg: ToinggSandbox,
    stripe: StripeSandbox,
    *,
    installs: bool = False,
) -> None:
    """Lets Slack reach this bot, and Toingg and Stripe report to it.

    Where workspaces install it (`installs`) those two don't: each workspace has addresses and
    secrets of its own, which nobody has set up with them.
    """
    slack.bot_url = bot.url
    if installs:
        slack.install_from(bot.url)
        return
    toingg.status_to(f"{bot.url}/toingg/status", token=STATUS_TOKEN)
    stripe.webhook_to(f"{bot.url}/stripe/webhook", secret=WEBHOOK_SECRET)


@contextlib.asynccontextmanager
async def bot_process(
    folder: Path,
    slack: SlackSandbox,
    toingg_url: str,
    stripe: StripeSandbox,
    *,
    installs: bool = False,
) -> AsyncIterator[BotProcess]:
    """A bot between these three, with its data in `folder`; stopped at the end.

    It belongs to the first workspace, or, with `installs`, to whichever lets it in.
    """
    port, log = _free_port(), folder / "bot.log"
    of_one = {
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "TOINGG_API_KEY": "toingg-test-key",
        "TOINGG_STATUS_TOKEN": STATUS_TOKEN,
        "STRIPE_API_KEY": stripe.key,
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "OWNER_USER_IDS": slack.directory.person(OWNER).id,
    }
    of_many = {
        "SLACK_CLIENT_ID": slack.registered.client_id,
        "SLACK_CLIENT_SECRET": slack.registered.client_secret,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    settings = (of_many if installs else of_one) | {
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "TOINGG_BASE_URL": f"{toingg_url}/api",
        "STRIPE_API_URL": stripe.url,
        "PRICE_PER_MINUTE": PRICE,
        "BUDGET": BUDGET,
        "EXPECTED_MINUTES": "1",
        "DEFAULT_ROLE": DEFAULT_ROLE,
        "HOURS_PRESET": "always",
        "DATA_DIR": str(folder / "data"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            env=_surroundings() | settings,
            cwd=folder,  # where there is no `.env`
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    bot = BotProcess(process, f"http://127.0.0.1:{port}", log)
    try:
        yield bot
    finally:
        await bot.stop()


def _surroundings() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_FAMILIES)
    }
    paths = [str(_ROOT), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
