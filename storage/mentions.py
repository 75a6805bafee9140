"""Where else a person may be named: texts that others wrote, lists, what providers sent.

Every text in which somebody's number could stand is gone through, page by page: looked at without
holding anybody up, and what names the person is written anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, true, update

from storage.belonging import belongs
from storage.campaigns import CAMPAIGNS
from storage.campaigns import EVENTS as CAMPAIGN_EVENTS
from storage.checkouts import CHECKOUTS
from storage.events import EVENTS
from storage.inbound import INBOUND
from storage.lists import REFUSED
from storage.models import PaymentRow, TemplateRow, table_of
from storage.rows import CALLS
from storage.webhooks import EVENTS as WEBHOOK_EVENTS
from storage.workspaces import DRAFTS

Clean = Callable[[str], str]
"""A text without what names the person; the same one where nothing does."""


@dataclass(frozen=True)
class Person:
    """How somebody is found: `number` takes out the number, `echo` their names too."""

    number: Clean
    echo: Clean


@dataclass(frozen=True)
class Spot:
    """A table's texts. `echoes` repeat what was sent of a person, names too; `whole`: what takes
    the place of everything there, once anything of it names the person; `goes`: the row goes;
    `only`: rows for which this holds.
    """

    table: Table
    texts: tuple[str, ...] = ()
    echoes: tuple[str, ...] = ()
    whole: tuple[tuple[str, Any], ...] = ()
    goes: bool = False
    only: ColumnElement[bool] = field(default_factory=true)

    @property
    def columns(self) -> tuple[str, ...]:
        """All that is looked at."""
        return (*self.texts, *self.echoes, *(name for name, _ in self.whole))


SPOTS = (
    Spot(DRAFTS, texts=("fields",), goes=True),
    Spot(CAMPAIGNS, ("title", "campaign", "script", "source"), ("said",)),
    Spot(CAMPAIGN_EVENTS, echoes=("detail",)),
    Spot(REFUSED, whole=(("cells", []), ("given", ""), ("mend", ""))),
    Spot(CALLS, ("name", "campaign", "script", "variables"), ("said",)),
    Spot(EVENTS, echoes=("detail",)),
    Spot(INBOUND, ("body",)),
    Spot(table_of(TemplateRow), ("name", "text")),
    Spot(CHECKOUTS, echoes=("said",)),
    Spot(
        WEBHOOK_EVENTS,
        ("fact",),
        whole=(("body", None),),
        only=WEBHOOK_EVENTS.c.done_at.is_not(None),
    ),
    Spot(table_of(PaymentRow), ("news",)),
)
"""Every place where a person may be named by others; a test holds them to the tables."""


@dataclass(frozen=True)
class Page:
    """Some rows of a spot: the keys of those that name the person, and where the next begins."""

    found: Sequence[Any]
    last: Any


def look(
    connection: Connection, workspace_id: str, spot: Spot, person: Person, *, after: Any, limit: int
) -> Page:
    """The next rows; `last` is None at the end. A look over many rows: `Database.scan`."""
    theirs, key = belongs(spot.table, workspace_id), spot.table.c.id
    if theirs is None:
        return Page((), None)
    columns = [spot.table.c[name] for name in spot.columns]
    query = select(key, *columns).where(theirs, spot.only).order_by(key).limit(limit)
    if after is not None:
        query = query.where(key > after)
    rows = connection.execute(query).all()
    found = [row.id for row in rows if _changes(spot, row, person)]
    return Page(found, rows[-1].id if len(rows) == limit else None)


def mend(
    connection: Connection, spot: Spot, person: Person, ids: Sequence[Any]
) -> tuple[int, list[str]]:
    """Takes the person out of these rows, as they are now; how many, and of which campaigns."""
    columns = [spot.table.c[name] for name in spot.columns]
    campaign = [spot.table.c.campaign_id] if spot.table is REFUSED else []
    here = select(spot.table.c.id, *columns, *campaign).where(spot.table.c.id.in_(ids))
    changed = 0
    campaigns: list[str] = []
    for row in connection.execute(here.with_for_update()).all():
        changes = _changes(spot, row, person)
        if not changes:
            continue
        mine = spot.table.c.id == row.id
        write = delete(spot.table) if spot.goes else update(spot.table).values(**changes)
        connection.execute(write.where(mine))
        changed += 1
        if spot.table is CAMPAIGNS:
            campaigns.append(row.id)
        elif campaign:
            campaigns.append(row.campaign_id)
    return changed, campaigns


def _changes(spot: Spot, row: Any, person: Person) -> dict[str, Any]:
    """What is to be written in the place of what names the person: pure."""
    changes: dict[str, Any] = {}
    for names, clean in ((spot.texts, person.number), (spot.echoes, person.echo)):
        for name in names:
            value = getattr(row, name)
            cleaned = cleaned_of(value, clean)
            if cleaned != value:
                changes[name] = cleaned
    named = any(
        cleaned_of(getattr(row, name), person.number) != getattr(row, name)
        for name, _ in spot.whole
    )
    return changes | (dict(spot.whole) if named else {})


def cleaned_of(value: Any, clean: Clean) -> Any:
    """A JSON value without what names the person: pure. Pasted lists lose the whole line."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned_of(each, clean) for each in value]
    if isinstance(value, dict):
        return {
            key: _without_lines(each, clean)
            if key == _PASTED and isinstance(each, str)
            else _without_rows(each, clean)
            if key == _SAMPLES and isinstance(each, list)
            else cleaned_of(each, clean)
            for key, each in value.items()
        }
    return value


_PASTED, _SAMPLES = "numbers", "samples"
"""Where a campaign keeps the lines that were pasted, and the rows that its columns are shown by."""


def _without_lines(pasted: str, clean: Clean) -> str:
    """A line that names somebody is left blank: the others keep their places."""
    lines = pasted.split("\n")
    return "\n".join("" if clean(line) != line else line for line in lines)


def _without_rows(samples: list[Any], clean: Clean) -> list[Any]:
    return [row for row in samples if cleaned_of(row, clean) == row]
