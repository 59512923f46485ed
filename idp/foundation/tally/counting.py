"""Counting in this process: what happens too often for an event of its own.

A number is added in memory and written every few seconds; a kill costs the numbers since.
"""

import threading
from collections.abc import Mapping
from typing import Final, NamedTuple

import structlog

from idp.foundation.background import BackgroundThread
from idp.foundation.clock import Clock
from idp.foundation.database import Cursor, Database
from idp.foundation.tally.models import COUNT_TABLE, SECONDS

FLUSH_SECONDS: Final = 2.0
MOST: Final = 5_000
"""Different things that one process counts between two flushes; beyond, names are left out."""
_LOG: Final = structlog.get_logger(__name__)
ADD: Final = (
    f"INSERT INTO {COUNT_TABLE} (hour, kind, name, outcome, client_id, number) "  # noqa: S608 - constants
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, hour, name, outcome, client_id) "
    f"DO UPDATE SET number = {COUNT_TABLE}.number + excluded.number"
)


class Thing(NamedTuple):
    """What is counted together within an hour."""

    hour: int
    kind: str
    name: str
    outcome: str
    client_id: str


class Tally:
    """Adds up in memory; thread-safe, and never waits for the database."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[Thing, int] = {}
        self._background = BackgroundThread("tally", self._run)

    def count(
        self, kind: str, name: str, outcome: str = "", *, client_id: str = "", number: int = 1
    ) -> None:
        """One more, or `number` more."""
        hour = int(self._clock.now().timestamp()) // SECONDS
        thing = Thing(hour, kind, name, outcome, client_id)
        with self._lock:
            if thing not in self._counts and len(self._counts) >= MOST:
                thing = Thing(hour, kind, "", outcome, "")
            self._counts[thing] = self._counts.get(thing, 0) + number

    def flush(self) -> int:
        """Write what was counted, in one transaction; how many things that were.

        Whatever goes wrong is raised, and the numbers are kept for the next time.
        """
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return 0
        try:
            self._database.write(lambda cursor: add_counts(cursor, counts))
        except BaseException:
            with self._lock:
                for thing, number in counts.items():
                    self._counts[thing] = self._counts.get(thing, 0) + number
            raise
        return len(counts)

    def start(self) -> None:
        """Flush in this process's own thread, started once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the thread after a last flush, and wait for it."""
        self._background.stop()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._background.stopping.wait(FLUSH_SECONDS)
            try:
                self.flush()
            except Exception:  # noqa: BLE001 - outermost: the next flush writes it
                _LOG.exception("counts could not be written")


def add_counts(cursor: Cursor, counts: Mapping[Thing, int]) -> None:
    """Add numbers to those of the hour, always in one order: two writers must not cross."""
    for thing in sorted(counts):
        cursor.execute(ADD, (*thing, counts[thing]))
