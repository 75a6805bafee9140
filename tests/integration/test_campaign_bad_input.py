"""Whatever comes in at the doors of campaigns is answered, in time, by words of ours."""

from typing import Any

import pytest
from hypothesis import strategies as st

from bot.sandbox.slack import payloads
from bot.sandbox.slack.wire import Parcel
from storage.campaigns import Stage
from tests.campaigning import OPEN_PACE, THREE, ask, card, every, until
from tests.generated import A_DOOR, FORGED, TYPED, each
from tests.integration.test_bad_input import in_time, nothing_refused, submission
from tests.logged import Logged
from tests.stage import Stage as Play

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VIEWS = (
    *("form", "columns_form", "preview_form"),
    *("schedule_form", "hand_over_form", "hand_list_form"),
)
FIELDS = (
    *("campaign", "script", "numbers", "file", "kept", "language", "skip_days", "channel"),
    *("phone", "name", "timezone", "header", "day", "time", "zone", "person", "sure"),
)
CLICKS = (
    *("edit", "columns", "preview", "schedule", "reschedule", "unschedule", "pause", "resume"),
    *("cancel", "stop", "hand_over", "hand_list", "results", "retry", "again", "leave", "review"),
    *("again_all", "it_rang", "call_again", "next_page", "first_page", "from_draft", "template"),
)
HELD = st.one_of(
    st.fixed_dictionaries({"type": st.just("plain_text_input"), "value": FORGED}),
    st.fixed_dictionaries({"value": st.sampled_from(("7", "-1", "9999", "1e3", "٣"))}),
    st.fixed_dictionaries({"selected_option": st.fixed_dictionaries({"value": FORGED})}),
    st.fixed_dictionaries(
        {"selected_options": st.lists(st.fixed_dictionaries({"value": FORGED}), max_size=3)}
    ),
    st.fixed_dictionaries({"selected_date": st.sampled_from(("2026-12-24", "0001-01-01", "x"))}),
    st.fixed_dictionaries({"selected_time": st.sampled_from(("09:30", "24:00", "x"))}),
    st.fixed_dictionaries({"selected_user": FORGED}),
    st.fixed_dictionaries(
        {"files": st.lists(st.fixed_dictionaries({"id": FORGED, "name": FORGED}), max_size=3)}
    ),
)


async def test_commands_of_any_text(stage: Play, log: Logged) -> None:
    """`/toingg campaign` opens its modal with any text; `/toingg stop` stops nothing that isn't."""
    async with stage.bot(**OPEN_PACE) as bot:

        async def check(example: tuple[str, str, str]) -> None:
            user, word, text = example
            in_time(await stage.slack.command(user, "sales", f"/toingg-{word}", text))

        users = st.sampled_from(("carl", "carl", "olivia", "gus", "ext"))
        examples = st.tuples(users, st.sampled_from(("campaign", "stop")), TYPED)
        assert await each(examples, check) >= A_DOOR
        assert await every(bot) == []
    nothing_refused(stage)


async def test_forged_submissions(stage: Play, log: Logged) -> None:
    """Any values in any of the modals: told what is wrong; nobody is called."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        real = f"{campaign.id}.{campaign.version}"
        doors = st.sampled_from(VIEWS).map("campaign.{}".format)
        metadata = st.sampled_from((real, f"campaign:{campaign.id}", "draft:x", "")) | FORGED

        async def check(example: dict[str, Any]) -> None:
            forged = submission(stage, example)
            (acked,) = await stage.slack.wire.send(Parcel("interactive", forged))
            if acked.status == 400:  # no text that Slack could have sent
                return
            in_time(acked)
            if acked.body is not None:
                assert acked.body["response_action"] in ("errors", "push")
                errors = acked.body.get("errors", {})
                assert set(errors) <= set(example["state"]["values"])

        values = st.dictionaries(
            st.sampled_from(FIELDS) | FORGED,
            st.dictionaries(FORGED, HELD, max_size=1),
            max_size=8,
        )
        examples = st.fixed_dictionaries(
            {
                "id": st.text("V0123456789ABCDEF", min_size=2, max_size=20),
                "callback_id": doors,
                "private_metadata": metadata,
                "state": st.fixed_dictionaries({"values": values}),
            }
        )
        assert await each(examples, check) >= A_DOOR
    assert stage.toingg.posts("/api/make_batch_toingg/") == []


async def test_forged_clicks(stage: Play, log: Logged) -> None:
    """Forged ids, versions, channels and views move no campaign."""
    async with stage.bot(**OPEN_PACE) as bot:
        await ask(stage, {"numbers": THREE})
        campaign = await until(bot, Stage.READY)
        shown = await card(bot, stage, "start")
        ws = stage.slack.workspace
        real = f"{campaign.id}.{campaign.version}"

        async def check(example: dict[str, Any]) -> None:
            body = payloads.interaction(ws.team, ws.directory.person("carl"), "block_actions")
            trigger = {"trigger_id": ws.triggers.issue(ws.directory.person("carl").id)}
            parcel = Parcel("interactive", body | trigger | example)
            (acked,) = await stage.slack.wire.send(parcel)
            if acked.status != 400:
                in_time(acked)
                assert acked.body is None

        values = st.sampled_from((f"{real}1", f"{campaign.id}.0", ".", "")) | FORGED
        names = st.sampled_from(CLICKS).map("campaign.{}".format)
        names |= st.sampled_from(("pause", "resume", "stop", "stop_all")).map("campaigns.{}".format)
        examples = st.fixed_dictionaries(
            {
                "actions": st.lists(
                    st.fixed_dictionaries({"action_id": names, "value": values}),
                    min_size=1,
                    max_size=1,
                ),
                "container": st.fixed_dictionaries(
                    {"channel_id": st.just(shown.channel), "message_ts": st.just(shown.ts)}
                ),
            },
            optional={
                "view": st.fixed_dictionaries(
                    {
                        "id": st.text("V0123456789ABCDEF", min_size=2, max_size=20),
                        "private_metadata": values,
                    }
                ),
            },
        )
        assert await each(examples, check) >= A_DOOR
        (same,) = await every(bot)
        assert (same.state, same.version) == (campaign.state, campaign.version)
    assert stage.dials() == []


async def test_messages_of_any_text(stage: Play, log: Logged) -> None:
    """Whatever is written to the bot is answered; whatever a message holds, its shortcut is."""
    async with stage.bot(**OPEN_PACE):

        async def check(text: str) -> None:
            await stage.slack.say("carl", "@carl", text or "x")
            message = await stage.slack.say("vera", "#sales", text or "x")
            in_time(await stage.slack.message_shortcut("carl", message, "campaign.from_message"))
            for view in stage.slack.views("carl"):
                await stage.slack.close("carl", view)

        assert await each(TYPED, check, A_DOOR // 2) >= A_DOOR // 2
    nothing_refused(stage)
