"""Owns hot-path SQL on PostgreSQL: autocommit connections and prepared statements.

Needs no extension and no pooler's help; a transaction-pooling proxy in between must support
prepared statements.
"""

import os
import re
import select
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, Final, NoReturn

import psycopg
from psycopg.raw_cursor import RawCursor

from idp.foundation.database.contract import Conflict, Cursor, DatabaseUnavailable, Row, T
from idp.foundation.database.travelling import Line, Statement
from idp.foundation.gathering import Gathering

_MOST: Final = 32
"""Connections of one process: twice its threads; PostgreSQL's own limit is 100 for all."""
_PATIENCE: Final = 10.0
"""Seconds a call waits for one of them."""
_DJANGO_ONLY: Final = {
    "assume_role",
    "isolation_level",
    "pool",
    "server_side_binding",
    "prepare_threshold",
}


class PostgresCursor:
    """A `Cursor` on one borrowed connection."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: RawCursor[Row]) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, params: Sequence[object] = ()) -> "PostgresCursor":
        try:
            self._cursor.execute(_numbered(sql), params, prepare=True)
        except psycopg.Error as error:
            _raise(error)
        return self

    def execute_each(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        try:
            self._cursor.executemany(_numbered(sql), rows)
        except psycopg.Error as error:
            _raise(error)

    def fetchone(self) -> Row | None:
        return self._cursor.fetchone()

    def fetchall(self) -> list[Row]:
        return self._cursor.fetchall()


class _Session:
    """One connection with the cursor that stays with it."""

    __slots__ = ("_poll", "connection", "cursor")

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        self.cursor = PostgresCursor(RawCursor(connection))
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)

    def has_ended(self) -> bool:
        """Whether the server hung up meanwhile: an idle connection has nothing to be read."""
        return bool(self._poll.poll(0))

    def roll_back(self) -> bool:
        """Leave whatever transaction is open; False when the connection is of no use any more."""
        try:
            self.connection.rollback()
        except psycopg.Error:
            return False
        return self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


class PostgresEngine:
    """Single statements travel together; what needs a transaction of its own borrows a connection.

    There are as many of the latter as calls at once, up to a limit.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._parameters = _connection_parameters(settings)
        self._idle: deque[_Session] = deque()
        self._lines: deque[Line] = deque()
        self._permits = _permits()
        self._gathering: Gathering[Statement] = Gathering(self._carry)
        self._inherited: list[object] = []
        self._pid = os.getpid()

    def read(self, sql: str, params: Sequence[object]) -> Row | None:
        return self._run(lambda cursor: cursor.execute(sql, params).fetchone())

    def read_all(self, sql: str, params: Sequence[object]) -> list[Row]:
        return self._run(lambda cursor: cursor.execute(sql, params).fetchall())

    def write(self, job: Callable[[Cursor], T]) -> T:
        return self._run(lambda cursor: _in_transaction(cursor, job))

    def write_one(self, sql: str, params: Sequence[object]) -> tuple[Row | None, int]:
        self._notice_fork()
        statement = Statement(_numbered(sql), params)
        self._gathering.ask(statement)
        if statement.error is not None:
            _raise(statement.error)
        return statement.row, statement.changed

    def close(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()
        while self._lines:
            self._lines.pop().close()

    def _notice_fork(self) -> None:
        """A forked child must neither use nor close its parent's connections."""
        if self._pid != os.getpid():
            self._inherited.append((self._idle, self._permits, self._lines))
            self._idle, self._permits, self._lines = deque(), _permits(), deque()
            self._gathering, self._pid = Gathering(self._carry), os.getpid()

    def _carry(self, statements: list[Statement]) -> None:
        """Speak for a gathering: every statement gets its answer, or why there is none."""
        line: Line | None = None
        sound = False
        try:
            line = self._take_line()
            line.carry(statements)
            sound = True
        except (psycopg.Error, DatabaseUnavailable) as error:
            for statement in statements:
                statement.error = error
        finally:
            if line is not None and sound:
                self._lines.append(line)
            elif line is not None:
                line.close()

    def _take_line(self) -> Line:
        while self._lines:
            try:
                line = self._lines.pop()
            except IndexError:
                break
            if not line.has_ended():
                return line
            line.close()
        return Line(self._connect())

    def _run(self, use: Callable[[Cursor], T]) -> T:
        self._notice_fork()
        permits = self._permits
        try:
            permits.get(timeout=_PATIENCE)
        except Empty as error:
            raise DatabaseUnavailable("all connections are busy") from error
        try:
            return self._use(self._take() or self._open(), use)
        finally:
            permits.put(None)

    def _use(self, session: _Session, use: Callable[[Cursor], T]) -> T:
        sound = False
        try:
            result = use(session.cursor)
            sound = True
        finally:
            if sound or session.roll_back():
                self._idle.append(session)
            else:
                session.connection.close()
        return result

    def _take(self) -> _Session | None:
        while self._idle:
            try:
                session = self._idle.pop()
            except IndexError:
                break
            if not session.has_ended():
                return session
            session.connection.close()
        return None

    def _open(self) -> _Session:
        connection = self._connect()
        connection.prepared_max = 500
        return _Session(connection)

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            connection: psycopg.Connection[Row] = psycopg.connect(**self._parameters)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error
        return connection


def _raise(error: BaseException) -> NoReturn:
    """Raise a refusal or an outage in the contract's words, and anything else as it is."""
    match error:
        case psycopg.errors.UniqueViolation():
            raise Conflict(error.diag.constraint_name or "unique") from error
        case psycopg.OperationalError():
            raise DatabaseUnavailable("the database did not carry out the statement") from error
        case DatabaseUnavailable():
            raise DatabaseUnavailable(str(error)) from error
        case _:
            raise error


def _in_transaction(cursor: Cursor, job: Callable[[Cursor], T]) -> T:
    cursor.execute("BEGIN")
    result = job(cursor)
    cursor.execute("COMMIT")
    return result


def _permits() -> SimpleQueue[None]:
    permits: SimpleQueue[None] = SimpleQueue()
    for _ in range(_MOST):
        permits.put(None)
    return permits


def _connection_parameters(settings: Mapping[str, Any]) -> dict[str, Any]:
    options = settings.get("OPTIONS") or {}
    named = {
        "dbname": settings["NAME"],
        "user": settings.get("USER"),
        "password": settings.get("PASSWORD"),
        "host": settings.get("HOST"),
        "port": settings.get("PORT"),
    }
    return {
        **{name: value for name, value in options.items() if name not in _DJANGO_ONLY},
        **{name: str(value) for name, value in named.items() if value},
        "client_encoding": "UTF8",
        "autocommit": True,
    }


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> bytes:
    """``?`` becomes ``$1``, ``$2`` …: statements hold no literal question mark."""
    number = count(1)
    return re.sub(r"\?", lambda _: f"${next(number)}", sql).encode()
