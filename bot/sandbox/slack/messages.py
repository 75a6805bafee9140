"""Messages: what stands in the channels, and what only one person sees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.slack.checks import controls
from bot.sandbox.slack.failures import Failure
from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.refusals import Json, breach


@dataclass(frozen=True)
class Message:
    """A message as it stood at one moment; an update makes another value with the same `ts`.

    `to` is the one person who sees an ephemeral message, `via` the way it came: a method's name,
    `response_url`, `ack` (the answer to a command), `slack` (Slack's own words) or `person`;
    `failures` are the warning marks at its elements, each seen by one person.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    files: tuple[Json, ...] = ()
    bot_id: str | None = None
    app_id: str | None = None
    team: str = ""
    edited_ts: str | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    to: str | None = None
    via: str = "person"
    failures: tuple[Failure, ...] = ()

    def as_slack(self) -> Json:
        """The message's JSON, as `conversations.history` gives it."""
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        body |= {"team": self.team, "blocks": list(self.blocks)}
        if self.bot_id:
            body |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.attachments:
            body["attachments"] = list(self.attachments)
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.metadata:
            body["metadata"] = self.metadata
        if self.files:
            body["files"] = list(self.files)
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        return body

    def elements(self) -> Iterator[tuple[str, Json]]:
        """What can be clicked in it: (block_id, element)."""
        for block in self.blocks:
            for _, element in controls(block):
                yield block["block_id"], element

    def all_text(self) -> str:
        """Every text in it, a line each: what somebody reads, for assertions."""
        return "\n".join([self.text, *texts(list(self.blocks))])


def texts(value: Any) -> Iterator[str]:
    """Every text within a piece of Block Kit's JSON."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)


def named(feed: Feed, blocks: list[Json]) -> tuple[Json, ...]:
    """The blocks with the block_ids and action_ids that Slack gives where the app gave none."""
    return tuple(_named(feed, block) for block in blocks)


def _named(feed: Feed, block: Json) -> Json:
    block = {**block}
    block.setdefault("block_id", feed.new_id("b"))
    for place in ("accessory", "element"):
        if place in block and block[place]["type"] != "image":
            block[place] = {"action_id": feed.new_id("a"), **block[place]}
    if block["type"] in ("actions", "context_actions"):
        block["elements"] = [{"action_id": feed.new_id("a"), **e} for e in block["elements"]]
    return block


class Messages:
    """Every message, by channel and ts; and what each person was shown alone."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._channels: dict[str, dict[str, Message]] = {}
        self._ephemerals: list[Message] = []

    def post(self, message: Message) -> Message:
        """Puts a message into its channel, or before the one who alone sees it."""
        with self._feed.lock:
            if message.to:
                self._ephemerals = [*self._ephemerals, message][-self._feed.kept :]
                self._feed.tell("ephemeral_shown", message=message)
            else:
                self._channels.setdefault(message.channel, {})[message.ts] = message
                self._feed.tell("message_posted", message=message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """The message as it stands now; None where there is none, or none any more."""
        with self._feed.lock:
            return self._channels.get(channel, {}).get(ts)

    def find_ephemeral(self, user: str, ts: str) -> Message | None:
        """What that person was shown under that ts, as it stands now."""
        with self._feed.lock:
            return next((m for m in self._ephemerals if (m.to, m.ts) == (user, ts)), None)

    def change(self, message: Message, **fields: Any) -> Message:
        """Replaces what stands under the message's ts; raises `message_not_found`."""
        with self._feed.lock:
            fresh = {"failures": (), "edited_ts": self._feed.new_ts(), **fields}
            if not message.to and self.find(message.channel, message.ts) is None:
                raise breach("an unknown message")
            return self._put(replace(message, **fresh))

    def mark(self, message: Message, failures: tuple[Failure, ...]) -> None:
        """Changes the warning marks at a message's elements, where it is still there."""
        with self._feed.lock:
            now = self.current(message)
            if now and now.failures != failures:
                self._put(replace(now, failures=failures))

    def current(self, message: Message) -> Message | None:
        """The message as it stands now, wherever it is; None where it is gone."""
        if message.to:
            return self.find_ephemeral(message.to, message.ts)
        return self.find(message.channel, message.ts)

    def _put(self, message: Message) -> Message:
        if message.to:
            self._ephemerals = [
                message if (m.to, m.ts) == (message.to, message.ts) else m for m in self._ephemerals
            ]
        else:
            self._channels[message.channel][message.ts] = message
        self._feed.tell("message_changed", message=message)
        return message

    def delete(self, message: Message) -> None:
        """Takes a message away; from everybody, or from the one who saw it."""
        with self._feed.lock:
            if message.to:
                self._ephemerals = [
                    m for m in self._ephemerals if (m.to, m.ts) != (message.to, message.ts)
                ]
            else:
                self._channels.get(message.channel, {}).pop(message.ts, None)
            self._feed.tell("message_deleted", message=message)

    def in_channel(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """The messages of a channel, or of one of its threads with its parent, oldest first."""
        with self._feed.lock:
            found = list(self._channels.get(channel, {}).values())
        if thread_ts is None:
            return found
        return [m for m in found if thread_ts in (m.ts, m.thread_ts)]

    def shown_to(self, user: str) -> list[Message]:
        """What this person alone was shown, oldest first."""
        with self._feed.lock:
            return [m for m in self._ephemerals if m.to == user]
