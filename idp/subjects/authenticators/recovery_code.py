"""Recovery codes on paper: ten, each once, kept as hashes, shown when made and never again.

The codes hold 80 random bits each, so a fast keyed hash keeps them (NIST SP 800-63B-4 §3.1.2.2).
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

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

CODES: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letter that could be read as another."""
_LENGTH: Final = 16
_GROUP: Final = 4
_AMR = DECLARED[Kind.RECOVERY_CODE].amr


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeKind:
    """Implements `AuthenticatorKind`; a new set replaces the one there was."""

    records: AuthenticatorRecords
    key: bytes = field(repr=False)

    def check(self, shown: Shown) -> Proof:
        row = self.records.row(shown.person_id, Kind.RECOVERY_CODE) if shown.person_id else None
        if row is None:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        kept: list[str] = self.records.secret_of(row)["codes"]
        typed = self._hash(_plain(shown.answer))
        place = next((i for i, code in enumerate(kept) if hmac.compare_digest(code, typed)), None)
        if place is None:
            raise NotProven(Refusal.WRONG, person_id=row.person_id)
        # The counter holds a bit for each used code: of two uses at once one update misses.
        if row.counter >> place & 1 or not self.records.used(
            row, now=shown.now, counter=row.counter | 1 << place
        ):
            raise NotProven(Refusal.REPLAYED, person_id=row.person_id)
        return Proof(
            person_id=row.person_id, kind=Kind.RECOVERY_CODE, amr=_AMR, authenticator_id=row.id
        )

    def add(self, offer: Offer) -> Added:
        codes = tuple(_new_code() for _ in range(CODES))
        Authenticator.objects.filter(person_id=offer.person_id, kind=Kind.RECOVERY_CODE).delete()
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.RECOVERY_CODE,
            now=offer.now,
            secret={"codes": [self._hash(_plain(code)) for code in codes]},
        )
        row = self.records.keep(new)
        return Added(authenticator_id=row.id, amr=frozenset(), shown_once=codes)

    def _hash(self, code: str) -> str:
        return hmac.digest(self.key, code.encode(), sha256).hex()


def unused(counter: int) -> int:
    """How many codes are left."""
    return CODES - counter.bit_count()


def _new_code() -> str:
    plain = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(plain[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def _plain(typed: str) -> str:
    normal = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(c for c in normal if c.isalnum())
