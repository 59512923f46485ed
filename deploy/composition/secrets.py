"""Keys for single purposes, derived from the deployment's root key; none is stored anywhere."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.conf import ProviderSettings, Secret


def purpose_key(settings: ProviderSettings, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869): knowing one says nothing of another."""
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return derivation.derive(settings.root_key.reveal())


def purpose_secret(settings: ProviderSettings, purpose: str) -> Secret:
    return Secret(purpose_key(settings, purpose))
