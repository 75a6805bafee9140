"""Whatever Toingg or its relay says, a call ends up in a state that people can act on."""

import asyncio
import json
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import strategies as st

from bot.app import Bot
from bot.sandbox.toingg import faults
from tests.generated import A_DOOR, BYTES, FORGED, JSON, each
from tests.logged import Logged, told
from tests.stage import QUICK, STATUS_TOKEN, Stage
from tests.witness import rows

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AREAS = ("212", "303", "310", "404", "415", "512", "617", "702")
NUMBERS = [f"+1{area}55501{line:02}" for area in AREAS for line in range(100)]
KINDS = st.sampled_from(("application/json", "text/html", "text/plain; charset=utf-16", ""))
DIALS = "/api/make_toingg/"
FORM = "application/x-www-form-urlencoded"
FINAL_OR_LIVE = {"ringing", "in-progress", "completed", "busy", "canceled"}
SETTLED = {"placed", "rejected", "uncertain", "offered"}
SIDS = st.sampled_from(("CA0123456789abcdef0123456789abcdef", "unknown", ""))


def spoken() -> st.SearchStrategy[Any]:
    """Toingg's JSON, its known keys holding anything."""
    keys = ("detail", "message", "error", "status", "result", "data", "callSid", "callId")
    line = st.fixed_dictionaries({"loc": JSON, "msg": JSON, "type": JSON})
    inner = JSON | st.lists(line, max_size=3) | st.dictionaries(st.sampled_from(keys), JSON)
    return st.dictionaries(st.sampled_from(keys), inner, max_size=4)


BODIES = st.one_of(BYTES, spoken().map(lambda said: json.dumps(said).encode()))


async def test_replies_to_a_call(stage: Stage, log: Logged) -> None:
    """Any status with any body: the row settles, its card says how, and nobody is dialled twice."""
    statuses = st.sampled_from((200, 200, 201, 204, 303, 307, 400, 401, 402, 404, 409, 422, 500))
    async with stage.bot() as bot:
        stage.toingg.status_to(None)

        async def check(example: tuple[int, bytes, str]) -> None:
            status, body, kind = example
            before = stage.toingg.posts(DIALS)
            body = b"" if status == 204 else body
            reply = faults.raw(body, status=status, content_type=kind, made=False)
            stage.toingg.fail_next(reply, path=DIALS)
            text = f"{NUMBERS[len(before)]} | John Doe | Spring Sale"
            acked = await stage.slack.command("olivia", "sales", "/toingg-call", text)
            assert (acked.status, acked.error) == (200, "")
            assert acked.elapsed < 3
            await stage.until(lambda: _answered(stage, len(before) + 1))

        count = await each(st.tuples(statuses, BODIES, KINDS), check)
        assert count >= A_DOOR
        await stage.until(lambda: len(stage.cards()) == count, 60)
        states = await _ends(bot)
        assert set(states) == SETTLED
    dialled = [body["phoneNumber"] for body in stage.dials()]
    assert sorted(dialled) == sorted(set(dialled))
    ends = ", ".join(f"{states.count(state)} {state}" for state in sorted(SETTLED))
    told(f"{count} replies of any kind: {ends}")


async def _ends(bot: Bot) -> list[str]:
    """The rows' states, once no answer is on its way any more."""
    for _ in range(200):
        states = [row["state"] for row in await rows(bot)]
        if "dialling" not in states:
            break
        await asyncio.sleep(0.05)
    return states


def _answered(stage: Stage, count: int) -> bool:
    dials = stage.toingg.posts(DIALS)
    return len(dials) == count and dials[-1].status is not None


async def test_callbacks_of_anything(stage: Stage, log: Logged) -> None:
    """Any form, JSON or bytes with the right token: taken, or refused by a 400; no call is lost."""
    async with stage.bot() as bot, aiohttp.ClientSession() as connection:
        stage.toingg.status_to(None)
        for number in NUMBERS[:50]:
            await stage.slack.command("olivia", "sales", "/toingg-call", f"{number} | John | Sale")
        await stage.until(lambda: _answered(stage, 50))
        call_sids = list(stage.toingg.calls)
        known = st.sampled_from(call_sids)
        words = st.sampled_from(("ringing", "in-progress", "completed", "busy", "CANCELLED"))
        optional = {
            "To": st.sampled_from(NUMBERS[:60]) | JSON,
            "SequenceNumber": st.integers() | JSON,
            "CallDuration": st.integers() | JSON,
            "RecordingUrl": FORGED | JSON,
        }
        anything = st.fixed_dictionaries({"CallSid": SIDS | known | JSON}, optional=optional)
        likely = st.fixed_dictionaries({"CallSid": known, "CallStatus": words}, optional=optional)
        as_json = (anything | likely).map(lambda body: json.dumps(body).encode())
        form = likely | st.dictionaries(FORGED, FORGED, max_size=5)
        as_form = form.map(lambda fields: urlencode(fields, errors="replace").encode())
        kinds = st.sampled_from(("application/json", FORM, "text/plain", ""))

        async def check(example: tuple[bytes, str]) -> None:
            body, kind = example
            headers = {"X-Toingg-Token": STATUS_TOKEN, "Content-Type": kind}
            url = f"{stage.slack.bot_url}/toingg/status"
            async with connection.post(url, data=body, headers=headers) as answer:
                answers[answer.status] += 1
                assert answer.status in (200, 400), await answer.text()

        answers: Counter[int] = Counter()
        examples = st.one_of(
            st.tuples(as_json, st.just("application/json")),
            st.tuples(as_form, st.just(FORM)),
            st.tuples(BYTES | as_json | as_form, kinds),
        )
        assert await each(examples, check) >= A_DOOR
        statuses = Counter(row["status"] for row in await rows(bot))
        assert statuses["completed"]
        assert set(statuses) <= {None, *FINAL_OR_LIVE}
        assert len(stage.toingg.calls) == statuses.total() == 50
    told(f"callbacks of any kind: {dict(answers)}")


async def test_replies_to_a_hang_up(stage: Stage, log: Logged) -> None:
    """Any refusal of Hang Up: the call is still shown as live, and Hang Up is offered again."""
    async with stage.bot() as bot:
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        call_sid = next(iter(stage.toingg.calls))
        statuses = st.sampled_from((401, 402, 409, 422, 500, 503))

        async def check(example: tuple[int, bytes, str]) -> None:
            status, body, kind = example
            before = len(stage.hang_ups())
            reply = faults.raw(body, status=status, content_type=kind, made=False)
            stage.toingg.fail_next(reply, path="/api/hang_up_call/")
            acked = await stage.slack.command("olivia", "sales", "/toingg-hangup", call_sid)
            assert (acked.status, acked.error) == (200, "")
            await stage.until(lambda: len(stage.hang_ups()) == before + 1)
            while (await rows(bot))[0]["hang_up_at"] is not None:  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.01)

        assert await each(st.tuples(statuses, BODIES, KINDS), check, 50) >= 50
        await stage.until(lambda: "didn't get through" in stage.thread(card))
        await stage.slack.command("olivia", "sales", "/toingg-hangup", call_sid)
        await stage.card("Hung up by")


async def test_replies_to_a_question(stage: Stage, log: Logged) -> None:
    """Any answer to Transcript is shown as plain text, or the asker is told that there is none."""
    async with stage.bot(toingg_api="v3", toingg_status_token=""):
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        await stage.slack.click("olivia", await stage.card("Answered"), "call.hang_up")
        card = await stage.card("Hung up by")
        statuses = st.sampled_from((200, 200, 200, 401, 404, 422))

        def told_so_far() -> int:
            return len(stage.slack.calls("views.update")) + len(stage.slack.ephemerals("olivia"))

        async def check(example: tuple[int, bytes, str]) -> None:
            status, body, kind = example
            before = told_so_far()
            reply = faults.raw(body, status=status, content_type=kind)
            stage.toingg.fail_next(reply, path="/api/v3/get_transcription")
            acked = await stage.slack.click("olivia", card, "call.transcript")
            assert (acked.status, acked.error) == (200, "")
            await stage.until(lambda: told_so_far() > before)
            stage.slack.workspace.views.clear(stage.slack.directory.person("olivia").id)

        assert await each(st.tuples(statuses, BODIES, KINDS), check, 100) >= 100
    shown = [call.args["view"] for call in stage.slack.calls("views.update")]
    kinds = {block["text"]["type"] for view in shown for block in view["blocks"]}
    assert kinds == {"plain_text"}
    assert [each for each in stage.slack.api_calls if each.error] == []
