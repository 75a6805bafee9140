"""Which workspace a request is of, and with which token it is answered."""

from collections.abc import Collection

from bot.slack.api import SlackApi
from storage.workspaces import Workspace


class Directory:
    """The installed workspaces by (enterprise, team), and by id."""

    def __init__(self) -> None:
        self._by_team: dict[tuple[str, str], tuple[Workspace, SlackApi]] = {}
        self._by_id: dict[str, tuple[Workspace, SlackApi]] = {}

    def add(self, workspace: Workspace, api: SlackApi) -> None:
        """Answers for this workspace from now on."""
        self._by_team[workspace.at.enterprise_id, workspace.at.team_id] = (workspace, api)
        self._by_id[workspace.id] = (workspace, api)

    def find(self, enterprise_id: str, team_id: str) -> tuple[Workspace, SlackApi] | None:
        """The installation of the team itself, else the organisation-wide one."""
        return (
            self._by_team.get((enterprise_id, team_id))
            or self._by_team.get(("", team_id))
            or (self._by_team.get((enterprise_id, "")) if enterprise_id else None)
        )

    def api(self, workspace_id: str) -> SlackApi:
        """How Slack is spoken to there. Raises KeyError where the bot isn't installed."""
        return self._by_id[workspace_id][1]

    def workspace(self, workspace_id: str) -> Workspace:
        """The workspace with this id. Raises KeyError where the bot isn't installed."""
        return self._by_id[workspace_id][0]

    def ids(self) -> Collection[str]:
        """The ids of all of them."""
        return self._by_id.keys()

    def __len__(self) -> int:
        return len(self._by_id)
