"""Work beside the answers: waited for at the stop, and none begun after it."""

import asyncio
from datetime import timedelta

from bot.background import Background

SECOND = timedelta(seconds=1)


async def test_what_runs_is_waited_for_and_nothing_starts_afterwards() -> None:
    """The stop waits for work, and for the work that this starts; later work isn't begun."""
    done: list[str] = []
    background = Background()

    async def second() -> None:
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        background.start(second())
        done.append("first")

    background.start(first())
    assert await background.stop(SECOND) == 0
    assert done == ["first", "second"]
    background.start(second())
    await asyncio.sleep(0)
    assert done == ["first", "second"]


async def test_what_takes_too_long_is_cut_off() -> None:
    """Patience has an end; how many were cut off is told."""
    background = Background()

    async def forever() -> None:
        await asyncio.Event().wait()

    background.start(forever())
    assert await background.stop(timedelta(milliseconds=10)) == 1
