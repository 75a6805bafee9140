"""The telephone exchange: makes calls, lets them live, ends them; keeps the account's balance."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.toingg.book import (
    RANK,
    Book,
    Checkout,
    Generation,
    SandboxCall,
    SandboxText,
    State,
    TextState,
    WireRequest,
    now,
)
from bot.sandbox.toingg.callbacks import Callbacks, told, told_text
from bot.sandbox.toingg.cashier import Cashier, opened

Outcome = Literal["answered", "busy", "no-answer", "failed", "rings"]
"""What the other end does: `rings` is until somebody hangs up."""

CENTS_PER_MINUTE = 12
"""0.12 USD, seen on Toingg's site in 2024."""
CENTS_PER_TEXT = 1
"""Our assumption: no price is published."""


@dataclass(frozen=True)
class Life:
    """How long things take, in seconds, and what the account holds.

    `talk_for` None: the other end talks until somebody hangs up. `reply_delay` is between a call's
    making and its reply, `deliver_after` between two states
    of a text; None: none is told. `balance` in US cents, None: never used up.
    """

    ring_after: float = 0.05
    answer_after: float = 0.2
    talk_for: float | None = None
    reply_delay: float = 0.0
    deliver_after: float | None = 0.1
    balance: int | None = None


@dataclass(frozen=True)
class Order:
    """A call that somebody asks for."""

    phone: str
    name: str
    campaign: str
    generation: Generation = "v1"
    script: str | None = None
    language: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class NoCredit(Exception):
    """The balance doesn't cover the first minute, or the text."""


class CallOver(Exception):
    """The call has ended already."""


def following(state: State, outcome: Outcome, life: Life) -> tuple[float, State] | None:
    """What happens to a call next, and in how many seconds; None: nothing by itself."""
    match state, outcome:
        case "queued" | "initiated", "busy" | "failed":
            return life.ring_after, outcome
        case "queued" | "initiated", _:
            return life.ring_after, "ringing"
        case "ringing", "answered":
            return life.answer_after, "in-progress"
        case "ringing", "busy" | "no-answer" | "failed":
            return life.answer_after, outcome
        case "in-progress", _ if life.talk_for is not None:
            return life.talk_for, "completed"
    return None


class Exchange:
    """Calls by callSid. Its methods may be used from any thread; what takes time is in the loop."""

    def __init__(self, book: Book, callbacks: Callbacks, life: Life, cashier: Cashier) -> None:
        self.life = life
        self.balance = life.balance
        self.outcomes: dict[str | None, Outcome] = {None: "answered"}
        self.text_outcomes: dict[str | None, TextState] = {None: "delivered"}
        self._book = book
        self._callbacks = callbacks
        self._cashier = cashier
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Lives in the running loop from now on; calls that an earlier one left go on."""
        with self._book.changed:
            self._loop = asyncio.get_running_loop()
            for call in self._book.calls.values():
                if not call.over:
                    self._plan(call, len(call.history))

    def close(self) -> None:
        """Stops the clocks; calls stay as they are."""
        self._loop = None

    def dial(self, orders: list[Order], request: WireRequest) -> list[SandboxCall]:
        """Makes these calls, all or none; `NoCredit` where the balance is too low."""
        with self._book.changed:
            self._pay(CENTS_PER_MINUTE * len(orders))
            calls = [self._begin(order) for order in orders]
            request.made = now()
            self._book.wake()
        return calls

    def _begin(self, order: Order) -> SandboxCall:
        call = SandboxCall(
            call_sid="CA" + secrets.token_hex(16),
            phone=order.phone,
            name=order.name,
            campaign=order.campaign,
            generation=order.generation,
            script=order.script,
            language=order.language,
            extra=order.extra,
        )
        call.history.append(("initiated", now()))
        self._book.calls[call.call_sid] = call
        self._moved(call)
        return call

    def text(self, phone: str, name: str, message: str, request: WireRequest) -> SandboxText:
        """Sends a text; `NoCredit` where the balance is too low."""
        with self._book.changed:
            self._pay(CENTS_PER_TEXT)
            sid = "SM" + secrets.token_hex(16)
            text = SandboxText(sid, phone, name, message, at=now())
            self._book.texts.append(text)
            request.made = text.at
            if self.life.deliver_after is not None:
                self._in_loop(self._plan_text, text, "sent", self.life.deliver_after)
            self._book.wake()
        return text

    def _plan_text(self, text: SandboxText, state: TextState, delay: float) -> None:
        asyncio.get_running_loop().call_later(delay, self._text_moved, text, state, delay)

    def _text_moved(self, text: SandboxText, state: TextState, delay: float) -> None:
        """In the loop: sent first, then what becomes of texts to that number."""
        with self._book.changed:
            text.history.append((state, now()))
            self._book.wake()
        if self._callbacks.target is not None:
            self._callbacks.tell(self._callbacks.target, told_text(text, state))
        if state == "sent":
            last = self.text_outcomes.get(text.phone, self.text_outcomes[None])
            self._plan_text(text, last, delay)

    def checkout(self) -> Checkout:
        """Opens a checkout session at Stripe."""
        checkout = opened(self._cashier)
        with self._book.changed:
            self._book.checkouts.append(checkout)
            self._book.wake()
        return checkout

    def hang_up(self, call_sid: str) -> SandboxCall:
        """Ends a call: `completed` where somebody talks, else `canceled`.

        `KeyError` for a callSid that was never given, `CallOver` for a call that has ended.
        """
        with self._book.changed:
            call = self._book.calls[call_sid]
            self.move(call_sid, "completed" if call.state == "in-progress" else "canceled")
        return call

    def move(self, call_sid: str, state: State, **fields: str) -> None:
        """Moves a call forward; `fields` go into its callbacks from now on.

        `KeyError` for an unknown callSid, `CallOver` for a call that has ended, `ValueError` for a
        state that isn't ahead of the present one.
        """
        with self._book.changed:
            call = self._book.calls[call_sid]
            if call.over:
                raise CallOver
            if RANK[state] <= RANK[call.state]:
                raise ValueError(f"A call that is {call.state} can't become {state}")
            call.fields |= fields
            call.history.append((state, now()))
            self._moved(call)
            if call.over:
                self._settle(call)
            self._book.wake()

    def _moved(self, call: SandboxCall) -> None:
        steps = len(call.history)
        self._in_loop(self._plan, call, steps)
        target = self._callbacks.target
        if target is not None:
            fields = told(call, call.state, steps - 1, call.history[-1][1])
            self._in_loop(self._callbacks.tell, target, fields)

    def _in_loop(self, do: Callable[..., None], *args: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *args)

    def _plan(self, call: SandboxCall, steps: int) -> None:
        """In the loop: lets happen what follows, unless the call has moved since it had `steps`."""
        outcome = self.outcomes.get(call.phone, self.outcomes[None])
        next_step = following(call.state, outcome, self.life)
        if next_step is not None and len(call.history) == steps:
            delay, state = next_step
            asyncio.get_running_loop().call_later(delay, self._step, call, steps, state)

    def _step(self, call: SandboxCall, steps: int, state: State) -> None:
        with self._book.changed:
            if len(call.history) == steps:
                self.move(call.call_sid, state)

    def _pay(self, cents: int) -> None:
        if self.balance is None:
            return
        if self.balance < cents:
            raise NoCredit
        self.balance -= cents

    def _settle(self, call: SandboxCall) -> None:
        """The first minute is paid at the start, every further one that was begun at the end."""
        if self.balance is not None:
            self.balance -= CENTS_PER_MINUTE * (max(1, -(-call.seconds // 60)) - 1)
