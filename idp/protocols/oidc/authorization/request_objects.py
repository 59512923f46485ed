"""Signed request objects, by value and by reference (RFC 9101, OpenID Connect Core 1.0 §6).

Never `none`, and never fetched from an address that the client has not registered.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.authentication.client_keys import ClientKey, ClientKeys
from idp.clients.authentication.presented import ClientNotAuthenticated, segment
from idp.clients.client import Client
from idp.foundation.clock import Clock
from idp.foundation.keys import b64url_decode
from idp.foundation.keys.jose import is_valid
from idp.protocols.oauth.errors import InvalidRequestObject, InvalidRequestUri

ASYMMETRIC = ("RS256", "PS256", "ES256", "EdDSA")
SYMMETRIC = ("HS256",)
REQUEST_OBJECT_ALGORITHMS = (*ASYMMETRIC, *SYMMETRIC)
LEEWAY = 30
MAX_REFERENCE = 512
"""OpenID Connect Core 1.0 §6.2: the entire Request URI is at most 512 ASCII characters."""


class ObjectUnreachable(Exception):
    """The address did not answer with a request object; raised by the fetcher."""


FetchObject = Callable[[str], str]
"""An address → its text, or ObjectUnreachable. It owns the network and the SSRF guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestObjects:
    """Implements parts.RequestObjectReader. `open_secret` unseals a client's secret for HS256."""

    issuer: str
    keys: ClientKeys
    open_secret: Callable[[Client], bytes]
    fetch: FetchObject
    clock: Clock
    max_bytes: int = 32_768

    def fetched(self, reference: str, client: Client) -> str:
        """RFC 9101 §10.4: only what was registered is fetched, so nobody aims us at an address.

        The fragment is a hash that tells caches of a change (§6.2); nothing is cached here, so what
        is followed is always what stands there now.
        """
        registered = {uri.partition("#")[0] for uri in client.request_uris}
        address = reference.partition("#")[0]
        if len(reference) > MAX_REFERENCE or address not in registered:
            raise InvalidRequestUri(
                "This request_uri is not registered for this client.", parameter="request_uri"
            )
        try:
            return self.fetch(address).strip()
        except ObjectUnreachable as problem:
            raise InvalidRequestUri(
                "request_uri does not answer with a request object.",
                parameter="request_uri",
                debug=str(problem),
            ) from problem

    def read(self, raw: str, client: Client) -> Mapping[str, Any]:
        if len(raw) > self.max_bytes:
            raise InvalidRequestObject("The request object is too long.")
        try:
            header, claims = segment(raw, 0), segment(raw, 1)
            signing_input, _, encoded = raw.encode("ascii").rpartition(b".")
            signature = b64url_decode(encoded)
        except (ClientNotAuthenticated, ValueError) as problem:
            raise InvalidRequestObject("The request object is not a signed JWT.") from problem
        algorithm = header.get("alg")
        wanted = client.request_object_signing_alg
        if algorithm not in REQUEST_OBJECT_ALGORITHMS or (wanted and algorithm != wanted):
            # OpenID Connect Registration 1.0 §2: objects not signed with the registered algorithm
            # MUST be rejected; RFC 8725 §3.1 against algorithm confusion.
            raise InvalidRequestObject("The request object's alg is not accepted for this client.")
        if "crit" in header:
            raise InvalidRequestObject("The request object has a critical header we do not know.")
        self._require_signature(header, signing_input, signature, client)
        self._require_claims(claims, client)
        return claims

    def _require_signature(
        self, header: Mapping[str, Any], signing_input: bytes, signature: bytes, client: Client
    ) -> None:
        algorithm = str(header["alg"])
        if algorithm in SYMMETRIC:
            secret = self.open_secret(client)
            expected = hmac.digest(secret, signing_input, "sha256") if secret else b""
            is_signed = bool(secret) and hmac.compare_digest(expected, signature)
        else:
            keys = self._keys(str(header.get("kid", "")), client)
            is_signed = any(is_valid(k.public, algorithm, signing_input, signature) for k in keys)
        if not is_signed:
            raise InvalidRequestObject("The request object's signature does not verify.")

    def _keys(self, kid: str, client: Client) -> tuple[ClientKey, ...]:
        try:
            return self.keys.candidates(client, kid, now=self.clock.timestamp())
        except ClientNotAuthenticated as problem:
            raise InvalidRequestObject(
                "No key of this client verifies the request object.", debug=str(problem)
            ) from problem

    def _require_claims(self, claims: Mapping[str, Any], client: Client) -> None:
        """RFC 9101 §5, §6.2; no nested references (`request`, `request_uri`)."""
        now = self.clock.timestamp()
        if {"request", "request_uri"} & claims.keys():
            raise InvalidRequestObject("A request object must not hold request or request_uri.")
        if not hmac.compare_digest(
            str(claims.get("client_id", client.client_id)).encode(), client.client_id.encode()
        ):
            raise InvalidRequestObject("The request object is another client's.")
        if claims.get("iss", client.client_id) != client.client_id:
            raise InvalidRequestObject("iss must be the client_id.")
        audience = claims.get("aud", self.issuer)
        if self.issuer not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidRequestObject("aud must be the issuer.")
        if _seconds(claims, "exp", default=now) < now - LEEWAY:
            raise InvalidRequestObject("The request object has expired.")
        if _seconds(claims, "nbf", default=now) > now + LEEWAY:
            raise InvalidRequestObject("The request object is not valid yet.")


def _seconds(claims: Mapping[str, Any], name: str, *, default: int) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequestObject(f"{name} must be a number of seconds.")
    return value
