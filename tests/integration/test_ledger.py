"""The ledger's moves, on both databases: each from every state, and what a death leaves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, insert, update

from storage import events, ledger, reach, rows, runs, statuses, workspaces
from storage.events import Kind
from storage.ledger import MOVES
from storage.models import OptOutRow, table_of
from storage.rows import CALLS, Call, NewCall, State
from storage.secrets import Vault
from storage.statuses import CALL_RANKS, Report
from storage.workspaces import Installation

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SID = "CA" + "a" * 32
PHONE = "+14155550132"


@pytest.fixture
def run(connection: Connection) -> str:
    """A run that lives."""
    return runs.begin(connection, alone=True, now=NOW)


@pytest.fixture
def workspace(connection: Connection) -> str:
    """A workspace's id."""
    vault = Vault([Fernet.generate_key().decode()])
    at = Installation("", "T1", "Team", "https://t.slack.com/", "UB", "B1", "commands")
    return workspaces.adopt(connection, vault, at, {"v1": "test-key"}, now=NOW).id


Make = Callable[..., Call]


@pytest.fixture
def make(connection: Connection, run: str, workspace: str) -> Make:
    """Makes a row in any state."""
    count = 0

    def made(state: State = State.PENDING, **values: object) -> Call:
        nonlocal count
        count += 1
        new = NewCall(
            workspace_id=workspace,
            click_key=f"click-{count}",
            phone=PHONE,
            phone_key="key-of-the-number",
            name="John Doe",
            campaign="Spring Sale",
            requested_by="U1",
            asked_in="C1",
        )
        call = rows.enter(connection, new, run=run, now=NOW)
        assert call is not None
        changes = {"state": state, "token": "t1", "intent_at": NOW, "done_at": NOW} | values
        connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(**changes))
        fresh = rows.get(connection, workspace, call.id)
        assert fresh is not None
        return fresh

    return made


Move = Callable[[Connection, Call], Call | None]

MOVERS: dict[str, tuple[Move, dict[State, State]]] = {
    "intend": (
        lambda connection, call: ledger.intend(connection, call, run="r", generation="v1", now=NOW),
        {State.PENDING: State.DIALLING},
    ),
    "placed": (
        lambda connection, call: ledger.placed(
            connection, call, call_sid=SID, generation="v1", poll_at=None, now=NOW
        ),
        {
            State.DIALLING: State.PLACED,
            State.UNCERTAIN: State.PLACED,
            State.PLACED: State.PLACED,
        },
    ),
    "proved": (
        lambda connection, call: ledger.proved(connection, call, call_sid=SID, now=NOW),
        {
            State.DIALLING: State.PLACED,
            State.UNCERTAIN: State.PLACED,
            State.PLACED: State.PLACED,
        },
    ),
    "rejected": (
        lambda connection, call: ledger.not_placed(
            connection, call, State.REJECTED, reason="Rejected", said="no", now=NOW
        ),
        {State.DIALLING: State.REJECTED},
    ),
    "offered": (
        lambda connection, call: ledger.not_placed(
            connection, call, State.OFFERED, reason="NoCredit", said="no", now=NOW
        ),
        {State.DIALLING: State.OFFERED},
    ),
    "wait": (
        lambda connection, call: ledger.wait(
            connection, call, reason="RateLimited", not_before=NOW, now=NOW
        ),
        {State.DIALLING: State.PENDING},
    ),
    "uncertain": (
        lambda connection, call: ledger.uncertain(connection, call, reason="TimedOut", now=NOW),
        {State.DIALLING: State.UNCERTAIN},
    ),
    "call_now": (
        lambda connection, call: ledger.call_now(connection, call, run="r", actor="U1", now=NOW),
        {State.OFFERED: State.PENDING, State.UNCERTAIN: State.PENDING},
    ),
    "discard": (
        lambda connection, call: ledger.discard(connection, call, actor="U1", now=NOW),
        {State.OFFERED: State.CANCELLED},
    ),
    "it_rang": (
        lambda connection, call: ledger.it_rang(connection, call, actor="U1", now=NOW),
        {State.UNCERTAIN: State.PLACED},
    ),
}


@pytest.mark.parametrize("name", MOVERS)
@pytest.mark.parametrize("state", list(State))
def test_a_move_is_made_from_its_own_states_and_no_other(
    connection: Connection, make: Make, workspace: str, name: str, state: State
) -> None:
    """Given a row in any state, a move changes it as its table says, or not at all."""
    mover, allowed = MOVERS[name]
    before = make(state)
    after = mover(connection, before)
    assert (after.state if after else None) == allowed.get(state)
    kept = rows.get(connection, workspace, before.id)
    assert kept == (after or before)


def test_what_is_over_is_never_left() -> None:
    """No move leads out of placed, rejected, skipped or cancelled."""
    finals = (State.PLACED, State.REJECTED, State.SKIPPED, State.CANCELLED)
    assert all(not MOVES[state] for state in finals)


def test_only_a_person_brings_an_uncertain_row_back(connection: Connection, make: Make) -> None:
    """Neither a recovery nor another hand-back makes an uncertain row pending."""
    call = make(State.UNCERTAIN)
    assert ledger.wait(connection, call, reason="late", not_before=NOW, now=NOW) is None
    assert ledger.adopt(connection, run="other", now=NOW + timedelta(hours=1)) == []
    again = ledger.call_now(connection, call, run="r", actor="U1", now=NOW)
    assert again is not None
    assert (again.state, again.attempt) == (State.PENDING, 2)


def test_a_result_is_taken_with_its_intents_token_only(connection: Connection, make: Make) -> None:
    """A reply of an earlier attempt moves nothing."""
    call = make(State.DIALLING)
    connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(token="t2"))
    placed = ledger.placed(connection, call, call_sid=SID, generation="v1", poll_at=None, now=NOW)
    assert placed is None
    assert ledger.uncertain(connection, call, reason="TimedOut", now=NOW) is None


def test_an_opt_out_stops_the_intent(connection: Connection, make: Make, workspace: str) -> None:
    """No intent is committed after an opt-out."""
    call = make()
    connection.execute(
        insert(table_of(OptOutRow)).values(
            workspace_id=workspace, phone_key=call.phone_key, source="test", by=None, at=NOW
        )
    )
    assert ledger.intend(connection, call, run="r", generation="v1", now=NOW) is None
    stopped = rows.get(connection, workspace, call.id)
    assert stopped is not None
    assert (stopped.state, stopped.reason) == (State.CANCELLED, "opted_out")
    assert [event.kind for event in events.untold(connection, call.id)] == [Kind.OPTED_OUT]


def test_the_same_click_is_entered_once(connection: Connection, run: str, workspace: str) -> None:
    """A click's key is a row's for ever."""
    new = NewCall(
        workspace_id=workspace,
        click_key="same",
        phone=PHONE,
        phone_key="k",
        name="n",
        campaign="c",
        requested_by="U1",
        asked_in="C1",
    )
    assert rows.enter(connection, new, run=run, now=NOW) is not None
    assert rows.enter(connection, new, run=run, now=NOW) is None
    seen = reach.reached(
        connection, workspace, "k", rows.Kind.CALL, NOW, day_start=NOW, click_key="same"
    )
    assert (seen.is_known, seen.last_by) == (True, "U1")


def test_a_dead_runs_rows_are_taken_up(connection: Connection, make: Make, run: str) -> None:
    """Of a run that ended, intents are uncertain, fresh requests adopted, old ones offered."""
    intent = make(State.DIALLING)
    fresh = make(pending_at=NOW - timedelta(seconds=29))
    old = make(pending_at=NOW - timedelta(seconds=31))
    heir = runs.begin(connection, alone=True, now=NOW)
    assert heir != run
    lost = ledger.lose(connection, now=NOW, patience=timedelta(seconds=35))
    adopted = ledger.adopt(connection, run=heir, now=NOW)
    assert [call.id for call in lost] == [intent.id]
    assert [(call.id, call.run) for call in adopted] == [(fresh.id, heir)]
    offered = rows.get(connection, old.workspace_id, old.id)
    assert offered is not None
    assert (offered.state, offered.reason) == (State.OFFERED, "stopped")


def test_a_living_runs_rows_are_left_alone(connection: Connection, make: Make) -> None:
    """What another process is about isn't touched, until it has been silent for eight seconds."""
    make(State.DIALLING)
    make(pending_at=NOW)
    soon = NOW + timedelta(seconds=7)
    assert ledger.lose(connection, now=soon, patience=timedelta(seconds=35)) == []
    assert ledger.adopt(connection, run="other", now=soon) == []
    later = NOW + timedelta(seconds=9)
    assert len(ledger.lose(connection, now=later, patience=timedelta(seconds=35))) == 1
    assert len(ledger.adopt(connection, run="other", now=later)) == 1


def test_a_row_that_waits_is_dialled_when_its_time_has_come(
    connection: Connection, make: Make, run: str
) -> None:
    """After a 429 the row comes back at `not_before`, not earlier."""
    make(pending_at=NOW, not_before=NOW + timedelta(seconds=3))
    assert ledger.adopt(connection, run=run, now=NOW + timedelta(seconds=2)) == []
    assert len(ledger.adopt(connection, run=run, now=NOW + timedelta(seconds=3))) == 1


ORDERS = [
    (["queued", "ringing", "in-progress", "completed"], "completed"),
    (["ringing", "initiated", "ringing"], "ringing"),
    (["completed", "in-progress", "ringing"], "completed"),
    (["in-progress", "in-progress", "busy"], "busy"),
    (["no-answer", "completed"], "no-answer"),
]


@pytest.mark.parametrize(("reports", "last"), ORDERS)
def test_a_status_moves_forward_only(
    connection: Connection, make: Make, workspace: str, reports: list[str], last: str
) -> None:
    """Whatever arrives how often in which order, a state is never gone back on."""
    make(State.PLACED, call_sid=SID)
    seen = []
    for status in reports:
        call, _ = statuses.take(connection, workspace, Report(SID, status), now=NOW)
        assert call is not None
        seen.append((CALL_RANKS[call.status or ""], call.ended_at is not None))
    assert seen == sorted(seen)
    assert seen[-1] == (CALL_RANKS[last], CALL_RANKS[last] == statuses.FINAL)


def test_an_older_sequence_number_moves_nothing(
    connection: Connection, make: Make, workspace: str
) -> None:
    """Twilio's SequenceNumber decides where both reports carry one."""
    make(State.PLACED, call_sid=SID)
    statuses.take(connection, workspace, Report(SID, "ringing", seq=5), now=NOW)
    call, news = statuses.take(connection, workspace, Report(SID, "in-progress", seq=4), now=NOW)
    assert call is not None
    assert (call.status, news) == ("ringing", False)


@pytest.mark.parametrize("state", [State.DIALLING, State.UNCERTAIN, State.PLACED])
def test_an_unknown_call_sid_is_matched_by_number_where_one_row_waits(
    connection: Connection, make: Make, workspace: str, state: State
) -> None:
    """A report proves the call that it is of, whatever became of the reply."""
    waiting = make(state)
    report = Report(SID, "ringing", phone=PHONE)
    call, _ = statuses.take(connection, workspace, report, now=NOW)
    assert call is not None
    assert (call.id, call.state, call.call_sid, call.status) == (
        waiting.id,
        State.PLACED,
        SID,
        "ringing",
    )


def test_where_two_rows_wait_both_are_told_and_none_moves(
    connection: Connection, make: Make, workspace: str
) -> None:
    """Which of two calls a report is of isn't guessed."""
    both = [make(State.UNCERTAIN), make(State.UNCERTAIN)]
    call, news = statuses.take(connection, workspace, Report(SID, "ringing", phone=PHONE), now=NOW)
    assert (call, news) == (None, False)
    for each in both:
        assert [event.kind for event in events.untold(connection, each.id)] == [Kind.UNMATCHED]
        assert rows.get(connection, workspace, each.id) == each


@pytest.mark.parametrize(
    ("status", "minutes", "closed"),
    [(None, 29, False), (None, 31, True), ("in-progress", 31, False), ("in-progress", 241, True)],
)
def test_a_call_that_something_was_heard_of_is_not_closed_early(
    connection: Connection, make: Make, *, status: str | None, minutes: int, closed: bool
) -> None:
    """Only silence for CALL_MAX_MINUTES closes a call; one known to be up keeps its Hang Up."""
    call = make(State.PLACED, call_sid=SID, status=status)
    later = NOW + timedelta(minutes=minutes)
    done = statuses.close_unreported(connection, now=later, after=timedelta(minutes=30))
    assert [each.id for each in done] == ([call.id] if closed else [])


def test_another_workspaces_call_sid_is_unknown(connection: Connection, make: Make) -> None:
    """A report moves its own workspace's rows only."""
    make(State.PLACED, call_sid=SID)
    report = Report(SID, "completed", phone=PHONE)
    assert statuses.take(connection, "elsewhere", report, now=NOW) == (None, False)


def test_the_database_file_is_readable_by_nobody_else(tmp_path: Path) -> None:
    """The generated key has mode 0600."""
    from storage.secrets import key_in  # noqa: PLC0415 - the one test of it here

    first = key_in(tmp_path)
    assert key_in(tmp_path) == first
    assert (tmp_path / "encryption.key").stat().st_mode & 0o777 == 0o600


# Texts


@pytest.fixture
def text(make: Make) -> Call:
    """A text that is being sent."""
    return make(State.DIALLING, kind=rows.Kind.TEXT, parts=1)


SM = "SM" + "b" * 32


def reported(status: str, sid: str = SM) -> Report:
    """What a callback says of a text to the number."""
    return Report(call_sid=sid, status=status, phone=PHONE, kind=rows.Kind.TEXT)


def test_a_report_before_the_reply(connection: Connection, text: Call) -> None:
    """A callback proves that the text was taken; Toingg's late reply changes nothing then."""
    found, news = statuses.take(connection, text.workspace_id, reported("delivered"), now=NOW)
    assert (found is not None, news) == (True, True)
    done = ledger.placed(connection, text, call_sid=SM, generation="v1", poll_at=None, now=NOW)
    assert done is not None
    assert (done.state, done.status, done.call_sid) == (State.PLACED, "delivered", SM)


def test_a_text_whose_reply_named_no_id(connection: Connection, text: Call) -> None:
    """A report on its number gives it the id, though it is over already."""
    ledger.placed(connection, text, call_sid=None, generation="v1", poll_at=None, now=NOW)
    statuses.take(connection, text.workspace_id, reported("sent"), now=NOW)
    fresh = rows.get(connection, text.workspace_id, text.id)
    assert fresh is not None
    assert (fresh.call_sid, fresh.status) == (SM, "sent")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent", "queued"], "delivered"),
        (["undelivered", "delivered"], "undelivered"),
        (["sent", "in-progress", "completed"], "sent"),
    ],
)
def test_what_is_told_of_a_text_goes_forward(
    connection: Connection, text: Call, said: list[str], status: str
) -> None:
    """In any order, and a final state is never left; a call's words say nothing of a text."""
    ledger.placed(connection, text, call_sid=SM, generation="v1", poll_at=None, now=NOW)
    for each in said:
        statuses.take(connection, text.workspace_id, reported(each), now=NOW)
    fresh = rows.get(connection, text.workspace_id, text.id)
    assert fresh is not None
    assert fresh.status == status


def test_a_text_is_never_a_live_call(connection: Connection, text: Call) -> None:
    """It is over once it is taken: nothing hangs it up, polls it, or counts it as talking."""
    done = ledger.placed(connection, text, call_sid=SM, generation="v1", poll_at=None, now=NOW)
    assert done is not None
    assert (done.is_over, done.may_be_hung_up) == (True, False)
    assert statuses.live_count(connection, text.workspace_id) == 0
    call = Report(call_sid=SM, status="delivered", kind=rows.Kind.CALL)
    assert statuses.take(connection, text.workspace_id, call, now=NOW)[1] is False
