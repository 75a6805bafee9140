"""One workspace as it is looked at and driven; what its app is told, when it goes."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from bot.sandbox.slack.calls import ApiCall
from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.files import File
from bot.sandbox.slack.fingers import Fingers
from bot.sandbox.slack.manifest import AppManifest
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Wire

T = TypeVar("T")


class Place(Fingers):
    """A workspace: everything that a person can do in it, and whatever stands there.

    State may be read from any thread: all values are frozen. `changes`, `seq`, `since` and
    `subscribe` tell of all workspaces.
    """

    def __init__(self, ws: Workspace, wire: Wire) -> None:
        super().__init__(ws, wire)
        self._going: set[Future[Any]] = set()
        ws.farewell = self._begin_farewell

    async def revoke_tokens(self) -> None:
        """Revokes the app's tokens, as on its page in Slack; the app hears of it."""
        await self._tell(self.workspace.revoke())

    async def remove_app(self) -> None:
        """Removes the app, as on its page in Slack; the app hears of both at once, in no order."""
        await self._tell(self.workspace.uninstall())

    async def _tell(self, events: list[Json]) -> None:
        heard = [each for each in events if self.workspace.manifest.hears(each["type"])]
        await asyncio.gather(*(self.event(each) for each in heard))

    def _begin_farewell(self, events: list[Json]) -> None:
        """Without waiting: who revoked its own token is answered first."""
        if self.wire.loop is not None and events:
            telling = asyncio.run_coroutine_threadsafe(self._tell(events), self.wire.loop)
            self._going.add(telling)
            telling.add_done_callback(self._going.discard)

    def end(self) -> None:
        """Gives up what is still being told."""
        for telling in tuple(self._going):
            telling.cancel()

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """What stands in a channel, or in one of its threads with the parent; oldest first."""
        return self.workspace.messages.in_channel(self.channel(channel).id, thread_ts)

    def message(self, channel: str, ts: str) -> Message | None:
        """One message as it stands now; None where there is none."""
        return self.workspace.messages.find(self.channel(channel).id, ts)

    def ephemerals(self, user: str) -> list[Message]:
        """What this person alone was shown, by the app or by Slack; oldest first."""
        return self.workspace.messages.shown_to(self.directory.person(user).id)

    def views(self, user: str) -> list[View]:
        """The modals open before this person, the top last."""
        return self.workspace.views.stack(self.directory.person(user).id)

    def home(self, user: str) -> View | None:
        """This person's Home tab."""
        return self.workspace.views.home(self.directory.person(user).id)

    def channel(self, name: str) -> Channel:
        """A channel by id or name; `@carl` is the bot's direct message with Carl."""
        return self.directory.channel(name)

    @property
    def app_manifest(self) -> AppManifest:
        """What the workspace knows of the app: its commands, shortcuts and scopes."""
        return self.workspace.manifest

    @property
    def directory(self) -> Directory:
        """People and channels, to look up and to change."""
        return self.workspace.directory

    @property
    def changes(self) -> list[Change]:
        """What happened, oldest first: the latest `kept` changes."""
        return self.workspace.feed.changes

    @property
    def seq(self) -> int:
        """The number of the latest change; 0 before the first."""
        return self.workspace.feed.seq

    def since(self, seq: int) -> list[Change]:
        """What happened after the change of that number, for who comes back after a while.

        Raises ChangesCut where some of it is forgotten: then all state is to be read anew, after
        `seq` (a change that is seen twice does no harm, its values are whole).
        """
        return self.workspace.feed.since(seq)

    def file(self, file_id: str) -> File:
        """A file with its bytes (`content`), `name`, `title`, `mimetype` and `size`.

        Raises KeyError where there is none, or its bytes never came.
        """
        found = self.workspace.files.find(file_id)
        if found is None or not found.complete:
            raise KeyError(file_id)
        return found

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` with each change from now on; gives what ends that."""
        return self.workspace.feed.subscribe(listener)

    @property
    def api_calls(self) -> list[ApiCall]:
        """The Web API's requests so far."""
        return self.workspace.calls

    def calls(self, method: str) -> list[ApiCall]:
        """The requests for one method, as `chat.postMessage`."""
        return [call for call in self.api_calls if call.method == method]

    async def wait_for(
        self,
        predicate: Callable[[], T | None],
        timeout: float = 5.0,  # noqa: ASYNC109 - what is awaited is a state, not a task to cancel
    ) -> T:
        """Waits until `predicate()` is true and gives its value; raises TimeoutError after that."""
        end = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > end:
                last = "\n".join(str(change)[:300] for change in self.changes[-5:])
                raise TimeoutError(f"not within {timeout} s; what happened last:\n{last}")
            await asyncio.sleep(0.005)
        return value
