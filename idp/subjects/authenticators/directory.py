"""A person's authenticators as one: which they have, what these reach, adding and removing.

Every change is one transaction with its audit event and a notice to every address of the person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.authenticators.face import end_of
from idp.subjects.authenticators.kinds import (
    DECLARED,
    Added,
    AuthenticatorKind,
    Kind,
    NotProven,
    NotTaken,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.levels import aal_of, completed, proven_by, reachable_aal
from idp.subjects.authenticators.records import AuthenticatorRecords, Held
from idp.subjects.authenticators.sms import SmsKind
from idp.subjects.models import Person
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices
from idp.subjects.purpose_consents import PurposeConsents

_ADDED_BY_PERSON: Final = frozenset(Kind) - {Kind.SMS, Kind.EMAIL}
"""What is added by a page of its own; a number or an address is proven by a code first."""
_OPENS: Final = frozenset({Kind.SMS, Kind.PASSKEY})
"""What says by itself whose account it opens: a code of an app or a password needs a name."""


_RESETTABLE: Final = frozenset({Kind.EMAIL, Kind.PASSWORD, Kind.FACE, Kind.RECOVERY_CODE})
"""What a mailbox is enough to set anew where the account holds nothing else."""
LITTLE: Final = DECLARED[Kind.EMAIL].amr | DECLARED[Kind.FACE].amr
"""What signs in to services, and changes nothing of the account."""


class LastOfItsLevel(Exception):
    """Without it the account could not be entered at its level any more: add another first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticators:
    """`kinds` are those that are switched on, each with its service; the others cannot be used."""

    kinds: Mapping[Kind, AuthenticatorKind]
    records: AuthenticatorRecords
    notices: SecurityNotices
    clock: Clock
    consents: PurposeConsents
    has_attestation: bool = False

    @property
    def highest(self) -> int:
        """The authentication level that somebody could reach here."""
        return reachable_aal(self.kinds, with_attestation=self.has_attestation)

    def of(self, person_id: UUID) -> tuple[Held, ...]:
        """A person's authenticators of the kinds in use, oldest first."""
        return tuple(each for each in self.records.of(person_id) if each.kind in self.kinds)

    def reach(self, held: tuple[Held, ...], *, proven: frozenset[str] = frozenset()) -> int:
        """The level these reach together with what is proven, without what counts for none."""
        for each in held:
            if DECLARED[each.kind].counts:
                proven |= each.amr
        return aal_of(proven)

    def reach_of(self, person_id: UUID) -> tuple[int, bool]:
        """The level a person's authenticators reach, and whether one of them resists phishing."""
        held = [each for each in self.records.proving(person_id) if each[0] in self.kinds]
        proven: frozenset[str] = frozenset()
        for kind, amr in held:
            if DECLARED[kind].counts:
                proven |= amr
        return aal_of(proven), any(DECLARED[kind].resists_phishing for kind, _amr in held)

    def ways(
        self, held: tuple[Held, ...], *, proven: frozenset[str], needed: int
    ) -> tuple[Kind, ...]:
        """Which of these lead on from what is proven to the needed level, the best first.

        Where one is enough, only such; else all that add something, if together they are enough.
        """
        fresh = [each for each in held if not each.amr <= completed(proven)]
        enough = {each.kind for each in fresh if aal_of(proven | each.amr) >= needed}
        lasting = [each.amr for each in fresh if not DECLARED[each.kind].is_spare]
        if not enough and aal_of(proven.union(*lasting)) >= needed:
            enough = {each.kind for each in fresh}
        return tuple(kind for kind in DECLARED if kind in enough)

    def addable(
        self, held: tuple[Held, ...], *, proven: frozenset[str], needed: int
    ) -> tuple[Kind, ...]:
        """Which kinds, once added, would make the needed level reachable, the best first.

        Without what is voluntary: whoever would rather not show their face is not asked for it.
        """
        before = proven
        for each in held:
            if not DECLARED[each.kind].is_voluntary:
                before |= each.amr
        return tuple(
            kind
            for kind in DECLARED
            if kind in self.kinds
            and kind in _ADDED_BY_PERSON
            and DECLARED[kind].counts
            and aal_of(before | self._promised(kind)) >= needed
        )

    def is_little(self, held: tuple[Held, ...], proven: Iterable[str]) -> bool:
        """Whether a code by e-mail, or a face, is all that was proven of an account that has more.

        Whoever got into a mailbox signs in with that, and changes nothing of the account; nor does
        a face beside a remembered browser, which is nothing held (NIST SP 800-63B-4 §3.2.3).
        """
        found = frozenset(proven)
        if not found <= LITTLE:
            return False
        is_more = any(each.kind not in _RESETTABLE for each in held)
        return is_more or found == DECLARED[Kind.FACE].amr

    def beyond_little(self, held: tuple[Held, ...], proven: frozenset[str]) -> tuple[Kind, ...]:
        """Which of these make more of what is little, the best first."""
        kinds = self.ways(held, proven=proven, needed=1)
        return tuple(
            kind for kind in kinds if not self.is_little(held, proven | DECLARED[kind].amr)
        )

    def check(self, kind: Kind, shown: Shown) -> Proof:
        """Judge a proof; a copied passkey and a used recovery code are told of.

        Raises:
            NotProven: it proves nothing, or its kind is switched off.
        """
        if kind not in self.kinds:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        try:
            proof = self.kinds[kind].check(shown)
        except NotProven as problem:
            if problem.reason is Refusal.CLONED and problem.person_id is not None:
                self._tell_of_copy(problem.person_id)
            raise
        if kind is Kind.RECOVERY_CODE:
            with transaction.atomic():
                self.notices.tell(proof.person_id, "recovery_code_used")
        return proof

    def add(self, kind: Kind, offer: Offer, *, language: str = DEFAULT_LANGUAGE) -> Added:
        """Add one.

        Raises:
            NotTaken: it cannot be one.
        """
        if kind not in self.kinds:
            raise NotTaken(Refusal.UNKNOWN)
        with transaction.atomic():
            added = self.kinds[kind].add(offer)
            detail = {"kind": kind.value, "authenticator": str(added.authenticator_id)}
            self._record("authenticator.added", offer.person_id, detail)
            if kind in _ADDED_BY_PERSON:
                self.notices.tell(offer.person_id, f"{kind}_added", language=language)
        return added

    def is_phone_dormant(self, person_id: UUID, now: datetime) -> bool:
        """Whether the person's number was unused so long that it may be somebody else's by now."""
        row, service = self.records.row(person_id, Kind.SMS), self.kinds[Kind.SMS]
        return row is not None and isinstance(service, SmsKind) and service.is_dormant(row, now=now)

    def rest_phone(self, person_id: UUID, *, now: datetime) -> bool:
        """Let the person's number count as dormant: its operator says that it changed hands."""
        service = self.kinds[Kind.SMS]
        return isinstance(service, SmsKind) and service.rest(person_id, now=now)

    def rename(self, person_id: UUID, authenticator_id: UUID, label: str) -> None:
        with transaction.atomic():
            if self.records.rename(person_id, authenticator_id, label):
                detail: dict[str, object] = {"authenticator": str(authenticator_id)}
                self._record("authenticator.renamed", person_id, detail)

    def is_removable(self, held: tuple[Held, ...], each: Held) -> bool:
        """Whether the account's level stays reachable without it; a phone is changed instead."""
        if each.kind is Kind.SMS:
            return False
        others = tuple(other for other in held if other.id != each.id)
        if each.kind is Kind.EMAIL and not any(other.kind in _OPENS for other in others):
            return False
        is_entered = any(DECLARED[other.kind].counts for other in others)
        return not DECLARED[each.kind].counts or (
            is_entered and self.reach(others) >= self.reach(held)
        )

    def remove(
        self,
        person_id: UUID,
        authenticator_id: UUID,
        *,
        now: datetime,
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        """Remove one of a person's; what is not theirs, or gone, is left alone.

        Raises:
            LastOfItsLevel: the account's level hangs on it.
        """
        with transaction.atomic():
            mine = self._removable(person_id, authenticator_id, now)
            if mine is None:
                return
            if mine.kind is Kind.FACE:
                end_of(person_id, self.consents, now=now)
            else:
                self.records.remove(person_id, authenticator_id)
            detail = {"kind": mine.kind.value, "authenticator": str(authenticator_id)}
            self._record("authenticator.removed", person_id, detail)
            self.notices.tell(person_id, "authenticator_removed", language=language)

    def end_face(self, person_id: UUID, *, now: datetime, language: str = DEFAULT_LANGUAGE) -> None:
        """The consent to signing in with the face is taken back (PIPL 15): the way goes with it.

        Whether the kind is switched on or not; nothing is asked for, since this only protects.
        """
        with transaction.atomic():
            Person.objects.select_for_update().filter(id=person_id).update(updated_at=now)
            is_held = any(each.kind is Kind.FACE for each in self.records.of(person_id))
            if end_of(person_id, self.consents, now=now) and is_held:
                self._record("authenticator.removed", person_id, {"kind": Kind.FACE.value})
                self.notices.tell(person_id, "authenticator_removed", language=language)

    def require_removable(self, person_id: UUID, each: Held, *, now: datetime) -> None:
        """Let one go that is removed elsewhere, with what the person is found by.

        In the transaction that removes it.

        Raises:
            LastOfItsLevel: the account's level hangs on it.
        """
        if self._removable(person_id, each.id, now) is not None:
            detail = {"kind": each.kind.value, "authenticator": str(each.id)}
            self._record("authenticator.removed", person_id, detail)

    def _removable(self, person_id: UUID, authenticator_id: UUID, now: datetime) -> Held | None:
        # Two removals at once must not take one another's replacement away.
        Person.objects.select_for_update().filter(id=person_id).update(updated_at=now)
        held = self.of(person_id)
        mine = next((each for each in held if each.id == authenticator_id), None)
        if mine is not None and not self.is_removable(held, mine):
            raise LastOfItsLevel
        return mine

    def _promised(self, kind: Kind) -> frozenset[str]:
        is_bound = kind is Kind.PASSKEY and self.has_attestation
        return proven_by(kind, is_hardware_bound=is_bound)

    def _tell_of_copy(self, person_id: UUID) -> None:
        with transaction.atomic():
            self._record("authenticator.cloned", person_id, {"kind": Kind.PASSKEY.value})
            self.notices.tell(person_id, "passkey_copied")

    def _record(self, event_type: str, person_id: UUID, detail: Mapping[str, object]) -> None:
        outcome = "refused" if event_type == "authenticator.cloned" else "success"
        event = AuditEvent(type=event_type, outcome=outcome, subject=str(person_id), detail=detail)
        record(event, clock=self.clock)
