"""Hands a picture from the request that brings it to the page that looks at it, past the store.

What waits there can be opened by the waiting browser's own secret alone, of which we keep nothing
but a hash: neither our keys nor a copy of the store, its files or its backups show a face.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_KEY: Final = 32
_NONCE: Final = bytes(12)
"""Each key closes one picture: it is made of a key pair that is thrown away."""


def lock_of(secret: str, *, errand: str) -> str:
    """What closes pictures for the holder of `secret` in one errand: a public key, in hex."""
    return _raw(_private(secret, errand).public_key()).hex()


def closed(picture: bytes, lock: str) -> bytes:
    """The picture, for the holder of the secret behind `lock` alone."""
    pair = X25519PrivateKey.generate()
    theirs = X25519PublicKey.from_public_bytes(bytes.fromhex(lock))
    ours = _raw(pair.public_key())
    return ours + AESGCM(_shared(pair, theirs, ours)).encrypt(_NONCE, picture, None)


def opened(waiting: bytes, secret: str, *, errand: str) -> bytes | None:
    """The picture; None for another browser's, or what is none of ours."""
    ours, sealed = waiting[:_KEY], waiting[_KEY:]
    private = _private(secret, errand)
    try:
        key = _shared(private, X25519PublicKey.from_public_bytes(ours), ours)
        return AESGCM(key).decrypt(_NONCE, sealed, None)
    except (InvalidTag, ValueError):
        return None


def _private(secret: str, errand: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_derived(secret.encode(), errand.encode()))


def _shared(private: X25519PrivateKey, public: X25519PublicKey, salt: bytes) -> bytes:
    return _derived(private.exchange(public), salt)


def _derived(secret: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=b"picture handover").derive(secret)


def _raw(key: X25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
