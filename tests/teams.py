"""Slack as many workspaces see it, on a real socket: codes for tokens, and each team's Web API.

Only what an installed bot needs of it; every request is written down with the token that it bore.
"""

import asyncio
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx

from bot.app import Bot
from bot.sandbox.serving import Serving
from bot.slack.oauth import SCOPES
from tests.bench.load import signed

APP_ID, CLIENT = "A0TEAMS001", "1234.5678"
CLIENT_SECRET = "client-test-secret"
PUBLIC = "https://bot.example"


@dataclass(frozen=True)
class Called:
    """One request to the Web API."""

    method: str
    token: str
    body: dict[str, Any]


@dataclass
class Teams:
    """The stand-in. `answers` replaces a method's answer; `before` runs before a code's is sent."""

    calls: list[Called] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    is_down: bool = False
    url: str = ""
    _codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ts: Any = field(default_factory=lambda: itertools.count(1))

    def serve(self) -> Serving:
        """Up while it is entered."""
        serving = Serving(self, lifespan="off")
        self.url = serving.url
        return serving

    def code(self, at: str, by: str, **more: Any) -> str:
        """A fresh code: this person allowed the bot in this team."""
        code = f"code.{next(self._ts)}"
        self._codes[code] = {
            "ok": True,
            "access_token": token_of(at),
            "token_type": "bot",
            "scope": ",".join(SCOPES),
            "bot_user_id": f"U{at}BOT",
            "app_id": APP_ID,
            "team": {"id": at, "name": f"Team <{at}>"},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": by},
            **more,
        }
        return code

    def count(self, method: str) -> int:
        """How often a method was asked for."""
        return Counter(each.method for each in self.calls)[method]

    def of(self, team: str, method: str) -> list[dict[str, Any]]:
        """What was asked of a method with this team's token."""
        return [
            each.body
            for each in self.calls
            if each.method == method and each.token == token_of(team)
        ]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answers one request."""
        raw = b""
        while True:
            part = await receive()
            raw += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = _body(raw, headers.get("content-type", "")) | dict(
            parse_qsl(scope["query_string"].decode())
        )
        method = scope["path"].removeprefix("/api/")
        token = headers.get("authorization", "").removeprefix("Bearer ")
        self.calls.append(Called(method, token, body))
        answer = self._answer(method, token, body)
        if method == "oauth.v2.access":
            await asyncio.to_thread(self.before)
        status = 500 if self.is_down or answer is None else 200
        out = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": out})
        await send({"type": "http.response.body", "body": json.dumps(answer or {}).encode()})

    def _answer(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any] | None:
        if method in self.answers:
            answer: dict[str, Any] | None = self.answers[method]
            return answer
        team = token.removeprefix("xoxb-").removesuffix("-never-real")
        match method:
            case "oauth.v2.access":
                return self._codes.pop(body["code"], {"ok": False, "error": "invalid_code"})
            case "auth.test":
                name, url = f"Team <{team}>", f"https://{team.lower()}.slack.example/"
                who = {"user_id": f"U{team}BOT", "bot_id": f"B{team}"}
                return {"ok": True, "team_id": team, "team": name, "url": url, **who}
            case "users.info":
                return {"ok": True, "user": {"id": body["user"], "team_id": team}}
            case "conversations.info":
                return {"ok": True, "channel": {"id": body["channel"], "is_ext_shared": False}}
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{body['users']}"}}
            case _:
                channel = body.get("channel", "")
                return {"ok": True, "channel": channel, "ts": f"17.{next(self._ts):06d}"}


def token_of(team: str) -> str:
    """The token that the bot has in this team: obviously made up."""
    return f"xoxb-{team}-never-real"


def _body(raw: bytes, kind: str) -> dict[str, Any]:
    if kind.startswith("application/json"):
        return dict(json.loads(raw or b"{}"))
    return {name: values[0] for name, values in parse_qs(raw.decode()).items()}


def settings(teams: Teams, **more: Any) -> dict[str, Any]:
    """What a stage's settings are with OAuth: nothing that belongs to one workspace."""
    empty = ("slack_bot_token", "toingg_api_key", "toingg_v3_api_key", "toingg_status_token")
    return {
        **dict.fromkeys(empty, ""),
        "slack_client_id": CLIENT,
        "slack_client_secret": CLIENT_SECRET,
        "slack_api_url": f"{teams.url}/api/",
        "public_url": PUBLIC,
        "owner_user_ids": "",
        **more,
    }


@dataclass
class Browser:
    """Somebody's, at the bot's doors; `cookie` is what it keeps of them."""

    bot_url: str
    cookie: str = ""

    async def begin(self) -> dict[str, str]:
        """Off to Slack: what the bot asks there."""
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{self.bot_url}/slack/install")
        assert answer.status_code == 302
        name, _, rest = answer.headers["set-cookie"].partition("=")
        assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(rest.split("; "))
        self.cookie = f"{name}={rest.split(';')[0]}"
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def back(self, **query: str) -> httpx.Response:
        """Slack brings them back with this."""
        headers = {"cookie": self.cookie} if self.cookie else {}
        async with httpx.AsyncClient(trust_env=False) as http:
            address = f"{self.bot_url}/slack/oauth_redirect?{urlencode(query)}"
            return await http.get(address, headers=headers)

    async def install(self, teams: Teams, at: str, by: str, **more: Any) -> httpx.Response:
        """The whole way, allowed; `more` replaces parts of Slack's answer."""
        asked = await self.begin()
        return await self.back(state=asked["state"], code=teams.code(at, by, **more))


@dataclass
class Door:
    """Slack at the bot's door: signed requests of any team."""

    bot_url: str
    _serial: Any = field(default_factory=lambda: itertools.count(1))

    async def _post(self, body: bytes, kind: str) -> httpx.Response:
        headers = signed(body) | {"Content-Type": kind}
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            return await http.post(f"{self.bot_url}/slack/events", content=body, headers=headers)

    async def command(
        self, team: str, user: str, word: str, text: str = "", **more: str
    ) -> dict[str, Any]:
        """A slash command; the answer's body."""
        form = more | {
            "command": word,
            "text": text,
            "team_id": team,
            "user_id": user,
            "channel_id": f"C{team}SALE",
            "trigger_id": f"{team}.{next(self._serial)}",
            "is_enterprise_install": "false",
        }
        answer = await self._post(urlencode(form).encode(), "application/x-www-form-urlencoded")
        assert answer.status_code == 200
        return dict(answer.json()) if answer.content else {}

    async def keys(self, team: str, user: str, key: str, *, seen: int = 0) -> dict[str, Any]:
        """The modal of Toingg's keys, submitted; the answer's body."""
        typed = {"type": "plain_text_input", "value": key}
        view = {
            "type": "modal",
            "id": f"V{next(self._serial)}",
            "callback_id": "settings.keys",
            "private_metadata": f"toingg.{seen}.",
            "state": {"values": {"toingg_api_key": {"value": typed}}},
        }
        payload = {
            "type": "view_submission",
            "team": {"id": team},
            "user": {"id": user, "team_id": team},
            "trigger_id": f"{team}.{next(self._serial)}",
            "view": view,
        }
        form = urlencode({"payload": json.dumps(payload)}).encode()
        answer = await self._post(form, "application/x-www-form-urlencoded")
        assert answer.status_code == 200
        return dict(answer.json()) if answer.content else {}

    async def event(self, team: str, inner: dict[str, Any], at: float, **more: Any) -> int:
        """An event of that moment; the answer's status."""
        body = more | {
            "type": "event_callback",
            "team_id": team,
            "event_id": f"Ev{next(self._serial)}",
            "event_time": int(at),
            "event": inner,
        }
        return (await self._post(json.dumps(body).encode(), "application/json")).status_code

    async def uninstalled(self, team: str, at: float) -> int:
        """The workspace removed the app."""
        return await self.event(team, {"type": "app_uninstalled"}, at)


def workspace_id(bot: Bot, team: str) -> str:
    """Our id of a team where the bot is installed."""
    found = bot.directory.find("", team)
    assert found is not None
    return found[0].id


def digest(text: str) -> str:
    """SHA-256, as the states are stored."""
    return hashlib.sha256(text.encode()).hexdigest()
