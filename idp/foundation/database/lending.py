"""Owns who may use one of a process's connections at a time: at most so many, each by one thread.

Connections are lent, not bound to threads: the one that came back last goes out first, so that few
stay warm and the server sees as many as were ever in use at once, not as there are threads. One on
which the server hung up meanwhile is thrown away. What a connection is, is the lender's.
"""

import os
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

from idp.foundation.database.contract import DatabaseUnavailable

PATIENCE: Final = 10.0
"""Seconds a call waits for a connection when all are lent."""
C = TypeVar("C")


class Lender(Generic[C]):
    """Thread-safe; a forked child neither uses nor closes what its parent has."""

    def __init__(
        self, *, most: int, has_ended: Callable[[C], bool], close: Callable[[C], None]
    ) -> None:
        self._most = most
        self._has_ended = has_ended
        self._close = close
        self._idle: deque[C] = deque()
        self._permits = _permits(most)
        self._inherited: list[object] = []
        self._pid = os.getpid()

    def take(self, connect: Callable[[], C], *, patience: float = PATIENCE) -> C:
        """A connection for the caller alone, until it is given back or dropped.

        Raises:
            DatabaseUnavailable: all are lent, and none came back within `patience` seconds.
        """
        self._notice_fork()
        try:
            self._permits.get(timeout=patience)
        except Empty as error:
            raise DatabaseUnavailable("all connections are busy") from error
        try:
            kept = self._kept()
            return connect() if kept is None else kept
        except BaseException:
            self._permits.put(None)
            raise

    def give_back(self, connection: C) -> None:
        """Take back a connection that is as good as new."""
        self._idle.append(connection)
        self._permits.put(None)

    def drop(self, connection: C) -> None:
        """Take back one that is of no use any more."""
        try:
            self._close(connection)
        finally:
            self._permits.put(None)

    def close(self) -> None:
        """Close what is not lent."""
        while self._idle:
            self._close(self._idle.pop())

    def _kept(self) -> C | None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if not self._has_ended(connection):
                return connection
            self._close(connection)
        return None

    def _notice_fork(self) -> None:
        if self._pid != os.getpid():
            self._inherited.append((self._idle, self._permits))
            self._idle, self._permits = deque(), _permits(self._most)
            self._pid = os.getpid()


def _permits(most: int) -> SimpleQueue[None]:
    permits: SimpleQueue[None] = SimpleQueue()
    for _ in range(most):
        permits.put(None)
    return permits
