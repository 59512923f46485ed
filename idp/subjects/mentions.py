"""Signs of duplicates: somebody was proven to hold a document that is another account's here.

Found by the document's blind index. What is done about a duplicate is `merging`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from idp.subjects.checks import Check, VerifiedDocument, evidence_of
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import survivor_of
from idp.subjects.links import CLAIMED
from idp.subjects.models import Document, DocumentMention

CLAIM: Final = "claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Two people who seem to be one, by which type of document, and since when that is known."""

    claimant: UUID
    holder: UUID
    document_type: str
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """`claimed` is called in the transaction that tells both of the claim."""

    chain: EvidenceChain

    def claimed(
        self, person_id: UUID, document: VerifiedDocument, check: Check, *, blind: bytes
    ) -> None:
        """Keep what the authority said of a document that stays its holder's: it gives no level."""
        values = {
            **check.values,
            "name": document.holder_name,
            "document_number": document.number,
            "document_type": document.document_type,
            "issuer": document.issuer,
        }
        claim = evidence_of(check, outcome=CLAIMED, values=values)
        evidence_id = self.chain.append(person_id, claim)
        mine = DocumentMention.objects.filter(
            person_id=person_id, document_type=document.document_type, blind_index=blind
        )
        if not mine.update(evidence_id=evidence_id, at=check.checked_at):
            DocumentMention.objects.create(
                person_id=person_id,
                document_type=document.document_type,
                blind_index=blind,
                source=CLAIM,
                evidence_id=evidence_id,
                at=check.checked_at,
            )

    def duplicates(self, *, limit: int = 200) -> tuple[Duplicate, ...]:
        """Pairs of accounts that seem to be one person's, of the latest claims."""
        return tuple(_pairs(DocumentMention.objects.order_by("-at")[:limit]))


def _pairs(rows: Iterable[DocumentMention]) -> Iterable[Duplicate]:
    for row in rows:
        holder = Document.objects.filter(
            document_type=row.document_type,
            blind_index=row.blind_index,
            state=Document.State.LIVE,
        ).first()
        if holder is None:
            continue
        claimant, held_by = survivor_of(row.person_id), survivor_of(holder.person_id)
        if claimant != held_by:
            yield Duplicate(
                claimant=claimant,
                holder=held_by,
                document_type=row.document_type,
                found_at=row.at,
            )
