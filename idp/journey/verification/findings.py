"""Writing down what a visit found: evidence of a document, or of a person known by a pseudonym."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim
from connectors.visits import VisitResult
from idp.journey.verification.visit_desk import VisitOrder
from idp.subjects.documents import Check, Documents, VerifiedDocument
from idp.subjects.holdings import Holdings
from idp.subjects.network_numbers import NetworkNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`VisitFindings` on the rooms of people."""

    documents: Documents
    holdings: Holdings
    numbers: NetworkNumbers

    def claim_of(self, person_id: UUID, types: frozenset[str]) -> IdentityClaim | None:
        """What the person can be compared by: the newest document they hold of these `types`."""
        document = self.holdings.newest(person_id, types)
        if document is None:
            return None
        told = DOCUMENT_TYPES[document.document_type].parse(document.number).birth_date
        born = told or self.holdings.born_on(person_id, document.document_type)
        return _claimed(document, born)

    def can_compare(self, person_id: UUID, types: frozenset[str]) -> bool:
        """Whether `claim_of` finds anything, without opening it."""
        return self.holdings.has(person_id, types)

    def keep(self, order: VisitOrder, found: VisitResult, check: Check) -> None:
        claim = order.claim
        if claim is None:
            self.numbers.keep(order.person_id, found.pseudonym, check, client_id=order.client_id)
            return
        if found.pseudonym:
            self.numbers.link(
                order.person_id, found.pseudonym, check=check, client_id=order.client_id
            )
        document = VerifiedDocument(
            document_type=claim.document_type,
            number=claim.document_number,
            holder_name=claim.name,
            issuer=claim.nationality or "",
        )
        self.documents.keep(order.person_id, document, check, client_id=order.client_id)


def _claimed(document: VerifiedDocument, birth_date: date | None) -> IdentityClaim:
    return IdentityClaim(
        document_type=document.document_type,
        document_number=document.number,
        name=document.holder_name,
        nationality=document.issuer or None,
        birth_date=birth_date,
    )
