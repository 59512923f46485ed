"""Since when an account is there, and its phone number: what tells a change from a beginning."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from idp.subjects.rows import read_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`phone_index` is the phone's blind index, empty where there is no phone."""

    created_at: datetime
    phone_verified_at: datetime | None = None
    phone_index: bytes = field(default=b"", repr=False)


def account_of(person_id: UUID) -> Account:
    """Read it in one statement; raises Person.DoesNotExist."""
    created_at, verified_at, index = read_account(person_id)
    return Account(created_at=created_at, phone_verified_at=verified_at, phone_index=index)
