"""A stop that takes its time: others must not take the process for dead meanwhile."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from bot.app import Timing
from bot.sandbox.toingg import faults
from storage.models import RunRow, table_of
from tests.stage import QUICK, Stage
from tests.witness import rows

RUNS = table_of(RunRow)


def beats(connection: Connection) -> dict[str, tuple[datetime, datetime | None]]:
    """Each run's last beat, and its end."""
    query = select(RUNS.c.id, RUNS.c.beat_at, RUNS.c.ended_at)
    return {row.id: (row.beat_at, row.ended_at) for row in connection.execute(query)}


async def test_the_heart_beats_until_the_last_answer_is_written(stage: Stage) -> None:
    """Stopped while Toingg takes its time: the run lives until the call is written down."""
    stage.timing = Timing(gather=0.2, post_timeout=20.0, stop_patience=25.0)
    async with stage.bot():
        stage.toingg.fail_next(faults.slow(2.5), path="/api/make_toingg/")
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: stage.toingg.calls, seconds=15)
        stage.toingg.status_to(None)
        stopping = datetime.now(UTC)
    async with stage.bot() as bot:
        (row,) = await rows(bot)
        beat_at, ended_at = (await bot.database.read(beats))[row["run"]]
        assert row["state"] == "placed"
        assert ended_at is not None
        assert stopping + timedelta(seconds=1) < beat_at <= ended_at
    assert len(stage.dials()) == 1
