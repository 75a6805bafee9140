"""`toingg-bot demo`: the real bot between a local Slack, Toingg and Stripe, without any account.

It plays one story, such as a call from the slash command to the hang-up, or all of them, shows what
each side saw, and leaves everything running for whoever sits before the terminal.
"""

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.sandbox.bot_process import BotEnded, BotProcess, bot_process, connected, roles_in
from bot.sandbox.by_fingers import ByFingers
from bot.sandbox.page import Page
from bot.sandbox.prompt import HELP, converse, keep_showing
from bot.sandbox.scene import Scene
from bot.sandbox.serving import Serving
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stories import STORIES, Story, StoryBroken, Telling, tell
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.terminal import Screen
from bot.sandbox.toingg import Life, ToinggSandbox
from bot.sandbox.watch import Watch

PLAYED, BROKEN, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
USUAL_PORT = 8400
ALL = "all"
"""In a story's place: each of them, one after the other."""
TOP_UP = 2000
"""What Toingg's checkout asks for, in cents."""
_BY_ITSELF = Life(ring_after=1, answer_after=3)


def listed() -> str:
    """The stories, a line each."""
    width = max(map(len, STORIES))
    return "\n".join(f"{name:<{width}}  {story.summary}" for name, story in STORIES.items())


def play(name: str, *, once: bool, port: int | None) -> int:
    """Plays the story of that name, or ALL; the exit status is 0 where all of it came about.

    `port` is the page's; 0 takes any, None the usual one.
    """
    stories = [story for each, story in STORIES.items() if name in (each, ALL)]
    if not stories:
        sys.stderr.write(f"There is no story “{name}”. There is:\n{listed()}\n")
        return UNUSABLE
    return asyncio.run(_played(stories, once=once, port=port))


async def _played(stories: Sequence[Story], *, once: bool, port: int | None) -> int:
    """Those first that begin without the bot: they have a town of their own."""
    lots = [[each for each in stories if each.installs is installs] for installs in (True, False)]
    *before, last = filter(None, lots)
    for lot in before:
        if status := await _played_together(lot, once=True, port=port):
            return status
    return await _played_together(last, once=once, port=port)


async def _played_together(stories: Sequence[Story], *, once: bool, port: int | None) -> int:
    slack, stripe = slack_for(installs=stories[0].installs), StripeSandbox()
    toingg = ToinggSandbox(cashier=partial(stripe.open, TOP_UP))
    slack.limit_rates()
    screen = Screen(Console(highlight=False), *(each.directory for each in slack.places))
    page = page_over(slack, toingg, stripe)
    try:
        serving = page_served(page, screen, port)
    except (OSError, OverflowError) as error:
        screen.fault(f"The page can't listen on port {port}: {error}. Try another --port.")
        return UNUSABLE
    with slack.serve(), stripe.serve(), toingg.serve() as other, serving:
        scene = Scene(slack, toingg, stripe, screen, serving.url)
        return await _until_stopped(_with_bot(scene, stories, other.url, once=once), screen)


def slack_for(*, installs: bool) -> SlackSandbox:
    """A local Slack, with the app in it or, where people install it, without."""
    return SlackSandbox(bot_token="") if installs else SlackSandbox()


def page_over(slack: SlackSandbox, toingg: ToinggSandbox, stripe: StripeSandbox) -> Page:
    """The page over all of them; beside everybody's name stands what they are to the bot."""
    elsewhere = roles_in(slack.elsewhere)
    return Page(slack, toingg, stripe=stripe, roles=roles_in(slack), roles_elsewhere=elsewhere)


def page_served(
    page: Page, screen: Screen, port: int | None, *, usual: int = USUAL_PORT
) -> Serving:
    """On the port that was asked for; without one on the usual port, or where that is taken on any.

    Raises OSError and OverflowError for a port that can't be had.
    """
    if port is not None:
        return page.serve(port)
    try:
        return page.serve(usual)
    except OSError:
        screen.hint(f"Port {usual} is taken; the page gets another one.")
        return page.serve()


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


async def _with_bot(scene: Scene, stories: Sequence[Story], toingg_url: str, *, once: bool) -> int:
    screen, installs = scene.screen, stories[0].installs
    with tempfile.TemporaryDirectory(prefix="toingg-demo-") as folder:
        async with bot_process(
            Path(folder), scene.slack, toingg_url, scene.stripe, installs=installs
        ) as bot:
            try:
                await bot.ready()
                connected(bot, scene.slack, scene.toingg, scene.stripe, installs=installs)
                _introduce(scene, bot, toingg_url)
                for story in stories:
                    await _beside(bot, _told(scene, story))
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
    scene.screen.title("Toingg for Slack, on this machine alone")
    scene.screen.line("Slack", f"a local one at {scene.slack.workspace.base_url}")
    scene.screen.line("Toingg", f"a local one at {toingg_url}")
    scene.screen.line("Stripe", f"a local one at {scene.stripe.url}")
    scene.screen.line("Bot", f"toingg-bot serve at {bot.url}, with SQLite in a temporary folder")
    scene.screen.line("Page", f"both to see and to use at {scene.page_url}/")


async def _told(scene: Scene, story: Story) -> None:
    """The story, with what each side saw after each of its steps."""
    watch, began = Watch(scene), time.monotonic()

    def show() -> None:
        for each in watch.news():
            each()

    telling = Telling(
        ByFingers(scene, story.who),
        scene.toingg,
        scene.stripe,
        on_step=scene.screen.title,
        on_seen=show,
    )
    await tell(story, telling)
    scene.screen.title(f"{story.ending}, in {time.monotonic() - began:.1f} s.")


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
    scene.screen.title(f"Everything is still running. Open {scene.page_url}/ and go on there.")
    scene.screen.line("Bot", f"{bot.url}/readyz, {bot.url}/metrics")
    scene.toingg.live(_BY_ITSELF)
    if sys.stdin.isatty() and sys.stdout.isatty():
        scene.screen.hint(f"Or go on by typing; calls ring until you answer them.\n{HELP}\n")
        await converse(scene)
        return
    scene.screen.hint("In a terminal one goes on by typing, too. Ctrl-C, or SIGTERM, ends it.")
    await keep_showing(scene, lambda: None, lambda: None)
