"""Reading the trail: newest first, page by page, filtered; and how the chain stands.

Proving the chain is `chain`'s; what an event's words mean belongs to the rooms that wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from idp.foundation.audit.chain import Report, verify_chain
from idp.foundation.audit.models import AuditCheckpoint, AuditRow
from idp.foundation.clock import from_microseconds
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.keys.ring import AUDIT, verification_key

MOST_PROVEN: Final = 200_000
MOST_WAITING: Final = 20_000
"""How many events that wait are counted: counting millions would take longer than all else."""
FILTERS: Final = ("type", "outcome", "client_id", "subject", "operator")
NARROWED_BY: Final = (*FILTERS, "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event."""

    id: int
    at: datetime
    type: str
    outcome: str
    actor: str
    operator: str
    channel: str
    client_id: str
    subject: str
    detail: Mapping[str, Any]
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """How far chain and signatures have come; `waiting` counts to `MOST_WAITING` and one."""

    chained: int
    waiting: int
    signed_until: int
    signed_at: datetime | None

    @property
    def waiting_shown(self) -> str:
        """How many events wait, for people: where a worker runs it is hardly any."""
        return f"{MOST_WAITING}+" if self.waiting > MOST_WAITING else str(self.waiting)


class AuditTrail:
    """`clients` restricts everything to events of these clients; None does not."""

    def page(
        self,
        filters: Mapping[str, str],
        *,
        before: int | None = None,
        clients: frozenset[str] | None = None,
        size: int = 50,
    ) -> list[Told]:
        """The newest events that fit, older than `before`; a type ending in `.` is a prefix."""
        rows = AuditRow.objects.order_by("-id")
        if clients is not None:
            rows = rows.filter(client_id__in=sorted(clients))
        if before is not None:
            rows = rows.filter(id__lt=before)
        for name in NARROWED_BY:
            wanted = filters.get(name, "")
            if wanted:
                is_prefix = name == "type" and wanted.endswith(".")
                rows = rows.filter(**{f"{name}__startswith" if is_prefix else name: wanted})
        return [_told(row) for row in rows[:size]]

    def state(self) -> ChainState:
        last = AuditRow.objects.exclude(seq=None).order_by("-seq").first()
        signed = AuditCheckpoint.objects.order_by("-seq").first()
        return ChainState(
            chained=(last.seq or 0) if last else 0,
            waiting=AuditRow.objects.filter(seq=None)[: MOST_WAITING + 1].count(),
            signed_until=signed.seq if signed else 0,
            signed_at=from_microseconds(signed.at) if signed else None,
        )

    def prove(self) -> Report | None:
        """Prove the whole chain; None where that takes longer than somebody waits."""
        if self.state().chained > MOST_PROVEN:
            return None
        keys = {
            row.kid: verification_key(row) for row in SigningKeyRow.objects.filter(purpose=AUDIT)
        }
        return verify_chain(
            AuditRow.objects.exclude(seq=None).order_by("seq").iterator(chunk_size=2000),
            checkpoints=AuditCheckpoint.objects.order_by("seq"),
            find_key=keys.get,
        )


def _told(row: AuditRow) -> Told:
    return Told(
        id=row.id,
        at=from_microseconds(row.at),
        type=row.type,
        outcome=row.outcome,
        actor=row.actor,
        operator=row.operator,
        channel=row.channel,
        client_id=row.client_id,
        subject=row.subject,
        detail=orjson.loads(row.detail),
        seq=row.seq,
    )
