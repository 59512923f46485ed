"""Separate consents of their own kind (PIPL 14, 29): what a person lets *us* do for one purpose.

Owns the versioned answers and their end. What clients may learn is `consents`'; the words that were
agreed to stand on the page that asks, under the version kept here.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.models import Person, PurposeConsent

if TYPE_CHECKING:
    from django.db.models import QuerySet

FACE: Final = "face_comparison"
"""A face is compared with the photograph that an authority or a chip holds; no picture is kept."""
FACE_NOTICE: Final = "2026-11-26"
"""The version of the words under which a face is compared; changed with them."""
FACE_SIGN_IN: Final = "face_sign_in"
"""A face is compared with the authority's photograph whenever its person signs in with it."""
FACE_SIGN_IN_NOTICE: Final = "2026-11-27"
"""The version of the words under which that is done; who agreed to older ones is asked anew."""
ALONE_FROM: Final = 14
"""Years: below, a guardian consents (PIPL 31)."""


def is_a_child(born: date, today: date) -> bool:
    """Whether somebody is too young to consent alone."""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age < ALONE_FROM


class PurposeConsents:
    """Rows are never changed but for their end: what was agreed to when stays readable."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def give(
        self,
        person_id: UUID,
        purpose: str,
        *,
        notice_version: str,
        given_at: datetime,
        client_id: str = "",
    ) -> UUID:
        """Keep a consent, in place of an earlier one for the purpose; return its id."""
        with transaction.atomic():
            Person.objects.select_for_update().get(id=person_id)
            self._live(person_id, purpose).update(replaced_at=given_at)
            row = PurposeConsent.objects.create(
                person_id=person_id,
                purpose=purpose,
                notice_version=notice_version,
                given_at=given_at,
            )
            self._record("purpose_consent.given", row, client_id=client_id)
        return row.id

    def is_given(self, person_id: UUID, purpose: str, *, notice_version: str) -> bool:
        """Whether the person agreed to this very notice, and did not take it back."""
        return self.live(person_id, purpose, notice_version=notice_version) is not None

    def live(self, person_id: UUID, purpose: str, *, notice_version: str) -> UUID | None:
        """The consent to this very notice that stands; None where there is none."""
        rows = self._live(person_id, purpose).filter(notice_version=notice_version)
        return rows.values_list("id", flat=True).first()

    def withdraw(self, person_id: UUID, purpose: str, *, now: datetime) -> bool:
        """Take a consent back (PIPL 15); False when there was none. Nobody is refused for it."""
        with transaction.atomic():
            row = self._live(person_id, purpose).select_for_update().first()
            if row is None:
                return False
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            self._record("purpose_consent.withdrawn", row)
        return True

    def _live(self, person_id: UUID, purpose: str) -> "QuerySet[PurposeConsent]":
        return PurposeConsent.objects.filter(
            person_id=person_id, purpose=purpose, withdrawn_at=None, replaced_at=None
        )

    def _record(self, event_type: str, row: PurposeConsent, *, client_id: str = "") -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            subject=str(row.person_id),
            client_id=client_id,
            detail={
                "consent": str(row.id),
                "purpose": row.purpose,
                "notice_version": row.notice_version,
            },
        )
        record(event, clock=self._clock)
