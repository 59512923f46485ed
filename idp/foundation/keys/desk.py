"""The signing keys as those see them who look after them, and the early change of one.

The rules of a key's life are `rotation`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.keys.rotation import KeyPlan, announce_next
from idp.foundation.sealing import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """One key; `signs_from` is known of the one that waits."""

    kid: str
    purpose: str
    alg: str
    state: str
    created_at: datetime
    activated_at: datetime | None
    retire_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDesk:
    """Of the keys that sign tokens `plan` says which there are and how they change."""

    sealer: Sealer
    clock: Clock
    plan: KeyPlan

    @property
    def algorithms(self) -> Sequence[str]:
        return self.plan.algorithms

    def listed(self) -> list[HeldKey]:
        """Every key, the newest of each purpose and algorithm first."""
        rows = SigningKeyRow.objects.order_by("-purpose", "alg", "-created_at")
        return [
            HeldKey(
                kid=row.kid,
                purpose=row.purpose,
                alg=row.alg,
                state=row.state,
                created_at=row.created_at,
                activated_at=row.activated_at,
                retire_at=row.retire_at,
            )
            for row in rows
        ]

    def announce(self, alg: str, *, operator: str, channel: str = "console") -> str:
        """Publish the successor of an algorithm's key now; its kid.

        Raises:
            KeyError: there are no keys of this algorithm.
        """
        if alg not in self.plan.algorithms:
            raise KeyError(alg)
        with transaction.atomic():
            row = announce_next(self.clock.now(), alg=alg, sealer=self.sealer, plan=self.plan)
            event = AuditEvent(
                type="keys.announced",
                outcome="success",
                operator=operator,
                channel=channel,
                detail={"alg": alg, "kid": row.kid},
            )
            record(event, clock=self.clock)
        return row.kid
