"""Owns delivering what is due: claims, back-off, and giving up; kinds are their handlers'.

Giving up raises an alert, in the transaction that gives up; what a person does then is `dead`'s.

A claim is a lease: a worker that dies gives its messages back when the lease ends, so handlers end
well before it.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet

from idp.foundation.audit import AuditEvent, record_at
from idp.foundation.clock import microseconds
from idp.foundation.outbox.enqueue import OUTBOX_TABLE
from idp.foundation.outbox.models import OutboxMessage, OutboxState

Handler = Callable[[Mapping[str, Any]], None]
_LOG: Final = structlog.get_logger(__name__)


class DeliveryFailed(Exception):
    """A handler's word that a delivery did not succeed.

    Its text must be safe to show to an administrator.
    """

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.retry = retry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """How often deliveries are tried; a retry waits 0.5 to 1.5 times the doubled delay."""

    attempts: int = 10
    first_delay: timedelta = timedelta(seconds=1)
    longest_delay: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(minutes=2)
    seed: str = ""

    def delay(self, message_id: int, attempt: int) -> timedelta:
        """How long to wait after failed ``attempt`` (from 1), the same for the same seed."""
        doubled = min(self.first_delay * 2.0 ** min(attempt - 1, 32), self.longest_delay)
        grain = hashlib.sha256(f"{self.seed}:{message_id}:{attempt}".encode()).digest()
        return doubled * (0.5 + int.from_bytes(grain[:4], "big") / 2**32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What one round did."""

    delivered: int = 0
    postponed: int = 0
    dead: int = 0


def deliver_due(
    handlers: Mapping[str, Handler],
    now: datetime,
    *,
    policy: DeliveryPolicy | None = None,
    limit: int = 20,
) -> Deliveries:
    """Claim up to ``limit`` due messages of the kinds in ``handlers`` and deliver them in turn.

    Call it from as many workers as there are. A message is with one worker at a time as long as
    ``limit`` handlers end within the lease. Not inside a transaction.
    """
    policy = policy or DeliveryPolicy()
    claim = secrets.token_hex(16)
    outcomes = []
    for message_id in _claim(list(handlers), now, claim=claim, lease=policy.lease, limit=limit):
        message = OutboxMessage.objects.get(pk=message_id)
        failure = _deliver(message, handlers[message.kind])
        outcomes.append(_settle(message, failure, now=now, policy=policy))
    return Deliveries(
        delivered=outcomes.count("delivered"),
        postponed=outcomes.count("postponed"),
        dead=outcomes.count("dead"),
    )


def forget_delivered(before: datetime) -> int:
    """Delete delivered messages enqueued before an instant; the number deleted."""
    old = OutboxMessage.objects.filter(state=OutboxState.DONE, enqueued_at__lt=microseconds(before))
    return old.delete()[0]


def _claim(
    kinds: list[str], now: datetime, *, claim: str, lease: timedelta, limit: int
) -> list[int]:
    """Mark due messages as ours until the lease ends; one statement, so nobody comes between."""
    if not kinds:
        return []
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    places = ", ".join(["%s"] * len(kinds))
    statement = (
        f"UPDATE {OUTBOX_TABLE} SET claim = %s, due_at = %s, attempts = attempts + 1 "  # noqa: S608 - constants
        f"WHERE id IN (SELECT id FROM {OUTBOX_TABLE} WHERE state = 'waiting' AND due_at <= %s "
        f"AND kind IN ({places}) ORDER BY due_at, id LIMIT %s{skip}) RETURNING id"
    )
    at, until = microseconds(now), microseconds(now + lease)
    with connection.cursor() as cursor:
        cursor.execute(statement, [claim, until, at, *kinds, limit])
        return sorted(row[0] for row in cursor.fetchall())


def _deliver(message: OutboxMessage, handler: Handler) -> DeliveryFailed | None:
    try:
        handler(orjson.loads(message.payload))
    except DeliveryFailed as failure:
        return failure
    except Exception as error:  # noqa: BLE001 - outermost: one bad message stops no other
        _LOG.exception("outbox handler failed", kind=message.kind, message=message.pk)
        return DeliveryFailed(f"unexpected {type(error).__name__}")
    return None


def _settle(
    message: OutboxMessage,
    failure: DeliveryFailed | None,
    *,
    now: datetime,
    policy: DeliveryPolicy,
) -> str:
    """Write down what became of a message, unless another worker has it by now."""
    mine = OutboxMessage.objects.filter(
        pk=message.pk, claim=message.claim, state=OutboxState.WAITING
    )
    if failure is None:
        mine.update(state=OutboxState.DONE, claim="", last_error="")
        return "delivered"
    reason = str(failure)[:500]
    if not failure.retry or message.attempts >= policy.attempts:
        _give_up(mine, message, reason, now=now)
        return "dead"
    due = microseconds(now + policy.delay(message.pk, message.attempts))
    mine.update(due_at=due, claim="", last_error=reason, attempts=F("attempts"))
    return "postponed"


def _give_up(
    mine: QuerySet[OutboxMessage], message: OutboxMessage, reason: str, *, now: datetime
) -> None:
    """Let a message wait for a person, and tell them so."""
    told = AuditEvent(
        type="alert.delivery_given_up",
        outcome="failure",
        detail={"delivery": message.kind, "message": message.pk, "reason": reason},
    )
    with transaction.atomic():
        at = microseconds(now)
        if mine.update(state=OutboxState.DEAD, claim="", last_error=reason, due_at=at):
            record_at(told, now=now)
