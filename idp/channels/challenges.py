"""Nonces for readings: issued for one place, good once, gone after a minute.

Losing one costs a retry, so it lives in the store, as the fast filter: the judge of a reading is
the device's counter in the database.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from connectors.devices import Challenge
from idp.foundation.storage import ShortLivedStore

TTL: Final = 120
"""Seconds from asking for a card to its reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceBook:
    """A `ReadingChallenges` in the store."""

    store: ShortLivedStore

    def issue(self, *, place: str) -> str:
        """A nonce for one reading in `place` (a journey's or a desk's identifier)."""
        nonce = secrets.token_urlsafe(24)
        self.store.put(_key(nonce), place.encode(), ttl=TTL)
        return nonce

    def take(self, nonce: str, *, place: str) -> Challenge:
        """Use a nonce up. One that was issued for another place is unknown here."""
        taken = self.store.take(_key(nonce))
        if taken is None:
            return Challenge.UNKNOWN
        if taken.replayed:
            return Challenge.REPLAYED
        return Challenge.FRESH if taken.value == place.encode() else Challenge.UNKNOWN


def _key(nonce: str) -> str:
    return f"reading:nonce:{nonce}"
