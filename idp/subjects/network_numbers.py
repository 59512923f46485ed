"""People known by a network number (网号): a pseudonym that stays the same for one person here.

Owns that one number has one account, and the evidence of a person who showed nothing else. Linking
such an account with another is not done here.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.documents import Check, DocumentHeldByAnother, PersonHoldsAnother
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import family
from idp.subjects.fields import PersonalFields
from idp.subjects.links import NewEvidence
from idp.subjects.models import Evidence, Identifier, Person

_KIND = Identifier.Kind.NETWORK_NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkNumbers:
    """Keeps numbers as identifiers: sealed, and found by blind index."""

    fields: PersonalFields
    index: BlindIndex
    chain: EvidenceChain
    clock: Clock

    def holder(self, number: str) -> UUID | None:
        """Whose number it is."""
        row = Identifier.objects.filter(kind=_KIND, blind_index=self._blind(number)).first()
        return row.person_id if row else None

    def link(self, person_id: UUID, number: str, *, check: Check, client_id: str = "") -> None:
        """Make the number the person's; theirs already is no error.

        Raises:
            DocumentHeldByAnother: it is another account's; both accounts' trails say so.
            PersonHoldsAnother: the person has another number, so somebody else was there.
        """
        try:
            with transaction.atomic():
                self._claim(person_id, number, check)
        except DocumentHeldByAnother:
            self._tell_both(person_id, number, client_id)
            raise

    def keep(self, person_id: UUID, number: str, check: Check, *, client_id: str = "") -> UUID:
        """The number proves the person: link it, and append the evidence; return its id.

        Raises:
            DocumentHeldByAnother: as `link`.
            PersonHoldsAnother: as `link`.
        """
        try:
            with transaction.atomic():
                self._claim(person_id, number, check)
                evidence_id = self._append(person_id, check)
                self._record("person.network_number_verified", "success", person_id, client_id)
        except DocumentHeldByAnother:
            self._tell_both(person_id, number, client_id)
            raise
        return evidence_id

    def _append(self, person_id: UUID, check: Check) -> UUID:
        earlier = (
            Evidence.objects.filter(
                person_id=person_id, document=None, method=check.method, evidence=None
            )
            .order_by("-sequence")
            .first()
        )
        return self.chain.append(
            person_id,
            NewEvidence(
                method=check.method,
                authority=check.authority,
                checked_at=check.checked_at,
                provider_code=check.provider_code,
                provider_reference=check.provider_reference,
                circumstances=check.circumstances,
                matched_claims=check.matched_claims,
                values=check.values,
                identity_level=check.identity_level,
                expires_at=check.expires_at,
                supersedes_id=earlier.id if earlier else None,
            ),
        )

    def _claim(self, person_id: UUID, number: str, check: Check) -> None:
        Person.objects.select_for_update().get(id=person_id)
        blind = self._blind(number)
        mine = Identifier.objects.filter(person_id__in=family(person_id), kind=_KIND)
        held = {bytes(row.blind_index) for row in mine}
        if held:
            if blind not in held:
                raise PersonHoldsAnother
            return
        try:
            with transaction.atomic():
                Identifier.objects.create(
                    person_id=person_id,
                    kind=_KIND,
                    blind_index=blind,
                    sealed_value=self.fields.of(person_id).seal(f"identifier.{_KIND}", number),
                    verified_at=check.checked_at,
                )
        except IntegrityError as conflict:
            # The unique index is the judge, also between two who come at the same moment.
            raise DocumentHeldByAnother from conflict

    def _blind(self, number: str) -> bytes:
        return self.index.of(f"identifier.{_KIND}", number)

    def _tell_both(self, person_id: UUID, number: str, client_id: str) -> None:
        holder = self.holder(number)
        with transaction.atomic():
            self._record("document.held_by_another", "refused", person_id, client_id)
            if holder is not None:
                self._record("document.claimed_by_another", "refused", holder, client_id)

    def _record(self, event_type: str, outcome: str, person_id: UUID, client_id: str) -> None:
        event = AuditEvent(
            type=event_type,
            outcome=outcome,
            subject=str(person_id),
            client_id=client_id,
            detail={"method": "network_identity"},
        )
        record(event, clock=self.clock)
