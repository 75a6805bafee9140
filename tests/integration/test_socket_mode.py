"""The same product over a WebSocket that the bot opens: Socket Mode."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.app import Bot
from bot.sandbox.slack import Acked, payloads
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.wire import Parcel
from tests.stage import JOHN, QUICK, Stage, buttons_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SOCKET = {"slack_app_token": "xapp-test", "slack_signing_secret": ""}


@contextlib.asynccontextmanager
async def connected(stage: Stage, **more: Any) -> AsyncIterator[Bot]:
    """The bot, once its WebSocket is open."""
    stage.slack.mode = "socket"
    async with stage.bot(**SOCKET, **more) as bot:
        await stage.until(lambda: stage.slack.sockets.connections == 1)
        yield bot


def typed(stage: Stage, text: str) -> Parcel:
    """Carl's `/toingg-call` as Slack would deliver it again and again: always the same."""
    ws = stage.slack.workspace
    carl, sales = stage.slack.directory.person("carl"), stage.slack.channel("sales")
    path = ws.response_urls.issue("commands", ws.team.id, carl.id, sales.id)
    payload = payloads.command(ws.team, carl, sales, "/toingg-call", text)
    payload["trigger_id"] = ws.triggers.issue(carl.id, channel=sales.id)
    payload["response_url"] = f"{ws.base_url}{path}"
    return Parcel("slash_commands", payload)


async def test_a_quick_command_calls_once_and_hangs_up_once(stage: Stage) -> None:
    """Delivered twice at once and again after a restart: one call, one card, one hang-up."""
    parcel = typed(stage, QUICK)
    async with connected(stage):
        answers: list[Acked] = await stage.slack.wire.send(parcel, 2)
        assert [answer.status for answer in answers] == [200, 200]
        assert "Calling John Doe" in str([answer.body for answer in answers])
        card = await stage.card("Answered")
        assert buttons_of(card) == ["Hang Up"]
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by <@U0CARL0001>")
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "Hung up by" in stage.thread(card))
    async with connected(stage):
        (again,) = await stage.slack.wire.send(parcel)
        assert again.status == 200
        await stage.slack.click("carl", card, "call.hang_up")
    assert stage.dials() == [{"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": JOHN}]
    assert stage.hang_ups() == list(stage.toingg.calls)
    assert len(stage.cards()) == 1


@ON_SQLITE
async def test_modals_and_their_errors_come_in_the_ack(stage: Stage) -> None:
    """A submission's field errors, then its success, travel in the envelope's answer."""
    async with connected(stage):
        await stage.slack.command("carl", "sales", "/toingg-call")
        form = await stage.modal("carl", "Call Somebody")
        values: Values = {"campaign": "Spring Sale", "name": "John Doe", "phone": "12"}
        answer = await stage.slack.submit("carl", form, values)
        assert list(answer.body["errors"]) == ["phone"]
        await stage.slack.submit("carl", form, {"phone": JOHN})
        await stage.card("Answered")
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_it_reconnects_when_slack_asks_for_it(stage: Stage) -> None:
    """Slack says `disconnect` every few hours: a new connection, and commands go on."""
    async with connected(stage):
        await stage.slack.refresh_sockets()
        await stage.until(lambda: stage.slack.sockets.connections >= 1, seconds=15)
        answer = await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        assert answer.ok
        await stage.card("Answered")
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_over_http_nobody_is_let_in_then(stage: Stage) -> None:
    """Without a signing secret nothing can be checked: every request by HTTP is refused."""
    async with connected(stage):
        stage.slack.mode = "http"
        unsigned = {"X-Slack-Signature": None}
        for secret, headers in (("", unsigned), ("", {}), ("slack-test-secret", {})):
            answer = await stage.slack.raw(b"command=%2Ftoingg", secret=secret, headers=headers)
            assert answer.status == 401
        signed = await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        assert signed.status == 401
    assert stage.dials() == []
