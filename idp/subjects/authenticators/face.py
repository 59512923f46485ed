"""A face, compared anew at an authority each time: nothing of it is kept, no picture, no template.

Comparing is the journey's; here it is judged what a comparison just made is worth. The row says
that the way exists, and holds what the first comparison left: its reference and its score. It lives
under a consent of its own: without one no row is written, and with the consent the row goes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from idp.subjects.authenticators.kinds import (
    DECLARED,
    Added,
    Kind,
    NotProven,
    NotTaken,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.records import AuthenticatorRecords, NewRow
from idp.subjects.families import family
from idp.subjects.models import Authenticator, Person
from idp.subjects.purpose_consents import FACE_SIGN_IN, FACE_SIGN_IN_NOTICE, PurposeConsents

_AMR: Final = DECLARED[Kind.FACE].amr


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceHeld:
    """A person's way of signing in with their face, as it stands.

    Attributes:
        uses: how often it was used; a comparison counts for the use it was begun for, and no other.
        consent_id: the consent under which faces are compared.
    """

    id: UUID
    uses: int
    consent_id: UUID

    @property
    def use(self) -> str:
        """What a comparison is begun for, to be shown with its result."""
        return _use(self.id, self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceKind:
    """Implements `AuthenticatorKind`. `answer` of a proof is the use that was compared for."""

    records: AuthenticatorRecords
    consents: PurposeConsents

    def held(self, person_id: UUID) -> FaceHeld | None:
        """The person's, under words still in force; None where they would be asked anew."""
        row = self.records.row(person_id, Kind.FACE)
        consent_id = self._agreed(row.person_id) if row is not None else None
        if row is None or consent_id is None:
            return None
        return FaceHeld(id=row.id, uses=row.counter, consent_id=consent_id)

    def check(self, shown: Shown) -> Proof:
        """A comparison made for this very use: of two at once, or a repeated one, one counts."""
        row = self.records.row(shown.person_id, Kind.FACE) if shown.person_id else None
        if row is None or self._agreed(row.person_id) is None:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        is_meant = shown.answer == _use(row.id, row.counter)
        if not is_meant or not self.records.used(row, now=shown.now, counter=row.counter + 1):
            raise NotProven(Refusal.REPLAYED, person_id=row.person_id)
        return Proof(person_id=row.person_id, kind=Kind.FACE, amr=_AMR, authenticator_id=row.id)

    def add(self, offer: Offer) -> Added:
        """`answer` is the reference of the comparison that was made, `secret` its score.

        One under older words gives way.
        """
        # Whoever takes the consent back meanwhile waits, and then removes this, too.
        Person.objects.select_for_update().get(id=offer.person_id)
        consent_id = self._agreed(offer.person_id)
        if consent_id is None:
            raise NotTaken(Refusal.UNCHECKED)
        Authenticator.objects.filter(person_id=offer.person_id, kind=Kind.FACE).delete()
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.FACE,
            now=offer.now,
            secret={"reference": offer.answer, "score": offer.secret, "consent": str(consent_id)},
        )
        return Added(authenticator_id=self.records.keep(new).id, amr=_AMR)

    def _agreed(self, person_id: UUID) -> UUID | None:
        return self.consents.live(person_id, FACE_SIGN_IN, notice_version=FACE_SIGN_IN_NOTICE)


def end_of(person_id: UUID, consents: PurposeConsents, *, now: datetime) -> bool:
    """Take the consent back and remove the way, in the caller's transaction.

    Whether there was anything to end. All of a family's end: it is one person's word.
    """
    is_withdrawn, mine = False, list(family(person_id).values_list("id", flat=True))
    for each in mine:
        is_withdrawn |= consents.withdraw(each, FACE_SIGN_IN, now=now)
    rows = Authenticator.objects.filter(person_id__in=mine, kind=Kind.FACE)
    return bool(rows.delete()[0]) or is_withdrawn


def _use(row_id: UUID, counter: int) -> str:
    return f"{row_id}:{counter}"
