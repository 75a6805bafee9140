"""What people and Toingg write stays text wherever Slack shows it: no ping, link or new line."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.toingg import Replies, faults
from tests.stage import JOHN, Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOSTILE = (
    "<!channel> <@U0CARL0001> <https://x.example|Pay> &lt;!here&gt;",
    "*bold* `code` \u202eeyb\u202c one\r\n• two\u2028three",
    "x" * 3000,
)
OURS = re.compile(
    r"<@U0[A-Z0-9]+>|<!date\^\d+\^[^|<>]*\|[^|<>]*>|<https://sandbox[^|<>]*\|Thread>|<https://rec[^|<>]*>"
)
"""The only markup with `<` that the bot makes itself: who asked, when, and links of its own."""

NEW_LINE = re.compile("\n\\W*(two|three)|[\r\u2028\u2029\v\f\x85]")
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def markup(value: Any) -> Iterator[str]:
    """Every text in which Slack would look for markup: mrkdwn, and the fallback."""
    if isinstance(value, list):
        for each in value:
            yield from markup(each)
    elif isinstance(value, dict):
        is_text = isinstance(value.get("text"), str)
        if is_text and value.get("type") in ("mrkdwn", None):
            yield value["text"]
        for each in value.values():
            yield from markup(each)


def sent(stage: Stage) -> list[Any]:
    """All that reached Slack: Web API arguments, and what was said by response_url and ack."""
    shown = ("ephemeral_shown", "message_posted", "message_changed")
    said = [each.data["message"].as_slack() for each in stage.slack.changes if each.kind in shown]
    return [*(call.args for call in stage.slack.api_calls), *said]


def assert_only_text(stage: Stage) -> None:
    """Nothing that was sent holds markup of somebody else's, or a line that somebody else began."""
    found = sent(stage)
    texts = [text for each in found for text in markup(each)]
    assert texts
    for text in texts:
        assert "<" not in OURS.sub("", text), text
        assert not BIDI.search(text), text
        assert not NEW_LINE.search(text), text
    assert [each for each in stage.slack.changes if each.kind == "interaction_failed"] == []
    unfurled = [each for each in found if each.get("unfurl_links", False)]
    assert unfurled == []


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_a_campaign_and_a_name(stage: Stage, text: str) -> None:
    """As campaign and name of a call: on its card, in its thread, in the lists, in the answers."""
    typed = text[:140]
    async with stage.bot():
        acked = await stage.slack.command("carl", "sales", "/toingg-call")
        assert acked.ok
        view = await stage.modal("carl", "Call Somebody")
        fields: dict[str | tuple[str, str], Any] = {
            "campaign": typed,
            "name": typed,
            "phone": JOHN,
        }
        await stage.slack.submit("carl", view, fields, forged=True)
        card = await stage.card("Answered")
        await stage.slack.command("carl", "sales", "/toingg-calls")
        await stage.slack.command("carl", "sales", "/toingg-hangup")
        await stage.slack.command("carl", "sales", "/toingg", text)
        await stage.until(lambda: stage.thread(card))
    assert_only_text(stage)
    assert "Calling" in stage.said_to("carl")


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_the_words_of_toingg(stage: Stage, text: str) -> None:
    """As the reason of a refusal, of a failed hang-up, and as the state of a call."""
    line = [{"loc": ["body", text], "msg": text, "type": text}]
    async with stage.bot():
        stage.toingg.fail_next(faults.refuses(422, line))
        await stage.slack.command("carl", "sales", "/toingg-call", f"{JOHN} | John Doe | Sale")
        refused = await stage.card("Not called")
        await stage.slack.click("carl", refused, "call.edit")
        await stage.modal("carl", "Call Somebody")
        text_ = "+14155550133 | Jane Roe | Sale"
        await stage.slack.command("carl", "sales", "/toingg-call", text_)
        card = await stage.card("Answered")
        stage.toingg.fail_next(faults.refuses(409, text), path="/api/hang_up_call/")
        await stage.slack.click("carl", card, "call.hang_up")
        await stage.until(lambda: "didn't get through" in stage.thread(card))
    assert_only_text(stage)


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_a_correction_and_its_form(stage: Stage, text: str) -> None:
    """As everything that is wrong with a command: in the answer, and in the modal that mends it."""
    async with stage.bot():
        acked = await stage.slack.command("carl", "sales", "/toingg-call", f"{text}|{text}|{text}")
        assert acked.ok
        buttons = acked.body["blocks"][-1]["elements"]
        assert [each["text"]["text"] for each in buttons] == ["Edit and Try Again"]
        shown = stage.slack.ephemerals("carl")[-1]
        await stage.slack.click("carl", shown, "draft.edit")
        view = await stage.modal("carl", "Call Somebody")
        kept = {block["block_id"]: block.get("element", {}) for block in view.blocks}
        assert kept["name"].get("initial_value")
    assert_only_text(stage)


async def test_in_a_transcript(stage: Stage) -> None:
    """Whatever was said in a call is shown as plain text, and nothing of it is markup."""
    said = {"transcript": " ".join(HOSTILE)}
    stage.toingg.word(Replies())
    async with stage.bot(toingg_api="v3", toingg_status_token=""):
        await stage.slack.command("carl", "sales", "/toingg-call", f"{JOHN} | John Doe | Sale")
        await stage.card("Answered")
        await stage.slack.click("carl", await stage.card("Answered"), "call.hang_up")
        card = await stage.card("Hung up by")
        stage.toingg.fail_next(faults.replies({"status": True, "result": said}), path="/api/v3/get")
        await stage.slack.click("carl", card, "call.transcript")
        await stage.until(lambda: stage.slack.calls("views.update"))
    view = stage.slack.calls("views.update")[-1].args["view"]
    assert "<!channel>" in json.dumps(view, ensure_ascii=False)
    assert {block["text"]["type"] for block in view["blocks"]} == {"plain_text"}
    assert_only_text(stage)
