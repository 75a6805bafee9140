"""Slack's Web API as the bot uses it: one session, its retries, its refusals in our words."""

import contextlib
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import FileError, Lasting, SlackError
from bot.slack.files import Downloaded, FileHosts, origin, read_file, refused
from bot.slack.refusals import UNREADABLE, refusal
from storage.rows import Elsewhere
from storage.workspaces import Installation

_RESPONDERS = {("https", "hooks.slack.com"), ("https", "hooks.slack-gov.com")}
_RATE_LIMIT_ONLY: list[AsyncRetryHandler] = [AsyncRateLimitErrorRetryHandler(max_retry_count=5)]
_RETRIES: list[AsyncRetryHandler] = [
    *_RATE_LIMIT_ONLY,
    AsyncConnectionErrorRetryHandler(max_retry_count=1),
    AsyncServerErrorRetryHandler(max_retry_count=2),
]


@dataclass(frozen=True)
class Posted:
    """Where a message stands; `elsewhere`: why not where it was asked for."""

    channel: str
    ts: str
    elsewhere: Elsewhere | None = None


class SlackApi:
    """One workspace's bot token, in use. Raises SlackError, as the kind of it that fits."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        self.client = _client(token, base_url, session, _RETRIES)
        self._once = _client(token, base_url, session, _RATE_LIMIT_ONLY)
        self._session = session
        self._hosts = FileHosts(token, base_url, session)
        self._own = origin(base_url)

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A method that takes JSON and that may be repeated, as `chat.update`, `views.open`."""
        return await send(self.client.api_call(method, json=arguments))

    async def query(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A method that takes a form; the reply with the token's `scopes`."""
        return await send(self.client.api_call(method, params=arguments))

    async def post(self, channel: str, message: dict[str, Any], **more: Any) -> Posted:
        """Posts once: a repeat after a lost answer would show twice. Nothing is unfurled.

        In a thread whose first message was deleted Slack may post into the channel itself, and
        only its answer shows it: what went astray is taken away, and it is Lasting.
        """
        arguments = {
            "channel": channel,
            "unfurl_links": False,
            "unfurl_media": False,
            **message,
            **more,
        }
        data = await send(self._once.api_call("chat.postMessage", json=arguments))
        at = Posted(data.get("channel", channel), data.get("ts", ""))
        stands = data.get("message")
        if "thread_ts" in more and isinstance(stands, dict) and "thread_ts" not in stands:
            with contextlib.suppress(SlackError):
                await self.call("chat.delete", channel=at.channel, ts=at.ts)
            raise Lasting("thread_not_found")
        return at

    async def update(self, at: Posted, message: dict[str, Any]) -> None:
        """Redraws a message in place."""
        await self.call("chat.update", channel=at.channel, ts=at.ts, **message)

    async def dm(self, user_id: str) -> str:
        """The channel of the bot's conversation with somebody."""
        data = await self.query("conversations.open", users=user_id)
        return str(data["channel"]["id"])

    async def whisper(self, channel: str, user_id: str, message: dict[str, Any]) -> Posted | None:
        """A message that one person sees; by DM, where it stands then, if the channel is closed."""
        try:
            await self.call("chat.postEphemeral", channel=channel, user=user_id, **message)
        except SlackError:
            return await self.post(await self.dm(user_id), message)
        return None

    async def download(self, file_id: str, *, most: int) -> Downloaded:
        """A file that somebody gave, of at most so many bytes. Raises FileError and SlackError.

        Slack is asked where it is: what stands in a payload may be old, or of another organisation
        and without an address. Source: Slack, "files.info", "Slack Connect files".
        """
        try:
            data = await self.query("files.info", file=file_id)
        except SlackError as error:
            raise refused(error) from None
        file = read_file(data.get("file"), most)
        return Downloaded(file.name, await self._hosts.fetch(file, most))

    async def upload(
        self,
        channel: str,
        *,
        name: str,
        data: bytes,
        title: str,
        comment: str,
        thread_ts: str | None = None,
    ) -> str:
        """Posts a file with a comment in markup, once; its id. Raises SlackError.

        `channel` is a conversation's id, as `dm` gives it, never a person's. Slack shows the file
        some seconds later, once it has looked through it. Source: Slack, "Working with files",
        `files.getUploadURLExternal` and `files.completeUploadExternal`.
        """
        file_id = await self._put(name, data)
        arguments: dict[str, Any] = {
            "files": [{"id": file_id, "title": title}],
            "channel_id": channel,
            "initial_comment": comment,
        }
        if thread_ts is not None:
            arguments["thread_ts"] = thread_ts
        await send(self._once.api_call("files.completeUploadExternal", json=arguments))
        return file_id

    async def _put(self, name: str, data: bytes) -> str:
        """Takes the bytes to Slack, where nobody sees them yet; the file's id."""
        try:
            place = await self.query(
                "files.getUploadURLExternal", filename=name, length=str(len(data))
            )
            await self._hosts.send(str(place.get("upload_url")), data)
        except FileError as error:
            raise SlackError("upload_url of a foreign host") from error
        except SlackError as error:
            if error.certain:
                raise
            raise SlackError(error.code) from None  # whatever came of it, nobody sees it
        return str(place.get("file_id"))

    def _takes(self, response_url: str) -> bool:
        """Whether it is Slack's, or the stand-in's that is in its place."""
        try:
            return origin(response_url) in {self._own, *_RESPONDERS}
        except ValueError:
            return False

    async def respond(self, response_url: str, message: dict[str, Any]) -> None:
        """An ephemeral answer by a response_url, which works in every conversation."""
        if not self._takes(response_url):
            raise SlackError("response_url of a foreign host")
        body = {"response_type": "ephemeral", "replace_original": False, **message}
        try:
            async with self._session.post(
                response_url,
                json=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=5),
            ) as response:
                if response.status != 200:  # noqa: PLR2004 - Slack's only yes
                    raise SlackError(f"response_url answered {response.status}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise SlackError(type(error).__name__, certain=False) from None


def open_session() -> aiohttp.ClientSession:
    """The connections to Slack, shared by all workspaces."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=15))


@dataclass(frozen=True)
class Slack:
    """The way to Slack, the same for every workspace; gives out each one's door."""

    base_url: str
    session: aiohttp.ClientSession

    def api(self, token: str) -> SlackApi:
        """A workspace's."""
        return SlackApi(token, self.base_url, self.session)

    def client(self, *, repeats: bool = True) -> AsyncWebClient:
        """For methods that want no workspace's token; `repeats` what may be repeated."""
        return _client(None, self.base_url, self.session, _RETRIES if repeats else [])


async def whoami(api: SlackApi) -> Installation:
    """The workspace that the token belongs to. Raises SlackError."""
    data = await api.query("auth.test")
    return Installation(
        enterprise_id=str(data.get("enterprise_id") or ""),
        team_id=str(data.get("team_id", "")),
        name=str(data.get("team", "")),
        url=str(data.get("url", "")),
        bot_user_id=str(data.get("user_id", "")),
        bot_id=str(data.get("bot_id", "")),
        scopes=str(data["scopes"]),
    )


def _client(
    token: str | None,
    base_url: str,
    session: aiohttp.ClientSession,
    retries: list[AsyncRetryHandler],
) -> AsyncWebClient:
    return AsyncWebClient(
        token=token, base_url=base_url, session=session, timeout=10, retry_handlers=retries
    )


async def server_time(api: SlackApi) -> float:
    """Slack's clock; seconds since the epoch, UTC. Raises SlackError."""
    return time_of(await api.query("auth.test"))


def time_of(data: dict[str, Any]) -> float:
    """When Slack answered so, from its reply's Date header; seconds since the epoch, UTC."""
    return parsedate_to_datetime(data["date"]).timestamp() if data["date"] else time.time()


async def send(request: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    """The answer's data, with the token's `scopes` and Slack's `date`. Raises SlackError."""
    try:
        response = await request
    except SlackApiError as error:
        raise refusal(error) from None
    except (aiohttp.ClientError, TimeoutError, SlackRequestError, ValueError, OSError) as error:
        raise SlackError(type(error).__name__, certain=False) from None
    data = response.data
    if not isinstance(data, dict):
        raise SlackError(UNREADABLE, certain=False)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return {**data, "scopes": headers.get("x-oauth-scopes", ""), "date": headers.get("date", "")}
