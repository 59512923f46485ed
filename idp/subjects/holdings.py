"""Reading what documents a person holds, with number and name: for who must say them once more."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from connectors.documents.registry import IDENTITY_DOCUMENTS
from idp.subjects.documents import VerifiedDocument
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Document
from idp.subjects.rows import read_live_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Opens the sealed fields of live identity documents."""

    fields: PersonalFields
    chain: EvidenceChain

    def born_on(self, person_id: UUID, document_type: str) -> date | None:
        """The birth date that an authority confirmed with a document of this type, newest first."""
        matches = self.chain.matches(person_id, only=lambda row: row.document_type == document_type)
        told = (self.chain.values_of(row).get("birthdate", "") for row in reversed(matches))
        return next((date.fromisoformat(born) for born in told if born), None)

    def has(self, person_id: UUID, types: Container[str]) -> bool:
        """Whether the person holds a live identity document of one of these types."""
        return bool(_live(person_id, types))

    def newest(self, person_id: UUID, types: Container[str]) -> VerifiedDocument | None:
        """The newest of the person's live identity documents of these types."""
        return next(iter(self._opened(_live(person_id, types)[:1])), None)

    def of(self, person_id: UUID) -> tuple[VerifiedDocument, ...]:
        """The person's live identity documents, the newest first."""
        return self._opened(_live(person_id, IDENTITY_DOCUMENTS))

    def _opened(self, rows: list[Document]) -> tuple[VerifiedDocument, ...]:
        opened = {each: self.fields.of(each) for each in {row.person_id for row in rows}}
        return tuple(
            VerifiedDocument(
                document_type=row.document_type,
                number=opened[row.person_id].unseal("document.number", row.sealed_number),
                holder_name=opened[row.person_id].unseal("document.name", row.sealed_name),
                issuer=row.issuer,
                issue_count=row.issue_count,
                valid_until=row.valid_until,
            )
            for row in rows
        )


def _live(person_id: UUID, types: Container[str]) -> list[Document]:
    """Live identity documents of these types, the newest first."""
    found = read_live_documents(person_id)
    rows = [
        row
        for row in found
        if row.document_type in IDENTITY_DOCUMENTS and row.document_type in types
    ]
    return sorted(rows, key=lambda row: row.created_at, reverse=True)
