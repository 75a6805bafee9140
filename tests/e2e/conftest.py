"""What the tests in Chromium share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.chromium import launched, needed
from tests.town import Town, town


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; without it the test is skipped, or fails in CI."""
    return needed()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless browser."""
    async with launched(chromium) as started:
        yield started


@pytest.fixture
async def uninstalled(tmp_path: Path, chromium: str) -> AsyncIterator[Town]:
    """The same with a bot that no workspace has let in yet."""
    async with town(tmp_path, installs=True) as ready:
        yield ready


@pytest.fixture
async def built(tmp_path: Path, chromium: str) -> AsyncIterator[Town]:
    """The stand-ins, Stripe's too, the page and the bot; not begun where there is no browser."""
    async with town(tmp_path) as ready:
        yield ready
