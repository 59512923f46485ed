"""private_key_jwt: an assertion signed with the client's registered key (RFC 7523 §2.2)."""

from idp.clients.authentication.assertion import require_assertion
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import Presented, segment
from idp.clients.client import Client

WAY = "assertion"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")


def prove(presented: Presented, client: Client, parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated; only asymmetric keys of the client's JWK Set are tried."""
    kid = segment(presented.assertion, 0).get("kid")
    keys = parts.keys.candidates(client, kid if isinstance(kid, str) else "", now=now)
    require_assertion(presented, client, parts, keys=keys, algorithms=ALGORITHMS, now=now)
