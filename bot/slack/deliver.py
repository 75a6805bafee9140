"""Posting what matters: written down before, found or marked as a repeat after a death."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.clock import Clock
from bot.errors import Lasting, SlackError, StorageError
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks.elsewhere import heads_of
from bot.slack.blocks.parts import Message
from bot.slack.channels import Channels
from bot.slack.directory import Directory
from bot.slack.gate import Gate
from storage import Connection, cards
from storage.cards import Posting
from storage.engine import Database
from storage.rows import Elsewhere

Draw = Callable[[tuple[str, ...]], Message]
"""A message's drawing: called with the lines that go above it."""

Also = Callable[[Connection, Posted, datetime | None], None]
"""What is written in the transaction that says where the post stands. The moment is None where it
was drawn just now; a post of a former life, found again, knows nothing that came after it."""

_MINUTE = timedelta(minutes=1)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0
_EVENT_TYPE = "toingg_posting"
_DIRECT = "D"
"""What a direct message's id begins with."""


class Budget:
    """Updates a minute for each workspace; the last fifth is kept for final states."""

    def __init__(self, clock: Clock, *, a_minute: int = 50) -> None:
        self._clock = clock
        self._most = a_minute
        self._spent: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def take(self, workspace_id: str, *, final: bool) -> bool:
        """Whether an update may go now; if so it's counted."""
        most = self._most if final else self._most * 4 // 5
        if self._used(workspace_id) >= most:
            return False
        self._spent[workspace_id].append(self._clock())
        return True

    def left(self, workspace_id: str) -> int:
        """How many updates may go now."""
        return self._most - self._used(workspace_id)

    def _used(self, workspace_id: str) -> int:
        spent, since = self._spent[workspace_id], self._clock() - _MINUTE
        while spent and spent[0] <= since:
            spent.popleft()
        return len(spent)


@dataclass(frozen=True)
class Place:
    """Where a post goes; `asker` is whose DM it goes to where the place is closed.

    `elsewhere`: it goes there at once, and this is why.
    """

    workspace_id: str
    channel: str
    asker: str
    thread_ts: str | None = None
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True)
class Post:
    """What is posted: its key (once each), what it's of, and the line where it's a repeat."""

    key: str
    subject: str
    repeated: str


@dataclass(frozen=True)
class _Spot:
    """A conversation; `elsewhere`: the asker's DM, and why."""

    channel: str
    elsewhere: Elsewhere | None = None


class Deliverer:
    """Posts with a `posting` row around each, so that a restart knows what may stand there."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        channels: Channels,
        clock: Clock,
        *,
        run: str,
    ) -> None:
        self._database = database
        self._directory = directory
        self._channels = channels
        self._gate = Gate(clock)
        self._clock = clock
        self._run = run
        self._looked: dict[str, datetime] = {}
        directory.hears(self._gate.open)

    def reachable(self) -> Collection[str]:
        """The workspaces in which Slack isn't known to refuse everything."""
        return [each for each in self._directory.ids() if not self._gate.is_shut(each)]

    async def redraw(self, workspace_id: str, at: Posted, message: Message) -> None:
        """Changes a message in place. Raises SlackError."""
        api = self._directory.api(workspace_id)
        with self._gate.through(workspace_id):
            await api.update(at, message)

    async def take_away(self, workspace_id: str, at: Posted) -> None:
        """Deletes a message of the bot's. Raises SlackError."""
        with self._gate.through(workspace_id):
            api = self._directory.api(workspace_id)
            await api.call("chat.delete", channel=at.channel, ts=at.ts)

    async def take_file(self, workspace_id: str, file_id: str) -> None:
        """Deletes a file of the bot's, wherever it was sent. Raises SlackError."""
        with self._gate.through(workspace_id):
            await self._directory.api(workspace_id).call("files.delete", file=file_id)

    async def post(
        self, what: Post, place: Place, draw: Draw, *, also: Also, meant: Posting | None = None
    ) -> Posted | None:
        """Posts it once; None where another process is about it. Raises SlackError.

        `draw(heads)` gives the message with these lines above it. `also` is written together with
        where it stands. `meant`: the posting, where it was written down before.
        """
        posting = meant or await self._intend(what, place)
        if posting is None:
            return None
        if posting.ts is not None:
            return Posted(posting.channel, posting.ts)
        heads: tuple[str, ...] = ()
        self._directory.api(place.workspace_id)  # where it isn't installed, nobody waits for a try
        with self._gate.through(place.workspace_id):
            spot = await self._spot(place)
            if posting.is_repeat:
                found = await self._look_for(posting, place, spot)
                if found is not None:
                    return await self._posted(posting, found, also, posting.intent_at)
                heads = (what.repeated,)
            at = await self._send(posting, place, spot, draw, heads)
        return await self._posted(posting, at, also)

    async def _intend(self, what: Post, place: Place) -> Posting | None:
        return await self._database.write(
            partial(
                cards.intend,
                workspace_id=place.workspace_id,
                key=what.key,
                subject=what.subject,
                run=self._run,
                channel=place.channel,
                thread_ts=place.thread_ts,
                now=self._clock(),
            )
        )

    async def _spot(self, place: Place) -> _Spot:
        why = place.elsewhere
        if why is None and place.thread_ts is None:  # a thread is where its card may stand
            why = await self._channels.closed_because(place.workspace_id, place.channel)
        return _Spot(place.channel) if why is None else await self._dm(place, why)

    async def _dm(self, place: Place, why: Elsewhere) -> _Spot:
        return _Spot(await self._directory.api(place.workspace_id).dm(place.asker), why)

    async def _send(
        self, posting: Posting, place: Place, spot: _Spot, draw: Draw, heads: tuple[str, ...]
    ) -> Posted:
        try:
            return await self._put(posting, place, spot, draw, heads)
        except Lasting:
            if place.thread_ts is not None or spot.elsewhere is not None:
                raise
        spot = await self._dm(place, Elsewhere.CLOSED)
        return await self._put(posting, place, spot, draw, heads)

    async def _put(
        self, posting: Posting, place: Place, spot: _Spot, draw: Draw, heads: tuple[str, ...]
    ) -> Posted:
        more: dict[str, Any] = {
            "metadata": {"event_type": _EVENT_TYPE, "event_payload": {"id": posting.id}}
        }
        if place.thread_ts is not None:
            more["thread_ts"] = place.thread_ts
        message = draw((*heads, *heads_of(spot.elsewhere)))
        try:
            at = await self._directory.api(place.workspace_id).post(spot.channel, message, **more)
        except SlackError as error:
            if not error.certain:
                await self._write_down(posting, partial(cards.unsure, posting=posting))
            raise
        return replace(at, elsewhere=spot.elsewhere)

    async def _posted(
        self, posting: Posting, at: Posted, also: Also, drawn_at: datetime | None = None
    ) -> Posted:
        def write(connection: Connection) -> None:
            again = posting.is_repeat and drawn_at is None
            cards.posted(connection, posting, channel=at.channel, ts=at.ts, unsure=again)
            also(connection, at, drawn_at)

        await self._write_down(posting, write)
        log(Action.POSTED, posting=posting.key, repeat=posting.is_repeat)
        return at

    async def _write_down(self, posting: Posting, write: Callable[[Connection], None]) -> None:
        """Writes what Slack did, which only this process knows, however long the database is away.

        Where the process ends before, the next run takes the post for a possible repeat.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._database.write(write)
            except StorageError as error:
                log(
                    Action.POST_UNWRITTEN, level="warning", posting=posting.key, detail=error.detail
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    async def _look_for(self, posting: Posting, place: Place, spot: _Spot) -> Posted | None:
        """The post of a run that died, where the channel's history may be read: once a minute."""
        workspace = self._directory.workspace(place.workspace_id)
        now = self._clock()
        looked = self._looked.get(place.workspace_id)
        granted = _history_scopes(spot.channel).intersection(workspace.at.scopes.split(","))
        if not granted or (looked is not None and looked > now - _MINUTE):
            return None
        self._looked[place.workspace_id] = now
        method, arguments = "conversations.history", {"channel": spot.channel}
        if place.thread_ts is not None:
            method, arguments = "conversations.replies", arguments | {"ts": place.thread_ts}
        try:
            data = await self._directory.api(place.workspace_id).query(
                method, limit=100, include_all_metadata="true", **arguments
            )
        except SlackError:
            return None
        for message in data.get("messages", []):
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("id") == posting.id:
                return Posted(spot.channel, message["ts"], spot.elsewhere)
        return None


def _history_scopes(channel: str) -> frozenset[str]:
    """Any of these lets the bot read there, as far as its id tells a private channel."""
    if channel.startswith(_DIRECT):
        return frozenset({"im:history"})
    return frozenset({"channels:history", "groups:history"})
