"""Each workspace's own webhooks: what comes to its paths is its own, and nobody else's to send."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import replay
from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.views import View
from bot.sandbox.stripe import signature
from bot.sandbox.toingg import Life
from tests.integration.test_flows_settings import files, overview, save
from tests.integration.test_payment_webhook import paid, settled
from tests.next_door import NOBODY, Neighbour, next_door, post
from tests.paying import SECRET, Paying, paying
from tests.stage import JOHN, QUICK, STATUS_TOKEN, Stage, text_of
from tests.witness import audited, rows

OWN = "a-token-of-our-own"
THEIRS = "whsec_test_of-next-door"
OURS = {"X-Toingg-Token": STATUS_TOKEN}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
V3_CAMPAIGN = "0123456789abcdef01234567"
RINGS = Life(ring_after=0.05, answer_after=600)


@pytest.fixture
def pay(stage: Stage) -> Iterator[Paying]:
    """A stage with a Stripe, whose events are delivered by hand."""
    with paying(stage) as built:
        yield built


async def told(pay: Paying, body: str, path: str, secret: str) -> tuple[int, str]:
    """What Stripe is answered there, to an event that this secret signs."""
    headers = {"Stripe-Signature": signature(body, (secret,), int(time.time()))}
    return await post(f"{pay.url}{path}", headers, data=body.encode())


async def test_an_event_is_announced_where_it_came(
    pay: Paying, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To one workspace's path: there alone. The same to the other's: there too, once each. A wrong
    secret and an id that nobody has are one and the same. What was missed is replayed for one.
    """
    async with next_door(pay.stage) as door, pay.bot("payments test") as bot:
        other = await door.join(bot)
        theirs = Paying(other.stage, pay.stripe)
        await theirs.notify("payments test")
        body, mine = json.dumps(paid()), f"/stripe/webhook/{other.id}"
        unset = await told(pay, body, mine, SECRET)
        typed: Values = {"stripe_webhook_secrets": f"{THEIRS}  whsec_test_of-another-mode"}
        assert (await save(other.stage, "webhooks", "Webhooks", typed)).status == 200
        wrong = await told(pay, body, mine, SECRET)
        unknown = await told(pay, body, f"/stripe/webhook/{NOBODY}", SECRET)
        assert wrong == unknown == unset
        assert wrong[0] == 400
        assert (await told(pay, body, "/stripe/webhook", THEIRS))[0] == 400
        assert (await told(pay, body, f"/stripe/webhook/{bot.home.id}", THEIRS))[0] == 400

        for _ in range(2):
            assert (await told(pay, body, mine, THEIRS))[0] == 200
        await theirs.message("*Paid*")
        await settled(pay, bot)
        assert (len(theirs.messages()), len(pay.messages())) == (1, 0)
        for path in ("/stripe/webhook", f"/stripe/webhook/{bot.home.id}"):
            assert (await told(pay, body, path, SECRET))[0] == 200
        await pay.message("*Paid*")
        await settled(pay, bot)
        assert (len(theirs.messages()), len(pay.messages())) == (1, 1)
        assert kept(bot, "settings", "audit", THEIRS) == 0

        settings, missed = pay.stage.settings(), json.dumps(paid("pi_missed"))
        assert await replay.run(settings, [], is_missed=False, file=missed) == 1
        assert "--workspace" in capsys.readouterr().err
        assert await replay.run(settings, [], is_missed=False, file=missed, of=other.id) == 0
        await theirs.message("/payments/pi_missed")
        await settled(pay, bot)
        assert (len(theirs.messages()), len(pay.messages())) == (2, 1)
    assert not any(THEIRS.encode() in held for held in files(tmp_path))


def kept(bot: Bot, *tables_and_secret: str) -> int:
    """How many rows of these tables hold it in clear."""
    *tables, secret = tables_and_secret
    with bot.database.engine.connect() as connection:
        found = [connection.execute(text(f"SELECT * FROM {each}")) for each in tables]  # noqa: S608
        return sum(secret in str(row) for each in found for row in each)


async def placed(other: Neighbour) -> str:
    """The callSid of a call that rings next door."""
    await other.stage.slack.command("carl", "sales", "/toingg-call", QUICK)
    await other.stage.card("Placed")
    return list(other.stage.toingg.calls)[-1]


def ended(call_sid: str) -> dict[str, str]:
    """What is reported of a call that is over."""
    return {
        "CallSid": call_sid,
        "CallStatus": "completed",
        "SequenceNumber": "9",
        "CallDuration": "41",
        "To": JOHN,
    }


async def made_token(other: Neighbour) -> str:
    """A token for callbacks, of the bot's own making; it is shown this once."""
    await other.stage.slack.click(
        "olivia", await overview(other.stage), "settings.edit", block_id="webhooks"
    )
    await other.stage.slack.click(
        "olivia", await other.stage.modal("olivia", "Webhooks"), "settings.token"
    )
    shown = await other.stage.until(lambda: token_in(other.stage.slack.views("olivia")))
    opened = await section(other.stage, "webhooks", "Webhooks")
    assert shown not in text_of(opened)
    assert "Token of callbacks: set here" in text_of(other.stage.slack.views("olivia")[0])
    return shown


def token_in(views: list[View]) -> str:
    """The token that stands there; "" where none does."""
    found = re.search(r"The new token\*: `([\w-]+)`", text_of(views[-1]))
    return found[1] if found else ""


async def section(stage: Stage, key: str, title: str) -> View:
    """The modal of one section, opened anew from the overview."""
    await stage.slack.click("olivia", await overview(stage), "settings.edit", block_id=key)
    return await stage.modal("olivia", title)


async def test_a_callback_moves_its_own_workspaces_rows(stage: Stage) -> None:
    """Another workspace's call is an unknown one, its own moves by its own token; a wrong token and
    an id that nobody has are answered alike, whatever else is wrong with the request.
    """
    stage.toingg.live(RINGS)
    async with next_door(stage) as door, stage.bot(public_url="https://bot.example.com") as bot:
        other = await door.join(bot)
        stage.toingg.status_to(None)
        sid, token = await placed(other), await made_token(other)
        url, mine = stage.slack.bot_url, f"/toingg/status/{other.id}"
        opened = text_of(await section(other.stage, "webhooks", "Webhooks"))
        paths = (mine, f"/toingg/inbound/{other.id}", f"/stripe/webhook/{other.id}")
        assert all(f"`https://bot.example.com{path}`" in opened for path in paths)

        for path in ("/toingg/status", f"/toingg/status/{bot.home.id}"):
            assert (await post(f"{url}{path}", OURS, data=ended(sid)))[0] == 200
        (row,) = await rows(bot)
        assert (row["workspace_id"], row["ended_at"]) == (other.id, None)

        unreadable = {
            "X-Twilio-Signature": "d3Jvbmc=",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        for headers, data in ((OURS, ended(sid)), ({}, ended(sid)), (unreadable, b"\xff=\xff")):
            wrong = await post(f"{url}{mine}", headers, data=data)
            assert wrong[0] == 403
            assert wrong == await post(f"{url}/toingg/status/{NOBODY}", headers, data=data)
        assert (await post(f"{url}/toingg/status", {"X-Toingg-Token": token}, data=ended(sid)))[
            0
        ] == 403

        assert (await post(f"{url}{mine}", {"X-Toingg-Token": token}, data=ended(sid)))[0] == 200
        await other.stage.card("Ended after 41 s")
        assert stage.cards() == []
        told_of = [each["subject"] for each in await audited(bot)]
        assert told_of == ["toingg_status_token"]
        assert kept(bot, "settings", "audit", token) == 0


@ON_SQLITE
async def test_a_text_is_said_to_one_workspace(stage: Stage) -> None:
    """Words go to the channel that this workspace chose; STOP counts with every sender's key."""
    async with next_door(stage) as door, stage.bot() as bot:
        other = await door.join(bot)
        values: Values = {"notification_channel": stage.slack.channel("support").id}
        assert (await save(other.stage, "workspace", "Workspace", values)).status == 200
        token = await made_token(other)
        url = f"{stage.slack.bot_url}/toingg/inbound/{other.id}"
        for sid, said in (("SM1", "Who is this?"), ("SM2", "STOP")):
            fields = {"MessageSid": sid, "From": JOHN, "Body": said}
            assert (await post(url, {"X-Toingg-Token": token}, data=fields))[0] == 200

        def says(at: Stage, channel: str) -> bool:
            return any("Who is this" in text_of(each) for each in at.slack.messages(channel))

        await stage.until(lambda: says(other.stage, "support"))
        assert not any(says(stage, each) for each in ("support", "sales", "@olivia"))
        for at in (stage, other.stage):
            await refused(at)
        assert stage.dials() == []


async def refused(at: Stage) -> None:
    """Nobody here may call John any more."""
    await at.slack.command("carl", "sales", "/toingg-call", QUICK)
    await at.until(lambda: "asked not to be contacted" in at.said_to("carl"))


async def test_each_workspace_calls_by_its_own_generation(stage: Stage) -> None:
    """One by v1, the other by v3 as its owner has chosen, polled; taken back, by v1 again."""
    stage.toingg.live(RINGS)
    async with next_door(stage) as door, stage.bot(toingg_status_token="") as bot:
        other = await door.join(bot)

        async def calls(at: Stage, number: str, campaign: str) -> None:
            typed = f"{number} | John Doe | {campaign}"
            await at.slack.command("carl", "sales", "/toingg-call", typed)
            await at.until(lambda: len(stage.dials()) == len(at_once) + 1)
            at_once.append(number)

        at_once: list[str] = []
        assert (await save(other.stage, "toingg", "Toingg", {"toingg_api": "v3"})).status == 200
        await calls(stage, JOHN, "Spring Sale")
        await calls(other.stage, JOHN, V3_CAMPAIGN)
        assert len(stage.toingg.posts("/api/make_toingg/")) == 1
        (third,) = stage.toingg.posts("/api/v3/make_call")
        assert third.body["campID"] == V3_CAMPAIGN
        await other.stage.card("Ringing")  # nobody reports: it was asked for
        await stage.card("Placed. Toingg doesn't report what happens next")
        assert (await save(other.stage, "toingg", "Toingg", {"toingg_api": None})).status == 200
        await calls(other.stage, "+14155550133", "Spring Sale")
        assert len(stage.toingg.posts("/api/make_toingg/")) == 2
        generations = [(row["workspace_id"], row["generation"]) for row in await rows(bot)]
        assert generations == [(bot.home.id, "v1"), (other.id, "v3"), (other.id, "v1")]


@ON_SQLITE
async def test_what_an_owner_sets_holds_here_alone(pay: Paying) -> None:
    """Amounts in the workspace's own way of writing; days and channel are kept, and shown."""
    async with next_door(pay.stage) as door, pay.bot("payments test") as bot:
        other = await door.join(bot)
        theirs = Paying(other.stage, pay.stripe)
        await theirs.notify("payments test")
        bad = await save(other.stage, "money", "Money", {"locale": "Klingon"})
        assert set(bad.body["errors"]) == {"locale"}
        await save(other.stage, "money", "Money", {"locale": "de-DE"})
        values: Values = {
            "notification_channel": pay.stage.slack.channel("sales").id,
            "retention_days": "90",
        }
        await save(other.stage, "workspace", "Workspace", values)
        await save(other.stage, "webhooks", "Webhooks", {"stripe_webhook_secrets": THEIRS})
        seen = text_of(await overview(other.stage))
        assert "Amounts are written as in: de_DE" in seen
        assert "Told what concerns everybody: <#C0SALES001>" in seen
        assert "People's data is kept: for 90 days" in seen
        assert "Stripe's signing secrets: set here" in seen
        assert "Stripe's signing secrets: as the bot was set up" in text_of(
            await overview(pay.stage)
        )
        body = json.dumps(paid())
        assert (await told(pay, body, "/stripe/webhook", SECRET))[0] == 200
        assert (await told(pay, body, f"/stripe/webhook/{other.id}", THEIRS))[0] == 200
        await pay.message("*25.00\xa0USD*")
        await theirs.message("*25,00\xa0USD*")


@ON_SQLITE
async def test_secrets_of_a_strange_shape_and_secrets_taken_away(stage: Stage) -> None:
    """What can't be one is told in its field; what is taken away opens nothing any more."""
    async with stage.bot() as bot:
        typed: Values = {
            "stripe_webhook_secrets": "sk_test_something",
            "toingg_status_token": "short",
            "twilio_auth_token": "0123456789abcdef0123456789abcdef",
        }
        acked = await save(stage, "webhooks", "Webhooks", typed)
        assert set(acked.body["errors"]) == set(typed)  # Twilio's: no PUBLIC_URL
        own: Values = {"toingg_status_token": OWN}
        away: Values = {"remove": ["toingg_status_token"]}
        assert (await save(stage, "webhooks", "Webhooks", own)).body in (None, "", {})
        acked = await save(stage, "webhooks", "Webhooks", {**own, **away})
        assert "which of the two" in acked.body["errors"]["toingg_status_token"]
        url = f"{stage.slack.bot_url}/toingg/status/{bot.home.id}"
        token = {"X-Toingg-Token": OWN}
        fields = ended("CA" + "9" * 32)
        assert (await post(url, token, data=fields))[0] == 200
        assert (await post(url, OURS, data=fields))[0] == 403
        assert (await save(stage, "webhooks", "Webhooks", away)).status == 200
        assert (await post(url, token, data=fields))[0] == 403
        assert (await post(url, OURS, data=fields))[0] == 200  # as the bot was set up
        changes = [each["detail"] for each in await audited(bot)]
        assert changes == [{"before": None, "after": "set"}, {"before": "set", "after": None}]
