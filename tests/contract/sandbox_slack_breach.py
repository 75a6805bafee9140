"""One breach of Slack's rules, and the shortest ways to ask for one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.sandbox_slack_bench import (
    SALES,
    Answer,
    Ask,
    Bench,
)


@dataclass(frozen=True)
class Breach:
    """One rule of the table's, what breaks it, what just doesn't, and what Slack calls it."""

    what: str
    rule: str
    code: str
    broken: Ask
    legal: Ask
    pointer: str = ""
    status: int = 200


def call(method: str, **args: Any) -> Ask:
    """A request as it stands."""
    return lambda bench: bench.call(method, **args)


def post(**args: Any) -> Ask:
    """A message."""
    return lambda bench: bench.post(**args)


def with_ts(make: Callable[[Bench], Awaitable[str]], method: str, **args: Any) -> Ask:
    """A request about a message that is made before."""

    async def ask(bench: Bench) -> Answer:
        return await bench.call(method, channel=SALES, ts=await make(bench), **args)

    return ask
