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
from typing import Any, Final

import psycopg
from psycopg.raw_cursor import RawCursor

from idp.foundation.database.contract import Conflict, Cursor, DatabaseUnavailable, Row, T

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
        except psycopg.errors.UniqueViolation as error:
            raise Conflict(error.diag.constraint_name or "unique") from error
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable("the database did not carry out the statement") from error
        return self

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
    """Borrows a connection for each call, so there are as many as calls at once, up to a limit."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._parameters = _connection_parameters(settings)
        self._idle: deque[_Session] = deque()
        self._permits = _permits()
        self._inherited: list[object] = []
        self._pid = os.getpid()

    def read(self, sql: str, params: Sequence[object]) -> Row | None:
        return self._run(lambda cursor: cursor.execute(sql, params).fetchone())

    def read_all(self, sql: str, params: Sequence[object]) -> list[Row]:
        return self._run(lambda cursor: cursor.execute(sql, params).fetchall())

    def write(self, job: Callable[[Cursor], T], *, single: bool) -> T:
        return self._run(job if single else lambda cursor: _in_transaction(cursor, job))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()

    def _run(self, use: Callable[[Cursor], T]) -> T:
        if self._pid != os.getpid():
            # A forked child must neither use nor close its parent's connections.
            self._inherited.append((self._idle, self._permits))
            self._idle, self._permits, self._pid = deque(), _permits(), os.getpid()
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
        try:
            connection: psycopg.Connection[Row] = psycopg.connect(**self._parameters)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error
        connection.prepared_max = 500
        return _Session(connection)


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
