"""The page's addresses, and what answers them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.page.acts import Acts, NotDone
from bot.sandbox.page.fragments import Fragments
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.inbound import Inbound
from bot.sandbox.page.live import Live, Mark
from bot.sandbox.page.masking import Masking
from bot.sandbox.page.money import Money
from bot.sandbox.page.phone import Phone
from bot.sandbox.page.places import LISTED, NotThere, Places, Viewpoint
from bot.sandbox.page.shown import Messages, is_picture
from bot.sandbox.page.stripe_tap import StripeTap
from bot.sandbox.page.taps import ToinggTap, tap_slack
from bot.sandbox.page.windows import Windows
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.serving import Serving
from bot.sandbox.slack import FingerError, SlackSandbox
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.served import Served
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox

HOME = "/carl/sales"
_KEEP_ALIVE = 10.0
"""Seconds after which an idle stream says that it is there."""

Json = dict[str, Any]


class Page:
    """A browser's window on the stand-ins: it only does what a person and a far end could do.

    `roles` says, by a person's name, what "Who am I" shows beside it.
    """

    def __init__(
        self,
        slack: SlackSandbox,
        toingg: ToinggSandbox,
        *,
        stripe: StripeSandbox | None = None,
        roles: Mapping[str, str] | None = None,
    ) -> None:
        self._slack = slack
        self._log = WireLog(Masking(_secrets(slack, toingg, stripe)))
        self._places = Places(slack, roles or {})
        self._messages = Messages(slack, self._places)
        self._windows = Windows(slack, self._places)
        self._acts = Acts(slack, self._places, self._messages, self._windows)
        self._phone = Phone(slack, toingg, Inbound(toingg, self._log))
        self._money = None if stripe is None else Money(stripe)
        tap_slack(slack, self._log)
        stripe_tap = None if stripe is None else StripeTap(stripe, self._log)
        self._live = Live(slack, toingg, self._log, ToinggTap(toingg, self._log), stripe_tap)
        self._fragments = Fragments(
            self._places,
            self._messages,
            self._windows,
            self._phone,
            self._money,
            self._log,
            slack.app_manifest,
        )
        on_error = {**_ON_ERROR, NotThere: self._not_there}
        self.app = Guard(Starlette(routes=self._routes(), exception_handlers=on_error))

    def serve(self, port: int = 0) -> Serving:
        """The page on a loopback port (0: a free one), to be used with `with` or `.start()`."""
        serving = Served(self.app, port=port, first=self._close)
        self._live.open(serving.loop)
        return serving

    async def _close(self) -> None:
        self._live.close()

    def _routes(self) -> list[Route | Mount]:
        static = StaticFiles(directory=Path(__file__).parent / "static")
        here = "/{person:str}/{channel:str}"
        return [
            Mount("/static", static),
            Route("/", _to_the_first),
            Route("/wire", self._wire),
            Route("/wire/{number:int}", self._wire_line),
            Route("/other-end/{panel:str}/{deed:str}", self._other_end, methods=["POST"]),
            Route("/{person:str}/files/{file_id:str}", self._file),
            Route(here, self._page),
            Route(f"{here}/events", self._events),
            Route(f"{here}/earlier", self._earlier),
            Route(f"{here}/thread/{{ts:str}}", self._thread),
            Route(f"{here}/act/{{deed:str}}", self._act, methods=["POST"]),
        ]

    def _at(self, request: Request) -> Viewpoint:
        return self._places.find(request.path_params["person"], request.path_params["channel"])

    def _not_there(self, _: Request, error: Exception) -> Response:
        return HTMLResponse(self._fragments.render("lost.html", why=str(error), back=HOME), 404)

    async def _page(self, request: Request) -> Response:
        at = self._at(request)
        mark = self._live.mark
        thread = request.query_params.get("thread", "")
        html = self._fragments.render(
            "page.html",
            at=at,
            mark=mark,
            name=self._places.name_of(at),
            team=self._slack.workspace.team.name,
            people=self._places.people(at),
            channels=self._places.channels(at),
            directs=self._places.directs(at),
            stretch=self._messages.channel(at),
            thread_ts=thread,
            thread=self._messages.thread(at, thread) if thread else (),
            writable=self._places.may_write(at),
            is_listed=at.channel.kind in LISTED,
            with_money=self._money is not None,
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    async def _file(self, request: Request) -> Response:
        """A file of this person's channels; what isn't a picture is for keeping."""
        person, file_id = request.path_params["person"], request.path_params["file_id"]
        file = self._places.file(person, file_id)
        how = "inline" if is_picture(file) else "attachment"
        named = f"{how}; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
        return Response(file.content, headers=headers, media_type=file.mimetype)

    async def _earlier(self, request: Request) -> Response:
        at = self._at(request)
        stretch = self._messages.channel(at, request.query_params["before"])
        return HTMLResponse(self._fragments.render("messages.html", stretch=stretch, at=at))

    async def _thread(self, request: Request) -> Response:
        at, ts = self._at(request), request.path_params["ts"]
        thread = self._messages.thread(at, ts)
        html = self._fragments.render(
            "thread.html", thread=thread, thread_ts=ts, at=at, writable=self._places.may_write(at)
        )
        return HTMLResponse(html)

    async def _wire(self, _: Request) -> Response:
        return HTMLResponse(self._fragments.wire())

    async def _wire_line(self, request: Request) -> Response:
        line = self._log.find(request.path_params["number"])
        return HTMLResponse(self._fragments.render("wire_detail.html", line=line))

    async def _events(self, request: Request) -> Response:
        at = self._at(request)
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        return StreamingResponse(
            self._told(at, Mark.read(since)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _told(self, at: Viewpoint, since: Mark) -> AsyncIterator[str]:
        """The stream: each event is a list of what to do, its id says how far that goes."""
        with self._live.watch(at, since) as watcher:
            told = since.line if self._live.knows(since) else 0
            while True:
                news = await watcher.news(_KEEP_ALIVE)
                mark = self._live.mark
                ops = self._fragments.ops(news, watcher, told)
                told = mark.line
                yield f"id: {mark}\ndata: {json.dumps(ops)}\n\n" if ops else ": still here\n\n"

    async def _act(self, request: Request) -> Response:
        at = self._at(request)
        act = self._acts.deeds.get(request.path_params["deed"])
        if act is None:
            raise NotDone("There is no such deed.")
        answer = await act(at, await _body(request))
        if "complaints" in answer:
            self._live.tell(("modals", ""))
        return JSONResponse(answer)

    async def _other_end(self, request: Request) -> Response:
        panels: dict[str, Mapping[str, Callable[[Json], Awaitable[None]]]] = {
            "phone": self._phone.deeds,
            "money": self._money.deeds if self._money else {},
        }
        panel = request.path_params["panel"]
        deed = panels.get(panel, {}).get(request.path_params["deed"])
        if deed is None:
            raise NotDone("There is no such deed.")
        await deed(await _body(request))
        self._live.tell(("money" if panel == "money" else "phone", ""))
        return JSONResponse({"error": ""})


async def _to_the_first(_: Request) -> Response:
    return RedirectResponse(HOME, 303)


async def _body(request: Request) -> Json:
    """The JSON object that the page sent; raises NotDone for anything else."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise NotDone("That isn't what the page sends.")
    return body


def _secrets(
    slack: SlackSandbox, toingg: ToinggSandbox, stripe: StripeSandbox | None
) -> tuple[str, ...]:
    workspace = slack.workspace
    return (
        slack.signing_secret,
        workspace.bot_token,
        workspace.app_token,
        toingg.key,
        toingg.v3_key,
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
