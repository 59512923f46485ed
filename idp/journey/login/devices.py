"""Which accounts a browser signed in to before: they are offered, masked, and known to limits.

Forgetting them costs somebody typing their number again, so they live in the store.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore
from idp.journey.journeys import hash_of_device

_TTL: Final = 180 * 86_400
_MOST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevices:
    """The last accounts of each device, newest first."""

    store: ShortLivedStore
    sealer: Sealer

    def people(self, device_secret: str) -> tuple[UUID, ...]:
        """Who signed in here before, the last one first."""
        device = hash_of_device(device_secret)
        sealed = self.store.get(f"device:{device}") if device else None
        if sealed is None:
            return ()
        raw = self.sealer.unseal(sealed, purpose="device", owner=device)
        return tuple(UUID(each) for each in orjson.loads(raw))

    def remember(self, device_secret: str, person_id: UUID) -> None:
        """Put an account first among those of this device."""
        device = hash_of_device(device_secret)
        if not device:
            return
        others = (each for each in self.people(device_secret) if each != person_id)
        kept = [str(each) for each in (person_id, *others)][:_MOST]
        sealed = self.sealer.seal(orjson.dumps(kept), purpose="device", owner=device)
        self.store.put(f"device:{device}", sealed, ttl=_TTL)

    def forget_one(self, device: str, person_id: UUID) -> None:
        """Forget one account of a device, named by the hash of its cookie."""
        sealed = self.store.get(f"device:{device}") if device else None
        if sealed is None:
            return
        raw = self.sealer.unseal(sealed, purpose="device", owner=device)
        kept = [each for each in orjson.loads(raw) if each != str(person_id)]
        changed = self.sealer.seal(orjson.dumps(kept), purpose="device", owner=device)
        self.store.replace(f"device:{device}", sealed, changed, ttl=_TTL)

    def forget(self, device_secret: str) -> None:
        """Forget them all, as somebody on a shared computer may ask."""
        if device := hash_of_device(device_secret):
            self.store.delete(f"device:{device}")
