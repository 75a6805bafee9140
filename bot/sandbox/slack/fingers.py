"""What a person does to the app: types a command, clicks, chooses, submits, closes.

People and channels are named by id or by name (`carl`, `#sales`, `board`, `@carl` for the bot's
direct message with Carl). Every method may be awaited on any event loop.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, overload

from bot.sandbox.slack import payloads, readings
from bot.sandbox.slack.inputs import (
    FingerError,
    action_of,
    entered_state,
    merged,
    stateful,
    unsent,
)
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.views import View
from bot.sandbox.slack.voice import Voice
from bot.sandbox.slack.wire import (
    FAILED,
    UNKNOWN_COMMAND,
    Acked,
    Parcel,
)

Values = Mapping[str | tuple[str, str], Any]
"""What is entered, by block_id or by (block_id, action_id); see `inputs.entered_state`."""


class Fingers(Voice):
    """Everything a person can do, and what nobody should (`raw`, `resend`)."""

    @overload
    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, copies: None = None
    ) -> Acked: ...

    @overload
    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, copies: int
    ) -> list[Acked]: ...

    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, copies: int | None = None
    ) -> Acked | list[Acked]:
        """Types `/command text`; with `copies` the same signed bytes arrive so often at once,
        and there is an answer for each.

        An answer with text is shown as Slack shows it; a failure shows Slack's own words, and so
        does a command that the manifest hasn't, or whose app isn't installed: then nothing is sent.
        """
        ws = self.workspace
        person, place = ws.directory.person(user), ws.directory.channel(channel)
        if not ws.installed or ws.manifest.command(command) is None:
            readings.say_alone(ws, person.id, place.id, readings.UNKNOWN.format(command))
            unsent = Acked(0, error=UNKNOWN_COMMAND)
            return unsent if copies is None else [unsent] * copies
        path = ws.response_urls.issue("commands", ws.team.id, person.id, place.id)
        trigger_id = ws.triggers.issue(person.id, channel=place.id)
        url = f"{ws.base_url}{path}"
        payload = payloads.command(ws.team, person, place, command, text)
        payload |= {"trigger_id": trigger_id, "response_url": url}
        acks = await self.wire.send(Parcel("slash_commands", payload), copies or 1)
        acks = [replace(acked, trigger_id=trigger_id, response_url=url) for acked in acks]
        for acked in acks:
            readings.of_command(ws, ws.response_urls.granted(path), command, acked)
        return acks[0] if copies is None else acks

    async def click(
        self,
        user: str,
        at: Message | View,
        action_id: str,
        *,
        block_id: str | None = None,
        value: Any = None,
        forged: Json | None = None,
    ) -> Acked:
        """Uses an element of a message or a view, as it was drawn in the value given.

        `value` is what is chosen or typed (see `inputs.entered_state`); for a button it takes the
        place of the button's own, which only a forger can do. `forged` is sent as the action
        although there is no such element. Raises FingerError where there is nothing to click.
        """
        ws = self.workspace
        person, now = ws.directory.person(user), ws.feed.new_ts()
        if forged is not None:
            action = {
                "action_id": action_id,
                "block_id": block_id or "",
                "action_ts": now,
                **forged,
            }
            element: Json = {"type": ""}
        else:
            block, element = _element(at, action_id, block_id)
            action = action_of(block, element, value, now)
        if isinstance(at, View):
            return await self._click_in_view(person, at, element, action, value)
        return await self._click_in_message(person, at, element, action, value)

    async def _click_in_message(
        self, person: Person, at: Message, element: Json, action: Json, value: Any
    ) -> Acked:
        ws = self.workspace
        place = ws.directory.channel(at.channel)
        current = ws.messages.current(at) or at
        values = payloads.message_state(current)
        if value is not None and element["type"] and stateful(element):
            state = entered_state(element, value)
            values = merged(values, action["block_id"], action["action_id"], state)
        path = ws.response_urls.issue("actions", ws.team.id, person.id, place.id, current)
        body = {
            **payloads.interaction(ws.team, person, "block_actions"),
            **payloads.in_message(current, place),
            "state": {"values": values},
            "response_url": f"{ws.base_url}{path}",
            "actions": [action],
        }
        body["trigger_id"] = ws.triggers.issue(person.id, channel=place.id)
        acked = await self._interact(body)
        readings.of_click(ws, current, body, acked)
        return acked

    async def _click_in_view(
        self, person: Person, at: View, element: Json, action: Json, value: Any
    ) -> Acked:
        ws = self.workspace
        current = ws.views.find(at.id) or at
        if value is not None and element["type"] and stateful(element):
            state = entered_state(element, value)
            typed = merged(current.typed, action["block_id"], action["action_id"], state)
            current = ws.views.note(current, "typed", typed=typed)
        body = {
            **payloads.interaction(ws.team, person, "block_actions"),
            **payloads.in_view(current),
            "actions": [action],
        }
        modal = current.id if current.content["type"] == "modal" else None
        body["trigger_id"] = ws.triggers.issue(person.id, channel=current.channel, view_id=modal)
        acked = await self._interact(body)
        readings.of_click(ws, current, body, acked)
        return acked

    def fill(self, view: View, values: Values) -> View:
        """Types into a modal without submitting it; gives the view with what was typed."""
        view = self.workspace.views.find(view.id) or view
        typed: Mapping[str, Mapping[str, Json]] = view.typed
        for key, value in values.items():
            block_id, action_id = key if isinstance(key, tuple) else (key, None)
            name, element = _input(view, block_id, action_id)
            typed = merged(typed, block_id, name, entered_state(element, value))
        return self.workspace.views.note(view, "typed", typed=typed)

    async def submit(
        self, user: str, view: View, values: Values | None = None, *, forged: bool = False
    ) -> Acked:
        """Fills a modal in and submits it; then it shows what the app answered.

        Raises FingerError where Slack's client wouldn't send it (a required field is empty, a text
        too long); `forged` sends it all the same. The modal stays open on errors and failures.
        """
        ws = self.workspace
        person = ws.directory.person(user)
        view = self.fill(view, values or {})
        if not forged:
            _submittable(view)
        urls = []
        for block_id, action_id, channel in payloads.response_inputs(view):
            path = ws.response_urls.issue("app", ws.team.id, person.id, channel)
            urls.append(
                {
                    "block_id": block_id,
                    "action_id": action_id,
                    "channel_id": channel,
                    "response_url": f"{ws.base_url}{path}",
                }
            )
        body = {
            **payloads.interaction(ws.team, person, "view_submission"),
            "view": view.as_slack(),
            "response_urls": urls,
        }
        body["trigger_id"] = ws.triggers.issue(person.id, channel=view.channel, view_id=view.id)
        ws.views.note(view, "loading", loading=True)
        try:
            acked = await self._interact(body)
        finally:
            ws.views.note(view, "answered", loading=False)
        readings.of_submission(ws, view, body, acked)
        return acked

    async def close(self, user: str, view: View, *, clear: bool = False) -> Acked | None:
        """Closes a modal (`clear`: the whole stack); the app hears of it where it asked to.

        None where the app isn't told (`notify_on_close` isn't set).
        """
        ws = self.workspace
        clear = clear or bool(view.content.get("clear_on_close"))
        if clear:
            ws.views.clear(view.user)
        else:
            ws.views.close(view)
        if not view.content.get("notify_on_close"):
            return None
        person = ws.directory.person(user)
        body = payloads.interaction(ws.team, person, "view_closed")
        acked = await self._interact(body | {"view": view.as_slack(), "is_cleared": clear})
        readings.of_close(ws, body, acked)
        return acked

    async def shortcut(self, user: str, callback_id: str, message: Message | None = None) -> Acked:
        """Uses a shortcut: a global one, or one on a message.

        Raises FingerError where the manifest has no such shortcut.
        """
        ws = self.workspace
        person, now = ws.directory.person(user), ws.feed.new_ts()
        found = ws.manifest.shortcut(callback_id, "message" if message else "global")
        if not ws.installed or found is None:
            raise FingerError(f"no such shortcut in the menu: {callback_id}")
        kind = "message_action" if message else "shortcut"
        body = payloads.interaction(ws.team, person, kind)
        body |= {"callback_id": callback_id, "action_ts": now}
        if message:
            place = ws.directory.channel(message.channel)
            path = ws.response_urls.issue("app", ws.team.id, person.id, place.id, message)
            body |= {
                "channel": {"id": place.id, "name": place.spoken()},
                "message": message.as_slack(),
                "message_ts": message.ts,
                "response_url": f"{ws.base_url}{path}",
            }
        channel = message.channel if message else None
        body["trigger_id"] = ws.triggers.issue(person.id, channel=channel)
        acked = await self._interact(body)
        place_id = channel or ws.directory.direct(person.id).id
        readings.of_shortcut(ws, place_id, body, acked)
        return acked

    async def message_shortcut(self, user: str, message: Message, callback_id: str) -> Acked:
        """Uses a shortcut from a message's menu, as `shortcut`."""
        return await self.shortcut(user, callback_id, message)

    async def suggest(self, user: str, at: View | Message, action_id: str, query: str) -> Acked:
        """Types into an external select; the answer's options are in `body`.

        Raises FingerError where there is no such select; options that Slack refuses are an error
        of the answer.
        """
        ws = self.workspace
        block_id, _ = _element(at, action_id, None, typing=True)
        if isinstance(at, View):
            where = payloads.in_view(ws.views.find(at.id) or at)
        else:
            where = payloads.in_message(at, ws.directory.channel(at.channel))
        body = {
            **payloads.interaction(ws.team, ws.directory.person(user), "block_suggestion"),
            **where,
            "action_id": action_id,
            "block_id": block_id,
            "value": query,
        }
        return readings.of_suggestion(ws, at, body, await self._interact(body))

    async def _interact(self, body: Json) -> Acked:
        if not self.workspace.installed:
            return Acked(0, error=FAILED)  # nobody is there to send it to
        acked = (await self.wire.send(Parcel("interactive", body)))[0]
        return replace(
            acked,
            trigger_id=body.get("trigger_id", ""),
            response_url=body.get("response_url", ""),
        )


def _element(
    at: Message | View, action_id: str, block_id: str | None, *, typing: bool = False
) -> tuple[str, Json]:
    """The element that somebody uses, or types into (`typing`), with its block_id."""
    blocks = at.blocks
    holder = Message("", "", "", blocks=tuple(blocks))
    for name, element in holder.elements():
        if element.get("action_id") == action_id and block_id in (None, name):
            block = next(block for block in blocks if block["block_id"] == name)
            if block["type"] == "input" and not (typing or block.get("dispatch_action")):
                raise FingerError(
                    f"{action_id} tells the app nothing before the submission: fill it"
                )
            return name, element
    raise FingerError(f"nothing to click: {action_id}")


def _input(view: View, block_id: str, action_id: str | None) -> tuple[str, Json]:
    """The action_id and the element of an input."""
    holder = Message("", "", "", blocks=tuple(view.blocks))
    for name, element in holder.elements():
        fits = action_id in (None, element["action_id"])
        if name == block_id and fits and stateful(element):
            return element["action_id"], element
    raise FingerError(f"no input: {block_id}")


def _submittable(view: View) -> None:
    """Raises FingerError for what Slack's client keeps from being submitted."""
    if "submit" not in view.content or view.content.get("submit_disabled"):
        raise FingerError("there is nothing to submit it with")
    values = view.values()
    for block in view.blocks:
        if block["type"] == "input":
            state = values[block["block_id"]][block["element"]["action_id"]]
            reason = unsent(block, state)
            if reason:
                raise FingerError(f"{block['block_id']}: {reason}")
