"""Opt-outs as they are stored: what they stop, whose word undoes them; no intent slips by."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, select, update

from storage import (
    audit,
    campaigns,
    claims,
    events,
    ledger,
    migrate,
    optouts,
    rows,
    runs,
    workspaces,
)
from storage.audit import AUDIT
from storage.campaigns import CAMPAIGNS, NewCampaign
from storage.claims import Waits
from storage.engine import open_engine
from storage.events import Kind
from storage.locks import lock_shared
from storage.optouts import Position, Source
from storage.rows import CALLS, Call, NewCall, State
from storage.secrets import Vault
from storage.workspaces import Installation
from tests.databases import empty_database

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PHONE, KEY = "+14155550132", "key-of-the-number"


@pytest.fixture
def workspace(connection: Connection) -> str:
    """A workspace's id."""
    return _workspace(connection, "T1")


def _workspace(connection: Connection, team: str) -> str:
    vault = Vault([Fernet.generate_key().decode()])
    at = Installation("", team, "Team", "https://t.slack.com/", "UB", "B1", "commands")
    return workspaces.adopt(connection, vault, at, {"v1": "test-key"}, now=NOW).id


def _row(connection: Connection, workspace: str, click: str, **values: object) -> Call:
    run = runs.begin(connection, alone=False, now=NOW)
    new = NewCall(workspace, click, PHONE, KEY, "John Doe", "Spring Sale", "U1", "C1")
    call = rows.enter(connection, new, run=run, now=NOW)
    assert call is not None
    if values:
        connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(**values))
    return _read(connection, call)


def _read(connection: Connection, call: Call) -> Call:
    found = rows.get(connection, call.workspace_id, call.id)
    assert found is not None
    return found


def _campaign(connection: Connection, workspace: str, name: str) -> str:
    new = NewCampaign(workspace, name, rows.Kind.CALL, name, "Spring Sale", "U1", "C1")
    created = campaigns.create(connection, new, run="r", now=NOW)
    assert created is not None
    return created.id


def add(
    connection: Connection,
    workspace: str,
    *,
    key: str = KEY,
    source: Source = Source.PERSON,
    at: datetime = NOW,
) -> bool:
    """Opts a number out, by `U1` where a person does it."""
    by = None if source is Source.TEXT else "U1"
    return optouts.add(connection, workspace, PHONE, key, source=source, by=by, now=at)


def remove(connection: Connection, workspace: str, source: Source = Source.PERSON) -> bool:
    """Allows the number again."""
    return optouts.remove(connection, workspace, KEY, source=source, by="U2", now=NOW)


def history(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Deed, actor, subject and source of every entry of the audit log."""
    audit.write_down(connection)  # as the commit does
    entries = connection.execute(select(AUDIT).order_by(AUDIT.c.seq))
    return [(each.deed, each.actor, each.subject, each.detail["source"]) for each in entries]


WAITING = {State.PENDING, State.OFFERED}


@pytest.mark.parametrize("state", list(State))
def test_an_opt_out_cancels_what_waits_and_nothing_else(
    connection: Connection, workspace: str, state: State
) -> None:
    """Whatever state a row is in, only one that waits is cancelled, and its thread says why."""
    before = _row(connection, workspace, "click", state=state)
    assert add(connection, workspace)
    after = _read(connection, before)
    if state not in WAITING:
        assert after == before
        return
    assert (after.state, after.reason) == (State.CANCELLED, "opted_out")
    (event,) = events.untold(connection, before.id)
    assert (event.kind, event.actor) == (Kind.OPTED_OUT, "U1")


def test_an_opt_out_binds_every_campaign_at_once(connection: Connection, workspace: str) -> None:
    """Queued rows of two campaigns and a single call end together; both cards are drawn anew."""
    ids = [_campaign(connection, workspace, name) for name in ("spring", "summer")]
    queued = [_row(connection, workspace, each, campaign_id=each) for each in ids]
    single = _row(connection, workspace, "single")
    add(connection, workspace)
    states = [_read(connection, call).state for call in (*queued, single)]
    assert states == [State.CANCELLED] * 3
    stand = connection.execute(select(CAMPAIGNS.c.version, CAMPAIGNS.c.drawn))
    assert [tuple(row) for row in stand] == [(1, -1), (1, -1)]  # drawn anew, their buttons good


def test_another_number_and_another_workspace_are_left_alone(
    connection: Connection, workspace: str
) -> None:
    """What waits for others goes on."""
    elsewhere = _workspace(connection, "T2")
    theirs = _row(connection, elsewhere, "theirs")
    other = _row(connection, workspace, "other", phone_key="another")
    add(connection, workspace)
    assert (_read(connection, theirs), _read(connection, other)) == (theirs, other)
    assert optouts.is_out(connection, workspace, KEY)
    assert not optouts.is_out(connection, elsewhere, KEY)
    assert not optouts.is_out(connection, workspace, "another")


def test_said_twice_it_is_one_opt_out(connection: Connection, workspace: str) -> None:
    """The second changes nothing, and the audit log has one entry, without the number."""
    assert add(connection, workspace)
    assert not add(connection, workspace, source=Source.IMPORT, at=NOW + timedelta(days=1))
    found = optouts.find(connection, workspace, KEY)
    assert found is not None
    assert (found.phone, found.source, found.by, found.at) == (PHONE, Source.PERSON, "U1", NOW)
    assert optouts.count(connection, workspace) == 1
    assert history(connection) == [("opted_out", "U1", KEY, "person")]


def test_what_a_person_wrote_down_a_person_takes_back(
    connection: Connection, workspace: str
) -> None:
    """Allowed again once, it is in the audit log under who did it."""
    assert not remove(connection, workspace)
    add(connection, workspace)
    assert remove(connection, workspace)
    assert not remove(connection, workspace)
    assert not optouts.is_out(connection, workspace, KEY)
    assert history(connection)[1:] == [("allowed_again", "U2", KEY, "person")]


@pytest.mark.parametrize("before", [None, Source.PERSON, Source.IMPORT])
def test_only_its_own_start_undoes_a_numbers_own_stop(
    connection: Connection, workspace: str, before: Source | None
) -> None:
    """Also where somebody had written it down before the number said it itself."""
    if before is not None:
        add(connection, workspace, source=before)
    assert add(connection, workspace, source=Source.TEXT) is (before is None)
    for others in (Source.PERSON, Source.IMPORT, Source.API):
        assert not remove(connection, workspace, others)
        assert not add(connection, workspace, source=others)
    assert optouts.is_out(connection, workspace, KEY)
    assert remove(connection, workspace, Source.TEXT)
    assert not optouts.is_out(connection, workspace, KEY)
    sources = [source for *_, source in history(connection)]
    assert sources == [*([before] if before else []), "text", "text"]


def test_the_list_is_read_in_pages_newest_first(connection: Connection, workspace: str) -> None:
    """Each page goes on where the last one ended, also within one moment; none is seen twice."""
    moments = [NOW + timedelta(minutes=minute // 3) for minute in range(10)]
    for number, at in enumerate(moments):
        add(connection, workspace, key=f"key-{number}", at=at)
    seen, after = [], None
    while found := optouts.page(connection, workspace, after=after, limit=4):
        assert len(found) <= 4
        seen += found
        after = Position(found[-1].at, found[-1].phone_key)
    assert [each.phone_key for each in seen] == [f"key-{number}" for number in reversed(range(10))]


def test_a_number_allowed_again_may_be_dialled(connection: Connection, workspace: str) -> None:
    """The intent looks at what holds now, and what was cancelled stays so."""
    cancelled = _row(connection, workspace, "before")
    add(connection, workspace)
    remove(connection, workspace)
    after = _row(connection, workspace, "after")
    intended = ledger.intend(connection, after, run="r", generation="v1", now=NOW)
    assert intended is not None
    assert ledger.intend(connection, cancelled, run="r", generation="v1", now=NOW) is None


def test_what_comes_back_after_an_opt_out_is_not_left_waiting(
    connection: Connection, workspace: str
) -> None:
    """A campaign's row that Toingg was too busy for ends where its number opted out meanwhile."""
    campaign = _campaign(connection, workspace, "spring")
    back, other = (
        _row(
            connection,
            workspace,
            key,
            phone=phone,
            phone_key=key,
            campaign_id=campaign,
            state=State.DIALLING,
            token="t",
        )
        for phone, key in ((PHONE, KEY), ("+14155550133", "another"))
    )
    add(connection, workspace)
    assert _read(connection, back) == back
    wait = timedelta(seconds=5)
    handed_back = [Waits(each.id, "t", "RateLimited", wait) for each in (back, other)]
    claims.settle(connection, workspace, handed_back, now=NOW)
    ended, waiting = _read(connection, back), _read(connection, other)
    assert (ended.state, ended.reason) == (State.CANCELLED, "opted_out")
    assert waiting.state is State.PENDING
    happened = events.of_calls(connection, [back.id, other.id])
    assert {id_: [event.kind for event in each] for id_, each in happened.items()} == {
        back.id: [Kind.OPTED_OUT]
    }


# Two connections at once


@pytest.fixture
def two(postgres: str) -> Iterator[Engine]:
    """A PostgreSQL database in which transactions are committed."""
    opened = open_engine(empty_database(postgres))
    migrate.upgrade(opened)
    yield opened
    opened.dispose()


def _intend_in_thread(engine: Engine, call: Call, done: list[Call | None]) -> threading.Thread:
    def intend() -> None:
        with engine.begin() as connection:
            done.append(ledger.intend(connection, call, run="r", generation="v1", now=NOW))

    started = threading.Thread(target=intend)
    started.start()
    return started


def _waits(engine: Engine) -> bool:
    """Whether somebody waits for an advisory lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with engine.connect() as connection:
        for _ in range(1000):
            if connection.exec_driver_sql(waiting).scalar_one():
                return True
            threading.Event().wait(0.005)
    return False


def test_no_intent_is_committed_after_an_opt_out(two: Engine) -> None:
    """An intent that comes while the opt-out isn't committed yet waits for it, and is none."""
    with two.begin() as connection:
        workspace = _workspace(connection, "T1")
        call = _row(connection, workspace, "click")
    done: list[Call | None] = []
    with two.begin() as stopping:
        add(stopping, workspace)
        dialling = _intend_in_thread(two, call, done)
        assert _waits(two)
        assert done == []
    dialling.join()
    assert done == [None]
    with two.connect() as connection:
        assert _read(connection, call).state is State.CANCELLED


def test_an_opt_out_waits_for_an_intent_that_came_before_it(two: Engine) -> None:
    """The intent is committed first; the call that it made isn't cancelled under its hands."""
    with two.begin() as connection:
        workspace = _workspace(connection, "T1")
        call = _row(connection, workspace, "click")
    committed: list[str] = []

    def stop() -> None:
        with two.begin() as connection:
            add(connection, workspace)
        committed.append("opt-out")

    with two.begin() as dialling:
        assert ledger.intend(dialling, call, run="r", generation="v1", now=NOW) is not None
        stopping = threading.Thread(target=stop)
        stopping.start()
        assert _waits(two)
        committed.append("intent")
    stopping.join()
    assert committed == ["intent", "opt-out"]
    with two.connect() as connection:
        assert _read(connection, call).state is State.DIALLING


def test_intents_dont_wait_for_each_other(two: Engine) -> None:
    """Many rows are claimed at once; only an opt-out holds them up."""
    with two.begin() as connection:
        workspace = _workspace(connection, "T1")
        first, second = (_row(connection, workspace, click) for click in ("one", "two"))
    done: list[Call | None] = []
    with two.begin() as connection:
        assert ledger.intend(connection, first, run="r", generation="v1", now=NOW) is not None
        _intend_in_thread(two, second, done).join()
    assert [call and call.id for call in done] == [second.id]


def test_a_campaigns_turn_and_an_opt_out_never_wait_for_each_other(two: Engine) -> None:
    """Both take the lock before any row: whoever is second waits, and both are committed."""
    with two.begin() as connection:
        workspace = _workspace(connection, "T1")
        campaign = _campaign(connection, workspace, "spring")
        queued = _row(connection, workspace, "queued", campaign_id=campaign, zone="UTC")
        dialled = _row(
            connection,
            workspace,
            "dialled",
            phone="+14155550133",
            phone_key="another",
            campaign_id=campaign,
            state=State.DIALLING,
            token="t",
        )

    def stop() -> None:
        with two.begin() as connection:
            add(connection, workspace)

    with two.begin() as turn:
        claims.settle(turn, workspace, [Waits(dialled.id, "t", "late", timedelta(0))], now=NOW)
        stopping = threading.Thread(target=stop)
        stopping.start()
        assert _waits(two)
        claims.defer(turn, campaign, "UTC", until=NOW + timedelta(hours=1))
        lock_shared(turn, workspace)
        turn.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign).values(version=7))
    stopping.join()
    with two.connect() as connection:
        assert _read(connection, queued).state is State.CANCELLED
        assert _read(connection, dialled).state is State.PENDING
