"""/toingg forget: a person goes from everywhere, whatever Slack refuses, whenever the bot dies."""

import json
from functools import partial

import pytest

from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import View
from bot.sandbox.toingg import Life, faults
from storage import Connection, erasures, templates
from storage.campaigns import Stage as At
from storage.erasures import Stage as ErasureStage
from storage.rows import is_erased
from tests import campaigning
from tests.everything import comes_true, digits_of, files_of, places_of
from tests.integration.test_inbound import post
from tests.stage import JOHN, QUICK, Stage, text_of
from tests.witness import audited, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NUMBER = "4155550132"
WORDS = "Good day, this is about your roof in Elm Street"
SECRETS = ("John Doe", "Elm Street", "Bring the ladder")
ENDS = Life(ring_after=0.02, answer_after=0.02, talk_for=0.1)


async def forget(stage: Stage, *, never_again: bool = True, typed: str = JOHN) -> View:
    """Olivia asks for it, reads what is stored, and confirms; what was stored."""
    await stage.slack.command("olivia", "sales", "/toingg-forget", typed)
    found = await stage.modal("olivia", "Forget Somebody")
    has = any(block.get("block_id") == "out" for block in found.content["blocks"])
    values: Values = {"out": ["never_again"] if never_again else []} if has else {}
    assert (await stage.slack.submit("olivia", found, values)).ok
    question = await stage.modal("olivia", "Erase for good?")
    assert "Erase +1 415-555-0132?" in text_of(question)
    assert "can't be undone" in text_of(question)
    assert (await stage.slack.submit("olivia", question, {})).ok
    return found


def receipts(stage: Stage) -> list[Message]:
    """What Olivia was told by direct message."""
    return [each for each in stage.slack.messages("@olivia") if "*Erased*" in text_of(each)]


async def receipt(stage: Stage, seconds: float = 30) -> str:
    """The only one, once it is there."""
    (told,) = await stage.until(lambda: receipts(stage), seconds)
    return text_of(told)


async def called(stage: Stage) -> Message:
    """John was called by Carl, and that is over."""
    stage.toingg.live(ENDS)
    await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
    card = await stage.card("Ended")
    await stage.until(lambda: "Ended" in stage.thread(card))
    return card


async def lived(stage: Stage, bot: Bot) -> None:
    """John was called, texted, answered, and is in a list with others; others wrote of him."""
    stage.toingg.live(ENDS)
    script = f"{JOHN} | John Doe | Spring Sale | {WORDS}"
    await stage.slack.command("carl", "support", "/toingg-script", script)
    await stage.card("Ended", "support")
    text = f"{JOHN} | John Doe | Bring the ladder"
    await stage.slack.command("carl", "sales", "/toingg-sms", text)
    card = await stage.text("Delivered")
    await post(stage, "Which ladder? My number is 415-555-0132")
    await stage.until(lambda: "Which ladder" in stage.thread(card))
    await post(stage, "Hello from nowhere", sid="SM9", phone="+14155550139")
    keep = partial(templates.save, workspace_id=bot.home.id, name="Roof", by="U1")
    await bot.database.write(
        lambda it: keep(it, text="Call John back: (415) 555 0132", now=stage.clock())
    )
    await stage.slack.command("carl", "sales", "/toingg-why", JOHN)
    doubled = f"{campaigning.THREE}\nJohn Doe again, 415.555.0132"
    await campaigning.ask(stage, {"numbers": doubled})
    ready = await campaigning.card(bot, stage, "start")
    await stage.slack.click("carl", ready, "campaign.start")
    await campaigning.until(bot, At.DONE, seconds=30)
    await stage.until(lambda: _sent(stage, "results.xlsx"))


def _sent(stage: Stage, name: str) -> list[str]:
    """The files of that name that stand in Carl's direct messages."""
    messages = stage.slack.messages("@carl")
    return [file["id"] for each in messages for file in each.files if file["name"] == name]


async def test_a_person_goes_from_every_table_file_and_message(stage: Stage) -> None:
    """Number, name and words are nowhere; the others, counts and the opt-out's hash remain."""
    stage.overrides |= campaigning.OPEN_PACE
    async with stage.bot() as bot:
        await lived(stage, bot)
        sent = _sent(stage, "results.csv") + _sent(stage, "rejected.csv")
        before = await rows(bot)
        assert await places_of(bot, NUMBER, *SECRETS)
        found = await forget(stage, typed="(415) 555-0132")
        assert "2 calls, 1 text, in 1 campaign; 1 reply" in text_of(found)
        told = await receipt(stage)
        assert "2 calls, 1 text, 1 reply" in told
        assert "opt-out goes on being honoured" in told
        assert "Toingg's and Twilio's own records" in told
        assert await places_of(bot, NUMBER, *SECRETS) == set()
        after = await rows(bot)
        kept = ("id", "state", "status", "seconds", "cost", "parts", "created_at", "requested_by")
        assert sorted([str(row[it]) for it in kept] for row in after) == sorted(
            [str(row[it]) for it in kept] for row in before
        )
        assert [is_erased(row["phone"]) for row in after].count(True) == 3
        assert {row["name"] for row in after if not is_erased(row["phone"])} == {
            "Ann Roe",
            "Jim Poe",
        }
        for file_id in sent:
            assert stage.slack.file(file_id).deleted
        again = await campaigning.card(bot, stage, "results")
        await stage.slack.click("carl", again, "campaign.results")
        made = await stage.until(
            lambda: [it for it in _sent(stage, "results.csv") if not stage.slack.file(it).deleted]
        )
        results = (stage.slack.file(made[0]).content or b"").decode()
        assert "Ann Roe" in results
        assert ",erased," in results
        assert not any(secret in results for secret in (NUMBER, *SECRETS))
        for channel in ("sales", "support", "@carl", "@olivia"):
            for message in stage.slack.messages(channel):
                thread = stage.slack.messages(channel, message.ts)
                said = json.dumps([each.blocks for each in thread], ensure_ascii=False)
                assert NUMBER not in digits_of(said)
                assert "••32" not in said
                assert "ladder" not in said
        for data in files_of(stage.database_url):
            for secret in (JOHN, NUMBER, *SECRETS):
                assert secret.encode() not in data
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(lambda: "asked not to be contacted" in stage.said_to("carl"))
        deeds = {each["deed"]: each for each in await audited(bot)}
        assert deeds["erasure_asked"]["actor"] == "U0OLIVIA01"
        assert deeds["erased"]["detail"]["calls"] == 2
        assert NUMBER not in digits_of(str(await audited(bot)))
    assert len(receipts(stage)) == 1


@ON_SQLITE
async def test_it_is_gone_from_the_files_while_the_bot_runs(stage: Stage) -> None:
    """Not at the next start only: the log, too, holds nothing of what was."""
    async with stage.bot() as bot:
        await called(stage)
        assert any(b"John Doe" in data for data in files_of(stage.database_url))
        await forget(stage)
        await receipt(stage)
        assert not any(b"John Doe" in data for data in files_of(stage.database_url))
        assert not any(NUMBER.encode() in data for data in files_of(stage.database_url))
        assert await places_of(bot, NUMBER, "John Doe") == set()


@ON_SQLITE
@pytest.mark.parametrize(
    ("faults_of", "told"),
    [
        ({"chat.delete": "message_not_found"}, "1 in Slack was deleted before"),
        ({"chat.delete": "cant_delete_message"}, "1 message that Slack doesn't delete"),
        (
            {"chat.delete": "cant_delete_message", "chat.update": "edit_window_closed"},
            "1 message (`edit_window_closed`): Slack's time for changing messages was over",
        ),
    ],
    ids=["gone", "edited", "neither"],
)
async def test_what_slack_refuses_is_told(
    stage: Stage, faults_of: dict[str, str], told: str
) -> None:
    """What was deleted before, what is emptied at least, what stays and what to do about it."""
    async with stage.bot() as bot:
        card = await called(stage)
        for method, code in faults_of.items():
            stage.slack.fail_next(method, code, channel="sales")
        await forget(stage)
        assert told in await receipt(stage)
        assert await places_of(bot, NUMBER, "John Doe") == set()
        left = stage.slack.messages(card.channel, card.ts)
        assert "••32" not in "".join(map(text_of, left))


@ON_SQLITE
async def test_a_file_that_slack_keeps_is_told(stage: Stage) -> None:
    """Others' people are in it: its reason, and who can take it away."""
    stage.overrides |= campaigning.OPEN_PACE
    async with stage.bot() as bot:
        await lived(stage, bot)
        stage.slack.fail_next("files.delete", "cant_delete_file")
        await forget(stage)
        told = await receipt(stage)
        assert "1 file (`cant_delete_file`): Slack doesn't let the bot delete them" in told


async def test_a_death_in_the_middle_is_gone_on_with(stage: Stage) -> None:
    """Slack is away when the bot stops: the next one does what is left, and tells it once."""
    async with stage.bot() as bot:
        await called(stage)
        stage.slack.down()
        await bot.database.write(
            partial(
                erasures.ask,
                workspace_id=bot.home.id,
                phone=JOHN,
                phone_key=(await rows(bot))[0]["phone_key"],
                by="U0OLIVIA01",
                run=bot.privacy.calling.run,
                now=stage.clock(),
            )
        )
        await comes_true(partial(_stands, bot, ErasureStage.SLACK))
    stage.slack.up()
    async with stage.bot() as bot:
        assert "1 call, 0 texts" in await receipt(stage)
        await comes_true(partial(_stands, bot, ErasureStage.DONE))
        assert stage.cards() == []
    async with stage.bot() as bot:
        await bot.privacy.forgetting.look()
    assert len(receipts(stage)) == 1


async def _stage_of(bot: Bot) -> ErasureStage | None:
    """Where the only erasure stands."""

    def look(connection: Connection) -> ErasureStage | None:
        found = connection.execute(erasures.ERASURES.select()).first()
        return ErasureStage(found.stage) if found else None

    return await bot.database.read(look)


async def _stands(bot: Bot, at: ErasureStage) -> bool:
    return await _stage_of(bot) is at


async def test_a_number_that_is_being_dialled_is_waited_for(stage: Stage) -> None:
    """While Toingg has the request, and while the call is up; then it goes, and what waited too."""
    stage.toingg.live(Life(ring_after=0.02, answer_after=0.02))
    stage.toingg.fail_next(faults.slow(1.0))
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(stage.dials)
        found = await forget(stage, never_again=False)
        assert "being reached just now" in text_of(found)
        card = await stage.card("Answered")
        assert "John Doe" in {row["name"] for row in await rows(bot)}
        await stage.slack.click("carl", card, "call.hang_up")
        told = await receipt(stage)
        assert "aren't opted out" in told
        assert await places_of(bot, NUMBER, "John Doe") == set()
        (row,) = await rows(bot)
        assert (row["state"], row["hang_up_done"]) == ("placed", True)
        await stage.slack.command("carl", "support", "/toingg-call", QUICK)
        await stage.card("Answered", "support")
    assert len(stage.dials()) == 2


@ON_SQLITE
async def test_what_waits_is_cancelled_and_no_button_reaches_the_person(stage: Stage) -> None:
    """A row that asked whether to call now; an old click on its card does nothing."""
    async with stage.bot() as bot:
        stage.toingg.fail_next(faults.no_credit())
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        card = await stage.card("Not called")
        found = await forget(stage, never_again=False)
        assert "1 call or text to it waits, and is cancelled first" in text_of(found)
        assert "1 of them waited, and was cancelled" in await receipt(stage)
        dials = len(stage.dials())
        await stage.slack.click("oscar", card, "call.now", forged=_forged(card))
        await stage.until(lambda: "out of date" in stage.said_to("oscar"))
        (row,) = await rows(bot)
        assert (row["state"], row["reason"]) == ("cancelled", "erased")
    assert len(stage.dials()) == dials


def _forged(card: Message) -> dict[str, str]:
    """The button as it stood there."""
    (value,) = [each["value"] for _, each in card.elements() if each["action_id"] == "call.now"]
    return {"type": "button", "value": value}


@ON_SQLITE
@pytest.mark.parametrize("role", ["operator", "caller", "finance", "viewer", "nobody"])
async def test_only_owners_erase(stage: Stage, role: str) -> None:
    """Neither by the command nor by a forged submission."""
    async with stage.bot(default_role=role) as bot:
        await stage.slack.command("oscar", "sales", "/toingg-forget", JOHN)
        await stage.until(lambda: "Your role doesn't cover this" in stage.said_to("oscar"))
        assert await _stage_of(bot) is None
