"""The database: an engine, and the one way into a transaction.

Repository functions are plain functions of a `Connection`: they never commit, and may be run again.
`Database.write` and `Database.read` run them off the event loop. On SQLite every write goes
through one thread, and what waits there together is committed together: one `fsync` for the whole
batch. On PostgreSQL each has its own transaction.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)

from bot.errors import StorageError
from storage import audit

T = TypeVar("T")

_BATCH = 256
_POOL = 8
_CHECKPOINT = 2.0


def open_engine(url: str) -> Engine:
    """An engine whose errors never show a statement's parameters.

    SQLite: WAL, `synchronous=FULL` (NORMAL may lose a committed intent at a power cut), foreign
    keys on, what is deleted or overwritten filled with zeros, and every transaction begins
    IMMEDIATE. Entries of the audit log are written as the last thing of each transaction.
    """
    engine = _open(url)
    event.listen(engine, "commit", audit.write_down)
    event.listen(engine, "rollback", audit.forget_noted)
    return engine


def _open(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_size=_POOL * 2, pool_pre_ping=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "wal_autocheckpoint=0",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    if not connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@dataclass(frozen=True)
class _Job:
    """One piece of work and the future that waits for it."""

    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


_Outcome = tuple[_Job, Any, BaseException | None]


class _Writer(threading.Thread):
    """SQLite's only writer: takes what waits, commits it at once, then says so."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="sqlite-writer", daemon=True)
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()

    def submit(self, job: _Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        self._jobs.put(None)
        self.join()

    def run(self) -> None:
        with self._engine.connect() as connection:
            self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        while (first := self._jobs.get()) is not None:
            batch, more = self._take(first)
            _tell(self._commit(connection, batch))
            if not more:
                return

    def _take(self, first: _Job) -> tuple[list[_Job], bool]:
        batch = [first]
        with contextlib.suppress(queue.Empty):
            while len(batch) < _BATCH:
                job = self._jobs.get_nowait()
                if job is None:
                    return batch, False
                batch.append(job)
        return batch, True

    def _commit(self, connection: Connection, batch: list[_Job]) -> list[_Outcome]:
        """All in one transaction; where one of them fails, each in its own."""
        if len(batch) > 1:
            with contextlib.suppress(Exception):
                return self._together(connection, batch)
        return [self._alone(connection, job) for job in batch]

    def _together(self, connection: Connection, batch: list[_Job]) -> list[_Outcome]:
        with connection.begin():
            outcomes: list[_Outcome] = [(job, job.work(connection), None) for job in batch]
        return outcomes

    def _alone(self, connection: Connection, job: _Job) -> _Outcome:
        try:
            with connection.begin():
                return job, job.work(connection), None
        except SQLAlchemyError as error:
            return job, None, _storage_error(error)
        except Exception as error:  # noqa: BLE001 - it's the caller's, and is raised there
            return job, None, error


class _Checkpointer(threading.Thread):
    """Moves SQLite's log into its file, beside the writer: done by a commit, as SQLite does it
    by itself, it would hold up every answer that waits for that commit.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="sqlite-checkpointer", daemon=True)
        self._engine = engine
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        options = {"read_only": True}
        with self._engine.connect().execution_options(**options) as connection:
            while not self._stopped.wait(_CHECKPOINT):
                with contextlib.suppress(SQLAlchemyError):  # the next one does it
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()


def _tell(outcomes: list[_Outcome]) -> None:
    """Wakes each loop once for all of its futures."""

    def settle(mine: list[_Outcome]) -> None:
        for job, result, error in mine:
            if job.future.cancelled():
                continue
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)

    for loop in {job.loop for job, _, _ in outcomes}:
        mine = [outcome for outcome in outcomes if outcome[0].loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, mine)


def _storage_error(error: SQLAlchemyError) -> StorageError:
    cause = getattr(error, "orig", None)
    refused = isinstance(error, DataError | IntegrityError | ProgrammingError)
    unsent = isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    return StorageError(detail=type(cause or error).__name__, lasting=refused or unsent)


class Database:
    """Runs work in transactions. Raises StorageError for whatever the database didn't take."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._pool = ThreadPoolExecutor(max_workers=2 if self.is_sqlite else _POOL)
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._writer: _Writer | None = None
        if self.is_sqlite:
            self._writer = _Writer(self.engine)
            self._writer.start()
            self._checkpointer = _Checkpointer(self.engine)
            self._checkpointer.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, once it is committed."""
        loop = asyncio.get_running_loop()
        if self._writer is None:
            return await loop.run_in_executor(self._pool, self._transaction, work)
        future: asyncio.Future[T] = loop.create_future()
        self._writer.submit(_Job(work, future, loop))
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`: a few indexed rows, never behind the writes that wait.

        On SQLite at once, on the caller's thread: such a look takes less than going to another.
        """
        if self.is_sqlite:
            return self._look(work)
        return await self.scan(work)

    async def scan(self, work: Callable[[Connection], T]) -> T:
        """As `read`, on another thread: for what may take long."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._look, work)

    def snapshot(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, which sees everything as it is now, however long it takes.

        On the caller's thread: for the command line. Raises StorageError.
        """
        options: dict[str, Any] = {"read_only": True}
        if not self.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self.engine.connect().execution_options(**options) as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                return work(connection)
        except SQLAlchemyError as error:
            raise _storage_error(error) from None

    def version(self) -> str:
        """Which database this is, for people."""
        if self.is_sqlite:
            return f"SQLite {sqlite3.sqlite_version}"
        with self.engine.connect() as connection:
            return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"

    async def is_usable(self) -> bool:
        """Whether it takes writes."""
        try:
            await self.write(lambda session: session.execute(text("SELECT 1")))
        except StorageError:
            return False
        return True

    async def wipe(self) -> bool:
        """Whether SQLite's log holds nothing any more, and so no earlier state of what was erased;
        False where somebody reads or writes just then. PostgreSQL's dead rows are its to vacuum.

        Source: SQLite, "PRAGMA wal_checkpoint", on TRUNCATE.
        """
        if not self.is_sqlite:
            return True
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._truncate)

    def _truncate(self) -> bool:
        try:
            busy, *_ = self._reader().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except SQLAlchemyError as error:
            raise _storage_error(error) from None
        return not busy

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise _storage_error(error) from None

    def _look(self, work: Callable[[Connection], T]) -> T:
        try:
            return work(self._reader())
        except SQLAlchemyError as error:
            reader = getattr(self._local, "reader", None)
            if reader is not None:  # else it never came about
                reader.close()
                self._readers.remove(reader)
                del self._local.reader
            raise _storage_error(error) from None

    def _reader(self) -> Connection:
        """This thread's own connection, always the same, without a transaction around each look."""
        reader = getattr(self._local, "reader", None)
        if reader is None:
            # Without a transaction: SQLite's is not begun, PostgreSQL's commits by itself.
            options = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
            reader = self.engine.connect().execution_options(read_only=True, **options)
            self._local.reader = reader
            self._readers.append(reader)
        return reader

    def close(self) -> None:
        """Ends after everything that was submitted is committed."""
        if self._writer is not None:
            self._writer.stop()
            self._checkpointer.stop()
        self._pool.shutdown(wait=True)
        for connection in self._readers:
            connection.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
