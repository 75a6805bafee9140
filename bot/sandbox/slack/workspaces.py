"""The workspaces of this Slack: which of them a token, an address or a file belongs to."""

from dataclasses import dataclass

from bot.sandbox.slack.refusals import breach
from bot.sandbox.slack.state import Workspace


@dataclass(frozen=True)
class Workspaces:
    """All of them; the first is the one that is meant where nothing else is said."""

    all: tuple[Workspace, ...]

    @property
    def home(self) -> Workspace:
        """The first."""
        return self.all[0]

    def of_team(self, team_id: str) -> Workspace | None:
        """By its team's id."""
        return next((each for each in self.all if each.team.id == team_id), None)

    def of_token(self, token: str) -> Workspace:
        """Whose bot has the token; raises `invalid_auth`, and `account_inactive` for a bot that
        was deactivated.

        A token that was revoked is `account_inactive`, as documented for bots' tokens, until the
        app is installed again: then it was seen to be `invalid_auth` (slackapi/bolt-python 1029).
        """
        for each in self.all:
            if token and token == each.bot_token:
                return each
            if token in each.retired and not each.bot_token:
                raise breach("a token of a bot that is gone")
        raise breach("a token of nobody's")

    def of_file(self, file_id: str) -> Workspace:
        """Where the file is; the first workspace where it is nowhere."""
        return next((each for each in self.all if each.files.find(file_id)), self.home)
