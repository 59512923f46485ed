"""What a store of short-lived records promises; the promises are proven by tests/contracts.

Losing such a record costs its owner one retry, never a right: what an auditor would miss is in the
database.
"""

from dataclasses import dataclass
from typing import Protocol


class StoreUnavailable(Exception):
    """The store did not answer in time: whatever depended on it is refused (fail closed)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that may be used once; ``replayed`` when somebody was here before.

    A replay still carries the payload, so that a reused code can revoke its grant (RFC 6749
    §4.1.2).
    """

    value: bytes
    replayed: bool


class ShortLivedStore(Protocol):
    """Records with a time to live in whole seconds (at least 1); keys are text, values are bytes.

    Every method raises `StoreUnavailable` when the store cannot be reached, and ValueError for a
    ttl below 1.
    """

    def put(self, key: str, value: bytes, *, ttl: int) -> None:
        """Write, whatever was there (a tombstone included)."""
        ...

    def add(self, key: str, value: bytes, *, ttl: int) -> bool:
        """Write only where nothing is, not even a tombstone.

        False when something was (a replay).
        """
        ...

    def replace(self, key: str, old: bytes, new: bytes, *, ttl: int) -> bool:
        """Compare and set.

        False when the live value is not ``old`` any more, or is gone or taken.
        """
        ...

    def get(self, key: str) -> bytes | None:
        """The live value; None when absent, expired or taken."""
        ...

    def get_many(self, *keys: str) -> tuple[bytes | None, ...]:
        """`get` for several keys in one round trip, in the order asked."""
        ...

    def take(self, key: str) -> Taken | None:
        """Use up a record, atomically.

        One caller gets it, later ones a replay until its ttl ends.
        """
        ...

    def delete(self, *keys: str) -> None:
        """Forget records and tombstones; absent ones are no error."""
        ...

    def increment(self, key: str, *, ttl: int, by: int = 1) -> int:
        """Add to a window counter and return it; the ttl starts with the first addition only."""
        ...

    def ping(self) -> None:
        """Return when the store answers, raise when it does not."""
        ...
