"""What somebody does on the page, done by the stand-in's fingers; nothing else reaches the bot."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from bot.sandbox.page.entered import Entered, complaints, elements_of
from bot.sandbox.page.places import Places, Viewpoint
from bot.sandbox.page.shown import Messages
from bot.sandbox.page.windows import Windows
from bot.sandbox.slack import Acked, FingerError, Message, Place, View
from bot.sandbox.slack.inputs import stateful

Json = dict[str, Any]
Act = Callable[[Viewpoint, Json], Awaitable[Json]]

TEXT_LIMIT = 40_000


class NotDone(Exception):
    """What was asked for can't be done; the text says why, to whoever asked."""


def _told(acked: Acked | None) -> Json:
    """How the app took it, for the script: `error` is Slack's word, empty where it went well."""
    return {"error": acked.error if acked else ""}


class Acts:
    """Every deed by its name; each takes a viewpoint and the JSON that the page sent.

    They raise NotDone and FingerError for what nobody could do in Slack, KeyError for JSON without
    what the deed needs.
    """

    def __init__(self, slack: Place, places: Places, messages: Messages, windows: Windows) -> None:
        self._slack = slack
        self._places = places
        self._messages = messages
        self._windows = windows
        self._under_way: set[asyncio.Task[Any]] = set()
        self.deeds: Mapping[str, Act] = {
            "command": self.command,
            "say": self.say,
            "share": self.share,
            "click": self.click,
            "suggest": self.suggest,
            "submit": self.submit,
            "close": self.close,
            "shortcut": self.shortcut,
            "home": self.home,
            "dismiss": self.dismiss,
        }

    async def command(self, at: Viewpoint, asked: Json) -> Json:
        """`text` as typed, with its slash; the answer comes as any other news does."""
        name, _, rest = asked["text"].strip().partition(" ")
        if asked.get("thread"):
            raise NotDone(f"{name} is not supported in threads. Sorry!")
        if name == "/invite":
            return self._invite(at, rest.strip())
        acked = await self._slack.command(at.person.id, at.channel.id, name, rest.strip())
        return _told(acked)

    def _invite(self, at: Viewpoint, who: str) -> Json:
        """Slack's own command: it brings the bot, or another person, into the channel."""
        if at.channel.kind not in ("public_channel", "private_channel"):
            raise NotDone("Nobody can be invited into a direct message.")
        bot = self._slack.workspace.team.bot
        name = who.removeprefix("@").lower()
        try:
            person = self._slack.directory.person(name)
        except KeyError:
            if name == bot.name:
                raise NotDone(f"{bot.real_name} isn't installed in this workspace.") from None
            raise NotDone(
                f"There is nobody called {who or '…'}. Try /invite @{bot.name}."
            ) from None
        if person.deleted:
            raise NotDone(f"{person.real_name} is deactivated: install the app again first.")
        self._slack.directory.join(at.channel.id, (person.id,))
        return {"error": "", "note": f"{person.real_name} is in #{at.channel.name} now."}

    async def say(self, at: Viewpoint, asked: Json) -> Json:
        """`text`, `files` (ids of what was shared), `thread` (a ts): a message."""
        text, shared = asked["text"].strip(), self._files(asked.get("files", ()))
        if not text and not shared:
            raise NotDone("There is nothing to send.")
        if len(text) > TEXT_LIMIT:
            raise NotDone(f"A message holds {TEXT_LIMIT:,} characters; this one has {len(text):,}.")
        if not self._places.may_write(at):
            raise NotDone("Nobody can write here.")
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self._begin(
            self._slack.say(
                at.person.id,
                at.channel.id,
                escaped,
                thread_ts=asked.get("thread"),
                files=shared,
            )
        )
        return {"error": ""}

    def _files(self, ids: list[str]) -> tuple[Json, ...]:
        workspace = self._slack.workspace
        return tuple(workspace.files.get(each).as_slack(workspace.base_url) for each in ids)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Doesn't wait for it: an event that the app doesn't ack is repeated for seconds."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """Gives up what is still being told to the app."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def share(self, at: Viewpoint, asked: Json) -> Json:
        """`name` and `content` (base64): a file in the workspace; gives its `id`."""
        try:
            content = base64.b64decode(asked["content"], validate=True)
        except binascii.Error:
            raise NotDone("The file didn't arrive whole.") from None
        return {"error": "", "id": self._slack.share(at.person.id, asked["name"], content)["id"]}

    async def click(self, at: Viewpoint, asked: Json) -> Json:
        """`block_id`, `action_id`, `value` in the message `ts` or the view `view`.

        With a view come its `values`, which the app is told of too. An input that dispatches
        nothing is filled in and no more.
        """
        where = self._where(at, asked)
        block_id, action_id = asked["block_id"], asked["action_id"]
        found = (
            each
            for name, each in elements_of(where)
            if (name, each.get("action_id")) == (block_id, action_id)
        )
        element = next(found, None)
        if element is None:
            raise NotDone("This is out of date: what you clicked isn't there any more.")
        if isinstance(where, View):
            where = self._slack.fill(where, self._entered(at).all(where, asked.get("values", {})))
            if _is_mute(where, block_id):
                return {"error": ""}
        value = self._entered(at).value(element, asked.get("value"))
        if element["type"] == "button":
            value = None  # a button's own: what the page says of it is nobody's business
        elif stateful(element) and value is None:
            value = [] if element["type"].startswith("multi_") else ""
        return _told(
            await self._slack.click(at.person.id, where, action_id, block_id=block_id, value=value)
        )

    def _where(self, at: Viewpoint, asked: Json) -> Message | View:
        if asked.get("view"):
            return self._view(at, asked)
        message = self._messages.find(at, asked["ts"])
        if message is None:
            raise NotDone("This message isn't there any more.")
        return message

    def _view(self, at: Viewpoint, asked: Json) -> View:
        view = self._slack.workspace.views.find(asked["view"])
        if view is None or view.user != at.person.id:
            raise NotDone("This window isn't open any more.")
        return view

    def _entered(self, at: Viewpoint) -> Entered:
        return Entered(self._slack, at.person.tz)

    async def suggest(self, at: Viewpoint, asked: Json) -> Json:
        """`query` typed into the external select `action_id`, where a click is; gives `groups`."""
        where = self._where(at, asked)
        acked = await self._slack.suggest(at.person.id, where, asked["action_id"], asked["query"])
        body = acked.body if acked.ok and isinstance(acked.body, dict) else {}
        groups = body.get("option_groups") or [{"options": body.get("options", [])}]
        return _told(acked) | {"groups": groups}

    async def submit(self, at: Viewpoint, asked: Json) -> Json:
        """The view `view` with its `values`; what Slack's client keeps back is told in the view."""
        view = self._view(at, asked)
        entered = self._entered(at).all(view, asked.get("values", {}))
        view = self._slack.fill(view, entered)
        found = complaints(view, entered)
        self._windows.complaints[view.hash] = found
        if found:
            return {"error": "", "complaints": found}
        return _told(await self._slack.submit(at.person.id, view, {}))

    async def close(self, at: Viewpoint, asked: Json) -> Json:
        """Closes the view `view`, and everything with `clear`."""
        view = self._view(at, asked)
        clear = bool(asked.get("clear"))
        return _told(await self._slack.close(at.person.id, view, clear=clear))

    async def shortcut(self, at: Viewpoint, asked: Json) -> Json:
        """The shortcut `callback_id`: a global one, or on the message `ts`."""
        message = None
        if asked.get("ts"):
            message = self._messages.find(at, asked["ts"])
            if message is None or message.to:
                raise NotDone("A shortcut can't be used on this message.")
        return _told(await self._slack.shortcut(at.person.id, asked["callback_id"], message))

    async def dismiss(self, at: Viewpoint, asked: Json) -> Json:
        """Takes the message `ts` away that only this person sees."""
        message = self._messages.find(at, asked["ts"])
        if message is None or not message.to:
            raise NotDone("This message can't be dismissed.")
        self._slack.delete(at.person.id, message)
        return {"error": ""}

    async def home(self, at: Viewpoint, _: Json) -> Json:
        """Looks at the Home tab; what the app publishes comes as any other news does."""
        self._begin(self._slack.open_home(at.person.id))
        return {"error": ""}


def _is_mute(view: View, block_id: str) -> bool:
    """Whether the app hears nothing of this block before the submission."""
    block = next(each for each in view.blocks if each["block_id"] == block_id)
    return block["type"] == "input" and not block.get("dispatch_action")


__all__ = ["Acts", "FingerError", "NotDone"]
