"""What we hold of a person, as that person may see it: documents, evidence and agreements.

Reads alone, the folders of those who were merged into them too. Numbers and names come out in the
clear, for their owner; pages mask them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from connectors.documents.registry import mask
from idp.subjects import levels
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import family, folders
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.links import MATCH, proof_of
from idp.subjects.models import Consent, Document, Evidence, PurposeConsent


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """One document. `replaced_at` is set for what it was before a renewal."""

    id: UUID
    document_type: str
    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    issuer: str = ""
    valid_until: date | None = None
    is_live: bool = True
    added_at: datetime
    replaced_at: datetime | None = None

    @property
    def masked_number(self) -> str:
        return mask(self.document_type, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvidence:
    """One check. `level` is what it gives now, 0 for nothing; `until` when that ends."""

    id: UUID
    method: str
    authority: str
    outcome: str
    checked_at: datetime
    document_id: UUID | None
    reference: str
    device: str
    values: Mapping[str, str] = field(repr=False)
    level: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a person let a client know, and what they kept back; `ended_at` None while it holds."""

    client_id: str
    granted: tuple[str, ...]
    declined: tuple[str, ...]
    basis: str
    notice_version: str
    granted_at: datetime
    ended_at: datetime | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPurpose:
    """What a person let us do for one purpose; `ended_at` None while it holds."""

    purpose: str
    notice_version: str
    given_at: datetime
    ended_at: datetime | None = None
    is_withdrawn: bool = False


class OwnRecords:
    """Every method raises KeyDestroyed for a person who was erased, `agreements` excepted."""

    def __init__(self, *, fields: PersonalFields, chain: EvidenceChain) -> None:
        self._fields = fields
        self._chain = chain

    def documents(self, person_id: UUID) -> tuple[OwnDocument, ...]:
        """The live ones first, then what they were before, the latest first."""
        opened = self._opened(person_id)
        rows = Document.objects.filter(person_id__in=opened).exclude(sealed_number=b"")
        found = [
            OwnDocument(
                id=row.id,
                document_type=row.document_type,
                number=opened[row.person_id].unseal("document.number", row.sealed_number),
                holder_name=opened[row.person_id].unseal("document.name", row.sealed_name),
                issuer=row.issuer,
                valid_until=row.valid_until,
                is_live=row.state == Document.State.LIVE,
                added_at=row.created_at,
                replaced_at=row.replaced_at,
            )
            for row in rows.order_by("-created_at", "id")
        ]
        return tuple(sorted(found, key=lambda each: not each.is_live))

    def evidence(self, person_id: UUID, *, now: datetime) -> tuple[OwnEvidence, ...]:
        """Every check, the latest first, with what those that stand are worth."""
        opened = self._opened(person_id)
        standing = [proof_of(row) for row in self._chain.live(person_id, now=now)]
        worth: dict[UUID, levels.Judged] = {}
        for judged in levels.judgements(standing, now=now):
            kept = worth.get(judged.proof.evidence_id)
            if kept is None or judged.level > kept.level:
                worth[judged.proof.evidence_id] = judged
        rows = Evidence.objects.filter(person_id__in=opened, outcome=MATCH)
        return tuple(
            OwnEvidence(
                id=row.id,
                method=row.method,
                authority=row.authority,
                outcome=row.outcome,
                checked_at=row.checked_at,
                document_id=row.document_id,
                reference=row.provider_reference,
                device=row.device,
                values=self._chain.values_of(row, opened=opened[row.person_id]),
                level=worth[row.id].level if row.id in worth else 0,
                until=worth[row.id].until if row.id in worth else None,
            )
            for row in rows.order_by("-checked_at", "-sequence")
        )

    def agreements(self, person_id: UUID, *, client_id: str = "") -> tuple[Agreement, ...]:
        """All a person ever agreed to, the latest first; with one client where it is named."""
        rows = Consent.objects.filter(person_id__in=family(person_id))
        if client_id:
            rows = rows.filter(client_id=client_id)
        return tuple(_agreement(row) for row in rows.order_by("-granted_at", "id"))

    def purposes(self, person_id: UUID) -> tuple[OwnPurpose, ...]:
        """The separate consents a person ever gave us, the latest first."""
        rows = PurposeConsent.objects.filter(person_id__in=family(person_id))
        return tuple(
            OwnPurpose(
                purpose=row.purpose,
                notice_version=row.notice_version,
                given_at=row.given_at,
                ended_at=row.withdrawn_at or row.replaced_at,
                is_withdrawn=row.withdrawn_at is not None,
            )
            for row in rows.order_by("-given_at", "id")
        )

    def _opened(self, person_id: UUID) -> dict[UUID, OpenFields]:
        """The keys of the person and of those merged into them, by whose folder they open."""
        return {each: self._fields.of(each) for each in (person_id, *folders(person_id))}


def _agreement(row: Consent) -> Agreement:
    granted = {*row.scope, *row.userinfo_claims, *row.id_token_claims}
    offered = {*row.offered_scope, *row.offered_userinfo_claims, *row.offered_id_token_claims}
    return Agreement(
        client_id=row.client_id,
        granted=tuple(sorted(granted)),
        declined=tuple(sorted(offered - granted)),
        basis=row.basis,
        notice_version=row.notice_version,
        granted_at=row.granted_at,
        ended_at=row.withdrawn_at or row.replaced_at,
        is_withdrawn=row.withdrawn_at is not None,
    )
