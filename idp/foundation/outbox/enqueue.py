"""Owns putting a delivery into the transaction that makes it due; sending is `delivery`'s."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection

from idp.foundation.clock import Clock, microseconds

OUTBOX_TABLE: Final = "foundation_outboxmessage"
OUTBOX_INSERT_COLUMNS: Final = (
    "kind",
    "key",
    "payload",
    "enqueued_at",
    "due_at",
    "state",
    "attempts",
    "claim",
    "last_error",
)
OUTBOX_INSERT: Final = (
    f"INSERT INTO {OUTBOX_TABLE} ({', '.join(OUTBOX_INSERT_COLUMNS)}) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' * len(OUTBOX_INSERT_COLUMNS))}) ON CONFLICT DO NOTHING"
)
_DJANGO_INSERT: Final = OUTBOX_INSERT.replace("?", "%s")


def enqueue(kind: str, payload: Mapping[str, Any], *, key: str = "", clock: Clock) -> None:
    """Have ``payload`` delivered by the handler of ``kind`` once this transaction commits.

    The same non-empty ``key`` means the same work: while one is undelivered, another is dropped.
    Deliveries arrive at least once, in no promised order. Raises RuntimeError outside a
    transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a delivery belongs in the transaction that makes it due")
    with connection.cursor() as cursor:
        cursor.execute(_DJANGO_INSERT, outbox_row(kind, payload, key=key, now=clock.now()))


def outbox_row(
    kind: str, payload: Mapping[str, Any], *, key: str = "", now: datetime
) -> tuple[int | str, ...]:
    """The parameters for `OUTBOX_INSERT`, or for its columns inside a larger statement."""
    at = microseconds(now)
    return (kind, key, orjson.dumps(dict(payload)).decode(), at, at, "waiting", 0, "", "")
