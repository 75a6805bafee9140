"""Workspaces, their people and drafts."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import DraftRow, MemberRow, WorkspaceRow, table_of
from storage.secrets import Place, Vault, new_number_key
from storage.statements import given, values

WORKSPACES = table_of(WorkspaceRow)
MEMBERS = table_of(MemberRow)
DRAFTS = table_of(DraftRow)

_NOBODYS = "nobody's:"
"""Before the id, in the place of a team's: Slack's ids have no colon."""
DRAFT_LIFE = timedelta(days=1)


@dataclass(frozen=True)
class Installation:
    """What Slack says of a workspace where the bot is installed."""

    enterprise_id: str
    team_id: str
    name: str
    url: str
    bot_user_id: str
    bot_id: str
    scopes: str


@dataclass(frozen=True)
class Workspace:
    """One workspace, its secrets opened; `repr` shows none of them.

    `installed_by`: who installed the bot there, by Slack's id; "" where that wasn't by OAuth.
    """

    id: str
    at: Installation
    toingg_keys: Mapping[str, str]
    number_key: str
    installed_by: str = ""

    def __repr__(self) -> str:
        return f"Workspace({self.id})"


def adopt(
    connection: Connection,
    vault: Vault,
    at: Installation,
    toingg_keys: Mapping[str, str] | None,
    *,
    now: datetime,
) -> Workspace:
    """The workspace of this installation, made on first sight; its Toingg keys are kept sealed.

    `toingg_keys` None: those that it has stay. A team that has joined an organisation since it was
    first seen is the same workspace.
    """
    found = by_team(connection, vault, at.enterprise_id, at.team_id)
    if found is None and at.enterprise_id and at.team_id:
        found = by_team(connection, vault, "", at.team_id)
    if toingg_keys is None:
        toingg_keys = found.toingg_keys if found else {}
    said = {
        "enterprise_id": at.enterprise_id,
        "name": at.name,
        "url": at.url,
        "bot_user_id": at.bot_user_id,
        "bot_id": at.bot_id,
        "scopes": at.scopes,
    }
    workspace_id = found.id if found else uuid.uuid4().hex
    if found is None or dict(found.toingg_keys) != dict(toingg_keys):
        keys = vault.seal(_place("toingg_keys", workspace_id), json.dumps(dict(toingg_keys)))
        said["toingg_keys"] = keys
    if found is not None:
        connection.execute(update(WORKSPACES).where(WORKSPACES.c.id == workspace_id).values(**said))
        return Workspace(workspace_id, at, toingg_keys, found.number_key)
    number_key = new_number_key()
    connection.execute(
        insert(WORKSPACES).values(
            id=workspace_id,
            team_id=at.team_id,
            number_key=vault.seal(_place("number_key", workspace_id), number_key),
            created_at=now,
            **said,
        )
    )
    return Workspace(workspace_id, at, toingg_keys, number_key)


def by_team(
    connection: Connection, vault: Vault, enterprise_id: str, team_id: str
) -> Workspace | None:
    """The workspace of this installation. Raises SettingsError where no key opens its secrets."""
    return _open(
        vault,
        connection.execute(
            select(WORKSPACES).where(
                WORKSPACES.c.enterprise_id == enterprise_id, WORKSPACES.c.team_id == team_id
            )
        ).first(),
    )


def by_id(connection: Connection, vault: Vault, workspace_id: str) -> Workspace | None:
    """The workspace with this id. Raises as `by_team`."""
    query = select(WORKSPACES).where(WORKSPACES.c.id == workspace_id)
    return _open(vault, connection.execute(query).first())


def is_of(connection: Connection, workspace_id: str, at: Installation) -> bool:
    """Whether the workspace with this id is that team's."""
    mine = (
        WORKSPACES.c.id == workspace_id,
        WORKSPACES.c.enterprise_id == at.enterprise_id,
        WORKSPACES.c.team_id == at.team_id,
    )
    return connection.execute(select(WORKSPACES.c.id).where(*mine)).first() is not None


def disown(connection: Connection, workspace_id: str) -> None:
    """It is no team's any more, and waits to be erased."""
    nobodys = {"enterprise_id": "", "team_id": f"{_NOBODYS}{workspace_id}"}
    mine = WORKSPACES.c.id == workspace_id
    connection.execute(update(WORKSPACES).where(mine).values(**nobodys))


def disowned(connection: Connection) -> list[str]:
    """The ids of those that are no team's."""
    nobodys = WORKSPACES.c.team_id.startswith(_NOBODYS, autoescape=True)
    return list(connection.execute(select(WORKSPACES.c.id).where(nobodys)).scalars())


def only(connection: Connection, vault: Vault) -> Workspace | None:
    """The one workspace that is stored; None where there is none, or several."""
    rows = connection.execute(select(WORKSPACES).limit(2)).all()
    return _open(vault, rows[0]) if len(rows) == 1 else None


def ids(connection: Connection, *, named: str = "") -> list[str]:
    """The ids of those that are stored, at most two: all, or those with this id or this team's."""
    query = select(WORKSPACES.c.id).limit(2)
    if named:
        query = query.where(or_(WORKSPACES.c.id == named, WORKSPACES.c.team_id == named))
    return list(connection.execute(query).scalars())


def teams(connection: Connection) -> dict[str, str]:
    """Slack's id of each workspace (its team's, or its organisation's) by ours."""
    query = select(WORKSPACES.c.id, WORKSPACES.c.team_id, WORKSPACES.c.enterprise_id)
    return {row.id: row.team_id or row.enterprise_id for row in connection.execute(query)}


def _open(vault: Vault, row: Any) -> Workspace | None:
    if row is None:
        return None
    keys = {}
    if row.toingg_keys is not None:
        keys = json.loads(vault.open(_place("toingg_keys", row.id), row.toingg_keys))
    return Workspace(
        row.id,
        Installation(
            row.enterprise_id,
            row.team_id,
            row.name,
            row.url,
            row.bot_user_id,
            row.bot_id,
            row.scopes,
        ),
        keys,
        vault.open(_place("number_key", row.id), row.number_key),
    )


def _place(column: str, workspace_id: str) -> Place:
    return Place("workspaces", column, workspace_id)


# People


@dataclass(frozen=True, slots=True)
class Member:
    """What Slack said of somebody. Outsiders: guests, bots, and other organisations' people."""

    user_id: str
    is_admin: bool
    is_outsider: bool
    checked_at: datetime


_MEMBER = select(MEMBERS).where(
    MEMBERS.c.workspace_id == given("workspace_id", MEMBERS.c.workspace_id),
    MEMBERS.c.user_id == given("user_id", MEMBERS.c.user_id),
)


def member(connection: Connection, workspace_id: str, user_id: str) -> Member | None:
    """Somebody, as they were when Slack was last asked."""
    row = connection.execute(_MEMBER, values(workspace_id=workspace_id, user_id=user_id)).first()
    if row is None:
        return None
    return Member(row.user_id, row.is_admin, row.is_outsider, row.checked_at)


def remember(connection: Connection, workspace_id: str, member: Member) -> None:
    """Keeps what Slack said."""
    said = {
        "is_admin": member.is_admin,
        "is_outsider": member.is_outsider,
        "checked_at": member.checked_at,
    }
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        make(MEMBERS)
        .values(workspace_id=workspace_id, user_id=member.user_id, **said)
        .on_conflict_do_update(index_elements=["workspace_id", "user_id"], set_=said)
    )


# Drafts


@dataclass(frozen=True)
class Draft:
    """What somebody typed into a flow."""

    id: str
    user_id: str
    flow: str
    fields: dict[str, Any]


def keep_draft(
    connection: Connection,
    workspace_id: str,
    user_id: str,
    flow: str,
    typed: Mapping[str, Any],
    *,
    now: datetime,
) -> Draft:
    """Keeps it for a day."""
    draft = Draft(uuid.uuid4().hex, user_id, flow, dict(typed))
    _keep(connection, workspace_id, draft, now)
    return draft


def keep_once(
    connection: Connection, workspace_id: str, draft: Draft, *, now: datetime
) -> Draft | None:
    """Keeps for a day what has an id of its own; None where it was kept before."""
    return draft if _keep(connection, workspace_id, draft, now) else None


def _keep(connection: Connection, workspace_id: str, draft: Draft, now: datetime) -> bool:
    connection.execute(delete(DRAFTS).where(DRAFTS.c.created_at < now - DRAFT_LIFE))
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = connection.execute(
        make(DRAFTS)
        .values(
            id=draft.id,
            workspace_id=workspace_id,
            user_id=draft.user_id,
            flow=draft.flow,
            fields=draft.fields,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(DRAFTS.c.id)
    )
    return kept.first() is not None


def draft(
    connection: Connection, workspace_id: str, user_id: str, draft_id: str, *, now: datetime
) -> Draft | None:
    """One's own draft, while it is kept."""
    row = connection.execute(
        select(DRAFTS).where(
            DRAFTS.c.workspace_id == workspace_id,
            DRAFTS.c.user_id == user_id,
            DRAFTS.c.id == draft_id,
            DRAFTS.c.created_at >= now - DRAFT_LIFE,
        )
    ).first()
    return Draft(row.id, row.user_id, row.flow, row.fields) if row else None
