"""Bolt, with one catch-all listener a kind: finding the handler costs the same however many.

`process_before_response` makes Bolt take the answer as soon as it is there; its other runner looks
for it every 10 ms. What goes on after the answer is `bot.background`'s.
"""

import logging
import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StorageError
from bot.slack.funnel import Funnel

_ANY = re.compile(".*", re.DOTALL)


class _Authorized(AsyncAuthorize):
    """The funnel finds the workspace itself; Bolt only wants to hear that somebody did.

    As Bolt's own class, since it gathers every argument that it knows for a plain function.
    """

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult:
        """Whoever asks."""
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token="", bot_user_id=""
        )


def build_app(funnel: Funnel, client: AsyncWebClient) -> AsyncApp:
    """The Bolt app. Signatures are checked before it, in `bot.web`."""
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.ERROR)  # it warns of every client that has a token of its own
    app = AsyncApp(
        logger=logger,
        client=client,
        authorize=_Authorized(),  # type: ignore[no-untyped-call]
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )

    async def listen(body: dict[str, Any]) -> BoltResponse:
        try:
            ack = await funnel.handle(body)
        except StorageError:  # Slack sends it again
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body=ack if ack is not None else "")

    for register in (app.command, app.action, app.view, app.view_closed, app.shortcut, app.event):
        register(_ANY)(listen)
    return app


async def dispatch(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    """One request of Slack's, as `payloads` gives it.

    `socket_mode` is Bolt's word for a body that is parsed already, wherever it came from.
    """
    return await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
