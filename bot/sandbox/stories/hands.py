"""What a person does and reads while a story is told, whatever they have Slack before them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Deed = Literal["Answer", "Busy", "No Answer", "Fail", "Hang Up"]
"""What the other end of a call may do."""


class Unable(Exception):
    """Nobody could do this: it isn't there, or Slack wouldn't have it. The text says what is."""


@dataclass(frozen=True)
class Card:
    """A message as it is read: its text without markup, and the labels of its buttons."""

    text: str
    buttons: Sequence[str]


@dataclass(frozen=True)
class Modal:
    """The modal on top: what its fields hold and the errors under them, each by its label."""

    title: str
    text: str
    fields: Mapping[str, str]
    errors: Mapping[str, str]


class Hands(Protocol):
    """One person in one channel, and the other end of the phone.

    What reads gives what there is at this moment, and never waits. What does raises Unable where
    it can't be done. A message is named by words that stand in it; of several the newest is meant.
    """

    async def command(self, command: str, text: str = "") -> None:
        """Types a slash command in the channel."""
        ...

    async def fill(self, fields: Mapping[str, str]) -> None:
        """Types into the modal on top, by the fields' labels."""
        ...

    async def submit(self, label: str) -> None:
        """Uses the modal's button of that label."""
        ...

    async def click(self, about: str, button: str, *, confirm: str | None = None) -> None:
        """Uses a message's button; `confirm` is the label that its question is answered with.

        A button that asks wants an answer, and one that doesn't takes none.
        """
        ...

    async def other_end(self, phone: str, deed: Deed) -> None:
        """What the newest call to this number (E.164) comes to at its other end."""
        ...

    async def pay(self, about: str) -> None:
        """Follows the newest link in a message, or in its thread, and pays on the page there."""
        ...

    async def press(self, label: str) -> None:
        """Uses a button that stands among the modal's fields."""
        ...

    async def reply(self, phone: str, body: str) -> None:
        """What whoever has this number (E.164) answers to the last text."""
        ...

    async def enter(self, workspace: str, who: str) -> None:
        """Looks at the workspace of that name, as somebody in it, at the channel's namesake."""
        ...

    async def install(self) -> None:
        """Lets the bot into the workspace, from its own page over Slack's and back."""
        ...

    async def remove(self) -> None:
        """Removes the bot from the workspace, as on its page in Slack."""
        ...

    async def invite(self) -> None:
        """Brings the bot into the channel."""
        ...

    async def card(self, about: str) -> Card | None:
        """A message of the channel."""
        ...

    async def count(self, about: str) -> int:
        """How many messages of the channel these words stand in."""
        ...

    async def thread(self, about: str) -> Sequence[str]:
        """What was written in a message's thread, oldest first."""
        ...

    async def modal(self) -> Modal | None:
        """The modal on top."""
        ...

    async def whispers(self) -> Sequence[str]:
        """What this person alone was shown, oldest first."""
        ...
