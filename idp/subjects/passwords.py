"""Hashing passwords with argon2id, at a cost that is the same for every account there is or is not.

What a person may choose as a password is decided here too; which account one belongs to, and how
often it may be tried, elsewhere.
"""

import hmac
import secrets
import unicodedata
from functools import cache, lru_cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from django.contrib.auth.password_validation import CommonPasswordValidator

from idp.subjects import legacy_passwords

MINIMUM_LENGTH: Final = 8
"""Of passwords that operators declare or that come from an older system."""
CHOSEN_MINIMUM_LENGTH: Final = 15
"""Of passwords people choose (NIST SP 800-63B-4 §3.1.1.2: they sign in alone, at level 1)."""
MAXIMUM_LENGTH: Final = 128
_LEAST_DIFFERENT: Final = 3
_LEAST_DIFFERENT_CHOSEN: Final = 5
_COMMON_HERE: Final = frozenset(
    {
        "88888888",
        "66668888",
        "qwertyui",
        "woaini1314",
        "woaini1314520",
        "woaiwojia1314520",
        "wodemima12345678",
        "tongxing12345678",
        "tongxingtongxing",
        "passwordpassword",
        "abc123abc123abc123",
        "zhongguozhongguo",
        "woaizhongguo1949",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv5tgb",
    }
)
"""What is tried first in China, or here; Django's list holds the world's 20,000 commonest."""


class PasswordUnacceptable(ValueError):
    """The password is too short, too long or among those everybody tries first."""


HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
"""OWASP's second recommended setting: 19 MiB, two passes, one lane."""


class Passwords:
    """Argon2id, at the cost of `HASHER`."""

    def __init__(self) -> None:
        self._hasher = HASHER
        self._decoy = _decoy(self._hasher)

    def hash(self, password: str, *, is_chosen: bool = False) -> str:
        """Return the hash to keep; `is_chosen` by the person, now, rather than declared.

        Raises:
            PasswordUnacceptable: it breaks a rule (NIST SP 800-63B-4 §3.1.1.2: length and a list
                of common values, no composition rules).
        """
        normal = _normal(password)
        least = CHOSEN_MINIMUM_LENGTH if is_chosen else MINIMUM_LENGTH
        if len(normal) < least:
            raise PasswordUnacceptable("short")
        if len(normal) > MAXIMUM_LENGTH:
            raise PasswordUnacceptable("long")
        variety = _LEAST_DIFFERENT_CHOSEN if is_chosen else _LEAST_DIFFERENT
        if len(set(normal)) < variety or _is_common(normal.casefold()):
            raise PasswordUnacceptable("common")
        return self._hasher.hash(normal)

    def hash_again(self, password: str) -> str:
        """Return a hash by today's parameters; the rules are for new passwords alone."""
        return self._hasher.hash(_normal(password))

    def is_right(self, kept: str | None, password: str) -> bool:
        """Compare; without a kept hash a decoy is compared, so that the time tells nothing.

        A bcrypt or PBKDF2 hash that came from elsewhere is compared as it asks for.
        """
        if kept and legacy_passwords.is_kept_as_it_came(kept):
            return legacy_passwords.is_right(kept, password[:MAXIMUM_LENGTH])
        try:
            self._hasher.verify(kept or self._decoy, _normal(password)[:MAXIMUM_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_right_inside(self, kept: str, shape: str, salt: str, password: str) -> bool:
        """Compare with what an older system kept, wrapped in argon2id."""
        digest = legacy_passwords.digest_of(shape, password[:MAXIMUM_LENGTH], salt)
        return self.is_right(legacy_passwords.unwrap(kept), digest)

    def is_right_unwrapped(self, digest: str, shape: str, salt: str, password: str) -> bool:
        """Compare with what an older system kept, at the cost of a wrapped one."""
        found = legacy_passwords.digest_of(shape, password[:MAXIMUM_LENGTH], salt)
        self.is_right(None, found)
        return hmac.compare_digest(found, digest)

    def wrap(self, digest: str) -> str:
        """The hash to keep of an older system's digest."""
        return legacy_passwords.wrap(self._hasher.hash(digest))

    def is_outdated(self, kept: str) -> bool:
        """Tell whether the hash was made at another cost, or elsewhere: it should be made anew."""
        return legacy_passwords.is_from_elsewhere(kept) or self._hasher.check_needs_rehash(kept)


def _is_common(folded: str) -> bool:
    """One of the common ones, or one written twice or more."""
    if folded in _COMMON_HERE or folded in _common_everywhere():
        return True
    again = (folded + folded).find(folded, 1)
    return again < len(folded) and (again < MINIMUM_LENGTH or _is_common(folded[:again]))


@cache
def _common_everywhere() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


@lru_cache(maxsize=1)
def _decoy(hasher: PasswordHasher) -> str:
    """The hash of a password nobody knows, made once in a process: a real one costs as much."""
    return hasher.hash(secrets.token_urlsafe(16))


def _normal(password: str) -> str:
    """NFKC, as NIST SP 800-63B-4 §3.1.1.2 asks: one password typed on two keyboards is one."""
    return unicodedata.normalize("NFKC", password)
