"""Files in the sandbox's Slack: the bot's, people's, and their bytes for who looks on."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import MANIFEST, Json, SmallApp, modal, plain

ROWS = b"phone\n+14155550132\n"


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox(app_manifest=MANIFEST)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    """slack_sdk's client with the bot's token."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-test", base_url=slack.api_url, session=session)


@pytest.fixture
def app(slack: SlackSandbox) -> Iterator[SmallApp]:
    """The small app over HTTP."""
    small = SmallApp(slack.api_url)
    with Served(small.starlette()) as serving:
        slack.bot_url = serving.url
        yield small


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("results.csv", "text/csv"),
        ("chart.png", "image/png"),
        ("report.pdf", "application/pdf"),
        ("results", "application/octet-stream"),
    ],
)
async def test_what_the_bot_uploads_stands_in_its_channel(
    slack: SlackSandbox, client: AsyncWebClient, name: str, kind: str
) -> None:
    """A message holds the file; its name, title, kind, size and bytes are there without HTTP."""
    await client.files_upload_v2(
        channel="C0SALES001", filename=name, title="Results", content=ROWS, initial_comment="Done"
    )
    (message,) = slack.messages("#sales")
    (shown,) = message.files
    file = slack.file(shown["id"])
    assert (message.text, message.bot_id) == ("Done", "B0TOINGG01")
    assert (file.name, file.title, file.size, file.content) == (name, "Results", len(ROWS), ROWS)
    assert (file.mimetype, shown["mimetype"], file.channels) == (kind, kind, ("C0SALES001",))
    assert [c.kind for c in slack.changes if c.kind != "api_called"] == [
        "file_shared",
        "message_posted",
    ]


async def test_a_files_bytes_want_the_bots_token(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """With the token its bytes come with their kind, to be kept rather than shown."""
    shown = slack.share("carl", "page.html", b"<script>alert(1)</script>")
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer xoxb-test"}
        async with session.get(shown["url_private_download"], headers=headers) as answer:
            assert await answer.read() == b"<script>alert(1)</script>"
            assert answer.headers["Content-Type"].startswith("text/html")
            assert answer.headers["Content-Disposition"] == "attachment"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async with session.get(shown["url_private_download"]) as answer:
            assert b"Sign in" in await answer.read()


async def test_a_person_posts_a_file(slack: SlackSandbox, app: SmallApp) -> None:
    """A person's file in a message reaches the app, and knows the channel that it is in."""
    shared = slack.share("vera", "numbers.csv", ROWS)
    message = await slack.say("vera", "#sales", "call these", files=(shared,))
    assert message.files[0]["channels"] == ["C0SALES001"]
    assert slack.file(shared["id"]).channels == ("C0SALES001",)
    event = (await heard(app))["event"]
    assert (event["subtype"], event["files"][0]["name"]) == ("file_share", "numbers.csv")


async def heard(app: SmallApp) -> Json:
    """What the app was told last, once it was: events come after the message stands."""
    for _ in range(500):
        if app.seen:
            return app.seen[-1]
        await asyncio.sleep(0.01)
    raise AssertionError("it was told nothing")


async def test_a_file_dropped_into_a_direct_message(slack: SlackSandbox, app: SmallApp) -> None:
    """The app hears of it as message.im, with what files.info says of the file, too."""
    message = await slack.upload("carl", "@carl", "numbers.csv", ROWS, "call these")
    event = (await heard(app))["event"]
    assert (event["channel_type"], event["subtype"]) == ("im", "file_share")
    assert (event["channel"], event["text"]) == (message.channel, "call these")
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
    told = (await client.files_info(file=event["files"][0]["id"]))["file"]
    assert told == event["files"][0]
    assert (told["pretty_type"], told["filetype"], told["user_team"]) == ("CSV", "csv", "T0SANDBOX")
    assert (told["ims"], told["channels"], told["is_public"]) == ([message.channel], [], False)
    assert told["file_access"] == "visible"


async def test_another_organisations_file_is_told_of_by_its_id(
    slack: SlackSandbox, app: SmallApp, client: AsyncWebClient
) -> None:
    """A message has no more of it; files.info has the rest."""
    message = await slack.upload("ext", "#partners", "numbers.csv", ROWS)
    (told,) = (await heard(app))["event"]["files"]
    assert (told["file_access"], "name" in told) == ("check_file_info", False)
    found = (await client.files_info(file=told["id"]))["file"]
    assert (found["name"], found["channels"]) == ("numbers.csv", [message.channel])


async def test_a_file_that_is_taken_back_leaves_a_tombstone(
    slack: SlackSandbox, app: SmallApp
) -> None:
    """The message stands, without the file; its bytes are gone."""
    message = await slack.upload("carl", "#sales", "numbers.csv", ROWS)
    shared = message.files[0]
    slack.take_back(shared["id"])
    now = slack.message("#sales", message.ts)
    assert now is not None
    assert now.files == ({"id": shared["id"], "mode": "tombstone"},)
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer xoxb-test"}
        async with session.get(shared["url_private_download"], headers=headers) as answer:
            assert answer.status == 404


async def test_a_token_without_files_read_is_asked_to_sign_in(slack: SlackSandbox) -> None:
    """As one without a token is: by a redirect to a page, where the file was expected."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    slack.workspace.scopes.discard("files:read")
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": "Bearer xoxb-test"}):
            async with session.get(
                shared["url_private"], headers=headers, allow_redirects=False
            ) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, "/signin")


async def test_a_person_uploads_into_a_modal(
    slack: SlackSandbox, app: SmallApp, client: AsyncWebClient
) -> None:
    """A file_input holds the files, and the submission carries them."""
    block: Json = {
        "type": "input",
        "block_id": "list",
        "label": plain("File"),
        "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv"]},
    }
    trigger_id = (await slack.command("carl", "#sales", "/echo")).trigger_id
    await client.views_open(trigger_id=trigger_id, view=modal("call", block))
    shared = slack.share("carl", "numbers.csv", ROWS)
    await slack.submit("carl", slack.views("carl")[-1], {"list": [shared]})
    held = app.seen[-1]["view"]["state"]["values"]["list"]["file"]["files"]
    assert [slack.file(each["id"]).content for each in held] == [ROWS]


async def test_a_file_that_never_came_isnt_there(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """Neither an unknown file nor one that was only announced can be looked at."""
    asked = await client.files_getUploadURLExternal(filename="a.csv", length=3)
    for file_id in (asked["file_id"], "F0NOWHERE1"):
        with pytest.raises(KeyError):
            slack.file(file_id)
