"""`/apps/{app}`: the app's page in Slack, where it is removed, or its tokens are revoked."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.pages import Signed, is_own, page
from bot.sandbox.slack.people import APP_ID
from bot.sandbox.slack.scopes import words
from bot.sandbox.slack.workspaces import Workspaces

PATH = f"/apps/{APP_ID}"
QUESTIONS = {
    "remove": ("Remove App", "Its commands go, and its bot leaves every channel."),
    "revoke": ("Revoke Tokens", "The app stays, and can do nothing until it is installed again."),
}
"""What is asked before each deed: the label of its button, and what it brings about."""


class AppPage:
    """The app as one of a workspace's people sees it, `?who=T….U…`."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def routes(self) -> list[Route]:
        """The page and its form."""
        return [Route(PATH, self._show), Route(PATH, self._do, methods=["POST"])]

    async def _show(self, request: Request) -> Response:
        query = request.query_params
        return self._page(query.get("who", ""), query.get("sure", ""))

    async def _do(self, request: Request) -> Response:
        if not is_own(request):
            return PlainTextResponse("Not from this page", 403)
        form = await request.form()
        signed = Signed(self._workspaces, str(form.get("who")))
        deeds = {"remove": signed.ws.uninstall, "revoke": signed.ws.revoke}
        deed = deeds.get(str(form.get("choice")))
        if deed is None or signed.is_guest:
            return self._page(signed.name, "", 403)
        signed.ws.farewell(deed())
        return RedirectResponse(f"{PATH}?who={signed.name}", 303)

    def _page(self, who: str, sure: str, status: int = 200) -> Response:
        signed = Signed(self._workspaces, who)
        ws = signed.ws
        return page(
            "manage.html",
            status,
            app=ws.manifest.name,
            ws=ws,
            signed=signed,
            sure=sure if sure in QUESTIONS else "",
            questions=QUESTIONS,
            allowed=[words(scope, ws.manifest.name) for scope in sorted(ws.scopes)],
            path=PATH,
        )
