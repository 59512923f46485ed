"""Owns the one exception to audit in the same transaction: events counted, written now and then.

Only for what has no transaction of its own (client_credentials, failed client authentication); a
kill may cost at most the counts of the last second, or of the last `window`.
"""

from datetime import datetime
from typing import Final, NamedTuple

from idp.foundation.audit.events import AUDIT_INSERT, AuditEvent, audit_row
from idp.foundation.clock import Clock, microseconds
from idp.foundation.database import Database
from idp.foundation.flushing import Counts, FlushingThread, each

FLUSH_SECONDS: Final = 0.9
_BEYOND: Final = "beyond what is told apart"


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
        self._database = database
        self._clock = clock
        self._counts: Counts[CountedEvent] = Counts(most=limit, beyond=_told_apart_no_more)
        self._since = clock.now()
        self._background = FlushingThread(
            "counted-audit",
            lambda: self.flush(clock.now()),
            every=FLUSH_SECONDS,
            is_due=self._is_due,
        )

    def count(self, event: CountedEvent) -> None:
        """One more of ``event``; never waits for the database."""
        self._counts.add(event)

    def flush(self, now: datetime) -> int:
        """Write what was counted, in one transaction; the number of audit events.

        Whatever goes wrong is raised, and the counts are kept for the next time.
        """
        with self._counts.taken() as counts:
            rows = [
                audit_row(_counted(event, number, self._since), now)
                for event, number in counts.items()
            ]
            if rows:
                self._database.write(each(AUDIT_INSERT, rows))
            self._since = now
        return len(rows)

    def start(self) -> None:
        """Flush in this process's own thread, started once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the thread after a last flush, and wait for it."""
        self._background.stop()

    def _is_due(self) -> bool:
        """Whether another window has begun; without one, always."""
        now = self._clock.now()
        return not self._window or _window(now, self._window) != _window(self._since, self._window)


def _window(instant: datetime, seconds: int) -> int:
    return int(instant.timestamp()) // seconds


def _told_apart_no_more(event: CountedEvent) -> CountedEvent:
    return CountedEvent(event.type, event.outcome, "", reason=_BEYOND)


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
