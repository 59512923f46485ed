"""Access tokens: RFC 9068 JWTs, or opaque handles on a record in the store.

Owns what stands in them; signing is the key ring's, and whether one may be issued the ledger's.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from idp.clients.client import Client
from idp.conf import Lifetimes
from idp.foundation.keys import KeyRing
from idp.foundation.randomness import random_token
from idp.foundation.storage import ShortLivedStore
from idp.tokens.codes import hash_token
from idp.tokens.grant import Grant, write_grant_id

OPAQUE = "opaque"
"""Client.access_token_format of handles; anything else is a JWT."""
OPAQUE_PREFIX = "txa_"
ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 §2.1's media type, no secret
LONGEST_TTL = 3600
"""Seconds; a revocation need not be remembered any longer."""
NO_GRANT = "-"
"""Stands before the dot in the `jti` of a token no person gave (client_credentials)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """`expires_in` and `expires_at` in seconds."""

    value: str = field(repr=False)
    jti: str
    audience: str
    expires_in: int
    expires_at: int


class AccessTokens:
    def __init__(
        self, *, issuer: str, keys: KeyRing, store: ShortLivedStore, lifetimes: Lifetimes
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._store = store
        self._lifetimes = lifetimes

    def issue(
        self, client: Client, *, sub: str, scope: str, audience: str, grant: Grant | None, now: int
    ) -> AccessToken:
        """A token for one audience (RFC 9068 §3); `grant` is None where no person gave any.

        `sub` is the subject as that audience knows it, `now` in seconds.

        Raises:
            StoreUnavailable: an opaque token could not be kept.
        """
        ttl = min(client.access_token_ttl or self._lifetimes.access_token_ttl, LONGEST_TTL)
        jti = f"{write_grant_id(grant.id) if grant else NO_GRANT}.{random_token(16)}"
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "exp": now + ttl,
            "aud": audience,
            "sub": sub,
            "client_id": client.client_id,
            "iat": now,
            "jti": jti,
            "scope": scope,
        }
        if grant is not None:
            # RFC 9068 §2.2.1: claims of the authentication, where a person was authenticated.
            claims["auth_time"] = grant.authenticated_at
            claims["acr"] = grant.acr
            claims["amr"] = grant.amr
        if client.access_token_format == OPAQUE:
            value = self._keep(claims, ttl)
        else:
            algorithm = client.access_token_signed_response_alg
            value = self._keys.sign_jwt(claims, alg=algorithm, typ=ACCESS_TOKEN_TYPE)
        return AccessToken(
            value=value, jti=jti, audience=audience, expires_in=ttl, expires_at=now + ttl
        )

    def _keep(self, claims: Mapping[str, Any], ttl: int) -> str:
        value = OPAQUE_PREFIX + random_token(32)
        self._store.put(opaque_key(value), orjson.dumps(claims), ttl=ttl)
        return value


def opaque_key(value: str) -> str:
    """Where the record of an opaque token lies: found by its hash, so a dump holds no token."""
    return "at:" + urlsafe_b64encode(hash_token(value)).rstrip(b"=").decode()
