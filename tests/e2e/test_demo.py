"""The demo as somebody runs it: a program that is started, read, and stopped."""

import contextlib
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from bot.sandbox.demo import ALL, page_served
from bot.sandbox.page import Page
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stories import STORIES
from bot.sandbox.terminal import Screen
from bot.sandbox.toingg import ToinggSandbox
from tests.demo_program import DEMO, PATIENCE, left_in, read_up_to, run, started, surroundings

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The demo in a terminal of its own: typed to, and read until it says something."""

    def __init__(self, program: subprocess.Popen[bytes], side: int) -> None:
        self.program = program
        self._side = side
        self._seen = ""

    def type(self, line: str) -> None:
        """A line, with its Enter."""
        os.write(self._side, f"{line}\n".encode())

    def until(self, pattern: str) -> str:
        """What is shown up to this, which is used up by that."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self._seen)):
            assert time.monotonic() < deadline, f"never shown: {pattern}\n{self._seen[-2000:]}"
            self._read()
        shown = self._seen[: found.end()]
        self._seen = self._seen[found.end() :]
        return shown

    def _read(self) -> None:
        ready, _, _ = select.select([self._side], [], [], 1)
        if not ready:
            return
        try:
            data = os.read(self._side, 65536)
        except OSError:  # Linux's word for the end of a terminal
            data = b""
        assert data, f"the demo ended:\n{self._seen[-2000:]}"
        self._seen += _ESCAPES.sub("", data.decode(errors="replace"))


@contextlib.contextmanager
def in_a_terminal(home: Path) -> Iterator[Terminal]:
    """The demo with a terminal on both ends; killed if it is still there at the end."""
    side, other = pty.openpty()
    program = subprocess.Popen(
        DEMO, stdin=other, stdout=other, stderr=other, env=surroundings(home)
    )
    os.close(other)
    try:
        yield Terminal(program, side)
    finally:
        if program.poll() is None:
            program.kill()
        program.wait()
        os.close(side)


def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    """Run once, the demo places, answers and hangs up one call, says so, and leaves nothing."""
    done = run(tmp_path, "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    told = [
        "carl in #sales: /toingg-call",
        "Call Somebody",
        "POST /api/make_toingg/?apiKey=•••",
        '{"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": "+14155550132"}',
        "Placed",
        "Ringing",
        "Answered",
        "[ Hang Up ]",
        "POST /api/hang_up_call/?callSid=CA",
        "Hung up by @carl",
        "One call was placed, answered and hung up",
    ]
    place = 0
    for each in told:
        assert each in done.stdout[place:], f"not told, or not in its place: {each}"
        place = done.stdout.index(each, place)
    assert "toingg-test-key" not in done.stdout
    assert (done.stderr, left_in(tmp_path)) == ("", [])


def test_every_story_is_told_to_its_end(tmp_path: Path) -> None:
    """Asked for all of them, the demo plays each, one after the other."""
    done = run(tmp_path, "--once", "--story", ALL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.ending for each in STORIES.values() if each.ending not in done.stdout] == []
    assert (done.stderr, left_in(tmp_path)) == ("", [])


def test_a_story_is_told_by_its_name(tmp_path: Path) -> None:
    """Asked for one, the demo plays that and no other."""
    done = run(tmp_path, "--once", "--story", "payment-twice")
    assert done.returncode == 0, done.stdout + done.stderr
    told = [name for name, each in STORIES.items() if each.ending in done.stdout]
    assert told == ["payment-twice"]


def test_the_stories_are_named(tmp_path: Path) -> None:
    """`--list` names every story; so does what an unknown one is answered by, with status 2."""
    listed = run(tmp_path, "--list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(STORIES)
    unknown = run(tmp_path, "--once", "--story", "a-pause")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == f"There is no story “a-pause”. There is:\n{listed.stdout}"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """Given a port that somebody listens on, the demo ends at once and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "--once", "--port", str(port))
    assert done.returncode == 2
    assert f"can't listen on port {port}" in done.stdout
    assert "Try another --port" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_usual_port_may_be_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """Given somebody on the page's usual port, it says so and is served on another."""
    slack = SlackSandbox()
    page = Page(slack, ToinggSandbox())
    screen = Screen(Console(file=sys.stdout, force_terminal=False), slack.directory)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        with page_served(page, screen, None, usual=usual) as serving:
            assert serving.port != usual
            assert answered_at(f"{serving.url}/") == f"{serving.url}/carl/sales"
    assert f"Port {usual} is taken" in capsys.readouterr().out
    with page_served(page, screen, None, usual=usual) as serving:
        assert serving.port == usual
    assert capsys.readouterr().out == ""


def test_the_page_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    """Asked for no port, the demo names an address, and the page answers there at once."""
    with started(tmp_path) as (program, output):
        line = read_up_to("Page", output)
        found = re.search(r"at (http://127\.0\.0\.1:\d+)/", line)
        assert found, line
        assert answered_at(f"{found[1]}/") == f"{found[1]}/carl/sales"
        program.terminate()


def answered_at(url: str) -> str:
    """Where a browser ends that goes there."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
        end: str = answer.url
        return end


def test_a_bot_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    """Given a bot that is killed, the demo ends with status 1 and the end of the bot's log."""
    with started(tmp_path) as (program, output):
        read_up_to("Everything is still running", output)
        (bot,) = psutil.Process(program.pid).children()
        bot.kill()
        rest = output.read()
    assert program.returncode == 1
    assert "The bot ended with status -9." in rest
    assert '"event": "posted"' in rest
    assert left_in(tmp_path) == []


def test_a_story_that_breaks_says_what_was_expected(tmp_path: Path) -> None:
    """Given a bot that hangs at the hang-up, the demo ends with status 1 and what it waited for."""
    with started(tmp_path) as (program, output):
        read_up_to("5. Carl clicks Hang Up", output)
        (bot,) = psutil.Process(program.pid).children()
        bot.suspend()
        read_up_to("The story broke.", output)
        read_up_to("Expected", output)
        bot.resume()
        rest = output.read()
    assert program.returncode == 1
    assert "What was there instead:" in rest
    assert "Toingg: POST /api/make_toingg/ 200" in rest
    assert "The last lines of the bot's log:" in rest
    assert left_in(tmp_path) == []


@pytest.mark.timeout(150)
def test_after_the_story_one_goes_on_by_typing(tmp_path: Path) -> None:
    """At the prompt calls are made, corrected, broken and refused by hand; `quit` ends it all."""
    with in_a_terminal(tmp_path) as terminal:
        terminal.until(r"placed, answered and hung up")
        terminal.until(r"quit +ends everything\s+you> ")
        call_by_hand(terminal)
        correct_a_modal(terminal)
        be_refused(terminal)
        terminal.type("show")
        terminal.until(r"Hung up by @carl(.|\n)*in the thread(.|\n)*Not called: discarded")
        terminal.type("quit")
        assert terminal.program.wait(PATIENCE) == 0
    assert left_in(tmp_path) == []


def call_by_hand(terminal: Terminal) -> None:
    """Both ends of a call, and a button that isn't there."""
    terminal.type("/toingg-call +1 415 555 0178 | Jane Roe | Spring Sale")
    terminal.until(r"Calling Jane Roe")
    terminal.until(r"status callback “ringing”")
    terminal.type("answer")
    terminal.until(r"Answered")
    terminal.type("click Hang Up")
    terminal.until(r"Hung up by @carl")
    terminal.type("click Nothing")
    terminal.until(r"There is no button “Nothing”\. There is: .*Call Again")
    terminal.type("busy")
    terminal.until(r"The newest call is completed")


def correct_a_modal(terminal: Terminal) -> None:
    """A modal that is filled in wrong at first, and a call that Toingg doesn't take."""
    terminal.type("submit")
    terminal.until(r"No modal is open")
    terminal.type("/toingg-call 12 | Max")
    terminal.until(r"Phone number: 12")
    terminal.type("fill campaign Spring Sale")
    terminal.until(r"Campaign: Spring Sale")
    terminal.type("submit")
    terminal.until(r"too few digits")
    terminal.type("fill phone +1 415 555 0191")
    terminal.until(r"0191")
    terminal.type("fault credit")
    terminal.type("submit")
    terminal.until(r"answered 402")
    terminal.until(r"out of credit(.|\n)*Call Now")
    terminal.type("click Discard")
    terminal.until(r"Not called: discarded")


def be_refused(terminal: Terminal) -> None:
    """A guest who would call somebody."""
    terminal.type("as gus")
    terminal.until(r"You are gus in #sales")
    terminal.type("/toingg-call +1 415 555 0193 | Ann | Spring Sale")
    terminal.until(r"Your role doesn't cover this")


def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    """SIGTERM in the middle of the story stops the bot, and takes its folder away."""
    with started(tmp_path) as (program, output):
        read_up_to("3. Toingg takes the call", output)
        children = psutil.Process(program.pid).children()
        program.send_signal(signal.SIGTERM)
        rest = output.read()
    assert (program.returncode, "Stopped." in rest) == (130, True)
    assert [child for child in children if child.is_running()] == []
    assert left_in(tmp_path) == []
