"""What is kept on disk after all stories: no token, no key, no secret, not even a part of one."""

import asyncio
import base64
import contextlib
import io
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from rich.console import Console
from sqlalchemy import create_engine, update

from bot.app import open_database
from bot.sandbox.bot_process import BUDGET, PRICE
from bot.sandbox.by_fingers import ByFingers
from bot.sandbox.demo import TOP_UP
from bot.sandbox.instants import Instants
from bot.sandbox.scene import Scene
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stories import STORIES, Telling, tell
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.terminal import Screen
from bot.sandbox.toingg import ToinggSandbox
from storage.rows import CALLS
from tests.bot_process import BotProcess
from tests.databases import empty_database
from tests.logged import told
from tests.searching import dumped, files_below, found_in
from tests.stage import Stage

CALLS_AND_TEXTS = ("hung-up-call", "uncertain-call", "wrong-number", "text-and-stop")
LISTS_AND_MONEY = (
    "held-campaign",
    "campaign-with-a-pause",
    "payment-twice",
    "refund-and-dispute",
)
"""In the order in which the demo's budget is enough for them."""
ON_POSTGRESQL = ("text-and-stop", "refund-and-dispute")
"""With the rest of what is done here, these write into every table that holds people's words."""
TYPED = ("own_key", "refused_key")
"""Keys that no setting of the environment has: somebody types them into a modal."""


def made_up() -> dict[str, str]:
    """Secrets of this run alone: nobody else's words have a part in common with them."""
    own = {
        name: secrets.token_urlsafe(24)
        for name in (
            "slack_signing_secret",
            "toingg_api_key",
            "toingg_status_token",
            "metrics_token",
            *TYPED,
        )
    }
    return own | {
        "slack_bot_token": f"xoxb-{secrets.token_hex(12)}",
        "toingg_v3_api_key": f"tg_{secrets.token_hex(12)}",
        "stripe_api_key": f"sk_test_{secrets.token_hex(12)}",
        "stripe_webhook_secrets": f"whsec_{secrets.token_hex(12)}",
        "encryption_keys": Fernet.generate_key().decode(),
    }


def test_the_search_finds_them() -> None:
    """Each form, whole or a part, in the middle of something else, and nothing in noise."""
    secret = {"key": "Zx9-aQ7_long/enough?to be found"}
    whole = secret["key"].encode()
    for shift in range(4):
        head = b"j" * shift
        for form in (whole, whole[5:17], head + whole[:-3]):
            assert found_in(b"{" + form + b"}", secret)
            assert found_in(base64.b64encode(head + form + b"."), secret) == {"key"}
            assert found_in(head + form.hex().encode(), secret)
    assert found_in(b"?key=Zx9-aQ7_long%2Fenough%3Fto", secret)
    assert not found_in(secrets.token_bytes(100_000) + whole[:11], secret)


@contextlib.contextmanager
def town(safe: dict[str, str], folder: Path, database_url: str) -> Iterator[tuple[Stage, Scene]]:
    """The stand-ins with these secrets."""
    slack = SlackSandbox(
        signing_secret=safe["slack_signing_secret"], bot_token=safe["slack_bot_token"]
    )
    stripe = StripeSandbox(key=safe["stripe_api_key"])
    toingg = ToinggSandbox(
        key=safe["toingg_api_key"],
        v3_key=safe["toingg_v3_api_key"],
        neighbours_key=safe["own_key"],
        cashier=partial(stripe.open, TOP_UP),
    )
    screen = Screen(Console(file=io.StringIO()), slack.directory)
    with slack.serve(), stripe.serve(), toingg.serve() as serving:
        stage = Stage(slack, toingg, folder, database_url, Instants(), serving.url)
        yield stage, Scene(slack, toingg, stripe, screen, "")


@contextlib.asynccontextmanager
async def serving(
    stage: Stage, scene: Scene, safe: dict[str, str], folder: Path
) -> AsyncIterator[BotProcess]:
    """A bot of its own process, which they all reach."""
    if not stage.settings().is_sqlite:
        open_database(stage.settings(), migrates=True).close()
    known = {name: each for name, each in safe.items() if name not in TYPED}
    process = BotProcess(
        stage,
        folder,
        **known,
        stripe_api_url=scene.stripe.url,
        price_per_minute=PRICE,
        budget=BUDGET,
        expected_minutes=1,
        owner_user_ids=stage.slack.directory.person("olivia").id,
    )
    stage.slack.bot_url = process.url
    stage.toingg.status_to(f"{process.url}/toingg/status", token=safe["toingg_status_token"])
    hook = f"{process.url}/stripe/webhook"
    scene.stripe.webhook_to(hook, secret=safe["stripe_webhook_secrets"])
    try:
        await process.start()
        yield process
    finally:
        await process.end()


def long_ago(stage: Stage) -> None:
    """Whoever was reached may be reached again, without a question."""
    engine = create_engine(stage.settings().database)
    with engine.begin() as connection:
        reached = update(CALLS).where(CALLS.c.intent_at.is_not(None))
        connection.execute(reached.values(intent_at=datetime(2026, 1, 1, tzinfo=UTC)))
    engine.dispose()


async def play(stage: Stage, scene: Scene, names: tuple[str, ...]) -> None:
    """These stories, one after the other; each begins as if the others were long ago."""
    for name in names:
        long_ago(stage)
        story = STORIES[name]
        hands = ByFingers(scene, story.who)
        telling = Telling(
            hands, scene.toingg, scene.stripe, on_step=lambda _: None, on_seen=lambda: None
        )
        await tell(story, telling)


async def own_keys(stage: Stage, safe: dict[str, str]) -> None:
    """One that Toingg refuses isn't kept; the workspace's own is, and calls go out with it."""
    await stage.slack.command("olivia", "sales", "/toingg-settings", "toingg")
    view = await stage.modal("olivia", "Toingg")
    refused = await stage.slack.submit("olivia", view, {"toingg_api_key": safe["refused_key"]})
    assert "doesn't know this key" in str(refused.body)
    taken = await stage.slack.submit("olivia", view, {"toingg_api_key": safe["own_key"]})
    assert taken.body is None
    order = "+1 415 555 0191 | Ann Keyes | Spring Sale"
    await stage.slack.command("olivia", "sales", "/toingg-call", order)
    await stage.until(lambda: "+14155550191" in [each.get("phoneNumber") for each in stage.dials()])
    asked = [each.query.get("apiKey") for each in stage.toingg.posts("/api/make_toingg/")]
    assert asked[-1] == safe["own_key"]


async def the_rest(stage: Stage) -> None:
    """What no story tells of: an opt-out, a draft, the payments of a channel, a template."""
    for command, text in (
        ("/toingg-optout", "add +1 415 555 0192"),
        ("/toingg-call", "12 | Ann Keyes | Spring Sale"),
        ("/toingg-notify", "payments disputes both"),
        ("/toingg-why", "+1 415 555 0191"),
    ):
        assert (await stage.slack.command("olivia", "sales", command, text)).ok


def names_in(folder: Path) -> set[str]:
    """What stands in a folder."""
    return {each.name for each in folder.iterdir()}


async def told_all(
    safe: dict[str, str], folder: Path, database_url: str, stories: tuple[str, ...]
) -> bytes:
    """These stories and the rest, with a bot of their own; its files while it lives."""
    with town(safe, folder, database_url) as (stage, scene):
        async with serving(stage, scene, safe, folder) as process:
            await play(stage, scene, stories)
            await own_keys(stage, safe)
            await the_rest(stage)
            alive = files_below(folder)
            if stage.settings().is_sqlite:
                assert names_in(folder) >= {"toingg.db", "toingg.db-shm", "toingg.db-wal"}
            assert process.complaints() == []
            return alive


@pytest.mark.timeout(180)
async def test_no_secret_is_in_sqlites_files(tmp_path: Path) -> None:
    """The database, its -wal and -shm, while the bot lives and after it; and what it printed."""
    safe, parts = made_up(), []
    for name, stories in (("calls", CALLS_AND_TEXTS), ("lists", LISTS_AND_MONEY)):
        folder = tmp_path / name
        parts.append(told_all(safe, folder, f"sqlite:///{folder / 'toingg.db'}", stories))
    of_one_workspace = {name for name, story in STORIES.items() if not story.installs}
    assert {*CALLS_AND_TEXTS, *LISTS_AND_MONEY} == of_one_workspace
    alive = b"".join(await asyncio.gather(*parts))
    searched(safe, alive, files_below(tmp_path))


@pytest.mark.timeout(180)
async def test_no_secret_is_in_a_dump_of_postgresql(postgres: str, tmp_path: Path) -> None:
    """Every row of every table; and what the bot printed."""
    safe, url = made_up(), empty_database(postgres)
    alive = await told_all(safe, tmp_path, url, ON_POSTGRESQL)
    searched(safe, alive, files_below(tmp_path) + dumped(url))


def searched(safe: dict[str, str], alive: bytes, after: bytes) -> None:
    """None of them stands there, or there."""
    for where, data in (("while it lives", alive), ("after that", after)):
        assert found_in(data, safe) == set(), where
    assert b"Ann Keyes" in after
    told(f"searched: {len(alive):,} and {len(after):,} bytes for {len(safe)} secrets")
