"""A mailbox that receives codes: one factor, and never half of two.

Sending and judging codes is the journey's. A mailbox opens to whoever knows its password, so that
a code from there beside a password proves no second thing (NIST SP 800-63B-4 §3.1.3.1).
"""

from dataclasses import dataclass

from idp.subjects.authenticators.kinds import (
    DECLARED,
    Added,
    Kind,
    NotProven,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.records import AuthenticatorRecords, NewRow
from idp.subjects.models import Authenticator

_AMR = DECLARED[Kind.EMAIL].amr


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailKind:
    """Implements `AuthenticatorKind`. Only an address that was confirmed has a row."""

    records: AuthenticatorRecords

    def check(self, shown: Shown) -> Proof:
        row = self.records.row(shown.person_id, Kind.EMAIL) if shown.person_id else None
        if row is None:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        self.records.used(row, now=shown.now)
        return Proof(person_id=row.person_id, kind=Kind.EMAIL, amr=_AMR, authenticator_id=row.id)

    def add(self, offer: Offer) -> Added:
        """The person's own address was proven; one that there was is replaced."""
        columns = {"created_at": offer.now, "last_used_at": offer.now}
        held = Authenticator.objects.filter(person_id=offer.person_id, kind=Kind.EMAIL)
        if held.update(**columns):
            return Added(authenticator_id=held.get().id, amr=_AMR)
        new = NewRow(person_id=offer.person_id, kind=Kind.EMAIL, now=offer.now)
        return Added(authenticator_id=self.records.keep(new).id, amr=_AMR)
