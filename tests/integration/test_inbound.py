"""Texts that are sent to us: STOP, START and HELP, replies, who may post them, what is resent."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
import pytest

from bot.app import Bot, open_vault
from bot.texting.inbound import Received
from storage import Connection, optouts, workspaces
from storage.optouts import Source
from storage.secrets import phone_key
from storage.workspaces import Installation, Workspace
from tests.integration.test_flows_sms import BODY, ON_SQLITE, QUICK_TEXT
from tests.stage import JOHN, STATUS_TOKEN, Stage, buttons_of, text_of
from tests.witness import audited, opt_out, rows

TOKEN = {"X-Toingg-Token": STATUS_TOKEN}


async def post(
    stage: Stage,
    body: str,
    *,
    sid: str = "SM1",
    phone: str = JOHN,
    as_json: bool = False,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """One inbound text as Twilio posts it; the answer's status and words."""
    fields = {"MessageSid": sid, "From": phone, "To": "+14155550100", "Body": body}
    sent: dict[str, Any] = {"json": fields} if as_json else {"data": fields}
    url = f"{stage.slack.bot_url}/toingg/inbound"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, headers=TOKEN if headers is None else headers, **sent) as response,
    ):
        return response.status, await response.text()


async def source_of(bot: Bot, phone: str = JOHN) -> Source | None:
    """Who opted the number out."""
    key = phone_key(bot.home.number_key, phone)
    out = await bot.database.read(lambda it: optouts.find(it, bot.home.id, key))
    return out.source if out else None


@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
async def test_stop_and_start(stage: Stage, *, as_json: bool) -> None:
    """STOP opts out at once, resent it counts once; START undoes it; each is on the trail."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("Delivered")
        for _ in range(2):
            assert await post(stage, "Stop!", as_json=as_json) == (200, "<Response/>")
            assert await source_of(bot) is Source.TEXT
        await stage.until(lambda: "They answered STOP" in stage.thread(card))
        await stage.slack.command("olivia", "sales", "/toingg-sms", QUICK_TEXT)
        await stage.until(lambda: "asked not to be contacted" in stage.said_to("olivia"))
        assert (await post(stage, "START", sid="SM2", as_json=as_json))[0] == 200
        assert await source_of(bot) is None
        await stage.until(lambda: "They answered START" in stage.thread(card))
        deeds = [each["deed"] for each in await audited(bot) if each["deed"] != "refused"]
        assert deeds == ["opted_out", "allowed_again"]
        await stage.slack.command("olivia", "sales", "/toingg-why", JOHN)
        trail = text_of(stage.slack.ephemerals("olivia")[-1])
        assert "*Opted out*, by the number's own text" in trail
        assert "*Allowed again*, by the number's own text" in trail
    assert len(stage.sent()) == 1


@ON_SQLITE
async def test_start_undoes_nothing_else(stage: Stage) -> None:
    """What a person wrote down, START leaves; it is a reply then, as YES is of who said no STOP."""
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("Delivered")
        await post(stage, "Yes", sid="SM0")
        await stage.until(lambda: ">Yes" in stage.thread(card))
        await opt_out(bot, JOHN)
        await post(stage, "START")
        assert await source_of(bot) is Source.PERSON
        await stage.until(lambda: ">START" in stage.thread(card))


async def test_a_reply_is_in_the_thread_with_reply(stage: Stage) -> None:
    """Its words are text, once however often they are resent; Reply asks nothing about just now."""
    async with stage.bot():
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text("Delivered")
        for _ in range(3):
            await post(stage, "Ten is <!channel> & fine\nJohn")
        await stage.until(lambda: ">Ten is" in stage.thread(card))
        thread = stage.slack.messages(card.channel, card.ts)
        (replied,) = [each for each in thread if "Ten is" in text_of(each)]
        assert "&lt;!channel&gt; &amp; fine\n>John" in text_of(replied)
        assert buttons_of(replied) == ["Reply"]
        await stage.slack.click("carl", replied, "text.reply")
        view = await stage.modal("carl", "Text Somebody")
        assert (await stage.slack.submit("carl", view, {"message": "Good"})).ok
        await stage.until(lambda: len(stage.sent()) == 2)
    assert stage.sent() == [BODY, BODY | {"message": "Good"}]


@ON_SQLITE
async def test_what_answers_nothing_goes_to_the_channel(stage: Stage) -> None:
    """A text from somebody whom nobody texted stands in the configured channel, masked."""
    here = stage.slack.channel("sales").id
    async with stage.bot(replies_channel_id=here):
        await post(stage, "Who is this?")

        def stands() -> Any:
            found = [e for e in stage.slack.messages("sales") if "Who is" in text_of(e)]
            return found[0] if found else None

        message = await stage.until(stands)
        assert "Text from +1 415 ••• ••32" in text_of(message)
        await stage.slack.click("olivia", message, "sms.answer")
        view = await stage.modal("olivia", "Text Somebody")
        assert (await stage.slack.submit("olivia", view, {"name": "John", "message": "Me"})).ok
        await stage.until(stage.sent)
        await stage.slack.click("carl", message, "sms.answer")
        await stage.until(lambda: "Your role" in stage.said_to("carl"))


@ON_SQLITE
async def test_help_is_answered_by_the_setting(stage: Stage) -> None:
    """Once, by a text without a card; without the setting it is a reply like any other."""
    async with stage.bot(help_reply="Toingg demo. Reply STOP to end.") as bot:
        for _ in range(2):
            await post(stage, "HELP")
        await stage.until(stage.sent)
        (row,) = await rows(bot)
        assert row["state"] in ("dialling", "placed")
    (sent,) = stage.sent()
    assert (sent["phoneNumber"], sent["message"]) == (JOHN, "Toingg demo. Reply STOP to end.")
    assert stage.texts() == []


@ON_SQLITE
async def test_locks(stage: Stage) -> None:
    """Without a secret 404, with a wrong one 403, without an id or a number 400."""
    async with stage.bot():
        assert (await post(stage, "STOP", headers={}))[0] == 403
        assert (await post(stage, "STOP", headers={"X-Toingg-Token": "wrong"}))[0] == 403
        assert (await post(stage, "STOP", sid=""))[0] == 400
        assert (await post(stage, "STOP", phone="nobody"))[0] == 400
    async with stage.bot(toingg_status_token=""):
        assert (await post(stage, "STOP"))[0] == 404


@ON_SQLITE
async def test_twilios_signature(stage: Stage) -> None:
    """Twilio itself may post, with the signature over the public address and the form."""
    url, secret = "https://bot.example.com/toingg/inbound", "twilio-test-secret"
    fields = {"MessageSid": "SM1", "From": JOHN, "To": "+14155550100", "Body": "STOP"}
    signed = url + "".join(key + fields[key] for key in sorted(fields))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
    public = "https://bot.example.com"
    async with stage.bot(twilio_auth_token=secret, public_url=public) as bot:
        assert (await post(stage, "START", headers=headers))[0] == 403
        assert (await post(stage, "STOP", headers=headers))[0] == 200
        assert await source_of(bot) is Source.TEXT


@ON_SQLITE
@pytest.mark.parametrize(
    ("outcome", "says"),
    [("delivered", "Delivered"), ("undelivered", "Not delivered"), ("failed", "Not delivered")],
)
async def test_delivery(stage: Stage, outcome: Any, says: str) -> None:
    """What a callback brings stands on the card and in the thread, and is never gone back on."""
    stage.toingg.text_outcome(None, outcome)
    async with stage.bot() as bot:
        await stage.slack.command("carl", "sales", "/toingg-sms", QUICK_TEXT)
        card = await stage.text(says)
        (row,) = await rows(bot)
        late = {"MessageSid": row["call_sid"], "MessageStatus": "sent", "To": JOHN}
        url = f"{stage.slack.bot_url}/toingg/status"
        body = json.dumps(late)
        kind = {"Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=TOKEN | kind) as response,
        ):
            assert response.status == 200
        (row,) = await rows(bot)
        assert row["status"] == outcome
        await stage.until(lambda: "elivered" in stage.thread(card))


async def installed(stage: Stage, bot: Bot, *keys: str) -> list[Workspace]:
    """Home, and other workspaces with these Toingg keys."""
    api, places = bot.directory.api(bot.home.id), [bot.home]
    for at, key in enumerate(keys):
        team = f"T0OTHER{at}"
        adopt = partial(
            workspaces.adopt,
            vault=open_vault(stage.settings()),
            at=Installation("", team, team, "https://x.slack.com/", "U0BOT", "B0BOT", ""),
            toingg_keys={"v1": key, "v3": ""},
            now=datetime.now(UTC),
        )
        places.append(await bot.database.write(adopt))
        bot.directory.add(places[-1], api)
    return places


async def out_in(bot: Bot, places: list[Workspace]) -> list[bool]:
    """Whether John is out there."""

    def out(connection: Connection, at: Workspace) -> bool:
        return optouts.is_out(connection, at.id, phone_key(at.number_key, JOHN))

    return [await bot.database.read(partial(out, at=at)) for at in places]


@ON_SQLITE
async def test_stop_counts_wherever_the_sender_is_the_same(stage: Stage) -> None:
    """Workspaces with the same Toingg key text from the same number; another's key is another's."""
    async with stage.bot() as bot:
        same = bot.home.toingg_keys["v1"]
        places = await installed(stage, bot, same, "another-test-key")
        assert (await post(stage, "STOP"))[0] == 200
        assert await out_in(bot, places) == [True, True, False]


@ON_SQLITE
async def test_without_a_key_nobody_has_the_same_sender(stage: Stage) -> None:
    """Of two workspaces without a key each has its own."""
    async with stage.bot() as bot:
        places = await installed(stage, bot, "", "")
        said = Received("SM" + "1" * 32, JOHN, "STOP")
        await bot.campaigns.calling.inbox.take(places[1].id, said)
        assert await out_in(bot, places) == [False, True, False]
