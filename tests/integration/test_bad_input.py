"""Whatever comes in at a door is answered, in time, by words of ours; nothing typed is lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import strategies as st

from bot.app import Bot
from bot.sandbox.slack import Command, payloads
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import FORM, Acked, Parcel
from bot.slack.text import unwrap
from storage import workspaces
from tests.generated import A_DOOR, BYTES, FORGED, JSON, TYPED, each
from tests.logged import Logged
from tests.stage import QUICK, Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

COMMANDS = ("call", "script", "hangup", "calls", "help", "nothing")
VIEWS = ("call.form", "script.form", "attach.form", "draft.confirm", "notice", "")
CLICKS = (
    *("hang_up", "it_rang", "retry", "now", "discard", "again", "edit", "attach"),
    *("transcript", "analysis", "recording"),
)
FIELDS = ("campaign", "name", "phone", "script", "language", "channel", "call_sid", "lift")
OUR_BLOCKS = ("invalid_blocks", "invalid_arguments", "msg_too_long", "no_text", "view_too_large")


def in_time(acked: Acked) -> None:
    """Slack had its 200 within its three seconds."""
    assert (acked.status, acked.error) == (200, ""), acked
    assert acked.elapsed < 3


def nothing_refused(stage: Stage) -> None:
    """Slack took every block, view and answer that the bot drew."""
    assert [each for each in stage.slack.changes if each.kind == "interaction_failed"] == []
    assert [each for each in stage.slack.api_calls if each.error in OUR_BLOCKS] == []


def letters(text: str) -> str:
    """What a person would miss of a text."""
    return "".join(filter(str.isalnum, text))


def action_values(body: Any) -> Iterator[tuple[str, str]]:
    """(action id, value) of everything that can be clicked in a message."""
    for block in body["blocks"]:
        for element in block.get("elements", []):
            if "value" in element:
                yield element["action_id"], element["value"]


async def kept(stage: Stage, bot: Bot, acked: Acked) -> str | None:
    """What was typed, wherever it is now: in the modal, in the draft; None where it was used."""
    if acked.body is None:
        opened = await stage.until(
            lambda: [
                each
                for each in stage.slack.calls("views.open")
                if each.args["trigger_id"] == acked.trigger_id
            ]
        )
        blocks = opened[0].args["view"]["blocks"]
        filled = {
            block["block_id"]: block["element"].get("initial_value", "")
            for block in blocks
            if block["type"] == "input"
        }
    else:
        drafts = {value for name, value in action_values(acked.body) if name.startswith("draft.")}
        if not drafts:
            assert acked.body["text"].startswith("Calling ")
            return None
        look = partial(
            workspaces.draft,
            workspace_id=bot.home.id,
            user_id=stage.slack.directory.person("carl").id,
            draft_id=drafts.pop(),
            now=stage.clock(),
        )
        draft = await bot.database.read(look)
        assert draft is not None
        filled = draft.fields
    return "".join(filled.get(field, "") for field in ("phone", "name", "campaign", "script"))


async def test_commands_of_any_text(stage: Stage, log: Logged) -> None:
    """Any text after any command is answered; a call's parts are placed, or are kept."""
    ws = stage.slack.workspace
    unheard_of = Command("/toingg-nothing")  # a manifest that is ahead of the bot
    ws.manifest = replace(ws.manifest, commands=(*ws.manifest.commands, unheard_of))
    async with stage.bot() as bot:

        async def check(example: tuple[str, str, str]) -> None:
            user, word, text = example
            acked = await stage.slack.command(user, "sales", f"/toingg-{word}", text)
            in_time(acked)
            assert acked.body is None or acked.body["text"]
            if user == "carl" and word in ("call", "script") and text.strip().lower() != "help":
                held = await kept(stage, bot, acked)
                assert held is None or letters(held) == letters(unwrap(text))

        users = st.sampled_from(("carl", "carl", "carl", "olivia", "vera", "gus", "ext"))
        examples = st.tuples(users, st.sampled_from(COMMANDS), TYPED)
        assert await each(examples, check) >= A_DOOR
    nothing_refused(stage)


def submission(stage: Stage, view: dict[str, Any]) -> dict[str, Any]:
    """The payload of a submission, whatever the view is."""
    ws = stage.slack.workspace
    person = ws.directory.person("carl")
    trigger = ws.triggers.issue(person.id)
    body = payloads.interaction(ws.team, person, "view_submission")
    return body | {"view": view, "trigger_id": trigger, "response_urls": []}


async def test_submissions_of_any_text(stage: Stage, log: Logged) -> None:
    """Any text in a modal's fields: a call, or errors in its fields over a modal that stays."""
    async with stage.bot():

        async def check(example: tuple[str, dict[str, str]]) -> None:
            word, typed = example
            await stage.slack.command("carl", "sales", f"/toingg-{word}")
            title = {"call": "Call Somebody", "script": "Call with a Script"}[word]
            view = await stage.modal("carl", title)
            there = {block["block_id"] for block in view.blocks}
            values: Values = {field: text for field, text in typed.items() if field in there}
            acked = await stage.slack.submit("carl", view, values, forged=True)
            in_time(acked)
            _stays_or_is_done(stage, view, acked, values)
            stage.slack.workspace.views.clear(view.user)

        fields = st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("campaign", "name", "phone", "script"), TYPED)
        )
        examples = st.tuples(st.sampled_from(("call", "script")), fields)
        assert await each(examples, check, A_DOOR // 2) >= A_DOOR // 2
    nothing_refused(stage)


def _stays_or_is_done(stage: Stage, view: View, acked: Acked, values: Values) -> None:
    after = stage.slack.workspace.views.find(view.id)
    if acked.body is None:
        assert after is None
        return
    assert after is not None
    assert after.notice == ""
    held = after.values()
    assert all((held[str(field)]["value"]["value"] or "") == text for field, text in values.items())
    if acked.body["response_action"] == "errors":
        assert all(after.errors.values())
    else:
        assert acked.body["response_action"] == "push"


async def test_forged_submissions(stage: Stage, log: Logged) -> None:
    """Views that nobody was shown: told what is wrong, and nobody is called."""
    async with stage.bot():

        async def check(example: dict[str, Any]) -> None:
            acked = (
                await stage.slack.wire.send(Parcel("interactive", submission(stage, example)))
            )[0]
            if acked.status == 400:  # no text that Slack could have sent
                return
            in_time(acked)
            action = acked.body["response_action"]
            assert action in ("errors", "push")
            if action == "errors":
                assert set(acked.body["errors"]) <= set(example["state"]["values"])

        held = st.one_of(
            st.fixed_dictionaries({"type": st.just("plain_text_input"), "value": FORGED}),
            st.fixed_dictionaries({"selected_option": st.fixed_dictionaries({"value": FORGED})}),
            st.fixed_dictionaries({"selected_conversation": FORGED | st.none()}),
        )
        names = st.sampled_from(FIELDS) | FORGED
        no_number = names.filter(lambda name: name != "phone")
        examples = st.fixed_dictionaries(
            {
                "id": st.text("V0123456789ABCDEF", min_size=2, max_size=20),
                "callback_id": st.sampled_from(VIEWS) | FORGED,
                "private_metadata": FORGED,
                "state": st.fixed_dictionaries(
                    {
                        "values": st.dictionaries(
                            no_number, st.dictionaries(FORGED, held, max_size=2), max_size=6
                        )
                    }
                ),
            }
        )
        assert await each(examples, check, A_DOOR // 2) >= A_DOOR // 2
    assert stage.dials() == []
    nothing_refused(stage)


async def test_forged_clicks(stage: Stage, log: Logged) -> None:
    """Clicks with forged ids, values, channels and times move no row and reach nobody."""
    async with stage.bot():
        await stage.slack.command("olivia", "sales", "/toingg-call", QUICK)
        card = await stage.card("Answered")
        value = next(action_values({"blocks": card.blocks}))[1]
        ws = stage.slack.workspace

        async def check(example: dict[str, Any]) -> None:
            body = payloads.interaction(ws.team, ws.directory.person("carl"), "block_actions")
            trigger = {"trigger_id": ws.triggers.issue(ws.directory.person("carl").id)}
            acked = (await stage.slack.wire.send(Parcel("interactive", body | trigger | example)))[
                0
            ]
            if acked.status != 400:
                in_time(acked)
                assert acked.body is None

        known = [f"call.{name}" for name in CLICKS]
        known += ["calls.filter", "calls.hang_up", "calls.new", "draft.edit", "draft.confirm"]
        known += [f"optout.{name}" for name in ("add", "allow", "list", "newest", "open", "export")]
        known += ["why.older", "why.newest"]
        ids = st.text("UCD0123456789", min_size=1, max_size=12) | FORGED
        values = st.just(value) | st.just(f"{value}1") | FORGED
        examples = st.fixed_dictionaries(
            {
                "actions": st.lists(
                    st.fixed_dictionaries(
                        {"action_id": st.sampled_from(known) | FORGED, "value": values}
                    ),
                    min_size=1,
                    max_size=2,
                ),
                "container": st.fixed_dictionaries(
                    {},
                    optional={
                        "channel_id": st.just(card.channel) | ids,
                        "message_ts": st.just(card.ts) | ids,
                    },
                ),
            },
            optional={
                "channel": st.fixed_dictionaries({"id": ids}),
                "response_url": FORGED | st.just("http://[/") | st.just("https://x.example/"),
                "view": st.fixed_dictionaries({"id": ids}),
            },
        )
        assert await each(examples, check) >= A_DOOR
        assert stage.hang_ups() == []
        assert len(stage.dials()) == 1
        await stage.card("Answered")
    nothing_refused(stage)


async def test_signed_bodies_of_any_bytes(stage: Stage, log: Logged) -> None:
    """Rightly signed nonsense is refused as such, never by a 5xx."""
    async with stage.bot():

        async def check(example: tuple[bytes, str]) -> None:
            body, kind = example
            acked = await stage.slack.raw(body, content_type=kind)
            assert acked.status in (200, 400), acked
            assert acked.elapsed < 3

        kinds = st.sampled_from(
            (FORM, "application/json", "Application/JSON; x=y", "text/plain", "")
        )
        form = st.tuples(
            st.sampled_from((b"payload=", b"ssl_check=1&payload=", b"{=&command=/toingg&payload=")),
            BYTES,
        ).map(b"".join)
        shapes = st.sampled_from(
            ("event_callback", "url_verification", "view_submission", "block_actions", "shortcut")
        )
        keys = st.sampled_from(
            ("event", "authorizations", "view", "team", "user", "actions", "channel", "enterprise")
        )
        close = st.builds(
            lambda kind, rest: json.dumps(rest | {"type": kind}).encode(),
            shapes,
            st.dictionaries(keys, JSON, max_size=4),
        )
        in_form = close.map(lambda body: b"payload=" + quote_plus(body).encode())
        examples = st.tuples(st.one_of(BYTES, form, close, in_form), kinds)
        assert await each(examples, check) >= A_DOOR
        assert (await stage.slack.raw(b"x" * 1_040_000)).status == 413
    assert stage.dials() == []
