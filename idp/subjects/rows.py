"""What every login reads of a person, in statements written out: no ORM, nothing per column.

Owns the SQL and how rows become values on either database. What follows from them is
`people`'s; everything else in this room goes through the ORM.
"""

from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from idp.foundation.sealing.models import DataKey
from idp.subjects.models import Authenticator, Document, Identifier, Minor, Person


def _table(model: type[Any]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - Django's documented interface


def _held(kind: str) -> str:
    """Whether the person has an authenticator of this kind."""
    return (
        f"EXISTS (SELECT 1 FROM {_table(Authenticator)} a "  # noqa: S608 - constants
        f"WHERE a.person_id = p.id AND a.kind = '{kind}')"
    )


_PERSON: Final = (
    "SELECT p.status, k.sealed_key, k.destroyed_at, i.sealed_value, d.sealed_name, "  # noqa: S608 - constants
    f"{_held(Authenticator.Kind.PASSWORD.value)}, {_held(Authenticator.Kind.PASSKEY.value)}, "
    f"EXISTS (SELECT 1 FROM {_table(Person)} f WHERE f.merged_into_id = p.id), "
    f"EXISTS (SELECT 1 FROM {_table(Minor)} m WHERE m.person_id = p.id) "
    f"FROM {_table(Person)} p "
    f"LEFT JOIN {_table(DataKey)} k ON k.owner = p.id "
    f"LEFT JOIN {_table(Identifier)} i ON i.id = (SELECT MIN(n.id) FROM {_table(Identifier)} n "
    f"WHERE n.person_id = p.id AND n.kind = '{Identifier.Kind.PHONE.value}') "
    f"LEFT JOIN {_table(Document)} d ON d.id = (SELECT l.id FROM {_table(Document)} l "
    f"WHERE l.person_id = p.id AND l.state = '{Document.State.LIVE.value}' "
    "ORDER BY l.created_at DESC LIMIT 1) WHERE p.id = %s"
)
_FOUND: Final = f"SELECT person_id FROM {_table(Identifier)} WHERE kind = %s AND blind_index = %s"  # noqa: S608 - constants


class PersonRow(NamedTuple):
    """A person with what stands on their pages, still sealed; None for what is not there."""

    status: str
    sealed_key: bytes | None
    is_key_destroyed: bool
    sealed_phone: bytes | None
    sealed_name: bytes | None
    has_password: bool
    has_passkey: bool
    has_folders: bool = False
    """Whether somebody was merged into them."""
    is_minor: bool = False
    """Whether they were proven to be under 14; it may be over by now."""


def find_person(kind: str, blind_index: bytes) -> UUID | None:
    """The person found by an identifier."""
    rows = _read(_FOUND, kind, blind_index)
    return _uuid(rows[0][0]) if rows else None


def read_person(person_id: UUID) -> PersonRow:
    """Read a person in one statement.

    Raises:
        Person.DoesNotExist: there is no such person.
    """
    rows = _read(_PERSON, _parameter(person_id))
    if not rows:
        raise Person.DoesNotExist
    status, key, destroyed_at, phone, name, *is_so = rows[0]
    has_password, has_passkey, has_folders, is_minor = map(bool, is_so)
    return PersonRow(
        status=status,
        sealed_key=_bytes(key),
        is_key_destroyed=destroyed_at is not None,
        sealed_phone=_bytes(phone),
        sealed_name=_bytes(name),
        has_password=has_password,
        has_passkey=has_passkey,
        has_folders=has_folders,
        is_minor=is_minor,
    )


def _read(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _parameter(person_id: UUID) -> object:
    return Person._meta.pk.get_db_prep_value(person_id, connection)  # noqa: SLF001 - the same


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
