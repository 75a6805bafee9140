"""The sandbox's page over HTTP: who may ask it, what it shows to whom, and what its deeds do."""

import base64
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.page import Page
from bot.sandbox.page.live import MOST
from bot.sandbox.page.shown import NEWEST
from bot.sandbox.slack import Message, SlackSandbox
from bot.sandbox.slack.failures import TROUBLE
from bot.sandbox.slack.people import BOT, BOT_ID
from bot.sandbox.slack.served import Served
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox
from tests.contract.sandbox_page_browser import Browser, Line, text_of
from tests.contract.sandbox_slack_app import MANIFEST, SmallApp, modal, plain, text_input


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served Slack whose patience is half a second."""
    sandbox = SlackSandbox(ack_seconds=0.5, app_manifest=MANIFEST)
    sandbox.retry_after = ()
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def toingg() -> ToinggSandbox:
    """A Toingg whose calls are answered after a while."""
    return ToinggSandbox()


@pytest.fixture
def line(toingg: ToinggSandbox, session: ClientSession) -> Iterator[Line]:
    """Toingg, served, and somebody who asks it for calls and texts."""
    with toingg.serve() as serving:
        yield Line(session, serving.url, toingg.key)


@pytest.fixture
def stripe() -> Iterator[StripeSandbox]:
    """A served Stripe."""
    sandbox = StripeSandbox()
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def page(slack: SlackSandbox, toingg: ToinggSandbox, stripe: StripeSandbox) -> Iterator[str]:
    """The page's address."""
    page = Page(slack, toingg, stripe=stripe, roles={"carl": "caller"})
    with page.serve() as serving:
        yield serving.url


@pytest.fixture
def app(slack: SlackSandbox) -> Iterator[SmallApp]:
    """The small app in the bot's place."""
    small = SmallApp(slack.api_url)
    with Served(small.starlette()) as serving:
        slack.bot_url = serving.url
        yield small


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Connections."""
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
def carl(session: ClientSession, page: str) -> Browser:
    """Carl before #sales."""
    return Browser(session, page)


def post(slack: SlackSandbox, text: str, **fields: object) -> Message:
    """A message of the bot's in #sales."""
    place = slack.channel("sales").id
    message = Message(place, slack.workspace.feed.new_ts(), BOT.id, text, bot_id=BOT_ID)
    changes = {"blocks": (), **fields}
    return slack.workspace.messages.post(Message(**{**message.__dict__, **changes}))


async def test_only_this_machines_own_names_are_answered(carl: Browser) -> None:
    """A name of somebody else's that leads to 127.0.0.1 isn't answered; localhost is."""
    port = carl.url.rpartition(":")[2]
    assert (await carl.get(Host="rebound.example"))[0] == 421
    assert (await carl.get(Host=f"rebound.example:{port}"))[0] == 421
    assert (await carl.get(Host="127.0.0.1:1"))[0] == 421
    assert (await carl.get(Host=f"localhost:{port}"))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_what_does_something_comes_from_the_page_itself(
    slack: SlackSandbox, carl: Browser, headers: dict[str, str], status: int
) -> None:
    """Another page's request, or one that isn't JSON, does nothing."""
    answered, _ = await carl.post("/carl/sales/act/say", {"text": "hello"}, **headers)
    assert answered == status
    assert slack.messages("sales") == []


async def test_a_request_without_an_origin_does_nothing(slack: SlackSandbox, carl: Browser) -> None:
    """Who doesn't say where the request comes from is no browser with this page in it."""
    url = f"{carl.url}/carl/sales/act/say"
    async with carl.session.post(url, json={"text": "hello"}) as answer:
        assert answer.status == 403
    assert slack.messages("sales") == []


@pytest.mark.parametrize("path", ["/carl/sales", "/static/main.js", "/nobody/nowhere"])
async def test_every_answer_forbids_what_isnt_ours(carl: Browser, path: str) -> None:
    """Scripts, styles and frames of others are forbidden, and so is everything inline."""
    async with carl.session.get(f"{carl.url}{path}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if answer.content_type == "text/html":
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", text)
        assert not re.search(r"(?:src|href)=\"(?!/)(?!#)", text)


async def test_who_is_nobody_and_what_is_nowhere_is_told(carl: Browser) -> None:
    """An unknown person, an unknown channel, the bot, and a channel of others: 404, in words."""
    for path, words in {
        "/nobody/sales": "nobody called nobody",
        "/carl/nowhere": "no channel called nowhere",
        "/toingg/sales": "is the bot itself",
        "/carl/board": "Carl Caller is not in #board",
    }.items():
        status, text = await carl.get(path)
        assert status == 404
        assert words in text_of(text)


async def test_foreign_text_stays_text(slack: SlackSandbox, carl: Browser) -> None:
    """What somebody writes is shown as it was written, in the page and in what is pushed."""
    attack = "<img src=x onerror=alert(1)> & <!channel>"
    async with carl.listening():
        await carl.act("say", text=attack)
        pushed = await carl.hear_html("onerror")
    _, page = await carl.get()
    for text in (pushed, page):
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert (
        slack.messages("sales")[0].text
        == "&lt;img src=x onerror=alert(1)&gt; &amp; &lt;!channel&gt;"
    )


async def test_what_cant_be_drawn_says_so(slack: SlackSandbox, carl: Browser) -> None:
    """A block that the page doesn't know is a red box with its name, and the rest is there."""
    post(slack, "before")
    post(slack, "hologram", blocks=({"type": "hologram", "block_id": "b"},))
    _, page = await carl.get()
    assert re.search(r'class="cant-draw"[^>]*>[^<]*hologram', page)
    assert "before" in page


async def test_an_ephemeral_message_is_its_persons_alone(
    session: ClientSession, page: str, slack: SlackSandbox, app: SmallApp
) -> None:
    """Carl sees the answer to his command, marked as his alone; Olivia never does."""
    carl, olivia = Browser(session, page), Browser(session, page, "/olivia/sales")
    async with carl.listening(), olivia.listening():
        await carl.act("command", text="/echo for my eyes")
        shown = await carl.hear_html("for my eyes")
        await carl.act("say", text="to all")
        await olivia.hear_html("to all")
        assert "Only visible to you" in shown
        assert slack.ephemerals("carl")[0].ts not in str(olivia.ops)
        assert "for my eyes" not in str(olivia.ops)
    assert "for my eyes" in (await carl.get())[1]
    assert "for my eyes" not in (await olivia.get())[1]


async def test_messages_carry_who_said_them_and_when(slack: SlackSandbox, carl: Browser) -> None:
    """A message's name has its author and the time in the reader's zone; the bot is an APP."""
    post(slack, "hello")
    _, page = await carl.get()
    assert re.search(r'aria-label="Message from Toingg, \d\d:\d\d"', page)
    assert '<span class="app">APP</span>' in page


async def test_the_commands_are_the_manifests(carl: Browser) -> None:
    """The list that opens with a slash has each command with its hint and description."""
    _, page = await carl.get()
    listed = re.findall(r'data-command="([^"]+)"', page)
    assert listed == [each.command for each in MANIFEST.commands]
    for each in MANIFEST.commands:
        assert each.description in page


async def test_a_modal_is_opened_pushed_upon_complained_about_and_submitted(
    slack: SlackSandbox, app: SmallApp, carl: Browser
) -> None:
    """The stack is pushed as it changes; what Slack's client keeps back is told in the field."""
    pushed = modal("call", text_input("second"), title=plain("On top"))
    async with carl.listening():
        await carl.act("command", text="/call")
        (window,) = await carl.hear_windows(lambda windows: len(windows) == 1)
        assert 'data-block-id="phone"' in window
        view = slack.views("carl")[0].id
        answer = await carl.act("submit", view=view, values={"phone": {"typed": None}})
        assert set(answer["complaints"]) == {"phone"}
        await carl.hear_windows(lambda windows: "required field" in "".join(windows))
        app.answers.append({"response_action": "push", "view": pushed})
        filled = {"phone": {"typed": "+14155550132"}}
        await carl.act("submit", view=view, values=filled)
        windows = await carl.hear_windows(lambda windows: len(windows) == 2)
        assert "On top" in windows[1]
        assert 'value="+14155550132"' in windows[0]
        await carl.act("close", view=slack.views("carl")[-1].id)
        await carl.act("submit", view=view, values=filled)
        await carl.hear_windows(lambda windows: windows == [])
    typed = app.seen[-1]["view"]["state"]["values"]["phone"]["typed"]
    assert typed["value"] == "+14155550132"


async def test_errors_of_the_app_stand_in_their_fields(
    slack: SlackSandbox, app: SmallApp, carl: Browser
) -> None:
    """`response_action: errors` is shown under the field, which keeps what was typed."""
    async with carl.listening():
        await carl.act("command", text="/call")
        await carl.hear_windows(lambda windows: len(windows) == 1)
        app.answers.append({"response_action": "errors", "errors": {"phone": "No such number."}})
        view = slack.views("carl")[0].id
        await carl.act("submit", view=view, values={"phone": {"typed": "12"}})
        (window,) = await carl.hear_windows(lambda windows: "No such number." in "".join(windows))
    assert 'value="12"' in window


async def test_an_app_that_is_away_is_told_as_slack_tells_it(
    slack: SlackSandbox, app: SmallApp, carl: Browser
) -> None:
    """A late ack is Slackbot's word to who typed; a lost submission a banner in the modal."""
    async with carl.listening():
        answer = await carl.act("command", text="/late")
        assert answer["error"] == "operation_timeout"
        assert "Only visible to you" in await carl.hear_html("operation_timeout")
        await carl.act("command", text="/call")
        await carl.hear_windows(lambda windows: len(windows) == 1)
        slack.bot_url = "http://127.0.0.1:9"
        values = {"phone": {"typed": "+14155550132"}}
        view = slack.views("carl")[0].id
        assert (await carl.act("submit", view=view, values=values))["error"] == "dispatch_failed"
        (window,) = await carl.hear_windows(lambda windows: TROUBLE in text_of("".join(windows)))
    assert 'value="+14155550132"' in window


async def test_a_click_reaches_the_app_and_its_failure_the_page(
    slack: SlackSandbox, app: SmallApp, carl: Browser
) -> None:
    """A button is clicked with its own value, whatever is sent; then the app is away."""
    async with carl.listening():
        await carl.act("command", text="/card")
        await carl.hear_html("hang_up")
        card = slack.messages("sales")[-1]
        click = {"ts": card.ts, "block_id": "card", "action_id": "hang_up", "value": "call-2"}
        assert (await carl.act("click", **click))["error"] == ""
        assert app.seen[-1]["actions"][0]["value"] == "call-1"
        await carl.hear_html("Hung up")
        assert "out of date" in await carl.refused("click", **click)
        stood = len(slack.messages("sales"))
        await carl.act("command", text="/card")
        await slack.wait_for(lambda: len(slack.messages("sales")) > stood)
        slack.bot_url = "http://127.0.0.1:9"
        again = click | {"ts": slack.messages("sales")[-1].ts}
        assert (await carl.act("click", **again))["error"] == "dispatch_failed"
        await carl.hear_html('data-mark-action="hang_up">We had some trouble connecting.')


async def test_nobody_uses_somebody_elses_window(
    session: ClientSession, page: str, slack: SlackSandbox, app: SmallApp
) -> None:
    """Carl's modal can't be submitted, closed or clicked in as Olivia."""
    carl, olivia = Browser(session, page), Browser(session, page, "/olivia/sales")
    await carl.act("command", text="/call")
    await slack.wait_for(lambda: slack.views("carl"))
    view = slack.views("carl")[0].id
    assert "isn't open" in await olivia.refused("submit", view=view, values={})
    assert "isn't open" in await olivia.refused("close", view=view)
    assert "isn't open" in await olivia.refused("click", view=view, block_id="b", action_id="a")


async def test_a_thread_has_its_count_and_its_pane(slack: SlackSandbox, carl: Browser) -> None:
    """Replies are counted under their parent, and pushed to the pane; commands don't work there."""
    parent = post(slack, "the card")
    async with carl.listening():
        post(slack, "the first", thread_ts=parent.ts)
        assert f"?thread={parent.ts}" in await carl.hear_html("1 reply")
        await carl.act("say", text="the second", thread=parent.ts)
        await carl.hear_html("2 replies")
        reply = await carl.hear(lambda op: "the second" in op.get("html", ""))
        assert reply["into"] == f"thread-{parent.ts}"
    _, page = await carl.get(f"/carl/sales?thread={parent.ts}")
    thread = page[page.index('aria-label="Thread"') :]
    assert text_of(thread).index("the card") < text_of(thread).index("the second")
    words = await carl.refused("command", text="/echo hello", thread=parent.ts)
    assert words == "/echo is not supported in threads. Sorry!"


async def test_a_channel_of_thousands_is_shown_in_stretches(
    slack: SlackSandbox, carl: Browser
) -> None:
    """The newest come first; earlier ones at each asking, every one of them once."""
    count = 2 * NEWEST + 50
    for number in range(count):
        post(slack, f"number {number:03}.")
    found: list[str] = []
    _, text = await carl.get()
    while True:
        here = re.findall(r"number (\d+)\.", text)
        assert len(here) <= NEWEST
        found = here + found
        earlier = re.search(r'data-(?:before|earlier)="([\d.]+)"', text)
        if earlier is None:
            break
        _, text = await carl.get(f"/carl/sales/earlier?before={earlier[1]}")
    assert found == [f"{number:03}" for number in range(count)]


async def test_a_connection_that_broke_misses_nothing(slack: SlackSandbox, carl: Browser) -> None:
    """The browser comes back with the last id, and is told what happened meanwhile."""
    async with carl.listening():
        post(slack, "before the break")
        await carl.hear_html("before the break")
        await carl.hear(lambda _: carl.last_id != "")
    carl.ops.clear()
    post(slack, "during the break")
    async with carl.listening(since=carl.last_id):
        await carl.hear_html("during the break")
    assert "before the break" not in str(carl.ops)


async def test_too_much_news_is_told_as_everything_anew(slack: SlackSandbox, carl: Browser) -> None:
    """A page that was away for long fetches all of it, rather than each thing."""
    for number in range(MOST + 10):
        post(slack, f"number {number}")
    async with carl.listening():
        await carl.hear(lambda op: op["op"] == "again")
    assert not [op for op in carl.ops if op["op"] == "put" and op["into"] == "messages"]


async def test_a_page_of_an_earlier_run_is_told_everything_anew(
    slack: SlackSandbox, carl: Browser
) -> None:
    """A page left open over a restart of the sandbox fetches everything, the wire's lines too."""
    post(slack, "of this run")
    async with carl.listening(since="999.999.earlier"):
        await carl.hear(lambda op: op["op"] == "again")
        await carl.hear(lambda op: op.get("id") == "wire-lines")


async def test_files_are_got_by_those_who_see_them(
    slack: SlackSandbox, page: str, session: ClientSession, carl: Browser, app: SmallApp
) -> None:
    """A list is to be kept, a picture is shown; nobody outside of the channel gets either."""
    rows = b"phone\n+14155550132\n"
    for name, content in (("Liste ä.csv", rows), ("chart.png", b"\x89PNG"), ("x.svg", b"<svg/>")):
        await slack.upload("carl", "@carl", name, content)
    _, shown = await carl.get("/carl/@toingg")
    paths = re.findall(r'href="(/carl/files/[^"]+)" download="([^"]+)"', shown)
    assert [name for _, name in paths] == ["Liste ä.csv", "chart.png", "x.svg"]
    assert re.findall(r'<img class="picture" src="([^"]+)" alt="([^"]+)">', shown) == [paths[1]]
    expected = {"text/csv": "attachment", "image/png": "inline", "image/svg+xml": "attachment"}
    for (path, _), (kind, how) in zip(paths, expected.items(), strict=True):
        async with session.get(f"{page}{path}") as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert answer.headers["Content-Disposition"].startswith(f"{how}; filename*=UTF-8''")
        assert (await carl.get(path.replace("carl", "oscar")))[0] == 404
    assert (await carl.get("/carl/files/F0NOWHERE1"))[0] == 404
    slack.take_back(paths[0][0].rpartition("/")[2])
    assert (await carl.get(paths[0][0]))[0] == 404
    assert "This file was deleted." in (await carl.get("/carl/@toingg"))[1]


async def test_a_picture_of_the_bots_stands_in_its_card(
    slack: SlackSandbox, carl: Browser, session: ClientSession
) -> None:
    """By its id, whoever reads the card; a file that isn't there is refused."""
    client = AsyncWebClient("xoxb-test", base_url=slack.api_url, session=session)
    sent = await client.files_upload_v2(filename="chart.png", content=b"PNG")
    block = {"type": "image", "slack_file": {"id": sent["file"]["id"]}, "alt_text": "Calls by hour"}
    await client.chat_postMessage(channel="C0SALES001", text="Calls", blocks=[block])
    path = f"/carl/files/{sent['file']['id']}"
    assert f'src="{path}" alt="Calls by hour"' in (await carl.get())[1]
    assert (await carl.get(path))[0] == 200
    unknown = block | {"slack_file": {"id": "F0NOWHERE1"}}
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.chat_postMessage(channel="C0SALES001", text="Calls", blocks=[unknown])


async def test_what_one_sees_alone_can_be_dismissed(
    slack: SlackSandbox, app: SmallApp, carl: Browser
) -> None:
    """It is gone for good; what others see can't be taken away so."""
    await slack.command("carl", "#sales", "/echo", "only for Carl")
    (shown,) = slack.ephemerals("carl")
    assert "data-dismiss" in (await carl.get())[1]
    async with carl.listening():
        await carl.act("dismiss", ts=shown.ts)
        await carl.hear(lambda op: op["op"] == "gone" and op["id"] == f"m-{shown.ts}")
    assert slack.ephemerals("carl") == []
    for ts in (shown.ts, post(slack, "for all").ts):
        assert await carl.refused("dismiss", ts=ts) == "This message can't be dismissed."


async def test_nothing_is_written_to_an_app_that_takes_no_messages(
    slack: SlackSandbox, carl: Browser
) -> None:
    """Its messages tab is read-only: there is no box to write in, and no other way."""
    assert 'id="composer"' in (await carl.get("/carl/@toingg"))[1]
    slack.workspace.manifest = replace(slack.workspace.manifest, takes_messages=False)
    _, shown = await carl.get("/carl/@toingg")
    assert "Sending messages to this app has been turned off." in shown
    assert 'id="composer"' not in shown
    carl.at = "/carl/@toingg"
    assert await carl.refused("say", text="hello") == "Nobody can write here."


async def test_a_file_is_shared_with_a_message(slack: SlackSandbox, carl: Browser) -> None:
    """What is attached arrives whole, and is named under the message."""
    content = base64.b64encode(b"phone\n+14155550132\n").decode()
    shared = await carl.act("share", name="list.csv", content=content)
    async with carl.listening():
        await carl.act("say", text="", files=[shared["id"]])
        assert "19 bytes" in await carl.hear_html("list.csv")
    file = slack.messages("sales")[0].files[0]
    assert slack.workspace.files.get(file["id"]).content == b"phone\n+14155550132\n"


async def test_the_wires_log_has_everything_but_secrets(
    slack: SlackSandbox, line: Line, toingg: ToinggSandbox, app: SmallApp, carl: Browser
) -> None:
    """Each request is there with both its bodies; keys, tokens and tickets aren't in any line."""
    await carl.act("command", text="/call")
    await slack.wait_for(lambda: slack.views("carl"))
    acked = await slack.command("carl", "#sales", "/echo", "with a reply")
    assert await line.dial() == 200
    async with carl.session.post(acked.response_url, json={"text": "later"}) as answer:
        assert answer.status == 200
    async with carl.listening():
        await carl.hear_html("make_toingg")
        await carl.hear_html("/commands/")
    _, lines = await carl.get("/wire")
    numbers = re.findall(r'id="wire-(\d+)"', lines)
    details = [(await carl.get(f"/wire/{number}"))[1] for number in numbers]
    told = text_of(lines + "".join(details))
    for words in ("Slack → Bot", "Bot → Slack", "Bot → Toingg", "/api/views.open", "callSid"):
        assert words in told
    for secret in (
        "xoxb-test",
        toingg.key,
        acked.trigger_id,
        acked.response_url.rpartition("/")[2],
        "v0=",
    ):
        assert secret not in told


async def test_the_far_end_does_what_its_buttons_say(
    toingg: ToinggSandbox, line: Line, carl: Browser
) -> None:
    """Calls ring until somebody answers; then they can be hung up, and no more."""
    await carl.other_end("phone", "new-calls", by_hand=True)
    await line.dial()
    async with carl.listening():
        await carl.hear_html("ringing")
        call = next(iter(toingg.calls))
        await carl.other_end("phone", "move", call=call, state="in-progress")
        assert "Hang Up" in await carl.hear_html("talking")
        await carl.other_end("phone", "move", call=call, state="completed")
        await carl.hear_html("over")
    _, answer = await carl.post("/other-end/phone/move", {"call": call, "state": "completed"})
    assert answer["refused"] == "The call has gone on meanwhile."


async def test_faults_are_queued_shown_and_cleared(line: Line, carl: Browser) -> None:
    """What goes wrong next is listed in its order, until it has, or is called off."""
    async with carl.listening():
        await carl.other_end("phone", "fault", name="no-credit")
        await carl.other_end("phone", "fault", name="cut-after")
        panel = await carl.hear_html("<li>cut after dialling</li>")
        assert panel.index("<li>no credit (402)</li>") < panel.index("<li>cut after dialling</li>")
        assert await line.dial() == 402
        await carl.other_end("phone", "clear")
        assert await line.dial() == 200


async def test_a_texts_reply_goes_to_the_bot_and_its_answer_is_told(
    slack: SlackSandbox, toingg: ToinggSandbox, line: Line, carl: Browser
) -> None:
    """A reply is posted in Twilio's form; a bot that doesn't know the path is told as such."""
    heard: list[dict[str, str]] = []

    async def inbound(request: Request) -> Response:
        async with request.form() as form:
            heard.append({name: str(value) for name, value in form.items()})
        return Response(status_code=204 if len(heard) > 1 else 404)

    await line.text()
    bot = Starlette(routes=[Route("/toingg/inbound", inbound, methods=["POST"])])
    with Served(bot) as serving:
        slack.bot_url = serving.url
        async with carl.listening():
            sid = toingg.texts[0].sid
            await carl.other_end("phone", "reply", sid=sid, body="STOP")
            await carl.hear_html("the bot answered 404: it doesn&#39;t take replies")
            await carl.other_end("phone", "reply", sid=sid, body="Who is this?")
            await carl.hear_html("the bot answered 204")
    assert [(each["From"], each["Body"]) for each in heard] == [
        ("+14155550132", "STOP"),
        ("+14155550132", "Who is this?"),
    ]


async def test_money_is_paid_refunded_and_disputed(stripe: StripeSandbox, carl: Browser) -> None:
    """A session offers what can become of it now; Stripe's refusal is told in its words."""
    async with carl.listening():
        await carl.other_end("money", "open")
        assert "Pay by Debit" in await carl.hear_html("$20.00</b>")
        session = stripe.sessions[0].id
        await carl.other_end("money", "move", session=session, state="pay")
        assert "Dispute" in await carl.hear_html("Refund")
        await carl.other_end("money", "move", session=session, state="refund")
        await carl.hear_html("refunded $20.00")
    _, answer = await carl.post("/other-end/money/move", {"session": session, "state": "pay"})
    assert answer["refused"]


async def test_what_is_malformed_is_refused_in_words(carl: Browser) -> None:
    """JSON without what a deed needs, a message that isn't there, and a deed that isn't one."""
    assert "isn't there" in await carl.refused("click", ts="1.0", block_id="b", action_id="a")
    status, answer = await carl.post("/carl/sales/act/command", {})
    assert (status, "refused" in answer) == (400, True)
    assert "no such deed" in await carl.refused("teleport")
