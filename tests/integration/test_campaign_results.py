"""What a campaign leaves: files by direct message, a chart in its thread, and itself once more."""

import asyncio
import csv
import io
from functools import partial

import pytest
from PIL import Image

from bot.background import Background
from bot.campaigns import again as again_module
from bot.campaigns.again import Again, Which
from bot.campaigns.picture import draw_bars
from bot.recipients.intake import open_file
from storage import claims, lists
from storage.campaigns import Campaign, Stage
from storage.lists import NewRefusal
from storage.rows import State
from tests.campaign_desk import CampaignDesk, desk, opts_out
from tests.logged import Logged
from tests.stage import Stage as Scene
from tests.stage import text_of
from tests.witness import Travels, away

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The stage, with a clock that is moved by hand."""
    stage.clock = Travels()
    return stage


def files(scene: Scene, channel: str = "@carl") -> dict[str, bytes]:
    """The files that stand in a conversation, by their names."""
    found: dict[str, bytes] = {}
    for message in scene.slack.messages(channel):
        for file in message.files:
            assert file["name"] not in found
            found[file["name"]] = scene.slack.file(file["id"]).content or b""
    return found


def table(data: bytes) -> list[list[str]]:
    """A CSV file's rows."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


async def done(at: CampaignDesk) -> Campaign:
    """A campaign of four that has ended."""
    running = await at.running(4)
    await at.placed(1, 2)
    await at.placed(3, 3, "busy")
    await at.rows((1, 1), call_sid="CA1", name="=HYPERLINK(1)")
    await at.rows((4, 4), state=State.REJECTED, reason="Rejected", said="Not in service")
    await at.finisher.look()
    await at.rest()
    await at.later()
    return await at.now(running)


async def test_results_come_by_direct_message_when_it_ends(scene: Scene) -> None:
    """Each row with its state in words, as CSV and as a workbook; once, restarts included."""
    async with desk(scene) as at:
        await done(at)
    async with desk(scene) as at:
        await at.later()
    found = files(scene)
    assert sorted(found) == ["results.csv", "results.xlsx"]
    head, first, *others = table(found["results.csv"])
    assert head[:5] == ["Row", "Name", "Number", "State", "Call ID"]
    assert first[:5] == ["2", "'=HYPERLINK(1)", "+14155550101", "Answered", "CA1"]
    assert first[5].endswith("+00:00")
    assert first[8:10] == ["61", "1"]
    assert [row[3] for row in others] == ["Answered", "Busy", "Refused by Toingg"]
    assert others[2][10] == "Rejected Not in service"
    listing = open_file(found["results.xlsx"])
    assert listing.columns[:3] == ("Row", "Name", "Number")


async def test_the_thread_gets_counts_and_a_chart(scene: Scene) -> None:
    """The same figures as text and as Slack's own chart; no number, no name."""
    async with desk(scene) as at:
        await done(at)
        (told,) = [each for each in at.thread() if "Results of" in each.text]
        assert "4 people called" in told.text
        assert "2 answered · 1 busy · 1 refused" in told.text
        (chart,) = [block for block in told.blocks or [] if block["type"] == "data_visualization"]
        assert chart["chart"]["series"][0]["data"] == [
            {"label": "Answered", "value": 2},
            {"label": "Busy", "value": 1},
            {"label": "Refused", "value": 1},
        ]
        assert "4155550" not in str(scene.slack.messages("sales", at.card().ts))
        assert "Person" not in str(scene.slack.messages("sales", at.card().ts))


async def test_where_slack_takes_no_chart_it_gets_a_picture(scene: Scene) -> None:
    """The block refused: the figures as text, and the chart as a PNG that says what it shows."""
    async with desk(scene) as at:
        running = await at.running(2)
        await at.look()
        await at.placed(1, 2)
        await at.finisher.look()
        scene.slack.fail_next("chat.postMessage", "invalid_blocks", channel="sales")
        await at.rest()
        await at.later()
        (told,) = [each for each in at.thread() if "Results of" in each.text]
        assert "2 answered" in told.text
        assert not [b for b in told.blocks or [] if b["type"] == "data_visualization"]
        (picture,) = [each for each in at.thread() if each.files]
        assert "2 answered" in picture.files[0]["title"]
        data = scene.slack.file(picture.files[0]["id"]).content or b""
        assert Image.open(io.BytesIO(data)).format == "PNG"
        assert (await at.now(running)).drawn > 0


def test_the_picture_has_a_bar_for_each_count() -> None:
    """Drawn at a size that follows the number of bars; figures of nothing are no fault."""
    few, many = (draw_bars("How", [(f"Bar {n}", n * 10) for n in range(k)]) for k in (1, 9))
    assert Image.open(io.BytesIO(few)).height < Image.open(io.BytesIO(many)).height
    assert Image.open(io.BytesIO(draw_bars("How", []))).width == 960


async def test_results_of_a_cancelled_one_wait_for_its_sweep(scene: Scene) -> None:
    """Whoever isn't called any more stands so in the files, and the figures say so too."""
    async with desk(scene) as at:
        running = await at.running(4)
        await at.placed(1, 1)
        cancelled = await at.control.cancel(running, running.owner)
        await at.later()
        assert files(scene) == {}
        assert (await at.now(cancelled)).drawn == 0
        while await at.write(claims.sweep, campaign_id=cancelled.id):
            pass
        await at.later()
        rows = table(files(scene)["results.csv"])[1:]
        assert [row[3] for row in rows] == ["Answered", *["Not called: cancelled"] * 3]
        over = await at.now(cancelled)
        assert over.drawn == over.version


async def test_results_can_be_had_on_demand(scene: Scene) -> None:
    """By whoever asks, in the middle of it, as it stands."""
    async with desk(scene) as at:
        running = await at.running(2)
        await at.placed(1, 1)
        await at.results.send(running, scene.slack.directory.person("oscar").id)
        rows = table(files(scene, "@oscar")["results.csv"])
        assert [row[3] for row in rows[1:]] == ["Answered", "Not called yet"]
        assert rows[2][9] == "0"
        assert files(scene) == {}


async def test_rejected_rows_come_with_the_preflight_card(scene: Scene) -> None:
    """Row number, what was given, why, how to mend it; once a reading, and no file for none."""
    refused = [NewRefusal(7, ("John Doe; 12",), "invalid", "Give the whole number.")]
    async with desk(scene) as at:
        ready = await at.ready(2, refused=refused)
        await at.rows((2, 2), state=State.SKIPPED, reason="opted_out")
        await at.later()
        at.progress.wake(await at.now(ready))
        await at.later()
        assert table(files(scene)["rejected.csv"]) == [
            ["Row", "Why", "How to mend it", "Name", "Phone"],
            ["7", "Invalid", "Give the whole number.", "John Doe; 12", ""],
            [
                "3",
                "This number has opted out",
                "Nobody here can call this number: take the row off your list",
                "Person 2",
                "+14155550102",
            ],
        ]
    assert scene.slack.messages("@carl")[0].text.startswith("Rows of *Spring Sale*")


async def test_no_file_where_nothing_is_wrong(scene: Scene) -> None:
    """A list that can be called whole is no reason to write to anybody."""
    async with desk(scene) as at:
        await at.ready(2)
        await at.later()
    assert scene.slack.messages("@carl") == []


async def test_a_file_that_slack_never_takes_is_given_up(scene: Scene, log: Logged) -> None:
    """It holds up neither the card nor the thread, and isn't tried for ever."""
    async with desk(scene) as at:
        scene.slack.fail_next("files.getUploadURLExternal", "missing_scope", times=99)
        over = await done(at)
        assert over.drawn == over.version
        assert [each.text for each in at.thread() if "Results of" in each.text]
        tried = len(scene.slack.calls("files.getUploadURLExternal"))
        await at.later(600)
        assert len(scene.slack.calls("files.getUploadURLExternal")) == tried == 2
    assert log.actions("post_failed")


async def test_a_file_that_slack_refuses_for_now_is_sent_later(scene: Scene) -> None:
    """Slack's own fault: the card is final once the files are there."""
    async with desk(scene) as at:
        scene.slack.fail_next("files.completeUploadExternal", "service_unavailable", times=2)
        over = await done(at)
        assert over.drawn == 0
        await at.later(30)
        await at.later(60)
        over = await at.now(over)
        assert over.drawn == over.version
    assert sorted(files(scene)) == ["results.csv", "results.xlsx"]


async def test_files_are_for_who_may_still_see_them(scene: Scene, log: Logged) -> None:
    """A guest since they asked: not a file; an owner is told once, with the way to them."""
    async with desk(scene) as at:
        gus = scene.slack.directory.person("gus").id
        draft = await at.draft(requested_by=gus)
        refused = [NewRefusal(7, ("John Doe", "12"), "invalid", "Give the whole number.")]
        ready = await at.read(draft, 2, refused)
        await at.later()
        running = await at.control.start(ready, gus)
        await at.placed(1, 2)
        await at.finisher.look()
        await at.rest()
        await at.later()
        assert files(scene, "@gus") == files(scene, "@olivia") == {}
        told = [each.text for each in scene.slack.messages("@olivia")]
        assert len(told) == 2  # of what was left out, then of the results
        assert all("2 people" not in each and f"<@{gus}>" in each for each in told)
        assert "its card>" in told[-1]
        (figures,) = [each for each in at.thread() if "Results of" in each.text]
        assert "wasn't sent" in text_of(figures)
        over = await at.now(running)
        assert over.drawn == over.version
        await at.results.send(over, scene.slack.directory.person("olivia").id)
        assert sorted(files(scene, "@olivia")) == ["results.csv", "results.xlsx"]


async def test_a_withheld_file_that_no_owner_can_be_told_of(scene: Scene, log: Logged) -> None:
    """Their messages are closed: it is given up, and the campaign is final all the same."""
    async with desk(scene) as at:
        gus = scene.slack.directory.person("gus").id
        ready = await at.read(await at.draft(requested_by=gus), 2)
        place = scene.slack.channel("@olivia").id
        scene.slack.fail_next("chat.postMessage", "restricted_action", times=9, channel=place)
        running = await at.control.start(ready, gus)
        await at.placed(1, 2)
        await at.finisher.look()
        await at.rest()
        await at.later()
        assert files(scene, "@gus") == {}
        over = await at.now(running)
        assert over.drawn == over.version
    assert log.actions("post_failed")


@ON_SQLITE
async def test_a_long_list_is_written_a_page_at_a_time(scene: Scene) -> None:
    """More rows than a page holds: each once, in their order."""
    async with desk(scene) as at:
        running = await at.running(2_345)
        await at.results.send(running, running.requested_by)
        rows = table(files(scene)["results.csv"])[1:]
        assert [int(row[0]) for row in rows] == list(range(2, 2_347))


# Once more


async def again(at: CampaignDesk, old: Campaign, which: Which) -> Campaign:
    """The new campaign, once its people are there."""
    begun = await at.again.begin(old, which, actor=old.requested_by)
    assert begun.is_new
    await at.rest()
    await at.later()
    return await at.now(begun.campaign)


async def test_who_was_not_reached_is_a_new_campaign(scene: Scene) -> None:
    """With its own pre-flight card, of those whose line was busy, who didn't answer, or failed."""
    async with desk(scene) as at:
        old = await done(at)
        new = await again(at, old, Which.UNREACHED)
        assert (new.state, new.retry_of, new.total) == (Stage.READY, old.id, 1)
        card = at.cards()[-1]
        assert "1 person ready, of 1 row" in text_of(card)
        rows = await at.database.read(partial(lists.rows_of, campaign_id=new.id, limit=9))
        assert [(row.seq, row.phone, row.attempt) for row in rows] == [(3, "+14155550103", 1)]


async def test_run_again_screens_opt_outs_anew(scene: Scene) -> None:
    """Everybody once more, but who was left out then, and who has opted out since."""
    async with desk(scene) as at:
        running = await at.ready(5)
        await at.rows((5, 5), state=State.SKIPPED, reason="called_before")
        running = await at.control.start(await at.now(running), running.requested_by)
        await at.placed(1, 4)
        await at.finisher.look()
        await at.later()
        await opts_out(at, 2)
        new = await again(at, await at.now(running), Which.ALL)
        standing = await at.standings.of(new)
        assert standing.tally.pending == 3
        assert standing.tally.skipped == {"opted_out": 1}


async def test_there_is_one_at_a_time(scene: Scene) -> None:
    """While it waits for its start, a click leads to it; started or discarded, to another one."""
    async with desk(scene) as at:
        old = await done(at)
        clicks = [at.again.begin(old, Which.ALL, actor=old.owner) for _ in range(3)]
        begun = await asyncio.gather(*clicks)
        assert sorted(each.is_new for each in begun) == [False, False, True]
        assert len({each.campaign.id for each in begun}) == 1
        await at.rest()
        first = await at.now(begun[0].campaign)
        once_more = await at.again.begin(old, Which.ALL, actor=old.owner)
        assert (once_more.campaign.id, once_more.is_new) == (first.id, False)
        another = await again(at, old, Which.UNREACHED)
        await at.control.start(first, old.owner)
        second = await again(at, old, Which.ALL)
        await at.control.discard(second, old.owner)
        third = await again(at, old, Which.ALL)
        assert len({first.id, another.id, second.id, third.id}) == 4


async def test_a_copy_that_the_database_refuses_is_taken_up_again(scene: Scene) -> None:
    """Away for a moment: the draft waits, and is finished at the next look."""
    async with desk(scene) as at:
        old = await done(at)
        away(at.database, again_module._chunk, times=1)
        new = (await at.again.begin(old, Which.ALL, actor=old.requested_by)).campaign
        await at.rest()
        assert (await at.now(new)).state is Stage.DRAFT
        await at.again.look()
        await at.rest()
        assert (await at.now(new)).total == 4


async def test_a_copy_that_a_death_interrupted_is_finished(scene: Scene) -> None:
    """The next run goes on with it; nobody is entered twice."""
    async with desk(scene) as at:
        old = await done(at)
        dying = Again(at.database, Background(), at.clock, at.progress, run=at.run)
        dying._background._is_over = True  # the process ends right after the click
        new = (await dying.begin(old, Which.ALL, actor=old.requested_by)).campaign
        copy = partial(lists.copy, old_id=old.id, new=new, only_unreached=False)
        await at.write(copy, after=-1, limit=2, now=at.clock())
    async with desk(scene) as at:
        await at.again.look()
        await at.rest()
        new = await at.now(new)
        assert (new.state, new.total) == (Stage.READY, 4)
        rows = await at.database.read(partial(lists.rows_of, campaign_id=new.id, limit=9))
        assert [row.seq for row in rows] == [1, 2, 3, 4]
