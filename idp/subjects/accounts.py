"""Since when an account is there, and how it is reached: what tells a change from a beginning."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from idp.subjects.rows import read_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`phone_index` and `email_index` are blind indexes, empty where there is no such thing."""

    created_at: datetime
    phone_verified_at: datetime | None = None
    email_verified_at: datetime | None = None
    phone_index: bytes = field(default=b"", repr=False)
    email_index: bytes = field(default=b"", repr=False)


def account_of(person_id: UUID) -> Account:
    """Read it in one statement; raises Person.DoesNotExist."""
    row = read_account(person_id)
    return Account(
        created_at=row.created_at,
        phone_verified_at=row.phone_verified_at,
        email_verified_at=row.email_verified_at,
        phone_index=row.phone_index,
        email_index=row.email_index,
    )
