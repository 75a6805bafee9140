"""`/oauth/v2/authorize`: the page on which somebody lets an app into their workspace."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.oauth import Asked, Codes, NotAsked, asked_for
from bot.sandbox.slack.pages import Signed, is_own, page, style
from bot.sandbox.slack.scopes import VIEWS, words
from bot.sandbox.slack.workspaces import Workspaces

PATH = "/oauth/v2/authorize"
_CARRIED = ("client_id", "scope", "user_scope", "redirect_uri", "state", "team")
"""What an app's link says, carried along by the page's own forms."""


@dataclass(frozen=True)
class Line:
    """A scope on the page: what it allows, and whether it is asked for beside others already
    granted.
    """

    scope: str
    allows: str
    is_new: bool


class Consent:
    """Shows what is asked for, and sends whoever decided back to the app."""

    def __init__(self, workspaces: Workspaces, codes: Codes) -> None:
        self._workspaces = workspaces
        self._codes = codes

    def routes(self) -> list[Route]:
        """The page, its form, and its style sheet."""
        return [
            Route(PATH, self._show),
            Route(PATH, self._decide, methods=["POST"]),
            Route("/oauth/style.css", style),
        ]

    async def _show(self, request: Request) -> Response:
        query = dict(request.query_params)
        try:
            asked = asked_for(self._workspaces.home.app, query)
        except NotAsked as refusal:
            return _refused(refusal)
        return self._page(query, asked)

    async def _decide(self, request: Request) -> Response:
        if not is_own(request):
            return PlainTextResponse("Not from this page", 403)
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            asked = asked_for(self._workspaces.home.app, form)
        except NotAsked as refusal:
            return _refused(refusal)
        if form.get("choice") != "allow":
            return RedirectResponse(asked.denied(), 302)
        signed = self._signed(form, asked)
        if signed.is_guest:
            return self._page(form, asked, 403)
        return RedirectResponse(
            asked.granted(self._codes.issue(signed.ws, signed.person, asked)), 302
        )

    def _signed(self, query: dict[str, str], asked: Asked) -> Signed:
        return Signed(self._workspaces, query.get("who", ""), asked.team)

    def _page(self, query: dict[str, str], asked: Asked, status: int = 200) -> Response:
        signed = self._signed(query, asked)
        lines = _lines(asked, signed.ws.manifest.name, signed.ws.scopes)
        told: dict[str, Any] = {
            "app": signed.ws.manifest.name,
            "team": signed.ws.team,
            "signed": signed,
            "is_upgrade": any(each.is_new for each in lines),
            "views": [each for each in lines if each.scope in VIEWS],
            "deeds": [each for each in lines if each.scope not in VIEWS],
            "carried": {name: query[name] for name in _CARRIED if name in query},
            "path": PATH,
        }
        return page("consent.html", status, **told)


def _lines(asked: Asked, app: str, granted: set[str]) -> list[Line]:
    return [
        Line(scope, words(scope, app), bool(granted) and scope not in granted)
        for scope in asked.scopes
    ]


def _refused(refusal: NotAsked) -> Response:
    return page("refused.html", 400, code=refusal.code, text=str(refusal))
