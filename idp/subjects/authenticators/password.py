"""Passwords: kept as argon2id hashes; how often one may be tried is the journey's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from idp.subjects.legacy_passwords import PENDING, is_sealed
from idp.subjects.models import Authenticator
from idp.subjects.passwords import Passwords, PasswordUnacceptable

_AMR = DECLARED[Kind.PASSWORD].amr
_REASONS = {
    "short": Refusal.TOO_SHORT,
    "long": Refusal.TOO_LONG,
    "common": Refusal.TOO_COMMON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordKind:
    """Implements `AuthenticatorKind`; adding one replaces the one there was."""

    records: AuthenticatorRecords
    passwords: Passwords

    def check(self, shown: Shown) -> Proof:
        """The work is the same whether the person exists, has a password, or neither."""
        row = self.records.row(shown.person_id, Kind.PASSWORD) if shown.person_id else None
        if not self.is_right(row, shown.answer, now=shown.now) or row is None:
            raise NotProven(Refusal.WRONG, person_id=shown.person_id)
        return Proof(person_id=row.person_id, kind=Kind.PASSWORD, amr=_AMR, authenticator_id=row.id)

    def is_right(self, row: Authenticator | None, password: str, *, now: datetime) -> bool:
        """Compare with a row, or with a decoy; a right one is written as used.

        A hash from elsewhere, or of another cost, is replaced by today's.
        """
        if not self._matches(row, password) or row is None:
            return False
        columns: dict[str, Any] = {}
        if self.passwords.is_outdated(row.hash):
            columns = {"hash": self.passwords.hash_again(password), "sealed_secret": b""}
        return self.records.used(row, now=now, **columns)

    def _matches(self, row: Authenticator | None, password: str) -> bool:
        if row is None or not is_sealed(row.hash):
            return self.passwords.is_right(row.hash if row else None, password)
        old = self.records.secret_of(row)
        if row.hash == PENDING:
            return self.passwords.is_right_unwrapped(
                old["digest"], old["shape"], old["salt"], password
            )
        return self.passwords.is_right_inside(row.hash, old["shape"], old["salt"], password)

    def add(self, offer: Offer, *, is_chosen: bool = True) -> Added:
        try:
            hashed = self.passwords.hash(offer.answer, is_chosen=is_chosen)
        except PasswordUnacceptable as problem:
            raise NotTaken(_REASONS[str(problem)]) from problem
        columns: dict[str, Any] = {
            "hash": hashed,
            "sealed_secret": b"",
            "created_at": offer.now,
            "last_used_at": offer.now,
        }
        held = Authenticator.objects.filter(person_id=offer.person_id, kind=Kind.PASSWORD)
        if held.update(**columns):
            return Added(authenticator_id=held.get().id, amr=_AMR)
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.PASSWORD,
            now=offer.now,
            columns={"hash": hashed},
        )
        return Added(authenticator_id=self.records.keep(new).id, amr=_AMR)
