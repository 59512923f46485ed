"""Owns deriving a key for one purpose from the deployment's root key; none is stored anywhere."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def purpose_key(root_key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869): knowing one says nothing of another."""
    info = b"tongxing purpose " + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(root_key)
