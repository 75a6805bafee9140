"""Where in the rows of a list stands what: enough to write such a row again once it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.recipients.intake.listing import Listing
from bot.recipients.intake.paste import COLUMNS


@dataclass(frozen=True)
class Layout:
    """The columns of one list of a campaign; indexes are from 0.

    `called`: what people call the list. `first`: the place of its first row among all the rows of
    the campaign's lists. `name`: the columns that are the name, joined by a space.
    """

    called: str = ""
    first: int = 0
    columns: tuple[str, ...] = COLUMNS
    phone: int = 1
    name: tuple[int, ...] = (0,)
    timezone: int | None = None
    variables: Mapping[str, int] = field(default_factory=dict)

    def cells(self, phone: str, name: str, zone: str, variables: Mapping[str, str]) -> list[str]:
        """A row of this list out of what was read of it; `zone` is "" where none was given."""
        written = {at: variables.get(key, "") for key, at in self.variables.items()}
        written[self.phone] = phone
        if len(self.name) == 1:  # else its parts are variables, too
            written[self.name[0]] = name
        if self.timezone is not None:
            written[self.timezone] = zone
        return [written.get(at, "") for at in range(len(self.columns))]


def layout_of(listing: Listing, called: str, first: int) -> Layout:
    """How this list's rows are laid out."""
    mapping = listing.mapping
    if mapping is None or mapping.phone is None:
        return Layout(called, first)
    others = [
        at
        for at in range(len(listing.columns))
        if at not in {mapping.phone, mapping.timezone} and mapping.name != (at,)
    ]
    return Layout(
        called,
        first,
        listing.columns,
        mapping.phone,
        mapping.name,
        mapping.timezone,
        dict(zip(listing.variables, others, strict=True)),
    )
