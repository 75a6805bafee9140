"""Slack's OAuth, as the bot uses it: where people are sent, and what a code is exchanged for.

Source: Slack, "Installing with OAuth" and `oauth.v2.access`.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InstallRefused, SlackError
from bot.slack.api import SlackApi, send, whoami
from storage.installations import Grant
from storage.workspaces import Installation

SCOPES = (
    *("commands", "chat:write", "im:write", "users:read", "channels:read", "groups:read"),
    *("files:read", "files:write", "im:history", "usergroups:read"),
)
"""What the bot can't do without; the README says why each is needed. No user's scopes are asked
for: see `storage.installations`."""

_PATIENCE = 5.0
ROTATES = (
    "Slack gives this app tokens that expire, which the bot doesn't renew. Whoever runs it can"
    " create the app anew from manifest.yml, where token rotation is off."
)
_ODD = "Slack's answer holds no bot token: is the app made from manifest.yml?"


@dataclass(frozen=True)
class OAuthApp:
    """The app as Slack knows it. `authorize_url`: where somebody is asked to allow it."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    redirect_url: str

    def asking(self, state: str) -> str:
        """The address at which somebody is asked; Slack brings them back with the same `state`."""
        asked = {
            "client_id": self.client_id,
            "scope": ",".join(SCOPES),
            "user_scope": "",
            "redirect_uri": self.redirect_url,
            "state": state,
        }
        return f"{self.authorize_url}?{urlencode(asked)}"


@dataclass(frozen=True)
class Granted:
    """What came of a code, and the app's id, for the way back into Slack."""

    grant: Grant
    app_id: str


class Exchange:
    """Codes for tokens; each is asked for once, since Slack takes no code twice."""

    def __init__(self, app: OAuthApp, client: AsyncWebClient) -> None:
        """`client` has no token, and repeats nothing."""
        self._app = app
        self._client = client

    async def grant(self, code: str) -> dict[str, Any]:
        """Slack's answer. Raises SlackError; where that isn't `certain` the code may be used up."""
        pair = f"{quote_plus(self._app.client_id)}:{quote_plus(self._app.client_secret)}"
        return await send(
            self._client.api_call(
                "oauth.v2.access",
                data={"code": code, "redirect_uri": self._app.redirect_url},
                headers={"Authorization": f"Basic {b64encode(pair.encode()).decode()}"},
            )
        )


def read_grant(data: dict[str, Any]) -> Granted:
    """Slack's answer to a code as what matters here: pure. Raises InstallRefused."""
    if data.get("refresh_token") or data.get("expires_in"):
        raise InstallRefused(ROTATES, detail="rotation")
    team, enterprise = _named(data.get("team")), _named(data.get("enterprise"))
    whole = bool(data.get("is_enterprise_install"))
    token, by = data.get("access_token"), _named(data.get("authed_user")).get("id")
    home = enterprise if whole else team
    usable = isinstance(token, str) and token and data.get("token_type", "bot") == "bot"
    if not (usable and home.get("id") and by):
        raise InstallRefused(_ODD, detail="shape")
    at = Installation(
        enterprise_id=str(enterprise.get("id") or ""),
        team_id="" if whole else str(team["id"]),
        name=str(home.get("name") or ""),
        url="",
        bot_user_id=str(data.get("bot_user_id") or ""),
        bot_id="",
        scopes=str(data.get("scope") or ""),
    )
    return Granted(Grant(at, str(token), str(by)), str(data.get("app_id") or ""))


def _named(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


async def completed(granted: Granted, api: SlackApi) -> Granted:
    """With what only the token itself can ask for; without it where Slack doesn't say."""
    try:
        async with asyncio.timeout(_PATIENCE):  # the code is used up: what it gave isn't kept yet
            said = await whoami(api)
    except (TimeoutError, SlackError):
        return granted
    at = granted.grant.at
    full = Installation(
        enterprise_id=at.enterprise_id,
        team_id=at.team_id,
        name=at.name or said.name,
        url=said.url,
        bot_user_id=at.bot_user_id or said.bot_user_id,
        bot_id=said.bot_id,
        scopes=at.scopes or said.scopes,
    )
    return Granted(Grant(full, granted.grant.token, granted.grant.by), granted.app_id)
