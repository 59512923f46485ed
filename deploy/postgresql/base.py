"""Owns when Django's pages hold a connection to PostgreSQL: while they need one, and no longer.

Django keeps one for each thread; here a thread borrows one, with all that is prepared on it, from
its first statement of a request to the end. Whether it still lives Django asks the server
(`SELECT 1`); one that went away has hung up, which the socket tells without a trip.
"""

import select
from typing import Any, Final

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

from deploy.postgresql.held import HELD
from idp.foundation.database import postgresql as hot_path
from idp.foundation.database.contract import DatabaseUnavailable
from idp.foundation.database.lending import Lender

MOST: Final = 16
"""Connections of one process for Django's pages."""
PER_PROCESS: Final = MOST + hot_path.MOST + hot_path.MOST_LINES
"""Connections of one process in all, at most."""
_Connection = psycopg.Connection[Any]
_lenders: dict[tuple[str, str], Lender[_Connection]] = {}


class DatabaseWrapper(PostgreSQL):
    """The name is the one Django looks for."""

    _lender: Lender[_Connection] | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Borrow a connection, or make one.

        Raises:
            OperationalError: none can be made, or all are busy.
        """
        name = self.settings_dict["NAME"]
        if self.alias == NO_DB_ALIAS or not name:
            return super().get_new_connection(conn_params)
        lender = _lender_of(self.alias, name)
        make = super().get_new_connection
        try:
            connection = lender.take(lambda: make(conn_params))
        except DatabaseUnavailable as error:
            raise psycopg.OperationalError(str(error)) from error
        self._lender = lender
        HELD.is_any = True
        return connection

    def is_usable(self) -> bool:
        """Whether the server has not hung up: an idle connection has nothing to be read."""
        return self.connection is not None and not _has_ended(self.connection)

    def close_if_unusable_or_obsolete(self) -> None:
        """Give the connection back, but for one whose transaction is still under way."""
        if not self.in_atomic_block:
            super().close_if_unusable_or_obsolete()

    def close_pool(self) -> None:
        """Close what this database's connections are kept, before it is dropped or copied."""
        super().close_pool()
        for (_, name), lender in list(_lenders.items()):
            if name == self.settings_dict["NAME"]:
                lender.close()

    def _close(self) -> None:
        connection, lender = self.connection, self._lender
        if connection is None or lender is None:
            super()._close()  # type: ignore[misc]  # the stubs leave it out
            return
        self._lender = None
        HELD.is_any = False
        idle = psycopg.pq.TransactionStatus.IDLE
        with self.wrap_database_errors:
            if not connection.closed and connection.info.transaction_status == idle:
                lender.give_back(connection)
            else:
                lender.drop(connection)


def _lender_of(alias: str, name: str) -> Lender[_Connection]:
    """One for each database, whichever thread is first."""
    known = _lenders.get((alias, name))
    return known or _lenders.setdefault(
        (alias, name), Lender(most=MOST, has_ended=_has_ended, close=_Connection.close)
    )


def _has_ended(connection: _Connection) -> bool:
    if connection.closed or connection.broken:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
