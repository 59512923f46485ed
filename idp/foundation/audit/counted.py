"""Owns the one exception to audit in the same transaction: events counted, written now and then.

Only for what has no transaction of its own (client_credentials, failed client authentication); a
kill may cost at most the counts of the last second, or of the last `window`.
"""

import threading
from datetime import datetime
from typing import Final, NamedTuple

import structlog

from idp.foundation.audit.events import AUDIT_INSERT, AuditEvent, audit_row
from idp.foundation.background import BackgroundThread
from idp.foundation.clock import Clock, microseconds
from idp.foundation.database import Cursor, Database

FLUSH_SECONDS: Final = 0.9
_BEYOND: Final = "beyond what is told apart"
_LOG: Final = structlog.get_logger(__name__)


class CountedEvent(NamedTuple):
    """What is counted together: the same thing, by the same client, with the same signing key.

    A refusal also has a ``reason``, and an ``address`` cut to its network.
    """

    type: str
    outcome: str
    client_id: str
    key: str = ""
    reason: str = ""
    address: str = ""


class CountedAudit:
    """Counts in memory, one audit event for each `CountedEvent` and flush. Thread-safe.

    With a ``window`` (seconds) the thread flushes once in each. Beyond ``limit`` different events
    between two flushes, further ones are counted without client, reason and address.
    """

    def __init__(
        self, database: Database, *, clock: Clock, window: int = 0, limit: int = 10_000
    ) -> None:
        self._window = window
        self._limit = limit
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[CountedEvent, int] = {}
        self._since = clock.now()
        self._background = BackgroundThread("counted-audit", self._run)

    def count(self, event: CountedEvent) -> None:
        """One more of ``event``; never waits for the database."""
        with self._lock:
            if event not in self._counts and len(self._counts) >= self._limit:
                event = CountedEvent(event.type, event.outcome, "", reason=_BEYOND)
            self._counts[event] = self._counts.get(event, 0) + 1

    def flush(self, now: datetime) -> int:
        """Write what was counted, in one transaction; the number of audit events.

        Whatever goes wrong is raised, and the counts are kept for the next time.
        """
        with self._lock:
            counts, self._counts = self._counts, {}
            since, self._since = self._since, now
        if not counts:
            return 0
        rows = [audit_row(_counted(event, number, since), now) for event, number in counts.items()]

        def write(cursor: Cursor) -> None:
            for row in rows:
                cursor.execute(AUDIT_INSERT, row)

        try:
            self._database.write(write)
        except BaseException:
            with self._lock:
                self._since = since
                for event, number in counts.items():
                    self._counts[event] = self._counts.get(event, 0) + number
            raise
        return len(rows)

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
            now = self._clock.now()
            if not (stopping or self._is_due(now)):
                continue
            try:
                self.flush(now)
            except Exception:  # noqa: BLE001 - outermost: the next flush writes it
                _LOG.exception("counted audit could not be written")

    def _is_due(self, now: datetime) -> bool:
        """Whether another window has begun; without one, always."""
        return not self._window or _window(now, self._window) != _window(self._since, self._window)


def _window(instant: datetime, seconds: int) -> int:
    return int(instant.timestamp()) // seconds


def _counted(event: CountedEvent, number: int, since: datetime) -> AuditEvent:
    return AuditEvent(
        type=event.type,
        outcome=event.outcome,
        client_id=event.client_id,
        detail={
            "count": number,
            "key": event.key,
            "since": microseconds(since),
            **_particulars(event),
        },
    )


def _particulars(event: CountedEvent) -> dict[str, str]:
    named = {"reason": event.reason, "address": event.address}
    return {name: value for name, value in named.items() if value}
