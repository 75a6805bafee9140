"""Who reads in a conversation: other organisations get no cards, unless an owner allowed it."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.errors import Lasting, NotReachable
from bot.slack.directory import Directory
from storage.rows import Elsewhere

_FRESH = timedelta(minutes=10)
_MOST = 20_000
_DIRECT = "D"
"""What the id of a direct message begins with: only the bot's own is open to it."""


@dataclass
class _Seen:
    """What Slack said of one conversation; whoever asks meanwhile waits for that answer."""

    answer: Elsewhere | None = None
    at: datetime | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Channels:
    """Asks Slack of each conversation once in ten minutes."""

    def __init__(self, directory: Directory, clock: Clock, *, allowed: Collection[str]) -> None:
        """`allowed`: the shared channels in which cards may stand."""
        self._directory = directory
        self._clock = clock
        self._allowed = frozenset(allowed)
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        directory.hears(self._forget)

    def _forget(self, workspace_id: str) -> None:
        """It was installed anew, or removed: another bot user may be in other conversations."""
        for key in [key for key in self._seen if key[0] == workspace_id]:
            del self._seen[key]

    async def closed_because(self, workspace_id: str, channel: str) -> Elsewhere | None:
        """Why no card may stand there; None where one may. Raises SlackError."""
        if not channel:
            return Elsewhere.CLOSED
        if channel in self._allowed or channel.startswith(_DIRECT):
            return None
        seen = self._seen.setdefault((workspace_id, channel), _Seen())
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        async with seen.asking:
            if seen.at is None or seen.at <= self._clock() - _FRESH:
                try:
                    seen.answer = await self._ask(workspace_id, channel)
                except NotReachable:  # not remembered: an invitation opens it
                    return Elsewhere.CLOSED
                seen.at = self._clock()
        return seen.answer

    async def _ask(self, workspace_id: str, channel: str) -> Elsewhere | None:
        api = self._directory.api(workspace_id)
        try:
            data = await api.query("conversations.info", channel=channel)
        except NotReachable:
            raise
        except Lasting:
            return Elsewhere.UNSAID
        return read_channel(data.get("channel"))


def read_channel(channel: Any) -> Elsewhere | None:
    """Slack's conversation object as what matters here: pure.

    A channel that an organisation's own workspaces share (`is_org_shared`) stays in the house; one
    to which another organisation is invited may be read by it at any moment.
    """
    if not isinstance(channel, dict) or "is_ext_shared" not in channel:
        return Elsewhere.UNSAID
    if channel["is_ext_shared"] or channel.get("is_pending_ext_shared"):
        return Elsewhere.SHARED
    return None
