"""/toingg settings: what an owner sets holds at once, is told in its field, and is audited."""

from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked
from bot.sandbox.toingg import faults
from storage import budget
from tests.stage import Stage, text_of
from tests.witness import audited

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COMMAND = "/toingg-settings"
CLEARED: Values = {"currency": "", "price_per_minute": "", "budget": ""}


async def overview(stage: Stage) -> View:
    """Olivia's view of all sections, opened anew."""
    for view in reversed(stage.slack.views("olivia")):
        await stage.slack.close("olivia", view)
    await stage.slack.command("olivia", "sales", COMMAND)
    return await stage.modal("olivia", "Settings")


async def save(stage: Stage, key: str, title: str, values: Values) -> Acked:
    """Opens a section from the overview, fills it in and saves it."""
    await stage.slack.click("olivia", await overview(stage), "settings.edit", block_id=key)
    return await stage.slack.submit("olivia", await stage.modal("olivia", title), values)


async def test_what_is_set_holds_at_once(stage: Stage) -> None:
    """A country and a campaign of the workspace's own go before the environment's."""
    async with stage.bot(default_campaign="Autumn Sale") as bot:
        values: Values = {"default_region": "in", "default_campaign": "Spring Sale"}
        assert (await save(stage, "calls", "Calls", values)).status == 200
        await stage.until(
            lambda: "Country: IN · _set here_" in text_of(stage.slack.views("olivia")[0])
        )
        await stage.slack.command("carl", "sales", "/toingg-call", "98765 43210 | Asha")
        await stage.until(stage.dials)
        (dialled,) = stage.dials()
        assert (dialled["phoneNumber"], dialled["campaign"]) == ("+919876543210", "Spring Sale")
        changes = {each["subject"]: each["detail"] for each in await audited(bot)}
        assert changes == {
            "default_region": {"before": None, "after": "IN"},
            "default_campaign": {"before": None, "after": "Spring Sale"},
        }
    async with stage.bot(default_campaign="Autumn Sale") as bot:  # and after a restart
        await save(stage, "calls", "Calls", {"default_region": "", "default_campaign": ""})
        await stage.until(
            lambda: "Campaign: Autumn Sale\n" in text_of(stage.slack.views("olivia")[0])
        )


@ON_SQLITE
async def test_faults_stand_in_their_fields(stage: Stage) -> None:
    """What can't be is told where it was typed, all at once, and nothing is changed."""
    async with stage.bot() as bot:
        acked = await save(
            stage, "money", "Money", {"currency": "dollars", "price_per_minute": "cheap"}
        )
        assert set(acked.body["errors"]) == {"currency", "price_per_minute"}
        acked = await save(stage, "money", "Money", {"budget": "500"})
        assert set(acked.body["errors"]) == {"price_per_minute"}
        assert await audited(bot) == []


async def test_a_budget_opens_the_balance(stage: Stage) -> None:
    """A budget is what campaigns may spend, in its own currency; cleared, it has no end."""
    async with stage.bot() as bot:
        values: Values = {"budget": "500", "price_per_minute": "0.12"}
        assert (await save(stage, "money", "Money", values)).status == 200
        balance = partial(budget.balance, workspace_id=bot.home.id)
        assert await bot.database.write(balance) == 500_000_000
        acked = await save(stage, "money", "Money", {"currency": "EUR"})
        assert set(acked.body["errors"]) == {"currency"}
        await save(stage, "money", "Money", CLEARED)
        assert await bot.database.write(balance) is None


async def test_two_owners_at_once(stage: Stage) -> None:
    """Who saves over a change that they haven't seen is told so, and undoes nothing."""
    async with stage.bot():
        await stage.slack.command("olivia", "sales", COMMAND, "limits")
        first = await stage.modal("olivia", "Limits")
        await save(stage, "calls", "Calls", {"default_region": "GB"})
        acked = await stage.slack.submit("olivia", first, {"calls_per_day": "5"})
        assert "just changed" in text_of_push(acked)


def text_of_push(acked: Acked) -> str:
    """What the view that was pushed says."""
    return str(acked.body["view"]["blocks"][0]["text"]["text"])


async def test_a_key_is_tried_kept_sealed_and_never_told(stage: Stage, tmp_path: Path) -> None:
    """A key that Toingg refuses isn't kept; what is kept is used, and nowhere in clear."""
    async with stage.bot(toingg_api_key="environment-key") as bot:
        stage.toingg.fail_next(faults.unknown_key(), path="/api/v3/get_campaigns")
        acked = await save(stage, "toingg", "Toingg", {"toingg_v3_api_key": "tg_refused_key"})
        assert "doesn't know" in acked.body["errors"]["toingg_v3_api_key"]
        keys: Values = {"toingg_v3_api_key": "tg_test_key", "toingg_api_key": "toingg-test-key"}
        acked = await save(stage, "toingg", "Toingg", keys)
        assert acked.body in (None, "", {}), acked.body
        await stage.until(lambda: "Toingg key: set here" in text_of(stage.slack.views("olivia")[0]))
        assert "toingg-test-key" not in str([view.content for view in stage.slack.views("olivia")])
        assert "toingg-test-key" not in str(await audited(bot))
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | Jo | Spring")
        await stage.until(stage.dials)
        assert stage.toingg.posts("/api/make_toingg/")[0].query["apiKey"] == "toingg-test-key"
    assert not any(b"toingg-test-key" in held for held in files(tmp_path))


def files(folder: Path) -> list[bytes]:
    """What SQLite's files hold; none with PostgreSQL."""
    return [path.read_bytes() for path in folder.glob("toingg.db*")]


@ON_SQLITE
async def test_owners_only(stage: Stage) -> None:
    """A caller is refused the command, and a forged submission too."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", COMMAND)
        assert "doesn't cover this" in stage.said_to("carl")
        await stage.slack.command("olivia", "sales", COMMAND, "limits")
        form = await stage.modal("olivia", "Limits")
        acked = await stage.slack.submit("carl", form, {"calls_per_day": "5"})
        assert "doesn't cover this" in text_of_push(acked)
        assert await audited(bot) == []
