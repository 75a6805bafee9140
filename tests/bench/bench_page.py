"""A new message in Chromium, in a channel of 2,000 beside one of 10; and the sandbox's memory.

The time counts from chat.postMessage's acceptance, which is the message's ts, to the first frame
with the message in it, on this machine's one clock. Ends with 1 where a target is missed.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import aiohttp
import psutil
from playwright.async_api import Browser, Page

from tests.chromium import MISSING, found, launched

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "2000"))
FEW, SAMPLES, WARM = 10, 30, 5
TARGET_MS, TARGET_MB = 300.0, 150.0
CROWDED, QUIET = "sales", "support"
IDS = {CROWDED: "C0SALES001", QUIET: "C0SUPPORT1"}

_WATCH = """
() => {
  window.shownAt = {};
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      const ts = node.dataset?.ts;
      if (ts) requestAnimationFrame(() => { window.shownAt[ts] ??= Date.now(); });
    }
  }).observe(document.getElementById("messages"), { childList: true });
}
"""


@dataclass(frozen=True)
class Sandbox:
    """Where the process listens, and how it is asked."""

    page: str
    api: str
    token: str


@contextlib.contextmanager
def alone() -> Iterator[tuple[Sandbox, psutil.Process]]:
    """The process, from its first line to its end."""
    script = str(Path(__file__).parent / "sandbox_alone.py")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as started:
        try:
            line = started.stdout.readline() if started.stdout else ""
            yield Sandbox(**json.loads(line)), psutil.Process(started.pid)
        finally:
            started.terminate()


def card(number: int) -> dict[str, Any]:
    """A message as the bot's cards are, with a button that asks."""
    text = f"*Call to +1 415 ••• ••32* · Spring Sale\nAnswered ({number})"
    words = {"type": "plain_text", "text": "Hang Up"}
    question = {
        "title": words,
        "text": words,
        "confirm": words,
        "deny": {"type": "plain_text", "text": "Not Yet"},
    }
    button = {"type": "button", "action_id": "call.hang_up", "text": words, "confirm": question}
    return {
        "text": text,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "actions", "elements": [button]},
        ],
    }


async def post(http: aiohttp.ClientSession, at: Sandbox, channel: str, number: int) -> str:
    """Posts one; its ts."""
    headers = {"Authorization": f"Bearer {at.token}"}
    body = {"channel": channel, **card(number)}
    async with http.post(f"{at.api}chat.postMessage", json=body, headers=headers) as answer:
        said = await answer.json()
    if not said["ok"]:
        raise SystemExit(f"chat.postMessage: {said}")
    ts: str = said["ts"]
    return ts


async def filled(http: aiohttp.ClientSession, at: Sandbox, channel: str, count: int) -> None:
    """So many messages in a channel."""
    for first in range(0, count, 20):
        some = range(first, min(first + 20, count))
        await asyncio.gather(*(post(http, at, channel, number) for number in some))


async def shown(page: Page, ts: str) -> float:
    """Milliseconds from a message's acceptance to its first frame."""
    handle = await page.wait_for_function("(ts) => window.shownAt[ts]", arg=ts, polling="raf")
    seen: float = await handle.json_value()
    return seen - float(ts) * 1000


async def measured(
    http: aiohttp.ClientSession, at: Sandbox, page: Page, channel: str
) -> list[float]:
    """The milliseconds of each sample, in order of size."""
    await page.evaluate(_WATCH)
    taken = []
    for number in range(WARM + SAMPLES):
        taken.append(await shown(page, await post(http, at, channel, number)))
        await asyncio.sleep(0.05)
    return sorted(taken[WARM:])


async def opened(browser: Browser, at: Sandbox, channel: str) -> Page:
    """The channel as somebody has just opened it."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(f"{at.page}/carl/{channel}")
    await page.get_by_role("article").last.wait_for()
    return page


async def everything(page: Page) -> int:
    """Shows all the earlier messages, and counts."""
    earlier = page.get_by_role("button", name="Show earlier messages")
    while await earlier.is_visible():
        before = await page.get_by_role("article").count()
        await earlier.click()
        await page.wait_for_function(
            "(before) => document.querySelectorAll('#messages article').length > before",
            arg=before,
        )
    return await page.locator("#messages article").count()


def told(name: str, taken: list[float]) -> float:
    """Prints a line; the 95th percentile, in milliseconds."""
    median, p95 = statistics.median(taken), taken[round(0.95 * (len(taken) - 1))]
    print(f"{name:<52} median {median:6.0f} ms   p95 {p95:6.0f} ms   of {len(taken)}")
    return p95


async def run(path: str) -> bool:
    """Measures and prints; whether the targets are met."""
    with alone() as (at, process):
        async with aiohttp.ClientSession() as http, launched(path) as browser:
            empty = process.memory_info().rss / 2**20
            await filled(http, at, IDS[QUIET], FEW)
            await filled(http, at, IDS[CROWDED], MESSAGES)
            quiet = await opened(browser, at, QUIET)
            few = told(f"control: {FEW} messages", await measured(http, at, quiet, IDS[QUIET]))
            await quiet.close()
            crowded = await opened(browser, at, CROWDED)
            name = f"{MESSAGES:,} messages, the newest of them on the page"
            many = told(name, await measured(http, at, crowded, IDS[CROWDED]))
            count = await everything(crowded)
            name = f"{MESSAGES:,} messages, {count:,} of them on the page"
            all_ = told(name, await measured(http, at, crowded, IDS[CROWDED]))
            resident = process.memory_info().rss / 2**20
    print(f"resident memory of the sandbox: {resident:.0f} MB; {empty:.0f} MB before any message")
    print(
        f"beside the control: {many / few:.1f} times, and {all_ / few:.1f} times with all of them"
    )
    return max(many, all_) < TARGET_MS and resident < TARGET_MB


if __name__ == "__main__":
    executable = found()
    if executable is None:
        sys.exit(MISSING)
    met = asyncio.run(run(executable))
    targets = f"p95 under {TARGET_MS:.0f} ms, under {TARGET_MB:.0f} MB"
    print(f"targets: {targets}: {'met' if met else 'MISSED'}")
    sys.exit(not met)
