"""Small applications and pieces of Block Kit for the tests of the sandbox's Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack import AppManifest, Command, Shortcut, SlackSandbox

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def text_input(name: str, **element: Any) -> Json:
    """An input block of one text field."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": {"type": "plain_text_input", "action_id": "typed", **element},
    }


def modal(callback_id: str, *blocks: Json, **more: Any) -> Json:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain("Call"),
        "submit": plain("Call"),
        "blocks": list(blocks),
        **more,
    }


CHANNEL = {
    "type": "input",
    "block_id": "channel",
    "label": plain("Channel"),
    "element": {
        "type": "conversations_select",
        "action_id": "chosen",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
    },
}
CARD: list[Json] = [
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {
                "type": "button",
                "action_id": "hang_up",
                "value": "call-1",
                "text": plain("Hang Up"),
            }
        ],
    }
]


MANIFEST = AppManifest(
    name="Small",
    commands=tuple(
        Command(name)
        for name in ("/call", "/card", "/echo", "/laid-out", "/late", "/toingg", "/unheard-of")
    ),
    shortcuts=(
        Shortcut("Call This", "message", "call_this"),
        Shortcut("Call Somebody", "global", "call_this"),
    ),
    scopes=frozenset(
        {
            "commands",
            "chat:write",
            "usergroups:read",
            "users:read",
            "users:read.email",
            "channels:join",
            "files:read",
            "files:write",
            *(f"{kind}:read" for kind in ("channels", "groups", "im", "mpim")),
            *(f"{kind}:history" for kind in ("channels", "groups", "im")),
            *(f"{kind}:write" for kind in ("im", "mpim")),
        }
    ),
    events=frozenset({"app_home_opened", "message.channels", "message.im"}),
)
"""An app that may do everything, and has the small app's commands."""


class SmallApp:
    """A Bolt app that does a little of everything, and keeps the payloads it was sent."""

    def __init__(self, api_url: str) -> None:
        client = AsyncWebClient("xoxb-test", base_url=api_url)
        self.bolt = AsyncApp(signing_secret="slack-test-secret", client=client)
        self.seen: list[Json] = []
        self.answers: list[Json] = []
        self.retries: list[str] = []
        self.refuse_events = 0
        self.bolt.command("/call")(self.open_modal)
        self.bolt.command("/echo")(self.echo)
        self.bolt.command("/laid-out")(self.called)
        self.bolt.command("/card")(self.card)
        self.bolt.command("/late")(self.late)
        self.bolt.action("hang_up")(self.hang_up)
        self.bolt.action("typed")(self.typed)
        self.bolt.options("script")(self.scripts)
        self.bolt.view("call")(self.called)
        self.bolt.view_closed("call")(self.closed)
        self.bolt.shortcut("call_this")(self.shortcut)
        self.bolt.event("app_home_opened")(self.home)
        self.bolt.event("message")(self.heard)

    async def open_modal(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        """Opens the modal with a number and a channel."""
        await ack()
        self.seen.append(body)
        view = modal("call", text_input("phone"), CHANNEL, notify_on_close=True)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def echo(self, ack: AsyncAck, body: Json) -> None:
        """Answers in the ack."""
        self.seen.append(body)
        await ack(body["text"])

    async def card(self, ack: AsyncAck, say: AsyncSay) -> None:
        """Posts a card with a button."""
        await ack()
        await say(text="Calling +1 415 555 0132", blocks=CARD)

    async def late(self, ack: AsyncAck) -> None:
        """Acks too late."""
        await asyncio.sleep(0.6)
        await ack()

    async def hang_up(self, ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        """Replaces the card."""
        await ack()
        self.seen.append(body)
        await respond(text="Hung up", replace_original=True)

    async def typed(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        """Redraws the modal under the typing hand."""
        await ack()
        self.seen.append(body)
        view = modal("call", {"type": "divider"}, {**text_input("phone"), "dispatch_action": True})
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    async def scripts(self, ack: AsyncAck, body: Json) -> None:
        """Offers one script for what was typed."""
        await ack(options=[{"text": plain("Spring Sale"), "value": f"{body['value']}-1"}])

    async def called(self, ack: AsyncAck, body: Json) -> None:
        """Answers what the test laid out."""
        self.seen.append(body)
        answer = self.answers.pop(0) if self.answers else {}
        await ack(**answer)

    async def closed(self, ack: AsyncAck, body: Json) -> None:
        """Hears of a closed modal."""
        await ack()
        self.seen.append(body)

    async def shortcut(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        """Opens the modal from a message."""
        await ack()
        self.seen.append(body)
        await client.views_open(
            trigger_id=body["trigger_id"], view=modal("call", text_input("phone"))
        )

    async def home(self, body: Json, client: AsyncWebClient) -> None:
        """Publishes the Home tab."""
        self.seen.append(body)
        blocks = [{"type": "header", "text": plain("Calls")}]
        await client.views_publish(
            user_id=body["event"]["user"], view={"type": "home", "blocks": blocks}
        )

    async def heard(self, body: Json) -> None:
        """Hears a message."""
        self.seen.append(body)

    def starlette(self) -> Starlette:
        """The app behind HTTP; it refuses as many events as it is told to."""
        handler = AsyncSlackRequestHandler(self.bolt)

        async def endpoint(request: Request) -> Response:
            self.retries.append(request.headers.get("x-slack-retry-num", ""))
            if self.refuse_events and b"event_callback" in await request.body():
                self.refuse_events -= 1
                return Response(status_code=500)
            return await handler.handle(request)

        return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        """Moves on by a timedelta's arguments."""
        self.moment += timedelta(**span)


class Listener:
    """An app that answers nothing and keeps the raw requests."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    def starlette(self) -> Starlette:
        """The application."""

        async def keep(request: Request) -> Response:
            self.bodies.append(await request.body())
            self.headers.append(dict(request.headers))
            return Response()

        return Starlette(routes=[Route("/slack/events", keep, methods=["POST"])])


@asynccontextmanager
async def connected(slack: SlackSandbox, small: SmallApp) -> AsyncIterator[None]:
    """The app, reached over Socket Mode."""
    slack.mode = "socket"
    client = AsyncSocketModeHandler(small.bolt, "xapp-test").client
    await client.connect()  # type: ignore[no-untyped-call]
    try:
        await slack.wait_for(lambda: slack.sockets.connections == 1)
        yield
    finally:
        await client.close()  # type: ignore[no-untyped-call]
