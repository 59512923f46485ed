"""What every login and check reads of a person, in statements written out.

No ORM composes them anew. Owns the SQL and how rows become values on either database. What follows
from them is `people`'s and `evidence`'s; everything else in this room goes through the ORM.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from idp.foundation.clock import in_utc
from idp.foundation.database.reading import columns_of, rows_of, rows_of_ids
from idp.foundation.sealing.models import DataKey
from idp.subjects.models import (
    Authenticator,
    Document,
    Evidence,
    Identifier,
    LevelRow,
    Minor,
    Person,
    PhoneChange,
    SelfDescription,
)


def _table(model: type[Any]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - Django's documented interface


def _held(kind: str) -> str:
    """Whether the person has an authenticator of this kind."""
    return (
        f"EXISTS (SELECT 1 FROM {_table(Authenticator)} a "  # noqa: S608 - constants
        f"WHERE a.person_id = p.id AND a.kind = '{kind}')"
    )


_PERSON: Final = (
    "SELECT p.status, k.sealed_key, k.destroyed_at, i.sealed_value, e.sealed_value, "  # noqa: S608 - constants
    f"d.sealed_name, {_held(Authenticator.Kind.PASSWORD.value)}, "
    f"{_held(Authenticator.Kind.PASSKEY.value)}, "
    f"EXISTS (SELECT 1 FROM {_table(Person)} f WHERE f.merged_into_id = p.id), "
    f"EXISTS (SELECT 1 FROM {_table(Minor)} m WHERE m.person_id = p.id) "
    f"FROM {_table(Person)} p "
    f"LEFT JOIN {_table(DataKey)} k ON k.owner = p.id "
    f"LEFT JOIN {_table(Identifier)} i ON i.id = (SELECT MIN(n.id) FROM {_table(Identifier)} n "
    f"WHERE n.person_id = p.id AND n.kind = '{Identifier.Kind.PHONE.value}') "
    f"LEFT JOIN {_table(Identifier)} e ON e.id = (SELECT MIN(m.id) FROM {_table(Identifier)} m "
    f"WHERE m.person_id = p.id AND m.kind = '{Identifier.Kind.EMAIL.value}' "
    "AND m.verified_at IS NOT NULL) "
    f"LEFT JOIN {_table(Document)} d ON d.id = (SELECT l.id FROM {_table(Document)} l "
    f"WHERE l.person_id = p.id AND l.state = '{Document.State.LIVE.value}' "
    "ORDER BY l.created_at DESC LIMIT 1) WHERE p.id = %s"
)
_FOUND: Final = f"SELECT person_id FROM {_table(Identifier)} WHERE kind = %s AND blind_index = %s"  # noqa: S608 - constants
_FAMILY: Final = f"(SELECT f.id FROM {_table(Person)} f WHERE f.id = %s OR f.merged_into_id = %s)"  # noqa: S608 - constants
_EVIDENCE: Final = (
    "SELECT e.id, e.person_id, e.outcome, e.supersedes_id, e.method, e.authority, e.checked_at, "  # noqa: S608 - constants
    "e.identity_level, e.expires_at, e.circumstances, e.device, e.operator, e.document_id, "
    "d.document_type, d.valid_until, d.state, d.person_id, e.sequence, e.hash "
    f"FROM {_table(Evidence)} e LEFT JOIN {_table(Document)} d ON d.id = e.document_id "
    f"WHERE e.person_id IN {_FAMILY} ORDER BY e.sequence, e.checked_at"
)
_TURN: Final = f"SELECT id FROM {_table(Person)} WHERE id = %s FOR UPDATE"  # noqa: S608 - constants
_HEAD: Final = (
    "SELECT k.sealed_key, k.destroyed_at, l.person_id IS NOT NULL, l.level, l.until "  # noqa: S608 - constants
    f"FROM {_table(Person)} p LEFT JOIN {_table(DataKey)} k ON k.owner = p.id "
    f"LEFT JOIN {_table(LevelRow)} l ON l.person_id = p.id WHERE p.id = %s"
)
_SET_LEVEL: Final = f"UPDATE {_table(LevelRow)} SET level = %s, until = %s WHERE person_id = %s"  # noqa: S608 - constants
_DOCUMENTS: Final = (
    f"SELECT {columns_of(Document)} FROM {_table(Document)} WHERE person_id IN {_FAMILY} "  # noqa: S608 - constants
    f"AND state = '{Document.State.LIVE.value}'"
)
_DESCRIPTION: Final = f"SELECT sealed_values FROM {_table(SelfDescription)} WHERE person_id = %s"  # noqa: S608 - constants
_CHANGED: Final = f"UPDATE {_table(Person)} SET updated_at = %s WHERE id = %s"  # noqa: S608 - constants
_ADMISSION: Final = (
    f"SELECT p.status, p.merged_into_id, s.status FROM {_table(Person)} p "  # noqa: S608 - constants
    f"LEFT JOIN {_table(Person)} s ON s.id = p.merged_into_id WHERE p.id = %s"
)
_ACCOUNT: Final = (
    "SELECT p.created_at, i.verified_at, e.verified_at, i.blind_index, e.blind_index "  # noqa: S608 - constants
    f"FROM {_table(Person)} p LEFT JOIN {_table(Identifier)} i ON i.id = "
    f"(SELECT MIN(n.id) FROM {_table(Identifier)} n WHERE n.person_id = p.id "
    f"AND n.kind = '{Identifier.Kind.PHONE.value}') "
    f"LEFT JOIN {_table(Identifier)} e ON e.id = (SELECT MIN(m.id) FROM {_table(Identifier)} m "
    f"WHERE m.person_id = p.id AND m.kind = '{Identifier.Kind.EMAIL.value}') WHERE p.id = %s"
)
_KINDS: Final = (
    f"SELECT kind, is_hardware_bound FROM {_table(Authenticator)} WHERE person_id IN {_FAMILY}"  # noqa: S608 - constants
)
_AUTHENTICATORS: Final = (
    f"SELECT {columns_of(Authenticator)} FROM {_table(Authenticator)} "  # noqa: S608 - constants
    f"WHERE person_id IN {_FAMILY} AND kind = %s"
)
_USED: Final = (
    f"UPDATE {_table(Authenticator)} "  # noqa: S608 - constants
    "SET last_used_at = %s, counter = %s, drift = %s, is_backed_up = %s "
    "WHERE id = %s AND counter = %s"
)
_BY_HANDLE: Final = (
    f"SELECT {columns_of(Authenticator)} FROM {_table(Authenticator)} "  # noqa: S608 - constants
    "WHERE kind = %s AND handle = %s"
)
_PHONE_CHANGE: Final = (
    f"SELECT id, person_id, due_at FROM {_table(PhoneChange)} "  # noqa: S608 - constants
    f"WHERE blind_index = %s AND state = '{PhoneChange.State.WAITING.value}' "
    "ORDER BY asked_at DESC LIMIT 1"
)


class EvidenceRow(NamedTuple):
    """A link of the chain as the level rules need it, beside its document; nothing sealed."""

    id: UUID
    person_id: UUID
    outcome: str
    supersedes_id: UUID | None
    method: str
    authority: str
    checked_at: datetime
    identity_level: int
    expires_at: datetime | None
    circumstances: tuple[str, ...]
    device: str
    operator: str
    document_id: UUID | None
    document_type: str
    valid_until: date | None
    document_state: str
    document_person_id: UUID | None
    sequence: int
    hash: bytes


class ChainHead(NamedTuple):
    """What whoever appends to a chain needs beside its links; `level` is the one known so far."""

    sealed_key: bytes | None
    is_key_destroyed: bool
    has_level: bool
    level: int | None
    until: datetime | None


class AccountRow(NamedTuple):
    """Since when a person is known and reached; indexes are empty for what is not there."""

    created_at: datetime
    phone_verified_at: datetime | None
    email_verified_at: datetime | None
    phone_index: bytes
    email_index: bytes


class PersonRow(NamedTuple):
    """A person with what stands on their pages, still sealed; None for what is not there."""

    status: str
    sealed_key: bytes | None
    is_key_destroyed: bool
    sealed_phone: bytes | None
    sealed_email: bytes | None
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
    status, key, destroyed_at, phone, email, name, *is_so = rows[0]
    has_password, has_passkey, has_folders, is_minor = map(bool, is_so)
    return PersonRow(
        status=status,
        sealed_key=_bytes(key),
        is_key_destroyed=destroyed_at is not None,
        sealed_phone=_bytes(phone),
        sealed_email=_bytes(email),
        sealed_name=_bytes(name),
        has_password=has_password,
        has_passkey=has_passkey,
        has_folders=has_folders,
        is_minor=is_minor,
    )


def read_admission(person_id: UUID) -> tuple[str, UUID | None, str | None]:
    """A person's status, whom they were merged into, and that one's status.

    Raises:
        Person.DoesNotExist: there is no such person.
    """
    rows = _read(_ADMISSION, _parameter(person_id))
    if not rows:
        raise Person.DoesNotExist
    status, survivor, their_status = rows[0]
    return status, _uuid_if_any(survivor), their_status


def read_account(person_id: UUID) -> AccountRow:
    """Since when an account is there, and its phone and address are proven, and their indexes.

    Raises:
        Person.DoesNotExist: there is no such person.
    """
    rows = _read(_ACCOUNT, _parameter(person_id))
    if not rows:
        raise Person.DoesNotExist
    created_at, phone_at, email_at, phone, email = rows[0]
    return AccountRow(
        created_at=in_utc(created_at),
        phone_verified_at=phone_at and in_utc(phone_at),
        email_verified_at=email_at and in_utc(email_at),
        phone_index=_bytes(phone) or b"",
        email_index=_bytes(email) or b"",
    )


def read_kinds(person_id: UUID) -> list[tuple[str, bool]]:
    """The kinds of the family's authenticators, and whether each is bound to hardware."""
    person = _parameter(person_id)
    return [(kind, bool(is_bound)) for kind, is_bound in _read(_KINDS, person, person)]


def read_authenticators(person_id: UUID, kind: str) -> list[Authenticator]:
    """The family's authenticators of a kind."""
    person = _parameter(person_id)
    return rows_of(Authenticator, _AUTHENTICATORS, (person, person, kind))


def read_authenticator(kind: str, handle: bytes) -> Authenticator | None:
    """The one authenticator of this handle."""
    return next(iter(rows_of(Authenticator, _BY_HANDLE, (kind, handle))), None)


def write_use(
    row: Authenticator, *, now: datetime, counter: int, drift: int, is_backed_up: bool
) -> bool:
    """Write one use; False when the row was used or removed since it was read."""
    changed = (_instant(now), counter, drift, is_backed_up)
    return _write(_USED, *changed, _parameter(row.id), row.counter) == 1


def read_phone_change(blind_index: bytes) -> tuple[UUID, UUID, datetime] | None:
    """The last change that waits for a number: its id, whose it is, when it is due."""
    rows = _read(_PHONE_CHANGE, blind_index)
    if not rows:
        return None
    change_id, person_id, due_at = rows[0]
    return _uuid(change_id), _uuid(person_id), in_utc(due_at)


def read_evidence(person_id: UUID) -> list[EvidenceRow]:
    """Every link of the family's chains, in the order of their numbers, in one statement."""
    person = _parameter(person_id)
    return [_evidence(*values) for values in _read(_EVIDENCE, person, person)]


def read_links(ids: Collection[UUID]) -> list[Evidence]:
    """Whole links, with their documents and what is sealed; in no order."""
    links = rows_of_ids(Evidence, ids)
    papers = {link.document_id for link in links if link.document_id is not None}
    known = {each.id: each for each in rows_of_ids(Document, papers)}
    for link in links:
        if link.document_id in known:
            link.document = known[link.document_id]
    return links


def take_turn(person_id: UUID) -> ChainHead:
    """Have everybody else who appends wait until the transaction ends; then read the chain's head.

    Two statements on PostgreSQL: what stands beside the locked row would be read as it was before
    the wait. On SQLite a transaction that writes is alone from its beginning.

    Raises:
        Person.DoesNotExist: there is no such person.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a turn ends with its transaction")
    person = _parameter(person_id)
    if connection.features.has_select_for_update:
        _read(_TURN, person)
    rows = _read(_HEAD, person)
    if not rows:
        raise Person.DoesNotExist
    key, destroyed_at, has_level, level, until = rows[0]
    return ChainHead(
        sealed_key=_bytes(key),
        is_key_destroyed=destroyed_at is not None,
        has_level=bool(has_level),
        level=level,
        until=in_utc(until) if until else None,
    )


def write_level(person_id: UUID, level: int, until: datetime | None) -> None:
    """Write the level that was computed, where one was before."""
    _write(_SET_LEVEL, level, _instant(until), _parameter(person_id))


def read_live_documents(person_id: UUID) -> list[Document]:
    """The live documents of the person and their folders."""
    person = _parameter(person_id)
    return rows_of(Document, _DOCUMENTS, (person, person))


def read_description(person_id: UUID) -> bytes | None:
    """What the person said of themselves, sealed; None where nothing was said."""
    rows = _read(_DESCRIPTION, _parameter(person_id))
    return _bytes(rows[0][0]) if rows else None


def note_change(person_id: UUID, now: datetime) -> None:
    """Write when something of the person last changed."""
    _write(_CHANGED, _instant(now), _parameter(person_id))


def _evidence(*values: Any) -> EvidenceRow:
    """The row of a statement's values, as either database gives them."""
    row = EvidenceRow(*values)
    told: Any = row.circumstances
    return row._replace(
        id=_uuid(row.id),
        person_id=_uuid(row.person_id),
        supersedes_id=_uuid_if_any(row.supersedes_id),
        checked_at=in_utc(row.checked_at),
        expires_at=in_utc(row.expires_at) if row.expires_at else None,
        circumstances=tuple(orjson.loads(told) if isinstance(told, str) else told),
        document_id=_uuid_if_any(row.document_id),
        document_type=row.document_type or "",
        document_state=row.document_state or "",
        document_person_id=_uuid_if_any(row.document_person_id),
        hash=_bytes(row.hash) or b"",
    )


def _read(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _write(sql: str, *parameters: Any) -> int:
    """How many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _instant(value: datetime | None) -> object:
    return connection.ops.adapt_datetimefield_value(value)


def _parameter(key: UUID) -> object:
    return Person._meta.pk.get_db_prep_value(key, connection)  # noqa: SLF001 - the same


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _uuid_if_any(value: Any) -> UUID | None:
    return None if value is None else _uuid(value)
