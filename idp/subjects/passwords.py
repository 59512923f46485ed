"""Hashing passwords with argon2id, at a cost that is the same for every account there is or is not.

Which account a password belongs to, and how often it may be tried, is decided elsewhere.
"""

import secrets
import unicodedata
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH: Final = 8
MAXIMUM_LENGTH: Final = 128
_COMMON: Final = frozenset(
    {"password", "12345678", "123456789", "1234567890", "88888888", "11111111", "qwertyui"}
)


class PasswordUnacceptable(ValueError):
    """The password is too short, too long or among those everybody tries first."""


_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


class Passwords:
    """Argon2id with 19 MiB, two passes, one lane (OWASP's second recommended setting)."""

    def __init__(self) -> None:
        self._hasher = _HASHER
        self._decoy = _decoy(self._hasher)

    def hash(self, password: str) -> str:
        """Return the hash to keep.

        Raises:
            PasswordUnacceptable: it breaks a rule (NIST SP 800-63B §3.1.1.2: length and a
                list of common values, no composition rules).
        """
        normal = _normal(password)
        if not MINIMUM_LENGTH <= len(normal) <= MAXIMUM_LENGTH:
            raise PasswordUnacceptable("length")
        if normal.lower() in _COMMON or len(set(normal)) < 3:
            raise PasswordUnacceptable("common")
        return self._hasher.hash(normal)

    def is_right(self, kept: str | None, password: str) -> bool:
        """Compare; without a kept hash a decoy is compared, so that the time tells nothing."""
        try:
            self._hasher.verify(kept or self._decoy, _normal(password)[:MAXIMUM_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether the hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _decoy(hasher: PasswordHasher) -> str:
    """The hash of a password nobody knows, made once in a process: a real one costs as much."""
    return hasher.hash(secrets.token_urlsafe(16))


def _normal(password: str) -> str:
    """NFKC, as NIST SP 800-63B §3.1.1.2 asks: one password typed on two keyboards is one."""
    return unicodedata.normalize("NFKC", password)
