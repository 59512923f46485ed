"""Owns writing an audit event into the very transaction of the change it tells of.

No personal data in clear: people, operators and devices are named by their identifiers. Chaining is
`chain`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection, transaction

from idp.foundation.clock import Clock, microseconds

AUDIT_TABLE: Final = "foundation_auditrow"
AUDIT_INSERT_COLUMNS: Final = (
    "at",
    "type",
    "outcome",
    "actor",
    "operator",
    "device",
    "channel",
    "client_id",
    "subject",
    "detail",
)
AUDIT_INSERT: Final = (
    f"INSERT INTO {AUDIT_TABLE} ({', '.join(AUDIT_INSERT_COLUMNS)}) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' * len(AUDIT_INSERT_COLUMNS))})"
)
_DJANGO_INSERT: Final = AUDIT_INSERT.replace("?", "%s")
_DJANGO_VALUES: Final = f"({', '.join(['%s'] * len(AUDIT_INSERT_COLUMNS))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, with what outcome, and every party to it.

    Parties are identifiers, empty where there is none. ``type`` is a dotted word
    (``login.password``); ``detail`` holds JSON values.
    """

    type: str
    outcome: str
    actor: str = ""
    operator: str = ""
    device: str = ""
    channel: str = ""
    client_id: str = ""
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(*events: AuditEvent, clock: Clock) -> None:
    """Write ``events``, in order, with the change they tell of, in one statement.

    Raises RuntimeError outside a transaction.
    """
    record_at(*events, now=clock.now())


def record_at(*events: AuditEvent, now: datetime) -> None:
    """As `record`, for what is told an instant and no clock."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs in the transaction of its change")
    with connection.cursor() as cursor:
        cursor.execute(*_insertion(events, now))


def write_and_record(
    sql: str, parameters: Sequence[Any], *events: AuditEvent, clock: Clock
) -> None:
    """Run one INSERT or UPDATE and record ``events`` with it, in one transaction.

    On PostgreSQL, outside a transaction, that is one statement and one trip to the server.
    """
    insertion, values = _insertion(events, clock.now())
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"WITH change AS ({sql}) {insertion}", [*parameters, *values])
        return
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.execute(insertion, values)


def _insertion(events: Sequence[AuditEvent], now: datetime) -> tuple[str, list[int | str]]:
    """The one statement that writes them, with its parameters."""
    statement = ", ".join((_DJANGO_INSERT, *(_DJANGO_VALUES for _ in events[1:])))
    return statement, [value for event in events for value in audit_row(event, now)]


def audit_row(event: AuditEvent, now: datetime) -> tuple[int | str, ...]:
    """The parameters for `AUDIT_INSERT`, or for its columns inside a larger statement.

    All are text, except ``at``: whole microseconds since the epoch. The chain's own columns stay
    NULL.
    """
    detail = orjson.dumps(dict(event.detail), option=orjson.OPT_SORT_KEYS).decode()
    texts: tuple[str, ...] = (
        event.type,
        event.outcome,
        event.actor,
        event.operator,
        event.device,
        event.channel,
        event.client_id,
        event.subject,
        detail,
    )
    if any("\x00" in text for text in texts):
        # PostgreSQL keeps no NUL in text: an attacker's byte must not cost us the event.
        texts = tuple(text.replace("\x00", "\ufffd") for text in texts)
    return (microseconds(now), *texts)
