"""`toingg-bot demo`: the real bot between a local Slack and a local Toingg, without any account.

It plays one call from the slash command to the hang-up, shows what each side saw, and leaves
everything running for whoever sits before the terminal.
"""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.sandbox.bot_process import STATUS_TOKEN, BotEnded, BotProcess, bot_process
from bot.sandbox.prompt import HELP, converse, keep_showing
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stories import Scene, StoryBroken, one_call
from bot.sandbox.terminal import Screen
from bot.sandbox.toingg import Life, ToinggSandbox

PLAYED, BROKEN, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
_NOTHING_BY_ITSELF = Life(ring_after=3600)
_BY_ITSELF = Life(ring_after=1, answer_after=3)


def play(*, once: bool, port: int) -> int:
    """Plays the story; the exit status is 0 where the call was placed, answered and hung up."""
    return asyncio.run(_played(once=once, port=port))


async def _played(*, once: bool, port: int) -> int:
    console = Console(highlight=False)
    slack, toingg = SlackSandbox(), ToinggSandbox(options=_NOTHING_BY_ITSELF)
    slack.limit_rates()
    screen = Screen(console, slack.directory)
    try:
        serving = slack.serve(port)
    except (OSError, OverflowError) as error:
        screen.fault(f"The local Slack can't listen on port {port}: {error}. Try another --port.")
        return UNUSABLE
    with serving, toingg.serve() as other:
        scene = Scene(slack, toingg, screen)
        return await _until_stopped(_with_bot(scene, other.url, once=once), screen)


async def _until_stopped(work: Coroutine[Any, Any, int], screen: Screen) -> int:
    """Ctrl-C, SIGTERM and a closed terminal end the work cleanly."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        screen.hint("\nStopped.")
        return INTERRUPTED


async def _with_bot(scene: Scene, toingg_url: str, *, once: bool) -> int:
    screen = scene.screen
    with tempfile.TemporaryDirectory(prefix="toingg-demo-") as folder:
        async with bot_process(Path(folder), scene.slack, toingg_url) as bot:
            try:
                await bot.ready()
                _introduce(scene, bot, toingg_url)
                await _beside(bot, one_call(scene))
                if not once:
                    await _beside(bot, _go_on(scene, bot))
            except StoryBroken as error:
                screen.fault(f"\nThe story broke. {error}\n{bot.tail()}")
                return BROKEN
            except BotEnded as error:
                screen.fault(f"\n{error}")
                return BROKEN
    return PLAYED


def _introduce(scene: Scene, bot: BotProcess, toingg_url: str) -> None:
    scene.slack.bot_url = bot.url
    scene.toingg.status_to(f"{bot.url}/toingg/status", token=STATUS_TOKEN)
    scene.screen.title("Toingg for Slack, on this machine alone")
    scene.screen.line("Slack", f"a local one at {scene.slack.workspace.base_url}")
    scene.screen.line("Toingg", f"a local one at {toingg_url}")
    scene.screen.line("Bot", f"toingg-bot serve at {bot.url}, with SQLite in a temporary folder")


async def _beside(bot: BotProcess, work: Coroutine[Any, Any, None]) -> None:
    """Does the work while the bot lives. Raises BotEnded where it doesn't."""
    async with _cancelled_after(work) as working, _cancelled_after(bot.ended()) as ended:
        await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
        await (working if working.done() else ended)


@contextlib.asynccontextmanager
async def _cancelled_after(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _go_on(scene: Scene, bot: BotProcess) -> None:
    """Everything stays up: with a prompt in a terminal, else until a signal."""
    scene.screen.title("Everything is still running.")
    scene.screen.line("Bot", f"{bot.url}/readyz, {bot.url}/metrics")
    scene.toingg.live(_BY_ITSELF)
    if sys.stdin.isatty() and sys.stdout.isatty():
        scene.toingg.outcome(None, "rings")
        scene.screen.hint(f"Go on by typing; calls ring until you answer them.\n{HELP}\n")
        await converse(scene)
        return
    scene.screen.hint("Run it in a terminal to go on by typing. Ctrl-C, or SIGTERM, ends it.")
    await keep_showing(scene, lambda: None, lambda: None)
