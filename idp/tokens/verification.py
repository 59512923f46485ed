"""Says whether an access token is good now, and what it says: for introspection and UserInfo.

A verified JWT is remembered by its hash, so that its signature is checked once; expiry, its key
and revocation are looked at every time. Who may ask is the endpoints' affair.
"""

from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from idp.foundation.keys import InvalidToken, KeyRing
from idp.foundation.storage import ShortLivedStore
from idp.tokens.access_tokens import ACCESS_TOKEN_TYPE, NO_GRANT, OPAQUE_PREFIX, opaque_key
from idp.tokens.codes import hash_token

MAX_TOKEN_LENGTH = 8192
REQUIRED_TEXTS = ("aud", "sub", "client_id", "jti")


class Revocations(Protocol):
    """What the revocation feed answers: at most 0.9 s behind the revocation, on any node."""

    def is_revoked(self, key: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveToken:
    """A good access token: its claims, and the grant it stands under ("" where there is none)."""

    claims: Mapping[str, Any]
    jti: str
    grant: str
    is_opaque: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    live: LiveToken
    expires_at: int
    kid: str


class AccessTokenVerifier:
    """`remembered` bounds how many verified JWTs are held, about 1 KB each."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: KeyRing,
        store: ShortLivedStore,
        revocations: Revocations,
        remembered: int = 10_000,
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._store = store
        self._revocations = revocations
        self._remembered = remembered
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    def verify(self, token: str, *, now: int) -> LiveToken | None:
        """The live token behind a value, or None for any other value. `now` in seconds.

        Raises:
            StoreUnavailable: whether it is revoked, or exists, cannot be told.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        if token.startswith(OPAQUE_PREFIX):
            live = self._opaque(token, now=now)
        else:
            live = self._jwt(token, now=now)
        if live is None or self._is_revoked(live):
            return None
        return live

    def _is_revoked(self, live: LiveToken) -> bool:
        if self._revocations.is_revoked(token_key(live.jti)):
            return True
        return bool(live.grant) and self._revocations.is_revoked(grant_key(live.grant))

    def _opaque(self, token: str, *, now: int) -> LiveToken | None:
        record = self._store.get(opaque_key(token))
        if record is None:
            return None
        claims = orjson.loads(record)
        return _live(claims, is_opaque=True) if claims["exp"] > now else None

    def _jwt(self, token: str, *, now: int) -> LiveToken | None:
        name = hash_token(token)
        known = self._verified.get(name)
        if known is None:
            known = self._verify_signature(token)
            if known is None:
                return None
            self._remember(name, known)
        if known.expires_at <= now or self._keys.verifier(known.kid) is None:
            self._verified.pop(name, None)
            return None
        return known.live

    def _verify_signature(self, token: str) -> _Verified | None:
        try:
            claims = self._keys.verify_jwt(token, typ=ACCESS_TOKEN_TYPE)
        except InvalidToken:
            return None
        if claims.get("iss") != self._issuer or not _is_complete(claims):
            return None
        head = token.partition(".")[0]
        kid = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        return _Verified(live=_live(claims), expires_at=claims["exp"], kid=kid)

    def _remember(self, name: bytes, verified: _Verified) -> None:
        self._verified[name] = verified
        if len(self._verified) > self._remembered:
            # Another thread may have emptied it in between; then there is nothing to forget.
            with suppress(KeyError):
                self._verified.popitem(last=False)


def _is_complete(claims: Mapping[str, Any]) -> bool:
    """RFC 9068 §2.2: what an access token must say; we signed it, but perhaps long ago."""
    return isinstance(claims.get("exp"), int) and all(claims.get(name) for name in REQUIRED_TEXTS)


def _live(claims: Mapping[str, Any], *, is_opaque: bool = False) -> LiveToken:
    jti = claims["jti"]
    grant = jti.partition(".")[0]
    return LiveToken(
        claims=claims, jti=jti, grant="" if grant == NO_GRANT else grant, is_opaque=is_opaque
    )


def token_key(jti: str) -> str:
    """The name under which one access token is revoked."""
    return "t:" + jti


def grant_key(grant: str) -> str:
    """The name under which a grant, and every token under it, is revoked."""
    return "g:" + grant
