"""The other end's phone: every call with what its far end may do, texts, and what goes wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.sandbox.page.acts import NotDone
from bot.sandbox.page.inbound import Inbound, Reply
from bot.sandbox.slack import SlackSandbox
from bot.sandbox.toingg import SandboxCall, SandboxText, State, ToinggSandbox, faults
from bot.sandbox.toingg.exchange import CallOver
from bot.sandbox.toingg.faults import Fault

Json = dict[str, Any]

SHOWN = 50
"""So many calls and texts are shown, the newest first."""

MOVES: Mapping[State, str] = MappingProxyType(
    {
        "in-progress": "Answer",
        "busy": "Busy",
        "no-answer": "No Answer",
        "failed": "Fail",
        "completed": "Hang Up",
    }
)
"""What the far end may do, as a call's next state and a button's words."""

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "queued": "queued",
        "initiated": "dialling",
        "ringing": "ringing",
        "in-progress": "talking",
        "completed": "over",
        "busy": "busy",
        "no-answer": "not answered",
        "failed": "failed",
        "canceled": "given up before it was answered",
    }
)


@dataclass(frozen=True)
class Kind:
    """A fault that can be asked for: its name, its words, and how it is made."""

    name: str
    words: str
    make: Callable[[], Fault]


FAULTS: tuple[Kind, ...] = (
    Kind("slow", "answered 5 s late", lambda: faults.slow(5)),
    Kind("no-credit", "no credit (402)", faults.no_credit),
    Kind("refused", "refused (422)", faults.unprocessable),
    Kind("limited", "too many requests (429)", lambda: faults.rate_limited(5)),
    Kind("500-before", "500 before dialling", lambda: faults.server_error(made=False)),
    Kind("500-after", "500 after dialling", lambda: faults.server_error(made=True)),
    Kind("cut-before", "cut before dialling", faults.cut_after_read),
    Kind("cut-after", "cut after dialling", faults.cut_after_made),
    Kind("no-id", "answered without an id", faults.without_id),
)


@dataclass(frozen=True)
class Call:
    """A call as it is shown; `moves` are (state, words) of what its far end may do now."""

    call_sid: str
    phone: str
    name: str
    words: str
    state: State
    since: datetime
    moves: tuple[tuple[State, str], ...]


@dataclass(frozen=True)
class Handset:
    """The whole panel."""

    calls: tuple[Call, ...]
    texts: tuple[tuple[SandboxText, tuple[Reply, ...]], ...]
    waiting: tuple[str, ...]
    by_hand: bool
    kinds: tuple[Kind, ...] = FAULTS


class Phone:
    """The panel's content, and what its buttons do."""

    def __init__(self, slack: SlackSandbox, toingg: ToinggSandbox, inbound: Inbound) -> None:
        self._toingg = toingg
        self._inbound = inbound
        self._slack = slack
        self.deeds = {
            "move": self.move,
            "new-calls": self.new_calls,
            "fault": self.fault,
            "clear": self.clear,
            "reply": self.reply,
        }

    def handset(self) -> Handset:
        """As it stands now."""
        calls = list(self._toingg.calls.values())[-SHOWN:]
        texts = list(self._toingg.texts)[-SHOWN:]
        return Handset(
            calls=tuple(_shown(each) for each in reversed(calls)),
            texts=tuple((each, self._inbound.to(each.sid)) for each in reversed(texts)),
            waiting=tuple(_named(each) for each in self._toingg.waiting_faults),
            by_hand=self._toingg.outcomes.get(None) == "rings",
        )

    @property
    def live(self) -> int:
        """How many calls aren't over."""
        return sum(not each.over for each in list(self._toingg.calls.values()))

    async def move(self, asked: Json) -> None:
        """The far end of the call `call` does what leads to `state`."""
        state = asked["state"]
        if state not in MOVES:
            raise NotDone(f"A far end can't do that: {state}.")
        try:
            self._toingg.advance(asked["call"], state)
        except (CallOver, ValueError):
            raise NotDone("The call has gone on meanwhile.") from None

    async def new_calls(self, asked: Json) -> None:
        """`by_hand`: calls ring until somebody acts; else they are answered by themselves."""
        self._toingg.outcome(None, "rings" if asked["by_hand"] else "answered")

    async def fault(self, asked: Json) -> None:
        """The fault `name` strikes the next request."""
        kind = next((each for each in FAULTS if each.name == asked["name"]), None)
        if kind is None:
            raise NotDone("There is no such fault.")
        self._toingg.fail_next(kind.make())

    async def clear(self, _: Json) -> None:
        """Nothing goes wrong any more."""
        self._toingg.clear_faults()

    async def reply(self, asked: Json) -> None:
        """The one who got the text `sid` answers it with `body`."""
        text = next((each for each in self._toingg.texts if each.sid == asked["sid"]), None)
        if text is None or not asked["body"].strip():
            raise NotDone("There is nothing to reply.")
        await self._inbound.send(self._slack.bot_url, text, asked["body"].strip())


def _shown(call: SandboxCall) -> Call:
    state, since = call.history[-1]
    moves = () if call.over else tuple(_moves(state))
    return Call(call.call_sid, call.phone, call.name, _WORDS[state], state, since, moves)


def _moves(state: State) -> list[tuple[State, str]]:
    """Who talks can only hang up; who doesn't can't hang up yet."""
    talking = state == "in-progress"
    return [(to, words) for to, words in MOVES.items() if (to == "completed") == talking]


def _named(fault: Fault) -> str:
    return next((each.words for each in FAULTS if each.make() == fault), "another fault")
