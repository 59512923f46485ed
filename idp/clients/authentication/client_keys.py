"""Clients' public keys: from the registered JWK Set, or fetched from jwks_uri and kept a while.

The fetcher handed in owns the network and its guard against inner addresses (SSRF); an unknown
`kid` fetches again, at most once a minute for each address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from idp.clients.authentication.presented import ClientNotAuthenticated
from idp.clients.client import Client
from idp.foundation.keys.jose import PublicKey, from_jwk

MAX_KEYS = 20
MAX_ADDRESSES = 4096
LEAST_RSA_BITS = 2048
KINDS = frozenset({("RSA", None), ("EC", "P-256"), ("OKP", "Ed25519")})
"""`kty` and `crv` of the keys our algorithms use."""


class KeysUnreachable(Exception):
    """The address did not answer with a JWK Set; raised by the fetcher."""


FetchKeys = Callable[[str], Mapping[str, Any]]
"""An address → its JWK Set, or KeysUnreachable. Never called for an address not registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A client's public key; `kid` is "" where it has none."""

    kid: str
    public: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    keys: tuple[ClientKey, ...]
    fetched_at: int


class ClientKeys:
    """`ttl` and `refetch_after` in seconds: how long a set is good, how soon a miss asks again."""

    def __init__(self, fetch: FetchKeys, *, ttl: int = 600, refetch_after: int = 60) -> None:
        self._fetch = fetch
        self._ttl = ttl
        self._refetch_after = refetch_after
        self._known: dict[str, _Fetched] = {}
        self._lock = Lock()

    def candidates(self, client: Client, kid: str, *, now: int) -> tuple[ClientKey, ...]:
        """The keys worth trying: those named `kid`, or all signing keys where none is named.

        Raises:
            ClientNotAuthenticated: there is no such key, or its address does not answer.
        """
        if client.jwks is not None:
            keys = read_keys(client.jwks)
        elif client.jwks_uri:
            keys = self._at(client.jwks_uri, now=now, max_age=self._ttl)
            if kid and not _named(keys, kid):
                keys = self._at(client.jwks_uri, now=now, max_age=self._refetch_after)
        else:
            keys = ()
        chosen = _named(keys, kid) if kid else keys
        if not chosen:
            raise ClientNotAuthenticated("the client has no such key")
        return chosen

    def _at(self, address: str, *, now: int, max_age: int) -> tuple[ClientKey, ...]:
        known = self._known.get(address)
        if known is not None and now - known.fetched_at < max_age:
            return known.keys
        try:
            keys = read_keys(self._fetch(address))
        except KeysUnreachable as problem:
            raise ClientNotAuthenticated(f"jwks_uri: {problem}") from problem
        with self._lock:
            if len(self._known) >= MAX_ADDRESSES:
                self._known.clear()
            self._known[address] = _Fetched(keys=keys, fetched_at=now)
        return keys


def read_keys(document: Mapping[str, Any]) -> tuple[ClientKey, ...]:
    """The keys of a JWK Set that our algorithms can use; others, and broken ones, are left out.

    `oct` keys are never read: a secret published in a JWK Set proves nothing.
    """
    listed = document.get("keys")
    members = listed[:MAX_KEYS] if isinstance(listed, list) else []
    found = (_read_key(member) for member in members)
    return tuple(key for key in found if key is not None)


def _read_key(member: object) -> ClientKey | None:
    if not isinstance(member, dict) or member.get("use", "sig") != "sig":
        return None
    kid = member.get("kid", "")
    if (member.get("kty"), member.get("crv")) not in KINDS or not isinstance(kid, str):
        return None
    try:
        public = from_jwk(member)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    if isinstance(public, rsa.RSAPublicKey) and public.key_size < LEAST_RSA_BITS:
        return None
    return ClientKey(kid=kid, public=public)


def _named(keys: tuple[ClientKey, ...], kid: str) -> tuple[ClientKey, ...]:
    return tuple(key for key in keys if key.kid == kid)
