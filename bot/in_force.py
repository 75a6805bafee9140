"""What holds in each workspace: the environment's settings, and over them its owners' own.

Kept in memory: who dials or draws asks without a wait. What another process changes is seen at the
next look.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from bot.access import Role
from bot.clock import Clock
from bot.errors import InputError, OutOfDate
from bot.settings import WorkspaceSettings
from storage import Connection, budget, settings
from storage.engine import Database
from storage.secrets import Vault
from storage.settings import Change, Stored

EVERY = timedelta(seconds=2)
_MICRO = 1_000_000
_ROLES = frozenset(Role)


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

    @property
    def environment(self) -> WorkspaceSettings:
        """What holds where nothing was set."""
        return self._environment

    def stored(self, workspace_id: str) -> Stored:
        """What it has set for itself."""
        return self._stored.get(workspace_id, Stored())

    def roles(self, workspace_id: str) -> Mapping[str, Role]:
        """The roles that were given there, by the id of the person or the user group."""
        given = self.stored(workspace_id).roles
        return {subject: Role(role) for subject, role in given.items() if role in _ROLES}

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

        def write(connection: Connection) -> Stored | None:
            now = self._clock()
            changed = settings.change(connection, self._vault, workspace_id, what, now=now)
            if changed is not None:
                opening = self._over(changed).budget
                amount = None if opening is None else int(opening * _MICRO)
                budget.open_with(connection, workspace_id, amount, now=now)
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


def read_chosen(
    environment: WorkspaceSettings, before: Mapping[str, Any], typed: Mapping[str, str]
) -> dict[str, Any]:
    """What was typed as JSON values by name: pure. Nothing typed is None: as in the environment.

    `before` is what was set until now. Raises InputError with what is wrong in each field.
    """
    kept = {name: value for name, value in before.items() if name not in typed}
    given = {name: text.strip() for name, text in typed.items() if text.strip()}
    had = over(environment, before)
    try:
        holds = over(environment, {**kept, **given})
    except ValidationError as error:
        said = error.errors(include_input=False, include_url=False)
        raise InputError({str(each["loc"][0]): _sentence(each["msg"]) for each in said}) from None
    faults = holds.faults()
    if had.budget is not None and holds.currency != had.currency:
        faults["currency"] = f"The budget is in {had.currency}: that stays as it is."
    if faults:
        raise InputError(faults)
    values = holds.model_dump(mode="json")
    return {name: values[name] if name in given else None for name in typed}


def _sentence(said: str) -> str:
    words = said.removeprefix("Value error, ")
    return f"{words[:1].upper()}{words[1:]}."


def over(environment: WorkspaceSettings, chosen: Mapping[str, object]) -> WorkspaceSettings:
    """What holds where a workspace has set this: pure. Raises pydantic's ValidationError.

    What isn't a setting any more, as after a release, is ignored.
    """
    return WorkspaceSettings.model_validate({**environment.model_dump(), **chosen})
