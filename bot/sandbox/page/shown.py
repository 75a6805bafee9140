"""What a message looks like before somebody: who said it, when, and everything in it, as HTML."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.sandbox.page.drawing import CantDraw, Reader, draw_blocks, draw_mrkdwn
from bot.sandbox.page.places import Places, Viewpoint
from bot.sandbox.slack import Message, Place, View
from bot.sandbox.slack.failures import Failure
from bot.sandbox.slack.files import File

NEWEST = 100
"""So many messages are shown of a channel at first, and more at each asking."""

_COLOURS = 8


_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Kinds that are shown as they are; an SVG could hold a script."""


@dataclass(frozen=True)
class Attached:
    """A file under a message; its size is told in words, `path` is where it is got."""

    name: str
    size: str = ""
    path: str = ""
    is_picture: bool = False


GONE = Attached("This file was deleted.")


@dataclass(frozen=True)
class Shown:
    """A message as its template wants it; `marks` are the warnings at its elements."""

    dom_id: str
    ts: str
    author: str
    colour: int
    from_app: bool
    private: bool
    time: str
    moment: str
    day: str
    content: Markup
    files: tuple[Attached, ...]
    edited: bool
    replies: int
    in_thread: bool
    marks: tuple[Failure, ...] = ()

    @property
    def initials(self) -> str:
        """What stands in the avatar."""
        return "".join(word[0] for word in self.author.split()[:2]).upper()

    @property
    def label(self) -> str:
        """The message's name for whoever hears the page."""
        return f"Message from {self.author}, {self.time}"


@dataclass(frozen=True)
class Stretch:
    """Some of a channel's messages, oldest first; `earlier` is before which there are more."""

    messages: tuple[Shown, ...]
    earlier: str | None


class Messages:
    """Looks messages up and draws them for a viewpoint."""

    def __init__(self, slack: Place, places: Places) -> None:
        self._slack = slack
        self._places = places

    def channel(self, at: Viewpoint, before: str | None = None) -> Stretch:
        """The newest messages of the channel, or those before a ts; replies only if broadcast."""
        everything = self._slack.messages(at.channel.id)
        replies = Counter(each.thread_ts for each in everything if _is_reply(each))
        private = [each for each in self._private(at) if each.thread_ts is None]
        top = [each for each in everything if not _is_reply(each) or each.broadcast]
        listed = sorted((*top, *private), key=lambda message: message.ts)
        if before is not None:
            listed = [each for each in listed if each.ts < before]
        chosen = listed[-NEWEST:]
        earlier = chosen[0].ts if len(listed) > len(chosen) else None
        return Stretch(self._drawn(at, chosen, replies), earlier)

    def _private(self, at: Viewpoint) -> list[Message]:
        shown = self._slack.ephemerals(at.person.id)
        return [each for each in shown if each.channel == at.channel.id]

    def thread(self, at: Viewpoint, ts: str) -> tuple[Shown, ...]:
        """A thread with its parent, oldest first; empty where there is no such message."""
        private = [each for each in self._private(at) if each.thread_ts == ts]
        listed = sorted(
            (*self._slack.messages(at.channel.id, ts), *private), key=lambda message: message.ts
        )
        return self._drawn(at, listed, {}, in_thread=True)

    def _drawn(
        self,
        at: Viewpoint,
        messages: Iterable[Message],
        replies: Mapping[str | None, int],
        *,
        in_thread: bool = False,
    ) -> tuple[Shown, ...]:
        reader = self._places.reader(at.person)
        return tuple(
            self._shown(each, reader, replies.get(each.ts, 0), in_thread=in_thread)
            for each in messages
        )

    def find(self, at: Viewpoint, ts: str) -> Message | None:
        """The message of that ts that the person sees in the channel."""
        found = self._slack.message(at.channel.id, ts)
        return found or next((each for each in self._private(at) if each.ts == ts), None)

    def one(self, at: Viewpoint, message: Message, *, in_thread: bool) -> Shown:
        """One message as it stands now."""
        replies = 0
        if not in_thread and not message.to:
            replies = len(self._slack.messages(at.channel.id, message.ts)) - 1
        reader = self._places.reader(at.person)
        return self._shown(message, reader, replies, in_thread=in_thread)

    def _shown(self, message: Message, reader: Reader, replies: int, *, in_thread: bool) -> Shown:
        author = self._places.author(message.user)
        moment = datetime.fromtimestamp(float(message.ts), UTC)
        local = moment.astimezone(ZoneInfo(reader.zone))
        dom_id = dom_id_of(message.ts, in_thread=in_thread)
        return Shown(
            dom_id=dom_id,
            ts=message.ts,
            author=author,
            colour=sum(message.user.encode()) % _COLOURS,
            from_app=message.bot_id is not None,
            private=message.to is not None,
            time=f"{local:%H:%M}",
            moment=moment.isoformat(),
            day=f"{local:%A %d %B %Y, %H:%M:%S %Z}",
            content=content_of(message, reader, dom_id),
            files=tuple(self._attached(reader, each["id"]) for each in message.files),
            edited=message.edited_ts is not None and message.bot_id is None,
            replies=replies,
            in_thread=in_thread,
            marks=marks_for(reader.user_id, message),
        )

    def _attached(self, reader: Reader, file_id: str) -> Attached:
        file = self._slack.workspace.files.find(file_id)
        if file is None or file.id not in reader.pictures:
            return GONE
        path = reader.pictures[file.id]
        return Attached(file.name, in_words(file.size), path, is_picture(file))


def is_picture(file: File) -> bool:
    """Whether a browser shows it rather than keeps it."""
    return file.mimetype in _PICTURES


def marks_for(user_id: str, at: Message | View) -> tuple[Failure, ...]:
    """What this person used in vain of a message or a view: a warning stands beside each."""
    return tuple(each for each in at.failures if each.user == user_id)


def dom_id_of(ts: str, *, in_thread: bool) -> str:
    """The id of a message's element, in the channel or in the thread's pane."""
    return f"{'t' if in_thread else 'm'}-{ts}"


def _is_reply(message: Message) -> bool:
    return message.thread_ts not in (None, message.ts)


def content_of(message: Message, reader: Reader, at: str) -> Markup:
    """Blocks, else the text, then attachments; what can't be drawn says so in a red box."""
    parts = []
    if message.blocks:
        parts.append(drawn_or_fault(message.blocks, reader, at=at))
    elif message.text:
        parts.append(draw_mrkdwn(message.text, reader))
    parts += [_attachment(each, reader, at) for each in message.attachments]
    return Markup().join(parts)


def _attachment(attachment: Mapping[str, Any], reader: Reader, at: str) -> Markup:
    if attachment.get("blocks"):
        inner = drawn_or_fault(attachment["blocks"], reader, at=at)
    elif text := attachment.get("text") or attachment.get("fallback"):
        inner = draw_mrkdwn(text, reader)
    else:
        inner = fault_box("an attachment without blocks, text and fallback")
    return Markup('<div class="attachment">{}</div>').format(inner)


def drawn_or_fault(
    blocks: Sequence[dict[str, Any]], reader: Reader, *, at: str, **more: Any
) -> Markup:
    """The blocks as HTML, or the red box that says why they can't be drawn."""
    try:
        return draw_blocks(blocks, reader, at=at, **more)
    except CantDraw as reason:
        return fault_box(str(reason))


def fault_box(reason: str) -> Markup:
    """A red box in the page: what the app sent, and this page doesn't know."""
    return Markup('<p class="cant-draw" role="alert">This page can\'t draw: {}</p>').format(reason)


def in_words(size: int) -> str:
    """Bytes as people read them."""
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
