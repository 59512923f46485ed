"""Owns the four signature algorithms as JOSE wants them (RFC 7518 §3, RFC 8037 §3.1).

Which key signs what, and when keys change, is for `ring` and `rotation`.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_SHA256: Final = hashes.SHA256()
_ECDSA: Final = ec.ECDSA(_SHA256)
_PKCS1: Final = padding.PKCS1v15()
# RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same hash.
_PSS: Final = padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=32)
_P256_BYTES: Final = 32


def generate(alg: str) -> PrivateKey:
    """A new private key for ``alg``."""
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if alg in {"RS256", "PS256"}:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    raise ValueError(f"no such signature algorithm: {alg}")


def to_der(key: PrivateKey) -> bytes:
    """PKCS 8, unencrypted: what is sealed."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def from_der(der: bytes) -> PrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, PrivateKey):
        raise TypeError("not a key of the four algorithms")
    return key


def signer(key: PrivateKey, alg: str) -> Callable[[bytes], bytes]:
    """The function that signs with ``key``; the signature is in JOSE's form (r‖s for ES256)."""
    if alg == "ES256" and isinstance(key, ec.EllipticCurvePrivateKey):
        sign = key.sign

        def sign_es256(data: bytes) -> bytes:
            r, s = decode_dss_signature(sign(data, _ECDSA))
            return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")

        return sign_es256
    if alg == "EdDSA" and isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    if isinstance(key, rsa.RSAPrivateKey) and alg in {"RS256", "PS256"}:
        rsa_sign, scheme = key.sign, _PSS if alg == "PS256" else _PKCS1
        return lambda data: rsa_sign(data, scheme, _SHA256)
    raise ValueError(f"this key does not sign {alg}")


def is_valid(key: PublicKey, alg: str, data: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``data`` is right under ``key``, used for ``alg`` alone."""
    try:
        if alg == "ES256" and isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) != 2 * _P256_BYTES:
                return False
            r = int.from_bytes(signature[:_P256_BYTES], "big")
            s = int.from_bytes(signature[_P256_BYTES:], "big")
            key.verify(encode_dss_signature(r, s), data, _ECDSA)
        elif alg == "EdDSA" and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif alg in {"RS256", "PS256"} and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _PSS if alg == "PS256" else _PKCS1, _SHA256)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def to_jwk(key: PublicKey) -> dict[str, str]:
    """The key's members as RFC 7517 and RFC 8037 name them, without kid, alg and use."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        x, y = _fixed(point.x, _P256_BYTES), _fixed(point.y, _P256_BYTES)
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.public_bytes_raw()).decode()}
    numbers = key.public_numbers()
    length = (key.key_size + 7) // 8
    return {"kty": "RSA", "n": _fixed(numbers.n, length), "e": _fixed(numbers.e, 3)}


def from_jwk(jwk: dict[str, Any]) -> PublicKey:
    """The inverse of `to_jwk`."""
    if jwk["kty"] == "EC":
        return ec.EllipticCurvePublicNumbers(
            _number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()
        ).public_key()
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(b64url_decode(jwk["x"].encode()))
    return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638 §3: the base64url SHA-256 of the required members in order."""
    members = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    canonical = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    return b64url(hashlib.sha256(canonical).digest()).decode()


def b64url(data: bytes) -> bytes:
    """RFC 7515 §2: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def b64url_decode(text: bytes) -> bytes:
    """The strict inverse: raises ValueError for padding, white space or foreign characters."""
    if not text.translate(None, _ALPHABET) == b"" or len(text) % 4 == 1:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _fixed(number: int, length: int) -> str:
    return b64url(number.to_bytes(length, "big")).decode()


def _number(text: str) -> int:
    return int.from_bytes(b64url_decode(text.encode()), "big")
