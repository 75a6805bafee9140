"""What a person says in Slack, and what Slack tells the app: messages, files, events, raw bytes."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.slack import payloads
from bot.sandbox.slack.inputs import FingerError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.wire import FORM, TIMEOUT, Acked, Parcel, SignedRequest, Wire

HEARD_AS = {
    "public_channel": "message.channels",
    "private_channel": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
"""The event that the manifest subscribes to, by the kind of place where something is written."""


GOING = ("tokens_revoked", "app_uninstalled")
"""The events of an app's going; nobody authorises those."""


def may_write(ws: Workspace, place: Channel) -> bool:
    """Whether people may write there, as far as the app's manifest says."""
    with_bot = place.kind == "im" and ws.team.bot.id in place.members
    return ws.manifest.takes_messages or not with_bot


class Voice:
    """What is said, and heard by the app."""

    def __init__(self, ws: Workspace, wire: Wire) -> None:
        self.workspace = ws
        self.wire = wire
        self.retry_after: tuple[float, ...] = (0.0, 1.0, 5.0)
        """Seconds before each repetition of an event that wasn't acked (Slack: 0, 60, 300)."""

    async def event(self, inner: Json) -> Acked:
        """Sends an event, and again up to three times while it isn't acked; the last answer."""
        ws = self.workspace
        event_id, seconds = ws.feed.new_id("Ev"), int(ws.feed.now().timestamp())
        payload = payloads.event(ws.team, inner, event_id, seconds)
        if inner["type"] in GOING:
            del payload["authorizations"]
        parcel = Parcel("events_api", payload)
        acked = (await self.wire.send(parcel))[0]
        for number, pause in enumerate(self.retry_after, 1):
            if acked.ok or acked.headers.get("x-slack-no-retry") == "1":
                break
            await asyncio.sleep(pause)
            reason = "http_timeout" if acked.error == TIMEOUT else "http_error"
            acked = (await self.wire.send(replace(parcel, retry=(number, reason))))[0]
        return acked

    async def open_home(self, user: str) -> Acked | None:
        """Looks at the app's Home tab; None where the app doesn't want to hear of that."""
        ws = self.workspace
        if not ws.installed or not ws.manifest.hears("app_home_opened"):
            return None
        person = ws.directory.person(user)
        direct, view = ws.directory.direct(person.id), ws.views.home(person.id)
        return await self.event(payloads.home_opened(person, direct, view, ws.feed.new_ts()))

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: tuple[Json, ...] = (),
    ) -> Message:
        """Writes a message; the app hears of it where the bot is, if it subscribed to that.

        Raises FingerError in a direct message with the bot that the manifest has for reading only.
        """
        ws = self.workspace
        person, place = ws.directory.person(user), ws.directory.channel(channel)
        if not may_write(ws, place):
            raise FingerError("Sending messages to this app has been turned off.")
        files = tuple(self._posted(person, file, place.id) for file in files)
        message = Message(
            place.id,
            ws.feed.new_ts(),
            person.id,
            text,
            thread_ts=thread_ts,
            files=files,
            team=person.team_id,
        )
        ws.messages.post(message)
        there = bool(ws.bot_token) and ws.team.bot.id in place.members
        if there and ws.manifest.hears(HEARD_AS[place.kind]):
            await self.event(payloads.said(message, place))
        return message

    def _posted(self, person: Person, file: Json, channel: str) -> Json:
        """A file as it stands in a message; another organisation's only by its id."""
        known = self.workspace.files.put_into(str(file.get("id")), channel)
        if known is None:
            return file
        return known.elsewhere() if person.is_stranger else known.as_slack(self.workspace.base_url)

    def share(self, user: str, name: str, content: bytes) -> Json:
        """Puts a person's file into the workspace; its file object is for `say` and `submit`."""
        files, person = self.workspace.files, self.workspace.directory.person(user)
        file = files.announce(name, len(content), person.id, person.team_id)
        files.receive(file.id, content)
        return files.complete(file.id, name, ()).as_slack(self.workspace.base_url)

    async def upload(
        self, user: str, channel: str, name: str, content: bytes, text: str = ""
    ) -> Message:
        """Drops a file into a channel (`@carl`: the bot's direct message with Carl)."""
        return await self.say(user, channel, text, files=(self.share(user, name, content),))

    def take_back(self, file_id: str) -> None:
        """Deletes a file, as its owner does; the messages that it is in keep a tombstone."""
        ws = self.workspace
        gone = ws.files.delete(file_id)
        for channel in gone.channels:
            for message in ws.messages.in_channel(channel):
                left = tuple(
                    gone.tombstone() if each["id"] == gone.id else each for each in message.files
                )
                if left != message.files:
                    ws.messages.change(message, files=left, edited_ts=message.edited_ts)

    def delete(self, user: str, message: Message) -> None:
        """Takes a message away: one's own, any as an admin, an ephemeral one that one was shown.

        Raises FingerError where Slack's client wouldn't offer that, or it is gone.
        """
        ws = self.workspace
        person = ws.directory.person(user)
        theirs = person.id in (message.to, message.user) or (person.is_admin and not message.to)
        if not theirs:
            raise FingerError(f"{person.name} can't delete this message")
        if ws.messages.current(message) is None:
            raise FingerError("this message is gone")
        ws.messages.delete(message)

    async def resend(self, request: SignedRequest, *, copies: int = 1) -> list[Acked]:
        """Sends earlier bytes again with the same signature (`acked.request`), as a replay does.

        What is answered isn't shown to anybody.
        """
        return await self.wire.post(request, copies)

    async def raw(
        self,
        body: bytes,
        *,
        content_type: str = FORM,
        path: str | None = None,
        age: int = 0,
        secret: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Acked:
        """Sends any bytes over HTTP: malformed, old (`age` in seconds), signed with a wrong secret.

        `headers` replace Slack's own by name; None takes one away (`{"X-Slack-Signature": None}`).
        """
        request = self.wire.signed(
            body, content_type=content_type, path=path, age=age, secret=secret
        )
        sent = {**request.headers, **(headers or {})}
        kept = {name: value for name, value in sent.items() if value is not None}
        return (await self.wire.post(replace(request, headers=kept)))[0]
