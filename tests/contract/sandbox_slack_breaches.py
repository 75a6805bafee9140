"""The breaches of Slack's rules, each with the code that Slack has for it and its legal twin."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.contract.sandbox_slack_bench import (
    ARCHIVED,
    BOARD,
    CARL,
    GENERAL,
    SALES,
    STRANGER,
    Answer,
    Ask,
    Bench,
)
from tests.contract.sandbox_slack_blocks import (
    Json,
    actions,
    button,
    cells,
    chart,
    field,
    options,
    plain,
    rich_text,
    run,
    section,
    select,
    table,
    view,
)


@dataclass(frozen=True)
class Breach:
    """One rule of the table's, what breaks it, what just doesn't, and what Slack calls it."""

    what: str
    rule: str
    code: str
    broken: Ask
    legal: Ask
    pointer: str = ""
    status: int = 200


def call(method: str, **args: Any) -> Ask:
    """A request as it stands."""
    return lambda bench: bench.call(method, **args)


def post(**args: Any) -> Ask:
    """A message."""
    return lambda bench: bench.post(**args)


def with_ts(make: Callable[[Bench], Awaitable[str]], method: str, **args: Any) -> Ask:
    """A request about a message that is made before."""

    async def ask(bench: Bench) -> Answer:
        return await bench.call(method, channel=SALES, ts=await make(bench), **args)

    return ask


def block(what: str, pointer: str, broken: Json, legal: Json) -> Breach:
    """A block in a message that isn't Block Kit."""
    return blocks(what, pointer, [broken], [legal])


def blocks(what: str, pointer: str, broken: list[Json], legal: list[Json]) -> Breach:
    """Blocks of a message that aren't Block Kit."""
    rule, code = "a block's shape", "invalid_blocks"
    return Breach(what, rule, code, post(blocks=broken), post(blocks=legal), pointer)


def modal(what: str, pointer: str, broken: Json, legal: Json) -> Breach:
    """A modal that isn't one."""
    rule, code = "a view's shape", "invalid_arguments"
    return Breach(
        what,
        rule,
        code,
        lambda bench: bench.open(broken),
        lambda bench: bench.open(legal),
        pointer,
    )


MARKED = {"type": "mrkdwn", "text": "x"}
IMAGE = {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "a chart"}
NUMBERED = {"type": "rich_text_list", "style": "ordered", "elements": [run()]}
RICH_CELL = {"type": "rich_text", "elements": [run()]}
PLAIN_CELL = {"type": "raw_text", "text": "x"}
PICTURED = {"type": "context", "elements": [IMAGE]}
POINT = {"label": "x", "value": 1}


def without(whole: Json, name: str) -> Json:
    """The same without one field."""
    return {key: value for key, value in whole.items() if key != name}


def buttons(*names: str) -> Json:
    """A row of buttons with these action_ids."""
    return actions(*({"type": "button", "text": plain("x"), "action_id": name} for name in names))


def plotted(*names: str, label: str = "x") -> Json:
    """A chart of series with these names, for the one category `x`."""
    series = [{"name": name, "data": [{**POINT, "label": label}]} for name in names]
    body = {"type": "line", "series": series, "axis_config": {"categories": ["x"]}}
    return chart() | {"chart": body}


def headed(cell: Json) -> Json:
    """A data table with this cell for its head."""
    return table("data_table") | {"rows": [[cell], [RICH_CELL]]}


def inked(element: Json) -> Json:
    """One element of rich text."""
    return rich_text(run(element))


SHAPES = (
    block("an unknown block", "/blocks/0/type", {"type": "sectoin"}, section()),
    block("a section of nothing", "/blocks/0", {"type": "section"}, section()),
    block("an unknown field", "/blocks/0", section(colour="red"), section(expand=True)),
    block("an empty text", "/blocks/0/text/text", section(text=plain("")), section()),
    block("a text that isn't an object", "/blocks/0/text", section(text="x"), section()),
    block(
        "mrkdwn in a header",
        "/blocks/0/text/type",
        {"type": "header", "text": MARKED},
        {"type": "header", "text": plain("x")},
    ),
    block(
        "mrkdwn in a button",
        "/blocks/0/elements/0/text/type",
        button(text=MARKED),
        button(text=plain("x")),
    ),
    block("an unknown style", "/blocks/0/elements/0/style", button(style="x"), button()),
    block("an address that isn't one", "/blocks/0/elements/0/url", button(url="x"), button()),
    block("an image without alt text", "/blocks/0", without(IMAGE, "alt_text"), IMAGE),
    block(
        "a context's image without alt text",
        "/blocks/0/elements/0",
        {"type": "context", "elements": [without(IMAGE, "alt_text")]},
        PICTURED,
    ),
    block("an empty row", "/blocks/0/elements", actions(), buttons("a")),
    block(
        "an input in a row",
        "/blocks/0/elements/0/type",
        actions({"type": "plain_text_input"}),
        select(),
    ),
    block(
        "an option that isn't offered",
        "/blocks/0/elements/0/initial_option",
        select(initial_option={"text": plain("x"), "value": "x"}),
        select(options=options(2), initial_option=options(2)[1]),
    ),
    block("an action_id twice", "/blocks/0/elements/1/action_id", buttons(*"aa"), buttons(*"ab")),
    blocks(
        "a block_id twice",
        "/blocks/1/block_id",
        [section(block_id="a"), section(block_id="a")],
        [section(block_id="a"), section(block_id="b")],
    ),
    block("an alert in a message", "/blocks/0/type", {"type": "alert", "text": MARKED}, section()),
    block(
        "a list without its style",
        "/blocks/0/elements/0",
        rich_text(without(NUMBERED, "style")),
        rich_text(NUMBERED),
    ),
    block(
        "a text right in a list",
        "/blocks/0/elements/0/elements/0/type",
        rich_text({**NUMBERED, "elements": [{"type": "text", "text": "x"}]}),
        rich_text({**NUMBERED, "indent": 1, "offset": 3, "border": 1}),
    ),
    block(
        "a person in preformatted text",
        "/blocks/0/elements/0/elements/0/type",
        rich_text({"type": "rich_text_preformatted", "elements": [{"type": "user"}]}),
        rich_text({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]}),
    ),
    block(
        "an unknown ink",
        "/blocks/0/elements/0/elements/0/style",
        inked({"type": "text", "text": "x", "style": {"huge": True}}),
        inked({"type": "text", "text": "x", "style": {"bold": True, "code": True}}),
    ),
    block(
        "a person without an id",
        "/blocks/0/elements/0/elements/0",
        inked({"type": "user"}),
        inked({"type": "user", "user_id": CARL}),
    ),
    block(
        "an unknown crowd",
        "/blocks/0/elements/0/elements/0/range",
        inked({"type": "broadcast", "range": "all"}),
        inked({"type": "broadcast", "range": "here"}),
    ),
    block(
        "a date without its format",
        "/blocks/0/elements/0/elements/0",
        inked({"type": "date", "timestamp": 1_900_000_000}),
        inked({"type": "date", "timestamp": 1_900_000_000, "format": "{date_short}"}),
    ),
    block(
        "an empty text in rich text",
        "/blocks/0/elements/0/elements/0/text",
        inked({"type": "text", "text": ""}),
        rich_text({"type": "rich_text_quote", "elements": [{"type": "emoji", "name": "wave"}]}),
    ),
    block("a table of one row", "/blocks/0/rows", table("data_table", rows=1), table("data_table")),
    block(
        "a ragged table",
        "/blocks/0/rows",
        table("data_table") | {"rows": [*cells(1, 2), *cells(1, 1)]},
        table("data_table", columns=2),
    ),
    block("rich text in a head", "/blocks/0/rows/0/0/type", headed(RICH_CELL), headed(PLAIN_CELL)),
    block(
        "a table without its caption",
        "/blocks/0",
        without(table("data_table"), "caption"),
        table("data_table"),
    ),
    block(
        "a column that is aligned nowhere",
        "/blocks/0/column_settings/0/align",
        table("table", column_settings=[{"align": "up"}]),
        table("table", column_settings=[None, {"align": "right", "is_wrapped": True}]),
    ),
    block(
        "two series of one name", "/blocks/0/chart/series/1/name", plotted(*"aa"), plotted(*"ab")
    ),
    block(
        "a point of no category",
        "/blocks/0/chart/series/0/data",
        plotted("a", label="y"),
        plotted("a"),
    ),
    block(
        "an unknown chart",
        "/blocks/0/chart/type",
        chart() | {"chart": {"type": "radar"}},
        chart() | {"chart": {"type": "pie", "segments": [POINT]}},
    ),
    Breach(
        "a block of an attachment",
        "a block's shape",
        "invalid_blocks",
        post(attachments=[{"blocks": [{"type": "sectoin"}]}]),
        post(attachments=[{"blocks": [section()]}]),
        "/attachments/0/blocks/0/type",
    ),
    modal("a modal without its title", "/view", without(view(), "title"), view()),
    modal("mrkdwn in a title", "/view/title/type", view(title=MARKED), view()),
    modal("an input without submit", "/view", without(view(field()), "submit"), view(field())),
    modal(
        "markdown in a modal",
        "/view/blocks/0/type",
        view({"type": "markdown", "text": "x"}),
        view(section()),
    ),
    modal(
        "a home for a modal",
        "/view/type",
        {"type": "home", "blocks": []},
        view({"type": "alert", "text": MARKED, "level": "warning"}),
    ),
)


async def _twice(bench: Bench) -> Answer:
    trigger_id = await bench.trigger()
    await bench.call("views.open", trigger_id=trigger_id, view=view())
    return await bench.call("views.open", trigger_id=trigger_id, view=view())


def _aged_trigger(seconds: float) -> Ask:
    async def ask(bench: Bench) -> Answer:
        trigger_id = await bench.trigger()
        bench.clock.pass_by(seconds=seconds)
        return await bench.call("views.open", trigger_id=trigger_id, view=view())

    return ask


async def _pushed_from_outside(bench: Bench) -> Answer:
    await bench.opened()
    return await bench.call("views.push", trigger_id=await bench.trigger(), view=view())


async def _pushed(bench: Bench) -> Answer:
    return await bench.call("views.push", trigger_id=await bench.opened(), view=view())


def _named_twice(first: str, second: str) -> Ask:
    async def ask(bench: Bench) -> Answer:
        await bench.open(view(external_id=first))
        trigger_id = (await bench.slack.command("oscar", "#sales", "/toingg")).trigger_id
        named = view(external_id=second)
        return await bench.call("views.open", trigger_id=trigger_id, view=named)

    return ask


def _updated(*, stale: bool = False, known: bool = True) -> Ask:
    async def ask(bench: Bench) -> Answer:
        await bench.open(view())
        now = bench.slack.views("carl")[-1]
        args = {
            "view_id": now.id if known else "V0NOWHERE1",
            "hash": "0.old" if stale else now.hash,
        }
        return await bench.call("views.update", view=view(), **args)

    return ask


def _published(*, enabled: bool) -> Ask:
    async def ask(bench: Bench) -> Answer:
        ws = bench.slack.workspace
        ws.manifest = replace(ws.manifest, home_tab=enabled)
        home = {"type": "home", "blocks": []}
        return await bench.call("views.publish", user_id=CARL, view=home)

    return ask


def _answered(uses: int) -> Ask:
    async def ask(bench: Bench) -> Answer:
        url = await bench.response_url()
        answers = [await bench.respond(url) for _ in range(uses)]
        return answers[-1]

    return ask


def _answered_after(**span: float) -> Ask:
    async def ask(bench: Bench) -> Answer:
        url = await bench.response_url()
        bench.clock.pass_by(**span)
        return await bench.respond(url)

    return ask


async def _answered_elsewhere(bench: Bench) -> Answer:
    return await bench.respond(f"{await bench.response_url()}x")


def _replaced(*, gone: bool) -> Ask:
    async def ask(bench: Bench) -> Answer:
        await bench.post(blocks=[buttons("a")])
        message = bench.slack.messages(SALES)[-1]
        url = (await bench.slack.click("carl", message, "a")).response_url
        if gone:
            await bench.call("chat.delete", channel=SALES, ts=message.ts)
        return await bench.respond(url, replace_original=True)

    return ask


def _replied(*, gone: bool) -> Ask:
    async def ask(bench: Bench) -> Answer:
        ts = await bench.posted()
        if gone:
            await bench.call("chat.delete", channel=SALES, ts=ts)
        return await bench.post(thread_ts=ts)

    return ask


def _uploaded(*, channel: str = SALES, size: int = 3, sent: bytes = b"a,b") -> Ask:
    """A file in three steps."""

    async def ask(bench: Bench) -> Answer:
        asked = await bench.client.files_getUploadURLExternal(filename="a.csv", length=size)
        if sent:
            async with bench.session.post(asked["upload_url"], data=sent) as answer:
                if answer.status != 200:
                    return Answer(await answer.text(), answer.status)
        files = [{"id": asked["file_id"], "title": "a"}]
        done = bench.client.files_completeUploadExternal(files=files, channel_id=channel)
        return await bench.answer(done)

    return ask


async def _uploaded_v2(bench: Bench) -> Answer:
    sent = bench.client.files_upload_v2(channel="#sales", filename="a.csv", content="a,b")
    return await bench.answer(sent)


async def _unscoped(bench: Bench) -> Answer:
    bench.slack.workspace.scopes = {"commands"}
    return await bench.post()


def _hurried(messages: int) -> Ask:
    async def ask(bench: Bench) -> Answer:
        bench.slack.limit_rates()
        bench.clock.pass_by(minutes=1)
        client = bench.client
        client.retry_handlers = []
        answers = [await bench.post() for _ in range(messages)]
        return answers[-1]

    return ask


def _decided(**errors: str) -> Ask:
    """A submission that the bot answers with these errors, as its person sees it."""

    async def ask(bench: Bench) -> Answer:
        await bench.open(view(field(block_id="phone")))
        bench.answers.append({"response_action": "errors", "errors": errors})
        await bench.slack.submit("carl", bench.slack.views("carl")[-1], {"phone": "12"})
        failed = [c.data["error"] for c in bench.slack.changes if c.kind == "interaction_failed"]
        return Answer(failed[-1]) if failed else Answer()

    return ask


REQUESTS = (
    Breach("no token", "no token", "not_authed", call("auth.test", token=""), call("auth.test")),
    Breach(
        "a token of nobody's",
        "a token of nobody's",
        "invalid_auth",
        call("auth.test", token="xoxb-other"),
        call("auth.test"),
    ),
    Breach(
        "the bot's token for the app's",
        "a token of another kind",
        "not_allowed_token_type",
        call("apps.connections.open"),
        call("apps.connections.open", token="xapp-test"),
    ),
    Breach(
        "a scope that wasn't granted",
        "a scope that wasn't granted",
        "missing_scope",
        _unscoped,
        post(),
    ),
    Breach(
        "too many messages",
        "too many requests",
        "ratelimited",
        _hurried(6),
        _hurried(5),
        status=429,
    ),
    Breach(
        "an unknown method",
        "an unknown method",
        "unknown_method",
        call("chat.shout"),
        call("auth.test"),
    ),
    Breach(
        "malformed JSON",
        "a body that isn't JSON",
        "invalid_json",
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"'),
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"}'),
    ),
    Breach(
        "a list for the arguments",
        "JSON that isn't an object",
        "json_not_object",
        lambda bench: bench.raw(b'["C0SALES001","x"]'),
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"}'),
    ),
    Breach(
        "no trigger_id",
        "a missing argument",
        "invalid_arguments",
        call("views.open", view=view()),
        lambda bench: bench.open(view()),
    ),
    Breach(
        "a limit that isn't a number",
        "a limit that isn't a number",
        "invalid_limit",
        call("users.list", limit="many"),
        call("users.list", limit="1"),
    ),
    Breach(
        "a cursor that isn't one",
        "a cursor that isn't one",
        "invalid_cursor",
        call("users.list", cursor="?"),
        call("users.list", cursor=""),
    ),
)

PLACES = (
    Breach(
        "a Home tab of nobody's",
        "an unknown person",
        "user_not_found",
        call("views.publish", user_id="U0NOBODY01", view={"type": "home", "blocks": []}),
        call("views.publish", user_id=CARL, view={"type": "home", "blocks": []}),
    ),
    Breach(
        "an unknown channel",
        "an unknown channel",
        "channel_not_found",
        post(channel="C0NOWHERE1"),
        post(),
    ),
    Breach(
        "a private channel without the bot",
        "an unknown channel",
        "channel_not_found",
        post(channel=BOARD),
        post(),
    ),
    Breach(
        "a channel without the bot",
        "a channel without the bot",
        "not_in_channel",
        post(channel=GENERAL),
        post(),
    ),
    Breach(
        "an archived channel", "an archived channel", "is_archived", post(channel=ARCHIVED), post()
    ),
    Breach(
        "joining a direct message",
        "a channel of another kind",
        "method_not_supported_for_channel_type",
        lambda bench: bench.call(
            "conversations.join", channel=bench.slack.directory.direct(CARL).id
        ),
        call("conversations.join", channel=GENERAL),
    ),
    Breach(
        "an ephemeral message to an outsider",
        "somebody outside the channel",
        "user_not_in_channel",
        call("chat.postEphemeral", channel=SALES, user=STRANGER, text="x"),
        call("chat.postEphemeral", channel=SALES, user=CARL, text="x"),
    ),
)

MESSAGES = (
    Breach("nothing to say", "nothing to say", "no_text", post(text=""), post(text="x")),
    Breach(
        "blocks that aren't a list",
        "blocks that aren't a list",
        "invalid_blocks_format",
        post(blocks="[{"),
        post(blocks='[{"type":"divider"}]'),
    ),
    Breach(
        "attachments that aren't a list",
        "attachments that aren't a list",
        "invalid_attachments",
        post(attachments={"text": "x"}),
        post(attachments=[{"text": "x"}]),
    ),
    Breach(
        "metadata without its payload",
        "metadata without its fields",
        "invalid_metadata_format",
        post(metadata={"event_type": "x"}),
        post(metadata={"event_type": "x", "event_payload": {}}),
    ),
    Breach(
        "changing what isn't there",
        "an unknown message",
        "message_not_found",
        call("chat.update", channel=SALES, ts="1.2", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "changing what another wrote",
        "another's message to change",
        "cant_update_message",
        with_ts(Bench.said, "chat.update", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "changing what stands in an archive",
        "a message of an archived channel",
        "is_inactive",
        with_ts(Bench.archived, "chat.update", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "deleting what another wrote",
        "another's message to delete",
        "cant_delete_message",
        with_ts(Bench.said, "chat.delete"),
        with_ts(Bench.posted, "chat.delete"),
    ),
    Breach(
        "a thread_ts that isn't one",
        "a thread_ts that isn't one",
        "invalid_thread_ts",
        post(thread_ts="yesterday"),
        _replied(gone=False),
    ),
    Breach(
        "a reply to a message that is gone",
        "an unknown thread",
        "thread_not_found",
        _replied(gone=True),
        _replied(gone=False),
    ),
)

VIEWS = (
    Breach(
        "another workspace's trigger_id",
        "a trigger_id that isn't one",
        "invalid_trigger_id",
        call("views.open", trigger_id="1.2.x", view=view()),
        lambda bench: bench.open(view()),
    ),
    Breach(
        "a trigger_id twice",
        "a trigger_id used before",
        "exchanged_trigger_id",
        _twice,
        lambda bench: bench.open(view()),
    ),
    Breach(
        "an old trigger_id",
        "a trigger_id too old",
        "expired_trigger_id",
        _aged_trigger(3.001),
        _aged_trigger(3),
    ),
    Breach(
        "one external_id for two",
        "an external_id used before",
        "duplicate_external_id",
        _named_twice("a", "a"),
        _named_twice("a", "b"),
    ),
    Breach("an unknown view", "an unknown view", "not_found", _updated(known=False), _updated()),
    Breach(
        "a push from outside a modal",
        "no modal to push onto",
        "not_found",
        _pushed_from_outside,
        _pushed,
    ),
    Breach(
        "a Home tab that isn't enabled",
        "a Home tab that isn't enabled",
        "not_enabled",
        _published(enabled=False),
        _published(enabled=True),
    ),
    Breach("an old hash", "an old hash", "hash_conflict", _updated(stale=True), _updated()),
    Breach(
        "an error for no field",
        "an answer to a submission",
        "invalid_arguments",
        _decided(nowhere="?"),
        _decided(phone="No such number"),
    ),
)

URLS_AND_FILES = (
    Breach(
        "a response_url of nobody's",
        "a response_url that isn't one",
        "invalid_url",
        _answered_elsewhere,
        _answered(1),
        status=404,
    ),
    Breach(
        "a sixth answer",
        "a response_url used up",
        "used_url",
        _answered(6),
        _answered(5),
        status=404,
    ),
    Breach(
        "an answer after half an hour",
        "a response_url too old",
        "expired_url",
        _answered_after(minutes=30, seconds=1),
        _answered_after(minutes=30),
        status=404,
    ),
    Breach(
        "replacing what is gone",
        "an original that is gone",
        "message_not_found",
        _replaced(gone=True),
        _replaced(gone=False),
        status=404,
    ),
    Breach(
        "a file for #sales",
        "a file's channel by its name",
        "invalid_channel",
        _uploaded_v2,
        _uploaded(),
    ),
    Breach(
        "an unknown file",
        "an unknown file",
        "file_not_found",
        call("files.info", file="F0NOWHERE1"),
        lambda bench: bench.call(
            "files.info", file=bench.slack.share("carl", "a.csv", b"a,b")["id"]
        ),
    ),
    Breach(
        "a file that was never sent",
        "a file without its bytes",
        "file_update_failed",
        _uploaded(sent=b""),
        _uploaded(),
    ),
    Breach(
        "a file of another size",
        "a file of another size",
        "file_upload_size_mismatch",
        _uploaded(size=4),
        _uploaded(),
        status=400,
    ),
)

BREACHES = (*SHAPES, *REQUESTS, *PLACES, *MESSAGES, *VIEWS, *URLS_AND_FILES)
"""Every breach; the limits' are in the test itself."""
