"""What is older than a workspace keeps goes by itself; a workspace that left goes whole."""

from datetime import timedelta
from functools import partial

import pytest

from bot.app import Bot, open_database, open_vault
from bot.privacy import erase_uninstalled
from bot.sandbox.toingg import Life
from storage import Connection, budget, workspaces
from storage.belonging import TABLES, belongs
from storage.campaigns import Stage as At
from storage.erasures import ERASURES
from storage.rows import is_erased
from storage.workspaces import Installation
from tests import campaigning
from tests.everything import comes_true, digits_of, files_of, places_of
from tests.integration.test_flows_sms import QUICK_TEXT
from tests.integration.test_inbound import post
from tests.stage import JOHN, QUICK, Stage
from tests.witness import Travels, audited, opt_out, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NUMBER = "4155550132"
JANE = "+14155550133"
ENDS = Life(ring_after=0.02, answer_after=0.02, talk_for=0.1)


async def settled(bot: Bot) -> None:
    """Until nothing of an erasure is left to do."""

    def is_done(connection: Connection) -> bool:
        return connection.execute(ERASURES.select()).first() is None

    await comes_true(partial(bot.database.read, is_done))


async def test_what_is_older_goes_and_what_counts_stays(stage: Stage) -> None:
    """Calls, texts, replies, lists, their messages and files; not opt-outs, money, the fresh."""
    clock = stage.clock = Travels()
    stage.toingg.live(ENDS)
    stage.overrides |= campaigning.OPEN_PACE | {"retention_days": 7}
    stage.overrides |= {"budget": "50", "price_per_minute": "0.10"}
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.card("Ended")
        await stage.until(lambda: "Ended" in stage.thread(card))
        await stage.slack.command("carl", "support", "/toingg-sms", QUICK_TEXT)
        text = await stage.text("Delivered", "support")
        await post(stage, "Yes please")
        await stage.until(lambda: "Yes please" in stage.thread(text))
        await campaigning.ask(stage, {"numbers": f"{campaigning.THREE}\nnobody, 12"})
        ready = await campaigning.card(bot, stage, "start")
        await stage.slack.click("carl", ready, "campaign.start")
        await campaigning.until(bot, At.DONE, seconds=30)
        files = await stage.until(lambda: _files(stage, 3))
        await opt_out(bot, JANE)
        await comes_true(partial(bot.database.read, lambda it: not budget.holds_any(it)))
        balance = partial(budget.balance, workspace_id=bot.home.id)
        had, before = await bot.database.read(balance), await rows(bot)
        await bot.privacy.retention.look()
        assert await rows(bot) == before
        clock.forward(timedelta(days=8))
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550140 | Pat Poe | Sale")
        await stage.until(lambda: len(stage.dials()) == 5)
        await bot.privacy.retention.look()
        await settled(bot)
        after = await rows(bot)
        assert [is_erased(row["phone"]) for row in after] == [*([True] * 5), False]
        kept = ("id", "state", "status", "seconds", "cost", "parts")
        assert sorted([str(row[it]) for it in kept] for row in after[:5]) == sorted(
            [str(row[it]) for it in kept] for row in before
        )
        named = ("John Doe", "Ann Roe", "Jim Poe", "Yes please")
        assert await places_of(bot, NUMBER, *named) == set()
        assert await places_of(bot, "4155550133") == {"opt_outs.phone"}
        assert await bot.database.read(balance) == had
        assert all(stage.slack.file(each).deleted for each in files)
        assert stage.slack.message("sales", card.ts) is None
        (entry,) = [each for each in await audited(bot) if each["deed"] == "retention"]
        assert NUMBER not in digits_of(str(entry["detail"]))


def _files(stage: Stage, count: int) -> list[str] | None:
    """The ids of the files in Carl's direct messages, once there are so many."""
    found = [file["id"] for each in stage.slack.messages("@carl") for file in each.files]
    return found if len(found) == count else None


@ON_SQLITE
async def test_a_campaign_that_is_not_over_keeps_its_people(stage: Stage) -> None:
    """Somebody is still at work on it, however long ago it was made."""
    clock = stage.clock = Travels()
    stage.overrides |= campaigning.OPEN_PACE | {"retention_days": 7}
    async with stage.bot() as bot:
        await campaigning.ask(stage, {"numbers": campaigning.THREE})
        await campaigning.card(bot, stage, "start")
        clock.forward(timedelta(days=30))
        await bot.privacy.retention.look()
        assert [row["name"] for row in await rows(bot)] == ["John Doe", "Ann Roe", "Jim Poe"]


async def test_a_workspace_that_left_goes_whole(stage: Stage) -> None:
    """Every table's rows of it, whatever they hang on, in batches; the other has all of its own."""
    stage.toingg.live(ENDS)
    stage.overrides |= campaigning.OPEN_PACE
    async with stage.bot() as bot:
        await campaigning.ask(stage, {"numbers": f"{campaigning.THREE}\nnobody, 12"})
        ready = await campaigning.card(bot, stage, "start")
        await stage.slack.click("carl", ready, "campaign.start")
        await campaigning.until(bot, At.DONE, seconds=30)
        await stage.until(lambda: _files(stage, 3))
        await opt_out(bot, JOHN)
        home = bot.home.id
    settings = stage.settings()
    database = open_database(settings, migrates=True)
    try:
        at = Installation("", "T0OTHER001", "Other", "https://other.slack.com/", "U1", "B1", "")
        other = await database.write(
            partial(
                workspaces.adopt,
                vault=open_vault(settings),
                at=at,
                toingg_keys={},
                now=stage.clock(),
            )
        )
        draft = partial(workspaces.keep_draft, workspace_id=other.id, user_id="U1", flow="call")
        await database.write(lambda it: draft(it, typed={"phone": JANE}, now=stage.clock()))
        receipts = await erase_uninstalled(database, [home])
        assert receipts[home]["calls"] == 3
        assert receipts[home]["refused_rows"] == 1
        assert receipts[home]["workspaces"] == 1

        def left(connection: Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            for table in TABLES:
                if belongs(table, home) is not None:
                    rows_left = connection.execute(table.select()).all()
                    found |= {table.name: len(rows_left)} if rows_left else {}
            return found

        assert await database.read(left) == {"workspaces": 1, "drafts": 1}
    finally:
        database.close()
    for data in files_of(stage.database_url):
        assert b"John Doe" not in data
        assert JOHN.encode() not in data
