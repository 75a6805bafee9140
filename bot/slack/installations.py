"""Installations by OAuth: the directory as their mirror, kept up whichever process changed them.

What the database says is read at the start, then at each look by version; a team that isn't known
is looked for once, whoever asks meanwhile waits for that, and nobody asks again for some seconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import StorageError
from bot.in_force import InForce
from bot.logs import Action, log
from bot.slack.api import SlackApi
from bot.slack.asks import installation_of
from bot.slack.directory import Directory
from bot.slack.payloads import Event, Left
from storage import Connection, budget, installations
from storage.engine import Database
from storage.installations import Grant, Installed, Standing
from storage.secrets import Vault

EVERY = timedelta(seconds=2)
_ABSENT = timedelta(seconds=5)
_MOST = 1_000
"""Teams without an installation that are remembered as such."""
_MICRO = 1_000_000
_PAUSES = (0.2, 1.0, 5.0)
"""Seconds between tries to keep a grant, which can't be asked for again."""

MakesApi = Callable[[str], SlackApi]
"""How Slack is spoken to with a token."""


class Installations:
    """What is installed where."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        directory: Directory,
        in_force: InForce,
        api: MakesApi,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._directory = directory
        self._in_force = in_force
        self._api = api
        self._clock = clock
        self._versions: dict[str, int] = {}
        self._seeking: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._absent: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    async def look(self) -> None:
        """Reads what has changed since, wherever that was."""
        versions = await self._database.read(installations.versions)
        for workspace_id in self._versions.keys() - versions.keys():
            del self._versions[workspace_id]
            self._directory.forget(workspace_id)
        for workspace_id, version in versions.items():
            if version > self._versions.get(workspace_id, 0):
                await self._read(workspace_id)

    async def seek(self, enterprise_id: str, team_id: str) -> None:
        """Looks whether this team's is one that isn't known yet. Raises StorageError."""
        team = (enterprise_id, team_id)
        if self._absent.get(team, self._clock()) > self._clock():
            return
        seeking = self._seeking.get(team)
        if seeking is None:
            seeking = asyncio.get_running_loop().create_task(self._seek(team))
            self._seeking[team] = seeking
            seeking.add_done_callback(partial(self._sought, team))
        await asyncio.shield(seeking)  # it is the others' too: who gives up doesn't end it

    def _sought(self, team: tuple[str, str], seeking: asyncio.Task[None]) -> None:
        del self._seeking[team]
        if not seeking.cancelled():
            seeking.exception()  # whoever waited has it; perhaps nobody does any more

    async def _seek(self, team: tuple[str, str]) -> None:
        of = partial(installations.of, enterprise_id=team[0], team_id=team[1])
        for workspace_id in await self._database.read(of):
            await self._read(workspace_id)
        if self._directory.find(*team) is None:
            self._absent[team] = self._clock() + _ABSENT
            self._absent.move_to_end(team)
            while len(self._absent) > _MOST:
                self._absent.popitem(last=False)

    async def _read(self, workspace_id: str) -> None:
        read = partial(installations.read, vault=self._vault, workspace_id=workspace_id)
        found = await self._database.read(read)
        if found is not None:
            self._take(found)

    def _take(self, found: Installed) -> None:
        """Mirrors it, unless something newer is known."""
        workspace = found.workspace
        if found.version <= self._versions.get(workspace.id, 0):
            return
        self._versions[workspace.id] = found.version
        if found.token is None:
            self._directory.rest(workspace)
            return
        self._directory.add(workspace, self._api(found.token))
        self._absent.clear()

    async def install(self, grant: Grant) -> Installed:
        """Keeps what Slack granted, and answers for it at once. Raises StorageError."""

        def write(connection: Connection) -> Installed:
            now = self._clock()
            installed = installations.install(connection, self._vault, grant, now=now)
            opening = self._in_force.of(installed.workspace.id).budget
            amount = None if opening is None else int(opening * _MICRO)
            budget.open_with(connection, installed.workspace.id, amount, now=now)
            return installed

        installed = await self._patiently(write)
        self._take(installed)
        log(Action.INSTALLED, workspace=installed.workspace.id, version=installed.version)
        return installed

    async def _patiently(self, write: Callable[[Connection], Installed]) -> Installed:
        """A grant comes once: the database gets a few tries. Raises StorageError after them."""
        for pause in _PAUSES:
            try:
                return await self._database.write(write)
            except StorageError as error:
                log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
                await asyncio.sleep(pause)
        return await self._database.write(write)

    async def left(self, payload: Event) -> None:
        """Slack says that a workspace removed the app, or took its token. Raises StorageError."""
        event = payload.event
        if not isinstance(event, Left):
            return
        to = Standing.UNINSTALLED
        if event.type == "tokens_revoked":
            if not event.tokens.bot:  # a person's, and there are none of those
                return
            to = Standing.REVOKED
        enterprise_id, team_id = installation_of(payload)
        removed = await self._database.write(
            partial(
                installations.remove,
                enterprise_id=enterprise_id,
                team_id=team_id,
                to=to,
                heard_at=datetime.fromtimestamp(payload.event_time, UTC),
                now=self._clock(),
            )
        )
        log(Action.INSTALLATION_LEFT, to=to, known=removed is not None)
        if removed is not None:
            await self._read(removed)


class OneToken:
    """The workspace of the environment's token: what becomes of that is its operator's affair."""

    async def seek(self, enterprise_id: str, team_id: str) -> None:
        """There is no other."""

    async def left(self, payload: Event) -> None:
        """The token is refused from now on, which stops all that goes to Slack, and is logged."""
        log(Action.INSTALLATION_LEFT, level="warning", to=payload.event.type, known=False)
