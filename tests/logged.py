"""Everything that the product logs while a test looks on, as `serve` would print it."""

import contextlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import structlog

from bot.logs import set_up


class Logged:
    """The log so far."""

    def __init__(self, written: io.StringIO) -> None:
        self._written = written

    @property
    def text(self) -> str:
        """Every byte of it."""
        return self._written.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line, read as JSON; raises ValueError where one isn't."""
        return [json.loads(line) for line in self.text.splitlines()]

    def actions(self, *names: str) -> list[dict[str, Any]]:
        """The lines that speak of one of these."""
        return [line for line in self.lines if line["event"] in names]

    @property
    def faults(self) -> list[dict[str, Any]]:
        """What may never stand there: faults of our own, and errors of a library."""
        libraries = self.actions("library")
        errors = [line for line in libraries if line["level"] not in ("debug", "info", "warning")]
        return self.actions("failed", "task_failed") + errors


@contextlib.contextmanager
def logged(level: str = "DEBUG") -> Iterator[Logged]:
    """Sets the log up as `serve` does, with its output kept; and takes it down again."""
    root = logging.getLogger()
    handlers, before = root.handlers, root.level
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        set_up(level)
        try:
            yield Logged(written)
        finally:
            structlog.reset_defaults()
            root.handlers = handlers
            root.setLevel(before)


def told(figure: str) -> None:
    """Prints a figure that a test has found, beside the log rather than into it."""
    print(figure, file=sys.stderr)  # noqa: T201 - `pytest -s` shows it
