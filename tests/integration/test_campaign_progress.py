"""A campaign's card and thread follow its rows: through faults, restarts and long lists."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.campaigns.progress import due_at, milestone_of
from bot.sandbox.slack import rate_limited
from bot.sandbox.slack.people import BOT
from storage import campaign_cards, campaigns, lists
from storage.campaigns import Happened, Stage
from storage.lists import NewRefusal
from storage.rows import Elsewhere, State
from storage.tally import LEFT, Outcome, Tally
from tests.campaign_cards import NOW, campaign
from tests.campaign_desk import desk, opts_out
from tests.logged import Logged
from tests.stage import Stage as Scene
from tests.stage import buttons_of, text_of
from tests.witness import Travels

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The stage, with a clock that is moved by hand."""
    stage.clock = Travels()
    return stage


# When a card is redrawn


@pytest.mark.parametrize(
    ("state", "ago", "woken", "seconds"),
    [
        (Stage.RUNNING, 0, False, 3),
        (Stage.RUNNING, 600, False, 3),
        (Stage.RUNNING, 2_000, False, 10),
        (Stage.RUNNING, 100_000, False, 500),
        (Stage.RUNNING, 100_000, True, 3),
        (Stage.DRAFT, 100_000, False, 3),
        (Stage.READY, 0, True, 3),
    ],
)
def test_a_card_is_redrawn_more_slowly_as_time_goes_by(
    state: Stage, ago: float, *, woken: bool, seconds: float
) -> None:
    """At most every 3 s; then a two-hundredth of the time since the last move."""
    of = campaign(state, moved_at=NOW - timedelta(seconds=ago))
    due = due_at(of, drawn_at=NOW, version=3, is_woken=woken)
    assert due == NOW + timedelta(seconds=seconds)


def test_a_last_state_does_not_wait() -> None:
    """Moved: at once. Ready, and drawn: not again. Its rows: after 3 s. Never drawn: now."""
    ready, running, done = (campaign(s) for s in (Stage.READY, Stage.RUNNING, Stage.DONE))
    assert due_at(done, drawn_at=NOW, version=2, is_woken=False) == NOW
    assert due_at(ready, drawn_at=NOW, version=2, is_woken=False) == NOW
    assert due_at(ready, drawn_at=NOW, version=3, is_woken=False) is None
    assert due_at(running, drawn_at=NOW, version=2, is_woken=False) == NOW
    rows = due_at(running, drawn_at=NOW, version=running.version, is_woken=True)
    assert rows == NOW + timedelta(seconds=3)
    never = due_at(ready, drawn_at=None, version=0, is_woken=False)
    assert never is not None
    assert never < NOW


@pytest.mark.parametrize(
    ("called", "ready", "percent"),
    [(50, 100, None), (24, 101, None), (51, 200, 25), (150, 200, 75), (200, 200, 75)],
)
def test_milestones_are_for_lists_over_a_hundred(
    called: int, ready: int, percent: int | None
) -> None:
    """A quarter, half, three quarters; of a short list none."""
    numbers = Tally(placed={Outcome.ENDED: called}, pending=ready - called)
    assert milestone_of(numbers) == percent


# Its life


async def test_a_campaign_is_one_card_from_draft_to_done(scene: Scene, log: Logged) -> None:
    """Posted once, redrawn in place through every state; its thread says what happened."""
    async with desk(scene) as at:
        draft = await at.draft()
        at.progress.wake(draft)
        await at.rest()
        card = at.card()
        assert "Reading the list… spring.csv" in text_of(card)
        refused = [NewRefusal(9, ("John Doe; 12",), "invalid", "Give the whole number.")]
        ready = await at.read(draft, 3, refused)
        await at.later()
        assert "3 people ready, of 4 rows" in text_of(at.card())
        running = await at.control.start(await at.now(ready), ready.requested_by)
        await at.later()
        assert "*Running*" in text_of(at.card())
        await at.placed(1, 2)
        await at.placed(3, 3, "no-answer")
        await at.finisher.look()
        await at.rest()
        assert "*Done*" in text_of(at.card())
        again = ["Retry No-Answers (1)", "Text the No-Answers", "Run Again"]
        assert buttons_of(at.card()) == ["Results", *again]
        await at.later()
        told = "\n".join(each.text for each in at.thread())
        assert "Started by <@U0CARL0001>." in told
        assert "<@U0CARL0001> Done: 2 answered · 1 no answer." in told
        assert at.card().ts == card.ts
        done = await at.now(running)
        assert done.drawn == done.version
        sent = len(scene.slack.api_calls)
        await at.later(600)
        assert len(scene.slack.api_calls) == sent


async def test_a_reading_that_a_death_interrupted_says_so(scene: Scene) -> None:
    """The card of a draft whose run is over tells that it starts again."""
    async with desk(scene) as at:
        await at.draft()
        await at.look()
        assert "Reading the list… spring.csv" in text_of(at.card())
    async with desk(scene) as at:
        await at.look()
        assert "Reading was interrupted; it starts again. spring.csv" in text_of(at.card())


async def test_events_within_a_few_seconds_share_a_message(scene: Scene) -> None:
    """Each is told once, together with what came right after it; milestones too."""
    async with desk(scene) as at:
        running = await at.running(200)
        await at.control.pause(running, running.requested_by)
        await at.placed(1, 60)
        await at.later()
        assert [each.text for each in at.thread()] == [
            "Started by <@U0CARL0001>.\nPaused by <@U0CARL0001>. Calls that are up go on."
        ]
        await at.control.resume(await at.now(running), running.requested_by)
        for last in (60, 100, 160):
            await at.placed(1, last)
            await at.later()
        await at.later()
        told = "\n".join(each.text for each in at.thread())
        for line in ("25 %: 60 of 200", "50 %: 100 of 200", "75 %: 160 of 200"):
            assert told.count(line) == 1


async def test_calls_that_were_not_hung_up_are_named(scene: Scene) -> None:
    """Stop All's failures stand in the thread, masked, each of them."""
    async with desk(scene) as at:
        running = await at.running(2)
        rows = partial(lists.rows_of, campaign_id=running.id, limit=1)
        (first,) = await at.database.read(rows)
        stopped = {"ended": 1, "failed": 1, "calls": [first.id]}
        record = partial(campaigns.record, campaign_id=running.id, happened=Happened.STOPPED)
        await at.write(record, at=at.clock(), **stopped)
        await at.later()
        told = "\n".join(each.text for each in at.thread())
        assert "Stop All: 1 ended, 1 failed: +1 415 ••• ••01." in told


async def test_an_unchanged_card_is_not_sent_again(scene: Scene) -> None:
    """Only what differs from what was drawn is a request; after a restart it is drawn once."""
    async with desk(scene) as at:
        running = await at.running(10)
        await at.control.pause(running, running.requested_by)
        await at.later()
        await at.later()
        sent = at.updates()
        for _ in range(5):
            await at.later(30)
        assert at.updates() == sent
    async with desk(scene) as at:
        for _ in range(5):
            await at.later(30)
        assert at.updates() == sent + 1
        assert len(at.cards()) == 1


async def test_a_move_is_drawn_at_once(scene: Scene) -> None:
    """However long the campaign has run: whoever made the move looks at its card."""
    async with desk(scene) as at:
        running = await at.running(1000)
        await at.later(100_000)
        sent = at.updates()
        await at.control.pause(await at.now(running), running.requested_by)
        await at.rest()
        assert "*Paused*" in text_of(at.card())
        assert at.updates() == sent + 1


async def test_opt_outs_in_a_row_are_drawn_together(scene: Scene) -> None:
    """Each is one person less on the card within 3 s, and its buttons stay good meanwhile."""
    async with desk(scene) as at:
        ready = await at.ready(20)
        await at.look()
        await at.later(60)
        drawn, buttons = at.updates(), at.card().elements()
        for seq in range(1, 7):
            await opts_out(at, seq)
            await at.later(1)
        assert drawn + 1 <= at.updates() <= drawn + 3
        await at.later()
        assert "14 people ready, of 20 rows" in text_of(at.card())
        assert "*6* opted out" in text_of(at.card())
        assert [each["value"] for _, each in at.card().elements()] == [
            each["value"] for _, each in buttons
        ]
        sent = at.updates()
        await at.later(60)
        assert at.updates() == sent
        assert (await at.control.start(ready, ready.owner)).state is Stage.RUNNING


# Faults


async def test_the_last_state_is_drawn_whatever_slack_says(scene: Scene) -> None:
    """Refused again and again, with 429 too, the card comes to show how it ended."""
    async with desk(scene) as at:
        running = await at.running(3)
        await at.placed(1, 3)
        scene.slack.fail_next("chat.update", rate_limited(1))
        scene.slack.fail_next("chat.update", "service_unavailable", times=8)
        await at.finisher.look()
        await at.rest()
        assert "*Done*" not in text_of(at.card())
        for _ in range(12):
            await at.later(70)
        assert "*Done*" in text_of(at.card())
        done = await at.now(running)
        assert done.drawn == done.version


async def test_an_update_waits_for_room_in_the_budget(scene: Scene) -> None:
    """Where the workspace's updates are used up, the card is behind, then right."""
    async with desk(scene) as at:
        running = await at.running(10)
        await at.later()
        while at.budget.take(at.home.id, final=True):
            pass
        await at.control.pause(await at.now(running), running.requested_by)
        await at.later(5)
        assert "*Paused*" not in text_of(at.card())
        await at.later(61)
        assert "*Paused*" in text_of(at.card())


async def test_a_last_state_that_found_no_room_is_not_final(scene: Scene) -> None:
    """Done while the updates are used up: it is drawn later all the same."""
    async with desk(scene) as at:
        running = await at.running(2)
        await at.later()
        while at.budget.take(at.home.id, final=True):
            pass
        await at.placed(1, 2)
        await at.finisher.look()
        await at.rest()
        assert "*Done*" not in text_of(at.card())
        assert (await at.now(running)).drawn == 0
        await at.later(61)
        assert "*Done*" in text_of(at.card())
        assert (await at.now(running)).drawn > 0


async def test_a_closed_channel_sends_the_card_to_who_asked(scene: Scene) -> None:
    """Not in the channel: card and thread stand in the asker's messages, with the hint."""
    sales = scene.slack.channel("sales")
    members = tuple(member for member in sales.members if member != BOT.id)
    scene.slack.directory.add_channel(replace(sales, members=members))
    async with desk(scene) as at:
        ready = await at.ready(2)
        await at.look()
        (card,) = at.cards("@carl")
        assert "Invite me there with /invite" in text_of(card)
        await at.control.start(await at.now(ready), ready.requested_by)
        await at.later()
        await at.later()
        assert "*Running*" in text_of(at.cards("@carl")[0])
        assert at.thread("@carl")[0].text == "Started by <@U0CARL0001>."


async def test_a_deleted_card_goes_on_with_who_answers_for_it(scene: Scene, log: Logged) -> None:
    """Moved once: its buttons are there, and what it asks is asked there."""
    async with desk(scene) as at:
        running = await at.running(10)
        await at.rows((1, 2), state=State.UNCERTAIN, reason="TimedOut", done_at=at.clock())
        await at.later()
        assert any("*2 calls are uncertain*" in each.text for each in at.thread())
        for message in scene.slack.messages("sales", at.card().ts):
            scene.slack.workspace.messages.delete(message)
        await at.control.pause(await at.now(running), running.requested_by)
        await at.later()
        await at.later()
        card = at.card("@carl")
        assert "so it goes on here" in text_of(card)
        assert "Resume" in buttons_of(card)
        assert any("uncertain" in each.text for each in at.thread("@carl"))
        assert at.cards() == []
        moved = await at.now(running)
        assert moved.elsewhere is Elsewhere.MOVED
        scene.slack.workspace.messages.delete(card)
        await at.control.resume(moved, running.requested_by)
        await at.later()
        await at.later()
        assert any("It isn't posted again" in text_of(m) for m in at.cards("@carl"))
        assert len(log.actions("card_lost")) == 1
        sent = len(scene.slack.api_calls)
        await at.later(300)
        assert len(scene.slack.api_calls) == sent
        await at.placed(1, 10)
        await at.finisher.look()
        await at.later()
        names = [file["name"] for m in scene.slack.messages("@carl") for file in m.files]
        assert names == ["results.csv", "results.xlsx"]
        done = await at.now(running)
        assert done.drawn == done.version
        assert len(log.actions("card_lost")) == 1


async def test_a_card_that_nobody_can_be_shown_is_given_up(scene: Scene, log: Logged) -> None:
    """Channel and direct messages are closed: tried once each, then silence."""
    async with desk(scene) as at:
        direct = scene.slack.channel("@carl")
        for place in (direct.id, "sales"):
            scene.slack.fail_next("chat.postMessage", "restricted_action", times=99, channel=place)
        ready = await at.ready(2)
        await at.look()
        await at.later()
        assert (await at.now(ready)).elsewhere is Elsewhere.NOWHERE
        posts = len(scene.slack.calls("chat.postMessage"))
        await at.control.start(await at.now(ready), ready.requested_by)
        await at.later(60)
        assert len(scene.slack.calls("chat.postMessage")) == posts
    assert len(log.actions("card_lost")) == 1


async def test_a_token_that_is_refused_holds_all_back_together(scene: Scene, log: Logged) -> None:
    """One request now and then finds out; then every card catches up."""
    async with desk(scene) as at:
        running = await at.running(3)
        await at.later()
        token, scene.slack.workspace.bot_token = scene.slack.workspace.bot_token, "xoxb-another"
        paused = await at.control.pause(await at.now(running), running.requested_by)
        await at.later()
        refused = len(scene.slack.api_calls)
        for _ in range(3):
            await at.later(2)
        assert len(scene.slack.api_calls) == refused
        scene.slack.workspace.bot_token = token
        await at.later(60)
        assert "*Paused*" in text_of(at.card())
        assert (await at.now(paused)).state is Stage.PAUSED
    assert log.actions("token_refused")


async def test_a_question_waits_for_room_in_the_budget(scene: Scene) -> None:
    """The number of uncertain calls is behind while updates are used up, then right."""
    async with desk(scene) as at:
        await at.running(10)
        await at.rows((1, 2), state=State.UNCERTAIN, reason="died", done_at=at.clock())
        await at.later()
        while at.budget.take(at.home.id, final=True):
            pass
        await at.placed(1, 2)
        await at.later(5)
        assert any("*2 calls are uncertain*" in each.text for each in at.thread())
        await at.later(61)
        assert any("no call of this campaign is uncertain" in each.text for each in at.thread())


async def test_a_lost_answer_is_not_posted_twice(scene: Scene) -> None:
    """Slack took the card and its answer was lost: it is found again, and drawn on."""
    async with desk(scene) as at:
        scene.slack.fail_next("chat.postMessage", "cut_after")
        ready = await at.ready(2)
        await at.look()
        await at.later(10)
        await at.later(70)
        assert len(at.cards()) == 1
        assert "2 people ready" in text_of(at.card())
        assert (await at.now(ready)).card_ts == at.card().ts


# Uncertain rows


async def test_uncertain_rows_are_one_message_that_is_closed(scene: Scene) -> None:
    """Posted when there are some, redrawn as their number changes, closed when none is left."""
    async with desk(scene) as at:
        await at.running(30)
        await at.later()
        await at.rows((1, 12), state=State.UNCERTAIN, reason="died", done_at=at.clock())
        await at.later()
        (asked,) = [each for each in at.thread() if "uncertain" in each.text]
        assert "*12 calls are uncertain*: the bot was stopped" in asked.text
        assert "+1 415 ••• ••01" in text_of(asked)
        assert "and 2 more" in text_of(asked)
        assert buttons_of(asked) == ["Leave Them", "Review", "Call All Again"]
        await at.placed(1, 5)
        await at.later()
        (asked,) = [each for each in at.thread() if "uncertain" in each.text]
        assert "*7 calls are uncertain*" in asked.text
        await at.rows((6, 12), reason=LEFT)
        await at.later()
        (settled,) = [each for each in at.thread() if "uncertain" in each.text]
        assert settled.ts == asked.ts
        assert "7 calls stay uncertain, as decided." in settled.text
        assert buttons_of(settled) == []


async def test_a_question_that_somebody_deleted_is_asked_again(scene: Scene) -> None:
    """The message about uncertain calls is posted anew, for it needs a person."""
    async with desk(scene) as at:
        await at.running(10)
        await at.rows((1, 2), state=State.UNCERTAIN, reason="died", done_at=at.clock())
        await at.later()
        (asked,) = [each for each in at.thread() if "uncertain" in each.text]
        scene.slack.workspace.messages.delete(asked)
        await at.rows((3, 3), state=State.UNCERTAIN, reason="died", done_at=at.clock())
        await at.later()
        (again,) = [each for each in at.thread() if "uncertain" in each.text]
        assert again.ts != asked.ts
        assert "*3 calls are uncertain*" in again.text


@ON_SQLITE
async def test_uncertain_rows_of_what_is_over_are_looked_after(scene: Scene) -> None:
    """Done with doubts: a late report settles them; after four hours nothing more can come."""
    async with desk(scene) as at:
        running = await at.running(4)
        await at.placed(1, 2)
        await at.rows((3, 4), state=State.UNCERTAIN, reason="died", done_at=at.clock())
        await at.finisher.look()
        await at.later()
        assert (await at.now(running)).drawn == 0
        await at.placed(3, 3)
        await at.later(120)
        assert "1 uncertain" in text_of(at.card())
        await at.later(4 * 3600)
        done = await at.now(running)
        assert done.drawn == done.version


# Many


@ON_SQLITE
async def test_a_long_campaign_makes_a_bounded_number_of_requests(scene: Scene) -> None:
    """A day of dialling, something moving all the time: hundreds of requests, not tens of
    thousands, and the last state is drawn.
    """
    people = 2_000
    async with desk(scene) as at:
        await at.running(people)
        called, elapsed = 0, 0.0
        while elapsed < 86_400:
            step = max(5.0, elapsed / 200)
            elapsed += step
            called = min(people - 1, int(people * elapsed / 86_400))
            if called:
                await at.placed(max(1, called - 5), called)
            at.clock.forward(timedelta(seconds=step))
            await at.look()
        assert at.updates() > 100
        assert len(scene.slack.api_calls) < 1_700, len(scene.slack.api_calls)
        await at.placed(1, people)
        await at.finisher.look()
        await at.rest()
        await at.later()
        assert "100 % · 2,000 of 2,000 called" in text_of(at.card())


async def test_a_campaign_is_done_when_nobody_is_on_the_line(scene: Scene) -> None:
    """Not while somebody waits or talks; a call of which nothing is heard counts for the mean."""
    async with desk(scene) as at:
        running = await at.running(3)
        await at.placed(1, 1)
        await at.finisher.look()
        assert (await at.now(running)).state is Stage.RUNNING
        await at.placed(2, 2, "in-progress")
        await at.placed(3, 3, None)
        await at.finisher.look()
        assert (await at.now(running)).state is Stage.RUNNING
        await at.placed(2, 2)
        at.clock.forward(timedelta(minutes=3))
        await at.finisher.look()
        assert (await at.now(running)).state is Stage.DONE
        await at.later()
        assert "1 ended, not reported" in text_of(at.card())


async def test_who_is_to_be_called_again_at_that_instant_keeps_it_running(scene: Scene) -> None:
    """Between the look and the move somebody said to call again: it isn't done."""
    async with desk(scene) as at:
        running = await at.running(2)
        await at.placed(1, 1)
        await at.finisher._finish(running)
        assert (await at.now(running)).state is Stage.RUNNING


async def test_two_processes_share_what_is_shown(scene: Scene) -> None:
    """Whoever moved a campaign last looks after it; where it is dead, the other one does."""
    async with desk(scene) as first, desk(scene, alone=False) as second:
        running = await first.running(3)
        await second.look()
        await first.later()
        await second.look()
        assert len(first.cards()) == 1
        assert second.progress._watched == {}
        paused = await second.control.pause(running, running.requested_by)
        await second.later()
        assert "*Paused*" in text_of(first.card())
        await first.look()
        await first.control.resume(paused, running.requested_by)
        first.clock.forward(timedelta(seconds=20))  # no heart beats: both are taken for dead
        await second.look()
        await second.later()
        assert "*Running*" in text_of(first.card())
        assert len(first.cards()) == 1


@ON_SQLITE
async def test_lists_that_nobody_starts_hold_up_none_that_runs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait for their Start, those under way are looked at first, then the newest."""
    monkeypatch.setattr(campaign_cards, "_MOST", 2)
    async with desk(scene) as at:
        running = await at.running(3)
        for number in range(4):
            at.clock.forward(timedelta(seconds=1))
            draft = await at.draft(f"another {number}", title=f"Waits {number}")
            await at.move(draft, Stage.READY, Happened.READ, total=0)
        unfinished = partial(
            campaign_cards.unfinished, workspaces=[at.home.id], run=at.run, now=at.clock()
        )
        found = await at.database.read(unfinished)
        assert [each.title for each in found] == ["Spring Sale", "Waits 3"]
        assert found[0].id == running.id
