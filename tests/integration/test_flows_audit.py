"""What people do leaves its entries; owners read them, and the command line checks them."""

import csv
import io
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot import audit as command_line
from bot.app import Bot, open_database
from bot.errors import SettingsError
from bot.sandbox.slack import Message
from bot.sandbox.slack.fingers import Values
from bot.sandbox.toingg import Life
from storage import audit
from storage.audit import AUDIT
from storage.campaigns import Stage
from tests.campaigning import OPEN_PACE, THREE, ask, card, until
from tests.stage import Stage as Play
from tests.stage import text_of
from tests.witness import audited

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
V3 = {"toingg_api": "v3", "toingg_status_token": ""}
CALL = "+14155550132 | John Doe | 0123456789abcdef01234567"
HEAD = re.compile(r"Head (\d+:[0-9a-f]{64})")


async def deeds(bot: Bot) -> list[tuple[str, str]]:
    """Who did what."""
    people = {"U0CARL0001": "carl", "U0OLIVIA01": "olivia", "U0OSCAR001": "oscar", "": ""}
    return [(people[each["actor"]], each["deed"]) for each in await audited(bot)]


@ON_SQLITE
async def test_what_is_done_to_a_campaign_is_written_down(stage: Play) -> None:
    """Each move by a person, the results that somebody takes, and no row that is dialled."""
    async with stage.bot(**OPEN_PACE | {"default_calls_per_minute": 1}) as bot:
        await ask(stage, {"numbers": THREE})
        await until(bot, Stage.READY)
        for word, there in (
            ("start", Stage.RUNNING),
            ("pause", Stage.PAUSED),
            ("resume", Stage.RUNNING),
        ):
            await stage.slack.click("carl", await card(bot, stage, word), f"campaign.{word}")
            await until(bot, there)
        await stage.slack.command("olivia", "sales", "/toingg-stop", "now")
        await until(bot, lambda campaign: campaign.state is Stage.PAUSED)
        await until(bot, lambda campaign: campaign.stopped_by is None)
        shown = await card(bot, stage, "cancel", "results")
        await stage.slack.click("carl", shown, "campaign.results")
        await stage.until(lambda: "in your direct messages" in stage.said_to("carl"))
        shown = await card(bot, stage, "cancel")
        await stage.slack.click("oscar", shown, "campaign.cancel")
        await until(bot, Stage.CANCELLED)
        assert await deeds(bot) == [
            ("carl", "campaign_started"),
            ("carl", "campaign_paused"),
            ("carl", "campaign_resumed"),
            ("olivia", "campaign_stopping"),
            ("carl", "results_sent"),
            ("oscar", "campaign_cancelled"),
        ]
        (people,) = {each["detail"].get("people", 3) for each in await audited(bot)}
        assert people == 3


@ON_SQLITE
async def test_what_is_read_ended_and_asked_for_is_written_down(stage: Play) -> None:
    """A transcript, an analysis, a hang-up, a template's versions, a checkout link."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02, talk_for=0.1))
    async with stage.bot(**V3) as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", CALL)
        ended = await stage.until(
            lambda: next((c for c in stage.cards() if "Ended" in text_of(c)), None)
        )
        await stage.slack.click("carl", ended, "call.transcript")
        await stage.modal("carl", "Transcript")
        await stage.until(lambda: "Yes, speaking." in text_of(stage.slack.views("carl")[-1]))
        await template(stage)
        await stage.slack.command("carl", "sales", "/toingg-sms", "templates")
        await stage.slack.command("olivia", "sales", "/toingg-checkout")
        await stage.until(lambda: stage.toingg.posts("/api/create-checkout-session"))
        assert await deeds(bot) == [
            ("carl", "transcript_read"),
            ("olivia", "template_saved"),
            ("olivia", "template_removed"),
            ("olivia", "checkout_asked"),
        ]
        assert "Reminder" not in str(await audited(bot))
    async with stage.bot() as bot:
        stage.toingg.live(Life(ring_after=0.02, answer_after=0.02))
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550133 | Ann | Sale")
        await stage.slack.click("carl", await answered(stage), "call.hang_up")
        await stage.until(stage.hang_ups)
        assert (await deeds(bot))[-1] == ("carl", "call_hung_up")


async def answered(stage: Play) -> Message:
    """The card of the call that is up."""
    found: Message = await stage.until(
        lambda: next((c for c in stage.cards() if "Answered" in text_of(c)), None)
    )
    return found


async def template(stage: Play) -> None:
    """Olivia saves one, twice with the same words, and removes it."""
    for _ in range(2):
        await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
        await stage.slack.click("olivia", stage.slack.ephemerals("olivia")[-1], "sms.template_new")
        view = await stage.modal("olivia", "Template")
        values: Values = {"name": "Reminder", "message": "See you at ten."}
        assert (await stage.slack.submit("olivia", view, values)).ok
    await stage.slack.command("olivia", "sales", "/toingg-sms", "templates")
    await stage.slack.click("olivia", stage.slack.ephemerals("olivia")[-1], "sms.template_remove")


async def test_owners_read_and_export_the_log_in_slack(stage: Play) -> None:
    """The last entries as lines, without a number; all as a file by direct message, in the log."""
    async with stage.bot() as bot:
        await stage.slack.command("olivia", "sales", "/toingg-settings", "calls")
        form = await stage.modal("olivia", "Calls")
        await stage.slack.submit("olivia", form, {"default_campaign": "<!channel> =1+1"})
        await stage.slack.command("olivia", "sales", "/toingg-optout", "add +1 415 555 0132")
        await stage.slack.command("carl", "sales", "/toingg-settings", "audit")
        assert "doesn't cover this" in stage.said_to("carl")
        await stage.slack.command("olivia", "sales", "/toingg-settings", "audit")
        page = await stage.modal("olivia", "Audit")
        lines = text_of(page).splitlines()
        assert "<@U0OLIVIA01>: opted out `" in lines[0]
        assert "setting default_campaign: none → &lt;!channel&gt; =1+1" in lines[1]
        assert "5550132" not in text_of(page)
        await stage.slack.click("olivia", page, "settings.audit_export")
        (upload,) = await stage.until(lambda: stage.slack.calls("files.completeUploadExternal"))
        assert upload.args["channel_id"].startswith("D")
        data = stage.slack.file(upload.args["files"][0]["id"]).content
        assert data is not None
        head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
        assert head[:5] == ["Number", "At", "Who", "What", "Subject"]
        assert [row[3] for row in rows] == ["setting", "opted_out", "audit_exported"]
        assert all(row[1].endswith("+00:00") for row in rows)
        assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row)
        assert [row[0] for row in rows] == ["1", "2", "3"]
        assert f"3:{rows[-1][-1]}" in str(upload.args)
        assert (await deeds(bot))[-1] == ("olivia", "audit_exported")


async def test_the_command_line_verifies_and_exports(
    stage: Play, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Count and head where it is whole; status 1 and the entry where it isn't."""
    async with stage.bot() as bot:
        for number in range(1200):
            entry: dict[str, Any] = {
                "workspace_id": bot.home.id,
                "actor": "",
                "now": stage.clock(),
                "n": number,
            }
            add = partial(audit.append, deed="setting", subject="=cmd()", **entry)
            await bot.database.write(add)
    settings = stage.settings()

    def said() -> tuple[str, str]:
        out, err = capfdbinary.readouterr()
        return out.decode(), err.decode()

    assert command_line.verify(settings, None, None) == 0
    head = HEAD.search(said()[0])
    assert head is not None
    assert head[1].startswith("1200:")
    assert command_line.verify(settings, bot.home.at.team_id, head[1]) == 0
    assert command_line.verify(settings, None, f"1199:{head[1][5:]}") == 1
    assert "entry 1,199 isn't the one that was published" in said()[1]
    assert command_line.export(settings, None, as_csv=False, to=None) == 0
    lines = [json.loads(line) for line in said()[0].splitlines()]
    assert [line["seq"] for line in lines] == [*range(1, 1201)]
    assert lines[-1]["hash"] == head[1][5:]
    assert command_line.export(settings, None, as_csv=True, to=tmp_path / "audit.csv") == 0
    rows = [*csv.reader((tmp_path / "audit.csv").read_text("utf-8-sig").splitlines())]
    assert (len(rows), rows[1][0], rows[1][5]) == (1201, bot.home.at.team_id, "'=cmd()")
    nowhere = tmp_path / "missing" / "audit.csv"
    assert command_line.export(settings, None, as_csv=True, to=nowhere) == 1
    for workspace, expect in (("T0NOWHERE1", None), (None, "1200"), (None, "1:ABC")):
        with pytest.raises(SettingsError, match=r"--(workspace|expect): "):
            command_line.verify(settings, workspace, expect)
    change(stage)
    said()
    assert command_line.verify(settings, None, None) == 1
    assert "broken: entry 700 was changed." in said()[1]


def change(stage: Play) -> None:
    """Somebody who owns the database changes one entry."""
    with open_database(stage.settings(), migrates=False) as database:
        drop = "DROP TRIGGER audit_refuse"
        with database.engine.begin() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            connection.exec_driver_sql(drop if is_sqlite else f"{drop} ON audit")
            changed: Any = AUDIT.update().where(AUDIT.c.seq == 700).values(actor="U0MALLORY1")
            connection.execute(changed)
