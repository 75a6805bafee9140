"""What Slack's elements hold once somebody typed, chose or gave something: read tolerantly."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_MOST_FILES = 100
"""Of a message or an input; Slack takes ten."""
_LAST_SECOND = 253_402_300_799
"""Of the year 9999, after which Python's datetime ends."""


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Id = Annotated[str, Field(min_length=1, max_length=64)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]
"""`2026-01-02`, a day that there is."""
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`09:30`."""
Second = Annotated[int, Field(ge=0, le=_LAST_SECOND)]
"""Since the epoch, UTC."""


class Part(BaseModel):
    """A part of a payload: what the bot doesn't use of it is dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Picked(Part):
    """An option of a select."""

    value: str


class SentFile(Part):
    """A file in a message or an input.

    Where another organisation shares it (Slack Connect) there is only its id: `files.info` knows
    more. Source: Slack, "Slack Connect files", `file_access: check_file_info`.
    """

    id: Id
    name: str | None = None
    size: Annotated[int, Field(ge=0)] | None = None


Files = Annotated[list[SentFile], Field(max_length=_MOST_FILES)]


class Held(Part):
    """What an element holds, wherever its kind keeps it.

    Source: Slack, "Block elements", on what each puts into `state.values` and into `actions`.
    """

    value: str | None = None
    selected_option: Picked | None = None
    selected_options: list[Picked] | None = None
    selected_user: str | None = None
    selected_users: list[str] | None = None
    selected_channel: str | None = None
    selected_channels: list[str] | None = None
    selected_conversation: str | None = None
    selected_conversations: list[str] | None = None
    selected_date: Day | None = None
    selected_time: Time | None = None
    selected_date_time: Second | None = None
    files: Files | None = None

    @property
    def text(self) -> str:
        """It as a string: several choices with spaces between, a moment as seconds, else ""."""
        if self.selected_date_time is not None:
            return str(self.selected_date_time)
        one: tuple[str | None, ...] = (
            self.value,
            self.selected_option.value if self.selected_option else None,
            self.selected_user,
            self.selected_channel,
            self.selected_conversation,
            self.selected_date,
            self.selected_time,
        )
        many: tuple[list[str] | None, ...] = (
            [each.value for each in self.selected_options or ()],
            self.selected_users,
            self.selected_channels,
            self.selected_conversations,
        )
        return next(filter(None, one), "") or " ".join(next(filter(None, many), []))
