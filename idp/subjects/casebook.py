"""One person as staff see them: found by a blind index, masked unless it is said otherwise.

Whether somebody may look behind the mask, and that they did, is the console's and the audit's.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.names import mask_name
from connectors.documents.registry import mask, recognise
from idp.foundation.sealing.data_keys import KeyDestroyed, NoDataKey
from idp.subjects.contacts import ContactBook
from idp.subjects.documents import Documents
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import family, survivor_of
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier, mask_identifier, parse_identifier
from idp.subjects.models import Document, Evidence, Identifier, Person
from idp.subjects.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """A document of the person; its number as it may be shown."""

    document_type: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    state: str
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvidence:
    """One link of the chain, without its values."""

    method: str
    authority: str
    outcome: str
    checked_at: datetime
    level: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What staff see of a person."""

    person_id: UUID
    status: str
    created_at: datetime
    level: int
    is_masked: bool
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    contacts: tuple[tuple[str, str], ...] = field(repr=False)
    """Who else is told: kind and value; nobody is found by them."""
    documents: tuple[CaseDocument, ...]
    evidence: tuple[CaseEvidence, ...]

    @property
    def name(self) -> str:
        """Of the live document, else nothing."""
        return next((each.name for each in self.documents if each.state == "live"), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Casebook:
    people: People
    documents: Documents
    chain: EvidenceChain
    fields: PersonalFields
    contacts: ContactBook

    def find(self, typed: str) -> UUID | None:
        """The person of a phone number, e-mail address, user name, document number or id."""
        if (known := _uuid(typed)) is not None:
            return survivor_of(known) if Person.objects.filter(id=known).exists() else None
        found = self._by_document(typed) or self._by_identifier(typed)
        return survivor_of(found) if found else None

    def open(self, person_id: UUID, *, now: datetime, is_masked: bool = True) -> Case | None:
        """What there is of a person; None where nobody has this id."""
        person = Person.objects.filter(id=person_id).first()
        if person is None:
            return None
        return Case(
            person_id=person.id,
            status=person.status,
            created_at=person.created_at,
            level=self.chain.identity_level(person.id, now=now).level,
            is_masked=is_masked,
            identifiers=self._identifiers(person.id, is_masked=is_masked),
            contacts=self._contacts(person.id, is_masked=is_masked),
            documents=self._documents(person.id, is_masked=is_masked),
            evidence=tuple(
                CaseEvidence(
                    method=row.method,
                    authority=row.authority,
                    outcome=row.outcome,
                    checked_at=row.checked_at,
                    level=row.identity_level,
                    operator=row.operator,
                )
                for row in Evidence.objects.filter(person_id__in=family(person.id)).order_by(
                    "-checked_at"
                )[:20]
            ),
        )

    def _by_identifier(self, typed: str) -> UUID | None:
        identifier = parse_identifier(typed)
        return self.people.find(identifier) if identifier else None

    def _by_document(self, typed: str) -> UUID | None:
        for document_type in recognise(typed):
            try:
                index = self.documents.blind(document_type, typed)
            except InvalidDocumentNumber:
                continue
            row = Document.objects.filter(
                document_type=document_type, blind_index=index, state=Document.State.LIVE
            ).first()
            if row is not None:
                return row.person_id
        return None

    def _identifiers(self, person_id: UUID, *, is_masked: bool) -> tuple[tuple[str, str], ...]:
        found = []
        rows = Identifier.objects.filter(person_id__in=family(person_id)).order_by("kind", "id")
        for row in rows:
            value = self._read(row.person_id, f"identifier.{row.kind}", row.sealed_value)
            if value:
                shown = TypedIdentifier(kind=row.kind, value=value)
                found.append((row.kind, mask_identifier(shown) if is_masked else value))
        return tuple(found)

    def _contacts(self, person_id: UUID, *, is_masked: bool) -> tuple[tuple[str, str], ...]:
        try:
            found = self.contacts.every(person_id)
        except (KeyDestroyed, NoDataKey):
            return ()
        return tuple(
            (each.value.kind, each.masked if is_masked else each.value.value) for each in found
        )

    def _documents(self, person_id: UUID, *, is_masked: bool) -> tuple[CaseDocument, ...]:
        found = []
        rows = Document.objects.filter(person_id__in=family(person_id))
        for row in rows.order_by("state", "created_at"):
            number = self._read(row.person_id, "document.number", row.sealed_number)
            name = self._read(row.person_id, "document.name", row.sealed_name)
            if number:
                found.append(
                    CaseDocument(
                        document_type=row.document_type,
                        number=mask(row.document_type, number) if is_masked else number,
                        name=mask_name(name) if is_masked else name,
                        state=row.state,
                        valid_until=row.valid_until,
                    )
                )
        return tuple(found)

    def _read(self, folder_id: UUID, purpose: str, sealed: bytes | memoryview) -> str:
        """One field; "" once the folder's key is destroyed, and with it all of its fields."""
        try:
            return self.fields.of(folder_id).unseal(purpose, sealed)
        except (KeyDestroyed, NoDataKey):
            return ""


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed.strip())
    except ValueError:
        return None
