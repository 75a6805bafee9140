"""Socket Mode: the same app, over a WebSocket that the bot opens."""

import asyncio
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.background import Background
from bot.clock import monotonic
from bot.errors import InputError
from bot.logs import Action, log
from bot.slack.bolt import dispatch
from bot.slack.payloads import usable


class Socket:
    """One connection, kept up by slack-sdk; it answers each envelope as soon as it can."""

    def __init__(
        self, app: AsyncApp, app_token: str, client: AsyncWebClient, background: Background
    ) -> None:
        self._app = app
        self._background = background
        self._client = SocketModeClient(app_token=app_token, web_client=client, ping_interval=5)
        self._connecting: asyncio.Task[Any] | None = None
        self._client.socket_mode_request_listeners.append(self._take)

    async def connect(self) -> None:
        """Connects, and reconnects by itself from now on."""
        self._connecting = asyncio.current_task()
        await self._client.connect()  # type: ignore[no-untyped-call]
        self._connecting = None
        log(Action.SLACK_CONNECTED, mode="socket")

    async def is_connected(self) -> bool:
        """Whether Slack's pings come back."""
        return await self._client.is_connected()

    async def close(self) -> None:
        """Takes nothing more; Slack hands what it has to another connection, or again."""
        if self._connecting is not None:  # slack-sdk would try for ever
            self._connecting.cancel()
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _take(self, _client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        # slack-sdk waits for one envelope before it takes the next: a slow one must not hold all.
        self._background.start(self._answer(request))

    async def _answer(self, request: SocketModeRequest) -> None:
        started = monotonic()
        try:
            body = usable(request.payload)
        except InputError:
            log(Action.REFUSED_REQUEST, level="warning", cause="shape")
            await self._client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id)
            )
            return
        response = await dispatch(self._app, body)
        await send_async_response(self._client, request, response, started)
