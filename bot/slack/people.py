"""Who somebody is: their role in one workspace, from the settings and from what Slack says."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.access import Actor, Role
from bot.clock import Clock
from bot.errors import SlackError, UnknownPerson
from bot.in_force import InForce
from bot.slack.api import SlackApi
from bot.slack.groups import Groups
from storage import workspaces
from storage.engine import Database
from storage.workspaces import Member, Workspace

_FRESH = timedelta(minutes=10)
_USABLE = timedelta(days=7)
_MOST = 20_000
_PATIENCE = 1.5


@dataclass(frozen=True)
class RoleRules:
    """What the settings say of roles; `home` is the workspace of the token in the environment, ""
    where there is none.
    """

    owners: frozenset[str]
    default: Role
    home: str = ""


def role_of(
    member: Member, rules: RoleRules, own: Role | None = None, of_groups: Collection[Role] = ()
) -> Role:
    """Pure: outsiders are nobody, also those whom the settings name as owners: they own the bot
    where they are at home. Then what was given counts, to themselves before to a group.

    Of several groups the role that may most counts. Else admins own, and everybody else has the
    default.
    """
    if member.is_outsider:
        return Role.NOBODY
    if member.user_id in rules.owners:
        return Role.OWNER
    if own is not None:
        return own
    if of_groups:
        return min(of_groups, key=list(Role).index)
    return Role.OWNER if member.is_admin else rules.default


def keeps_an_owner(rules: RoleRules, roles: Mapping[str, Role], changer: Member) -> bool:
    """Whether somebody still owns the bot once these roles are given: pure.

    `changer` is who gives them. A user group doesn't count: nobody may be in it.
    """
    named = any(role is Role.OWNER and not is_group(subject) for subject, role in roles.items())
    return (
        bool(rules.owners)
        or named
        or role_of(changer, rules, roles.get(changer.user_id)) is (Role.OWNER)
    )


def is_group(subject: str) -> bool:
    """Whether a role's subject is a user group."""
    return subject.startswith("S")


class People:
    """Roles, remembered: Slack is asked once in ten minutes, and acks go on while it is down."""

    def __init__(
        self, database: Database, rules: RoleRules, in_force: InForce, clock: Clock
    ) -> None:
        self._database = database
        self.rules = rules
        self._in_force = in_force
        self._groups = Groups(clock)
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], Member] = OrderedDict()

    async def actor(
        self, workspace: Workspace, api: SlackApi, user_id: str, team_id: str | None
    ) -> Actor:
        """Who asks, with their role here. Raises UnknownPerson where nobody can say."""
        home = (None, "", workspace.at.team_id)
        if team_id not in home and not workspace.at.enterprise_id:
            return Actor(workspace.id, user_id, Role.NOBODY)
        member = await self.member(workspace, api, user_id)
        roles = self._in_force.roles(workspace.id)
        of_groups: list[Role] = []
        if user_id not in roles and not member.is_outsider:
            of_groups = await self._of_groups(workspace, api, user_id, roles)
        role = role_of(member, self.rules, roles.get(user_id), of_groups)
        return Actor(workspace.id, user_id, role)

    async def _of_groups(
        self, workspace: Workspace, api: SlackApi, user_id: str, roles: Mapping[str, Role]
    ) -> list[Role]:
        groups = [each for each in roles if is_group(each)]
        users = await asyncio.gather(
            *(self._groups.users(workspace.id, api, each) for each in groups)
        )
        pairs = zip(groups, users, strict=True)
        return [roles[group] for group, within in pairs if user_id in within]

    def owners(self, workspace_id: str) -> list[str]:
        """The ids of people who own the bot there, as far as it is known without asking."""
        roles = self._in_force.roles(workspace_id)
        given = [each for each, role in roles.items() if role is Role.OWNER and not is_group(each)]
        admins = [
            member.user_id
            for (where, user_id), member in self._seen.items()
            if where == workspace_id
            and user_id not in roles
            and role_of(member, self.rules) is Role.OWNER
        ]
        return list(dict.fromkeys([*self._named(workspace_id), *given, *admins]))

    def _named(self, workspace_id: str) -> list[str]:
        """Those of the settings who belong there: one workspace isn't told of another's people."""
        owners = sorted(self.rules.owners)
        if workspace_id == self.rules.home:
            return owners
        seen = {each: self._seen.get((workspace_id, each)) for each in owners}
        return [each for each, member in seen.items() if member and not member.is_outsider]

    async def member(self, workspace: Workspace, api: SlackApi, user_id: str) -> Member:
        """What Slack says of somebody. Raises UnknownPerson where nobody can say."""
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
