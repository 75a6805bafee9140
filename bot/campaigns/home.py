"""Home tabs: published as they are opened, and kept up while somebody may be looking.

Whoever opened theirs within the last minutes is taken to look. All Homes of a workspace are drawn
from one look at the database, and only those that say something new are published.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.campaigns.standings import Standings
from bot.clock import Clock
from bot.errors import BotError
from bot.hooks import Hooks
from bot.logs import Action, log
from bot.recipients import policy
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.home import Scene, home
from bot.slack.deliver import Budget
from bot.slack.directory import Directory
from bot.slack.people import People
from storage import today
from storage.campaigns import Campaign
from storage.engine import Database

EVERY = timedelta(seconds=3)
_LOOKS = timedelta(minutes=10)
_SLOWEST = timedelta(seconds=15)
"""So often a Home is looked at again of whose campaigns nothing was heard."""
_SHOWN = 20
"""Campaigns that are looked at: what dials or talks, then the newest."""
_MOST = 200
"""Homes that one process keeps up; who opened theirs last is among them."""


@dataclass
class _Watcher:
    """Somebody who may be looking; `shown` is what they see."""

    since: datetime
    shown: dict[str, Any] | None = None


class Homes:
    """The Homes that are looked at."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        people: People,
        hooks: Hooks,
        standings: Standings,
        budget: Budget,
        clock: Clock,
        *,
        source: Callable[[str], Source],
    ) -> None:
        self._database = database
        self._directory = directory
        self._people = people
        self._in_force = people.in_force
        self._hooks = hooks
        self._standings = standings
        self._budget = budget
        self._clock = clock
        self._source = source
        self._watchers: dict[tuple[str, str], _Watcher] = {}
        self._drawn_at: dict[str, datetime] = {}
        directory.hears(self._left)

    def _left(self, workspace_id: str) -> None:
        """Nobody looks any more where the bot was removed."""
        if workspace_id not in self._directory.ids():
            for key in [key for key in self._watchers if key[0] == workspace_id]:
                del self._watchers[key]

    def wake(self, campaign: Campaign) -> None:
        """It has moved: what shows it is drawn at the next look."""
        self._drawn_at.pop(campaign.workspace_id, None)

    async def opened(self, workspace_id: str, user_id: str) -> None:
        """Somebody looks at theirs, or has just clicked in it."""
        key = (workspace_id, user_id)
        self._watchers.pop(key, None)
        watcher = self._watchers[key] = _Watcher(self._clock())
        while len(self._watchers) > _MOST:
            self._watchers.pop(next(iter(self._watchers)))
        await self._publish(await self._scene(workspace_id), key, watcher, final=True)

    async def look(self) -> None:
        """Publishes what has changed of the Homes that somebody may be looking at."""
        now = self._clock()
        for key, watcher in list(self._watchers.items()):
            if watcher.since <= now - _LOOKS:
                self._watchers.pop(key, None)
        for workspace_id in {workspace_id for workspace_id, _ in self._watchers}:
            drawn_at = self._drawn_at.get(workspace_id)
            if drawn_at is None or drawn_at <= now - _SLOWEST:
                self._drawn_at[workspace_id] = now
                await self._redraw(workspace_id)

    async def _redraw(self, workspace_id: str) -> None:
        scene = await self._scene(workspace_id)
        for key, watcher in list(self._watchers.items()):
            if key[0] != workspace_id:
                continue
            try:
                await self._publish(scene, key, watcher, final=False)
            except BotError as error:
                self._watchers.pop(key, None)
                log(Action.POST_FAILED, level="warning", detail=error.detail)

    async def _scene(self, workspace_id: str) -> Scene:
        found = await self._standings.under_way(workspace_id)
        holds = self._in_force.of(workspace_id)
        day_start = policy.day_start(holds.default_timezone, self._clock())
        look = partial(today.look, workspace_id=workspace_id, day_start=day_start)
        workspace, locks = self._directory.workspace(workspace_id), self._hooks.locks(workspace_id)
        keys = self._in_force.toingg_keys(workspace_id, workspace.toingg_keys)
        return Scene(
            standings=[await self._standings.of(each.campaign) for each in found[:_SHOWN]],
            today=await self._database.scan(look),
            holds=holds,
            source=self._source(workspace_id),
            has_key=bool(keys.get(holds.toingg_api)),
            gives_roles=bool(self._in_force.roles(workspace_id)),
            has_hooks=locks.callbacks.are_set or bool(locks.stripe),
            team_url=workspace.at.url,
            owners=tuple(self._people.owners(workspace_id)),
        )

    async def _publish(
        self, scene: Scene, key: tuple[str, str], watcher: _Watcher, *, final: bool
    ) -> None:
        """What this person may see now; nothing where they see it already."""
        workspace_id, user_id = key
        workspace, api = self._directory.workspace(workspace_id), self._directory.api(workspace_id)
        actor = await self._people.actor(workspace, api, user_id, None)
        view = home(scene, actor)
        if view == watcher.shown:
            return
        if not self._budget.take(workspace_id, final=final):
            self._drawn_at.pop(workspace_id, None)  # the next look tries again
            return
        watcher.shown = view
        await api.call("views.publish", user_id=user_id, view=view)
