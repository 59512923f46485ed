"""Giving a person a verified document: one live document has one holder, whoever comes first.

The authority has been asked already; this room only keeps what it answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from connectors.documents.registry import RESIDENT_ID_CARD, mask
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.evidence import EvidenceChain, NewEvidence
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Document, Evidence, Person

_FOR_LIFE: Final = frozenset({RESIDENT_ID_CARD})
"""Types whose number a person keeps for life; passports and permanent resident cards change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedDocument:
    """A document as an authority confirmed it; number and name in canonical form."""

    document_type: str
    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the authority said of it, for the chain."""

    method: str
    authority: str
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    matched_claims: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_level: int = 0


class DocumentHeldByAnother(Exception):
    """The document is another account's. Nothing was kept; both accounts' trails say so."""


class PersonHoldsAnother(Exception):
    """The person is verified already, with another number of a type that is kept for life."""


class Documents:
    """Keeps documents with the evidence that made them true."""

    def __init__(
        self, *, fields: PersonalFields, index: BlindIndex, chain: EvidenceChain, clock: Clock
    ) -> None:
        self._fields = fields
        self._index = index
        self._chain = chain
        self._clock = clock

    def blind(self, document_type: str, number: str) -> bytes:
        """The blind index of a document: what counters and look-ups are keyed by."""
        return self._index.of(f"document.{document_type}", number)

    def keep(
        self, person_id: UUID, document: VerifiedDocument, check: Check, *, client_id: str = ""
    ) -> UUID:
        """Make the document the person's and append the evidence; return the evidence's id.

        Verifying the same document again supersedes the evidence it gave before.

        Raises:
            DocumentHeldByAnother: it is a live document of another account.
            PersonHoldsAnother: a second number of a type that is kept for life is somebody
                else's.
        """
        try:
            with transaction.atomic():
                # Queue on the person: two tabs that verify at once must not both insert.
                Person.objects.select_for_update().get(id=person_id)
                kept = self._claim(person_id, document, now=check.checked_at)
                evidence_id = self._append(person_id, kept, check)
                self._record("document.verified", "success", person_id, client_id, check.method)
        except DocumentHeldByAnother:
            self._tell_both(person_id, document, client_id, check.method)
            raise
        return evidence_id

    def is_holder(self, person_id: UUID, document_type: str, number: str, name: str) -> bool:
        """Whether this is a live document of this very person, in this name (both canonical)."""
        row = Document.objects.filter(
            person_id=person_id,
            document_type=document_type,
            blind_index=self.blind(document_type, number),
            state=Document.State.LIVE,
        ).first()
        if row is None:
            return False
        return self._fields.of(person_id).unseal("document.name", row.sealed_name) == name

    def holder(self, document_type: str, number: str, name: str) -> UUID | None:
        """The person whose live document this is, in this name (both canonical)."""
        row = Document.objects.filter(
            document_type=document_type,
            blind_index=self.blind(document_type, number),
            state=Document.State.LIVE,
        ).first()
        if row is None or not self.is_holder(row.person_id, document_type, number, name):
            return None
        return row.person_id

    def masked(self, person_id: UUID) -> str:
        """The masked number of the newest live document; "" when there is none."""
        row = (
            Document.objects.filter(person_id=person_id, state=Document.State.LIVE)
            .order_by("-created_at")
            .first()
        )
        if row is None:
            return ""
        number = self._fields.of(person_id).unseal("document.number", row.sealed_number)
        return mask(row.document_type, number)

    def _claim(self, person_id: UUID, document: VerifiedDocument, *, now: datetime) -> Document:
        blind = self.blind(document.document_type, document.number)
        live = Document.objects.filter(
            document_type=document.document_type, state=Document.State.LIVE
        )
        mine = live.filter(blind_index=blind, person_id=person_id).first()
        if mine is not None:
            return mine
        if document.document_type in _FOR_LIFE and live.filter(person_id=person_id).exists():
            raise PersonHoldsAnother
        fields = self._fields.of(person_id)
        try:
            with transaction.atomic():
                row = Document.objects.create(
                    person_id=person_id,
                    document_type=document.document_type,
                    blind_index=blind,
                    sealed_number=fields.seal("document.number", document.number),
                    sealed_name=fields.seal("document.name", document.holder_name),
                    valid_until=document.valid_until,
                    created_at=now,
                )
        except IntegrityError as conflict:
            # The unique index is the judge, also between two who verify at the same moment.
            raise DocumentHeldByAnother from conflict
        Person.objects.filter(id=person_id).update(updated_at=now)
        return row

    def _append(self, person_id: UUID, document: Document, check: Check) -> UUID:
        earlier = (
            Evidence.objects.filter(
                person_id=person_id, document=document, method=check.method, evidence=None
            )
            .order_by("-sequence")
            .first()
        )
        return self._chain.append(
            person_id,
            NewEvidence(
                method=check.method,
                authority=check.authority,
                checked_at=check.checked_at,
                provider_code=check.provider_code,
                provider_reference=check.provider_reference,
                matched_claims=check.matched_claims,
                values=check.values,
                identity_level=check.identity_level,
                document_id=document.id,
                supersedes_id=earlier.id if earlier else None,
            ),
        )

    def _tell_both(
        self, person_id: UUID, document: VerifiedDocument, client_id: str, method: str
    ) -> None:
        blind = self.blind(document.document_type, document.number)
        holders = Document.objects.filter(
            document_type=document.document_type, state=Document.State.LIVE, blind_index=blind
        )
        with transaction.atomic():
            self._record("document.held_by_another", "refused", person_id, client_id, method)
            for row in holders:
                self._record(
                    "document.claimed_by_another", "refused", row.person_id, client_id, method
                )

    def _record(
        self, event_type: str, outcome: str, person_id: UUID, client_id: str, method: str
    ) -> None:
        event = AuditEvent(
            type=event_type,
            outcome=outcome,
            subject=str(person_id),
            client_id=client_id,
            detail={"method": method},
        )
        record(event, clock=self._clock)
