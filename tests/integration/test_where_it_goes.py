"""Where cards go, what happens while Slack is in trouble, and who is let in."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from bot.sandbox.slack import cut, rate_limited, server_error
from bot.sandbox.slack.payloads import command as command_payload
from bot.sandbox.slack.people import Team
from tests.stage import QUICK, Stage, buttons_of, text_of
from tests.witness import Travels, rows

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize("place", ["board", "oscar-fiona", "general", "archived"])
async def test_a_place_that_is_closed_to_the_bot(stage: Stage, place: str) -> None:
    """Card, thread and Hang Up go to the asker's own direct message, with the hint to invite."""
    async with stage.bot():
        answer = await stage.slack.command("oscar", place, "/toingg-call", QUICK)
        assert answer.ok
        card = await stage.until(
            lambda: next(
                (m for m in stage.slack.messages("@oscar") if "Answered" in text_of(m)), None
            )
        )
        assert "Invite me there with /invite" in text_of(stage.slack.messages("@oscar")[0])
        assert buttons_of(card) == ["Hang Up"]
        await stage.slack.click("oscar", card, "call.hang_up")
        await stage.until(lambda: "Hung up by <@U0OSCAR001>." in stage.thread(card))
        assert stage.slack.messages(place) == []
    assert len(stage.dials()) == 1
    assert len(stage.hang_ups()) == 1


@ON_SQLITE
async def test_a_chosen_channel_gets_the_card(stage: Stage) -> None:
    """The modal's Channel decides, wherever it was opened."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-call", "+14155550132 | John Doe")
        form = await stage.modal("carl", "Call Somebody")
        support = stage.slack.channel("support").id
        await stage.slack.submit("carl", form, {"campaign": "Spring Sale", "channel": support})
        await stage.card("Answered", "support")
    assert stage.slack.messages("sales") == []


@ON_SQLITE
async def test_slacks_limits_and_faults_are_waited_out(stage: Stage) -> None:
    """429 with Retry-After and 5xx on posts and updates: one card, one line each, in the end."""
    async with stage.bot():
        stage.slack.fail_next("chat.postMessage", rate_limited(1))
        stage.slack.fail_next("chat.update", rate_limited(1))
        stage.slack.fail_next("chat.update", server_error(503))
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.until(
            lambda: next((c for c in stage.cards() if "Answered" in text_of(c)), None), seconds=15
        )
        await stage.until(lambda: "Answered." in stage.thread(card))
    assert len(stage.cards()) == 1
    assert "Possibly repeated" not in text_of(stage.cards()[0])
    assert stage.thread(card).count("Placed") == 1
    assert len(stage.dials()) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    "fault", [cut(applied=True), server_error(500, applied=True)], ids=["cut", "500"]
)
async def test_a_post_that_may_stand_there_is_marked_as_a_repeat(
    stage: Stage, fault: object
) -> None:
    """Slack took the card and lost its answer: the second one says that it may be a repeat."""
    for kind in ("channels", "groups", "im"):
        stage.slack.workspace.scopes.discard(f"{kind}:history")
    async with stage.bot():
        stage.slack.fail_next("chat.postMessage", fault)  # type: ignore[arg-type]
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        card = await stage.until(
            lambda: next((m for m in stage.slack.messages("sales")[1:] if not m.thread_ts), None),
            seconds=15,
        )
        assert "Possibly repeated" in text_of(card)
        await stage.until(lambda: "Answered" in stage.thread(card))
        now = stage.slack.message("sales", card.ts)
        assert now is not None
        assert "Possibly repeated" in text_of(now)
        assert "Answered" in text_of(now)
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_slack_is_down_while_somebody_calls(stage: Stage) -> None:
    """Acked and dialled all the same; when Slack is back the card is posted, once."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-calls")
        stage.slack.down()
        answer = await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        assert answer.ok
        await stage.until(stage.dials)
        await stage.until(lambda: [c.state for c in stage.toingg.calls.values()] == ["in-progress"])
        assert stage.slack.messages("sales") == []
        stage.slack.up()
        card = await stage.until(
            lambda: next(
                (m for m in stage.slack.messages("sales") if "Answered" in text_of(m)), None
            ),
            seconds=15,
        )
        assert buttons_of(card) == ["Hang Up"]
        await stage.until(lambda: "Answered" in stage.thread(card))
    assert len([m for m in stage.slack.messages("sales") if not m.thread_ts]) == 1
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_while_slack_cannot_say_who_asks(stage: Stage) -> None:
    """Known people go on, for days; of a new one nothing is done, and they are told."""
    stage.clock = clock = Travels()
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-calls")
        clock.forward(timedelta(hours=1))
        stage.slack.fail_next("users.info", server_error(500), times=20)
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.card("Answered")
        await stage.slack.command(
            "oscar", "sales", "/toingg-call", "+14155550133 | Ann | Spring Sale"
        )
        assert "Slack didn't say who you are, so nothing was done" in stage.said_to("oscar")
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_another_workspace_is_refused(stage: Stage) -> None:
    """A signed command of a team where the bot isn't installed does nothing, and says so."""
    async with stage.bot() as bot:
        carl, sales = stage.slack.directory.person("carl"), stage.slack.channel("sales")
        form = command_payload(Team(id="T0ELSEWHERE"), carl, sales, "/toingg-call", QUICK)
        form |= {"trigger_id": "1.2.3", "response_url": f"{stage.slack.api_url}nowhere"}
        answer = await stage.slack.raw(urlencode(form).encode())
        assert answer.status == 200
        assert "isn't installed in this workspace" in answer.body["text"]
        assert await rows(bot) == []
    assert stage.dials() == []


@ON_SQLITE
@pytest.mark.parametrize("who", ["gus", "ext", "fiona"])
async def test_guests_outsiders_and_finance_place_no_calls(stage: Stage, who: str) -> None:
    """Neither by command nor on somebody's card; what they were refused is told to them."""
    overrides = {"default_role": "finance"} if who == "fiona" else {}
    async with stage.bot():
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
    async with stage.bot(**overrides):
        place = "partners" if who == "ext" else "sales"
        for text in ("", QUICK):
            await stage.slack.command(who, place, "/toingg-call", text)
        assert stage.said_to(who).count("Your role doesn't cover this") == 2
        assert stage.slack.views(who) == []
        await stage.slack.click(who, card, "call.hang_up")
        await stage.until(lambda: stage.said_to(who).count("Your role doesn't cover this") == 3)
        await stage.slack.command(who, place, "/toingg", "help")
        assert "What Toingg can do here" in stage.said_to(who)
    assert len(stage.dials()) == 1
    assert stage.hang_ups() == []
