"""Files in and out of Slack, over the wire: the token's way, the limits, and each way to fail."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.errors import (
    BotError,
    FileClosed,
    FileElsewhere,
    FileError,
    FileGone,
    FileTooLarge,
    NotLetIn,
    NotReachable,
    SlackError,
)
from bot.sandbox.slack import SlackSandbox, cut, server_error
from bot.sandbox.slack.calls import Fault
from bot.sandbox.slack.served import Served
from bot.slack.api import SlackApi, open_session
from bot.slack.files import FileHosts, Stored, read_file

ROWS = b"phone,name\n+14155550132,John Doe\n"
MOST = 10_000_000


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox()
    with sandbox.serve():
        yield sandbox


@pytest.fixture
async def api(slack: SlackSandbox) -> AsyncIterator[SlackApi]:
    """The bot's own way to it."""
    async with open_session() as session:
        yield SlackApi("xoxb-test", slack.api_url, session)


async def test_a_persons_file_is_read(slack: SlackSandbox, api: SlackApi) -> None:
    """Its name and its bytes, whatever they are; at exactly the limit too."""
    for name, data in (("numbers.csv", ROWS), ("Zahlen ä%2F.xlsx", b"\x00\xff" * 9), ("x", b"")):
        shared = slack.share("carl", name, data)
        found = await api.download(shared["id"], most=len(data))
        assert (found.name, found.data) == (name, data)


async def test_a_page_that_somebody_gave_is_a_file(slack: SlackSandbox, api: SlackApi) -> None:
    """HTML by its name isn't taken for Slack's sign-in page."""
    shared = slack.share("carl", "list.html", b"<table></table>")
    assert (await api.download(shared["id"], most=MOST)).data == b"<table></table>"


async def test_another_organisations_file_is_read_by_its_id(
    slack: SlackSandbox, api: SlackApi
) -> None:
    """The message says no more than its id; Slack is asked where it is."""
    message = await slack.upload("ext", "#partners", "numbers.csv", ROWS)
    assert "url_private" not in message.files[0]
    assert (await api.download(message.files[0]["id"], most=MOST)).data == ROWS


async def test_a_file_over_the_limit(slack: SlackSandbox, api: SlackApi) -> None:
    """It isn't even asked for; the limit is told as people read sizes."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    slack.fail_next("files.download", cut(), times=9)
    with pytest.raises(FileTooLarge, match="larger than 2e-06 MB"):
        await api.download(shared["id"], most=2)
    assert str(FileTooLarge(MOST)).startswith("This file is larger than 10 MB. ")


async def test_a_file_that_is_gone(slack: SlackSandbox, api: SlackApi) -> None:
    """Deleted before or after it was looked up, or never there: it is to be sent again."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    slack.fail_next("files.download", Fault(error="gone", status=404))
    with pytest.raises(FileGone):
        await api.download(shared["id"], most=MOST)
    slack.take_back(shared["id"])
    for file_id in (shared["id"], "F0NOWHERE1"):
        with pytest.raises(FileGone) as caught:
            await api.download(file_id, most=MOST)
        assert "Send it again" in caught.value.message


@pytest.mark.parametrize("way", ["no scope", "page", "forbidden"])
async def test_a_token_that_may_not_read_files(
    slack: SlackSandbox, api: SlackApi, way: str
) -> None:
    """Slack refuses, redirects to its sign-in page or shows it: never taken for the file."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    if way == "no scope":
        slack.workspace.scopes.discard("files:read")
    elif way == "page":
        slack.fail_next("files.download", "signed_out")
    else:
        slack.fail_next("files.download", Fault(error="forbidden", status=403))
    with pytest.raises(FileClosed) as caught:
        await api.download(shared["id"], most=MOST)
    assert "install it again" in caught.value.message


async def test_a_token_that_the_file_host_does_not_know(slack: SlackSandbox) -> None:
    """It is redirected to the sign-in page, and goes no further."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    async with open_session() as session:
        hosts = FileHosts("xoxb-other", slack.api_url, session)
        with pytest.raises(FileClosed):
            await hosts.fetch(read_file(shared, MOST), MOST)


@pytest.mark.parametrize(
    ("method", "fault", "certain"),
    [
        ("files.download", cut(), True),
        ("files.download", server_error(503), True),
        ("files.info", Fault(error="service_unavailable"), True),
        ("files.info", Fault(error="internal_error"), False),
    ],
)
async def test_a_download_that_breaks(
    slack: SlackSandbox, api: SlackApi, method: str, fault: Fault, *, certain: bool
) -> None:
    """It is Slack's failure, and passes; nothing of the file is blamed."""
    shared = slack.share("carl", "numbers.csv", ROWS)
    slack.fail_next(method, fault, times=9)
    with pytest.raises(SlackError) as caught:
        await api.download(shared["id"], most=MOST)
    assert type(caught.value) is SlackError
    assert caught.value.certain is certain


GIVEN: dict[str, Any] = {
    "name": "numbers.csv",
    "mimetype": "text/csv",
    "size": 42,
    "url_private": "https://files.slack.com/files-pri/T1-F1/numbers.csv",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/numbers.csv",
}


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"mode": "tombstone"}, FileGone),
        ({"mode": "hidden_by_limit"}, FileGone),
        ({"is_external": True, "mode": "external"}, FileElsewhere),
        ({"file_access": "check_file_info"}, FileElsewhere),
        ({"file_access": "access_denied"}, FileGone),
        ({"url_private": None, "url_private_download": None}, FileGone),
        ({"size": MOST + 1}, FileTooLarge),
    ],
)
def test_what_slack_says_of_a_file(other: dict[str, Any], error: type[FileError]) -> None:
    """What can't be fetched is known before anything is fetched."""
    with pytest.raises(error):
        read_file(GIVEN | other, MOST)


def test_a_file_object_is_read_tolerantly() -> None:
    """Without its download address the other one does; without a name it is called a file."""
    assert read_file(GIVEN, MOST).url == GIVEN["url_private_download"]
    bare = read_file({"url_private": GIVEN["url_private"]}, MOST)
    assert (bare.name, bare.url) == ("file", GIVEN["url_private"])
    with pytest.raises(FileGone):
        read_file(None, MOST)


class Thief:
    """A host of somebody else's, which keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[Request] = []

    def starlette(self) -> Starlette:
        """The application."""

        async def keep(request: Request) -> Response:
            self.heard.append(request)
            return Response(ROWS)

        return Starlette(routes=[Route("/{path:path}", keep, methods=["GET", "POST"])])


FOREIGN = (
    "https://files.slack.com@evil.example/x",
    "https://evil.example/files.slack.com",
    "https://files.slack.com.evil.example/x",
    "https://notslack.com/x",
    "https://files.slack.com:8443/x",
    "http://files.slack.com/x",
    "https://evil.example\\@files.slack.com/x",
    "https://[/x",
    "file:///etc/passwd",
    "//files.slack.com/x",
    "",
)


async def test_the_token_goes_to_slack_only(slack: SlackSandbox) -> None:
    """Whatever address a file is said to have: another host hears nothing, by GET or by POST."""
    thief = Thief()
    async with open_session() as session:
        with Served(thief.starlette()) as served:
            hosts = FileHosts("xoxb-test", slack.api_url, session)
            for url in (f"{served.url}/x", *FOREIGN):
                with pytest.raises(FileElsewhere):
                    await hosts.fetch(Stored("x.csv", url, "text/csv"), MOST)
                with pytest.raises(FileElsewhere):
                    await hosts.send(url, ROWS)
    assert thief.heard == []


def test_slacks_own_hosts() -> None:
    """An organisation's, and the government's, are Slack's too."""
    hosts = FileHosts("xoxb-test", "https://slack.com/api/", None)  # type: ignore[arg-type]
    for host in ("files.slack.com", "slack.com", "acme.enterprise.slack.com", "Files.Slack.com"):
        hosts._check_host(f"https://{host}/x")
    hosts._check_host("https://files.slack-gov.com/x")
    with pytest.raises(FileElsewhere):
        hosts._check_host("http://slack.com/x")


async def test_a_redirect_is_not_followed_with_the_token(slack: SlackSandbox) -> None:
    """Not even to where the file would be."""
    thief = Thief()
    with Served(thief.starlette()) as served:

        async def away(_: Request) -> Response:
            return Response(status_code=302, headers={"Location": f"{served.url}/x"})

        app = Starlette(routes=[Route("/{path:path}", away, methods=["GET", "POST"])])
        with Served(app) as own:
            async with open_session() as session:
                hosts = FileHosts("xoxb-test", f"{own.url}/api/", session)
                with pytest.raises(FileClosed):
                    await hosts.fetch(Stored("x.csv", f"{own.url}/x", "text/csv"), MOST)
                with pytest.raises(SlackError, match="didn't take the file"):
                    await hosts.send(f"{own.url}/x", ROWS)
    assert thief.heard == []


async def test_a_file_that_is_larger_than_it_was_said_to_be() -> None:
    """The cap holds while it streams: an endless answer is left."""

    async def endless(_: Request) -> Response:
        return Response(b"x" * (MOST + 1), media_type="text/csv")

    with Served(Starlette(routes=[Route("/x", endless)])) as own:
        async with open_session() as session:
            hosts = FileHosts("xoxb-test", f"{own.url}/api/", session)
            with pytest.raises(FileTooLarge):
                await hosts.fetch(Stored("x.csv", f"{own.url}/x", "text/csv"), MOST)


async def test_the_bot_sends_a_file(slack: SlackSandbox, api: SlackApi) -> None:
    """It stands in the direct message, with its comment; no token went with the bytes."""
    direct = await api.dm("U0CARL0001")
    file_id = await api.upload(
        direct, name="results.csv", data=ROWS, title="Results", comment="*Spring Sale* is done."
    )
    (message,) = slack.messages("@carl")
    assert (message.text, message.bot_id) == ("*Spring Sale* is done.", "B0TOINGG01")
    file = slack.file(file_id)
    assert (file.name, file.title, file.content) == ("results.csv", "Results", ROWS)
    assert (await api.download(file_id, most=MOST)).data == ROWS


async def test_the_bot_sends_a_file_into_a_thread(slack: SlackSandbox, api: SlackApi) -> None:
    """Under the message that it belongs to."""
    at = await api.post(await api.dm("U0CARL0001"), {"text": "Spring Sale"})
    await api.upload(
        at.channel, name="a.csv", data=ROWS, title="A", comment="Here", thread_ts=at.ts
    )
    assert [each.text for each in slack.messages("@carl", at.ts)] == ["Spring Sale", "Here"]


async def upload(api: SlackApi, channel: str = "C0SALES001") -> str:
    """A file of the bot's."""
    return await api.upload(channel, name="a.csv", data=ROWS, title="A", comment="Here")


@pytest.mark.parametrize(
    ("method", "fault", "kind", "certain"),
    [
        ("files.getUploadURLExternal", Fault(error="internal_error"), SlackError, True),
        ("files.getUploadURLExternal", "token_revoked", NotLetIn, True),
        ("files.upload", cut(), SlackError, True),
        ("files.upload", server_error(500), SlackError, True),
        ("files.completeUploadExternal", "channel_not_found", NotReachable, True),
        ("files.completeUploadExternal", cut(applied=True), SlackError, False),
        ("files.completeUploadExternal", Fault(error="internal_error"), SlackError, False),
    ],
)
async def test_an_upload_that_breaks(
    slack: SlackSandbox,
    api: SlackApi,
    method: str,
    fault: Fault | str,
    kind: type[BotError],
    *,
    certain: bool,
) -> None:
    """Until its last step nobody sees the file: that one alone leaves it open, and runs once."""
    slack.fail_next(method, fault, times=9)
    with pytest.raises(kind) as caught:
        await upload(api)
    assert isinstance(caught.value, SlackError)
    assert type(caught.value) is kind
    assert caught.value.certain is certain
    assert len(slack.calls("files.completeUploadExternal")) <= 1
    stands = isinstance(fault, Fault) and fault.applied
    assert len(slack.messages("#sales")) == int(stands)


async def test_an_upload_needs_its_scope(slack: SlackSandbox, api: SlackApi) -> None:
    """Without files:write it is refused, and says so."""
    slack.workspace.scopes.discard("files:write")
    with pytest.raises(SlackError) as caught:
        await upload(api)
    assert caught.value.code == "missing_scope"
