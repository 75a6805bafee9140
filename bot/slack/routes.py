"""The registry: everything that can be asked of the bot, with its deed and its handler."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.access import Actor, Deed
from storage.workspaces import Workspace


class Kind(StrEnum):
    """The doors through which people ask."""

    COMMAND = "command"
    SUBMISSION = "submission"
    CLICK = "click"
    SHORTCUT = "shortcut"
    EVENT = "event"


MESSAGE = "message"
"""Where `Ask.files` keeps the files of a message."""


@dataclass(frozen=True)
class FileRef:
    """A file that somebody gave, by its id; `SlackApi.download` reads it.

    `name` is "" and `size` (bytes) 0 where Slack doesn't say, as with other organisations' files.
    """

    id: str
    name: str
    size: int


@dataclass(frozen=True)
class Ask:
    """One thing asked by one person, whatever the door; `key` is its identity, for ever.

    `text` is what follows the command's word, or what a message shows (in Slack's markup); `value`
    a button's value or an option's. `typed` is what a view's inputs hold, by block id, as strings:
    a day `2026-01-02`, a time `09:30`, a moment as seconds since the epoch, several choices with
    spaces between; `files` are the files in them, those of a message under `MESSAGE`. `view_hash`
    is for a `views.update` that mustn't undo a later one. `channel` and `message_ts` are where it
    happened; a global shortcut happens nowhere, and only its trigger answers it.
    """

    kind: Kind
    name: str
    actor: Actor
    workspace: Workspace
    key: str
    text: str = ""
    value: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[FileRef, ...]] = field(default_factory=dict)
    metadata: str = ""
    channel: str = ""
    message_ts: str = ""
    view_id: str = ""
    view_hash: str = ""
    trigger_id: str = ""
    response_url: str = ""


Later = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What Slack is told at once, and what is done after that.

    `ack` is the body of the 200: an ephemeral message for a command, a `response_action` for a
    submission, None for an empty one; an event has had its 200 before. `then` runs once the
    answer is on its way; what must not be lost is in the database before.
    """

    ack: dict[str, Any] | None = None
    then: Later | None = None


Handler = Callable[[Ask], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """One thing that can be asked, and what it takes to be allowed to."""

    kind: Kind
    name: str
    deed: Deed
    handler: Handler


@dataclass(frozen=True)
class Flow:
    """A slash flow as people see it: `/toingg word`, `/toingg-word`, and its line in the help."""

    word: str
    summary: str
    usage: str
    examples: tuple[str, ...]


class Routes:
    """Every route by kind and name."""

    def __init__(self) -> None:
        self._routes: dict[tuple[Kind, str], Route] = {}
        self.flows: dict[str, Flow] = {}

    def add(self, kind: Kind, name: str, deed: Deed, handler: Handler) -> None:
        """One route. Raises ValueError where the name is taken."""
        if (kind, name) in self._routes:
            raise ValueError(f"{kind} {name} is registered twice")
        self._routes[kind, name] = Route(kind, name, deed, handler)

    def command(self, flow: Flow, deed: Deed, handler: Handler) -> None:
        """A slash flow: its word, its shortcut command, its help."""
        self.flows[flow.word] = flow
        self.add(Kind.COMMAND, flow.word, deed, handler)

    def find(self, kind: Kind, name: str) -> Route | None:
        """The route, in constant time however many there are."""
        return self._routes.get((kind, name))

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())
