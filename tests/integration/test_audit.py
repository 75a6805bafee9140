"""The audit log: chained, only added to, cut under a checkpoint, and what finds out otherwise."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from bot.audit_log import AuditLog
from bot.clock import now as present
from storage import audit, audit_check, migrate, workspaces
from storage.audit import AUDIT, HEADS
from storage.audit_check import Verdict
from storage.chain import Link, written
from storage.engine import Database, open_engine
from storage.models import UtcDateTime
from storage.secrets import Vault
from storage.workspaces import Installation
from tests.databases import empty_database
from tests.logged import Logged

NOW = datetime(2026, 11, 23, 12, 0, 0, 123, tzinfo=UTC)
VAULT = Vault([Fernet.generate_key().decode()])
DETAILS: list[dict[str, Any]] = [
    {"before": None, "after": "IN"},
    {"reasons": ["outside_hours"], "number": "0f" * 32},
    {"count": 2, "said": "naïve ☎ \u2028 “quoted” \\ \0"},
    {},
    {"amount": 2500, "currency": "USD"},
]


def team(connection: Connection, name: str) -> str:
    """A workspace's id."""
    at = Installation("", name, "Team", "https://t.slack.com/", "UB", "B1", "commands")
    return workspaces.adopt(connection, VAULT, at, {"v1": "test-key"}, now=NOW).id


def add(connection: Connection, workspace: str, detail: dict[str, Any], days: int = 0) -> None:
    """One entry, `days` after the first."""
    at = NOW + timedelta(days=days)
    audit.append(connection, workspace, "U0OLIVIA01", "setting", "default_region", now=at, **detail)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Five entries of the team T1, a day apart, and one of T2."""
    with Database(database_url) as opened:
        migrate.upgrade(opened.engine)
        with opened.engine.begin() as connection:
            mine, other, _ = (team(connection, name) for name in ("T1", "T2", "T3"))
            for days, detail in enumerate(DETAILS):
                add(connection, mine, detail, days)
            add(connection, other, {})
        yield opened


@pytest.fixture
def forger(database: Database) -> Iterator[Connection]:
    """A transaction of somebody who may do everything: no trigger holds them up."""
    with Connection(database.engine) as connection, connection.begin():
        for statement in _without_triggers(connection):
            connection.exec_driver_sql(statement)
        yield connection
        connection.rollback()


def _without_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        tables = ("audit", "audit_heads")
        return [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return [f"DROP TRIGGER {row[0]}" for row in connection.exec_driver_sql(names)]


def id_of(connection: Connection, name: str = "T1") -> str:
    """The workspace's id."""
    teams = workspaces.teams(connection)
    return next(each for each, team in teams.items() if team == name)


def check(connection: Connection, known: dict[int, str] | None = None, name: str = "T1") -> Verdict:
    """What `verify` finds."""
    return audit_check.verify(connection, VAULT, id_of(connection, name), known=known)


def test_it_is_whole(database: Database) -> None:
    """Count and head are told; every workspace has a chain of its own."""
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.first, verdict.count) == (None, 1, 5)
    assert (verdict.head.seq, len(verdict.head.hash)) == (5, 64)
    assert database.snapshot(partial(check, name="T2")).count == 1
    assert len(database.snapshot(audit_check.workspaces)) == 2


COLUMNS = [column.name for column in AUDIT.columns]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_byte_is_found(forger: Connection, column: str) -> None:
    """Whichever byte, of whichever entry: it is named, or the one after it where it ends there."""
    mine = id_of(forger)
    for seq in (1, 3, 5):
        for change in _changes(forger, mine, seq, column):
            with forger.begin_nested() as undone:
                change()
                broken = check(forger).broken
                undone.rollback()
            assert broken is not None, (column, seq)
            named = {f"entry {each}" for each in (seq, seq + 1)} | {"the end"}
            assert any(each in broken for each in named), broken
    assert check(forger).broken is None


def _changes(
    connection: Connection, mine: str, seq: int, column: str
) -> Iterator[Callable[[], object]]:
    """Every way to change one byte of it; a value that isn't text is changed as a whole."""
    where = f"WHERE workspace_id = '{mine}' AND seq = {seq}"

    def put(expression: str, **values: Any) -> Callable[[], object]:
        statement = text(f"UPDATE audit SET {column} = {expression} {where}")  # noqa: S608
        return lambda: connection.execute(statement, values)

    is_sqlite = connection.dialect.name == "sqlite"
    if column == "seq":
        yield put("seq + 100")
    elif column == "workspace_id":
        yield put("(SELECT id FROM workspaces WHERE team_id = 'T3')")
    elif column == "at" and not is_sqlite:
        yield put("at + interval '1 microsecond'")
    else:
        stored = text(f"SELECT CAST({column} AS TEXT) FROM audit {where}")  # noqa: S608
        held = connection.execute(stored).scalar_one().encode()
        for at in range(0, len(held), 1 if len(held) < 60 else 7):
            changed = held[:at] + bytes([held[at] ^ (0x81 if is_sqlite else 1)]) + held[at + 1 :]
            if is_sqlite:
                yield put("CAST(:bytes AS TEXT)", bytes=changed)
            elif column == "detail":
                yield put("CAST(:text AS JSON)", text=held.decode() + " " * (at + 1))
            else:
                yield put(":text", text=changed.decode(errors="replace").replace("\0", "?"))


MOVE = "UPDATE audit SET seq = {to} WHERE seq = {seq} AND workspace_id = :mine"
GONE = "DELETE FROM audit WHERE seq = {seq} AND workspace_id = :mine"
SWAP = [MOVE.format(seq=2, to=99), MOVE.format(seq=3, to=2), MOVE.format(seq=99, to=3)]


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        ([GONE.format(seq=3)], "entry 3 is missing: 4 comes next"),
        ([GONE.format(seq=1)], "entry 1 is missing: 2 comes next"),
        (SWAP, "entry 2 was reordered: it was written as number 3"),
        ([GONE.format(seq=5)], "the end is missing: entry 4 is the last, and number 5 was written"),
        (
            [GONE.format(seq=3), MOVE.format(seq=4, to=3), MOVE.format(seq=5, to=4)],
            "entry 3 was reordered: it was written as number 4",
        ),
        (
            ["UPDATE audit_heads SET seq = 6 WHERE workspace_id = :mine"],
            "the end is missing: entry 5 is the last, and number 6 was written",
        ),
        (
            ["UPDATE audit_heads SET hash = cut_hash WHERE workspace_id = :mine"],
            "the head was changed: it says 5, and entry 5 is the last",
        ),
        (
            ["UPDATE audit_heads SET cut_seq = 1 WHERE workspace_id = :mine"],
            "entry 1 stands before the checkpoint: 1 were removed",
        ),
    ],
)
def test_what_is_removed_or_moved_is_named(
    forger: Connection, statements: list[str], broken: str
) -> None:
    """The first entry that isn't where it was written, and where that was."""
    for statement in statements:
        forger.execute(text(statement), {"mine": id_of(forger)})
    assert check(forger).broken == broken
    assert check(forger, name="T2").broken is None


def forge(connection: Connection, workspace: str, from_: int, *, drop: int = 0) -> None:
    """Writes the log anew from there on, all hashes right, without its last `drop` entries."""
    head = audit.head(connection, workspace)
    previous = head.cut_hash
    for entry in audit.page(connection, workspace, after=0, limit=100):
        at = {"mine": workspace, "seq": entry.seq}
        if entry.seq > head.seq - drop:
            connection.execute(text(GONE.format(seq=":seq")), at)
            continue
        actor = "U0MALLORY1" if entry.seq == from_ else entry.actor
        detail = json.dumps(entry.detail)
        link = Link(
            *(workspace, entry.seq, written(entry.at), actor, entry.deed, entry.subject),
            *(detail, previous),
        )
        mine = (AUDIT.c.workspace_id == workspace, AUDIT.c.seq == entry.seq)
        new = {"actor": actor, "previous": previous, "hash": link.digest()}
        connection.execute(AUDIT.update().where(*mine).values(new))
        previous = link.digest()
    whose = HEADS.c.workspace_id == workspace
    connection.execute(HEADS.update().where(whose).values(seq=head.seq - drop, hash=previous))


@pytest.mark.parametrize(("from_", "drop"), [(2, 0), (99, 2), (5, 0)])
def test_a_log_written_anew_is_found_by_what_was_published(
    forger: Connection, from_: int, drop: int
) -> None:
    """All hashes fit, and the end may be gone: a head that was printed before gives it away."""
    before = check(forger)
    forge(forger, id_of(forger), from_, drop=drop)
    assert check(forger).broken is None
    assert check(forger).head.hash != before.head.hash
    broken = check(forger, {before.head.seq: before.head.hash}).broken
    assert broken is not None
    assert ("the end is missing" if drop else "isn't the one that was published") in broken


async def test_the_bot_seals_and_publishes_heads_and_seals_no_forgery(
    database: Database, log: Logged
) -> None:
    """What is sealed vouches for what is before it; a log that doesn't follow isn't sealed."""
    published = AuditLog(database, VAULT, present)
    for _ in range(2):  # the second has nothing to do
        await published.publish()
    heads = [line for line in log.lines if line["event"] == "audit_head"]
    assert len(heads) == 2
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.witnessed) == (None, 5)
    assert verdict.head.hash in str(heads)
    with database.engine.begin() as connection:
        add(connection, id_of(connection), {})
    await published.publish()
    assert database.snapshot(check).witnessed == 6
    with database.engine.begin() as connection:
        for statement in _without_triggers(connection):
            connection.exec_driver_sql(statement)
        forge(connection, id_of(connection), 2)
        add(connection, id_of(connection), {})
    await published.publish()
    (broken,) = [line for line in log.lines if line["event"] == "audit_broken"]
    assert "entry 6 isn't the one that was published" in broken["detail"]
    verdict = database.snapshot(check)
    assert (verdict.witnessed, verdict.broken) == (6, broken["detail"])
    stranger = Vault([Fernet.generate_key().decode()])
    unopened = partial(audit_check.verify, vault=stranger, workspace_id=verdict.workspace_id)
    assert "opens with none of the keys" in str(database.snapshot(unopened).broken)


REFUSED = {
    "UPDATE audit SET actor = 'U0MALLORY1'": "only added to",
    "DELETE FROM audit WHERE seq = 5": "only added to",
    "DELETE FROM audit WHERE seq = 1": "only added to",
    "UPDATE audit_heads SET seq = 4": "only goes forward",
    "UPDATE audit_heads SET cut_seq = 9": "only goes forward",
    "DELETE FROM audit_heads": "only goes forward",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_what_isnt_adding(database: Database, statement: str) -> None:
    """By its own triggers, whoever asks."""
    with pytest.raises(DBAPIError, match=REFUSED[statement]), database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert database.snapshot(check).broken is None


def test_nor_does_another_way_around_remove_entries(database: Database) -> None:
    """PostgreSQL's TRUNCATE, and SQLite's REPLACE, know no trigger of single removals."""
    statement = "TRUNCATE audit"
    if database.is_sqlite:
        names = ", ".join(COLUMNS)
        forged = names.replace("actor", "'U0MALLORY1'")
        into = f"INSERT OR REPLACE INTO audit ({names})"
        statement = f"{into} SELECT {forged} FROM audit WHERE seq = 2"  # noqa: S608
    with pytest.raises(DBAPIError, match="only added to"), database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert database.snapshot(check).broken is None


def test_the_oldest_go_under_a_checkpoint(database: Database) -> None:
    """What is left is whole, says from where, and a removal beyond it is found all the same."""

    def cut(days: int, limit: int = 2) -> int:
        with database.engine.begin() as connection:
            before = NOW + timedelta(days=days)
            mine = id_of(connection)
            return audit.cut(connection, mine, before=before, now=NOW, limit=limit)

    head = database.snapshot(check).head
    assert cut(0) == 0
    assert [cut(3), cut(3), cut(3)] == [2, 1, 0]
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.first, verdict.count, verdict.head.seq) == (None, 4, 4, 7)
    assert database.snapshot(partial(check, known={head.seq: head.hash})).broken is None
    assert database.snapshot(partial(check, known={1: "0" * 64})).broken is None  # it is gone
    with database.engine.connect() as connection:
        *_, last = audit.newest(connection, verdict.workspace_id, limit=2)
        assert (last.deed, last.detail) == ("audit_cut", {"removed": 2, "up_to": 2})
    with pytest.raises(DBAPIError, match="only added to"), database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit WHERE seq = 4")
    assert cut(99, limit=100) == 4
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.first, verdict.count) == (None, 8, 1)
    with database.engine.begin() as connection:
        audit.erase(connection, id_of(connection))
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.count, verdict.head.seq) == (None, 0, 0)


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    """An entry is numbered as its transaction commits; a reader can't lose one."""
    with Connection(database.engine) as connection:
        with connection.begin() as undone:
            add(connection, id_of(connection), {})
            undone.rollback()
        with connection.begin():
            add(connection, id_of(connection), {})
    verdict = database.snapshot(check)
    assert (verdict.broken, verdict.count) == (None, 6)
    with pytest.raises(RuntimeError, match="would be lost"):
        database.snapshot(lambda each: add(each, id_of(each), {}))


# Several writers at once


@pytest.fixture
def many(postgres: str) -> Iterator[Engine]:
    """PostgreSQL, migrated."""
    opened = open_engine(empty_database(postgres))
    migrate.upgrade(opened)
    yield opened
    opened.dispose()


def test_writers_at_once_leave_no_gap(many: Engine) -> None:
    """Eight of them, some of whose transactions come to nothing, the first entry included."""
    with many.begin() as connection:
        mine = team(connection, "T1")
    ready = threading.Barrier(8)

    def write(who: int) -> None:
        ready.wait()
        for each in range(25):
            with Connection(many) as connection, connection.begin() as transaction:
                add(connection, mine, {"who": who, "each": each})
                if each % 5 == who % 5:
                    transaction.rollback()

    threads = [threading.Thread(target=write, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with many.connect() as connection:
        verdict = check(connection)
        kept = connection.execute(select(AUDIT.c.detail).order_by(AUDIT.c.seq)).scalars().all()
    assert (verdict.broken, verdict.count) == (None, 160)
    by_writer = [[one["each"] for one in kept if one["who"] == who] for who in range(8)]
    assert by_writer == [[each for each in range(25) if each % 5 != who % 5] for who in range(8)]


def test_who_has_noted_something_holds_nobody_up(many: Engine) -> None:
    """The head is taken by the commit alone, however long the transaction goes on before it."""
    with many.begin() as connection:
        mine = team(connection, "T1")
    with many.begin() as slow:
        add(slow, mine, {"who": "slow"})
        with many.begin() as quick:
            quick.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            add(quick, mine, {"who": "quick"})
    with many.connect() as connection:
        order = select(AUDIT.c.detail).order_by(AUDIT.c.seq)
        assert [each["who"] for each in connection.execute(order).scalars()] == ["quick", "slow"]
        assert check(connection).broken is None


# What was there before


_TEAM = text(
    "INSERT INTO workspaces (id, enterprise_id, team_id, name, url, bot_user_id, bot_id, scopes,"
    " number_key, created_at) VALUES (:team, '', :team, 'Team', '', 'U1', 'B1', '', '',"
    " '2026-11-23 12:00:00')"
)
_BEFORE = text(
    "INSERT INTO audit (workspace_id, at, actor, deed, subject, detail)"
    " VALUES (:workspace, :at, 'U1', 'setting', :subject, :detail)"
).bindparams(bindparam("at", type_=UtcDateTime()))


def test_entries_of_earlier_releases_are_chained(empty_url: str) -> None:
    """In the order in which they were written, each workspace's for itself, none lost."""
    with Database(empty_url) as database:
        migrate.upgrade(database.engine, "0014")
        with database.engine.begin() as connection:
            teams = ["T1", "T2"]
            connection.execute(_TEAM, [{"team": each} for each in teams])
            for number in range(2500):
                connection.execute(
                    _BEFORE,
                    {
                        "workspace": teams[number % 2],
                        "at": NOW - timedelta(seconds=number),
                        "subject": str(number),
                        "detail": json.dumps({"after": "ü" * (number % 3)}),
                    },
                )
        migrate.upgrade(database.engine)
        for name in ("T1", "T2"):
            verdict = database.snapshot(partial(check, name=name))
            assert (verdict.broken, verdict.count) == (None, 1250)
        with database.engine.begin() as connection:
            add(connection, teams[1], {})
            after = audit.page(connection, teams[1], after=0, limit=3)
            assert [each.subject for each in after] == ["1", "3", "5"]
        assert database.snapshot(partial(check, name="T2")).count == 1251
