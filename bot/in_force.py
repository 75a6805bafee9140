"""What holds in each workspace: the environment's settings, and over them its owners' own.

Kept in memory: who dials or draws asks without a wait. What another process changes is seen at the
next look.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import OutOfDate
from bot.settings import WorkspaceSettings
from storage import Connection, budget, settings
from storage.engine import Database
from storage.secrets import Vault
from storage.settings import Change, Stored

EVERY = timedelta(seconds=2)
_MICRO = 1_000_000


class InForce:
    """The one place that knows what holds where."""

    def __init__(
        self, database: Database, vault: Vault, environment: WorkspaceSettings, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._environment = environment
        self._clock = clock
        self._stored: dict[str, Stored] = {}
        self._holds: dict[str, WorkspaceSettings] = {}

    def of(self, workspace_id: str) -> WorkspaceSettings:
        """What holds there."""
        return self._holds.get(workspace_id, self._environment)

    def stored(self, workspace_id: str) -> Stored:
        """What it has set for itself."""
        return self._stored.get(workspace_id, Stored())

    def toingg_keys(self, workspace_id: str, default: Mapping[str, str]) -> Mapping[str, str]:
        """Its keys by generation, over those that are the environment's."""
        return {**default, **self.stored(workspace_id).toingg_keys}

    async def look(self) -> None:
        """Reads what was changed since, wherever that was."""
        for workspace_id, version in (await self._database.read(settings.versions)).items():
            if version > self.stored(workspace_id).version:
                await self.refresh(workspace_id)

    async def refresh(self, workspace_id: str) -> None:
        """Reads what one workspace has set."""
        find = partial(settings.stored, vault=self._vault, workspace_id=workspace_id)
        self._take(workspace_id, await self._database.read(find))

    async def change(self, workspace_id: str, what: Change) -> None:
        """Sets it, here at once. Raises OutOfDate where another change was first."""
        before = self.of(workspace_id).budget

        def write(connection: Connection) -> Stored | None:
            now = self._clock()
            changed = settings.change(connection, self._vault, workspace_id, what, now=now)
            if changed is not None:
                amount = self._over(changed).budget
                if amount is not None and amount != before:
                    budget.open_with(connection, workspace_id, int(amount * _MICRO), now=now)
            return changed

        changed = await self._database.write(write)
        if changed is None:
            await self.refresh(workspace_id)
            raise OutOfDate
        self._take(workspace_id, changed)

    def _take(self, workspace_id: str, stored: Stored) -> None:
        if stored.version >= self.stored(workspace_id).version:
            self._holds[workspace_id] = self._over(stored)
            self._stored[workspace_id] = stored

    def _over(self, stored: Stored) -> WorkspaceSettings:
        return over(self._environment, stored.chosen)


def over(environment: WorkspaceSettings, chosen: Mapping[str, object]) -> WorkspaceSettings:
    """What holds where a workspace has set this: pure. Raises pydantic's ValidationError.

    What isn't a setting any more, as after a release, is ignored.
    """
    return WorkspaceSettings.model_validate({**environment.model_dump(), **chosen})
