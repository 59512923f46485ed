"""The record of decisions with their facts, compactly: what drafts are replayed against.

Written a moment later in one transaction for many, so that nobody who signs in waits for it; a
kill may cost the last second. Refusals and step-ups are audited beside it, durably (`decisions`).
"""

import threading
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, cast

import structlog
from django.db import connection, models

from idp.foundation.clock import Clock, from_microseconds, microseconds
from idp.foundation.database import Database
from idp.foundation.flushing import FlushingThread, each
from idp.journey.models import DecisionRow
from policies.decision import OUTCOMES, Decision, Forbid, Outcome, StepUp, kind_of
from policies.facts import Facts
from policies.replay import Recorded

FLUSH_SECONDS: Final = 0.9
MOST_WAITING: Final = 100_000
"""Decisions held while the database is away; beyond them the oldest are let go, as logged."""
STRETCH: Final = 25_000
_PAGE: Final = 2_000
_SELECT: Final = (
    "SELECT outcome, facts FROM journey_decision"
    " WHERE id BETWEEN %s AND %s AND at >= %s ORDER BY id"
)
_INSERT: Final = (
    "INSERT INTO journey_decision (at, client_id, channel, outcome, said, facts)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_LOG: Final = structlog.get_logger(__name__)


class Stretch(NamedTuple):
    """A run of recorded decisions by their numbers, none older than `since` (microseconds)."""

    first: int
    last: int
    since: int


class _Made(NamedTuple):
    at: datetime
    facts: Facts
    decision: Decision


class DecisionHistory:
    """Takes decisions in; `start` writes them in this process's own thread. Thread-safe."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._made: list[_Made] = []
        self._background = FlushingThread("decisions", self.flush, every=FLUSH_SECONDS)

    def add(self, facts: Facts, decision: Decision, *, at: datetime) -> None:
        """Remember one; never waits for the database."""
        with self._lock:
            self._made.append(_Made(at, facts, decision))
            if len(self._made) > MOST_WAITING:
                del self._made[: MOST_WAITING // 10]
                _LOG.warning("decisions were let go", number=MOST_WAITING // 10)

    def flush(self) -> int:
        """Write what was remembered; the number. Whatever goes wrong is raised, and kept."""
        with self._lock:
            made, self._made = self._made, []
        if not made:
            return 0
        rows = [_row(one) for one in made]
        try:
            self._database.write(each(_INSERT, rows))
        except BaseException:
            with self._lock:
                self._made[:0] = made
            raise
        return len(rows)

    def start(self) -> None:
        """Write in a thread of this process, started once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the thread after a last flush."""
        self._background.stop()


def _row(made: _Made) -> tuple[object, ...]:
    decision = made.decision
    said = decision.reason if isinstance(decision, Forbid) else ""
    if isinstance(decision, StepUp):
        said = decision.acr
    return (
        microseconds(made.at),
        made.facts.client.client_id,
        made.facts.request.channel[:32],
        OUTCOMES.index(kind_of(decision)),
        said[:64],
        made.facts.packed(),
    )


class Kept(NamedTuple):
    """A recorded decision as those see it who look into it."""

    id: int
    at: datetime
    outcome: Outcome
    said: str
    facts: Facts


def page(
    *,
    before: int | None = None,
    clients: Collection[str] | None = None,
    outcome: str = "",
    size: int,
) -> tuple[list[Kept], int | None]:
    """The newest decisions that fit, older than `before`, and where the next page begins.

    One that cannot be read is left out; None where there is no next page. `clients` restricts
    everything to decisions about these; None does not.
    """
    rows = DecisionRow.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    if clients is not None:
        rows = rows.filter(client_id__in=sorted(clients))
    if outcome:
        rows = rows.filter(outcome=OUTCOMES.index(cast("Outcome", outcome)))
    found = list(rows[: size + 1])
    read = [(row, _read(row.outcome, bytes(row.facts))) for row in found[:size]]
    kept = [
        Kept(row.id, from_microseconds(row.at), recorded.outcome, row.said, recorded.facts)
        for row, recorded in read
        if recorded
    ]
    return kept, found[size - 1].id if len(found) > size else None


def count_since(since: datetime) -> int:
    """How many decisions were recorded since."""
    return DecisionRow.objects.filter(at__gte=microseconds(since)).count()


def stretches(since: datetime, *, size: int = STRETCH) -> tuple[Stretch, ...]:
    """The decisions since, cut into stretches that can be read apart."""
    at = microseconds(since)
    bounds = DecisionRow.objects.filter(at__gte=at).aggregate(models.Min("id"), models.Max("id"))
    if bounds["id__min"] is None:
        return ()
    firsts = range(bounds["id__min"], bounds["id__max"] + 1, size)
    return tuple(Stretch(first, first + size - 1, at) for first in firsts)


def read(stretch: Stretch) -> Iterator[Recorded]:
    """The decisions of a stretch, oldest first; one whose facts cannot be read is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, (stretch.first, stretch.last, stretch.since))
        while page := cursor.fetchmany(_PAGE):
            for outcome, raw in page:
                if found := _read(outcome, bytes(raw)):
                    yield found


def read_since(since: datetime) -> Iterator[Recorded]:
    """The decisions since, one stretch after the other."""
    for stretch in stretches(since):
        yield from read(stretch)


def _read(outcome: int, raw: bytes) -> Recorded | None:
    try:
        return Recorded(Facts.unpacked(raw), OUTCOMES[outcome])
    except (ValueError, TypeError, LookupError):
        _LOG.warning("a recorded decision cannot be read")
        return None


def purge(*, now: datetime, ttl: int) -> int:
    """Forget decisions older than `ttl` seconds; the number."""
    limit = microseconds(now - timedelta(seconds=ttl))
    return DecisionRow.objects.filter(at__lt=limit).delete()[0]
