"""Accounts that a partner's login opens: who of theirs is who here.

Owns that one identity of a partner opens one account. Whether somebody may be linked is the login's
to judge, and how far a partner's word goes is its connector's.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.families import is_of
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Identifier

_KIND = Identifier.Kind.PARTNER


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLinks:
    """Keeps a partner's name and their subject as an identifier: sealed, found by blind index."""

    fields: PersonalFields
    index: BlindIndex
    clock: Clock

    def holder(self, provider: str, subject: str) -> UUID | None:
        """The person whom the partner means; None for somebody not linked."""
        blind = self._blind(provider, subject)
        row = Identifier.objects.filter(kind=_KIND, blind_index=blind).first()
        return row.person_id if row else None

    def link(self, person_id: UUID, provider: str, subject: str, *, now: datetime) -> bool:
        """Let the partner's login open this account; False when it opens another one already."""
        sealed = self.fields.of(person_id).seal(f"identifier.{_KIND}", f"{provider}\n{subject}")
        try:
            with transaction.atomic():
                Identifier.objects.create(
                    person_id=person_id,
                    kind=_KIND,
                    blind_index=self._blind(provider, subject),
                    sealed_value=sealed,
                    verified_at=now,
                )
                event = AuditEvent(
                    type="person.partner_linked",
                    outcome="success",
                    subject=str(person_id),
                    detail={"partner": provider},
                )
                record(event, clock=self.clock)
        except IntegrityError:
            holder = self.holder(provider, subject)
            return holder is not None and is_of(person_id, holder)
        return True

    def _blind(self, provider: str, subject: str) -> bytes:
        return self.index.of(f"identifier.{_KIND}", f"{provider}\n{subject}")
