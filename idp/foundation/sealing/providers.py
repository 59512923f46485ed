"""Owns the ciphers behind sealed fields; an HSM or another algorithm can stand in.

Nonces are random and 96 bits long; the associated data binds a ciphertext to its place.
"""

from collections.abc import Callable
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.foundation.randomness import random_octets

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class SealBroken(Exception):
    """A sealed value was altered, moved to another place, or sealed under another key."""


class CryptoProvider(Protocol):
    """Authenticated encryption under keys of ``key_bytes``.

    ``number`` names it inside sealed values.
    """

    number: int
    name: str
    key_bytes: int

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Nonce, ciphertext and tag."""
        ...

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """The plaintext; raises SealBroken."""
        ...

    def encryption(self, key: bytes) -> Callable[[bytes, bytes], bytes]:
        """`encrypt` under one key, for many values: plaintext, associated data → sealed."""
        ...

    def digest(self) -> hashes.HashAlgorithm:
        """The hash this family derives keys with."""
        ...


class AesGcmProvider:
    """AES-256-GCM (NIST SP 800-38D)."""

    number = 1
    name = "aes-gcm"
    key_bytes = 32

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return self.encryption(key)(plaintext, aad)

    def encryption(self, key: bytes) -> Callable[[bytes, bytes], bytes]:
        encrypt = AESGCM(key).encrypt

        def sealed(plaintext: bytes, aad: bytes) -> bytes:
            nonce = random_octets(NONCE_BYTES)
            return nonce + encrypt(nonce, plaintext, aad)

        return sealed

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the sealed value does not open") from error

    def digest(self) -> hashes.HashAlgorithm:
        return hashes.SHA256()


class Sm4GcmProvider:
    """SM4-GCM (GB/T 32907, RFC 8998 §2.1), for GB/T 39786 deployments."""

    number = 2
    name = "sm4-gcm"
    key_bytes = 16

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return self.encrypt_with_nonce(key, random_octets(NONCE_BYTES), plaintext, aad)

    def encryption(self, key: bytes) -> Callable[[bytes, bytes], bytes]:
        return lambda plaintext, aad: self.encrypt(key, plaintext, aad)

    def encrypt_with_nonce(self, key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """For test vectors: a nonce must never meet the same key twice."""
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(aad)
        return nonce + cipher.update(plaintext) + cipher.finalize() + cipher.tag

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        nonce, tag = sealed[:NONCE_BYTES], sealed[-TAG_BYTES:]
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise SealBroken("the sealed value is too short")
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(aad)
        try:
            return cipher.update(sealed[NONCE_BYTES:-TAG_BYTES]) + cipher.finalize()
        except InvalidTag as error:
            raise SealBroken("the sealed value does not open") from error

    def digest(self) -> hashes.HashAlgorithm:
        return hashes.SM3()


PROVIDERS: Final[dict[str, CryptoProvider]] = {
    provider.name: provider for provider in (AesGcmProvider(), Sm4GcmProvider())
}
