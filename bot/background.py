"""Work that goes on after an answer: tracked, so that a stop can wait for it."""

import asyncio
import traceback
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from bot.errors import StorageError
from bot.logs import Action, log


class Background:
    """Tasks of this process. None is lost to the garbage collector, none fails unseen."""

    def __init__(self, haste: float = 1.0) -> None:
        """`haste` divides every pause: tests don't wait for what people wouldn't notice."""
        self._haste = haste
        self._tasks: set[asyncio.Task[None]] = set()
        self._tickers: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._is_over = False

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs it beside everything else; a failure is logged. Nothing starts after the stop."""
        if self._is_over:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def every(self, pause: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        """Runs it now and again, `pause` after each end, until the stop."""
        task = asyncio.get_running_loop().create_task(self._tick(pause, work))
        self._tickers.add(task)
        task.add_done_callback(self._tickers.discard)

    async def _tick(self, pause: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        while not self._closing.is_set():
            await _guarded(work())
            try:
                await asyncio.wait_for(self._closing.wait(), pause.total_seconds() / self._haste)
            except TimeoutError:
                continue

    @property
    def is_closing(self) -> bool:
        """Whether the stop has begun: what runs is waited for, nothing new should begin."""
        return self._closing.is_set()

    async def stop(self, patience: timedelta) -> int:
        """No more ticks; waits for what runs. How many had to be cancelled."""
        self._closing.set()
        late: set[asyncio.Task[None]] = set()
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        while pending := (self._tasks | self._tickers):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                late = set(pending)
                break
            await asyncio.wait(pending, timeout=left)
        self._is_over = True
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


async def _guarded(work: Awaitable[None]) -> None:
    try:
        await work
    except StorageError as error:
        if error.lasting:  # ours: it would be refused at any time
            report(error, Action.TASK_FAILED)
        else:  # what was to be done is found again once the database is back
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
    except Exception as error:  # noqa: BLE001 - the last one to see it; it's logged whole
        report(error, Action.TASK_FAILED)


def report(error: BaseException, action: Action = Action.FAILED, **values: Any) -> str:
    """Logs a fault of ours without its message (it may hold anything); the reference for it."""
    reference = uuid.uuid4().hex[:8]
    frames = [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-8:]
    ]
    kinds = []
    cause: BaseException | None = error
    while cause is not None:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    log(action, level="error", reference=reference, error=kinds, where=frames, **values)
    return reference
