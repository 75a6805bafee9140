"""What the sandbox hands out: trigger_ids, response_urls, views' hashes; and its signature."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import MANIFEST, HandClock, Json, Listener, plain


@pytest.fixture
def clock() -> HandClock:
    """The sandbox's clock."""
    return HandClock()


@pytest.fixture
def slack(clock: HandClock) -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox(clock=clock, app_manifest=MANIFEST)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def listener(slack: SlackSandbox) -> Iterator[Listener]:
    """The app that the sandbox's people talk to."""
    app = Listener()
    with Served(app.starlette()) as serving:
        slack.bot_url = serving.url
        yield app


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    """slack_sdk's real client with the bot's token."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-test", base_url=slack.api_url, session=session)


def modal(title: str = "Call", **more: Any) -> Json:
    """A modal with nothing to fill in."""
    return {"type": "modal", "title": plain(title), "blocks": [{"type": "divider"}], **more}


async def refused(call: Awaitable[Any]) -> Json:
    """The body of a refusal."""
    with pytest.raises(SlackApiError) as error:
        await call
    return dict(error.value.response.data)


@pytest.mark.parametrize(
    ("seconds", "code"), [(3.0, ""), (3.1, "expired_trigger_id"), (60.0, "expired_trigger_id")]
)
async def test_a_trigger_id_lives_three_seconds(
    slack: SlackSandbox,
    client: AsyncWebClient,
    clock: HandClock,
    listener: Listener,
    seconds: float,
    code: str,
) -> None:
    """Within three seconds a modal opens; later the trigger is expired."""
    acked = await slack.command("carl", "#sales", "/call")
    clock.pass_by(seconds=seconds)
    opening = client.views_open(trigger_id=acked.trigger_id, view=modal())
    if code:
        assert (await refused(opening))["error"] == code
        assert slack.views("carl") == []
    else:
        assert (await opening)["view"]["id"] == slack.views("carl")[0].id


async def test_a_trigger_id_opens_one_view(
    slack: SlackSandbox, client: AsyncWebClient, listener: Listener
) -> None:
    """An invalid view costs no trigger; a valid one does; the second time it is exchanged."""
    trigger_id = (await slack.command("carl", "#sales", "/call")).trigger_id
    too_long = client.views_open(trigger_id=trigger_id, view=modal("x" * 25))
    assert (await refused(too_long))["error"] == "invalid_arguments"
    await client.views_open(trigger_id=trigger_id, view=modal())
    again = client.views_open(trigger_id=trigger_id, view=modal())
    assert (await refused(again))["error"] == "exchanged_trigger_id"


async def test_three_views_are_a_full_stack(
    slack: SlackSandbox, client: AsyncWebClient, listener: Listener
) -> None:
    """Two views can be pushed onto a modal; each knows the one below and the root."""
    button = {"type": "button", "action_id": "more", "text": plain("More")}
    view = modal(blocks=[{"type": "actions", "elements": [button]}])
    acked = await slack.command("carl", "#sales", "/call")
    await client.views_open(trigger_id=acked.trigger_id, view=view)
    for _ in range(2):
        acked = await slack.click("carl", slack.views("carl")[-1], "more")
        await client.views_push(trigger_id=acked.trigger_id, view=view)
    root, middle, top = slack.views("carl")
    assert (top.previous_id, top.root_id) == (middle.id, root.id)
    acked = await slack.click("carl", top, "more")
    full = await refused(client.views_push(trigger_id=acked.trigger_id, view=view))
    assert full["error"] == "push_limit_reached"
    await slack.close("carl", top)
    assert slack.views("carl") == [root, middle]
    # A trigger from outside a modal has no view to push onto.
    outside = await slack.command("carl", "#sales", "/call")
    nothing = client.views_push(trigger_id=outside.trigger_id, view=view)
    assert (await refused(nothing))["error"] == "not_found"


async def test_a_stale_hash_is_a_conflict(
    slack: SlackSandbox, client: AsyncWebClient, listener: Listener
) -> None:
    """views.update and views.publish compare the hash where one is given."""
    acked = await slack.command("carl", "#sales", "/call")
    opened = await client.views_open(trigger_id=acked.trigger_id, view=modal(external_id="mine"))
    first = opened["view"]["hash"]
    await client.views_update(external_id="mine", hash=first, view=modal("Next"))
    stale = client.views_update(view_id=opened["view"]["id"], hash=first, view=modal())
    assert (await refused(stale))["error"] == "hash_conflict"
    assert slack.views("carl")[0].content["title"]["text"] == "Next"
    home = {"type": "home", "blocks": []}
    await client.views_publish(user_id="U0CARL0001", view=home)
    stale = client.views_publish(user_id="U0CARL0001", hash="0.old", view=home)
    assert (await refused(stale))["error"] == "hash_conflict"


async def test_a_response_url_is_good_for_five_answers(
    slack: SlackSandbox, listener: Listener
) -> None:
    """Five uses in a channel without the bot; a refused one isn't counted; a sixth isn't taken."""
    acked = await slack.command("olivia", "board", "/call")
    webhook = AsyncWebhookClient(acked.response_url)
    broken = await webhook.send(text="x", blocks=[{"type": "x"}])
    assert (broken.status_code, broken.body) == (400, "invalid_blocks")
    for n in range(4):
        assert (await webhook.send(text=f"answer {n}")).body == "ok"
    assert (await webhook.send(text="all", response_type="in_channel")).status_code == 200
    sixth = await webhook.send(text="one more")
    assert (sixth.status_code, sixth.body) == (404, '{"ok":false,"error":"used_url"}')
    assert [m.text for m in slack.ephemerals("olivia")] == [f"answer {n}" for n in range(4)]
    assert [m.text for m in slack.messages("board")] == ["all"]


async def test_a_response_url_expires_after_thirty_minutes(
    slack: SlackSandbox, clock: HandClock, listener: Listener
) -> None:
    """Half an hour is the end of it."""
    webhook = AsyncWebhookClient((await slack.command("carl", "#sales", "/call")).response_url)
    clock.pass_by(minutes=30)
    assert (await webhook.send(text="in time")).status_code == 200
    clock.pass_by(seconds=1)
    late = await webhook.send(text="late")
    assert (late.status_code, late.body) == (404, '{"ok":false,"error":"expired_url"}')


async def test_an_ephemeral_message_is_replaced_and_removed_by_its_clicks(
    slack: SlackSandbox, client: AsyncWebClient, listener: Listener
) -> None:
    """An ephemeral message can only be changed by the response_url of a click in it."""
    button = {"type": "button", "action_id": "more", "text": plain("More")}
    await client.chat_postEphemeral(
        channel="C0SALES001",
        user="U0CARL0001",
        text="only you",
        blocks=[{"type": "actions", "elements": [button]}],
    )
    shown = slack.ephemerals("carl")[0]
    missing = client.chat_update(channel="C0SALES001", ts=shown.ts, text="x")
    assert (await refused(missing))["error"] == "message_not_found"
    acked = await slack.click("carl", shown, "more")
    assert b"only+you" not in listener.bodies[-1]
    webhook = AsyncWebhookClient(acked.response_url)
    await webhook.send(text="changed", replace_original=True)
    assert [m.text for m in slack.ephemerals("carl")] == ["changed"]
    await webhook.send(delete_original=True)
    assert slack.ephemerals("carl") == []


async def test_what_is_sent_is_signed_as_slack_signs(
    slack: SlackSandbox, listener: Listener
) -> None:
    """slack_sdk's own verifier takes every kind of request, and no other secret."""
    await slack.command("carl", "#sales", "/call", "+14155550132 | Zoë & Søn")
    await slack.shortcut("carl", "call_this")
    await slack.event({"type": "app_uninstalled"})
    right, wrong = SignatureVerifier("slack-test-secret"), SignatureVerifier("other")
    assert len(listener.bodies) == 3
    for body, headers in zip(listener.bodies, listener.headers, strict=True):
        assert right.is_valid_request(body, headers)
        assert not wrong.is_valid_request(body, headers)


async def test_an_enterprise_is_in_every_payload(clock: HandClock) -> None:
    """With an enterprise its id goes along; without one it is null or absent."""
    sandbox, app = (
        SlackSandbox(clock=clock, enterprise_id="E0SANDBOX", app_manifest=MANIFEST),
        Listener(),
    )
    with sandbox.serve(), Served(app.starlette()) as serving:
        sandbox.bot_url = serving.url
        await sandbox.command("carl", "#sales", "/call")
        await sandbox.shortcut("carl", "call_this")
    assert b"enterprise_id=E0SANDBOX" in app.bodies[0]
    assert b"E0SANDBOX" in app.bodies[1]
