"""Lanes walked side by side: kills, then everything that was sent is sent again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.slack.wire import SignedRequest
from bot.sandbox.toingg import Life
from storage.rows import State
from tests.kills import Kill
from tests.lane import Lane, lane
from tests.logged import told
from tests.verdict import calls_of, posts_of, standing_cards

_LIVES = (Life(), Life(ring_after=2.5, talk_for=0.5), Life(talk_for=0.5))
"""Calls that last, calls that are told of only after a restart, and calls that soon end."""


@dataclass
class Findings:
    """What came of all kills: end states, seconds to recover, and how often a person redialled."""

    states: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    again: int = 0
    repeats: int = 0

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        took = sorted(self.seconds)
        return (
            f"{states}; called again by a person: {self.again}; cards posted twice:"
            f" {self.repeats}; restart to end state on the card: median"
            f" {took[len(took) // 2]:.1f} s, longest {took[-1]:.1f} s"
        )


async def walk(
    folder: Path,
    kills: Sequence[Kill],
    *,
    lanes: int,
    databases: Sequence[str] = (),
    patience: float = 12.0,
) -> Findings:
    """All kills, shared out among the lanes. `databases`: one for each lane, else SQLite."""
    found = Findings()
    async with asyncio.TaskGroup() as group:
        for number in range(lanes):
            url = databases[number] if databases else ""
            mine = kills[number::lanes]
            group.create_task(_lane(folder / str(number), url, number, mine, patience, found))
    told(f"\n{len(kills)} kills in {lanes} lanes: {found}")
    return found


async def _lane(
    folder: Path, url: str, number: int, kills: Sequence[Kill], patience: float, found: Findings
) -> None:
    life = _LIVES[number % len(_LIVES)]
    even = number % 2 == 0
    async with lane(
        folder, url, number=number, life=life, patience=patience, reads_history=even
    ) as at:
        for kill in kills:
            await at.strike(kill)
        found.states += await at.end_states()
        found.seconds += at.recovered
        found.repeats += sum(len(standing_cards(at.stage, click)) > 1 for click in at.clicks)
        requests = await _taken(at)
        again = await _call_again(at)
        found.again += len(again)
        await _replay(at, requests + again)
        assert at.bot.complaints() == []


async def _taken(at: Lane) -> list[SignedRequest]:
    """The requests that became rows; the others were lost with their process, and not acked."""
    rows = (await at.ledger()).rows
    pairs = zip(at.clicks, at.requests, strict=True)
    return [request for click, request in pairs if click.campaign in rows]


async def _call_again(at: Lane) -> list[SignedRequest]:
    """A person clicks Call Again on the first uncertain card: one more call, for that alone."""
    rows = (await at.ledger()).rows
    for click in at.clicks:
        row = rows.get(click.campaign)
        if row is None or row.state is not State.UNCERTAIN:
            continue
        card = at.stage.slack.message(row.channel or "", row.card_ts or "")
        assert card is not None
        before, click.again = posts_of(at.stage, click), 1
        acked = await at.stage.slack.click("carl", card, "call.retry")
        assert acked.request is not None
        await at.until_row(click, lambda row: row.state is State.PLACED)
        assert posts_of(at.stage, click) == before + 1
        return [acked.request]
    return []


async def _replay(at: Lane, requests: Sequence[SignedRequest]) -> None:
    """The same signed requests, twice at once each, change nothing; a new one is still served."""
    before = _counts(at)
    for request in requests:
        answers = await at.stage.slack.resend(request, copies=2)
        assert [answer.status for answer in answers] == [200, 200]
    fresh = at.next_click()
    await at.click(fresh)
    await at.rest()
    assert (posts_of(at.stage, fresh), calls_of(at.stage, fresh)) == (1, 1)
    assert _counts(at)[: len(before)] == before


def _counts(at: Lane) -> list[tuple[int, int, int]]:
    """Of each click: requests that dial, calls, cards."""
    stage = at.stage
    return [
        (posts_of(stage, click), calls_of(stage, click), len(standing_cards(stage, click)))
        for click in at.clicks
    ]
