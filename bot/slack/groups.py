"""Slack's user groups: which there are, and who is in them; remembered, with an expiry."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import SlackError, UnknownPerson
from bot.slack.api import SlackApi

_FRESH = timedelta(minutes=10)
_USABLE = timedelta(days=7)
_PATIENCE = 1.5
_GONE = ("no_such_subteam", "subteam_not_found")


@dataclass(frozen=True)
class _Members:
    users: frozenset[str]
    at: datetime


class Groups:
    """Who is in which group; each is asked for once in ten minutes, by one request at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], _Members] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def users(self, workspace_id: str, api: SlackApi, group_id: str) -> frozenset[str]:
        """The ids of its members; of a group that is gone, nobody's.

        Raises UnknownPerson where Slack doesn't say, and hasn't lately: no role is made up.
        """
        key = (workspace_id, group_id)
        async with self._asking[key]:
            seen, now = self._seen.get(key), self._clock()
            if seen is None or seen.at <= now - _FRESH:
                seen = self._seen[key] = await self._ask(api, group_id, seen, now)
        return seen.users

    async def _ask(
        self, api: SlackApi, group_id: str, seen: _Members | None, now: datetime
    ) -> _Members:
        try:
            async with asyncio.timeout(_PATIENCE):
                data = await api.query("usergroups.users.list", usergroup=group_id)
        except SlackError as error:
            if error.code in _GONE:
                return _Members(frozenset(), now)
        except TimeoutError:
            pass
        else:
            return _Members(frozenset(map(str, data.get("users") or ())), now)
        if seen is not None and seen.at > now - _USABLE:
            return seen
        raise UnknownPerson


async def listed(api: SlackApi) -> dict[str, str]:
    """The workspace's user groups: names by id. Raises SlackError, also where that takes long."""
    try:
        async with asyncio.timeout(_PATIENCE):
            data = await api.query("usergroups.list")
    except TimeoutError:
        raise SlackError("timeout", certain=False) from None
    return {
        str(each.get("id", "")): str(each.get("name", "")) for each in data.get("usergroups") or ()
    }
