"""What became of a request: refused or not, what was told, and whether anything was written."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from bot.app import Bot
from bot.sandbox.slack.sandbox import SlackSandbox
from storage.models import Base
from tests.logged import Logged

BESIDE = frozenset({"runs", "members", "pacing", "audit_heads"})
"""Tables in which something may be written whenever anybody asks, or by itself."""


@dataclass(frozen=True)
class Verdict:
    """How the funnel answered: the names of the errors that it refused with, none where it let
    somebody through.
    """

    errors: tuple[str, ...]

    @property
    def is_refusal(self) -> bool:
        """Whether the role didn't cover it."""
        return "NotAllowed" in self.errors


async def verdict(log: Logged, since: int) -> Verdict:
    """The verdict on what was asked after so many characters of the log."""
    for _ in range(2000):
        whole = [line for line in log.text[since:].splitlines() if line.endswith("}")]
        lines = [json.loads(line) for line in whole]
        if any(line["event"] in ("answered", "refused") for line in lines):
            errors = [line["error"] for line in lines if line["event"] == "refused"]
            return Verdict(tuple(errors))
        await asyncio.sleep(0.005)
    raise AssertionError("nobody answered")


def rows_of(connection: Connection, without: Collection[str] = BESIDE) -> dict[str, list[str]]:
    """Every row of every table, as text, in an order of its own."""
    tables = [each for each in Base.metadata.sorted_tables if each.name not in without]
    return {
        table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
        for table in tables
    }


@dataclass(frozen=True)
class Effects:
    """Everything that a refusal leaves as it was: rows, requests to Toingg, posts in channels."""

    rows: dict[str, list[str]]
    requests: int
    posts: int


async def effects(
    bot: Bot, slack: SlackSandbox, toingg: Any, ids: Collection[str] | None = None
) -> Effects:
    """How it stands now; where `ids` are given, of the rows with these alone."""
    posted = [each.args.get("channel", "") for each in slack.calls("chat.postMessage")]
    rows = await bot.database.read(rows_of)
    if ids is not None:
        rows = {name: [row for row in those if row[2:34] in ids] for name, those in rows.items()}
    return Effects(
        rows,
        len(toingg.requests),
        len([each for each in posted if each[:1] in ("C", "G")]),
    )


def whispers(slack: SlackSandbox, user_id: str) -> list[str]:
    """All that one person alone was told, in channels and by direct message."""
    direct = slack.messages(slack.directory.direct(user_id).id)
    shown = [*slack.ephemerals(user_id), *(each for each in direct if each.bot_id)]
    return [each.all_text() for each in shown]


async def idle(bot: Bot) -> None:
    """Until all that was begun by what was asked is done; the runner alone goes on."""
    tasks = bot.campaigns.calling.background._tasks
    while len(tasks) > 1:
        await asyncio.wait(list(tasks), return_when=asyncio.FIRST_COMPLETED)
