"""Owns hot-path SQL on PostgreSQL: autocommit connections and prepared statements.

Needs no extension and no pooler's help; a transaction-pooling proxy in between must support
prepared statements.
"""

import os
import re
import select
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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


class PostgresEngine:
    """Borrows a connection for each call, so there are as many as calls at once."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._parameters = _connection_parameters(settings)
        self._idle: deque[psycopg.Connection[Row]] = deque()
        self._permits = _permits()
        self._inherited: list[object] = []
        self._pid = os.getpid()

    def read(self, sql: str, params: Sequence[object]) -> Row | None:
        with self._borrowed() as cursor:
            return cursor.execute(sql, params).fetchone()

    def read_all(self, sql: str, params: Sequence[object]) -> list[Row]:
        with self._borrowed() as cursor:
            return cursor.execute(sql, params).fetchall()

    def write(self, job: Callable[[Cursor], T], *, single: bool) -> T:
        with self._borrowed() as cursor:
            if single:
                return job(cursor)
            cursor.execute("BEGIN")
            result = job(cursor)
            cursor.execute("COMMIT")
            return result

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _borrowed(self) -> Iterator[PostgresCursor]:
        self._notice_fork()
        permits = self._permits
        try:
            permits.get(timeout=_PATIENCE)
        except Empty as error:
            raise DatabaseUnavailable("all connections are busy") from error
        try:
            connection = self._take() or self._open()
            sound = False
            try:
                yield PostgresCursor(RawCursor(connection))
                sound = True
            finally:
                if sound or self._roll_back(connection):
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            permits.put(None)

    def _take(self) -> psycopg.Connection[Row] | None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if not _has_ended(connection):
                return connection
            connection.close()
        return None

    def _notice_fork(self) -> None:
        if self._pid != os.getpid():
            # A forked child must neither use nor close its parent's connections.
            self._inherited.append((self._idle, self._permits))
            self._idle, self._permits, self._pid = deque(), _permits(), os.getpid()

    def _open(self) -> psycopg.Connection[Row]:
        try:
            connection: psycopg.Connection[Row] = psycopg.connect(**self._parameters)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error
        connection.prepared_max = 500
        return connection

    def _roll_back(self, connection: psycopg.Connection[Row]) -> bool:
        try:
            connection.rollback()
        except psycopg.Error:
            return False
        return connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def _permits() -> SimpleQueue[None]:
    permits: SimpleQueue[None] = SimpleQueue()
    for _ in range(_MOST):
        permits.put(None)
    return permits


def _has_ended(connection: psycopg.Connection[Row]) -> bool:
    """Whether the server hung up meanwhile: an idle connection has nothing to be read."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


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
