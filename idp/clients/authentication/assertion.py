"""Judges a JWT client assertion: signature, claims, single use (RFC 7523 §3).

Which keys and algorithms may be tried is the method's to say. Authlib's assertion class is not
used: it reads the clock itself and takes any algorithm the key fits (see docs/decisions).
"""

import hashlib
from collections.abc import Callable, Mapping

from idp.clients.authentication.parts import UNDATED_LIFETIME, Parts
from idp.clients.authentication.presented import ClientNotAuthenticated, Presented, segment
from idp.clients.client import Client
from idp.foundation.keys import b64url_decode

IsSigned = Callable[[str, bytes, bytes], bool]
"""Algorithm, signing input, signature → whether the client's key or secret made it."""


def require_assertion(
    presented: Presented, client: Client, parts: Parts, *, is_signed: IsSigned, now: int
) -> None:
    """Raises ClientNotAuthenticated unless the assertion holds and is used for the first time."""
    header = segment(presented.assertion, 0)
    algorithm = str(header.get("alg", ""))
    registered = client.token_endpoint_auth_signing_alg
    if registered and algorithm != registered:
        raise ClientNotAuthenticated("the algorithm is not the registered one")
    if "crit" in header:
        # RFC 7515 §4.1.11: extensions we do not understand make the JWS invalid.
        raise ClientNotAuthenticated("the assertion has critical extensions")
    signing_input, _, encoded = presented.assertion.encode().rpartition(b".")
    try:
        signature = b64url_decode(encoded)
    except ValueError as problem:
        raise ClientNotAuthenticated("unreadable signature") from problem
    if not is_signed(algorithm, signing_input, signature):
        raise ClientNotAuthenticated("no key of the client verifies the assertion")
    claims = segment(presented.assertion, 1)
    _require_claims(claims, client, parts, now=now)
    _require_first_use(claims, client, parts, now=now)


def _require_claims(
    claims: Mapping[str, object], client: Client, parts: Parts, *, now: int
) -> None:
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise ClientNotAuthenticated("iss and sub are not the client_id")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one in parts.audiences for one in named):
        raise ClientNotAuthenticated("aud is not this server")
    expires = _instant(claims, "exp")
    if expires is None or expires + parts.leeway <= now:
        raise ClientNotAuthenticated("the assertion has expired, or has no exp")
    longest = parts.max_lifetime if "iat" in claims else min(parts.max_lifetime, UNDATED_LIFETIME)
    if expires > now + longest + parts.leeway:
        # RFC 7523 §3: the server MAY reject an exp "that is unreasonably far in the future".
        raise ClientNotAuthenticated("exp is too far in the future")
    for name in ("nbf", "iat"):
        begins = _instant(claims, name)
        if name in claims and (begins is None or begins > now + parts.leeway):
            raise ClientNotAuthenticated(f"{name} is in the future")


def _require_first_use(
    claims: Mapping[str, object], client: Client, parts: Parts, *, now: int
) -> None:
    """RFC 7523 §3: the jti of a live assertion is remembered, so it cannot be replayed.

    One that does not say when it was issued is taken to be as old as it can be: after a fail-over
    of the store it is refused until that, too, lies behind it.
    """
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not identifier:
        raise ClientNotAuthenticated("the assertion has no jti")
    name = hashlib.sha256(f"{client.client_id}\n{identifier}".encode()).hexdigest()
    expires = _instant(claims, "exp") or now
    ttl = max(1, expires + parts.leeway - now + 1)
    issued_at = _instant(claims, "iat")
    if issued_at is None:
        issued_at = expires - min(parts.max_lifetime, UNDATED_LIFETIME) - parts.leeway
    if not parts.replays.is_first_use(f"assertion:{name}", issued_at=issued_at, ttl=ttl):
        raise ClientNotAuthenticated("the assertion was used before, or before the store forgot")


def _instant(claims: Mapping[str, object], name: str) -> int | None:
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    return None
