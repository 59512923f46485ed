"""Challenges for passkeys: made without writing anything, good for one thing, one time.

A challenge carries its instant and is keyed to what it was made for; the store remembers only the
ones that were used, for as long as they would have worked.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from idp.foundation.storage import ShortLivedStore

_RANDOM: Final = 16
_INSTANT: Final = 8
_TAG: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenges:
    """`ttl` in seconds."""

    store: ShortLivedStore
    key: bytes = field(repr=False)
    ttl: int = 1_800

    def new(self, bound_to: str, *, now: datetime) -> bytes:
        head = secrets.token_bytes(_RANDOM) + int(now.timestamp()).to_bytes(_INSTANT, "big")
        return head + self._tag(head, bound_to)

    def use(self, challenge: bytes, bound_to: str, *, now: datetime) -> bool:
        """Tell whether it was made for this, is fresh, and was never used; it is used now."""
        head, tag = challenge[: _RANDOM + _INSTANT], challenge[_RANDOM + _INSTANT :]
        if len(tag) != _TAG or not hmac.compare_digest(tag, self._tag(head, bound_to)):
            return False
        age = int(now.timestamp()) - int.from_bytes(head[_RANDOM:], "big")
        if not 0 <= age < self.ttl:
            return False
        return self.store.add(f"passkey:used:{head.hex()}", b"1", ttl=self.ttl)

    def _tag(self, head: bytes, bound_to: str) -> bytes:
        return hmac.digest(self.key, head + bound_to.encode(), sha256)
