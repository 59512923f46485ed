"""Owns signing and verifying with the keys of the moment: a snapshot in this process.

When keys change is `rotation`'s; what claims mean, and whether they have expired, is the caller's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from idp.foundation.keys import jose
from idp.foundation.keys.models import KeyState, SigningKeyRow
from idp.foundation.sealing import Sealer

TOKEN: Final = "token"  # noqa: S105 - the purpose's name
AUDIT: Final = "audit"


class InvalidToken(Exception):
    """The token is not one of ours, intact and of the expected type."""


class NoSigningKey(Exception):
    """No active key for the algorithm: rotation has not run yet."""


class SigningKey:
    """The active private key of one algorithm, ready to sign."""

    __slots__ = ("_headers", "alg", "kid", "public_jwk", "sign")

    def __init__(
        self, *, kid: str, alg: str, private: jose.PrivateKey, public_jwk: dict[str, Any]
    ) -> None:
        self.kid = kid
        self.alg = alg
        self.public_jwk = public_jwk
        self.sign: Callable[[bytes], bytes] = jose.signer(private, alg)
        """Signs the signing input; the answer is the JOSE signature (r‖s for ES256)."""
        self._headers: dict[str, bytes] = {}

    def header(self, typ: str) -> bytes:
        """The JOSE header with this ``typ``, base64url-encoded once and kept."""
        known = self._headers.get(typ)
        if known is None:
            header = orjson.dumps({"alg": self.alg, "kid": self.kid, "typ": typ})
            known = self._headers[typ] = jose.b64url(header)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """A public key that stands for one algorithm only."""

    kid: str
    alg: str
    public: jose.PublicKey

    def is_valid(self, signing_input: bytes, signature: bytes) -> bool:
        return jose.is_valid(self.public, self.alg, signing_input, signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    active: Mapping[str, SigningKey] = field(repr=False)
    verifiers: Mapping[str, VerificationKey]
    jwks: dict[str, Any]
    jwks_bytes: bytes


class KeyRing:
    """The keys of one purpose.

    Thread-safe; reads the database only in `reload` (and before first use).
    """

    __slots__ = ("_purpose", "_sealer", "_snapshot")

    def __init__(self, sealer: Sealer, *, purpose: str = TOKEN) -> None:
        self._sealer = sealer
        self._purpose = purpose
        self._snapshot: _Snapshot | None = None

    def reload(self) -> None:
        """Read the keys anew; the configuration watch calls this when the stamp changed."""
        rows = SigningKeyRow.objects.filter(purpose=self._purpose).exclude(state=KeyState.RETIRED)
        self._snapshot = self._build(list(rows.order_by("created_at", "kid")))

    def active(self, alg: str) -> SigningKey:
        """The key that signs ``alg`` now; raises NoSigningKey."""
        try:
            return self._current().active[alg]
        except KeyError:
            raise NoSigningKey(f"no active signing key for {alg}") from None

    def verifier(self, kid: str) -> VerificationKey | None:
        """The published key called ``kid``: active, next or retiring."""
        return self._current().verifiers.get(kid)

    def jwks(self) -> dict[str, Any]:
        """The published key set (RFC 7517 §5)."""
        return self._current().jwks

    def jwks_bytes(self) -> bytes:
        """The published key set as the JSON to serve."""
        return self._current().jwks_bytes

    def sign_jwt(self, claims: Mapping[str, object], *, alg: str, typ: str) -> str:
        """A JWT over ``claims`` as they are (RFC 7519 §7.1); raises NoSigningKey."""
        key = self.active(alg)
        signing_input = key.header(typ) + b"." + jose.b64url(orjson.dumps(claims))
        return (signing_input + b"." + jose.b64url(key.sign(signing_input))).decode("ascii")

    def verify_jwt(self, token: str, *, typ: str | None) -> dict[str, Any]:
        """The claims of a token of ours, its signature and type verified; raises InvalidToken.

        Neither ``exp`` nor ``aud`` nor ``iss`` is looked at: an id_token_hint may have expired. The
        caller does.
        """
        return open_jwt(token, typ=typ, find_key=self.verifier)

    def _current(self) -> _Snapshot:
        if self._snapshot is None:
            self.reload()
        snapshot = self._snapshot
        if snapshot is None:
            raise NoSigningKey("the key ring is empty")
        return snapshot

    def _build(self, rows: list[SigningKeyRow]) -> _Snapshot:
        published = [row.public_jwk for row in rows]
        jwks = {"keys": published}
        return _Snapshot(
            active={row.alg: self._open(row) for row in rows if row.state == KeyState.ACTIVE},
            verifiers={row.kid: verification_key(row) for row in rows},
            jwks=jwks,
            jwks_bytes=orjson.dumps(jwks),
        )

    def _open(self, row: SigningKeyRow) -> SigningKey:
        der = self._sealer.unseal(bytes(row.sealed_private), purpose="signing-key", owner=row.kid)
        return SigningKey(
            kid=row.kid, alg=row.alg, private=jose.from_der(der), public_jwk=row.public_jwk
        )


def open_jwt(
    token: str, *, typ: str | None, find_key: Callable[[str], VerificationKey | None]
) -> dict[str, Any]:
    """`KeyRing.verify_jwt` with keys from elsewhere: proving an audit chain needs no secret."""
    try:
        encoded = token.encode("ascii")
        signing_input, _, encoded_signature = encoded.rpartition(b".")
        encoded_header, _, payload = signing_input.partition(b".")
        header = orjson.loads(jose.b64url_decode(encoded_header))
        claims = orjson.loads(jose.b64url_decode(payload))
        signature = jose.b64url_decode(encoded_signature)
    except ValueError as error:
        raise InvalidToken("the token is not a well-formed JWT") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("the token is not a well-formed JWT")
    kid = header.get("kid")
    key = find_key(kid) if isinstance(kid, str) else None
    if key is None or header.get("alg") != key.alg:
        raise InvalidToken("the token is not signed with a key of ours")
    if "crit" in header or (typ is not None and not _is_type(header.get("typ"), typ)):
        raise InvalidToken("the token is of another type")
    if not key.is_valid(signing_input, signature):
        raise InvalidToken("the token's signature is wrong")
    return claims


def verification_key(row: SigningKeyRow) -> VerificationKey:
    """The public side of a row, whatever its state."""
    return VerificationKey(kid=row.kid, alg=row.alg, public=jose.from_jwk(row.public_jwk))


def _is_type(found: object, wanted: str) -> bool:
    """RFC 7515 §4.1.9: ``application/`` may be left out and case does not matter."""
    if not isinstance(found, str):
        return False
    return found.lower().removeprefix("application/") == wanted.lower()
