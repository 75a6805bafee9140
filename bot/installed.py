"""Whose bot this is: the workspace of the environment's token, or those that installed it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient
from starlette.routing import Route

from bot.background import Background
from bot.clock import Clock
from bot.errors import SettingsError, SlackError
from bot.in_force import InForce
from bot.logs import Action, log
from bot.settings import Settings
from bot.slack import installations as installations_
from bot.slack.api import Slack, SlackApi, whoami
from bot.slack.directory import Directory
from bot.slack.funnel import Installs
from bot.slack.install import Install
from bot.slack.installations import Installations, OneToken
from bot.slack.oauth import Exchange, OAuthApp
from storage import Connection, budget, installations, workspaces
from storage.engine import Database
from storage.secrets import Vault
from storage.workspaces import Workspace

_UNREACHABLE_PAUSE = 2.0
_MICRO = 1_000_000


@dataclass(frozen=True)
class Installed:
    """What stands in the directory, and who keeps it up.

    `home` is the token's workspace, None with OAuth, which has `doors` instead. `client` speaks to
    Slack where no workspace's token is wanted.
    """

    home: Workspace | None
    installs: Installs
    client: AsyncWebClient
    doors: Sequence[Route] = ()


@dataclass(frozen=True)
class Means:
    """What it takes to find them."""

    settings: Settings
    database: Database
    vault: Vault
    slack: Slack
    directory: Directory
    in_force: InForce
    background: Background
    clock: Clock


async def fill(means: Means) -> Installed:
    """Fills the directory, and keeps it up. Raises SettingsError for what a person must mend."""
    client = means.slack.client()
    if means.settings.uses_oauth:
        return await _by_oauth(means, client)
    api = means.slack.api(means.settings.slack_bot_token.get_secret_value())
    home = await _adopt(means, api)
    await _open_budget(means, home)
    means.directory.add(home, api)
    return Installed(home, OneToken(), client)


async def _by_oauth(means: Means, client: AsyncWebClient) -> Installed:
    settings = means.settings
    installs = Installations(
        means.database,
        means.vault,
        means.directory,
        means.in_force,
        means.slack.api,
        means.clock,
    )
    await installs.look()
    means.background.every(installations_.EVERY, installs.look)
    app = oauth_app(settings)
    exchange = Exchange(app, means.slack.client(repeats=False))
    doors = Install(
        app,
        exchange,
        installs,
        means.slack.api,
        means.database,
        means.background,
        means.clock,
    )
    return Installed(None, installs, client, doors.routes())


def oauth_app(settings: Settings) -> OAuthApp:
    """The app as Slack knows it."""
    return OAuthApp(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        authorize_url=settings.authorize_url,
        redirect_url=f"{settings.public_url.rstrip('/')}/slack/oauth_redirect",
    )


async def _adopt(means: Means, api: SlackApi) -> Workspace:
    """The token's workspace: as Slack says, else as it was stored; waits where neither can."""
    settings, database, vault = means.settings, means.database, means.vault
    keys = {
        "v1": settings.toingg_api_key.get_secret_value(),
        "v3": settings.toingg_v3_api_key.get_secret_value(),
    }

    def write(connection: Connection) -> Workspace:
        home = workspaces.adopt(connection, vault, at, keys, now=means.clock())
        installations.forget(connection, home.id)
        return home

    while True:
        try:
            at = await whoami(api)
        except SlackError as error:
            log(Action.SLACK_UNREACHABLE, level="warning", detail=error.code)
            if error.certain:
                fault = (
                    f"SLACK_BOT_TOKEN: Slack says {error.code}. Copy the Bot User OAuth Token"
                    " from OAuth & Permissions again."
                )
                raise SettingsError([fault]) from None
            stored = await database.read(partial(workspaces.only, vault=vault))
            if stored is None:
                await asyncio.sleep(_UNREACHABLE_PAUSE)
                continue
            at = stored.at
        return await database.write(write)


async def _open_budget(means: Means, home: Workspace) -> None:
    opening = means.in_force.of(home.id).budget
    amount = None if opening is None else int(opening * _MICRO)
    await means.database.write(
        partial(budget.open_with, workspace_id=home.id, amount=amount, now=means.clock())
    )
