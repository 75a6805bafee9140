"""The page's addresses, and what answers them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.page.acts import NotDone
from bot.sandbox.page.desk import Desk, body_of
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.inbound import Inbound
from bot.sandbox.page.live import Live
from bot.sandbox.page.masking import Masking
from bot.sandbox.page.money import Money
from bot.sandbox.page.phone import Phone
from bot.sandbox.page.places import NotThere
from bot.sandbox.page.stripe_tap import StripeTap
from bot.sandbox.page.taps import ToinggTap, tap_slack
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.serving import Serving
from bot.sandbox.slack import FingerError, SlackSandbox
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.served import Served
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox

HOME = "/carl/sales"

Json = dict[str, Any]


class Page:
    """A browser's window on the stand-ins: it only does what a person and a far end could do.

    `roles` says, by a person's name, what "Who am I" shows beside it; `roles_elsewhere` the same of
    the other workspace.
    """

    def __init__(
        self,
        slack: SlackSandbox,
        toingg: ToinggSandbox,
        *,
        stripe: StripeSandbox | None = None,
        roles: Mapping[str, str] | None = None,
        roles_elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        log = self._log = WireLog(Masking(_secrets(slack, toingg, stripe)))
        self._phone = Phone(slack, toingg, Inbound(toingg, log))
        self._money = None if stripe is None else Money(stripe)
        tap_slack(slack, log)
        stripe_tap = None if stripe is None else StripeTap(stripe, log)
        self._live = Live(slack, toingg, log, ToinggTap(toingg, log), stripe_tap)
        other_end = (self._live, self._phone, self._money, log)
        self._home = Desk(slack, "", roles or {}, *other_end)
        away = f"/client/{slack.elsewhere.workspace.team.id}"
        self._away = Desk(slack.elsewhere, away, roles_elsewhere or {}, *other_end)
        self._home.others, self._away.others = (self._away,), (self._home,)
        on_error = {**_ON_ERROR, NotThere: self._not_there}
        routes = self._routes(away)
        self.app = Guard(Starlette(routes=routes, exception_handlers=on_error))

    def serve(self, port: int = 0) -> Serving:
        """The page on a loopback port (0: a free one), to be used with `with` or `.start()`."""
        serving = Served(self.app, port=port, first=self._close)
        self._live.open(serving.loop)
        return serving

    async def _close(self) -> None:
        self._live.close()
        await asyncio.gather(self._home.end(), self._away.end())

    def _routes(self, away: str) -> list[Route | Mount]:
        return [
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
            Route("/", _to_the_first),
            Route("/wire", self._wire),
            Route("/wire/{number:int}", self._wire_line),
            Route("/other-end/{panel:str}/{deed:str}", self._other_end, methods=["POST"]),
            Mount(away, routes=self._away.routes()),
            *self._home.routes(),
        ]

    def _not_there(self, _: Request, error: Exception) -> Response:
        html = self._home.fragments.render("lost.html", why=str(error), back=HOME)
        return HTMLResponse(html, 404)

    async def _wire(self, _: Request) -> Response:
        return HTMLResponse(self._home.fragments.wire())

    async def _wire_line(self, request: Request) -> Response:
        line = self._log.find(request.path_params["number"])
        return HTMLResponse(self._home.fragments.render("wire_detail.html", line=line))

    async def _other_end(self, request: Request) -> Response:
        panels: dict[str, Mapping[str, Callable[[Json], Awaitable[None]]]] = {
            "phone": self._phone.deeds,
            "money": self._money.deeds if self._money else {},
        }
        panel = request.path_params["panel"]
        deed = panels.get(panel, {}).get(request.path_params["deed"])
        if deed is None:
            raise NotDone("There is no such deed.")
        await deed(await body_of(request))
        self._live.tell(("money" if panel == "money" else "phone", ""))
        return JSONResponse({"error": ""})


async def _to_the_first(_: Request) -> Response:
    return RedirectResponse(HOME, 303)


def _secrets(
    slack: SlackSandbox, toingg: ToinggSandbox, stripe: StripeSandbox | None
) -> tuple[str, ...]:
    return (
        slack.signing_secret,
        slack.workspace.bot_token,
        slack.registered.app_token,
        slack.registered.client_secret,
        toingg.key,
        toingg.v3_key,
        toingg.neighbours_key,
        stripe.key if stripe else "",
    )


def _not_done(_: Request, error: Exception) -> Response:
    """What couldn't be done, in words for whoever tried; a 4xx would be an error of the page's."""
    return JSONResponse({"refused": str(error)})


def _malformed(_: Request, error: Exception) -> Response:
    return JSONResponse({"refused": f"That isn't what the page sends: {error}."}, 400)


_ON_ERROR: dict[Any, Any] = {
    NotDone: _not_done,
    FingerError: _not_done,
    SlackError: _not_done,
    KeyError: _malformed,
}
