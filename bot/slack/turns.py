"""What talks to Slack takes turns, and waits longer after each failure."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

_AT_ONCE = 2
"""What is looked after at the same time: in a rush, answers and calls come first."""
_TURN = 0.25
"""Seconds after which whoever waits for Slack lets the next one begin."""
_SLOWEST = timedelta(minutes=1)


class Turns:
    """Lets a few work at a time, without one that waits for Slack holding up the others."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does it once it is its turn."""
        await self._turns.acquire()
        working = asyncio.ensure_future(work())
        try:
            await asyncio.wait([working], timeout=_TURN)
        finally:
            self._turns.release()
        await working


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: pure."""
    return min(timedelta(seconds=2.0 ** min(failures + 1, 10)), _SLOWEST)
