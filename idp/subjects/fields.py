"""Sealing and opening a person's fields, several of them under one opening of the person's key."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from idp.foundation.sealing.data_keys import DataKeys
from idp.foundation.sealing.models import DataKey
from idp.foundation.sealing.sealer import OpenKey, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFields:
    """One person's fields while their key is open: for one operation, never kept."""

    person_id: UUID
    sealer: Sealer = field(repr=False)
    key: OpenKey = field(repr=False)

    def seal(self, purpose: str, text: str) -> bytes:
        return self.sealer.seal(
            text.encode(), purpose=purpose, owner=str(self.person_id), key=self.key
        )

    def sealing(self) -> Callable[[bytes, str], bytes]:
        """`seal` for many fields: what it is, for which purpose."""
        return self.sealer.sealing(self.key, owner=str(self.person_id))

    def unseal(self, purpose: str, sealed: bytes | memoryview) -> str:
        """Open one field; raises SealBroken when it is not this person's field of this purpose."""
        opened = self.sealer.unseal(
            bytes(sealed), purpose=purpose, owner=str(self.person_id), key=self.key
        )
        return opened.decode()


class PersonalFields:
    """Opens people's keys. Destroying a key makes every field of that person unreadable."""

    __slots__ = ("_keys", "_sealer")

    def __init__(self, *, keys: DataKeys, sealer: Sealer) -> None:
        self._keys = keys
        self._sealer = sealer

    def create(self, person_id: UUID) -> OpenFields:
        """Make a new person's key."""
        key = self._keys.create(person_id)
        return OpenFields(person_id=person_id, sealer=self._sealer, key=key)

    def beginning(self, person_id: UUID) -> tuple[DataKey, OpenFields]:
        """The row of a new person's key, to be written with the person, and their fields."""
        row, key = self._keys.beginning(person_id)
        return row, OpenFields(person_id=person_id, sealer=self._sealer, key=key)

    def minted(self, person_id: UUID) -> tuple[bytes, OpenFields]:
        """A new person's key, for whoever writes many people's rows at once, and their fields."""
        sealed, key = self._keys.minted(person_id)
        return sealed, OpenFields(person_id=person_id, sealer=self._sealer, key=key)

    def destroy_all(self, people: Collection[UUID]) -> None:
        """Make every field of these people unreadable for good."""
        self._keys.destroy_all(people)

    def of(self, person_id: UUID) -> OpenFields:
        """Open a person's key; raises NoDataKey and KeyDestroyed."""
        return OpenFields(person_id=person_id, sealer=self._sealer, key=self._keys.open(person_id))

    def opened(
        self, person_id: UUID, sealed_key: bytes | None, *, is_destroyed: bool
    ) -> OpenFields:
        """Open a person's key that was read with something else; raises like `of`."""
        key = self._keys.opened(person_id, sealed_key, is_destroyed=is_destroyed)
        return OpenFields(person_id=person_id, sealer=self._sealer, key=key)
