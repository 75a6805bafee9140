"""What Slack's own pages on the web share: their look, their headers, and who looks at them."""

from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.sandbox.slack.people import Person
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.workspaces import Workspaces

_HEADERS = {
    "Cache-Control": "no-store",
    # Nothing is fetched or framed; no `form-action`, since a form's answer sends people to the app.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    # With `no-referrer` a browser's own POST would say `Origin: null`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PARTS = files(__package__)
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: _PARTS.joinpath(name).read_text(encoding="utf-8")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = _PARTS.joinpath("web.css").read_text(encoding="utf-8")


def page(template: str, status: int = 200, **told: Any) -> Response:
    """A page, drawn."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(told), status, _HEADERS)


async def style(_: Request) -> Response:
    """The pages' style sheet."""
    return Response(_STYLE, headers=_HEADERS, media_type="text/css")


def is_own(request: Request) -> bool:
    """Whether a browser says that the request comes from this origin, or says nothing of it."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


class Signed:
    """Who is signed in: a person of a workspace, named `T….U…` in an address or a form.

    Nobody has a password here: everybody may be anybody.
    """

    def __init__(self, workspaces: Workspaces, who: str, team: str = "") -> None:
        """`team` keeps to one workspace. An unknown `who` is the first of the first one."""
        only = workspaces.of_team(team)
        self.choices = {
            f"{ws.team.id}.{person.id}": (ws, person)
            for ws in ((only,) if only else workspaces.all)
            for person in ws.directory.people()
            if not (person.is_bot or person.is_stranger)
        }
        self.name = who if who in self.choices else next(iter(self.choices))
        self.ws: Workspace = self.choices[self.name][0]
        self.person: Person = self.choices[self.name][1]

    @property
    def is_guest(self) -> bool:
        """Guests manage no apps."""
        return self.person.is_restricted or self.person.is_ultra_restricted
