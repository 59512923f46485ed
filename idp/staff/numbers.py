"""Staff numbers: found by a blind index, kept sealed, corrected and never given to another.

Which accounts bear them is the accounts'.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from idp.foundation.sealing import BlindIndex, Sealer
from idp.staff.models import StaffAccount, StaffNumber

_STAFF_NUMBER: Final = re.compile(r"[A-Z0-9-]{3,40}")
_PURPOSE: Final = "staff.number"


class NotAccepted(ValueError):
    """An account cannot be made or changed so; `field` says which part, or why."""

    def __init__(self, which: str) -> None:
        super().__init__(which)
        self.field = which


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNumbers:
    """`NotAccepted` is raised for what can be no number."""

    sealer: Sealer
    index: BlindIndex

    def index_of(self, typed: str) -> bytes:
        """Upper case, full-width forgiven."""
        number = _normal(typed).upper()
        if not _STAFF_NUMBER.fullmatch(number):
            raise NotAccepted("staff_number")
        return self.index.of(_PURPOSE, number)

    def sealed(self, account_id: UUID, typed: str) -> bytes:
        """As it was typed, to be told to those who keep staff."""
        return self.sealer.seal(_normal(typed).encode(), purpose=_PURPOSE, owner=str(account_id))

    def of(self, row: StaffAccount) -> str:
        """The number an account goes by; "" where it was never kept but as an index."""
        if row.sealed_number is None:
            return ""
        sealed, owner = bytes(row.sealed_number), str(row.id)
        return self.sealer.unseal(sealed, purpose=_PURPOSE, owner=owner).decode()

    def correct(self, account_id: UUID, typed: str) -> None:
        """Let an account go by another number; those before stay its own. In a transaction.

        Raises:
            NotAccepted: it can be none, or is somebody else's.
        """
        index, sealed = self.index_of(typed), self.sealed(account_id, typed)
        try:
            with transaction.atomic():
                if not StaffNumber.objects.filter(account_id=account_id, index=index).exists():
                    StaffNumber.objects.create(index=index, account_id=account_id)
        except IntegrityError as conflict:
            raise NotAccepted("member_taken") from conflict
        StaffAccount.objects.filter(id=account_id).update(sealed_number=sealed)


def _normal(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()
