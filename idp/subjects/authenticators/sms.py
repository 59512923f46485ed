"""A phone that receives text messages: restricted, and worth nothing alone when long unused.

Sending and judging codes is the journey's; here it is judged what a phone just proven is worth for
the account it opens. Networks hand unused numbers to other people.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

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

_AMR = DECLARED[Kind.SMS].amr


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsKind:
    """Implements `AuthenticatorKind`. `answer` is "alone" or "beside" another proof.

    `dormant_after`: a number unused that long proves nothing alone, for it may be somebody else's.
    """

    records: AuthenticatorRecords
    dormant_after: timedelta

    def check(self, shown: Shown) -> Proof:
        row = self.records.row(shown.person_id, Kind.SMS) if shown.person_id else None
        if row is None:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        if shown.answer != "beside" and self.is_dormant(row, now=shown.now):
            raise NotProven(Refusal.DORMANT, person_id=row.person_id)
        self.records.used(row, now=shown.now)
        return Proof(person_id=row.person_id, kind=Kind.SMS, amr=_AMR, authenticator_id=row.id)

    def is_dormant(self, row: Authenticator, *, now: datetime) -> bool:
        return now - (row.last_used_at or row.created_at) >= self.dormant_after

    def rest(self, person_id: UUID, *, now: datetime) -> bool:
        """Let a person's number prove nothing alone from now on, as if it was unused for long."""
        row = self.records.row(person_id, Kind.SMS)
        return row is not None and self.records.used(row, now=now - self.dormant_after)

    def add(self, offer: Offer) -> Added:
        """The person's own number was proven; one that there was is replaced."""
        columns = {"created_at": offer.now, "last_used_at": offer.now}
        held = Authenticator.objects.filter(person_id=offer.person_id, kind=Kind.SMS)
        if held.update(**columns):
            return Added(authenticator_id=held.get().id, amr=_AMR)
        new = NewRow(person_id=offer.person_id, kind=Kind.SMS, now=offer.now)
        return Added(authenticator_id=self.records.keep(new).id, amr=_AMR)
