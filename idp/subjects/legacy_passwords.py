"""Password hashes of the platforms people come from: read, checked, and wrapped where weak.

Slow ones (bcrypt, PBKDF2) are kept as they came. Fast ones are said by a shape, such as
`md5(md5(password)+salt)`, and are only ever stored sealed, and then inside argon2id. Whoever signs
in with either is given an argon2id hash of their password; that is `authenticators.password`'s.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import bcrypt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

PENDING: Final = "pending"
"""Stands for a hash that is not wrapped yet: shape, salt and digest lie sealed beside it."""
WRAPPED: Final = "wrapped"
"""Before the argon2id hash of an old digest; shape and salt lie sealed beside it."""
_WRAPPED_BEFORE: Final = f"{WRAPPED}$"

LONGEST_SHAPE: Final = 120
_DEEPEST: Final = 8
_BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES: Final = 72
_MOST_ITERATIONS: Final = 5_000_000
_TOKENS: Final = re.compile(r"[a-z0-9]+|[()+]")

Digest = Callable[[bytes], bytes]


def _sm3(message: bytes) -> bytes:
    state = hashes.Hash(hashes.SM3())
    state.update(message)
    return state.finalize()


FAST: Final[dict[str, Digest]] = {
    "md5": lambda message: hashlib.md5(message, usedforsecurity=False).digest(),
    "sha1": lambda message: hashlib.sha1(message, usedforsecurity=False).digest(),
    "sha256": lambda message: hashlib.sha256(message).digest(),
    "sha512": lambda message: hashlib.sha512(message).digest(),
    "sm3": _sm3,
}
"""What old platforms hashed passwords with; far too fast to keep them safe."""
_PBKDF2: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "pbkdf2_sha1": hashes.SHA1,
    "pbkdf2_sha256": hashes.SHA256,
    "pbkdf2_sha512": hashes.SHA512,
    "pbkdf2_sm3": hashes.SM3,
}
Expression = Callable[[bytes, bytes], bytes]
"""Password, salt → the text (a digest in lower-case hexadecimal) or its raw bytes."""


class ShapeError(ValueError):
    """A shape that cannot be read; the words say where."""


class HashError(ValueError):
    """A password hash that cannot be one; the words never hold it."""


def is_kept_as_it_came(text: str) -> bool:
    """Whether this is a whole bcrypt or PBKDF2 hash, which says itself how it was made."""
    return _BCRYPT.fullmatch(text) is not None or _read_pbkdf2(text) is not None


def is_from_elsewhere(kept: str) -> bool:
    """Whether a kept hash is not one of our own argon2id ones."""
    return not kept.startswith("$argon2id$")


def is_sealed(kept: str) -> bool:
    """Whether what belongs to a kept hash lies sealed beside it."""
    return kept == PENDING or kept.startswith(_WRAPPED_BEFORE)


def wrap(argon2id: str) -> str:
    return _WRAPPED_BEFORE + argon2id


def unwrap(kept: str) -> str:
    return kept.removeprefix(_WRAPPED_BEFORE)


def is_right(kept: str, password: str) -> bool:
    """Compare a password with a bcrypt or PBKDF2 hash; the work is what the hash asks for."""
    if _BCRYPT.fullmatch(kept):
        # bcrypt never looked further than that; its library refuses what is longer.
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], kept.encode())
    found = _read_pbkdf2(kept)
    if found is None:
        return False
    algorithm, iterations, salt, digest = found
    derivation = PBKDF2HMAC(algorithm(), length=len(digest), salt=salt, iterations=iterations)
    return hmac.compare_digest(derivation.derive(password.encode()), digest)


def read_digest(text: str, shape: str) -> str:
    """The digest of `shape` in `text`, hexadecimal or base64, as lower-case hexadecimal.

    Raises:
        HashError: it has not the length of that digest, or is neither.
    """
    length = len(digest_of(shape, "", "")) // 2
    text = text.strip()
    raw = b""
    try:
        raw = (
            bytes.fromhex(text)
            if len(text) == 2 * length
            else base64.b64decode(text, validate=True)
        )
    except (ValueError, binascii.Error) as error:
        raise HashError("is neither hexadecimal nor base64") from error
    if len(raw) != length:
        raise HashError(f"has {len(raw)} bytes where {shape} has {length}")
    return raw.hex()


def digest_of(shape: str, password: str, salt: str) -> str:
    """What an old platform kept of a password, in lower-case hexadecimal.

    Raises:
        ShapeError: the shape cannot be read.
    """
    return compiled(shape)(password.encode(), salt.encode()).decode()


def uses_salt(shape: str) -> bool:
    return "salt" in _TOKENS.findall(shape)


@lru_cache(maxsize=64)
def compiled(shape: str) -> Expression:
    """The function a shape stands for.

    `shape`: a function of `FAST` over `password`, `salt`, and other functions, joined by `+`;
    an inner function gives its digest in lower-case hexadecimal, as is usual.

    Raises:
        ShapeError: it cannot be read.
    """
    text = "".join(shape.split())
    tokens = _TOKENS.findall(text)
    if "".join(tokens) != text or len(text) > LONGEST_SHAPE or not tokens:
        raise ShapeError("is written with names, brackets and + alone, such as md5(password+salt)")
    parser = _Parser(tokens)
    found = parser.function(0)
    if parser.rest():
        raise ShapeError(f"ends before {parser.rest()[0]}")
    if "password" not in tokens:
        raise ShapeError("says nothing of the password")
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def rest(self) -> list[str]:
        return self._tokens[self._at :]

    def function(self, depth: int) -> Expression:
        name = self._next()
        if name not in FAST:
            raise ShapeError(f"{name or 'nothing'} is none of {', '.join(FAST)}")
        if depth > _DEEPEST:
            raise ShapeError("is too deep")
        self._expect("(")
        parts = [self._part(depth + 1)]
        while self.rest()[:1] == ["+"]:
            self._expect("+")
            parts.append(self._part(depth + 1))
        self._expect(")")
        digest = FAST[name]
        return lambda password, salt: (
            digest(b"".join(part(password, salt) for part in parts)).hex().encode()
        )

    def _part(self, depth: int) -> Expression:
        word = self.rest()[:1]
        if word == ["password"]:
            self._at += 1
            return lambda password, _salt: password
        if word == ["salt"]:
            self._at += 1
            return lambda _password, salt: salt
        return self.function(depth)

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise ShapeError(f"has {found or 'nothing'} where {token} belongs")

    def _next(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += 1
        return token


def _read_pbkdf2(
    text: str,
) -> tuple[Callable[[], hashes.HashAlgorithm], int, bytes, bytes] | None:
    """`pbkdf2_sha256$iterations$salt$hash`: salt as text, hash in base64 (Django's form)."""
    parts = text.split("$")
    if len(parts) != 4 or parts[0] not in _PBKDF2 or not parts[1].isdecimal() or not parts[2]:
        return None
    iterations = int(parts[1][:9])
    if not 1 <= iterations <= _MOST_ITERATIONS:
        return None
    try:
        digest = base64.b64decode(parts[3], validate=True)
    except binascii.Error:
        return None
    if not digest:
        return None
    return _PBKDF2[parts[0]], iterations, parts[2].encode(), digest
