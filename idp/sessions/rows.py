"""Sessions and devices in statements written out, for every sign-in and every verification."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from idp.sessions.models import KnownDeviceRow, SessionRow

_TABLE: Final = SessionRow._meta.db_table  # noqa: SLF001 - Django's documented interface
_LIVE: Final = (
    f"SELECT * FROM {_TABLE} WHERE person_id = %s AND ended_at IS NULL AND expires_at > %s"  # noqa: S608 - a constant
)
_RAISE: Final = (
    f"UPDATE {_TABLE} SET identity_level = %s WHERE id = %s AND ended_at IS NULL RETURNING *"  # noqa: S608 - a constant
)
_SHOWN: Final = ("id", "person_id", "tag", "device", "networks", "first_seen_at", "last_month")
_DEVICES: Final = (
    f"SELECT {', '.join(_SHOWN)}, settled_at FROM {KnownDeviceRow._meta.db_table} "  # noqa: S608, SLF001 - constants
    "WHERE person_id = %s"
)
_RAISE_ALL: Final = (
    f"UPDATE {_TABLE} SET identity_level = %s "  # noqa: S608 - a constant
    "WHERE person_id = %s AND ended_at IS NULL AND expires_at > %s RETURNING *"
)


def devices_of(person_id: UUID) -> list[KnownDeviceRow]:
    """A person's devices, without what is sealed of them."""
    return list(KnownDeviceRow.objects.raw(_DEVICES, (_identifier(person_id),)))


def live_rows(person_id: UUID, now: datetime) -> list[SessionRow]:
    """A person's sessions that have not ended; some may have been idle for too long."""
    return list(SessionRow.objects.raw(_LIVE, (_identifier(person_id), _instant(now))))


def raise_level(session_id: UUID, level: int) -> SessionRow | None:
    """Write what identity level was proven in a session; None where it ended by now."""
    # Read to its end: until then the statement, and on SQLite its transaction, goes on.
    rows = list(SessionRow.objects.raw(_RAISE, (level, _identifier(session_id))))
    return rows[0] if rows else None


def raise_all(person_id: UUID, level: int, *, now: datetime) -> list[SessionRow]:
    """The same in all of a person's sessions that have not ended."""
    parameters = (level, _identifier(person_id), _instant(now))
    return list(SessionRow.objects.raw(_RAISE_ALL, parameters))


def _identifier(value: UUID) -> object:
    return SessionRow._meta.pk.get_db_prep_value(value, connection)  # noqa: SLF001 - the same


def _instant(value: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(value)
