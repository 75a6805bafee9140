"""The demo as a program: started, read, and waited for."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DEMO = [sys.executable, "-m", "bot", "demo"]
PATIENCE = 90.0


def surroundings(home: Path) -> dict[str, str]:
    """This environment with an empty home, and with what must not reach the demo's bot."""
    traps = {
        "SLACK_BOT_TOKEN": "xoxb-somebody's-own",
        "SLACK_APP_TOKEN": "xapp-somebody's-own",
        "DATABASE_URL": "postgresql://127.0.0.1:1/somebodys_own",
    }
    return os.environ | traps | {"HOME": str(home), "TMPDIR": str(home), "TERM": "xterm"}


@contextlib.contextmanager
def started(home: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The demo without a terminal, and what it writes; killed if it is still there at the end."""
    program = subprocess.Popen(
        DEMO,
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    with program:
        try:
            yield program, program.stdout
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(PATIENCE)
            program.kill()


def run(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The demo with these options, once it has ended."""
    return subprocess.run(
        [*DEMO, *options],
        env=surroundings(home),
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def read_up_to(text: str, output: IO[str]) -> str:
    """Reads lines until one says this, and gives that."""
    found = next((line for line in output if text in line), None)
    assert found is not None, f"never shown: {text}"
    return found


def left_in(folder: Path) -> list[str]:
    """The demo's folders that are still there."""
    return [path.name for path in folder.glob("toingg-demo-*")]
