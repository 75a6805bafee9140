"""What a breach of Slack's rules is tried on: a served sandbox, slack_sdk's client, and a clock."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import MANIFEST, HandClock, Json, plain

SALES, GENERAL, ARCHIVED, BOARD = "C0SALES001", "C0GENERAL1", "C0ARCHIVED", "C0BOARD001"
CARL, STRANGER = "U0CARL0001", "U0EXT00001"
TAKEN = ""
"""The code of what is taken."""


@dataclass(frozen=True)
class Answer:
    """What came of a request: Slack's code (`TAKEN` where there is none), and its lines."""

    code: str = TAKEN
    status: int = 200
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Everything that a breach may need."""

    slack: SlackSandbox
    client: AsyncWebClient
    session: aiohttp.ClientSession
    clock: HandClock
    answers: list[Json]

    async def call(self, method: str, *, token: str | None = None, **args: Any) -> Answer:
        """One request of slack_sdk's, its arguments as JSON."""
        client = self.client
        if token is not None:
            client = AsyncWebClient(token, base_url=client.base_url, session=self.session)
        return await self.answer(client.api_call(method, json=args))

    async def answer(self, call: Awaitable[Any]) -> Answer:
        """What a call of slack_sdk's client comes to."""
        try:
            await call
        except SlackApiError as error:
            body, status = error.response.data, error.response.status_code
            lines = body.get("response_metadata", {}).get("messages", [])
            return Answer(body["error"], status, tuple(lines))
        return Answer()

    async def post(self, **args: Any) -> Answer:
        """A chat.postMessage into #sales unless told otherwise."""
        return await self.call("chat.postMessage", **{"channel": SALES, "text": "x", **args})

    async def raw(self, body: bytes) -> Answer:
        """A chat.postMessage with any bytes for its JSON."""
        headers = {
            "Authorization": "Bearer xoxb-test",
            "Content-Type": "application/json; charset=utf-8",
        }
        url = f"{self.slack.api_url}chat.postMessage"
        async with self.session.post(url, data=body, headers=headers) as sent:
            told = await sent.json()
            return Answer(told.get("error", TAKEN), sent.status)

    async def posted(self, channel: str = SALES) -> str:
        """A message of the bot's; its ts."""
        return str((await self.client.chat_postMessage(channel=channel, text="x"))["ts"])

    async def archived(self) -> str:
        """A message of the bot's in a channel that was archived since; its ts."""
        ts = await self.posted()
        self.slack.directory.add_channel(replace(self.slack.channel(SALES), is_archived=True))
        return ts

    async def said(self) -> str:
        """A message of Vera's; its ts."""
        return (await self.slack.say("vera", "#sales", "mine")).ts

    async def trigger(self) -> str:
        """A trigger_id of this moment."""
        return (await self.slack.command("carl", "#sales", "/toingg")).trigger_id

    async def open(self, view: Json) -> Answer:
        """A modal with a fresh trigger_id."""
        return await self.call("views.open", trigger_id=await self.trigger(), view=view)

    async def opened(self, depth: int = 1) -> str:
        """So many modals on each other; the trigger_id of a click in the top one."""
        await self.open(CLICKABLE)
        for n in range(depth):
            acked = await self.slack.click("carl", self.slack.views("carl")[-1], "more")
            if n + 1 < depth:
                await self.call("views.push", trigger_id=acked.trigger_id, view=CLICKABLE)
        return acked.trigger_id

    async def response_url(self) -> str:
        """The response_url of a command of this moment."""
        return (await self.slack.command("carl", "#sales", "/toingg")).response_url

    async def respond(self, url: str, **args: Any) -> Answer:
        """One answer by a response_url."""
        sent = await AsyncWebhookClient(url, session=self.session).send(text="x", **args)
        if sent.status_code == 200:
            return Answer()
        code = sent.body.removeprefix('{"ok":false,"error":"').removesuffix('"}')
        return Answer(code, sent.status_code)


CLICKABLE: Json = {
    "type": "modal",
    "title": plain("Call"),
    "blocks": [
        {
            "type": "actions",
            "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
        }
    ],
}

Ask = Callable[[Bench], Awaitable[Answer]]


def _app(answers: list[Json]) -> Starlette:
    """An app that gives the answers laid out for it, and nothing after those."""

    async def give(request: Request) -> Response:
        return JSONResponse(answers.pop(0)) if answers else Response()

    return Starlette(routes=[Route("/slack/events", give, methods=["POST"])])


@asynccontextmanager
async def laid_out() -> AsyncIterator[Bench]:
    """A bench whose app answers everybody with nothing until told otherwise."""
    clock, answers = HandClock(), list[Json]()
    slack = SlackSandbox(clock=clock, app_manifest=MANIFEST)
    with slack.serve(), Served(_app(answers)) as app:
        slack.bot_url = app.url
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient("xoxb-test", base_url=slack.api_url, session=session)
            yield Bench(slack, client, session, clock, answers)
