"""Signed request objects by value (RFC 9101, OpenID Connect Core 1.0 §6.1); never `none`."""

import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey

from idp.clients.authentication.client_keys import ClientKeys
from idp.clients.authentication.presented import ClientNotAuthenticated
from idp.clients.client import Client
from idp.foundation.clock import Clock
from idp.protocols.oauth.errors import InvalidRequestObject

MAX_BYTES = 32_768
ASYMMETRIC = ("RS256", "PS256", "ES256", "EdDSA")
SYMMETRIC = ("HS256",)
REQUEST_OBJECT_ALGORITHMS = (*ASYMMETRIC, *SYMMETRIC)
LEEWAY = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestObjects:
    """Implements parts.RequestObjectReader. `open_secret` unseals a client's secret for HS256."""

    issuer: str
    keys: ClientKeys
    open_secret: Callable[[Client], bytes]
    clock: Clock

    def read(self, raw: str, client: Client) -> Mapping[str, Any]:
        if len(raw) > MAX_BYTES:
            raise InvalidRequestObject("The request object is too long.")
        header = _header_of(raw)
        algorithm = header.get("alg")
        wanted = client.request_object_signing_alg
        if algorithm not in REQUEST_OBJECT_ALGORITHMS or (wanted and algorithm != wanted):
            # OpenID Connect Registration 1.0 §2: objects not signed with the registered algorithm
            # MUST be rejected; RFC 8725 §3.1 against algorithm confusion.
            raise InvalidRequestObject("The request object's alg is not accepted for this client.")
        if header.get("crit"):
            raise InvalidRequestObject("The request object has a critical header we do not know.")
        claims = self._verified(raw, str(algorithm), str(header.get("kid", "")), client)
        self._require_claims(claims, client)
        return claims

    def _verified(self, raw: str, algorithm: str, kid: str, client: Client) -> dict[str, Any]:
        for key in self._keys(algorithm, kid, client):
            try:
                payload = jws.deserialize_compact(raw, key, algorithms=[algorithm]).payload
                claims = orjson.loads(payload)
            except (JoseError, ValueError, TypeError):
                continue
            if isinstance(claims, dict):
                return claims
        raise InvalidRequestObject("The request object's signature does not verify.")

    def _keys(self, algorithm: str, kid: str, client: Client) -> tuple[Key, ...]:
        if algorithm in SYMMETRIC:
            secret = self.open_secret(client) if client.sealed_secret else b""
            return (OctKey.import_key(secret),) if secret else ()
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


def _header_of(raw: str) -> dict[str, Any]:
    try:
        first = raw.split(".", 1)[0].encode("ascii")
        header = orjson.loads(
            binascii.a2b_base64(first.translate(_URLSAFE) + b"==", strict_mode=False)
        )
    except (ValueError, binascii.Error) as problem:
        raise InvalidRequestObject("The request object is not a JWT.") from problem
    if not isinstance(header, dict):
        raise InvalidRequestObject("The request object is not a JWT.")
    return header


_URLSAFE = bytes.maketrans(b"-_", b"+/")


def _seconds(claims: Mapping[str, Any], name: str, *, default: int) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequestObject(f"{name} must be a number of seconds.")
    return value
