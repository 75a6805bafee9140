"""What can be made to go wrong in the sandbox's Slack, and the instants at which it can."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.instants import Instants
from bot.sandbox.slack import SlackSandbox, cut, rate_limited, server_error, slow
from bot.sandbox.slack.calls import Fault
from tests.contract.sandbox_slack_app import MANIFEST


@pytest.fixture
def instants() -> Instants:
    """The instants that the sandbox reaches."""
    return Instants()


@pytest.fixture
def slack(instants: Instants) -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox(instants, app_manifest=MANIFEST)
    with sandbox.serve():
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    """slack_sdk's client without any retries, so that one call is one request."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            "xoxb-test", base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def post(client: AsyncWebClient, text: str = "x", channel: str = "C0SALES001") -> str:
    """Posts, and gives what came of it: `ok`, Slack's code, or `cut`."""
    try:
        await client.chat_postMessage(channel=channel, text=text)
    except SlackApiError as error:
        return str(error.response["error"])
    except aiohttp.ClientConnectionError:
        return "cut"
    return "ok"


@pytest.mark.parametrize(
    ("fault", "outcome", "posted"),
    [
        ("ratelimited", "ratelimited", 0),
        (rate_limited(30), "ratelimited", 0),
        ("channel_not_found", "channel_not_found", 0),
        (500, "internal_error", 0),
        (server_error(503, applied=True), "internal_error", 1),
        ("cut_before", "cut", 0),
        ("cut_after", "cut", 1),
        (cut(applied=True), "cut", 1),
        (slow(0.05), "ok", 1),
    ],
)
async def test_the_next_request_goes_wrong_as_planned(
    slack: SlackSandbox, client: AsyncWebClient, fault: Fault | str | int, outcome: str, posted: int
) -> None:
    """One request meets the fault, applied or not; the next goes well; both are on record."""
    slack.fail_next("chat.postMessage", fault)
    assert await post(client, "first") == outcome
    assert len(slack.messages("#sales")) == posted
    assert await post(client, "second") == "ok"
    first, second = slack.calls("chat.postMessage")
    assert (first.ok, first.applied) == (outcome == "ok", posted == 1)
    assert (first.status == 0) == (outcome == "cut")
    assert (second.ok, second.args["text"]) == (True, "second")


async def test_a_rate_limit_says_when_to_come_back(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """429 carries Retry-After in seconds."""
    slack.fail_next("views.open", rate_limited(7))
    with pytest.raises(SlackApiError) as error:
        await client.views_open(trigger_id="1", view={})
    assert error.value.response.status_code == 429
    assert error.value.response.headers["Retry-After"] == "7"


async def test_a_fault_can_wait_for_its_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    """A fault for one channel leaves the others alone, and lasts as often as it is told to."""
    slack.fail_next("chat.postMessage", "ratelimited", times=2, channel="#support")
    assert await post(client) == "ok"
    outcomes = [await post(client, channel="C0SUPPORT1") for _ in range(3)]
    assert outcomes == ["ratelimited", "ratelimited", "ok"]


async def test_slack_can_be_down_and_up_again(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """While Slack is down every connection to it breaks, response_urls too."""
    slack.bot_url = "http://127.0.0.1:9"
    url = (await slack.command("carl", "#sales", "/call")).response_url
    slack.down()
    assert await post(client) == "cut"
    with pytest.raises(aiohttp.ClientConnectionError):
        await AsyncWebhookClient(url, retry_handlers=[]).send(text="x")
    slack.up()
    assert await post(client) == "ok"
    assert (await AsyncWebhookClient(url).send(text="x")).status_code == 200


async def test_instants_lie_before_and_after_a_write(
    slack: SlackSandbox, client: AsyncWebClient, instants: Instants
) -> None:
    """Before, nothing is posted; after, it is posted and not answered; a refusal has no after."""
    seen: list[int] = []
    for when in ("before", "after"):
        instants.at(
            f"slack.chat.postMessage.{when}", lambda: seen.append(len(slack.messages("#sales")))
        )
    assert await post(client) == "ok"
    assert seen == [0, 1]
    assert await post(client, channel="C0NOWHERE1") == "channel_not_found"
    assert instants.reached["slack.chat.postMessage.after"] == 1
    await client.conversations_info(channel="C0SALES001")
    assert set(instants.reached) == {
        "slack.chat.postMessage.before",
        "slack.chat.postMessage.after",
    }


async def test_waiting_at_an_instant_holds_up_nobody_else(
    slack: SlackSandbox, client: AsyncWebClient, instants: Instants
) -> None:
    """One request may be held at an instant while others are answered."""
    go_on = threading.Event()

    def hold() -> None:
        go_on.wait(5)

    instants.at("slack.chat.postMessage.before", hold)
    held = asyncio.create_task(post(client, "held"))
    await slack.wait_for(lambda: instants.reached["slack.chat.postMessage.before"])
    assert await post(client, "other") == "ok"
    assert [m.text for m in slack.messages("#sales")] == ["other"]
    go_on.set()
    assert await held == "ok"


async def test_waiting_gives_up_with_the_last_changes(slack: SlackSandbox) -> None:
    """wait_for names what happened last when its patience ends."""
    await slack.say("vera", "#general", "hello")
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="message_posted"):
        await slack.wait_for(lambda: slack.messages("#sales"), timeout=0.05)
    assert time.monotonic() - started < 1


async def test_a_sandbox_that_isnt_served_says_so() -> None:
    """Fingers need a served sandbox."""
    with pytest.raises(RuntimeError, match="isn't served yet"):
        await SlackSandbox().command("carl", "#sales", "/toingg")
