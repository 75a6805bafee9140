"""The leaky bucket that Toingg's documentation names and gives no figures for."""

import math
import threading


class LeakyBucket:
    """Lets `per_second` through, `burst` of them at once; None lets everything through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interval = 0.0
        self._burst = 1
        self._empty_at = 0.0

    def set_rate(self, per_second: float | None, *, burst: int = 1) -> None:
        """From now on this rate, with an empty bucket."""
        with self._lock:
            self._interval = 1 / per_second if per_second else 0.0
            self._burst = burst
            self._empty_at = 0.0

    def pour(self, at: float) -> int:
        """Takes one more at `at` (monotonic seconds): 0, or full and whole seconds to wait."""
        with self._lock:
            start = max(self._empty_at, at)
            wait = start - at - (self._burst - 1) * self._interval
            if self._interval and wait > 0:
                return max(1, math.ceil(wait))
            self._empty_at = start + self._interval
            return 0
