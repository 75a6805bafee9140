"""No secret ever leaves; no number, name or script reaches a log, a metric or a channel."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from bot.sandbox.toingg import faults
from tests.bot_process import BotProcess
from tests.logged import Logged, told
from tests.stage import JOHN, QUICK, STATUS_TOKEN, Stage

SECRETS = (
    "toingg-test-key",
    "tg_test_key",
    "xoxb-test",
    "xapp-test",
    "slack-test-secret",
    "metrics-test-token",
    STATUS_TOKEN,
)
SCRIPT = "Ask whether ten o'clock suits,\nand remind him of invoice 4711 about the roof. " * 6
NAME = "Johnathan  Dough"
PRIVATE = ("4155550", "555-01", "555 01", "John", "Dough", "ten o'clock", "invoice 4711", "roof")
LIBRARIES = (
    *("httpx", "httpcore", "aiohttp", "aiohttp.access", "asyncio", "uvicorn.error"),
    *("slack_sdk", "slack_bolt", "sqlalchemy.engine", "sqlalchemy.pool", "alembic"),
)


@pytest.fixture
def libraries(log: Logged) -> Iterator[io.StringIO]:
    """What all libraries would say at DEBUG, with nothing in between; beside the product's log."""
    heard = io.StringIO()
    raw = logging.StreamHandler(heard)
    loggers = [logging.getLogger(), *map(logging.getLogger, LIBRARIES)]
    before = [logger.level for logger in loggers]
    loggers[0].addHandler(raw)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield heard
    loggers[0].removeHandler(raw)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def assert_free_of(words: tuple[str, ...], where: str, found: str) -> None:
    """None of the words stands in what was found there."""
    there = {word: found[max(0, found.find(word) - 200) :][:400] for word in words if word in found}
    assert there == {}, where


def stored(stage: Stage) -> str:
    """Every row of every table as text, and every byte of SQLite's files."""
    engine = create_engine(stage.settings().database)
    found = []
    with engine.connect() as connection:
        for table in _tables(engine.dialect.name, connection):
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()  # noqa: S608
            found += [json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows]
    engine.dispose()
    found += [each.read_bytes().decode("latin-1") for each in sorted(stage.data.glob("toingg.db*"))]
    return "\n".join(found)


def _tables(dialect: str, connection: Any) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    if dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return [row[0] for row in connection.execute(text(query))]


def in_channels(stage: Stage) -> str:
    """Everything that ever stood in a channel, edits too."""
    kinds = ("message_posted", "message_changed")
    messages = [each.data["message"] for each in stage.slack.changes if each.kind in kinds]
    public = [each for each in messages if each.to is None and each.channel.startswith("C")]
    assert public
    return json.dumps([each.as_slack() for each in public], ensure_ascii=False)


async def placed_and_hung_up(stage: Stage) -> None:
    """A call by a quick command, hung up on its card; then the same as a script, by the modal."""
    await stage.slack.command("olivia", "sales", "/toingg-call", f"{JOHN} | {NAME} | Sale")
    await stage.slack.click("olivia", await stage.card("Answered"), "call.hang_up")
    await stage.card("Hung up by")
    await stage.slack.command("carl", "sales", "/toingg-script", f"+14155550133 | {NAME} | Sale")
    view = await stage.modal("carl", "Call with a Script")
    await stage.slack.submit("carl", view, {"script": SCRIPT})
    await stage.card("Answered")


async def refused(stage: Stage) -> None:
    """Toingg refuses, and repeats in its reason whatever it was told; the key, too."""
    said = f"toingg-test-key: {NAME.upper()} at {JOHN} (415) 555-0134 can't be told “{SCRIPT}”"
    lines = [{"loc": ["body", "campaignScript"], "msg": said, "type": SCRIPT, "input": said}]
    stage.toingg.fail_next(faults.refuses(422, lines))
    text_ = f"+14155550134 | {NAME} | Sale | {SCRIPT}"
    await stage.slack.command("carl", "sales", "/toingg-script", text_)
    await stage.card("Not called")


async def uncertain(stage: Stage) -> None:
    """Toingg breaks down after the call was made; and before one is."""
    stage.toingg.fail_next(faults.server_error(made=False))
    await stage.slack.command("carl", "sales", "/toingg-call", f"+14155550135 | {NAME} | Sale")
    await stage.card("the phone may have rung")
    stage.toingg.fail_next(faults.cut_after_made())
    await stage.slack.command("carl", "sales", "/toingg-call", f"+14155550136 | {NAME} | Sale")


async def at_the_doors(stage: Stage, url: str) -> None:
    """Typing errors, strangers, wrong signatures and tokens, nonsense."""
    await stage.slack.command("carl", "sales", "/toingg-call", f"+1415555 | {NAME} | Sale")
    await stage.slack.command("gus", "sales", "/toingg-call", QUICK)
    await stage.slack.command("carl", "sales", "/toingg-calls")
    await stage.slack.command("carl", "sales", "/toingg", f"{NAME} {JOHN}")
    await stage.slack.raw(f"payload={SCRIPT}".encode())
    await stage.slack.raw(f"text={NAME}".encode(), secret="wrong")
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        for token in (STATUS_TOKEN, "wrong"):
            form = {"CallSid": NAME, "CallStatus": SCRIPT, "To": JOHN}
            await http.post("/toingg/status", data=form, headers={"X-Toingg-Token": token})


async def ready(url: str) -> None:
    """Waits for the door that says so."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        while (await http.get("/readyz")).status_code != httpx.codes.OK:  # noqa: ASYNC110 - a door
            await asyncio.sleep(0.02)


async def metrics(url: str) -> str:
    """What Prometheus gets."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        answer = await http.get("/metrics", headers={"Authorization": "Bearer metrics-test-token"})
        assert answer.status_code == 200
        return answer.text


async def test_a_whole_story_tells_nobody_anything(
    stage: Stage, log: Logged, libraries: io.StringIO
) -> None:
    """Calls, refusals and breakdowns at DEBUG: no secret anywhere, no person outside their view."""
    async with stage.bot(log_level="DEBUG", metrics_token="metrics-test-token"):
        await placed_and_hung_up(stage)
        await refused(stage)
        await uncertain(stage)
        await at_the_doors(stage, stage.slack.bot_url)
        counted = await metrics(stage.slack.bot_url)
        kept = stored(stage)
    v3 = {"toingg_api": "v3", "toingg_status_token": "", "log_level": "DEBUG"}
    async with stage.bot(slack_app_token="xapp-test", **v3):
        stage.slack.mode = "socket"
        await ready(stage.slack.bot_url)
        await stage.slack.command("carl", "sales", "/toingg-call", f"+14155550137 | {NAME} | Sale")
        await stage.until(lambda: stage.toingg.posts("/api/v3/make_call"))
        polled = "/api/v3/call_status"
        await stage.until(lambda: any(each.path == polled for each in stage.toingg.requests))
    kept += stored(stage)
    channels, raw = in_channels(stage), libraries.getvalue()
    assert_free_of(SECRETS, "the log", log.text)
    assert_free_of(SECRETS, "the libraries' own logs", raw)
    assert_free_of(SECRETS, "the metrics", counted)
    assert_free_of(SECRETS, "the database", kept)
    assert_free_of(SECRETS, "the channels", channels)
    assert_free_of(PRIVATE, "the log", log.text)
    assert_free_of(PRIVATE, "the metrics", counted)
    assert_free_of(PRIVATE, "the channels", channels)
    assert NAME in kept
    told(
        f"searched: {len(log.lines)} lines of log, {len(raw)} characters of libraries' logs,"
        f" {len(channels)} of channels, {len(kept)} of the database"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_serve_prints_nothing_of_it(stage: Stage, tmp_path: Path) -> None:
    """The same story with `serve` at DEBUG: what it prints, counts and stores tells nothing."""
    folder = tmp_path / "bot"
    process = BotProcess(stage, folder, log_level="DEBUG", metrics_token="metrics-test-token")
    stage.slack.bot_url = process.url
    stage.toingg.status_to(f"{process.url}/toingg/status", token=STATUS_TOKEN)
    try:
        await process.start()
        await placed_and_hung_up(stage)
        await refused(stage)
        await uncertain(stage)
        await at_the_doors(stage, process.url)
        counted = await metrics(process.url)
        assert await process.stop() == 0
    finally:
        await process.end()
    printed = "".join(each.read_text() for each in (folder / "1.log", folder / "1.err"))
    assert process.complaints() == []
    assert '"event": "call_moved"' in printed
    assert_free_of((*SECRETS, *PRIVATE), "what serve printed", printed)
    assert_free_of((*SECRETS, *PRIVATE), "the metrics", counted)
    assert_free_of(SECRETS, "the database", stored(stage))
