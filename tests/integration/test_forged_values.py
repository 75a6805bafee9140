"""Whatever a button's value or a modal's metadata holds: an answer, no fault of ours, no change."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.slack.routes import Kind
from tests.forging import Forger, Request
from tests.judging import BESIDE, rows_of
from tests.logged import Logged, told
from tests.residents import SOMEBODY, properties
from tests.stage import Stage

AT_ONCE = 8
EXAMPLES = 3
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
AFTER_AN_ID = ("", ".-1", f".{'9' * 400}", ".\u0661", ".1|C1|1.1", "\0", "\ud800")
"""What may stand behind an id that there is."""
OF_CAMPAIGNS = ("campaign", "home.", "sms.list", "sms.after")
IN_MODALS = ("campaign.", "sms.")
"""Families of buttons, by what they are of, and by where they stand."""


def drawn() -> list[Any]:
    """Some JSON values."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(JSON)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def nonsense(owned: Mapping[tuple[str, str], str], name: str) -> list[str]:
    """An id that such a button may be of, with each of these behind it."""
    of = "campaign" if name.startswith(OF_CAMPAIGNS) else "call"
    return [f"{owned[of, SOMEBODY]}{after}" for after in AFTER_AN_ID]


def forged(kind: Kind, name: str, value: Any) -> Iterator[Request]:
    """As it is, and as the text that it may be where its type is right."""
    if not isinstance(value, str):
        yield Request(kind, name, value=value, metadata=value)
        value = json.dumps(value)
    yield Request(kind, name, value=value, metadata=value)
    if kind is Kind.CLICK and name.startswith(IN_MODALS):
        yield Request(kind, name, value=value, metadata=value, in_view=True)


@pytest.mark.timeout(180)
async def test_any_value_is_answered(stage: Stage, log: Logged) -> None:
    """JSON of every kind, and ids that there are with nonsense behind them, at every route."""
    async with stage.bot() as bot:
        owned = await properties(bot, [SOMEBODY])
        values = drawn() if stage.settings().is_sqlite else []
        olivia = stage.slack.directory.person("olivia")
        forger = Forger(stage.slack, "sales")
        # That something was asked for, is being typed, or was shown.
        without = BESIDE | {"audit", "drafts", "postings"}
        before = await bot.database.read(lambda it: rows_of(it, without))
        requests = [
            request
            for route in bot.routes
            if route.kind in (Kind.CLICK, Kind.SUBMISSION)
            for value in (*values, *nonsense(owned, route.name))
            for request in forged(route.kind, route.name, value)
        ]
        for start in range(0, len(requests), AT_ONCE):
            some = requests[start : start + AT_ONCE]
            answers = await asyncio.gather(*(forger.send(olivia, each) for each in some))
            statuses = [each.status for each in answers]
            assert set(statuses) <= {200, 400}, list(zip(some, statuses, strict=True))
        assert await bot.database.read(lambda it: rows_of(it, without)) == before
        told(f"{len(requests)} requests")
    assert [*stage.dials(), *stage.sent(), *stage.hang_ups()] == []
