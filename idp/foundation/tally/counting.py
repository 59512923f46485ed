"""Counting in this process: what happens too often for an event of its own.

A number is added in memory and written every few seconds; a kill costs the numbers since.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from idp.foundation.clock import Clock
from idp.foundation.database import Cursor, Database
from idp.foundation.flushing import Counts, FlushingThread
from idp.foundation.tally.models import COUNT_TABLE, SECONDS

FLUSH_SECONDS: Final = 2.0
MOST: Final = 5_000
"""Different things that one process counts between two flushes; beyond, names are left out."""
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
        self._counts: Counts[Thing] = Counts(most=MOST, beyond=_unnamed)
        self._background = FlushingThread("tally", self.flush, every=FLUSH_SECONDS)

    def count(
        self, kind: str, name: str, outcome: str = "", *, client_id: str = "", number: int = 1
    ) -> None:
        """One more, or `number` more."""
        hour = int(self._clock.now().timestamp()) // SECONDS
        self._counts.add(Thing(hour, kind, name, outcome, client_id), number)

    def flush(self) -> int:
        """Write what was counted, in one transaction; how many things that were.

        Whatever goes wrong is raised, and the numbers are kept for the next time.
        """
        with self._counts.taken() as counts:
            if counts:
                self._database.write(lambda cursor: add_counts(cursor, counts))
        return len(counts)

    def start(self) -> None:
        """Flush in this process's own thread, started once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the thread after a last flush, and wait for it."""
        self._background.stop()


def _unnamed(thing: Thing) -> Thing:
    return thing._replace(name="", client_id="")


def add_counts(cursor: Cursor, counts: Mapping[Thing, int]) -> None:
    """Add numbers to those of the hour, always in one order: two writers must not cross."""
    cursor.execute_each(ADD, [(*thing, counts[thing]) for thing in sorted(counts)])
