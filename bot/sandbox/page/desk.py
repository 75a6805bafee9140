"""The page over one workspace: its people's places, and what they do there."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from bot.sandbox.page.acts import Acts, NotDone
from bot.sandbox.page.fragments import Fragments
from bot.sandbox.page.live import Live, Mark
from bot.sandbox.page.money import Money
from bot.sandbox.page.phone import Phone
from bot.sandbox.page.places import LISTED, Places, Viewpoint
from bot.sandbox.page.shown import Messages, is_picture
from bot.sandbox.page.windows import Windows
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.slack import Place

_KEEP_ALIVE = 10.0
"""Seconds after which an idle stream says that it is there."""

Json = dict[str, Any]


class Desk:
    """One workspace; the other end and the wire beside it are those of all."""

    def __init__(
        self,
        slack: Place,
        base: str,
        roles: Mapping[str, str],
        live: Live,
        phone: Phone,
        money: Money | None,
        log: WireLog,
    ) -> None:
        """`base` is what its addresses begin with."""
        self.team = slack.workspace.team
        self.others: tuple[Desk, ...] = ()
        self._live = live
        self._with_money = money is not None
        self._places = Places(slack, roles, base)
        self._people = slack.directory
        self._messages = Messages(slack, self._places)
        windows = Windows(slack, self._places)
        self._acts = Acts(slack, self._places, self._messages, windows)
        self.fragments = Fragments(
            self._places, self._messages, windows, phone, money, log, slack.workspace
        )

    def routes(self) -> list[Route]:
        """The addresses within it."""
        here = "/{person:str}/{channel:str}"
        return [
            Route("/{person:str}/files/{file_id:str}", self._file),
            Route(here, self._page),
            Route(f"{here}/app", self._app),
            Route(f"{here}/events", self._events),
            Route(f"{here}/earlier", self._earlier),
            Route(f"{here}/thread/{{ts:str}}", self._thread),
            Route(f"{here}/act/{{deed:str}}", self._act, methods=["POST"]),
        ]

    async def end(self) -> None:
        """Gives up what is under way."""
        await self._acts.end()

    @property
    def door(self) -> str:
        """Where somebody comes in who looks at this workspace: its first person's first channel."""
        entered = (self._places.first(person) for person in self._people.people())
        return next(at.path for at in entered if at is not None)

    def _at(self, request: Request) -> Viewpoint:
        return self._places.find(request.path_params["person"], request.path_params["channel"])

    async def _page(self, request: Request) -> Response:
        at = self._at(request)
        mark = self._live.mark
        thread = request.query_params.get("thread", "")
        html = self.fragments.render(
            "page.html",
            at=at,
            mark=mark,
            name=self._places.name_of(at),
            team=self.team.name,
            others=[(each.team.name, each.door) for each in self.others],
            people=self._places.people(at),
            channels=self._places.channels(at),
            directs=self._places.directs(at),
            app=self._places.app(at),
            stretch=self._messages.channel(at),
            thread_ts=thread,
            thread=self._messages.thread(at, thread) if thread else (),
            writable=self._places.may_write(at),
            is_listed=at.channel.kind in LISTED,
            with_money=self._with_money,
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    async def _app(self, request: Request) -> Response:
        """To the app's own page in Slack, or to where it is installed from."""
        at = self._at(request)
        return RedirectResponse(self._places.app(at).address or at.path, 303)

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
        return HTMLResponse(self.fragments.render("messages.html", stretch=stretch, at=at))

    async def _thread(self, request: Request) -> Response:
        at, ts = self._at(request), request.path_params["ts"]
        thread = self._messages.thread(at, ts)
        html = self.fragments.render(
            "thread.html", thread=thread, thread_ts=ts, at=at, writable=self._places.may_write(at)
        )
        return HTMLResponse(html)

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
                ops = self.fragments.ops(news, watcher, told)
                told = mark.line
                yield f"id: {mark}\ndata: {json.dumps(ops)}\n\n" if ops else ": still here\n\n"

    async def _act(self, request: Request) -> Response:
        at = self._at(request)
        act = self._acts.deeds.get(request.path_params["deed"])
        if act is None:
            raise NotDone("There is no such deed.")
        answer = await act(at, await body_of(request))
        if "complaints" in answer:
            self._live.tell(("modals", ""))
        return JSONResponse(answer)


async def body_of(request: Request) -> Json:
    """The JSON object that the page sent; raises NotDone for anything else."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise NotDone("That isn't what the page sends.")
    return body
