"""Installations by OAuth: what a workspace granted, and how it took that back.

Only the bot's token is asked for and kept. A user's token would let the bot act as that person,
which nothing here needs; one that isn't there can't be handed to somebody else, and needn't be
looked up by who asks: a workspace's token is all that a request wants.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit, campaigns, workspaces
from storage.campaigns import CAMPAIGNS, Happened, Stage
from storage.locks import lock_out
from storage.resting import INSTALLATIONS, Standing
from storage.secrets import Place, Vault
from storage.workspaces import WORKSPACES, Installation, Workspace

__all__ = [
    "Grant",
    "Installed",
    "Standing",
    "counts",
    "forget",
    "install",
    "of",
    "read",
    "remove",
    "take_leave",
    "versions",
]

SLACK = "slack"
"""Who did it, in the audit log, where it was no person."""
_SECOND = timedelta(seconds=1)
_MOST = 10_000
_STANDS = {
    Standing.REVOKED: [Standing.INSTALLED],
    Standing.UNINSTALLED: [Standing.INSTALLED, Standing.REVOKED],
}
"""From where each may be come to."""
_SAID = "Toingg was removed from this workspace meanwhile. Resume, if it is to go on."


@dataclass(frozen=True)
class Grant:
    """What Slack gave for a code. `by` is the id of who installed it."""

    at: Installation
    token: str = field(repr=False)
    by: str


@dataclass(frozen=True)
class Installed:
    """An installation as it stands; without a `token` the workspace's work rests."""

    workspace: Workspace
    version: int
    token: str | None = field(repr=False)


def install(connection: Connection, vault: Vault, grant: Grant, *, now: datetime) -> Installed:
    """Keeps a grant, the token sealed. The workspace is what it was, where it was known before.

    Who installed it first goes on being its owner by that; a later one is in the audit log. What
    ran when it was last heard of waits for a person: nobody is called out of the blue.
    """
    workspace = workspaces.adopt(connection, vault, grant.at, None, now=now)
    lock_out(connection, workspace.id)
    if not workspaces.is_of(connection, workspace.id, grant.at):  # its erasure was quicker
        workspace = workspaces.adopt(connection, vault, grant.at, None, now=now)
    before = connection.execute(
        select(INSTALLATIONS).where(INSTALLATIONS.c.workspace_id == workspace.id)
    ).first()
    said = {
        "bot_token": vault.seal(_place(workspace.id), grant.token),
        "bot_user_id": grant.at.bot_user_id,
        "bot_id": grant.at.bot_id,
        "scopes": grant.at.scopes,
        "installed_by": before.installed_by if before else grant.by,
        "installed_at": now,
        "state": Standing.INSTALLED,
        "removed_at": None,
        "version": before.version + 1 if before else 1,
    }
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        make(INSTALLATIONS)
        .values(workspace_id=workspace.id, **said)
        .on_conflict_do_update(index_elements=["workspace_id"], set_=said)
    )
    if before is None or before.state != Standing.INSTALLED:
        _pause(connection, workspace.id, now)
    detail = {"scopes": grant.at.scopes, "again": before is not None}
    audit.append(connection, workspace.id, grant.by, "installed", SLACK, now=now, **detail)
    owned = replace(workspace, installed_by=str(said["installed_by"]))
    return Installed(owned, int(str(said["version"])), grant.token)


def remove(
    connection: Connection,
    enterprise_id: str,
    team_id: str,
    to: Standing,
    *,
    heard_at: datetime,
    now: datetime,
) -> str | None:
    """Drops the token of this very installation; the workspace's id, None where nothing is moved.

    `heard_at` is when Slack says that it happened, in whole seconds: of an installation before the
    present one it is news no more. The organisation's installation has no `team_id`.
    """
    found = connection.execute(
        select(INSTALLATIONS.c.workspace_id)
        .join(WORKSPACES, WORKSPACES.c.id == INSTALLATIONS.c.workspace_id)
        .where(_this(enterprise_id, team_id))
    ).scalar()
    if found is None:
        return None
    lock_out(connection, found)
    moved = connection.execute(
        update(INSTALLATIONS)
        .where(
            INSTALLATIONS.c.workspace_id == found,
            INSTALLATIONS.c.state.in_(_STANDS[to]),
            INSTALLATIONS.c.installed_at < heard_at + _SECOND,
        )
        .values(bot_token=None, state=to, removed_at=now, version=INSTALLATIONS.c.version + 1)
    )
    if not moved.rowcount:
        return None
    _pause(connection, found, now)
    audit.append(connection, found, SLACK, to.value, SLACK, now=now)
    return str(found)


def _pause(connection: Connection, workspace_id: str, now: datetime) -> None:
    """Whatever dials, or would once there is money, waits for a person."""
    stages = [Stage.RUNNING, Stage.HELD]
    where = (CAMPAIGNS.c.workspace_id == workspace_id, CAMPAIGNS.c.state.in_(stages))
    why = {"reason": "uninstalled", "said": _SAID}
    for campaign in campaigns.find(connection, *where, limit=_MOST):
        campaigns.move(
            connection,
            campaign,
            Stage.PAUSED,
            Happened.FAILING,
            from_=stages,
            now=now,
            detail=why,
            **why,
        )


def take_leave(connection: Connection, *, before: datetime) -> list[str]:
    """The workspaces that removed the bot before then, those whose erasure was begun included.

    From now on they are nobody's: who installs the bot there again begins anew.
    """
    due = select(INSTALLATIONS.c.workspace_id).where(
        INSTALLATIONS.c.state != Standing.INSTALLED, INSTALLATIONS.c.removed_at < before
    )
    for workspace_id in list(connection.execute(due).scalars()):
        lock_out(connection, workspace_id)
        left = (INSTALLATIONS.c.workspace_id == workspace_id, INSTALLATIONS.c.removed_at < before)
        if connection.execute(delete(INSTALLATIONS).where(*left)).rowcount:
            workspaces.disown(connection, workspace_id)
    return workspaces.disowned(connection)


def forget(connection: Connection, workspace_id: str) -> None:
    """The environment has this workspace's token: what it granted before counts no more."""
    connection.execute(delete(INSTALLATIONS).where(INSTALLATIONS.c.workspace_id == workspace_id))


# Looking


def versions(connection: Connection) -> dict[str, int]:
    """The version of every installation, removed ones too, by the workspace's id."""
    query = select(INSTALLATIONS.c.workspace_id, INSTALLATIONS.c.version)
    return {row.workspace_id: row.version for row in connection.execute(query)}


def counts(connection: Connection) -> dict[str, int]:
    """How many installations stand where."""
    many = func.count().label("many")
    query = select(INSTALLATIONS.c.state, many).group_by(INSTALLATIONS.c.state)
    return {row.state: row.many for row in connection.execute(query)}


def of(connection: Connection, enterprise_id: str, team_id: str) -> list[str]:
    """The ids of the workspaces whose installation may be this team's, the organisation's too."""
    whole = and_(WORKSPACES.c.enterprise_id == enterprise_id, WORKSPACES.c.team_id == "")
    query = (
        select(INSTALLATIONS.c.workspace_id)
        .join(WORKSPACES, WORKSPACES.c.id == INSTALLATIONS.c.workspace_id)
        .where(or_(_this(enterprise_id, team_id), whole))
    )
    return list(connection.execute(query).scalars())


def _this(enterprise_id: str, team_id: str) -> ColumnElement[bool]:
    """The installation of exactly this; a team's may be from before it joined an organisation."""
    known = {enterprise_id, ""} if team_id else {enterprise_id}
    return and_(WORKSPACES.c.enterprise_id.in_(known), WORKSPACES.c.team_id == team_id)


def read(connection: Connection, vault: Vault, workspace_id: str) -> Installed | None:
    """One installation, as it stands. Raises SettingsError where no key opens its secrets."""
    row = connection.execute(
        select(INSTALLATIONS).where(INSTALLATIONS.c.workspace_id == workspace_id)
    ).first()
    workspace = workspaces.by_id(connection, vault, workspace_id) if row else None
    if row is None or workspace is None:
        return None
    token = vault.open(_place(workspace_id), row.bot_token) if row.bot_token else None
    return Installed(replace(workspace, installed_by=row.installed_by), row.version, token)


def _place(workspace_id: str) -> Place:
    return Place("installations", "bot_token", workspace_id)
