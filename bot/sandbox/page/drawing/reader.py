"""Who looks at what is drawn, and what is said where something can't be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sandbox.slack.feed import Clock


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Reader:
    """Whoever looks on: their names for things, and their time.

    `people` are display names by user id, `channels` the names (without `#`) by id of the channels
    that they may pick, `zone` is an IANA name; `clock` says what is today and yesterday;
    `pictures` are the addresses of the files that they may see, by id.
    """

    people: Mapping[str, str]
    channels: Mapping[str, str]
    zone: str
    user_id: str
    clock: Clock = _now
    pictures: Mapping[str, str] = field(default_factory=dict)


class CantDraw(Exception):
    """Something that isn't drawn; the text names its type and its JSON pointer."""

    def __init__(self, what: str, pointer: str) -> None:
        super().__init__(f"{what} at {pointer} isn't drawn")
        self.what = what
        self.pointer = pointer
