"""What clients were told of people, and when: names of claims, never a value.

Owns the record; what may be told is decided before. The first time of a day that a client learns a
set of claims is on disk before the answer leaves; repetitions are counted and written within the
second, so a kill costs at most their number, never the fact.
"""

import hashlib
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from idp.foundation.clock import Clock, from_microseconds, microseconds, today_in_shanghai
from idp.foundation.database import Database
from idp.foundation.flushing import Counts, FlushingThread, each
from idp.subjects.families import folders
from idp.subjects.models import Disclosure

FLUSH_SECONDS: Final = 0.9
TOLD_APART: Final = 50_000
"""Disclosures of a day that one process remembers; beyond them each is written at once."""
_COLUMNS: Final = (
    "person_id",
    "client_id",
    "day",
    "digest",
    "claims",
    "basis",
    "times",
    "first_at",
    "last_at",
)
_UPSERT: Final = (
    f"INSERT INTO subjects_disclosure ({', '.join(_COLUMNS)}) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' for _ in _COLUMNS)}) "
    "ON CONFLICT (person_id, client_id, day, digest) DO UPDATE SET "
    "times = subjects_disclosure.times + excluded.times, last_at = excluded.last_at"
)


class Disclosed(NamedTuple):
    """What is counted together: one set of claims, told to one client of one person in a day."""

    person_id: UUID
    client_id: str
    day: str
    claims: str
    """Sorted, separated by spaces."""
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of a person's record."""

    client_id: str
    day: date
    claims: tuple[str, ...]
    basis: str
    times: int
    first_at: datetime
    last_at: datetime


class Disclosures:
    """Notes what is told; thread-safe. Every writing method raises DatabaseUnavailable."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._day = ""
        self._known: set[Disclosed] = set()
        self._counts: Counts[Disclosed] = Counts()
        self._background = FlushingThread(
            "disclosures", lambda: self.flush(clock.now()), every=FLUSH_SECONDS
        )

    def note(
        self, person_id: UUID, client_id: str, claims: Collection[str], *, basis: str, now: datetime
    ) -> None:
        """Record that a client learns these claims now; call it before the answer leaves."""
        day = today_in_shanghai(now).isoformat()
        told = Disclosed(person_id, client_id, day, " ".join(sorted(claims)), basis)
        with self._lock:
            if day != self._day:
                self._day, self._known = day, set()
            is_known = told in self._known
        if is_known:
            self._counts.add(told)
            return
        self._database.execute(_UPSERT, self._row(told, 1, now))
        with self._lock:
            if len(self._known) < TOLD_APART:
                self._known.add(told)

    def flush(self, now: datetime) -> int:
        """Write the repetitions, in one transaction; how many lines that were.

        Whatever goes wrong is raised, and the counts are kept for the next time.
        """
        with self._counts.taken() as counts:
            rows = [self._row(told, times, now) for told, times in counts.items()]
            if rows:
                self._database.write(each(_UPSERT, rows))
        return len(rows)

    def start(self) -> None:
        """Flush in this process's own thread, started once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the thread after a last flush, and wait for it."""
        self._background.stop()

    def _row(self, told: Disclosed, times: int, now: datetime) -> tuple[object, ...]:
        content = f"{told.basis} {told.claims}".encode()
        at = microseconds(now)
        return (
            self._database.identifier(told.person_id),
            told.client_id,
            told.day,
            hashlib.sha256(content).hexdigest()[:32],
            told.claims,
            told.basis,
            times,
            at,
            at,
        )


def told_of(person_id: UUID, *, client_id: str = "") -> tuple[Told, ...]:
    """What clients were told of a person, the latest first; of one client where it is named."""
    rows = Disclosure.objects.filter(person_id__in=(person_id, *folders(person_id)))
    if client_id:
        rows = rows.filter(client_id=client_id)
    return tuple(
        Told(
            client_id=row.client_id,
            day=date.fromisoformat(row.day),
            claims=tuple(row.claims.split()),
            basis=row.basis,
            times=row.times,
            first_at=from_microseconds(row.first_at),
            last_at=from_microseconds(row.last_at),
        )
        for row in rows.order_by("-last_at", "-id")
    )
