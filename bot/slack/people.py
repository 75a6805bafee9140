"""Who somebody is: their role in one workspace, from the settings and from what Slack says."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.access import Actor, Role
from bot.clock import Clock
from bot.errors import SlackError, UnknownPerson
from bot.slack.api import SlackApi
from storage import workspaces
from storage.engine import Database
from storage.workspaces import Member, Workspace

_FRESH = timedelta(minutes=10)
_USABLE = timedelta(days=7)
_MOST = 20_000
_PATIENCE = 1.5
_OWNERS = 5
"""So many are enough for one of them to be reached."""


@dataclass(frozen=True)
class RoleRules:
    """What the settings say of roles."""

    owners: frozenset[str]
    default: Role


def role_of(member: Member, rules: RoleRules) -> Role:
    """Pure: outsiders are nobody, admins own, everybody else has the default."""
    if member.user_id in rules.owners:
        return Role.OWNER
    if member.is_outsider:
        return Role.NOBODY
    return Role.OWNER if member.is_admin else rules.default


class People:
    """Roles, remembered: Slack is asked once in ten minutes, and acks go on while it is down."""

    def __init__(self, database: Database, rules: RoleRules, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], Member] = OrderedDict()

    async def actor(
        self, workspace: Workspace, api: SlackApi, user_id: str, team_id: str | None
    ) -> Actor:
        """Who asks, with their role here. Raises UnknownPerson where nobody can say."""
        home = (None, "", workspace.at.team_id)
        if team_id not in home and not workspace.at.enterprise_id:
            return Actor(workspace.id, user_id, Role.NOBODY)
        member = await self._member(workspace, api, user_id)
        return Actor(workspace.id, user_id, role_of(member, self._rules))

    async def owners(self, workspace: Workspace) -> list[str]:
        """Some who own it, as far as is known: by the settings, then by what Slack says."""
        admins = partial(workspaces.admins, workspace_id=workspace.id, limit=_OWNERS)
        named = sorted(self._rules.owners)
        return list(dict.fromkeys([*named, *await self._database.read(admins)]))[:_OWNERS]

    async def _member(self, workspace: Workspace, api: SlackApi, user_id: str) -> Member:
        now = self._clock()
        seen = self._seen.get((workspace.id, user_id))
        if seen is not None and seen.checked_at > now - _FRESH:
            return seen
        stored = await self._database.read(
            partial(workspaces.member, workspace_id=workspace.id, user_id=user_id)
        )
        if stored is None or stored.checked_at <= now - _FRESH:
            stored = await self._ask(workspace, api, user_id, stored, now)
        self._seen[workspace.id, user_id] = stored
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return stored

    async def _ask(
        self,
        workspace: Workspace,
        api: SlackApi,
        user_id: str,
        stored: Member | None,
        now: datetime,
    ) -> Member:
        try:
            async with asyncio.timeout(_PATIENCE):
                data = await api.query("users.info", user=user_id)
        except (TimeoutError, SlackError):
            if stored is not None and stored.checked_at > now - _USABLE:
                return stored
            raise UnknownPerson from None
        member = read_user(data.get("user") or {}, workspace, now)
        if member.user_id != user_id:
            raise UnknownPerson
        await self._database.write(
            partial(workspaces.remember, workspace_id=workspace.id, member=member)
        )
        return member


def read_user(user: dict[str, Any], workspace: Workspace, now: datetime) -> Member:
    """Slack's user object as what matters here: pure."""
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id", "")
    at = workspace.at
    at_home = user.get("team_id") == at.team_id or (
        bool(at.enterprise_id) and enterprise == at.enterprise_id
    )
    outside = ("is_restricted", "is_ultra_restricted", "is_bot", "is_stranger", "deleted")
    return Member(
        user_id=str(user.get("id", "")),
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_outsider=not at_home or any(user.get(flag) for flag in outside),
        checked_at=now,
    )
