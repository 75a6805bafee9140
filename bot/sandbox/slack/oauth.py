"""Slack's OAuth v2 on its server's side: requests for consent, codes, and what they are exchanged
for.

After docs.slack.dev/authentication/installing-with-oauth and …/reference/methods/oauth.v2.access,
auth.revoke and apps.uninstall. User tokens (`user_scope`), PKCE, token rotation and installations
of a whole organisation aren't modelled.
"""

import hmac
import itertools
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from bot.sandbox.slack import scopes
from bot.sandbox.slack.content import true
from bot.sandbox.slack.limits import CODE_SECONDS
from bot.sandbox.slack.people import APP_ID, Person
from bot.sandbox.slack.refusals import Json, breach
from bot.sandbox.slack.registered import RegisteredApp
from bot.sandbox.slack.state import Workspace

DENIED = "The user has denied access to the scope(s) requested by the client application."
"""What comes back with `access_denied` (slackapi/bolt-python 1454)."""


class NotAsked(Exception):
    """A request for consent that Slack's own page refuses; nobody is sent back to the app.

    `code` is OAuth's word for it, the text Slack's.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Asked:
    """What an app asks for: these scopes, and to be answered at this address.

    `named` is the address as the request named it, empty where it named none; `team` is the one
    workspace that is meant, where one is.
    """

    scopes: tuple[str, ...]
    back_to: str
    named: str
    state: str
    team: str

    def denied(self) -> str:
        """Where somebody is sent who clicked Cancel."""
        return self._back(error="access_denied", error_description=DENIED)

    def granted(self, code: str) -> str:
        """Where somebody is sent who clicked Allow."""
        return self._back(code=code)

    def _back(self, **told: str) -> str:
        query = urlencode(told | {"state": self.state})
        return f"{self.back_to}{'&' if urlsplit(self.back_to).query else '?'}{query}"


def asked_for(app: RegisteredApp, query: Json) -> Asked:
    """Reads the parameters of `/oauth/v2/authorize`. Raises NotAsked.

    The texts are Slack's, as people have reported them: a redirect_uri in healthchecks 604 and
    IBM/slack-watson-bot 1, scopes in slackapi/slack-api-specs 22 and adam-paterson/oauth2-slack 15.
    """
    if query.get("client_id") != app.client_id:
        raise NotAsked("invalid_client_id", "Invalid client_id parameter")
    named = str(query.get("redirect_uri") or "")
    back_to = _registered(app, named)
    if query.get("user_scope"):
        raise NotAsked("invalid_scope", f"Invalid user scopes: {query['user_scope']}")
    wanted = scopes.split(str(query.get("scope") or ""))
    if not wanted:
        raise NotAsked("invalid_scope", "Requested scopes cannot be blank")
    if unknown := [each for each in wanted if each not in scopes.KNOWN]:
        raise NotAsked("invalid_scope", f"Invalid scopes: {', '.join(unknown)}")
    state, team = str(query.get("state") or ""), str(query.get("team") or "")
    return Asked(wanted, back_to, named, state, team)


def _registered(app: RegisteredApp, named: str) -> str:
    """The address to go back to: a registered one or a path below it, the first unless named."""
    known = app.redirects()
    if not named and known:
        return known[0]
    if named and any(_within(named, each) for each in known):
        return named
    allowed = "" if known else " Allowed URI: none specified"
    text = f"redirect_uri did not match any configured URIs. Passed URI: {named}{allowed}"
    raise NotAsked("bad_redirect_uri", text)


def _within(named: str, registered: str) -> bool:
    """Whether host and port are the same, and the path is the registered one or below it."""
    one, other = urlsplit(named), urlsplit(registered)
    base = other.path.rstrip("/")
    below = one.path == other.path or one.path.startswith(f"{base}/")
    return (one.scheme, one.netloc) == (other.scheme, other.netloc) and below


@dataclass
class _Code:
    ws: Workspace
    user: str
    asked: Asked
    at: datetime
    used: bool = False


class Codes:
    """The codes that were given out: ten minutes, one exchange each."""

    def __init__(self) -> None:
        self._known: dict[str, _Code] = {}
        self._serial = itertools.count(4724469134)

    def issue(self, ws: Workspace, person: Person, asked: Asked) -> str:
        """A fresh code for what this person allowed just now."""
        code = f"{next(self._serial)}.{secrets.randbelow(10**13):013d}.{secrets.token_hex(32)}"
        with ws.feed.lock:
            self._known[code] = _Code(ws, person.id, asked, ws.feed.now())
        return code

    def access(self, ws: Workspace, args: Json) -> Json:
        """`oauth.v2.access`: installs the app, and gives the bot's token.

        The address has to be named again where it was named before; where only one is registered
        Slack doesn't insist. A code too old is refused as one that never was.
        """
        app = ws.app
        known_client(app, args)
        if args.get("grant_type") not in (None, "", "authorization_code"):
            raise breach("a grant of another kind")
        with ws.feed.lock:
            found = self._known.get(str(args.get("code") or ""))
            if found is None:
                raise breach("a code that isn't one")
            if found.used:
                raise breach("a code used before")
            if ws.feed.now() - found.at > timedelta(seconds=CODE_SECONDS):
                raise breach("a code that isn't one")
            named = str(args.get("redirect_uri") or "")
            optional = not named and len(app.redirects()) == 1
            if named != found.asked.named and not optional:
                raise breach("another redirect_uri")
            found.used = True
            found.ws.install(found.asked.scopes)
            return _answer(found.ws, found.user)


def _answer(ws: Workspace, user: str) -> Json:
    return {
        "app_id": APP_ID,
        "authed_user": {"id": user},
        "scope": ",".join(sorted(ws.scopes)),
        "token_type": "bot",
        "access_token": ws.bot_token,
        "bot_user_id": ws.team.bot.id,
        "team": {"id": ws.team.id, "name": ws.team.name},
        "enterprise": ws.team.enterprise(),
        "is_enterprise_install": False,
    }


def known_client(app: RegisteredApp, args: Json) -> None:
    """Raises `invalid_client_id` and `bad_client_secret`."""
    if args.get("client_id") != app.client_id:
        raise breach("an unknown client")
    secret = str(args.get("client_secret") or "")
    if not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
        raise breach("a wrong client secret")


def revoke(ws: Workspace, args: Json) -> Json:
    """`auth.revoke`: of the token that asks; `test` only tells what it would do."""
    if true(args.get("test")):
        return {"revoked": False}
    granted = sorted(ws.scopes)
    ws.farewell(ws.revoke())
    return {"revoked": True, "response_metadata": {"scopes": granted}}


def uninstall(ws: Workspace, args: Json) -> Json:
    """`apps.uninstall`: the app itself takes its leave, by its client's id and secret."""
    known_client(ws.app, args)
    ws.farewell(ws.uninstall())
    return {}
