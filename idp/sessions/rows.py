"""Sessions and devices in statements written out, for every sign-in and every verification."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from idp.foundation.database.reading import columns_of, rows_of
from idp.sessions.models import KnownDeviceRow, SessionRow

_TABLE: Final = SessionRow._meta.db_table  # noqa: SLF001 - Django's documented interface
_COLUMNS: Final = columns_of(SessionRow)
_LIVE: Final = (
    f"SELECT {_COLUMNS} FROM {_TABLE} WHERE person_id = %s AND ended_at IS NULL AND expires_at > %s"  # noqa: S608 - a constant
)
_RAISE: Final = (
    f"UPDATE {_TABLE} SET identity_level = %s "  # noqa: S608 - a constant
    f"WHERE id = %s AND ended_at IS NULL RETURNING {_COLUMNS}"
)
_SHOWN: Final = (
    "id",
    "person_id",
    "tag",
    "device",
    "networks",
    "first_seen_at",
    "last_month",
    "settled_at",
)
_DEVICES: Final = (
    f"SELECT {columns_of(KnownDeviceRow, *_SHOWN)} FROM {KnownDeviceRow._meta.db_table} "  # noqa: S608, SLF001 - constants
    "WHERE person_id = %s"
)
_RAISE_ALL: Final = (
    f"UPDATE {_TABLE} SET identity_level = %s "  # noqa: S608 - a constant
    f"WHERE person_id = %s AND ended_at IS NULL AND expires_at > %s RETURNING {_COLUMNS}"
)


def devices_of(person_id: UUID) -> list[KnownDeviceRow]:
    """A person's devices, without what is sealed of them."""
    return rows_of(KnownDeviceRow, _DEVICES, (_identifier(person_id),), only=_SHOWN)


def live_rows(person_id: UUID, now: datetime) -> list[SessionRow]:
    """A person's sessions that have not ended; some may have been idle for too long."""
    return rows_of(SessionRow, _LIVE, (_identifier(person_id), _instant(now)))


def raise_level(session_id: UUID, level: int) -> SessionRow | None:
    """Write what identity level was proven in a session; None where it ended by now."""
    rows = rows_of(SessionRow, _RAISE, (level, _identifier(session_id)))
    return rows[0] if rows else None


def raise_all(person_id: UUID, level: int, *, now: datetime) -> list[SessionRow]:
    """The same in all of a person's sessions that have not ended."""
    parameters = (level, _identifier(person_id), _instant(now))
    return rows_of(SessionRow, _RAISE_ALL, parameters)


def _identifier(value: UUID) -> object:
    return SessionRow._meta.pk.get_db_prep_value(value, connection)  # noqa: SLF001 - the same


def _instant(value: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(value)
