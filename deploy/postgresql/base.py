"""Owns one answer: is this kept connection still usable. Everything else is Django's backend.

Django asks the server (`SELECT 1`) at each request's first use. A server that went away has hung
up, which the socket tells without a trip; a network that swallows packets is noticed by neither.
"""

import select

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL


class DatabaseWrapper(PostgreSQL):
    """The name is the one Django looks for."""

    def is_usable(self) -> bool:
        """Whether the server has not hung up: an idle connection has nothing to be read."""
        connection = self.connection
        if connection is None or connection.closed or connection.broken:
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)
