"""The demo's prompt: one line each for a person in Slack, and for the other end of the phone."""

import asyncio
import sys
from collections.abc import Callable, Iterator

from bot.sandbox.scene import WHERE, WHO, Scene
from bot.sandbox.slack.inputs import FingerError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import View
from bot.sandbox.terminal import buttons_of
from bot.sandbox.toingg import State, faults
from bot.sandbox.toingg.exchange import CallOver
from bot.sandbox.toingg.faults import Fault
from bot.sandbox.watch import Watch

HELP = """\
  /toingg-call +1 415 555 0178 | Jane Roe | Spring Sale
                 any command; /toingg alone says what there is
  click Hang Up  the newest button of that name
  fill phone +1 415 555 0178
                 types into the open modal; submit sends it, close closes it
  answer         what the newest call's other end does; or busy, no-answer,
                 fail, end
  fault credit   goes wrong with the next call; or lost, no-id, refuse, wait
  as olivia      who you are: carl, a caller; olivia, an owner; gus, a guest
  in support     in which channel: sales, support, general
  show           the channel with its threads, and the open modal
  quit           ends everything"""

_PROMPT = "you> "
_OTHER_END: dict[str, State] = {
    "answer": "in-progress",
    "busy": "busy",
    "no-answer": "no-answer",
    "fail": "failed",
    "end": "completed",
}
_FAULTS: dict[str, Fault] = {
    "credit": faults.no_credit(),
    "lost": faults.cut_after_read(),
    "no-id": faults.without_id(),
    "refuse": faults.unprocessable(),
    "wait": faults.rate_limited(5),
}
_LOOK = 0.1


class Unclear(Exception):
    """What was typed can't be done; the text says what can."""


async def keep_showing(scene: Scene, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Shows what happens on either side, for ever; `before` and `after` each lot of it."""
    watch = Watch(scene)
    while True:
        await asyncio.sleep(_LOOK)
        if news := watch.news():
            before()
            for show in news:
                show()
            after()


async def converse(scene: Scene) -> None:
    """Does what is typed, line by line, until `quit` or the end of the input."""
    lines = Lines(scene)

    def ask() -> None:
        sys.stdout.write(_PROMPT)
        sys.stdout.flush()

    def clear() -> None:
        sys.stdout.write("\r\x1b[K")

    showing = asyncio.create_task(keep_showing(scene, clear, ask))
    try:
        ask()
        while (line := await _typed_line()).strip() != "quit" and line:
            try:
                await lines.do(line.strip())
            except (Unclear, FingerError) as error:
                scene.screen.fault(str(error))
            ask()
    finally:
        showing.cancel()


async def _typed_line() -> str:
    """The next line, without a thread: a terminal is readable once a whole line is there."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), readable.set)
    try:
        await readable.wait()
        return sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin.fileno())


class Lines:
    """Turns a line into what is done on either side."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._who = WHO
        self._where = WHERE

    async def do(self, line: str) -> None:
        """Raises Unclear or FingerError where it can't be done."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word.startswith("/"):
            answer = await self._scene.slack.command(self._who, self._where, word, rest)
            self._scene.screen.acked(answer)
        elif word in ("click", "submit", "close", "fill"):
            await self._in_slack(word, rest)
        elif word in _OTHER_END:
            self._other_end(_OTHER_END[word])
        elif word == "fault":
            self._break(rest)
        elif word in ("as", "in"):
            self._move(word, rest)
        elif word == "show":
            self._show()
        elif word:
            self._scene.screen.hint(HELP)

    async def _in_slack(self, word: str, rest: str) -> None:
        slack, screen = self._scene.slack, self._scene.screen
        if word == "click":
            at, action = self._button(rest)
            screen.acked(await slack.click(self._who, at, action))
        elif word == "fill":
            field, _, text = rest.partition(" ")
            screen.view(slack.fill(self._modal(), {field: text.strip()}))
        elif word == "submit":
            view = self._modal()
            screen.acked(await slack.submit(self._who, view))
            for kept in slack.views(self._who)[-1:]:
                screen.view(kept)
        else:
            await slack.close(self._who, self._modal())

    def _modal(self) -> View:
        views = self._scene.slack.views(self._who)
        if not views:
            raise Unclear("No modal is open: /toingg-call opens one.")
        return views[-1]

    def _button(self, label: str) -> tuple[Message, str]:
        seen: list[str] = []
        for message in self._newest_first():
            for name, action in buttons_of(message).items():
                if name.lower() == label.lower():
                    return message, action
                seen.append(name)
        there = ", ".join(dict.fromkeys(seen)) or "none"
        raise Unclear(f"There is no button “{label}”. There is: {there}.")

    def _newest_first(self) -> Iterator[Message]:
        slack = self._scene.slack
        own = slack.messages(f"@{self._who}")
        messages = [*slack.messages(self._where), *own, *slack.ephemerals(self._who)]
        yield from sorted(messages, key=lambda message: float(message.ts), reverse=True)

    def _other_end(self, state: State) -> None:
        toingg = self._scene.toingg
        newest = next(reversed(toingg.calls), None)
        if newest is None:
            raise Unclear("Nobody has been called yet.")
        try:
            toingg.advance(newest, state)
        except (CallOver, ValueError):
            raise Unclear(f"The newest call is {toingg.calls[newest].state}.") from None

    def _break(self, name: str) -> None:
        if name not in _FAULTS:
            raise Unclear(f"Type fault and one of {', '.join(_FAULTS)}.")
        self._scene.toingg.fail_next(_FAULTS[name], path="/api/make_toingg")

    def _move(self, word: str, name: str) -> None:
        directory = self._scene.slack.directory
        try:
            if word == "as":
                self._who = directory.person(name).name
            else:
                self._where = directory.channel(name).name
        except KeyError:
            raise Unclear(f"There is no “{name}” in this workspace.") from None
        self._scene.screen.hint(f"You are {self._who} in #{self._where}.")

    def _show(self) -> None:
        slack, screen = self._scene.slack, self._scene.screen
        for message in slack.messages(self._where):
            if message.thread_ts is None:
                for each in slack.messages(self._where, message.ts):
                    screen.message(each)
        for view in slack.views(self._who)[-1:]:
            screen.view(view)
