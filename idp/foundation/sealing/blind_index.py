"""Owns looking sealed values up: a keyed hash that finds equal values and tells nothing else.

Bringing a value into its one normal form (spaces, case, full width) is for the room that knows its
kind.
"""

import hmac
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

_ALGORITHMS: Final = {"sha256": hashes.SHA256, "sm3": hashes.SM3}


class BlindIndex:
    """HMAC-SHA256 or HMAC-SM3 with a key of its own for each kind; 32 bytes."""

    __slots__ = ("_hash", "_key", "_kinds")

    def __init__(self, key: bytes, *, algorithm: str = "sha256") -> None:
        """``key`` has at least 32 bytes and is used for nothing else.

        ``algorithm`` is sha256 or sm3.
        """
        if len(key) < 32:
            raise ValueError("the blind index key is shorter than 32 bytes")
        self._key = key
        self._hash = _ALGORITHMS[algorithm]
        self._kinds: dict[str, bytes] = {}

    def of(self, kind: str, value: str) -> bytes:
        """The index of ``value`` among values of ``kind``.

        Equal values of different kinds differ.
        """
        key = self._kinds.get(kind)
        if key is None:
            key = self._kinds[kind] = self._mac(self._key, b"tongxing blind index " + kind.encode())
        return self._mac(key, value.encode())

    def matches(self, kind: str, value: str, index: bytes) -> bool:
        """Whether ``index`` is that of ``value``, in constant time."""
        return hmac.compare_digest(self.of(kind, value), bytes(index))

    def _mac(self, key: bytes, message: bytes) -> bytes:
        mac = HMAC(key, self._hash())
        mac.update(message)
        return mac.finalize()
