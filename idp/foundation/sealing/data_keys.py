"""Owns the life of data keys: made with the person, destroyed with the person (PIPL 47).

Opened keys are never kept between calls, so a destroyed key is gone on every node at once.
"""

import secrets
from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db import connection

from idp.foundation.clock import Clock
from idp.foundation.sealing.models import DataKey
from idp.foundation.sealing.sealer import OpenKey, Sealer

_TABLE: Final = DataKey._meta.db_table  # noqa: SLF001 - Django's documented interface
_KEY: Final = f"SELECT sealed_key, destroyed_at FROM {_TABLE} WHERE owner = %s"  # noqa: S608 - a constant
"""Written out: every request that shows or keeps something of a person asks it."""


class KeyDestroyed(Exception):
    """The owner's data was erased for good."""


class NoDataKey(Exception):
    """The owner never had a data key."""


class DataKeys:
    """Seals and opens one person's fields under that person's key."""

    __slots__ = ("_clock", "_sealer")

    def __init__(self, sealer: Sealer, *, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def create(self, owner: UUID) -> OpenKey:
        """Make the owner's key; raises IntegrityError when there is one, even a destroyed one."""
        row, key = self.beginning(owner)
        row.save(force_insert=True)
        return key

    def beginning(self, owner: UUID) -> tuple[DataKey, OpenKey]:
        """The row of a new owner's key, for whoever writes it with the owner; and the key open."""
        sealed, key = self.minted(owner)
        return DataKey(owner=owner, sealed_key=sealed, created_at=self._clock.now()), key

    def minted(self, owner: UUID) -> tuple[bytes, OpenKey]:
        """A new key, sealed and open; whoever asks writes its row, among many others'."""
        material = secrets.token_bytes(32)
        sealed = self._sealer.seal(material, purpose="data-key", owner=str(owner))
        return sealed, OpenKey(key_id=owner.hex, material=material)

    def open(self, owner: UUID) -> OpenKey:
        """The owner's key, to seal or open several fields in one operation.

        Raises NoDataKey and KeyDestroyed.
        """
        key = DataKey._meta.pk.get_db_prep_value(owner, connection)  # noqa: SLF001 - the same
        with connection.cursor() as cursor:
            cursor.execute(_KEY, (key,))
            sealed_key, destroyed_at = cursor.fetchone() or (None, None)
        return self.opened(owner, sealed_key, is_destroyed=destroyed_at is not None)

    def opened(
        self, owner: UUID, sealed_key: bytes | memoryview | None, *, is_destroyed: bool
    ) -> OpenKey:
        """The owner's key, read together with something else; raises like `open`."""
        if sealed_key is None:
            raise NoDataKey("this owner has no data key")
        if is_destroyed:
            raise KeyDestroyed("this owner's data key was destroyed")
        material = self._sealer.unseal(bytes(sealed_key), purpose="data-key", owner=str(owner))
        return OpenKey(key_id=owner.hex, material=material)

    def seal_for(self, owner: UUID, purpose: str, plaintext: bytes) -> bytes:
        """Seal one field of the owner's; raises NoDataKey and KeyDestroyed."""
        key = self.open(owner)
        return self._sealer.seal(plaintext, purpose=purpose, owner=str(owner), key=key)

    def unseal_for(self, owner: UUID, purpose: str, sealed: bytes) -> bytes:
        """Open one field of the owner's; raises NoDataKey, KeyDestroyed and SealBroken."""
        key = self.open(owner)
        return self._sealer.unseal(sealed, purpose=purpose, owner=str(owner), key=key)

    def destroy(self, owner: UUID) -> bool:
        """Destroy the owner's key for good; False when there was none left to destroy."""
        return self.destroy_all((owner,)) == 1

    def destroy_all(self, owners: Collection[UUID]) -> int:
        """Destroy the keys of several owners; the number of those that had one."""
        rows = DataKey.objects.filter(pk__in=owners, destroyed_at=None)
        return rows.update(sealed_key=b"", destroyed_at=self._clock.now())
