"""Slack took a post, and the database doesn't take where it stands: it isn't posted again."""

import pytest
from sqlalchemy import text

from bot.app import Timing
from bot.sandbox.slack import cut
from bot.sandbox.slack.messages import Message
from bot.sandbox.toingg import Life
from storage.engine import Database
from tests.logged import Logged
from tests.stage import QUICK, Stage, text_of

_AWAY = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'away'; END $$"""
ALLOW = {
    "sqlite": ("DROP TRIGGER refuse",),
    "postgresql": ("DROP TRIGGER refuse ON postings", "DROP FUNCTION refuse()"),
}
CARDS, LINES = "new.thread_ts IS NULL", "new.thread_ts IS NOT NULL"


async def run(database: Database, *statements: str) -> None:
    """Each of them, in one transaction."""
    await database.write(lambda connection: [connection.execute(text(s)) for s in statements])


async def refuse(database: Database, column: str, which: str) -> None:
    """From now on the database refuses every write of this column of such postings."""
    trigger = f"CREATE TRIGGER refuse BEFORE UPDATE OF {column} ON postings FOR EACH ROW"
    if database.is_sqlite:
        await run(database, f"{trigger} WHEN {which} BEGIN SELECT RAISE(ABORT, 'away'); END")
    else:
        await run(database, _AWAY, f"{trigger} WHEN ({which}) EXECUTE FUNCTION refuse()")


async def allow(database: Database) -> None:
    """It takes them again."""
    await run(database, *ALLOW[database.engine.dialect.name])


def posted(stage: Stage) -> list[Message]:
    """What stands in the channel itself."""
    return [each for each in stage.slack.messages("sales") if not each.thread_ts]


async def answered(stage: Stage) -> Message:
    """The newest card, once it says that the call was answered."""
    return await stage.until(
        lambda: next((m for m in posted(stage)[::-1] if "Answered" in text_of(m)), None),
        seconds=15,
    )


@pytest.mark.parametrize("which", [CARDS, LINES], ids=["card", "line"])
async def test_a_post_is_written_down_as_soon_as_that_can_be(
    stage: Stage, log: Logged, which: str
) -> None:
    """Refused again and again right after the post; then all goes on, posted once."""
    async with stage.bot() as bot:
        await refuse(bot.database, "ts", which)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: len(log.actions("post_unwritten")) >= 4)
        assert len(posted(stage)) == 1
        await allow(bot.database)
        card = await answered(stage)
        await stage.until(lambda: "Answered" in stage.thread(card))
    assert len(posted(stage)) == 1
    assert stage.thread(card).count("Placed") == 1
    assert "Possibly repeated" not in text_of(card) + stage.thread(card)


async def test_a_doubt_is_written_down_too(stage: Stage, log: Logged) -> None:
    """Slack took the card and lost its answer: that this can't be written makes nothing sure."""
    for kind in ("channels", "groups", "im"):
        stage.slack.workspace.scopes.discard(f"{kind}:history")
    async with stage.bot() as bot:
        stage.slack.fail_next("chat.postMessage", cut(applied=True))
        await refuse(bot.database, "unsure", CARDS)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: len(log.actions("post_unwritten")) >= 2)
        await allow(bot.database)
        assert "Possibly repeated" in text_of(await answered(stage))
    assert len(posted(stage)) == 2


@pytest.mark.parametrize("reads_history", [True, False])
async def test_a_stop_before_it_is_written(
    stage: Stage,
    log: Logged,
    reads_history: bool,  # noqa: FBT001
) -> None:
    """The next run finds the post where it may look for it, else says that it may be a repeat."""
    stage.timing = Timing(gather=0.2, post_timeout=3.0, stop_patience=0.5)
    stage.toingg.live(Life(ring_after=60))
    if not reads_history:
        for kind in ("channels", "groups", "im"):
            stage.slack.workspace.scopes.discard(f"{kind}:history")
    async with stage.bot() as bot:
        await refuse(bot.database, "ts", CARDS)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: log.actions("post_unwritten") and log.actions("call_moved"))
    with Database(stage.settings().database) as database:
        await allow(database)
    async with stage.bot():
        card = await stage.until(
            lambda: next((m for m in posted(stage)[::-1] if "Placed" in stage.thread(m)), None),
            seconds=15,
        )
    assert len(posted(stage)) == (1 if reads_history else 2)
    assert ("Possibly repeated" in text_of(card)) is not reads_history
