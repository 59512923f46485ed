"""Authorization codes: short-lived records in the store, found by the hash of their value.

The store's `take` is the fast filter; the judge of single use is the row written by `ledger`.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import orjson

from idp.foundation.randomness import random_token
from idp.foundation.releases import made_of
from idp.foundation.storage import ShortLivedStore

CODE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """What an authorization was, for its redemption. No personal data.

    `redirect_uri_given` tells whether the request named it: then the redemption must too
    (RFC 6749 §4.1.3). `verified_claims` is the request for them, as
    JSON by target. `authenticated_at` and `issued_at` are seconds since the epoch.
    """

    grant_id: UUID
    client_id: str
    redirect_uri: str
    redirect_uri_given: bool
    code_challenge: str
    nonce: str = field(repr=False)
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    person_id: UUID
    session_id: UUID
    sub: str
    sid: str
    authenticated_at: int
    acr: str
    amr: tuple[str, ...]
    userinfo_claims: tuple[str, ...]
    id_token_claims: tuple[str, ...]
    consent_id: UUID | None
    issued_at: int
    verified_claims: str = ""


class AuthorizationCodes:
    """`ttl` in seconds; RFC 6749 §4.1.2: "a maximum authorization code lifetime of 10 minutes"."""

    def __init__(self, store: ShortLivedStore, ttl: int = 60) -> None:
        self._store = store
        self.ttl = ttl

    def issue(self, code: AuthorizationCode) -> str:
        """Keep the record and return the code, 256 random bits that stand nowhere else."""
        value = random_token(CODE_BYTES)
        self._store.put(_key(value), write_code(code), ttl=self.ttl)
        return value

    def take(self, value: str) -> tuple[AuthorizationCode, bool] | None:
        """The record and whether it was taken before; None when unknown or expired.

        Raises:
            StoreUnavailable: nothing is known of any code.
        """
        taken = self._store.take(_key(value))
        return None if taken is None else (read_code(taken.value), taken.replayed)


def hash_token(value: str) -> bytes:
    """How codes and tokens are named in the database."""
    return sha256(value.encode()).digest()


def write_code(code: AuthorizationCode) -> bytes:
    return orjson.dumps(code)


def read_code(record: bytes) -> AuthorizationCode:
    values = orjson.loads(record)
    for name in ("scope", "resources", "amr", "userinfo_claims", "id_token_claims"):
        values[name] = tuple(values[name])
    for name in ("grant_id", "person_id", "session_id"):
        values[name] = UUID(values[name])
    if values["consent_id"] is not None:
        values["consent_id"] = UUID(values["consent_id"])
    return made_of(AuthorizationCode, values)


def _key(value: str) -> str:
    return "code:" + urlsafe_b64encode(hash_token(value)).rstrip(b"=").decode()
