"""A story told in a terminal: what is done goes straight to the stand-ins, and both are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.consenting import allowed
from bot.sandbox.page.inbound import Inbound
from bot.sandbox.page.masking import Masking
from bot.sandbox.page.wirelog import WireLog
from bot.sandbox.scene import WHERE, WHO, Scene
from bot.sandbox.slack.inputs import FingerError, entered_in
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.place import Place
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import UNKNOWN_COMMAND, Acked
from bot.sandbox.stories.hands import Card, Deed, Modal, Unable
from bot.sandbox.stripe import Refused
from bot.sandbox.terminal import buttons_of
from bot.sandbox.toingg import State
from bot.sandbox.toingg.exchange import CallOver

STATES: Mapping[Deed, State] = {
    "Answer": "in-progress",
    "Busy": "busy",
    "No Answer": "no-answer",
    "Fail": "failed",
    "Hang Up": "completed",
}
"""What each deed makes of the call."""


class ByFingers:
    """The hands of one person of the sandbox's workspace."""

    def __init__(self, scene: Scene, who: str = WHO, where: str = WHERE) -> None:
        self._scene = scene
        self._place: Place = scene.slack
        self._who = who
        self._where = where

    async def command(self, command: str, text: str = "") -> None:
        """Types it; shows how the bot answered."""
        typed = f"{command} {text}".strip()
        self._scene.screen.line("Slack", f"{self._who} in #{self._where}: {typed}")
        answer = await self._place.command(self._who, self._where, command, text)
        if answer.error == UNKNOWN_COMMAND:
            self._scene.screen.line("Slack", f"{command} is no command here")
        else:
            self._answered(answer)

    async def fill(self, fields: Mapping[str, str]) -> None:
        """Types into the modal, and shows it filled."""
        view = self._open()
        labels = _labels(view)
        if missing := fields.keys() - labels.keys():
            raise Unable(f"Expected the fields {sorted(missing)}; there are {sorted(labels)}.")
        values = {labels[label]["block_id"]: text for label, text in fields.items()}
        slack = self._place
        try:
            self._scene.screen.view(slack.fill(view, values))
            for label, text in fields.items():
                block = labels[label]
                if block.get("dispatch_action"):
                    action = block["element"]["action_id"]
                    await slack.click(self._who, view, action, value=text)
        except FingerError as error:
            raise Unable(str(error)) from None

    async def submit(self, label: str) -> None:
        """Submits the modal; shows it where it stays open."""
        view = self._open()
        there = view.content.get("submit", {}).get("text")
        if there != label:
            raise Unable(f"Expected the modal's button {label}; there is {there}.")
        try:
            self._answered(await self._place.submit(self._who, view))
        except FingerError as error:
            raise Unable(str(error)) from None
        for kept in self._place.views(self._who)[-1:]:
            self._scene.screen.view(kept)

    async def click(self, about: str, button: str, *, confirm: str | None = None) -> None:
        """Clicks, and answers the question that is asked."""
        message = self._newest(about)
        if message is None or button not in buttons_of(message):
            there = list(buttons_of(message)) if message else "no such message"
            raise Unable(f"Expected a button {button} under “{about}”; there is {there}.")
        action = buttons_of(message)[button]
        asks = _question(message, action)
        if asks != confirm:
            raise Unable(f"Expected {button} to be confirmed by {confirm}; it is by {asks}.")
        confirmed = ", and confirms" if asks else ""
        self._scene.screen.line("Slack", f"{self._who} clicks {button}{confirmed}")
        self._answered(await self._place.click(self._who, message, action))

    async def press(self, label: str) -> None:
        """Clicks, and shows what becomes of the modal."""
        view = self._open()
        holder = Message("", "", "", blocks=tuple(view.blocks))
        for _, element in holder.elements():
            if element.get("type") == "button" and element["text"]["text"] == label:
                self._scene.screen.line("Slack", f"{self._who} clicks {label}")
                await self._place.click(self._who, view, element["action_id"])
                return
        raise Unable(f"Expected a button {label} in the modal; there is none.")

    async def reply(self, phone: str, body: str) -> None:
        """Posts it to the bot as Toingg's carrier would."""
        texts = [text for text in self._scene.toingg.texts if text.phone == phone]
        if not texts:
            raise Unable(f"Expected a text to {phone}; there is none.")
        inbound = Inbound(self._scene.toingg, WireLog(Masking(())))
        await inbound.send(self._scene.slack.bot_url, texts[-1], body)
        self._scene.screen.line("Toingg", f"{phone} answers: {body}")

    async def other_end(self, phone: str, deed: Deed) -> None:
        """Moves the newest call to this number."""
        toingg = self._scene.toingg
        calls = [call for call in toingg.calls.values() if call.phone == phone]
        if not calls:
            raise Unable(f"Expected a call to {phone}; there is none.")
        try:
            toingg.advance(calls[-1].call_sid, STATES[deed])
        except (CallOver, ValueError):
            raise Unable(f"Expected a call that can {deed}; it is {calls[-1].state}.") from None
        self._scene.screen.line("Toingg", f"at the other end: {deed}")

    async def pay(self, about: str) -> None:
        """Pays at Stripe what the link is of."""
        message = self._newest(about)
        told = self._place.messages(self._where, message.ts)[1:] if message else []
        read = [each for each in (message, *told) if each is not None]
        links = [str(it["url"]) for each in read for _, it in each.elements() if "url" in it]
        if not links:
            raise Unable(f"Expected a link in “{about}” or its thread; there is none.")
        try:
            self._scene.stripe.pay(links[-1].rpartition("/")[2])
        except Refused as refused:
            raise Unable(f"Expected a page to pay on; Stripe says: {refused}") from None
        self._scene.screen.line("Stripe", f"{self._who} pays on {links[-1]}")

    async def card(self, about: str) -> Card | None:
        """As the terminal shows it; a link is no button."""
        message = self._newest(about)
        if message is None:
            return None
        links = [it["text"]["text"] for _, it in message.elements() if "url" in it]
        buttons = tuple(each for each in buttons_of(message) if each not in links)
        return Card(self._scene.screen.said(message), buttons)

    async def count(self, about: str) -> int:
        """Those in the channel itself."""
        return len(self._about(about))

    async def thread(self, about: str) -> Sequence[str]:
        """Each reply's text."""
        message = self._newest(about)
        if message is None:
            return ()
        replies = self._place.messages(self._where, message.ts)[1:]
        return [self._scene.screen.said(reply) for reply in replies]

    async def modal(self) -> Modal | None:
        """As the terminal shows it."""
        views = self._place.views(self._who)
        if not views:
            return None
        view = views[-1]
        labels = _labels(view)
        errors = {
            label: view.errors[block["block_id"]]
            for label, block in labels.items()
            if block["block_id"] in view.errors
        }
        title = view.content["title"]["text"]
        held = {label: _held(view, block) for label, block in labels.items()}
        return Modal(title, view.all_text(), held, errors)

    async def whispers(self) -> Sequence[str]:
        """Each ephemeral message's text."""
        shown = self._place.ephemerals(self._who)
        return [self._scene.screen.said(message) for message in shown]

    async def enter(self, workspace: str, who: str) -> None:
        """Goes there."""
        places = self._scene.slack.places
        self._place = next(each for each in places if each.workspace.team.name == workspace)
        self._who = who
        self._scene.screen.line("Slack", f"{who} of {workspace}")

    async def install(self) -> None:
        """Over HTTP, as a browser does, from the bot's page to Slack's and back."""
        ws = self._place.workspace
        who = f"{ws.team.id}.{self._place.directory.person(self._who).id}"
        self._scene.screen.line("Slack", f"{self._who} adds {ws.manifest.name} to {ws.team.name}")
        said = await allowed(self._scene.slack.registered.install_url, who)
        if f"installed in {ws.team.name}" not in said:
            raise Unable(f"Expected the bot to say that it is installed; it says: {said[-500:]}")

    async def remove(self) -> None:
        """As on the app's page in Slack."""
        self._scene.screen.line("Slack", f"{self._who} removes the app")
        await self._place.remove_app()

    async def invite(self) -> None:
        """Into the channel, as `/invite` does."""
        self._place.directory.join(self._place.channel(self._where).id)

    def _answered(self, answer: Acked) -> None:
        self._scene.screen.acked(answer)
        if not answer.ok:
            raise Unable(f"Expected an answer within Slack's 3 s; there is {answer.error}.")

    def _open(self) -> View:
        views = self._place.views(self._who)
        if not views:
            raise Unable("Expected an open modal; there is none.")
        return views[-1]

    def _newest(self, about: str) -> Message | None:
        fitting = self._about(about)
        return fitting[-1] if fitting else None

    def _about(self, words: str) -> list[Message]:
        messages = self._place.messages(self._where)
        heads = [each for each in messages if each.thread_ts is None]
        return [each for each in heads if words in self._scene.screen.said(each)]


def _labels(view: View) -> dict[str, Json]:
    """The inputs by their labels."""
    return {block["label"]["text"]: block for block in view.blocks if block["type"] == "input"}


def _held(view: View, block: Json) -> str:
    held: Any = entered_in(view.values()[block["block_id"]][block["element"]["action_id"]])
    return str(held or "")


def _question(message: Message, action: str) -> str | None:
    """The label that confirms the button's question; None where it asks nothing."""
    for _, element in message.elements():
        if element.get("action_id") == action and "confirm" in element:
            return str(element["confirm"]["confirm"]["text"])
    return None
