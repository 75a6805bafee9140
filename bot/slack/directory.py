"""Which workspace a request is of, and with which token it is answered: all of it in memory.

A request is placed without a look anywhere else, however many workspaces there are, and while the
database and Slack are down. Who asks plays no part: there are no users' tokens (see
`storage.installations`), and roles are `bot.slack.people`'s.

A workspace that removed the bot stays known, and rests: `ids` doesn't name it, and asking for its
`api` is refused as a token that Slack doesn't take is. So whatever there was to be said there
waits, and goes on once it installs the bot again.
"""

from collections.abc import Callable, Collection, Mapping

from bot.errors import NotLetIn
from bot.slack.api import SlackApi
from storage.workspaces import Workspace

_ABSENT = "not_installed"

Hears = Callable[[str], None]


class Directory:
    """The workspaces by (enterprise, team), and by id."""

    def __init__(self) -> None:
        self._by_team: dict[tuple[str, str], tuple[Workspace, SlackApi]] = {}
        self._by_id: dict[str, tuple[Workspace, SlackApi]] = {}
        self._resting: dict[str, Workspace] = {}
        self._hear: list[Hears] = []

    def hears(self, hear: Hears) -> None:
        """Calls this with the id of each workspace that comes, goes or is installed anew."""
        self._hear.append(hear)

    def add(self, workspace: Workspace, api: SlackApi) -> None:
        """Answers for this workspace from now on."""
        self._drop(workspace.id)
        self._by_team[workspace.at.enterprise_id, workspace.at.team_id] = (workspace, api)
        self._by_id[workspace.id] = (workspace, api)
        self._changed(workspace.id)

    def rest(self, workspace: Workspace) -> None:
        """It removed the bot: nothing is answered or done there from now on."""
        self._drop(workspace.id)
        self._resting[workspace.id] = workspace
        self._changed(workspace.id)

    def forget(self, workspace_id: str) -> None:
        """There is no such workspace any more."""
        self._drop(workspace_id)
        self._changed(workspace_id)

    def _drop(self, workspace_id: str) -> None:
        self._resting.pop(workspace_id, None)
        found = self._by_id.pop(workspace_id, None)
        if found is not None:
            at = found[0].at
            self._by_team.pop((at.enterprise_id, at.team_id), None)

    def _changed(self, workspace_id: str) -> None:
        for hear in self._hear:
            hear(workspace_id)

    def find(self, enterprise_id: str, team_id: str) -> tuple[Workspace, SlackApi] | None:
        """The installation of the team itself, else the organisation-wide one."""
        return (
            self._by_team.get((enterprise_id, team_id))
            or self._by_team.get(("", team_id))
            or (self._by_team.get((enterprise_id, "")) if enterprise_id else None)
        )

    def api(self, workspace_id: str) -> SlackApi:
        """How Slack is spoken to there. Raises NotLetIn where the bot isn't installed."""
        found = self._by_id.get(workspace_id)
        if found is None:
            raise NotLetIn(_ABSENT)
        return found[1]

    def workspace(self, workspace_id: str) -> Workspace:
        """The workspace with this id, one that rests too. Raises NotLetIn where there is none."""
        found = self._by_id.get(workspace_id)
        workspace = found[0] if found else self._resting.get(workspace_id)
        if workspace is None:
            raise NotLetIn(_ABSENT)
        return workspace

    def toingg_keys(self, workspace_id: str) -> Mapping[str, str]:
        """The keys that it came with; none where it isn't known."""
        found = self._by_id.get(workspace_id)
        workspace = found[0] if found else self._resting.get(workspace_id)
        return workspace.toingg_keys if workspace else {}

    def ids(self) -> Collection[str]:
        """The ids of those where the bot is installed."""
        return self._by_id.keys()

    def __len__(self) -> int:
        return len(self._by_id)
