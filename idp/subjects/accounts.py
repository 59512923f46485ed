"""Since when an account is there, and its phone number: what tells a change from a beginning."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from idp.subjects.models import Identifier, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`phone_index` is the phone's blind index, empty where there is no phone."""

    created_at: datetime
    phone_verified_at: datetime | None = None
    phone_index: bytes = field(default=b"", repr=False)


def account_of(person_id: UUID) -> Account:
    """Read it in one statement for whoever has a phone; raises Person.DoesNotExist."""
    phones = Identifier.objects.filter(person_id=person_id, kind=Identifier.Kind.PHONE)
    columns = ("person__created_at", "verified_at", "blind_index")
    found = phones.order_by("id").values_list(*columns).first()
    if found is None:
        return Account(created_at=Person.objects.values_list("created_at").get(id=person_id)[0])
    created_at, verified_at, index = found
    return Account(created_at=created_at, phone_verified_at=verified_at, phone_index=bytes(index))
