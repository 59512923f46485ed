"""Owns what is added up in memory and written now and then: the numbers, the thread that writes.

A flush that fails loses nothing: the next one writes it. A kill costs what came since the last.
What is counted, and how it is written, is handed in.
"""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

import structlog

from idp.foundation.background import BackgroundThread
from idp.foundation.database import Cursor

Thing = TypeVar("Thing", bound=Hashable)
_LOG: Final = structlog.get_logger(__name__)


class Counts(Generic[Thing]):
    """How often each thing was counted since the last flush; thread-safe.

    Beyond ``most`` different things, where that is said, further ones are counted as what
    ``beyond`` makes of them.
    """

    __slots__ = ("_beyond", "_lock", "_most", "_numbers")

    def __init__(
        self, *, most: int | None = None, beyond: Callable[[Thing], Thing] = lambda thing: thing
    ) -> None:
        self._most = most
        self._beyond = beyond
        self._lock = threading.Lock()
        self._numbers: dict[Thing, int] = {}

    def add(self, thing: Thing, number: int = 1) -> None:
        """One more, or ``number`` more; never waits for the database."""
        with self._lock:
            is_full = self._most is not None and len(self._numbers) >= self._most
            if is_full and thing not in self._numbers:
                thing = self._beyond(thing)
            self._numbers[thing] = self._numbers.get(thing, 0) + number

    @contextmanager
    def taken(self) -> Iterator[dict[Thing, int]]:
        """All numbers, to be written; they come back where that raises."""
        with self._lock:
            numbers, self._numbers = self._numbers, {}
        try:
            yield numbers
        except BaseException:
            with self._lock:
                for thing, number in numbers.items():
                    self._numbers[thing] = self._numbers.get(thing, 0) + number
            raise


def each(sql: str, rows: Sequence[Sequence[object]]) -> Callable[[Cursor], None]:
    """A job for ``Database.write``: the statement once for each row, in one transaction."""
    return lambda cursor: cursor.execute_each(sql, rows)


class FlushingThread(BackgroundThread):
    """Flushes ``every`` so many seconds where it ``is_due``, and once more when it is stopped."""

    __slots__ = ("_every", "_flush", "_is_due")

    def __init__(
        self,
        name: str,
        flush: Callable[[], object],
        *,
        every: float,
        is_due: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(name, self._repeat)
        self._flush = flush
        self._every = every
        self._is_due = is_due

    def _repeat(self) -> None:
        is_last = False
        while not is_last:
            is_last = self.stopping.wait(self._every)
            if not (is_last or self._is_due()):
                continue
            try:
                self._flush()
            except Exception:  # noqa: BLE001 - outermost: the next flush writes it
                _LOG.exception("what was gathered could not be written", what=self.name)
