"""The story that the demo plays: one call, from the slash command to the hang-up.

Every step is looked at on both sides; one that doesn't happen within seconds breaks the story.
The other end of the line is played by the story too: it wants a Toingg whose calls wait for that.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.inputs import FingerError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked
from bot.sandbox.terminal import Screen, buttons_of
from bot.sandbox.toingg import State, ToinggSandbox, WireRequest
from bot.sandbox.toingg.callbacks import Delivery

T = TypeVar("T")

WHO, WHERE = "carl", "sales"
ORDER: Values = {"campaign": "Spring Sale", "name": "John Doe", "phone": "+1 415 555 0132"}
BODY = {"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": "+14155550132"}
_PATIENCE = 10.0
_GLANCE = 0.02


class StoryBroken(Exception):
    """A step that didn't happen; the text says what was expected, and what was there instead."""


@dataclass(frozen=True)
class Scene:
    """Both stand-ins, with a bot between them, and where it all is shown."""

    slack: SlackSandbox
    toingg: ToinggSandbox
    screen: Screen

    async def until(self, expected: str, check: Callable[[], T | None]) -> T:
        """Waits for something to be true; raises StoryBroken with what was expected."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := check()):
            if time.monotonic() > deadline:
                raise StoryBroken(f"Expected within {_PATIENCE:.0f} s: {expected}.\n{self.now()}")
            await asyncio.sleep(_GLANCE)
        return found

    def expect(self, expected: str, *, holds: bool) -> None:
        """Raises StoryBroken where it doesn't hold."""
        if not holds:
            raise StoryBroken(f"Expected: {expected}.\n{self.now()}")

    def answered(self, answer: Acked) -> None:
        """Shows the bot's answer; Slack must have taken it for one."""
        self.screen.acked(answer)
        self.expect("an answer within Slack's 3 s", holds=answer.ok)

    def now(self) -> str:
        """What there is at this moment, for whoever looks for a fault."""
        messages = [*self.slack.messages(WHERE), *self.slack.ephemerals(WHO)]
        seen = [f"  Slack: {self.screen.said(message)}" for message in messages]
        asked = [
            f"  Toingg: {each.method} {each.path} {each.status}" for each in self.toingg.posts()
        ]
        return "\n".join(["What was there instead:", *seen, *asked])

    def card(self, says: str) -> Message | None:
        """The call's card, where it says this."""
        cards = [each for each in self.slack.messages(WHERE) if each.thread_ts is None]
        return next((each for each in cards if says in each.all_text()), None)

    def told(self, card: Message, says: str) -> Message | None:
        """The line of the card's thread that says this."""
        thread = self.slack.messages(WHERE, card.ts)[1:]
        return next((each for each in thread if says in each.text), None)

    def reported(self, status: str) -> Delivery | None:
        """The status callback of this state, once the bot has taken it."""
        taken = (each for each in self.toingg.deliveries if each.taken)
        return next((each for each in taken if each.fields["CallStatus"] == status), None)

    def asked(self, path: str) -> WireRequest | None:
        """The request to this path of Toingg's, once it is answered."""
        return next((each for each in self.toingg.posts(path) if each.status is not None), None)


async def one_call(scene: Scene) -> None:
    """Asked for, placed, answered, hung up. Raises StoryBroken."""
    began = time.monotonic()
    await _ordered(scene, await _opened(scene))
    await _placed(scene)
    card = await _answered(scene)
    await _hung_up(scene, card)
    await _over(scene, card)
    _once(scene)
    seconds = time.monotonic() - began
    scene.screen.title(f"One call was placed, answered and hung up, in {seconds:.1f} s.")


async def _opened(scene: Scene) -> View:
    scene.screen.title("1. Carl types a command, and a modal opens")
    scene.screen.line("Slack", f"{WHO} in #{WHERE}: /toingg-call")
    scene.answered(await scene.slack.command(WHO, WHERE, "/toingg-call"))
    views = await scene.until("a modal", lambda: scene.slack.views(WHO))
    scene.screen.view(views[-1])
    return views[-1]


async def _ordered(scene: Scene, view: View) -> None:
    scene.screen.title("2. He fills it in and clicks Call")
    try:
        scene.screen.view(scene.slack.fill(view, ORDER))
        scene.answered(await scene.slack.submit(WHO, view, ORDER))
    except FingerError as error:
        raise StoryBroken(f"Expected: a modal that takes {ORDER}.\n{error}") from None
    scene.expect("the modal closes", holds=not scene.slack.views(WHO))
    said = await scene.until(
        "Carl alone is told “Calling John Doe”",
        lambda: next((m for m in scene.slack.ephemerals(WHO) if "Calling John" in m.text), None),
    )
    scene.screen.message(said)


async def _placed(scene: Scene) -> None:
    scene.screen.title("3. Toingg takes the call; its card stands in the channel")
    request = await scene.until(
        "POST /make_toingg/ is answered", lambda: scene.asked("/api/make_toingg/")
    )
    scene.screen.request(request)
    scene.expect(f"the body {BODY}", holds=request.body == BODY)
    scene.expect("Toingg's 200: the call is placed", holds=request.status == 200)
    card = await scene.until("a card that says “Placed”", lambda: scene.card("Placed"))
    scene.screen.message(card)


async def _answered(scene: Scene) -> Message:
    scene.screen.title("4. The phone rings, and John answers")
    await _moves(scene, "ringing", "Ringing")
    card = await _moves(scene, "in-progress", "Answered")
    scene.expect("the card has Hang Up", holds="Hang Up" in buttons_of(card))
    line = await scene.until("a line in its thread: Answered", lambda: scene.told(card, "Answered"))
    scene.screen.message(line)
    return card


async def _moves(scene: Scene, state: State, says: str) -> Message:
    """The other end does this; Toingg reports it, and the card says it."""
    scene.toingg.advance(next(iter(scene.toingg.calls)), state)
    report = await scene.until(
        f"the status callback “{state}” is taken", lambda: scene.reported(state)
    )
    scene.screen.delivery(report)
    card = await scene.until(f"a card that says “{says}”", lambda: scene.card(says))
    scene.screen.message(card)
    return card


async def _hung_up(scene: Scene, card: Message) -> None:
    scene.screen.title("5. Carl clicks Hang Up")
    scene.screen.line("Slack", f"{WHO} clicks Hang Up, and confirms")
    scene.answered(await scene.slack.click(WHO, card, buttons_of(card)["Hang Up"]))
    request = await scene.until(
        "POST /hang_up_call/ is answered", lambda: scene.asked("/api/hang_up_call/")
    )
    scene.screen.request(request)
    call_sid = next(iter(scene.toingg.calls))
    scene.expect(
        f"200 for the callSid {call_sid}",
        holds=request.status == 200 and request.query.get("callSid") == call_sid,
    )


async def _over(scene: Scene, card: Message) -> None:
    scene.screen.title("6. The call is over; card and thread say so")
    report = await scene.until(
        "the status callback “completed” is taken", lambda: scene.reported("completed")
    )
    scene.screen.delivery(report)
    last = await scene.until("a card that says “Hung up by”", lambda: scene.card("Hung up by"))
    scene.screen.message(last)
    scene.expect("Hang Up is gone", holds="Hang Up" not in buttons_of(last))
    line = await scene.until(
        "a line in its thread: Hung up by", lambda: scene.told(card, "Hung up by")
    )
    scene.screen.message(line)


def _once(scene: Scene) -> None:
    calls = len(scene.toingg.posts("/api/make_toingg/"))
    hang_ups = len(scene.toingg.posts("/api/hang_up_call/"))
    scene.expect("one call and one hang-up, each once", holds=(calls, hang_ups) == (1, 1))
