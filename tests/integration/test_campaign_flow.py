"""From the modal to a campaign that runs, through the real doors."""

import io

import pytest
import xlsxwriter

from bot.sandbox.slack.fingers import Values
from storage.campaigns import Stage
from tests.campaigning import FORM, OPEN_PACE, THREE, ask, card, every, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import text_of
from tests.witness import opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CITIES = b"name,phone,city\nJohn Doe,+14155550132,Oslo\nAnn Roe,+14155550133,Rome\n"


def workbook() -> bytes:
    """An Excel file whose numbers are numbers."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet("May")
        for row, cells in enumerate((("Name", "Mobile"), ("Ann Roe", 14155550133))):
            sheet.write_row(row, 0, cells)
    return written.getvalue()


async def test_pasted_numbers_become_calls(stage: Play, log: Logged) -> None:
    """Numbers pasted into the modal are read; Start on the card calls each of them once."""
    async with stage.bot(**OPEN_PACE) as bot:
        answer = await ask(stage, {"numbers": THREE})
        assert (answer.status, answer.body) == (200, None)
        campaign = await until(bot, Stage.READY)
        assert (campaign.title, campaign.campaign, campaign.total) == ("Spring Sale",) * 2 + (3,)
        rows = await list_of(bot)
        assert [row["phone"][-2:] for row in rows] == ["32", "33", "34"]
        assert {row["zone"] for row in rows} == {"America/Los_Angeles"}
        assert stage.dials() == []
        shown = await card(bot, stage, "start")
        await stage.slack.click("carl", shown, "campaign.start")
        await stage.until(lambda: len(stage.dials()) == 3)
    assert {each["name"] for each in stage.dials()} == {"John Doe", "Ann Roe", "Jim Poe"}


@ON_SQLITE
async def test_numbers_and_a_file_are_one_list(stage: Play, log: Logged) -> None:
    """Both are read, with one check for duplicates; a workbook's numbers are read exactly."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.xlsx", workbook())
        pasted = "John Doe, +14155550132\nAnn, +14155550133\nnobody, 12"
        await ask(stage, {"numbers": pasted, "file": [file]})
        campaign = await until(bot, Stage.READY)
        assert campaign.total == 4
        assert campaign.source["words"] == "may.xlsx and pasted numbers"
        assert [row["name"] for row in await list_of(bot)] == ["John Doe", "Ann"]
        assert [row["seq"] for row in await list_of(bot)] == [0, 1]


@ON_SQLITE
async def test_what_can_be_said_at_once_is_an_error_in_its_field(stage: Play, log: Logged) -> None:
    """Neither list, no campaign, both language and script, unknown variables: all that was typed
    stays, and nothing is made of it.
    """
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.command("carl", "sales", "/toingg-campaign")
        view = await stage.modal("carl", FORM)
        both: Values = {"campaign": " ", "script": "Hello {name}.", "language": "hindi"}
        answer = await stage.slack.submit("carl", view, both)
        assert set(answer.body["errors"]) == {"campaign", "language", "numbers", "file"}
        script = "Hi {name} of {city}"
        typed: Values = {"campaign": "Sale", "language": None, "script": script, "numbers": THREE}
        answer = await stage.slack.submit("carl", view, typed)
        assert set(answer.body["errors"]) == {"script"}
        assert "{city}" in answer.body["errors"]["script"]
        assert "{name}" in answer.body["errors"]["script"]
        answer = await stage.slack.submit("carl", view, {"script": None, "numbers": "Hello there!"})
        assert set(answer.body["errors"]) == {"numbers"}
        assert await every(bot) == []
        assert (await stage.slack.submit("carl", view, {"numbers": THREE})).ok
        await until(bot, Stage.READY)


@ON_SQLITE
async def test_a_submission_that_comes_again_makes_one_campaign(stage: Play, log: Logged) -> None:
    """Slack may send it twice, before and after the list is read."""
    async with stage.bot(**OPEN_PACE) as bot:
        answer = await ask(stage, {"numbers": THREE})
        assert answer.request is not None
        await stage.slack.resend(answer.request, copies=2)
        await until(bot, Stage.READY)
        await stage.slack.resend(answer.request, copies=2)
        assert len(await every(bot)) == 1
        assert len(await list_of(bot)) == 3


@ON_SQLITE
async def test_a_file_that_is_no_list_can_be_edited(stage: Play, log: Logged) -> None:
    """The card says what it is; Edit opens the modal with the rest: the same campaign goes on."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        await ask(stage, {"file": [file], "skip_days": "7", "script": "Hello {name}."})
        unread = await until(bot, Stage.CANCELLED)
        assert unread.reason == "unreadable"
        assert "a picture (PNG)" in (unread.said or "")
        await stage.slack.click("carl", await card(bot, stage, "edit"), "campaign.edit")
        view = await stage.modal("carl", FORM)
        assert "a picture (PNG)" in text_of(view)
        values: Values = {"numbers": THREE, "kept": []}
        assert (await stage.slack.submit("carl", view, values)).ok
        campaign = await until(bot, Stage.READY)
        assert (campaign.id, campaign.skip_days) == (unread.id, 7)
        assert (campaign.script, campaign.said) == ("Hello {name}.", None)
        assert len(await list_of(bot)) == 3


async def test_an_edited_list_is_read_anew(stage: Play, log: Logged) -> None:
    """Edit shows what was given; what is submitted takes the place of all rows."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE + "\nbad, 12"})
        first = await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "edit"), "campaign.edit")
        view = await stage.modal("carl", FORM)
        assert view.values()["numbers"]["value"]["value"] == THREE + "\nbad, 12"
        assert "channel" not in view.values()
        await stage.slack.submit("carl", view, {"campaign": "Autumn", "numbers": "Zoe, 4155550135"})
        campaign = await until(bot, lambda it: it.state is Stage.READY and it.total == 1)
        assert (campaign.id, campaign.campaign) == (first.id, "Autumn")
        (row,) = await list_of(bot)
        assert (row["name"], row["campaign"]) == ("Zoe", "Autumn")


@ON_SQLITE
async def test_a_script_that_the_file_cant_fill_is_told_on_the_card(
    stage: Play, log: Logged
) -> None:
    """Only the file says which columns there are; each row's own values reach Toingg."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.csv", CITIES)
        await ask(stage, {"file": [file], "script": "Hello {name}, how is {town}?"})
        unread = await until(bot, Stage.CANCELLED)
        assert "{town}" in (unread.said or "")
        assert "{city}" in (unread.said or "")
        await stage.slack.click("carl", await card(bot, stage, "edit"), "campaign.edit")
        view = await stage.modal("carl", FORM)
        await stage.slack.submit("carl", view, {"script": "Hello {name}, how is {city}?"})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(lambda: len(stage.dials()) == 2)
    said = {each["campaignScript"] for each in stage.dials()}
    assert said == {"Hello John Doe, how is Oslo?", "Hello Ann Roe, how is Rome?"}


@ON_SQLITE
async def test_columns_can_be_chosen(stage: Play, log: Logged) -> None:
    """A list whose columns were guessed wrong is read again by those that were chosen."""
    data = b"who,first,second\nJohn,+14155550132,+14155550142\nAnn,+14155550133,+14155550143\n"
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"file": [stage.slack.share("carl", "may.csv", data)]})
        await until(bot, Stage.READY)
        assert [row["phone"][-2:] for row in await list_of(bot)] == ["32", "33"]
        await stage.slack.click("carl", await card(bot, stage, "columns"), "campaign.columns")
        view = await stage.modal("carl", "Columns")
        assert "second" in text_of(view)
        same: Values = {"phone": "2", "name": ["0"], "timezone": "2"}
        answer = await stage.slack.submit("carl", view, same)
        assert set(answer.body["errors"]) == {"timezone"}
        await stage.slack.submit("carl", view, {"timezone": None})
        await until(bot, lambda it: it.state is Stage.READY and it.source["mapping"] is not None)
        rows = await list_of(bot)
        assert [(row["name"], row["phone"][-2:]) for row in rows] == [("John", "42"), ("Ann", "43")]
        await stage.slack.click("carl", await card(bot, stage, "edit"), "campaign.edit")
        form = await stage.modal("carl", FORM)
        await stage.slack.submit("carl", form, {"campaign": "Autumn"})
        await until(bot, lambda it: it.state is Stage.READY and it.campaign == "Autumn")
        assert [row["phone"][-2:] for row in await list_of(bot)] == ["42", "43"]


@ON_SQLITE
async def test_a_list_without_a_column_of_numbers_asks_for_it(stage: Play, log: Logged) -> None:
    """Where no column looks like one, the card offers to choose; then it is read."""
    data = b"who,ext\nJohn,0132\nAnn,0133\n"
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"file": [stage.slack.share("carl", "may.csv", data)]})
        unread = await until(bot, Stage.CANCELLED)
        assert "column" in (unread.said or "")
        shown = await card(bot, stage, "edit", "columns")
        await stage.slack.click("carl", shown, "campaign.columns")
        view = await stage.modal("carl", "Columns")
        chosen: Values = {"phone": "1", "name": ["0"], "header": ["header"]}
        assert (await stage.slack.submit("carl", view, chosen)).ok
        campaign = await until(bot, Stage.READY)
        assert campaign.total == 2


@ON_SQLITE
async def test_the_first_call_can_be_to_oneself(stage: Play, log: Logged) -> None:
    """Preview shows row 1's script; Call Me First places one call, by the door and its policy."""
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.csv", CITIES)
        await ask(stage, {"file": [file], "script": "Hello {name}, how is {city}?"})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "preview"), "campaign.preview")
        view = await stage.modal("carl", "Preview")
        assert "Hello John Doe, how is Oslo?" in text_of(view)
        answer = await stage.slack.submit("carl", view, {"phone": "+1 415"})
        assert set(answer.body["errors"]) == {"phone"}
        await opt_out(bot, "+14155550199")
        refused = await stage.slack.submit("carl", view, {"phone": "+14155550199"})
        assert refused.body["response_action"] == "push"
        assert stage.dials() == []
        assert (await stage.slack.submit("carl", view, {"phone": "+14155550198"})).ok
        await stage.until(stage.dials)
        assert (await one(bot)).state is Stage.READY
    assert [each["phoneNumber"] for each in stage.dials()] == ["+14155550198"]
    assert stage.dials()[0]["campaignScript"] == "Hello John Doe, how is Oslo?"


@ON_SQLITE
async def test_whoever_opted_out_or_was_called_lately_is_skipped(stage: Play, log: Logged) -> None:
    """Both are known before anything rings, and stay in the list with their reason."""
    async with stage.bot(**OPEN_PACE) as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | John | Sale")
        await stage.until(stage.dials)
        await opt_out(bot, "+14155550133")
        await ask(stage, {"numbers": THREE, "skip_days": "1"})
        await until(bot, Stage.READY)
        reasons = [row["reason"] for row in await list_of(bot)]
        assert reasons == ["called_before", "opted_out", None]


@ON_SQLITE
async def test_a_template_comes_by_direct_message(stage: Play, log: Logged) -> None:
    """Its button stands in the modal; what is typed there stays."""
    async with stage.bot(**OPEN_PACE):
        await stage.slack.command("carl", "sales", "/toingg-campaign", "Spring Sale")
        view = await stage.modal("carl", FORM)
        await stage.slack.click("carl", view, "campaign.template")
        await stage.modal("carl", "Template")
        files = [file for each in stage.slack.messages("@carl") for file in each.files]
        assert [file["name"] for file in files] == ["template.csv"]


@ON_SQLITE
async def test_nothing_of_a_list_reaches_the_channel_or_the_log(stage: Play, log: Logged) -> None:
    """No name, no whole number, no script and no cell, from the reading to a hang-up."""
    data = b"name,phone,city\nJohnathan Dough,+14155550132,Osloville\nbad,12345678901234\n"
    private = (
        "Johnathan",
        "Dough",
        "5550132",
        "555-0132",
        "Osloville",
        "roofing",
        "12345678901234",
    )
    stage.toingg.outcome(None, "rings")
    async with stage.bot(**OPEN_PACE) as bot:
        file = stage.slack.share("carl", "may.csv", data)
        await ask(stage, {"file": [file], "script": "Ask {name} of {city} about roofing."})
        await until(bot, Stage.READY)
        await stage.slack.click("carl", await card(bot, stage, "preview"), "campaign.preview")
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(stage.dials)
        await stage.slack.click("carl", await card(bot, stage, "stop"), "campaign.stop")
        shown = await card(bot, stage, "resume")
        await stage.until(lambda: "Stop All is done" in stage.thread(shown))
        seen = [*stage.slack.messages("sales"), *stage.slack.messages(shown.channel, shown.ts)]
    for word in private:
        assert not [each for each in seen if word in each.all_text()], word
        assert word not in log.text, word
