"""The rates of the sandbox's Slack, off until asked for: 429 with Retry-After beyond them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Rate, RateLimits, SlackSandbox
from tests.contract.sandbox_slack_app import MANIFEST, HandClock

SALES, SUPPORT = "C0SALES001", "C0SUPPORT1"


@pytest.fixture
def clock() -> HandClock:
    """The sandbox's clock, which stands still."""
    return HandClock()


@pytest.fixture
async def client(clock: HandClock) -> AsyncIterator[AsyncWebClient]:
    """slack_sdk's client without retries, before a sandbox that limits its rates."""
    slack = SlackSandbox(clock=clock, app_manifest=MANIFEST)
    slack.limit_rates()
    with slack.serve():
        async with aiohttp.ClientSession() as session:
            yield AsyncWebClient(
                "xoxb-test", base_url=slack.api_url, session=session, retry_handlers=[]
            )


async def tried(client: AsyncWebClient, method: str, times: int, **args: str) -> list[str]:
    """So many requests of a method: `ok`, or the seconds to wait for a 429."""
    outcomes = []
    for _ in range(times):
        try:
            await client.api_call(method, json=args)
        except SlackApiError as error:
            refused = (error.response.status_code, error.response["error"])
            limited = refused == (429, "ratelimited")
            outcomes.append(error.response.headers["Retry-After"] if limited else str(refused))
        else:
            outcomes.append("ok")
    return outcomes


async def test_each_channel_has_its_own_rate(client: AsyncWebClient, clock: HandClock) -> None:
    """A short burst in a channel, then one a second; another channel has all of its own."""
    message = {"channel": SALES, "text": "x"}
    assert await tried(client, "chat.postMessage", 6, **message) == ["ok"] * 5 + ["1"]
    other = {**message, "channel": SUPPORT}
    assert await tried(client, "chat.postMessage", 5, **other) == ["ok"] * 5
    clock.pass_by(seconds=1)
    assert await tried(client, "chat.postMessage", 2, **message) == ["ok", "1"]


async def test_other_methods_arent_held_up(client: AsyncWebClient) -> None:
    """While a channel's messages are limited, everything else is answered at once."""
    message = {"channel": SALES, "text": "x"}
    await tried(client, "chat.postMessage", 6, **message)
    private = {**message, "user": "U0CARL0001"}
    assert await tried(client, "chat.postEphemeral", 3, **private) == ["ok"] * 3
    assert await tried(client, "users.info", 3, user="U0CARL0001") == ["ok"] * 3
    assert await tried(client, "auth.test", 200) == ["ok"] * 200


@pytest.mark.parametrize(
    ("method", "args", "a_minute", "wait"),
    [
        ("users.list", {}, 20, "3"),
        ("conversations.info", {"channel": SALES}, 50, "2"),
        ("users.info", {"user": "U0CARL0001"}, 100, "1"),
    ],
)
async def test_a_tier_is_so_many_a_minute(
    client: AsyncWebClient,
    clock: HandClock,
    method: str,
    args: dict[str, str],
    a_minute: int,
    wait: str,
) -> None:
    """Tier 2 takes 20 a minute, tier 3 takes 50, tier 4 takes 100; a minute later so many again."""
    for _ in range(2):
        outcomes = await tried(client, method, a_minute + 1, **args)
        assert outcomes == ["ok"] * a_minute + [wait]
        clock.pass_by(minutes=1)


async def test_updates_are_of_the_third_tier(client: AsyncWebClient) -> None:
    """chat.update is limited for the whole workspace, whichever channel it is in."""
    ts = (await client.chat_postMessage(channel=SALES, text="x"))["ts"]
    other = (await client.chat_postMessage(channel=SUPPORT, text="x"))["ts"]
    updates = await tried(client, "chat.update", 50, channel=SALES, ts=ts, text="y")
    assert updates == ["ok"] * 50
    assert await tried(client, "chat.update", 1, channel=SUPPORT, ts=other, text="y") == ["2"]


async def test_history_is_one_a_minute_where_it_is_so_limited() -> None:
    """An app that is distributed outside the Marketplace reads history once a minute."""
    slack = SlackSandbox(clock=HandClock(), app_manifest=MANIFEST)
    slack.workspace.scopes.add("channels:history")
    slack.limit_rates(RateLimits(history=Rate(1, 1)))
    with slack.serve():
        client = AsyncWebClient("xoxb-test", base_url=slack.api_url, retry_handlers=[])
        read = await tried(client, "conversations.history", 2, channel=SALES)
        assert read == ["ok", "60"]


async def test_slacks_own_client_gets_through() -> None:
    """slack_sdk's handler of 429 waits as it is told, and its message is taken."""
    slack = SlackSandbox(app_manifest=MANIFEST)
    slack.limit_rates(RateLimits(posting=Rate(60, 1)))
    with slack.serve():
        handler = AsyncRateLimitErrorRetryHandler(max_retry_count=2)
        client = AsyncWebClient("xoxb-test", base_url=slack.api_url, retry_handlers=[handler])
        for text in ("first", "second"):
            await client.chat_postMessage(channel=SALES, text=text)
    assert [m.text for m in slack.messages(SALES)] == ["first", "second"]
    assert 429 in [call.status for call in slack.calls("chat.postMessage")]


async def test_nothing_is_limited_until_asked_for() -> None:
    """A sandbox that nobody told to limit takes a hundred messages at once."""
    slack = SlackSandbox(app_manifest=MANIFEST)
    with slack.serve():
        client = AsyncWebClient("xoxb-test", base_url=slack.api_url, retry_handlers=[])
        message = {"channel": SALES, "text": "x"}
        assert await tried(client, "chat.postMessage", 100, **message) == ["ok"] * 100
