"""Alerts as those see them who look after them: listed, and acknowledged once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.staff.alerts.models import AlertRow

MOST_LISTED: Final = 2_000
LONGEST_NOTE: Final = 200


class Verdict(StrEnum):
    """What came of an alert."""

    HANDLED = "handled"
    FALSE_ALARM = "false_alarm"
    PASSED_ON = "passed_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody says who saw to an alert; `note` is for colleagues, and holds nobody's data."""

    verdict: Verdict
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One alert."""

    id: UUID
    type: str
    severity: str
    client_id: str
    subject: str
    about: str
    event: int
    times: int
    raised_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    verdict: str
    reference: str
    note: str

    @property
    def is_open(self) -> bool:
        return self.acknowledged_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDesk:
    """Lists alerts, and takes word that somebody saw to them."""

    clock: Clock

    def listed(self) -> list[Raised]:
        """The open ones first, each lot with the latest first."""
        rows = AlertRow.objects.order_by("-last_at")
        waiting = rows.filter(acknowledged_at=None)[:MOST_LISTED]
        done = rows.exclude(acknowledged_at=None)[:MOST_LISTED]
        return [_raised(row) for row in (*waiting, *done)]

    def find(self, alert_id: UUID) -> Raised | None:
        row = AlertRow.objects.filter(id=alert_id).first()
        return _raised(row) if row else None

    def open_count(self) -> int:
        return AlertRow.objects.filter(acknowledged_at=None).count()

    def acknowledge(
        self,
        alert_ids: Iterable[UUID],
        answer: Answer,
        *,
        operator: str,
        channel: str = "console",
    ) -> int:
        """Say what came of them, with a record for each; how many were still open.

        `channel` is how the operator came, for the audit.

        The one who says it first is right: what somebody else acknowledged stays as it is.
        """
        done = 0
        for alert_id in sorted(set(alert_ids)):
            with transaction.atomic():
                waiting = AlertRow.objects.filter(id=alert_id, acknowledged_at=None)
                changed = waiting.update(
                    acknowledged_at=self.clock.now(),
                    acknowledged_by=operator,
                    verdict=answer.verdict,
                    reference=answer.reference,
                    note=answer.note[:LONGEST_NOTE],
                )
                if not changed:
                    continue
                done += 1
                row = AlertRow.objects.get(id=alert_id)
                self._tell(row, answer, operator=operator, channel=channel)
        return done

    def _tell(self, row: AlertRow, answer: Answer, *, operator: str, channel: str) -> None:
        event = AuditEvent(
            type="staff.alert_acknowledged",
            outcome="success",
            operator=operator,
            channel=channel,
            client_id=row.client_id,
            subject=row.subject,
            detail={
                "alert": str(row.id),
                "kind": row.type,
                "times": row.times,
                "verdict": answer.verdict.value,
                "reference": answer.reference,
            },
        )
        record(event, clock=self.clock)


def _raised(row: AlertRow) -> Raised:
    names = (each for each in Raised.__dataclass_fields__)
    return Raised(**{name: getattr(row, name) for name in names})
