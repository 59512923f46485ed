"""Owns hot-path SQL on PostgreSQL: autocommit connections and prepared statements.

Needs no extension and no pooler's help; a transaction-pooling proxy in between must support
prepared statements.
"""

import os
import re
import select
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, NoReturn

import psycopg
from psycopg.raw_cursor import RawCursor

from idp.foundation.database.contract import Conflict, Cursor, DatabaseUnavailable, Row, T
from idp.foundation.database.lending import Lender
from idp.foundation.database.travelling import Line, Statement
from idp.foundation.gathering import Gathering

MOST: Final = 16
"""Connections of one process for what needs a transaction of its own, or reads."""
MOST_LINES: Final = 2
"""Connections on which single statements travel: one gathers while the other's are under way."""
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

    def close(self) -> None:
        self.connection.close()

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
        self._sessions: Lender[_Session] = Lender(
            most=MOST, has_ended=_Session.has_ended, close=_Session.close
        )
        self._lines: Lender[Line] = Lender(
            most=MOST_LINES, has_ended=Line.has_ended, close=Line.close
        )
        self._gathering: Gathering[Statement] = Gathering(self._carry, speakers=MOST_LINES)
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
        self._sessions.close()
        self._lines.close()

    def _notice_fork(self) -> None:
        """Whoever spoke in the parent does not in a forked child."""
        if self._pid != os.getpid():
            self._gathering = Gathering(self._carry, speakers=MOST_LINES)
            self._pid = os.getpid()

    def _carry(self, statements: list[Statement]) -> None:
        """Speak for a gathering: every statement gets its answer, or why there is none."""
        line: Line | None = None
        sound = False
        try:
            line = self._lines.take(lambda: Line(self._connect()))
            line.carry(statements)
            sound = True
        except (psycopg.Error, DatabaseUnavailable) as error:
            for statement in statements:
                statement.error = error
        finally:
            if line is not None and sound:
                self._lines.give_back(line)
            elif line is not None:
                self._lines.drop(line)

    def _run(self, use: Callable[[Cursor], T]) -> T:
        session = self._sessions.take(self._open)
        sound = False
        try:
            result = use(session.cursor)
            sound = True
        finally:
            if sound or session.roll_back():
                self._sessions.give_back(session)
            else:
                self._sessions.drop(session)
        return result

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
