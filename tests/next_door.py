"""A second workspace in the same bot process: a Slack of its own beside the stage's."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import aiohttp

from bot.app import Bot, open_vault
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.slack.api import SlackApi, open_session, whoami
from storage import workspaces
from storage.workspaces import Workspace
from tests.stage import Stage

KEYS = {"v1": "toingg-test-key", "v3": "tg_test_key"}
NOBODY = "0" * 32
"""An id that no workspace has."""


@dataclass(frozen=True)
class Neighbour:
    """The other workspace, and the stage as its people see it."""

    workspace: Workspace
    stage: Stage

    @property
    def id(self) -> str:
        """Its id, as in its paths."""
        return self.workspace.id


@dataclass(frozen=True)
class NextDoor:
    """Its Slack, which is there before the bot is and after it."""

    stage: Stage
    slack: SlackSandbox
    api: SlackApi

    async def join(self, bot: Bot) -> Neighbour:
        """The bot answers for it from now on. Its channels and people have the same ids."""
        adopt = partial(
            workspaces.adopt,
            vault=open_vault(self.stage.settings()),
            at=await whoami(self.api),
            toingg_keys=KEYS,
            now=datetime.now(UTC),
        )
        workspace = await bot.database.write(adopt)
        assert workspace.id != bot.home.id
        bot.directory.add(workspace, self.api)
        self.slack.bot_url = self.stage.slack.bot_url
        return Neighbour(workspace, replace(self.stage, slack=self.slack))


@contextlib.asynccontextmanager
async def next_door(stage: Stage) -> AsyncIterator[NextDoor]:
    """To be entered before the bot."""
    slack = SlackSandbox(stage.instants, team_id="T0NEXTDOOR")
    with slack.serve():
        async with open_session() as session:
            yield NextDoor(stage, slack, SlackApi("xoxb-test", slack.api_url, session))


async def post(
    url: str, headers: dict[str, str], *, data: bytes | dict[str, str]
) -> tuple[int, str]:
    """What answers it: the status and the words."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, headers=headers, data=data) as answer,
    ):
        return answer.status, await answer.text()
