"""Where files' bytes are: uploads go to an address of their own, downloads want the token."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.edge import bearer, cut_connection
from bot.sandbox.slack.files import File
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.workspaces import Workspaces

UPLOAD, DOWNLOAD = "files.upload", "files.download"
"""What `fail_next` calls these requests, which are no methods of the Web API."""


class FileHost:
    """files.slack.com: it takes what was announced, and gives to the bot's token."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def routes(self) -> list[Route]:
        """Its addresses, those in file objects among them."""
        return [
            Route("/upload/v1/{file_id:str}", self._receive, methods=["POST"]),
            Route("/files-pri/{key:str}/{name:path}", self._give),
            Route("/signin", self._sign_in),
        ]

    async def _receive(self, request: Request) -> Response:
        content = await request.body()
        broken = await self._broken(request, UPLOAD)
        if broken is not None:
            return broken
        try:
            file_id = request.path_params["file_id"]
            self._workspaces.of_file(file_id).files.receive(file_id, content)
        except SlackError as refusal:
            return PlainTextResponse(refusal.code, 400)
        return PlainTextResponse(f"OK - {len(content)}")

    async def _give(self, request: Request) -> Response:
        broken = await self._broken(request, DOWNLOAD)
        if broken is not None:
            return broken
        ws = self._asking(request)
        if ws is None or "files:read" not in ws.scopes:
            # Whoever may not see the file is asked to sign in, as a person before a browser is.
            return RedirectResponse("/signin", 302, {"X-Slack-Meta": "?;acl_fail"})
        file = self._find(ws, request.path_params["key"])
        if file is None or file.content is None:
            return PlainTextResponse("File not found", 404)
        attached = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(file.content, headers=attached, media_type=file.mimetype)

    def _asking(self, request: Request) -> Workspace | None:
        """The workspace whose bot asks."""
        try:
            return self._workspaces.of_token(bearer(request))
        except SlackError:
            return None

    def _find(self, ws: Workspace, key: str) -> File | None:
        """By `T…-F…`, as a file object has it."""
        return ws.files.find(key.rpartition("-")[2])

    async def _sign_in(self, _: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html><title>Sign in</title>")

    async def _broken(self, request: Request, what: str) -> Response | None:
        """What is planned to go wrong at this request; None where it goes well."""
        fault = self._workspaces.home.weather.due(what, {})
        if fault is None:
            return None
        await asyncio.sleep(fault.delay)
        if fault.cut:
            await cut_connection(request)
            return Response()
        if fault.error == "signed_out":
            return await self._sign_in(request)
        return None if fault.refusal() is None else PlainTextResponse(fault.error, fault.status)
