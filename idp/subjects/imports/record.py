"""One person of an export: which fields there are, and what must hold for each.

Judges a row alone; whether its person is known already is `matching`'s.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connectors.documents.document import DocumentNumber, InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.passport import parse_passport
from connectors.documents.registry import DOCUMENT_TYPES, PASSPORT
from idp.foundation.clock import SHANGHAI
from idp.subjects.identifiers import TypedIdentifier, parse_identifier, parse_phone
from idp.subjects.imports.lines import Problem
from idp.subjects.imports.source import Source
from idp.subjects.legacy_passwords import HashError, is_kept_as_it_came, read_digest, uses_salt
from idp.subjects.models import Identifier, Person

LONGEST_ID: Final = 128
LONGEST_SALT: Final = 128
_PLAIN_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_STATUSES: Final = frozenset({Person.Status.ACTIVE.value, Person.Status.FROZEN.value})
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"email": Identifier.Kind.EMAIL, "username": Identifier.Kind.USERNAME}
)
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": "what the source calls the person; needed, and one person's alone",
        "name": "the holder's name; needed with a document",
        "document_type": "one of ours, or one the source's document_types translates",
        "document_number": "its number",
        "document_issuer": "a passport's country, ISO 3166-1 alpha-3",
        "document_valid_until": "its last day, 2030-12-31; left out for 长期 or where unknown",
        "phone": "a mobile number; the mainland's without +86 too",
        "email": "an e-mail address",
        "username": "a name people typed to sign in",
        "password_hash": "bcrypt, PBKDF2 (Django's form), or of the source's password_shape",
        "password_salt": "the salt of that shape, where each row has its own",
        "level": "the identity level the source gave, 0 to 4; its ceiling where left out",
        "verified_at": "when the source checked the document; the import's time where left out",
        "last_login_at": "when the person was last seen; a number long unused proves nothing alone",
        "status": "active (the default) or frozen",
    }
)
"""The fields of a row, by name; anything else is refused, for nobody would miss it."""
_KNOWN: Final = frozenset(FIELDS)


class PersonRecord(NamedTuple):
    """A row that can be kept. Personal data: never logged."""

    line: int
    id: str
    name: str
    document_type: str
    document: DocumentNumber | None
    valid_until: date | None
    identifiers: tuple[TypedIdentifier, ...]
    password: str
    """A whole hash that is kept as it came, or the digest of the source's shape."""
    salt: str
    level: int
    verified_at: datetime | None
    last_login_at: datetime | None
    status: str

    def __repr__(self) -> str:
        return f"PersonRecord(line {self.line})"


class _Row:
    """One row while it is read: takes fields out, and collects what is wrong with them."""

    __slots__ = ("fields", "line", "problems", "source")

    def __init__(self, line: int, fields: Mapping[str, Any], source: Source) -> None:
        self.line = line
        self.fields = fields
        self.source = source
        self.problems: list[Problem] = []

    def wrong(self, field: str, message: str) -> None:
        self.problems.append(Problem(line=self.line, field=field, message=message))

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.wrong(name, "is no text")
        return ""


def read_person(
    line: int, fields: Mapping[str, Any], source: Source
) -> tuple[PersonRecord | None, list[Problem]]:
    """The person of a row, or everything that is wrong with it."""
    row = _Row(line, fields, source)
    if not _KNOWN.issuperset(fields):
        for name in fields.keys() - _KNOWN:
            row.wrong(name[:40], "is no field of a person")
    document_type, document, name = _document(row)
    password, salt = _password(row)
    record = PersonRecord(
        line=line,
        id=_id(row),
        name=name,
        document_type=document_type,
        document=document,
        valid_until=_parsed(row, "document_valid_until", date.fromisoformat, "a day as 2030-12-31"),
        identifiers=_identifiers(row),
        password=password,
        salt=salt,
        level=_level(row),
        verified_at=_parsed(row, "verified_at", _instant, "an instant as 2026-03-01T08:00:00Z"),
        last_login_at=_parsed(row, "last_login_at", _instant, "an instant as 2026-03-01T08:00:00Z"),
        status=_status(row),
    )
    return (None if row.problems else record), row.problems


def _id(row: _Row) -> str:
    found = row.text("id")
    if not found:
        row.wrong("id", "is missing")
    elif len(found) > LONGEST_ID or not found.isprintable():
        row.wrong("id", f"is longer than {LONGEST_ID} characters, or cannot be printed")
    return found


def _document(row: _Row) -> tuple[str, DocumentNumber | None, str]:
    number, written = row.text("document_number"), row.text("document_type")
    name = _name(row)
    if not number and not written:
        return "", None, name
    document_type = row.source.document_type(written)
    if not document_type:
        row.wrong("document_type", "is missing" if not written else "is unknown")
        return "", None, name
    if not name and not any(each.field == "name" for each in row.problems):
        row.wrong("name", "is needed where there is a document")
    try:
        if document_type == PASSPORT:
            return document_type, parse_passport(number, row.text("document_issuer")), name
        return document_type, DOCUMENT_TYPES[document_type].parse(number), name
    except InvalidDocumentNumber as error:
        row.wrong("document_number", f"cannot be one of a {document_type} ({error})")
    return "", None, name


def _name(row: _Row) -> str:
    text = row.text("name")
    if not text:
        return ""
    try:
        return normalise_name(text)
    except InvalidName as error:
        row.wrong("name", f"cannot be one ({error})")
    return ""


def _identifiers(row: _Row) -> tuple[TypedIdentifier, ...]:
    found = []
    if phone := row.text("phone"):
        # Most are written so; what reads any country's takes fifty times as long.
        canonical = f"+86{phone}" if _PLAIN_MOBILE.fullmatch(phone) else parse_phone(phone)
        found.append(TypedIdentifier(kind=Identifier.Kind.PHONE, value=canonical))
        if not canonical:
            row.wrong("phone", "is no mobile number")
    for name, kind in _KINDS.items():
        if text := row.text(name):
            typed = parse_identifier(text)
            if typed is not None and typed.kind == kind:
                found.append(typed)
            elif typed is None or kind != Identifier.Kind.USERNAME:
                row.wrong(name, "cannot be one")
            elif typed.kind not in {each.kind for each in found}:
                found.append(typed)  # many sign in by a phone or an address for their name
    return tuple(found)


def _password(row: _Row) -> tuple[str, str]:
    text = row.text("password_hash")
    shape = row.source.password_shape
    salt = row.fields.get("password_salt", row.source.salt)
    if not text or is_kept_as_it_came(text):
        return text, ""
    if not shape:
        row.wrong("password_hash", "is no bcrypt or PBKDF2, and the source names no password_shape")
        return "", ""
    if not isinstance(salt, str) or len(salt) > LONGEST_SALT:
        row.wrong("password_salt", f"is no text of at most {LONGEST_SALT} characters")
        return "", ""
    if uses_salt(shape) and not salt:
        row.wrong("password_salt", f"is missing: {shape}")
    try:
        return read_digest(text, shape), salt
    except HashError as error:
        row.wrong("password_hash", str(error))
    return "", ""


def _level(row: _Row) -> int:
    """Never above the source's ceiling."""
    text = row.text("level")
    if not text:
        return row.source.ceiling
    if text not in {"0", "1", "2", "3", "4"}:
        row.wrong("level", "is from 0 to 4")
        return 0
    return min(int(text), row.source.ceiling)


def _status(row: _Row) -> str:
    text = row.text("status") or Person.Status.ACTIVE.value
    if text not in _STATUSES:
        row.wrong("status", f"is one of {', '.join(sorted(_STATUSES))}")
    return text


def _parsed(row: _Row, name: str, read: Callable[[str], Any], what: str) -> Any:
    text = row.text(name)
    if not text:
        return None
    try:
        return read(text)
    except ValueError:
        row.wrong(name, f"is not {what}")
    return None


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    """An instant; without a zone, Asia/Shanghai's."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
