"""/toingg optout: one number, the list, many at once, the file; who may do what of it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.app import Bot
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import View
from bot.sandbox.toingg import faults
from storage import optouts
from storage.optouts import OptOut, Source
from storage.secrets import phone_key
from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of
from tests.witness import Travels, audited, opt_out, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
JANE = "+14155550133"
COMMAND = "/toingg-optout"
TITLE = "Opt Out Numbers"


def answer(stage: Stage, user: str) -> Message:
    """What this person was told last."""
    return stage.slack.ephemerals(user)[-1]


async def ask(stage: Stage, user: str, text: str) -> str:
    """The command's answer."""
    await stage.slack.command(user, "sales", COMMAND, text)
    return text_of(answer(stage, user))


async def out(bot: Bot, phone: str) -> OptOut | None:
    """The number's opt-out, as it is stored."""
    key = phone_key(bot.home.number_key, phone)
    return await bot.database.read(partial(optouts.find, workspace_id=bot.home.id, phone_key=key))


async def history(bot: Bot) -> list[tuple[str, str]]:
    """Who did what, as the audit log has it."""
    return [(entry["deed"], entry["actor"]) for entry in await audited(bot)]


async def paste(stage: Stage, user: str, numbers: str) -> View:
    """Opens the modal, pastes and submits; the modal that stands there then."""
    await stage.slack.command(user, "sales", COMMAND)
    await stage.slack.submit(user, await stage.modal(user, TITLE), {"numbers": numbers})
    return stage.slack.views(user)[-1]


async def test_a_number_is_opted_out_and_allowed_again_by_its_state(stage: Stage) -> None:
    """Its state offers Opt Out, then Allow Again with its question; each is written down."""
    async with stage.bot() as bot:
        assert "isn't opted out" in await ask(stage, "olivia", "+1 415 555 0132")
        state = answer(stage, "olivia")
        assert buttons_of(state) == ["Opt Out"]
        assert JOHN not in str(state.blocks)
        await stage.slack.click("olivia", state, "optout.add")
        await stage.until(lambda: "is opted out: written down" in text_of(answer(stage, "olivia")))
        state = answer(stage, "olivia")
        assert (state.ts, buttons_of(state)) == (
            stage.slack.ephemerals("olivia")[0].ts,
            ["Allow Again"],
        )
        assert "Do this only if the person said so" in str(state.blocks)
        assert await out(bot, JOHN) is not None
        await stage.slack.click("olivia", state, "optout.allow")
        await stage.until(lambda: "isn't opted out" in text_of(answer(stage, "olivia")))
        assert await out(bot, JOHN) is None
        assert await history(bot) == [
            ("opted_out", "U0OLIVIA01"),
            ("allowed_again", "U0OLIVIA01"),
        ]
        assert "4155550132" not in str(await audited(bot))


async def test_it_binds_the_next_call_at_once(stage: Stage) -> None:
    """Once it is answered, neither a caller nor an owner can call the number."""
    async with stage.bot() as bot:
        assert "is opted out: written down by <@U0CARL0001>" in await ask(
            stage, "carl", "add <tel:+14155550132|+1 415 555 0132>"
        )
        for who in ("carl", "olivia"):
            await stage.slack.command(who, "sales", "/toingg-call", QUICK)
            assert "asked not to be contacted" in text_of(answer(stage, who))
        assert await rows(bot) == []
        assert "isn't opted out" in await ask(stage, "olivia", "remove +1 415 555 0132")
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
    assert len(stage.dials()) == 1


async def test_it_cancels_what_waits_for_the_number(stage: Stage) -> None:
    """A call that Toingg made wait ends on its card, and its thread says why."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.no_credit())
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        await stage.card("Not called")
        await ask(stage, "carl", f"add {JOHN}")
        card = await stage.card("this number has opted out")
        assert buttons_of(card) == []
        await stage.until(lambda: "this number has opted out" in stage.thread(card))
        (row,) = await rows(bot)
        assert (row["state"], row["reason"]) == ("cancelled", "opted_out")


@ON_SQLITE
async def test_a_caller_opts_out_and_does_not_allow_again(stage: Stage) -> None:
    """Recording a wish is anybody's who calls; undoing it, exporting and files aren't."""
    async with stage.bot() as bot:
        await ask(stage, "carl", f"add {JOHN}")
        state = answer(stage, "carl")
        assert buttons_of(state) == []
        assert "An operator or an owner can allow it again" in text_of(state)
        for denied in (f"remove {JOHN}", "export"):
            assert "Your role doesn't cover this" in await ask(stage, "carl", denied)
        forged = {"type": "button", "value": "x"}
        for action in ("optout.allow", "optout.export"):
            await stage.slack.click("carl", state, action, forged=forged)
        await stage.until(lambda: stage.said_to("carl").count("Your role doesn't cover this") == 4)
        await stage.slack.command("carl", "sales", COMMAND)
        form = await stage.modal("carl", TITLE)
        assert [block.get("block_id") for block in form.content["blocks"]][1:] == ["numbers"]
        assert await out(bot, JOHN) is not None


@ON_SQLITE
@pytest.mark.parametrize("role", ["viewer", "finance", "nobody"])
async def test_who_may_not_call_does_not_opt_out(stage: Stage, role: str) -> None:
    """Neither by the command nor by a forged button or modal."""
    async with stage.bot(default_role=role) as bot:
        assert "Your role doesn't cover this" in await ask(stage, "vera", f"add {JOHN}")
        assert await out(bot, JOHN) is None


@ON_SQLITE
async def test_an_operator_allows_again(stage: Stage) -> None:
    """Operators see the button, and may use it."""
    async with stage.bot(default_role="operator") as bot:
        await opt_out(bot, JOHN)
        await ask(stage, "oscar", JOHN)
        await stage.slack.click("oscar", answer(stage, "oscar"), "optout.allow")
        await stage.until(lambda: "isn't opted out" in text_of(answer(stage, "oscar")))
        assert await out(bot, JOHN) is None


async def test_a_stop_by_text_is_the_numbers_own_to_undo(stage: Stage) -> None:
    """An owner is told so, gets no button, and neither the command nor a forged click does it."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN, Source.TEXT)
        said = await ask(stage, "olivia", f"remove {JOHN}")
        assert "is opted out: by its own text" in said
        assert "only its own START allows it again" in said
        assert buttons_of(answer(stage, "olivia")) == []
        await ask(stage, "olivia", JANE)
        state = answer(stage, "olivia")
        await opt_out(bot, JANE, Source.TEXT)
        value = next(element["value"] for _, element in state.elements())
        forged = {"type": "button", "value": value}
        await stage.slack.click("olivia", state, "optout.allow", forged=forged)
        await stage.until(lambda: "only its own START" in text_of(answer(stage, "olivia")))
        assert await out(bot, JOHN) is not None
        assert await out(bot, JANE) is not None


@ON_SQLITE
async def test_what_can_not_be_read_is_told(stage: Stage) -> None:
    """A number's fault comes with its mend; somebody else's button with the way on."""
    async with stage.bot():
        assert "too few digits" in await ask(stage, "carl", "add +1 415")
        assert "no digits" in await ask(stage, "carl", "everybody")
        assert "Extension 5 doesn't count" in await ask(stage, "carl", f"{JOHN} ext 5")
        await stage.slack.click("oscar", answer(stage, "carl"), "optout.add")
        await stage.until(lambda: "kept for a day" in stage.said_to("oscar"))


@ON_SQLITE
async def test_the_list_is_masked_and_paged(stage: Stage) -> None:
    """Newest first, ten a page, each number masked; back to the newest from any page."""
    stage.clock = clock = Travels(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    async with stage.bot() as bot:
        assert "Nobody is opted out" in await ask(stage, "carl", "list")
        for number in range(12):
            await ask(stage, "carl", f"add +1415555{'01'}{number:02d}")
            clock.forward(timedelta(minutes=1))
        await opt_out(bot, JOHN, Source.TEXT)
        said = await ask(stage, "carl", "list")
        assert "*Opt-outs* · 13 numbers" in said
        assert said.count("+1 415 ••• ••") == 10
        assert "415-555" not in said
        assert "by its own text" in said
        listed = answer(stage, "carl")
        assert buttons_of(listed) == ["Older", "Opt Out Numbers"]
        await stage.slack.click("carl", listed, "optout.list")
        await stage.until(lambda: text_of(answer(stage, "carl")).count("+1 415 ••• ••") == 3)
        last = answer(stage, "carl")
        assert (last.ts, buttons_of(last)) == (listed.ts, ["Newest", "Opt Out Numbers"])
        forged = {"type": "button", "value": "2026|x"}
        for action in ("optout.list", "optout.newest"):
            await stage.slack.click("carl", last, action, forged=forged)
            await stage.until(lambda: text_of(answer(stage, "carl")).count("+1 415 ••• ••") == 10)


async def test_many_numbers_are_pasted(stage: Stage) -> None:
    """All are out before the modal answers; one that had been before is told, none counts twice."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        done = await paste(stage, "olivia", f"{JOHN}\nJane Roe, +1 415 555 0133\n{JANE}\n")
        assert text_of(done) == "1 number is opted out now. 1 number had been before."
        found = await out(bot, JANE)
        assert found is not None
        assert (found.source, found.by) == (Source.IMPORT, "U0OLIVIA01")


@ON_SQLITE
async def test_one_pasted_number_is_a_persons_word(stage: Stage) -> None:
    """A caller may write it into the modal, too."""
    async with stage.bot() as bot:
        done = await paste(stage, "carl", "+1 415 555 0132")
        assert text_of(done) == "1 number is opted out now."
        found = await out(bot, JOHN)
        assert found is not None
        assert found.source is Source.PERSON


@ON_SQLITE
async def test_a_pasted_number_that_can_not_be_read_stops_all(stage: Stage) -> None:
    """The field says which lines, and what was typed stays; nobody is opted out until then."""
    async with stage.bot() as bot:
        form = await paste(stage, "olivia", f"{JOHN}\n+1 415 55\n+1 415 555 01")
        assert "Line 2: " in form.errors["numbers"]
        assert "Line 3: " in form.errors["numbers"]
        assert await out(bot, JOHN) is None
        await stage.slack.submit("olivia", form, {"numbers": ""})
        assert "one of the two" in stage.slack.views("olivia")[-1].errors["numbers"]


async def test_a_file_is_imported(stage: Stage) -> None:
    """It is read after the answer; a direct message counts, and says which rows want mending."""
    table = f"Name,Phone\nJohn,{JOHN}\nJane,{JANE}\nJoe,+1 415 55\nJohn,{JOHN}\n"
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        await stage.slack.command("olivia", "sales", COMMAND, "import")
        form = await stage.modal("olivia", TITLE)
        file = stage.slack.share("olivia", "leavers <1>.csv", table.encode())
        await stage.slack.submit("olivia", form, {"file": [file]})
        view = stage.slack.views("olivia")[-1]
        assert "You get a direct message" in text_of(view)
        report = await stage.until(partial(_direct, stage, "olivia", "Opt-outs of"))
        assert "leavers &lt;1&gt;.csv" in text_of(report)
        assert "1 number is opted out now. 1 number had been before." in text_of(report)
        assert text_of(report).count("• Row ") == 1
        assert "• Row 4: " in text_of(report)
        found = await out(bot, JANE)
        assert found is not None
        assert found.source is Source.IMPORT


@ON_SQLITE
async def test_a_long_report_says_how_much_it_leaves_out(stage: Stage) -> None:
    """The first ten rows that want mending, and how many there are besides."""
    table = "Phone\n" + f"{JOHN}\n" + "+1 415 55\n" * 13
    async with stage.bot():
        await stage.slack.command("olivia", "sales", COMMAND, "add")
        form = await stage.modal("olivia", TITLE)
        file = stage.slack.share("olivia", "leavers.csv", table.encode())
        await stage.slack.submit("olivia", form, {"file": [file]})
        report = await stage.until(partial(_direct, stage, "olivia", "Opt-outs of"))
        assert text_of(report).count("• Row ") == 10
        assert "… and 3 more." in text_of(report)


@ON_SQLITE
async def test_a_callers_file_is_refused(stage: Stage) -> None:
    """Also where the modal was an owner's, and what is submitted is a caller's."""
    async with stage.bot() as bot:
        await stage.slack.command("olivia", "sales", COMMAND)
        form = await stage.modal("olivia", TITLE)
        file = stage.slack.share("carl", "leavers.csv", f"Phone\n{JOHN}\n".encode())
        acked = await stage.slack.submit("carl", form, {"file": [file], "numbers": JANE})
        assert "Your role doesn't cover this" in str(acked.body)
        assert (await out(bot, JOHN), await out(bot, JANE)) == (None, None)


@ON_SQLITE
async def test_an_erased_number_stays_out(stage: Stage) -> None:
    """Of a number that was erased later the list and the file say so; it can't be called."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        erase = update(optouts.OPT_OUTS).values(phone=None)
        await bot.database.write(lambda connection: connection.execute(erase))
        assert "erased · written down by <@U0OLIVIA01>" in await ask(stage, "olivia", "list")
        await stage.slack.click("olivia", answer(stage, "olivia"), "optout.open")
        await stage.modal("olivia", TITLE)
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        assert "asked not to be contacted" in text_of(answer(stage, "olivia"))


@ON_SQLITE
async def test_a_file_that_is_no_list(stage: Stage) -> None:
    """What the file is, and what to do; the numbers pasted beside it are out all the same."""
    async with stage.bot() as bot:
        await stage.slack.command("olivia", "sales", COMMAND)
        form = await stage.modal("olivia", TITLE)
        file = stage.slack.share("olivia", "list.csv", b"%PDF-1.7 ...")
        await stage.slack.submit("olivia", form, {"numbers": JOHN, "file": [file]})
        assert "1 number is opted out now." in text_of(stage.slack.views("olivia")[-1])
        await stage.until(partial(_direct, stage, "olivia", "This file is a PDF"))
        assert await out(bot, JOHN) is not None


def _direct(stage: Stage, user: str, words: str) -> Message | None:
    """The direct message to this person that says this."""
    found = [each for each in stage.slack.messages(f"@{user}") if words in text_of(each)]
    return found[0] if found else None


async def test_the_list_is_exported_to_who_asks(stage: Stage) -> None:
    """A file by direct message, whole numbers in it, the newest first; it is in the audit log."""
    async with stage.bot() as bot:
        await opt_out(bot, JOHN)
        await opt_out(bot, JANE, Source.TEXT)
        assert "on its way to you" in await ask(stage, "olivia", "export")
        calls = await stage.until(lambda: stage.slack.calls("files.completeUploadExternal"))
        (given,) = calls[0].args["files"]
        data = stage.slack.file(given["id"]).content
        assert data is not None
        head, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig")))
        assert head == ["Phone", "Opted out at", "How", "By"]
        assert [(line[0], line[2], line[3]) for line in lines] == [
            (JANE, "text", ""),
            (JOHN, "person", "U0OLIVIA01"),
        ]
        assert calls[0].args["channel_id"].startswith("D")
        entry = (await audited(bot))[-1]
        assert (entry["deed"], entry["actor"]) == ("opt_outs_exported", "U0OLIVIA01")
        assert entry["detail"] == {"count": 2}
