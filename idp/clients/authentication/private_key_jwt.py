"""private_key_jwt: an assertion signed with the client's registered key (RFC 7523 §2.2)."""

from idp.clients.authentication.assertion import require_assertion
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import Presented, segment
from idp.clients.client import Client
from idp.foundation.keys.jose import is_valid

WAY = "assertion"
ALGORITHMS = {
    "RS256": "RS256",
    "PS256": "PS256",
    "ES256": "ES256",
    "EdDSA": "EdDSA",
    "Ed25519": "EdDSA",
}
"""What a header may say, and what it means; RFC 9864 names the curve."""


def prove(presented: Presented, client: Client, parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated; only asymmetric keys of the client's JWK Set are tried."""
    kid = segment(presented.assertion, 0).get("kid")
    keys = parts.keys.candidates(client, kid if isinstance(kid, str) else "", now=now)

    def is_signed(algorithm: str, signing_input: bytes, signature: bytes) -> bool:
        meant = ALGORITHMS.get(algorithm)
        if meant is None:
            return False
        return any(is_valid(key.public, meant, signing_input, signature) for key in keys)

    require_assertion(presented, client, parts, is_signed=is_signed, now=now)
