"""How a story is told: step by step, each looked at on both sides until it is so.

A step that doesn't come about within seconds breaks the story.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from bot.sandbox.stories.hands import Card, Hands, Modal
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import Life, ToinggSandbox, WireRequest
from bot.sandbox.toingg.book import SandboxCall
from bot.sandbox.toingg.callbacks import Delivery

T = TypeVar("T")

TEXT = "/api/send_sms/"
DIAL, HANG_UP = "/api/make_toingg/", "/api/hang_up_call/"
_NOTHING_BY_ITSELF = Life(ring_after=3600)
_PATIENCE = 10.0
_GLANCE = 0.02


class StoryBroken(Exception):
    """A step that didn't happen; the text says what was expected, and what was there instead."""


class Telling:
    """One story being told: by whose hands, and what Toingg has seen of it since it began.

    From then on Toingg's calls do nothing by themselves: the story says when a phone rings.
    """

    def __init__(
        self,
        hands: Hands,
        toingg: ToinggSandbox,
        stripe: StripeSandbox,
        *,
        on_step: Callable[[str], None],
        on_seen: Callable[[], None],
    ) -> None:
        """`on_step` hears the head of each step, `on_seen` that something has come about."""
        self.hands = hands
        self.toingg = toingg
        self.stripe = stripe
        self._on_step = on_step
        self._on_seen = on_seen
        self._step = ""
        toingg.live(_NOTHING_BY_ITSELF)
        toingg.outcome(None, "rings")
        self._requests = len(toingg.requests)
        self._deliveries = len(toingg.deliveries)

    def step(self, title: str) -> None:
        """The next step begins."""
        self._step = title
        self._on_seen()
        self._on_step(title)

    async def until(self, expected: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Looks until there is something to see. Raises StoryBroken with what was expected."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := await look()):
            if time.monotonic() > deadline:
                raise await self.broken(f"Expected within {_PATIENCE:.0f} s: {expected}.")
            await asyncio.sleep(_GLANCE)
        self._on_seen()
        return found

    async def expect(self, expected: str, *, holds: bool) -> None:
        """Raises StoryBroken where it doesn't hold."""
        if not holds:
            raise await self.broken(f"Expected: {expected}.")

    async def broken(self, why: str) -> StoryBroken:
        """The error that says where the story is, why it doesn't go on, and what there is."""
        return StoryBroken(f"{self._step}\n{why}\n{await self._now()}")

    async def _now(self) -> str:
        modal = await self.hands.modal()
        newest = await self.hands.card("")
        seen = [f"a modal, {modal.title}: {dict(modal.errors) or 'no errors'}"] if modal else []
        seen += [f"{newest.text} {list(newest.buttons)}"] if newest else []
        seen += [*await self.hands.thread(""), *await self.hands.whispers()]
        slack = [f"  Slack: {each}" for each in seen]
        asked = [f"  Toingg: {each.method} {each.path} {each.status}" for each in self._asked()]
        return "\n".join(["What was there instead:", *slack, *asked])

    # What is read in Slack

    async def modal(self, title: str) -> Modal:
        """The modal of that title, once it is open."""

        async def look() -> Modal | None:
            modal = await self.hands.modal()
            return modal if modal and modal.title == title else None

        return await self.until(f"a modal, “{title}”", look)

    async def modal_says(self, says: str) -> None:
        """Waits for these words in the modal on top."""

        async def look() -> bool:
            modal = await self.hands.modal()
            return modal is not None and says in modal.text

        await self.until(f"“{says}” in the modal", look)

    async def no_modal(self) -> None:
        """Waits until none is open."""

        async def look() -> bool:
            return await self.hands.modal() is None

        await self.until("the modal closes", look)

    async def error(self, label: str, says: str) -> None:
        """Waits for the modal to say this under that field."""

        async def look() -> bool:
            modal = await self.hands.modal()
            return modal is not None and says in modal.errors.get(label, "")

        await self.until(f"“{says}” under {label}", look)

    async def card(self, about: str, says: str, *, has: tuple[str, ...] = ()) -> Card:
        """The card, once it says this and has these buttons, and no others."""

        async def look() -> Card | None:
            card = await self.hands.card(about)
            return card if card and says in card.text and tuple(card.buttons) == has else None

        buttons = ", ".join(has) or "no button"
        return await self.until(f"a card about {about} that says “{says}”, with {buttons}", look)

    async def card_with(self, about: str, says: str, button: str) -> Card:
        """The card, once it says this and has this button among its own."""

        async def look() -> Card | None:
            card = await self.hands.card(about)
            return card if card and says in card.text and button in card.buttons else None

        return await self.until(f"a card about {about} that says “{says}”, with {button}", look)

    async def told(self, about: str, says: str) -> None:
        """Waits for a line of the card's thread."""

        async def look() -> bool:
            return any(says in line for line in await self.hands.thread(about))

        await self.until(f"a line in the card's thread: {says}", look)

    async def whispered(self, says: str) -> None:
        """Waits for what only who asked is shown."""

        async def look() -> bool:
            return any(says in line for line in await self.hands.whispers())

        await self.until(f"“{says}”, to who asked alone", look)

    async def once(self, about: str) -> None:
        """Raises StoryBroken unless exactly one message of the channel is about this."""
        count = await self.hands.count(about)
        await self.expect(f"one message about {about}, not {count}", holds=count == 1)

    # What Stripe saw

    async def all_taken(self) -> None:
        """Waits until the bot has taken every event of Stripe's, each copy of it."""

        async def look() -> bool:
            return all(each.state == "delivered" for each in self.stripe.events)

        await self.until("every event of Stripe's is taken", look)

    # What Toingg saw

    def _asked(self) -> list[WireRequest]:
        return [each for each in self.toingg.requests[self._requests :] if each.method == "POST"]

    def dials(self, phone: str) -> list[WireRequest]:
        """The requests that would call this number, E.164."""
        dials = [each for each in self._asked() if each.path.startswith(DIAL)]
        return [each for each in dials if isinstance(each.body, dict) and _to(each) == phone]

    def texts(self, phone: str) -> list[WireRequest]:
        """The requests that would text this number, E.164."""
        sent = [each for each in self._asked() if each.path.startswith(TEXT)]
        return [each for each in sent if isinstance(each.body, dict) and _to(each) == phone]

    async def texted(self, body: Mapping[str, str], status: int) -> None:
        """Waits for a request to text with this body, and this answer to it."""

        async def look() -> bool:
            sent = self.texts(body["phoneNumber"])
            return any((each.body, each.status) == (body, status) for each in sent)

        await self.until(f"POST {TEXT} with {dict(body)}, answered {status}", look)

    def hang_ups(self) -> list[WireRequest]:
        """The requests to hang up."""
        return [each for each in self._asked() if each.path.startswith(HANG_UP)]

    def calls(self, phone: str) -> list[SandboxCall]:
        """The calls that were made to this number."""
        return [call for call in self.toingg.calls.values() if call.phone == phone]

    async def dialled(self, body: Mapping[str, str], status: int | None) -> None:
        """Waits for a request to call with this body, and this answer to it (None: none)."""

        async def look() -> bool:
            dials = self.dials(body["phoneNumber"])
            return any((each.body, each.status) == (body, status) for each in dials)

        await self.until(f"POST {DIAL} with {dict(body)}, answered {status or 'by nothing'}", look)

    async def keyed(self, phone: str, key: str) -> None:
        """Raises StoryBroken unless every request to call this number had this key."""
        keys = {each.query.get("apiKey") for each in self.dials(phone)}
        await self.expect(f"calls to {phone} by this workspace's key alone", holds=keys == {key})

    async def reported(self, phone: str, status: str) -> None:
        """Waits until the bot has taken the newest call's status callback of that state."""
        call_sid = self.calls(phone)[-1].call_sid

        async def look() -> Delivery | None:
            for each in self.toingg.deliveries[self._deliveries :]:
                if each.taken and (each.subject, each.state) == (call_sid, status):
                    return each
            return None

        await self.until(f"the status callback “{status}” is taken", look)

    async def rings(self, phone: str) -> None:
        """Lets the newest call to this number ring."""
        self.toingg.advance(self.calls(phone)[-1].call_sid, "ringing")

    async def exactly(self, phone: str, *, dials: int, calls: int) -> None:
        """Raises StoryBroken unless this number was asked for and called just so often."""
        had = (len(self.dials(phone)), len(self.calls(phone)))
        expected = f"{dials} request(s) to call {phone} and {calls} call(s) to it"
        await self.expect(f"{expected}, not {had[0]} and {had[1]}", holds=had == (dials, calls))

    async def hung_up(self, phone: str) -> None:
        """Waits for Toingg's 200 to the one request to hang this number's newest call up."""
        call_sid = self.calls(phone)[-1].call_sid

        async def look() -> bool:
            asked = [(each.query.get("callSid"), each.status) for each in self.hang_ups()]
            return asked.count((call_sid, 200)) == 1

        await self.until(f"one POST {HANG_UP} for {call_sid}, answered 200", look)


def _to(request: WireRequest) -> str:
    return str(request.body.get("phoneNumber"))
