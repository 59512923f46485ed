"""Raises alerts from the audit trail, each event once, in the order of the chain.

A flood is one alert that says how often: another of the same kind about the same thing, while
nobody acknowledged the first, is counted with it and sent to nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import transaction
from django.db.models import F, Q

from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import from_microseconds
from idp.foundation.judge import take_turn
from idp.foundation.tally import TallyMark
from idp.staff.alerts.models import AlertRow
from idp.staff.alerts.rules import ALERTS, RULES, Severity, about, severity_of

READER: Final = "alerts"
_COLUMNS: Final = ("id", "at", "type", "client_id", "subject", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWatch:
    """`send` is told of each new serious alert, in the transaction that raises it."""

    send: Callable[[AlertRow], None]

    def raise_due(self, *, limit: int = 5_000) -> int:
        """Read on in the trail; how many alerts were raised or counted."""
        with transaction.atomic():
            take_turn(READER)
            mark, _ = TallyMark.objects.get_or_create(name=READER)
            last = AuditRow.objects.exclude(seq=None).order_by("-seq").values_list("seq", flat=True)
            until = min(last.first() or 0, mark.seq + limit)
            rows = AuditRow.objects.filter(
                Q(type__startswith=ALERTS) | Q(type__in=sorted(RULES)),
                seq__gt=mark.seq,
                seq__lte=until,
            ).order_by("seq")
            found = list(rows.values(*_COLUMNS))
            for row in found:
                self._raise(row)
            if until > mark.seq:
                mark.seq = until
                mark.save(update_fields=["seq"])
        return len(found)

    def _raise(self, told: Mapping[str, Any]) -> None:
        instant, severity = from_microseconds(told["at"]), severity_of(told["type"])
        alike = {
            "type": told["type"],
            "client_id": told["client_id"][:255],
            "subject": told["subject"][:64],
            "about": about(orjson.loads(told["detail"])),
        }
        waiting = AlertRow.objects.filter(**alike, acknowledged_at=None)
        if waiting.update(times=F("times") + 1, last_at=instant):
            return
        row = AlertRow.objects.create(
            **alike,
            severity=severity or Severity.NOTICE,
            event=told["id"],
            raised_at=instant,
            last_at=instant,
        )
        if severity is Severity.SERIOUS:
            self.send(row)
