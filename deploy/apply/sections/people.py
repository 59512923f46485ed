"""The section `people`: made-up accounts, in the development profile alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.registry import DOCUMENT_TYPES
from deploy.apply.document import Node
from deploy.apply.reading import read_entry
from deploy.apply.section import RefusedError
from idp.conf import Profile
from idp.foundation.clock import Clock
from idp.subjects.documents import (
    Check,
    DocumentHeldByAnother,
    Documents,
    PersonHoldsAnother,
    SupplementaryAlone,
    VerifiedDocument,
)
from idp.subjects.identifiers import TypedIdentifier, parse_phone
from idp.subjects.models import Document, Identifier
from idp.subjects.passwords import Passwords, PasswordUnacceptable
from idp.subjects.people import People

_METHOD = "population_two_factor"
_AUTHORITY = "declared"  # nobody was asked: the chain says so
_LEVEL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDocument:
    """A document the person is taken to have proven."""

    type: str
    number: str = field(repr=False)
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPerson:
    """An account, found by its phone; with documents, a verified one."""

    phone: str
    password: str = field(default="", repr=False, metadata={"secret": True})
    name: str = ""
    documents: tuple[DeclaredDocument, ...] = ()


class PeopleSection:
    """Reads, compares and keeps declared people."""

    def __init__(
        self, *, people: People, documents: Documents, profile: Profile, clock: Clock
    ) -> None:
        """Take the rooms that keep people and documents."""
        self._people = people
        self._documents = documents
        self._profile = profile
        self._clock = clock

    def read(self, node: Node) -> DeclaredPerson:
        """Return the person a node declares."""
        return read_entry(DeclaredPerson, node)

    def key(self, entry: DeclaredPerson) -> str:
        """A person is named by their phone."""
        return parse_phone(entry.phone) or entry.phone

    def check(self, entry: DeclaredPerson) -> Iterable[tuple[str, str]]:
        """Yield what is wrong with the entry, or with declaring people here at all."""
        if self._profile is not Profile.DEVELOPMENT:
            yield "", "people are declared in the development profile only"
        if not parse_phone(entry.phone):
            yield "phone", "is no mobile number"
        if entry.documents and not entry.name:
            yield "name", "is needed where there are documents"
        if entry.password:
            try:
                Passwords().hash(entry.password)
            except PasswordUnacceptable as error:
                yield "password", f"cannot be a password ({error})"
        for document in entry.documents:
            if problem := _problem_of(document):
                yield "documents", problem

    def current(self, key: str) -> Any | None:
        """Return the person's id, or None."""
        return self._people.find(TypedIdentifier(kind=Identifier.Kind.PHONE, value=key))

    def differences(self, current: Any | None, wanted: DeclaredPerson) -> tuple[str, ...]:
        """Name what would be added; a password is only told to differ."""
        lines = []
        if wanted.password and (
            current is None or not self._people.is_password_of(current, wanted.password)
        ):
            lines.append("password: ***")
        lines += [
            f"document: {document.type}"
            for document in wanted.documents
            if current is None or not _holds(current, document.type)
        ]
        return tuple(lines)

    def store(self, entry: DeclaredPerson) -> None:
        """Open the account where there is none, and give it what it lacks."""
        now = self._clock.now()
        phone = self.key(entry)
        person_id, _ = self._people.find_or_register(phone, client_id="", now=now)
        if entry.password and not self._people.is_password_of(person_id, entry.password):
            self._people.set_password(person_id, entry.password, now=now)
        for document in entry.documents:
            if _holds(person_id, document.type):
                continue
            kept, check = _proven(entry.name, document, now=now)
            try:
                self._documents.keep(person_id, kept, check)
            except (DocumentHeldByAnother, PersonHoldsAnother) as error:
                raise RefusedError(
                    f"people {phone}: the {document.type} is another person's, or they have one"
                ) from error
            except SupplementaryAlone as error:
                raise RefusedError(
                    f"people {phone}: a {document.type} is never enough alone, declare it last"
                ) from error


def _holds(person_id: UUID, document_type: str) -> bool:
    return Document.objects.filter(
        person_id=person_id, document_type=document_type, state=Document.State.LIVE
    ).exists()


def _problem_of(document: DeclaredDocument) -> str:
    if document.type not in DOCUMENT_TYPES:
        return f"type {document.type} is unknown; known are {', '.join(sorted(DOCUMENT_TYPES))}"
    try:
        DOCUMENT_TYPES[document.type].parse(document.number)
    except InvalidDocumentNumber as error:
        return f"the number of the {document.type} cannot be one ({error})"
    return ""


def _proven(
    name: str, document: DeclaredDocument, *, now: datetime
) -> tuple[VerifiedDocument, Check]:
    read = DOCUMENT_TYPES[document.type].parse(document.number)
    values = {"name": name, "document_number": read.number}
    if read.birth_date:
        values["birthdate"] = read.birth_date.isoformat()
    if read.sex:
        values["gender"] = read.sex.value
    kept = VerifiedDocument(
        document_type=document.type,
        number=read.number,
        holder_name=name,
        valid_until=document.valid_until,
    )
    check = Check(
        method=_METHOD,
        authority=_AUTHORITY,
        checked_at=now,
        matched_claims=("name", "document_number"),
        values=values,
        identity_level=_LEVEL,
    )
    return kept, check
