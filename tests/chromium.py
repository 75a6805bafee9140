"""Chromium as it is installed on this machine, driven by Playwright, and watched.

`python -m tests.chromium` prints where it is, and fails where there is none.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

NAMES = (
    "chromium",
    "google-chrome-stable",
    "google-chrome",
    "chromium-browser",
    "chrome",
)
MISSING = f"no Chromium is installed; looked for {', '.join(NAMES)} (apt-get install chromium)"
WIDE, NARROW = (1280, 800), (390, 844)
_LOCAL = re.compile(r"(http://127\.0\.0\.1(:\d+)?/|data:|blob:|about:)")
_PATIENCE = 10_000

Theme = Literal["light", "dark"]


def found() -> str | None:
    """The first executable that says its version: Ubuntu's `chromium-browser` may be a mere hint.

    None where there is none.
    """
    for name in NAMES:
        path = shutil.which(name)
        if path is None:
            continue
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            said = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
            if said.returncode == 0 and b"Chrom" in said.stdout:
                return path
    return None


def insisted() -> bool:
    """Whether a machine without Chromium fails: in CI, and where somebody asks for it."""
    return os.environ.get("CI") == "true" or os.environ.get("TOINGG_CHROMIUM") == "required"


def needed() -> str:
    """The executable; without one the test is skipped, or fails where it must not be."""
    path = found()
    if path is None:
        (pytest.fail if insisted() else pytest.skip)(MISSING)
    return path


@contextlib.asynccontextmanager
async def launched(path: str) -> AsyncIterator[Browser]:
    """The browser, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Window:
    """One tab, and what no page may do: `problems` has each error of its console and each request
    that would have left the machine.
    """

    page: Page
    problems: list[str] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    """Words of errors that a test brings about itself."""

    def add(self, problem: str) -> None:
        """Keeps it, unless the test expects it."""
        if not any(words in problem for words in self.expects):
            self.problems.append(problem)


@contextlib.asynccontextmanager
async def window(
    browser: Browser,
    size: tuple[int, int] = WIDE,
    *,
    theme: Theme = "light",
    **more: Any,
) -> AsyncIterator[Window]:
    """A tab of its own; at its end nothing may have gone wrong in it."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, **more
    )
    context.set_default_timeout(_PATIENCE)
    try:
        opened = Window(await context.new_page())
        await _watch(context, opened)
        yield opened
    finally:
        await context.close()
    assert opened.problems == []


async def _watch(context: BrowserContext, opened: Window) -> None:
    async def stop(route: Route) -> None:
        opened.add(f"asked for {route.request.url}")
        await route.abort()

    leaves: Callable[[str], bool] = lambda url: _LOCAL.match(url) is None  # noqa: E731 - typed
    await context.route(leaves, stop)
    opened.page.on(
        "console",
        lambda said: (
            opened.add(f"{said.type}: {said.text}") if said.type in ("error", "warning") else None
        ),
    )
    opened.page.on("pageerror", lambda error: opened.add(f"thrown: {error}"))


if __name__ == "__main__":
    executable = found()
    sys.stdout.write(f"{executable}\n") if executable else sys.exit(MISSING)
