"""Deaths while payments are told: each fact is told once, and what stands there is right."""

import asyncio
import json
import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.databases import empty_database
from tests.payment_kills import (
    CHANNELS,
    HISTORY,
    Storm,
    left,
    listening,
    shuffled,
    story,
    told,
    until,
)
from tests.stage import Stage, staged, text_of

REPEATED = "Possibly repeated"
EACH = pytest.mark.parametrize(
    ("database_url", "reads_history"),
    [("sqlite", True), ("sqlite", False), ("postgresql", True)],
    indirect=["database_url"],
)
"""Each database; and once without the scope by which a post is found again."""


async def storm(
    stage: Stage, payments: int, kills: int, *, reads_history: bool, seed: int, patience: float
) -> None:
    """So many payments' events through so many deaths; then all that stands there is looked at."""
    if not reads_history:
        stage.slack.workspace.scopes -= set(HISTORY)
    chance = random.Random(seed)
    at = int(time.time())
    events = [each for number in range(payments) for each in story(number, at)]
    bodies = shuffled([json.dumps(each).encode() for each in events], chance)
    async with listening(stage, *CHANNELS) as bot:
        blowing = Storm(bot, bodies)
        blown = asyncio.create_task(blowing.blow())
        for kill in range(1, kills + 1):
            share = len(bodies) * kill / (kills + 1)
            await until(partial(blowing.has_taken, share), patience)
            bot.kill()
            await bot.died()
            await bot.start()
        await blown
        await until(lambda: left(stage) == 0, patience)
        assert bot.complaints() == []
    repeats = []
    for channel in CHANNELS:
        found = told(stage, channel)
        assert len(found.messages) == payments
        repeats += found.repeats()
        for messages in found.messages.values():
            said = text_of(messages[-1])
            assert "*Partly refunded*" in said
            assert "5.00\xa0USD of 25.00\xa0USD refunded" in said
            assert "1 failed try" in said
            thread = found.thread(messages[-1])
            repeats += [messages[-1]] * thread.count(REPEATED)
            assert thread.count("Refunded") <= 1 + thread.count(REPEATED)
    assert all(REPEATED in text_of(it) + stage.thread(it) for it in repeats)
    assert len(repeats) <= (0 if reads_history else kills)


@EACH
async def test_a_few_deaths_in_a_storm(
    stage: Stage,
    reads_history: bool,  # noqa: FBT001
) -> None:
    """Each event one to four times in any order, by eight senders, through two deaths."""
    await storm(stage, 15, 2, reads_history=reads_history, seed=7, patience=60)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
@pytest.mark.parametrize("reads_history", [True, False])
async def test_five_deaths_in_a_storm(
    tmp_path: Path,
    where: str,
    reads_history: bool,  # noqa: FBT001
    request: pytest.FixtureRequest,
) -> None:
    """2,000 events, each one to four times in any order, by eight senders, through five deaths."""
    url = f"sqlite:///{tmp_path / 'bot' / 'toingg.db'}"
    if where == "postgresql":
        url = empty_database(request.getfixturevalue("postgres"))
    with staged(tmp_path, url) as stage:
        await storm(stage, 400, 5, reads_history=reads_history, seed=6, patience=1800)


@EACH
async def test_killed_at_the_post(
    stage: Stage,
    reads_history: bool,  # noqa: FBT001
) -> None:
    """Between Slack's taking the message and our writing that down: found again, or said so."""
    if not reads_history:
        stage.slack.workspace.scopes -= set(HISTORY)
    async with listening(stage, "sales") as bot:
        stage.instants.at("slack.chat.postMessage.after", bot.kill)
        body = json.dumps(story(1, int(time.time()))[1]).encode()
        await Storm(bot, [body]).blow()
        assert await bot.died() == -9
        await bot.start()
        await until(lambda: left(stage) == 0, 30)
        assert bot.complaints() == []
    (messages,) = told(stage, "sales").messages.values()
    assert len(messages) == (1 if reads_history else 2)
    assert (REPEATED in text_of(messages[-1])) is not reads_history


async def test_killed_before_it_is_processed(stage: Stage) -> None:
    """An event that is stored and not processed is told by the next life."""
    async with listening(stage, "sales") as bot:
        body = json.dumps(story(1, int(time.time()))[1]).encode()
        await Storm(bot, [body]).blow()
        bot.kill()
        assert await bot.died() == -9
        await bot.start()
        await until(lambda: left(stage) == 0 and bool(told(stage, "sales").messages), 30)
    assert all(REPEATED in text_of(each) for each in told(stage, "sales").repeats())
