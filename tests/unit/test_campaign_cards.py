"""What a campaign's card, its thread and the list of campaigns say, in each state."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack.checks import block_faults
from bot.slack.blocks import campaign_card, campaign_thread
from bot.slack.blocks.campaign_parts import Outlook, Standing
from bot.slack.blocks.campaigns_list import campaigns_list, stop_question
from bot.slack.blocks.parts import Message
from storage.campaigns import Happened, Stage
from storage.tally import Example, Failure, Outcome, Tally
from storage.under_way import UnderWay
from tests.campaign_cards import HALF_WAY, NOW, TERMS, campaign, event, standing

CHECKED = Tally(
    refused={"invalid": 41, "missing": 2, "duplicate": 5, "premium": 1},
    skipped={"opted_out": 3, "called_before": 77},
    pending=9_871,
    examples={
        "invalid": (
            Example(7, "John Doe, 415555013"),
            Example(9, "Jane Roe, soon"),
            Example(12, "+14155550132"),
        ),
        "missing": (Example(8, "Jim Poe"),),
    },
)
NASTY = "<!channel> *x* <https://evil.example|Pay>\nline two " + "é" * 400


def said(message: Message) -> str:
    """All the text of a message's blocks."""
    found = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(message["blocks"])
    return "\n".join(found)


def buttons(message: Message) -> dict[str, Any]:
    """The buttons of a message by their labels."""
    return {
        each["text"]["text"]: each
        for block in message["blocks"]
        if block["type"] == "actions"
        for each in block["elements"]
    }


def question(message: Message, label: str) -> str:
    """What a button asks before it does something."""
    asked = buttons(message)[label]["confirm"]
    return f"{asked['title']['text']} {asked['text']['text']}"


def card(of: Standing) -> Message:
    """The card, which Slack has to take as it is."""
    message = campaign_card.card(of)
    assert block_faults(message["blocks"], "message") == []
    assert "@" not in message["text"].replace("<@U", "")
    return message


# Before it starts


def test_a_draft_says_what_is_read() -> None:
    """While the list is read, the card says from what, and how far."""
    draft = campaign(Stage.DRAFT, source={"words": "spring.csv"})
    text = said(card(standing(draft, Tally(pending=1_500))))
    assert "Reading the list… spring.csv · 1,500 rows so far" in text


def test_a_draft_that_is_read_anew_says_so() -> None:
    """A reading that was interrupted starts again, and the card says it."""
    draft = campaign(Stage.DRAFT, source={"words": "spring.csv"})
    message = card(standing(draft, Tally(), Outlook(interrupted=True)))
    assert "interrupted; it starts again" in said(message)


def test_an_unreadable_list_says_why_and_offers_edit() -> None:
    """The sentence about it stands on the card, with Edit and nothing else."""
    gone = campaign(
        Stage.CANCELLED, reason="unreadable", said="spring.csv is a picture.", started_at=None
    )
    message = card(standing(gone, Tally()))
    assert "spring.csv is a picture." in said(message)
    assert list(buttons(message)) == ["Edit"]


def test_the_preflight_card_counts_each_reason() -> None:
    """Total, ready, and every reason with its count; numbers of rows masked, names never."""
    message = card(standing(campaign(Stage.READY), CHECKED))
    text = said(message)
    assert "9,871 people ready, of 10,000 rows" in text
    assert "• *43* without a number that can be called: row 7 (•••••13), row 8, row 9" in text
    assert "• *77* called in the last 30 days" in text
    assert "• *3* opted out" in text
    assert "• *1* premium or emergency" in text
    assert "`rejected.csv` is in the direct messages of <@U0CARL0001>" in text
    assert "415555013" not in text
    assert not any(name in text for name in ("John", "Jane", "Jim"))


def test_a_whole_number_is_masked_as_everywhere() -> None:
    """An example that is a number keeps its country and its last two digits."""
    tally = Tally(skipped={"opted_out": 1}, examples={"opted_out": (Example(4, "+14155550132"),)})
    assert "row 4 (+1 415 ••• ••32)" in said(card(standing(campaign(Stage.READY), tally)))


def test_the_preflight_card_says_cost_pace_and_finish() -> None:
    """About what it costs, both limits of the pace, and when the last call begins."""
    outlook = Outlook(timedelta(hours=2, minutes=45))
    text = said(card(standing(campaign(Stage.READY), CHECKED, outlook)))
    assert "Cost: about 2,369.04 USD: 2 min each at 0.12." in text
    assert "Pace: 60 calls a minute, at most 20 live at once." in text
    assert "The last call begins about 2 h 45 min after the first." in text


def test_without_limits_and_price_nothing_is_estimated() -> None:
    """No price: no cost; no limit: no finish."""
    free = replace(TERMS, per_minute=None, max_live=None, price=None)
    text = said(card(standing(campaign(Stage.READY), CHECKED, Outlook(), free)))
    assert "Cost" not in text
    assert "the last call" not in text
    assert "as fast as Toingg takes them, any number live at once" in text


def test_what_stands_against_some_of_them_is_named() -> None:
    """Who waits for their hours, who is over the cap, and who is over the budget."""
    later = (NOW + timedelta(hours=2), 88)
    tally = replace(CHECKED, balance=1_500_000)
    outlook = Outlook(timedelta(hours=1), (later,), over_cap=10, over_budget=20)
    text = said(card(standing(campaign(Stage.READY), tally, outlook)))
    assert "*88* outside calling hours now. 88 wait for <!date^1795626000^" in text
    assert "*10* over today's cap" in text
    assert "*20* over the budget (1.50 USD left)" in text


def test_start_is_asked_with_its_number() -> None:
    """Start names the deed and how many; one button is the primary one."""
    message = card(standing(campaign(Stage.READY), CHECKED))
    start = buttons(message)["Start"]
    assert start["confirm"]["title"]["text"] == "Call 9,871 people now?"
    assert start["confirm"]["deny"]["text"] == "Not Yet"
    assert start["value"] == "c" * 32 + ".3"
    assert list(buttons(message)) == [
        "Start",
        "Schedule",
        "Preview",
        "Edit",
        "Hand the List to Toingg…",
        "Discard",
    ]


def test_a_list_with_nobody_to_call_offers_no_start() -> None:
    """It says so; what is left is Edit, Columns where there are any, and Discard."""
    table = campaign(Stage.READY, source={"is_table": True})
    message = card(standing(table, Tally(refused={"invalid": 3})))
    assert "Nobody on this list can be called: 0 of 3 rows" in said(message)
    assert list(buttons(message)) == ["Columns", "Edit", "Discard"]


def test_a_script_says_how_much_it_fills_in() -> None:
    """With a script there is a preview, and the count of what it fills in."""
    scripted = campaign(Stage.READY, script="Hi {name}", source={"variables": ["name", "city"]})
    message = card(standing(scripted, CHECKED))
    assert "The script fills in 2 variables." in said(message)
    assert "Preview" in buttons(message)
    assert "Hi {name}" not in said(message)


def test_what_the_reading_found_out_is_said() -> None:
    """Which sheet was read, and what is worth knowing of rows that can be called all the same."""
    found = {"notes": ["Sheet “May” of 3."], "nameless": 1, "extensions": 1_200, "zoneless": 0}
    text = said(card(standing(campaign(Stage.READY, source={"found": found}), CHECKED)))
    assert 'Sheet "May" of 3.' in text
    assert "1 row without a name." in text
    assert "1,200 rows with an extension" in text
    assert "time zone" not in text


def test_an_unknown_reason_is_shown_by_its_word() -> None:
    """A reason that a later release adds is counted all the same."""
    tally = Tally(refused={"too_loud": 2}, pending=1)
    assert "• *2* too loud" in said(card(standing(campaign(Stage.READY), tally)))


def test_a_scheduled_campaign_says_when() -> None:
    """When it starts, in which zone that was said, and what can be done until then."""
    later = campaign(
        Stage.SCHEDULED, start_at=NOW + timedelta(days=1), zone="Europe/London", moved_by="U0X"
    )
    message = card(standing(later, CHECKED))
    assert "Scheduled: calls 9,871 people from <!date^" in said(message)
    assert "(said in Europe/London time)" in said(message)
    assert "The last call begins about <!date^" in said(message)
    assert list(buttons(message)) == ["Start Now", "Reschedule", "Cancel"]
    assert "Call 9,871 people now?" in question(message, "Start Now")


def test_a_discarded_one_has_nothing_to_click() -> None:
    """Who discarded it, and that nobody was called."""
    gone = campaign(Stage.CANCELLED, started_at=None, moved_by="U0CARL0001")
    message = card(standing(gone, CHECKED))
    assert "Discarded by <@U0CARL0001>: nobody was called" in said(message)
    assert buttons(message) == {}


# While it runs


def test_the_live_card_shows_how_it_goes() -> None:
    """Bar, counts by state, pace with the calls that are up, finish, cost so far."""
    message = card(standing())
    text = said(message)
    assert "`██████████░░░░░░░░░░` 51 % · 518 of 1,000 called" in text
    assert "14 talking · 400 answered · 88 no answer · 12 busy · 2 dialling" in text
    assert "Pace: 60 calls a minute, 14 of at most 20 live now." in text
    assert "The last call begins about <!date^" in text
    assert "Cost so far: 120.00 USD, for 1,000 started minutes at 0.12." in text
    assert list(buttons(message)) == [
        "Pause",
        "Stop All",
        "Cancel Campaign",
        "Hand Over",
        "Results",
    ]
    assert "Hang up 16 live calls and stop?" in question(message, "Stop All")
    assert "480 people won't be called" in question(message, "Cancel Campaign")


def test_who_waits_for_their_hours_is_counted() -> None:
    """A line a moment, three at most; moments of the same minute are one."""
    waiting = [(NOW + timedelta(hours=2, seconds=n), 44) for n in (0, 30)]
    waiting += [(NOW + timedelta(hours=n), n) for n in (3, 4, 5)]
    text = said(card(standing(tally=replace(HALF_WAY, waiting=tuple(waiting)))))
    assert "88 wait for <!date^1795626000^" in text
    assert "5 wait for later." in text


def test_failures_are_shown_without_what_they_repeat() -> None:
    """Toingg's words stand beside the masked number, without name, script, or numbers."""
    failure = Failure("+14155550132", "No credit for John Doe at +14155550132", ("John Doe",))
    text = said(card(standing(tally=replace(HALF_WAY, failures=(failure,)))))
    assert "• +1 415 ••• ••32: No credit for … at •••••32" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"moved_by": "U0OSCAR001"}, "*Paused* by <@U0OSCAR001>"),
        ({"reason": "TimedOut", "said": "No answer."}, "calls in a row went wrong. No answer."),
        ({"reason": "KeyRejected"}, "Toingg doesn't accept the API key"),
        ({"reason": "NoCredit"}, "out of credit"),
        ({"reason": "Unreachable"}, "can't be reached"),
        ({}, "too many calls in a row went wrong."),
    ],
)
def test_a_paused_campaign_says_by_whom_and_why(more: dict[str, Any], words: str) -> None:
    """Who paused it; where nobody did, why it paused by itself. Resume names how many."""
    message = card(standing(campaign(Stage.PAUSED, **more)))
    assert words in said(message)
    assert "Call 480 more people?" in question(message, "Resume")
    assert "Pace" not in said(message)


def test_a_stopping_campaign_cannot_be_resumed_meanwhile() -> None:
    """While its calls are hung up, the card says so, and neither Resume nor Stop All is there."""
    stopping = campaign(Stage.PAUSED, stopped_by="U0CARL0001", moved_by="U0CARL0001")
    message = card(standing(stopping))
    assert "*Stopping*: hanging up 14 live calls, asked for by <@U0CARL0001>" in said(message)
    assert list(buttons(message)) == ["Cancel Campaign", "Hand Over", "Results"]


def test_a_held_campaign_says_what_to_do() -> None:
    """The budget is used up: the thread has a link."""
    message = card(standing(campaign(Stage.HELD)))
    assert "The budget is used up: the link in the thread tops it up." in said(message)
    assert list(buttons(message))[:2] == ["Resume", "Pause"]


def test_what_is_over_can_be_run_again() -> None:
    """Results, who didn't answer, and all of them again."""
    done = replace(HALF_WAY, pending=0, dialling=0, live=0)
    message = card(standing(campaign(Stage.DONE), done))
    assert "*Done* · <!date^" in said(message)
    assert list(buttons(message)) == [
        "Results",
        "Retry No-Answers (100)",
        "Text the No-Answers",
        "Run Again",
    ]


def test_a_cancelled_one_says_who_was_not_called() -> None:
    """Live calls can still be stopped; who wasn't called is counted."""
    tally = replace(HALF_WAY, pending=0, cancelled=480, dialling=0)
    message = card(standing(campaign(Stage.CANCELLED, moved_by="U0X"), tally))
    assert "*Cancelled* by <@U0X> · 480 people not called" in said(message)
    assert next(iter(buttons(message))) == "Stop All"


def test_what_toingg_runs_has_no_controls() -> None:
    """A list that was handed over can't be paused or stopped from here."""
    message = card(standing(campaign(handed_over=True)))
    assert "handed over to Toingg" in said(message)
    assert list(buttons(message)) == ["Results"]
    stopped = card(standing(campaign(Stage.PAUSED, handed_over=True)))
    assert list(buttons(stopped)) == ["Resume", "Cancel Campaign", "Results"]


@pytest.mark.parametrize("state", list(Stage))
def test_slack_takes_every_card(state: Stage) -> None:
    """Foreign text at its worst, and figures at their largest, stay within Slack's limits."""
    worst = campaign(
        state,
        title=NASTY,
        campaign=NASTY + "!",
        said=NASTY,
        zone=NASTY,
        script=NASTY,
        source={"words": NASTY, "variables": [NASTY] * 50, "is_table": True},
        start_at=NOW,
    )
    examples = tuple(Example(10**6 + n, NASTY) for n in range(3))
    counts = {f"{NASTY}{n}": 10**6 for n in range(9)} | {"invalid": 10**6, "opted_out": 10**6}
    tally = Tally(
        refused=counts,
        skipped=counts,
        pending=10**6,
        placed=dict.fromkeys(Outcome, 10**6),
        live=10**6,
        minutes=10**9,
        waiting=tuple((NOW + timedelta(hours=n), 10**6) for n in range(20)),
        examples=dict.fromkeys(counts, examples),
        failures=tuple(Failure("+14155550132", NASTY, (NASTY,)) for _ in range(3)),
        doubts=("+14155550132",) * 10,
        uncertain=10**6,
        balance=10**12,
    )
    outlook = Outlook(timedelta(days=90), tally.waiting, 10**6, 10**6)
    message = card(standing(worst, tally, outlook))
    assert "<!channel>" not in said(message)
    assert len(message["text"].encode()) <= 4000
    told = campaign_thread.doubts(standing(worst, tally, outlook))
    assert block_faults(told["blocks"], "message") == []


# Its thread


@pytest.mark.parametrize("kind", list(Happened))
def test_every_event_has_its_line(kind: Happened) -> None:
    """Whatever can happen to a campaign can be told."""
    message = campaign_thread.thread([event(kind, "U0X")], standing())
    assert block_faults(message["blocks"], "message") == []
    assert message["text"].endswith(".") or kind is Happened.REPLIED  # that is somebody's words


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (Happened.MILESTONE, {"percent": 50, "called": 500, "ready": 1000}, "50 %: 500 of 1,000"),
        (Happened.STOPPED, {"ended": 14, "over": 1}, "Stop All is done: 14 ended, 1 already over."),
        (Happened.STOPPED, {}, "Stop All is done: no call was up."),
        (
            Happened.STOPPED,
            {"ended": 1, "failed": 2, "calls": ["a", "b"]},
            "<@U0CARL0001> Stop All: 1 ended, 2 failed: +1 415 ••• ••32.",
        ),
        (Happened.HANDED_OVER, {"to": "U0ANN00001"}, "<@U0ANN00001> answers for it now."),
        (
            Happened.FAILING,
            {"reason": "NoCredit"},
            "<@U0CARL0001> Paused by itself: the Toingg acc",
        ),
        (Happened.HELD, {}, "<@U0CARL0001> Held: the budget is used up."),
        (Happened.STARTED, {}, "Started: its time had come."),
        (Happened.DONE, {}, "<@U0CARL0001> Done: 14 talking · 400 answered"),
    ],
)
def test_a_line_says_what_happened(kind: Happened, detail: dict[str, Any], words: str) -> None:
    """Who answers for it is mentioned where it needs a person, or is over."""
    line = campaign_thread.line(event(kind, **detail), standing(), {"b": "+14155550132"})
    assert words in line


def test_what_was_not_hung_up_can_be_tried_again() -> None:
    """A Retry below the sentence that names it, and only there."""
    failed = event(Happened.STOPPED, ended=14, over=1, failed=1)
    message = campaign_thread.thread([event(Happened.PAUSED), failed], standing())
    assert list(buttons(message)) == ["Retry"]
    assert buttons(message)["Retry"]["value"] == "c" * 32 + ".3"
    assert block_faults(message["blocks"], "message") == []
    done = event(Happened.STOPPED, ended=14, over=1)
    assert buttons(campaign_thread.thread([done], standing())) == {}


def test_uncertain_rows_are_one_message() -> None:
    """How many, why, the first ten masked, and three things to decide."""
    tally = replace(
        HALF_WAY,
        uncertain=12,
        causes={"died": 4, "TimedOut": 6, "New": 1, "": 1},
        doubts=("+14155550132",) * 10,
    )
    message = campaign_thread.doubts(standing(tally=tally))
    text = said(message)
    assert "<@U0CARL0001> *12 calls are uncertain*: Toingg took too long to answer (6);" in text
    assert "Toingg didn't answer (2)" in text
    assert text.count("+1 415 ••• ••32") == 10
    assert "and 2 more" in text
    assert list(buttons(message)) == ["Leave Them", "Review", "Call All Again"]
    assert "Call 12 people again?" in question(message, "Call All Again")
    assert buttons(message)["Call All Again"]["value"] == "c" * 32 + ".3.12"
    assert block_faults(message["blocks"], "message") == []


def test_settled_doubts_have_nothing_to_click() -> None:
    """None is left, or those that are stay so, as somebody decided."""
    assert buttons(campaign_thread.doubts(standing())) == {}
    left = campaign_thread.doubts(standing(tally=replace(HALF_WAY, left=1)))
    assert "1 call stays uncertain, as decided." in said(left)


# The list


def test_the_list_shows_controls_to_who_may_use_them() -> None:
    """Each campaign with its figures, its card, and what can be done."""
    shown = [
        standing(campaign(state, id=f"{n:032}"))
        for n, state in enumerate([Stage.RUNNING, Stage.PAUSED, Stage.HELD] * 3)
    ]
    url = "https://acme.slack.com/"
    message = campaigns_list(shown, team_url=url, controls=lambda _: True, more=2)
    assert block_faults(message["blocks"], "message") == []
    assert "518 of 1,000 called · 14 live" in said(message)
    assert "<https://acme.slack.com/archives/C0SALES001/p1795620000000100|Card>" in said(message)
    assert set(buttons(message)) == {"Pause", "Resume", "Stop All"}
    assert "and 2 more" in said(message)
    assert buttons(campaigns_list(shown, team_url="", controls=lambda _: False)) == {}


def test_an_empty_list_teaches() -> None:
    """Where nothing runs, it says how to make a campaign."""
    assert "/toingg campaign" in said(campaigns_list([], team_url="", controls=lambda _: True))


def test_stopping_everything_is_asked_with_its_numbers() -> None:
    """How many campaigns, and how many calls are hung up."""
    running, over = UnderWay(campaign(), 16), UnderWay(campaign(Stage.CANCELLED), 16)
    message = stop_question([running, over])
    assert "• *Spring Sale* · Cancelled · 16 live" in said(message)
    crowd = stop_question([UnderWay(campaign(title=NASTY), 10**6)] * 30)
    assert block_faults(crowd["blocks"], "message") == []
    assert "and 20 more" in said(crowd)
    assert block_faults(message["blocks"], "message") == []
    assert "Stop all 2 campaigns and hang up 32 calls?" in question(message, "Stop All")
