"""Time, as a value that is handed around: tests hand another one."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


monotonic = time.monotonic
"""Seconds that never step back; for durations within one process."""
