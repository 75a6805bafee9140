"""What somebody did that came to nothing, and what Slack's client shows of it."""

from dataclasses import dataclass
from typing import Literal

TROUBLE = "We had some trouble connecting. Try again?"
"""At the top of a modal, and beside a button with the warning mark."""
SORRY = "Sorry, that didn't work. Try again?"
"""After a shortcut."""
UNLOADED = "The options couldn't be loaded. Try again?"
"""In the place of a select's options: words of the stand-in's own, Slack's aren't documented."""

Deed = Literal["command", "click", "submission", "shortcut", "options", "close"]


@dataclass(frozen=True)
class Failure:
    """A deed that the app didn't answer in time, or answered what Slack refuses.

    `error` is Slack's code (`operation_timeout`, `dispatch_failed`, or a refusal's), `words` what
    `user` is shown (nobody else is), empty for a `close`. A click and an option load name the
    element, and stand on the message or the view until it works or is redrawn.
    """

    deed: Deed
    user: str
    error: str
    words: str = ""
    block_id: str = ""
    action_id: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """Whose mark at which element it is."""
        return self.user, self.block_id, self.action_id
