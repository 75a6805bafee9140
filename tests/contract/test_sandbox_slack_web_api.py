"""The sandbox's Web API as slack_sdk's client sees it: answers, refusals, files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import MANIFEST, Json, Listener, plain

Ask = Callable[[AsyncWebClient], Awaitable[Any]]


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox(app_manifest=MANIFEST)
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


async def test_a_message_is_posted_changed_and_deleted(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """The life of one message, in a thread with metadata; each request is on record."""
    parent = await client.chat_postMessage(channel="C0SALES001", text="Calls")
    metadata = {"event_type": "call", "event_payload": {"id": "call-1"}}
    posted = await client.chat_postMessage(
        channel="C0SALES001",
        text="Calling",
        blocks=[{"type": "divider"}],
        thread_ts=parent["ts"],
        metadata=metadata,
        unfurl_links=False,
    )
    message = slack.message("#sales", posted["ts"])
    assert message
    assert (message.thread_ts, message.metadata) == (parent["ts"], metadata)
    assert message.unfurl_links is False
    await client.chat_update(channel="C0SALES001", ts=posted["ts"], text="Answered")
    changed = slack.message("#sales", posted["ts"])
    assert changed
    assert (changed.text, len(changed.blocks)) == ("Answered", 1)
    link = await client.chat_getPermalink(channel="C0SALES001", message_ts=posted["ts"])
    assert posted["ts"].replace(".", "") in link["permalink"]
    await client.chat_delete(channel="C0SALES001", ts=posted["ts"])
    assert [m.ts for m in slack.messages("#sales")] == [parent["ts"]]
    assert [call.method for call in slack.api_calls] == [
        "chat.postMessage",
        "chat.postMessage",
        "chat.update",
        "chat.getPermalink",
        "chat.delete",
    ]
    assert all("token" not in call.args for call in slack.api_calls)


async def test_a_reply_to_a_deleted_message_is_refused_or_lands_in_the_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """As the workspace says; where replies are left of the thread, it goes on."""
    parent = await client.chat_postMessage(channel="C0SALES001", text="Calls")
    said = {"channel": "C0SALES001", "text": "in", "thread_ts": parent["ts"]}
    reply = await client.chat_postMessage(**said)
    await client.chat_delete(channel="C0SALES001", ts=parent["ts"])
    kept = await client.chat_postMessage(**said)
    assert kept["message"]["thread_ts"] == parent["ts"]
    for each in (reply, kept):
        await client.chat_delete(channel="C0SALES001", ts=each["ts"])
    refusal = await refused(client.chat_postMessage(**said))
    assert refusal["error"] == "thread_not_found"
    slack.workspace.orphans_land = True
    stray = await client.chat_postMessage(**said)
    assert "thread_ts" not in stray["message"]
    assert [m.thread_ts for m in slack.messages("#sales")] == [None]


async def test_nothing_changes_in_an_archived_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """A message that stood there before it was archived stays as it is."""
    posted = await client.chat_postMessage(channel="C0SALES001", text="Calls")
    slack.directory.add_channel(replace(slack.channel("sales"), is_archived=True))
    refusal = await refused(client.chat_update(channel="C0SALES001", ts=posted["ts"], text="x"))
    assert refusal["error"] == "is_inactive"


async def test_history_tells_metadata_to_who_asks(client: AsyncWebClient) -> None:
    """History is newest first, without threads; metadata comes only when it is asked for."""
    metadata = {"event_type": "call", "event_payload": {}}
    first = await client.chat_postMessage(channel="C0SALES001", text="1", metadata=metadata)
    await client.chat_postMessage(channel="C0SALES001", text="2")
    await client.chat_postMessage(channel="C0SALES001", text="in", thread_ts=first["ts"])
    told = await client.conversations_history(channel="C0SALES001")
    assert [m["text"] for m in told["messages"]] == ["2", "1"]
    assert "metadata" not in told["messages"][1]
    full = await client.conversations_history(channel="C0SALES001", include_all_metadata=True)
    assert full["messages"][1]["metadata"] == metadata
    thread = await client.conversations_replies(channel="C0SALES001", ts=first["ts"])
    assert [m["text"] for m in thread["messages"]] == ["1", "in"]


async def test_auth_test_says_who_and_with_which_scopes(client: AsyncWebClient) -> None:
    """auth.test arrives as slack_sdk sends it and names the app, its scopes in a header."""
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"]) == ("T0SANDBOX", "U0TOINGGBT")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_lists_come_in_pages(client: AsyncWebClient) -> None:
    """conversations.list shows what the bot may know of, a cursor at a time."""
    names: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_list(
            limit=2, cursor=cursor, types="public_channel,private_channel"
        )
        names += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["general", "sales", "support", "partners", "archived"]
    members = await client.conversations_members(channel="C0SUPPORT1")
    assert "U0TOINGGBT" in members["members"]


async def test_a_direct_message_is_opened_once(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """conversations.open gives the same place each time; posting to a person goes there."""
    first = await client.conversations_open(users="U0CARL0001")
    again = await client.conversations_open(users=["U0CARL0001"])
    assert first["channel"]["id"] == again["channel"]["id"]
    await client.chat_postMessage(channel="U0CARL0001", text="for you")
    assert [m.text for m in slack.messages("@carl")] == ["for you"]


async def test_joining_makes_a_channel_writable(client: AsyncWebClient) -> None:
    """A public channel is closed to the bot until it joins."""
    assert (await refused(client.chat_postMessage(channel="C0GENERAL1", text="x")))[
        "error"
    ] == "not_in_channel"
    await client.conversations_join(channel="C0GENERAL1")
    assert (await client.chat_postMessage(channel="C0GENERAL1", text="x"))["ok"]


def post(**args: Any) -> Ask:
    """A chat.postMessage into #sales unless told otherwise."""
    return method("chat.postMessage", **{"channel": "C0SALES001", **args})


def method(name: str, **args: Any) -> Ask:
    """Any method, its arguments as JSON."""
    return lambda client: client.api_call(name, json=args)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (post(channel="C0NOWHERE1", text="x"), "channel_not_found"),
        (post(channel="C0BOARD001", text="x"), "channel_not_found"),
        (post(channel="D0OTHERS01", text="x"), "channel_not_found"),
        (post(channel="C0ARCHIVED", text="x"), "is_archived"),
        (post(), "no_text"),
        (post(text=""), "no_text"),
        (post(blocks="[{"), "invalid_blocks_format"),
        (post(text="x", blocks=[{"type": "x"}]), "invalid_blocks"),
        (post(text="x", metadata={"event_type": "x"}), "invalid_metadata_format"),
        (method("chat.postMessage", text="x"), "invalid_arguments"),
        (method("chat.update", channel="C0SALES001", ts="1.2", text="x"), "message_not_found"),
        (method("chat.delete", channel="C0SALES001", ts="1.2"), "message_not_found"),
        (
            method("chat.postEphemeral", channel="C0SALES001", user="U0EXT00001", text="x"),
            "user_not_in_channel",
        ),
        (
            method(
                "chat.postEphemeral", channel="C0SALES001", user="U0CARL0001", text="x" * 40_001
            ),
            "msg_too_long",
        ),
        (method("views.open", trigger_id="1.2.x", view=modal()), "invalid_trigger_id"),
        (method("views.open", trigger_id="1.2.x", view={}), "invalid_arguments"),
        (method("views.open", view=modal()), "invalid_arguments"),
        (method("views.push", trigger_id="1.2.x", view=modal()), "invalid_trigger_id"),
        (method("views.update", view_id="V1", view=modal()), "not_found"),
        (
            method("views.publish", user_id="U0", view={"type": "home", "blocks": []}),
            "user_not_found",
        ),
        (
            method("views.open", trigger_id="x", view=modal(private_metadata="x" * 251_000)),
            "view_too_large",
        ),
        (method("users.info", user="U0"), "user_not_found"),
        (method("conversations.info", channel="D0OTHERS01"), "channel_not_found"),
        (method("conversations.history", channel="C0GENERAL1"), "not_in_channel"),
        (method("conversations.replies", channel="C0SALES001", ts="1.2"), "thread_not_found"),
        (method("files.info", file="F1"), "file_not_found"),
        (method("apps.connections.open"), "not_allowed_token_type"),
        (method("chat.shout"), "unknown_method"),
    ],
)
async def test_refusals_are_slacks_own(client: AsyncWebClient, ask: Ask, code: str) -> None:
    """What Slack refuses is refused with Slack's code."""
    assert (await refused(ask(client)))["error"] == code


async def test_a_refused_block_is_pointed_at(client: AsyncWebClient) -> None:
    """invalid_blocks says in response_metadata where the fault is."""
    blocks: list[Json] = [{"type": "divider"}, {"type": "header", "text": plain("x" * 151)}]
    body = await refused(client.chat_postMessage(channel="C0SALES001", text="x", blocks=blocks))
    line = "must be less than 151 characters [json-pointer:/blocks/1/text/text]"
    assert body["errors"] == [line]
    assert body["response_metadata"]["messages"] == [f"[ERROR] {line}"]


@pytest.mark.parametrize(
    ("text", "taken"),
    [("x" * 4000, True), ("x" * 4001, False), ("&" * 800, True), ("&" * 801, False)],
)
async def test_an_update_is_measured_in_escaped_bytes(
    client: AsyncWebClient,
    text: str,
    taken: bool,  # noqa: FBT001 - a table's column
) -> None:
    """chat.update takes 4,000 bytes of text, `&` counting for five."""
    posted = await client.chat_postMessage(channel="C0SALES001", text="x")
    update = client.chat_update(channel="C0SALES001", ts=posted["ts"], text=text)
    if taken:
        assert (await update)["text"] == text
    else:
        assert (await refused(update))["error"] == "msg_too_long"


async def test_too_long_a_text_is_cut(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """chat.postMessage cuts the text at 40,000 characters."""
    await client.chat_postMessage(channel="C0SALES001", text="x" * 40_001)
    assert len(slack.messages("#sales")[0].text) == 40_000


async def test_the_bot_changes_only_its_own(
    slack: SlackSandbox, client: AsyncWebClient, listener: Listener
) -> None:
    """A person's message is not the bot's to change or delete."""
    said = await slack.say("vera", "#sales", "mine")
    update = await refused(client.chat_update(channel="C0SALES001", ts=said.ts, text="yours"))
    assert update["error"] == "cant_update_message"
    delete = await refused(client.chat_delete(channel="C0SALES001", ts=said.ts))
    assert delete["error"] == "cant_delete_message"


@pytest.mark.parametrize(("token", "code"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_wrong_token_is_refused(slack: SlackSandbox, token: str, code: str) -> None:
    """No token, and a token of nobody's."""
    client = AsyncWebClient(token, base_url=slack.api_url)
    assert (await refused(client.auth_test()))["error"] == code


async def test_a_missing_scope_is_named(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """missing_scope says what is needed and what there is."""
    slack.workspace.scopes = {"commands"}
    body = await refused(client.chat_postMessage(channel="C0SALES001", text="x"))
    assert (body["error"], body["needed"], body["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands",
    )


async def test_a_file_goes_up_in_three_steps(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """files_upload_v2 works, shares the file as a message, and its bytes want the bot's token."""
    done = await client.files_upload_v2(
        channel="C0SALES001", filename="rows.csv", content="a,b\n1,2\n", initial_comment="Results"
    )
    message = slack.messages("#sales")[0]
    assert (message.text, message.files[0]["name"]) == ("Results", "rows.csv")
    url = done["file"]["url_private_download"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers={"Authorization": "Bearer xoxb-test"}) as answer:
            assert await answer.read() == b"a,b\n1,2\n"
        async with session.get(url) as answer:
            assert b"Sign in" in await answer.read()
    shared = slack.share("oscar", "numbers.csv", b"+14155550132")
    assert (await client.files_info(file=shared["id"]))["file"]["size"] == 12
