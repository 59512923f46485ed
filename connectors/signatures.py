"""Keyed digests and header-safe signatures that signed authority interfaces share.

Owns the algorithms by the name interfaces declare them with; which bytes are signed, in which
order, is each adapter's wire.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from types import MappingProxyType
from typing import Final

HMAC_SM3: Final = "HMAC-SM3"
HMAC_SHA256: Final = "HMAC-SHA256"


def _hmac_sm3(key: bytes, message: bytes) -> str:
    # OpenSSL builds differ in whether hashlib has SM3; cryptography always brings it.
    from cryptography.hazmat.primitives.hashes import SM3
    from cryptography.hazmat.primitives.hmac import HMAC

    signer = HMAC(key, SM3())
    signer.update(message)
    return signer.finalize().hex()


def _hmac_sha256(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, sha256).hexdigest()


KEYED_DIGESTS: Final = MappingProxyType({HMAC_SM3: _hmac_sm3, HMAC_SHA256: _hmac_sha256})
KeyedDigest = Callable[[bytes, bytes], str]


def is_same(left: str, right: str) -> bool:
    """Whether two signatures are equal, in constant time, whatever characters came."""
    return hmac.compare_digest(left.encode("utf-8"), right.encode("utf-8"))
