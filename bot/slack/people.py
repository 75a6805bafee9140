"""Who somebody is: their role in one workspace, from the settings and from what Slack says.

What Slack says is remembered by workspace and person, with an expiry, for the last so many who
asked. Whoever asks while Slack is being asked about the same person waits for that answer.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.access import Actor, Role
from bot.clock import Clock
from bot.errors import SlackError, StorageError, UnknownPerson
from bot.in_force import InForce
from bot.slack.api import SlackApi
from bot.slack.directory import Directory
from bot.slack.groups import Groups
from storage import workspaces
from storage.engine import Database
from storage.workspaces import Member, Workspace

_FRESH = timedelta(minutes=10)
_USABLE = timedelta(days=7)
_MOST = 20_000
_PATIENCE = 1.5
_AWAY = timedelta(seconds=30)
"""What was known goes on counting for so long before Slack, which didn't answer, is asked again."""


@dataclass(frozen=True)
class RoleRules:
    """What the settings say of roles; `home` is the workspace of the token in the environment, ""
    where there is none.
    """

    owners: frozenset[str]
    default: Role
    home: str = ""


def role_of(
    member: Member,
    rules: RoleRules,
    own: Role | None = None,
    of_groups: Collection[Role] = (),
    *,
    installed_by: str = "",
) -> Role:
    """Pure: outsiders are nobody, also those whom the settings name as owners: they own the bot
    where they are at home. Then what was given counts, to themselves before to a group.

    Of several groups the role that may most counts. Else admins own, and who installed the bot
    does; everybody else has the default.
    """
    if member.is_outsider:
        return Role.NOBODY
    if member.user_id in rules.owners:
        return Role.OWNER
    if own is not None:
        return own
    if of_groups:
        return min(of_groups, key=list(Role).index)
    owns = member.is_admin or member.user_id == installed_by
    return Role.OWNER if owns else rules.default


def keeps_an_owner(
    rules: RoleRules, roles: Mapping[str, Role], changer: Member, *, installed_by: str = ""
) -> bool:
    """Whether somebody still owns the bot once these roles are given: pure.

    `changer` is who gives them. A user group doesn't count: nobody may be in it.
    """
    named = any(role is Role.OWNER and not is_group(subject) for subject, role in roles.items())
    return (
        bool(rules.owners)
        or named
        or role_of(changer, rules, roles.get(changer.user_id), installed_by=installed_by)
        is Role.OWNER
    )


def is_group(subject: str) -> bool:
    """Whether a role's subject is a user group."""
    return subject.startswith("S")


@dataclass(frozen=True, slots=True)
class _Seen:
    """Somebody as Slack said; until then it is taken at its word."""

    member: Member
    until: datetime


class People:
    """Roles, remembered: Slack is asked once in ten minutes, and acks go on while it is down."""

    def __init__(
        self,
        database: Database,
        rules: RoleRules,
        in_force: InForce,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._database = database
        self.rules = rules
        self.in_force = in_force
        self._directory = directory
        self._groups = Groups(clock)
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[Member]] = {}
        directory.hears(self._forget)

    def _forget(self, workspace_id: str) -> None:
        """It was installed anew, or removed: what was said under the old token counts no more."""
        for key in [key for key in self._seen if key[0] == workspace_id]:
            del self._seen[key]

    async def actor(
        self, workspace: Workspace, api: SlackApi, user_id: str, team_id: str | None
    ) -> Actor:
        """Who asks, with their role here. Raises UnknownPerson where nobody can say."""
        home = (None, "", workspace.at.team_id)
        if team_id not in home and not workspace.at.enterprise_id:
            return Actor(workspace.id, user_id, Role.NOBODY)
        member = await self.member(workspace, api, user_id)
        roles = self.in_force.roles(workspace.id)
        of_groups: list[Role] = []
        if user_id not in roles and not member.is_outsider:
            of_groups = await self._of_groups(workspace, api, user_id, roles)
        role = role_of(
            member,
            self.rules,
            roles.get(user_id),
            of_groups,
            installed_by=workspace.installed_by,
        )
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
        roles = self.in_force.roles(workspace_id)
        given = [each for each, role in roles.items() if role is Role.OWNER and not is_group(each)]
        installed_by = self._directory.workspace(workspace_id).installed_by
        by_installing = [installed_by] if installed_by and installed_by not in roles else []
        admins = [
            seen.member.user_id
            for (where, user_id), seen in self._seen.items()
            if where == workspace_id
            and user_id not in roles
            and role_of(seen.member, self.rules) is Role.OWNER
        ]
        named = [*self._named(workspace_id), *given, *by_installing, *admins]
        return list(dict.fromkeys(named))

    def _named(self, workspace_id: str) -> list[str]:
        """Those of the settings who belong there: one workspace isn't told of another's people."""
        owners = sorted(self.rules.owners)
        if workspace_id == self.rules.home:
            return owners
        known = {each: self._seen.get((workspace_id, each)) for each in owners}
        return [each for each, seen in known.items() if seen and not seen.member.is_outsider]

    async def member(self, workspace: Workspace, api: SlackApi, user_id: str) -> Member:
        """What Slack says of somebody. Raises UnknownPerson where nobody can say."""
        key = (workspace.id, user_id)
        seen = self._seen.get(key)
        if seen is not None and seen.until > self._clock():
            self._seen.move_to_end(key)
            return seen.member
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.get_running_loop().create_task(self._look(workspace, api, user_id))
            self._asking[key] = asking
            asking.add_done_callback(partial(self._asked, key))
        return await asyncio.shield(asking)  # it is the others' too: who gives up doesn't end it

    def _asked(self, key: tuple[str, str], asking: asyncio.Task[Member]) -> None:
        del self._asking[key]
        if not asking.cancelled():
            asking.exception()  # whoever waited has it; perhaps nobody does any more

    async def _look(self, workspace: Workspace, api: SlackApi, user_id: str) -> Member:
        """As it was written down, where that is fresh; else as Slack says, and so for a while."""
        now, key = self._clock(), (workspace.id, user_id)
        find = partial(workspaces.member, workspace_id=workspace.id, user_id=user_id)
        try:
            stored = await self._database.read(find)
        except StorageError:
            if key not in self._seen:
                raise
            stored = self._seen[key].member
        if stored is None or stored.checked_at <= now - _FRESH:
            stored = await self._ask(workspace, api, user_id, stored, now)
        until = max(stored.checked_at + _FRESH, now + _AWAY)
        self._seen[key] = _Seen(stored, until)
        self._seen.move_to_end(key)
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
        remember = partial(workspaces.remember, workspace_id=workspace.id, member=member)
        with contextlib.suppress(StorageError):  # here it is known, and is asked for again anyway
            await self._database.write(remember)
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
