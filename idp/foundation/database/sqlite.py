"""Owns hot-path SQL on SQLite (WAL): readers, and one writer thread that commits in groups.

A commit is on disk before any caller of its group goes on; with synchronous=FULL a group costs one
fsync.
"""

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NoReturn, cast

from django.db import connection as django_connection

from idp.foundation.database.contract import Conflict, Cursor, DatabaseUnavailable, Row, T

_GROUP: Final = 128
_UNIQUE: Final = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


class SqliteCursor:
    """A `Cursor` on one connection."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, params: Sequence[object] = ()) -> "SqliteCursor":
        try:
            self._cursor.execute(sql, cast("tuple[str]", params))
        except sqlite3.Error as error:
            _raise(error)
        return self

    def execute_each(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        try:
            self._cursor.executemany(sql, cast("list[tuple[str]]", rows))
        except sqlite3.Error as error:
            _raise(error)

    def fetchone(self) -> Row | None:
        return cast("Row | None", self._cursor.fetchone())

    def fetchall(self) -> list[Row]:
        return self._cursor.fetchall()


def _raise(error: sqlite3.Error) -> NoReturn:
    """SQLite's error as the contract names it."""
    if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorname in _UNIQUE:
        raise Conflict(str(error)) from error
    if isinstance(error, sqlite3.OperationalError):
        raise _unavailable(error) from error
    raise error


class _Job:
    """One caller's work, its outcome, and the lock the caller waits at until the commit."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[Cursor], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


class SqliteEngine:
    """One file.

    Thread-safe; starts its writer thread with the first write, and again after a fork.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._path = os.fspath(settings["NAME"])
        options = settings.get("OPTIONS") or {}
        self._timeout = float(options.get("timeout", 10))
        self._pragmas = str(options.get("init_command", "PRAGMA journal_mode=WAL"))
        self._idle: deque[sqlite3.Connection] = deque()
        self._inherited: list[object] = []
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None
        self._pid = os.getpid()

    def read(self, sql: str, params: Sequence[object]) -> Row | None:
        with self._reading(sql, params) as cursor:
            return cast("Row | None", cursor.fetchone())

    def read_all(self, sql: str, params: Sequence[object]) -> list[Row]:
        with self._reading(sql, params) as cursor:
            return cursor.fetchall()

    def write_one(self, sql: str, params: Sequence[object]) -> tuple[Row | None, int]:
        def job(cursor: Cursor) -> tuple[Row | None, int]:
            done = cursor.execute(sql, params)
            return done.fetchone(), done.rowcount

        return self.write(job)

    def write(self, job: Callable[[Cursor], T]) -> T:
        if django_connection.in_atomic_block:
            raise RuntimeError("a hot-path write inside Django's transaction would wait for itself")
        handed = _Job(job)
        self._running_queue().put(handed)
        handed.done.acquire()
        if handed.error is not None:
            raise handed.error
        return cast("T", handed.result)

    def close(self) -> None:
        with self._starting:
            if self._writer is not None and self._pid == os.getpid():
                self._jobs.put(None)
                self._writer.join()
            self._writer = None
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _reading(self, sql: str, params: Sequence[object]) -> Iterator[sqlite3.Cursor]:
        self._notice_fork()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open(writing=False)
        cursor = connection.cursor()
        try:
            yield cursor.execute(sql, cast("tuple[str]", params))
        except sqlite3.OperationalError as error:
            raise _unavailable(error) from error
        finally:
            # Resets the statement: a reader that lingers would keep its old picture of the
            # database.
            cursor.close()
            self._idle.append(connection)

    def _running_queue(self) -> SimpleQueue[_Job | None]:
        self._notice_fork()
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    connection = self._open(writing=True)
                    self._writer = threading.Thread(
                        target=_write_groups,
                        args=(connection, self._jobs),
                        name="sqlite-writer",
                        daemon=True,
                    )
                    self._writer.start()
        return self._jobs

    def _open(self, *, writing: bool) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            connection.executescript(self._pragmas)
            if not writing:
                connection.execute("PRAGMA query_only=ON")
        except sqlite3.OperationalError as error:
            raise _unavailable(error) from error
        return connection

    def _notice_fork(self) -> None:
        if self._pid != os.getpid():
            # SQLite forbids even closing a parent's connections in a child: they are only kept
            # aside.
            self._inherited.append((self._idle, self._jobs, self._writer))
            self._idle, self._jobs, self._writer = deque(), SimpleQueue(), None
            self._starting = threading.Lock()
            self._pid = os.getpid()


def _write_groups(connection: sqlite3.Connection, jobs: SimpleQueue[_Job | None]) -> None:
    """Take what waits, do it in one transaction, commit, let the callers go on."""
    stopping = False
    while not stopping:
        group: list[_Job] = []
        job = jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == _GROUP:
                break
            try:
                job = jobs.get_nowait()
            except Empty:
                break
        stopping = job is None
        if group:
            _write_group(connection, group)
        for finished in group:
            finished.done.release()
    connection.close()


def _write_group(connection: sqlite3.Connection, group: list[_Job]) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute("BEGIN IMMEDIATE")
        for job in group:
            _write_one(cursor, job)
        cursor.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        # A deferred foreign key speaks up at COMMIT and does not say whose: each job is tried
        # alone.
        cursor.execute("ROLLBACK")
        if len(group) == 1:
            group[0].error = group[0].error or error
            return
        for job in group:
            job.result = job.error = None
            _write_group(connection, [job])
    except sqlite3.Error as error:
        # Nothing of the group is kept, whatever single jobs had reported.
        with suppress(sqlite3.Error):
            cursor.execute("ROLLBACK")
        for job in group:
            job.error = job.error or _unavailable(error)
    finally:
        cursor.close()


def _write_one(cursor: sqlite3.Cursor, job: _Job) -> None:
    cursor.execute("SAVEPOINT job")
    own = cursor.connection.cursor()
    try:
        job.result = job.work(SqliteCursor(own))
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that handed the job in
        job.error = error
        own.close()
        cursor.execute("ROLLBACK TO job")
    else:
        own.close()
    cursor.execute("RELEASE job")


def _unavailable(error: sqlite3.Error) -> BaseException:
    """A busy, full or unreadable database is an outage; a wrong statement stays itself."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_ERROR":
        return error
    return DatabaseUnavailable(f"the database did not carry out the statement ({name})")
