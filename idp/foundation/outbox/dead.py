"""Owns what a person does with dead deliveries: lists them, and gives them their attempts back.

What was to be delivered stays unseen: a payload may tell of people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import IntegrityError, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock, from_microseconds, microseconds
from idp.foundation.outbox.models import OutboxMessage, OutboxState

MOST_AT_ONCE: Final = 200
"""How many are revived in one transaction."""


class Fate(StrEnum):
    """What became of a message that somebody wanted delivered again."""

    REVIVED = "revived"
    SUPERSEDED = "superseded"
    """The same work waits already, under the same key: it is done without this one."""
    NOT_DEAD = "not_dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A delivery that was given up: what kind, why, and when. `reason` is safe to show."""

    id: int
    kind: str
    attempts: int
    reason: str
    enqueued_at: datetime
    died_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """The dead deliveries, for those who run the house."""

    clock: Clock

    def listed(
        self, *, kind: str = "", before: int | None = None, limit: int = MOST_AT_ONCE
    ) -> tuple[DeadLetter, ...]:
        """The dead ones of a kind (or of any), with ids below `before`, the newest first."""
        rows = OutboxMessage.objects.filter(state=OutboxState.DEAD)
        rows = rows.filter(kind=kind) if kind else rows
        rows = rows if before is None else rows.filter(pk__lt=before)
        return tuple(_letter(row) for row in rows.order_by("-pk").defer("payload", "key")[:limit])

    def revive(self, message_ids: Iterable[int], *, operator: str, channel: str) -> dict[int, Fate]:
        """Have them delivered as if they were new, each with its audit event, all or none.

        Raises:
            ValueError: more than `MOST_AT_ONCE`.
        """
        wanted = sorted(set(message_ids))
        if len(wanted) > MOST_AT_ONCE:
            raise ValueError(f"at most {MOST_AT_ONCE} at once")
        with transaction.atomic():
            return {each: self._revive(each, operator, channel) for each in wanted}

    def _revive(self, message_id: int, operator: str, channel: str) -> Fate:
        dead = OutboxMessage.objects.filter(pk=message_id, state=OutboxState.DEAD)
        kind = dead.values_list("kind", flat=True).first()
        fate = revive(message_id, self.clock.now())
        if fate is Fate.REVIVED:
            told = AuditEvent(
                type="delivery.revived",
                outcome="success",
                operator=operator,
                channel=channel,
                detail={"delivery": kind, "message": message_id},
            )
            record(told, clock=self.clock)
        return fate


def revive(message_id: int, now: datetime) -> Fate:
    """Give a dead message its attempts back, unless the same work waits already."""
    dead = OutboxMessage.objects.filter(pk=message_id, state=OutboxState.DEAD)
    try:
        with transaction.atomic():
            changed = dead.update(state=OutboxState.WAITING, attempts=0, due_at=microseconds(now))
    except IntegrityError:
        return Fate.SUPERSEDED
    return Fate.REVIVED if changed else Fate.NOT_DEAD


def forget_dead(before: datetime) -> int:
    """Delete dead messages enqueued before an instant; the number deleted."""
    old = OutboxMessage.objects.filter(state=OutboxState.DEAD, enqueued_at__lt=microseconds(before))
    return old.delete()[0]


def _letter(row: OutboxMessage) -> DeadLetter:
    return DeadLetter(
        id=row.pk,
        kind=row.kind,
        attempts=row.attempts,
        reason=row.last_error,
        enqueued_at=from_microseconds(row.enqueued_at),
        died_at=from_microseconds(row.due_at),
    )
