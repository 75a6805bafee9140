"""Bad input, made by hypothesis: what it is made of, and how it is driven through one bot."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

A_DOOR = 500
"""How many examples each door is given."""

NASTY = st.sampled_from(
    (
        "<!channel>",
        "<@U0CARL0001>",
        "<https://x.example|Pay>",
        "&lt;!here&gt; &amp;",
        "*bold* _it_ ~no~ `code` ```",
        "\u202eright to left\u202c",
        "\u0000\u0001\u001b[31m",
        "one\r\ntwo\u2028three",
        "🇩🇪🏽👨\u200d👩\u200d👧",
        "é́́́́́́",
        "|||||",
        "+1 415 555 0132",
        "<tel:+14155550132|+1 415 555 0132>",
        "(415) 555-0133 ext. 12",
        "1-800-FLOWERS",
        "+99999999999999999999",
        "+١٤١٥٥٥٥٠١٣٢",
        "\uff17 Eleven",
        "help",
        "all",
        "CA0123456789abcdef0123456789abcdef",
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE calls; --",
        "%s%n{0}${x}",
        "x" * 200,
        "1 " * 400,
    )
)
TYPED: SearchStrategy[str] = st.one_of(
    st.text(max_size=60),
    NASTY,
    st.lists(NASTY | st.text(max_size=12), max_size=5).map(" | ".join),
    st.lists(NASTY | st.text(max_size=12), max_size=5).map(" ".join),
)
"""What somebody may type, or paste."""

FORGED: SearchStrategy[str] = st.one_of(
    TYPED, st.text(st.characters(exclude_categories=()), max_size=40)
)
"""What only a forger can send, halves of surrogate pairs included."""

JSON: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | FORGED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FORGED, inner, max_size=4),
    max_leaves=12,
)

BYTES: SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps(value).encode()[:-1]),
    TYPED.map(lambda text: text.encode("utf-16")),
    st.just(b"[" * 100_000),
)


async def each(
    examples: SearchStrategy[T], check: Callable[[T], Awaitable[None]], count: int = A_DOOR
) -> int:
    """Runs `check` on that many examples, one after the other, on this loop; how many there were.

    The same ones in every run, so that a red test stays red until it is mended.
    """
    loop = asyncio.get_running_loop()
    seen = 0

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(examples)
    def one(example: T) -> None:
        nonlocal seen
        seen += 1
        asyncio.run_coroutine_threadsafe(_awaited(check(example)), loop).result(timeout=30)

    await asyncio.to_thread(one)
    return seen


async def _awaited(check: Awaitable[None]) -> None:
    await check
