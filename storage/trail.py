"""What became of one number: its calls with what happened to them, and the audit log's entries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal, or_, select, union_all

from storage.audit import AUDIT
from storage.campaigns import CAMPAIGNS
from storage.events import Event, of_calls
from storage.optouts import ALLOWED_AGAIN, OPTED_OUT
from storage.rows import CALLS, Call, find

REFUSED = "refused"
POLICY_LIFTED = "policy_lifted"
_ANYBODYS = (OPTED_OUT, ALLOWED_AGAIN)
"""What the number's state shows to whoever may opt it out."""
_TOLD = (*_ANYBODYS, REFUSED, POLICY_LIFTED)


@dataclass(frozen=True)
class Called:
    """One row of the ledger, its campaign's title, and what happened to it, the oldest first."""

    call: Call
    title: str | None
    events: Sequence[Event]

    @property
    def at(self) -> datetime:
        """When it was asked for."""
        return self.call.created_at


@dataclass(frozen=True)
class Decided:
    """One entry of the audit log; `actor` is "" where it was nobody in Slack."""

    at: datetime
    actor: str
    deed: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Trail:
    """Some of it, the newest first; `has_more`: whether there is older."""

    entries: Sequence[Called | Decided]
    has_more: bool


def page(
    connection: Connection,
    workspace_id: str,
    phone_key: str,
    *,
    asked_by: str | None,
    offset: int,
    limit: int,
) -> Trail:
    """The entries after the `offset`th. `asked_by`: only what this person asked for; None: all."""
    mine = [CALLS.c.workspace_id == workspace_id, CALLS.c.phone_key == phone_key]
    if asked_by is not None:
        mine.append(CALLS.c.requested_by == asked_by)
    most = offset + limit + 1
    calls = [Called(call, None, ()) for call in find(connection, *mine, limit=most)]
    decided = _decided(connection, workspace_id, phone_key, mine, asked_by, most)
    found: list[Called | Decided] = [*calls, *decided]
    newest = sorted(found, key=lambda entry: entry.at, reverse=True)
    shown = newest[offset : offset + limit]
    return Trail(_whole(connection, shown), len(newest) > offset + limit)


def _decided(
    connection: Connection,
    workspace_id: str,
    phone_key: str,
    mine: list[ColumnElement[bool]],
    asked_by: str | None,
    most: int,
) -> list[Decided]:
    subjects = union_all(select(literal(phone_key)), select(CALLS.c.id).where(*mine))
    query = (
        select(AUDIT)
        .where(
            AUDIT.c.workspace_id == workspace_id,
            AUDIT.c.subject.in_(subjects),
            AUDIT.c.deed.in_(_TOLD),
        )
        .order_by(AUDIT.c.seq.desc())
        .limit(most)
    )
    if asked_by is not None:
        query = query.where(or_(AUDIT.c.deed != REFUSED, AUDIT.c.actor == asked_by))
    return [Decided(row.at, row.actor, row.deed, row.detail) for row in connection.execute(query)]


def _whole(connection: Connection, entries: Sequence[Called | Decided]) -> list[Called | Decided]:
    """The entries that are shown, each call with its campaign and with what happened to it."""
    calls = [entry.call for entry in entries if isinstance(entry, Called)]
    happened = of_calls(connection, [call.id for call in calls])
    titles = _titles(connection, [call.campaign_id for call in calls if call.campaign_id])
    return [
        replace(
            entry,
            title=titles.get(entry.call.campaign_id or ""),
            events=happened.get(entry.call.id, ()),
        )
        if isinstance(entry, Called)
        else entry
        for entry in entries
    ]


def _titles(connection: Connection, campaign_ids: Sequence[str]) -> dict[str, str]:
    query = select(CAMPAIGNS.c.id, CAMPAIGNS.c.title).where(CAMPAIGNS.c.id.in_(campaign_ids))
    return {row.id: row.title for row in connection.execute(query)}
