"""Owns single statements on PostgreSQL that travel together: one message, one commit, one answer.

The statements of a gathering are one transaction (PostgreSQL "Pipelining": what comes before one
Sync, without BEGIN, is one). If any of them fails, none has happened, and each is sent again alone.
Transactions of several statements are `postgresql`'s.
"""

import select
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

from idp.foundation.database.contract import DatabaseUnavailable, Row
from idp.foundation.gathering import Call

_PATIENCE_MS: Final = 30_000
"""How long a commit may take before nobody waits for it any more."""


class Statement(Call):
    """One thread's statement, its first row and the number it changed, or why it failed."""

    __slots__ = ("changed", "error", "params", "row", "sql", "written")

    def __init__(self, sql: bytes, params: Sequence[object]) -> None:
        super().__init__()
        self.sql = sql
        self.params = params
        self.written: Sequence[Any] = ()
        self.row: Row | None = None
        self.changed = 0
        self.error: BaseException | None = DatabaseUnavailable("the thread that asked was stopped")


class Line:
    """One connection in pipeline mode, used by one thread at a time."""

    __slots__ = ("_connection", "_names", "_numbers", "_pgconn", "_poll", "_transformer")

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._names: dict[bytes, bytes] = {}
        self._numbers = count(1)
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
        self._pgconn.enter_pipeline_mode()

    def has_ended(self) -> bool:
        """Whether the server hung up meanwhile: an idle connection has nothing to be read."""
        return bool(self._poll.poll(0))

    def close(self) -> None:
        self._connection.close()

    def carry(self, statements: list[Statement]) -> None:
        """Carry out all of them, or say of each why not.

        Raises:
            psycopg.Error: the connection is of no use any more; what happened is not known.
            DatabaseUnavailable: no answer came in time.
        """
        fit = [statement for statement in statements if self._is_fit(statement)]
        for sql in {statement.sql for statement in fit} - self._names.keys():
            self._prepare(sql)
        if not fit or self._is_carried(fit) or len(fit) == 1:
            return
        for statement in fit:
            self._is_carried([statement])

    def _is_fit(self, statement: Statement) -> bool:
        """Write down the parameters as text; False when they are not fit to be sent."""
        formats = [PyFormat.TEXT] * len(statement.params)
        try:
            statement.written = self._transformer.dump_sequence(statement.params, formats)
        except psycopg.DataError as error:
            statement.error = error
            return False
        return True

    def _prepare(self, sql: bytes) -> None:
        """Name a statement on this connection; a wrong one is refused whenever it is to be run."""
        name = self._names[sql] = b"travelling_%d" % next(self._numbers)
        self._pgconn.send_prepare(name, sql)
        self._pgconn.pipeline_sync()
        self._results()
        self._end()

    def _is_carried(self, statements: list[Statement]) -> bool:
        """One transaction; False when it was refused, with the reasons in the statements."""
        for statement in statements:
            self._pgconn.send_query_prepared(self._names[statement.sql], statement.written)
        self._pgconn.pipeline_sync()
        for statement in statements:
            self._read(statement)
        refused = self._end()
        if refused is not None:
            # What a deferred constraint refuses is refused at the end, for all.
            for statement in statements:
                statement.error = statement.error or refused
        return all(statement.error is None for statement in statements)

    def _read(self, statement: Statement) -> None:
        statement.row, statement.changed, statement.error = None, 0, None
        for result in self._results():
            if result.status == pq.ExecStatus.TUPLES_OK:
                if result.ntuples:
                    self._transformer.set_pgresult(result)
                    statement.row = self._transformer.load_row(0, tuple)
                statement.changed = result.command_tuples or 0
            elif result.status == pq.ExecStatus.COMMAND_OK:
                statement.changed = result.command_tuples or 0
            else:
                statement.error = _reason(result)

    def _results(self) -> list[Any]:
        """All results of one statement."""
        found = []
        while (result := self._next()) is not None:
            found.append(result)
        return found

    def _end(self) -> BaseException | None:
        """Read to the end of the transaction; why it was refused there, or None."""
        refused = None
        while True:
            result = self._next()
            if result is None:
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return refused
            refused = _reason(result)

    def _next(self) -> Any:
        pgconn = self._pgconn
        while pgconn.is_busy():
            if not self._poll.poll(_PATIENCE_MS):
                raise DatabaseUnavailable("the database did not answer in time")
            pgconn.consume_input()
        return pgconn.get_result()


def _reason(result: Any) -> BaseException:
    if result.status == pq.ExecStatus.PIPELINE_ABORTED:
        return DatabaseUnavailable("another statement of the gathering was refused")
    return psycopg.errors.error_from_result(result)
