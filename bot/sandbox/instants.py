"""Named instants on the wire at which something can be done to the one who is on the other end."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable


class Instants:
    """The stand-ins say where they are (`reach`); a test says what happens there (`at`).

    The names: `toingg.before_read`, `toingg.after_read` (the call is not made yet),
    `toingg.before_reply` (it is), `toingg.after_reply`; `slack.METHOD.before` and
    `slack.METHOD.after`, as in `slack.chat.postMessage.before` (nothing is posted yet) and
    `.after` (it is posted and not answered yet). Only requests that dial or text reach Toingg's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, list[tuple[int, Callable[[], None]]]] = defaultdict(list)
        self.reached: Counter[str] = Counter()

    def at(self, name: str, do: Callable[[], None], *, nth: int = 1) -> None:
        """Calls `do` the `nth` time from now that the wire reaches `name`; once."""
        with self._lock:
            self._plans[name].append((self.reached[name] + nth, do))

    def reach(self, name: str) -> None:
        """Counts the instant and does what was planned for it."""
        with self._lock:
            self.reached[name] += 1
            count = self.reached[name]
            due = [do for at, do in self._plans[name] if at == count]
            self._plans[name] = [plan for plan in self._plans[name] if plan[0] != count]
        for do in due:
            do()
