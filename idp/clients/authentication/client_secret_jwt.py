"""client_secret_jwt: an assertion under HMAC with the client's secret (RFC 7523 §2.2, OIDC §9)."""

import hmac

from idp.clients.authentication.assertion import require_assertion
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import ClientNotAuthenticated, Presented
from idp.clients.client import Client

WAY = "assertion"
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def prove(presented: Presented, client: Client, parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated; only HMAC is tried, so a public key is never a secret."""
    if 0 < client.secret_expires_at <= now:
        raise ClientNotAuthenticated("the secret has expired")
    secret = parts.open_secret(client)
    if not secret:
        raise ClientNotAuthenticated("the client has no sealed secret")

    def is_signed(algorithm: str, signing_input: bytes, signature: bytes) -> bool:
        name = HASHES.get(algorithm)
        if name is None:
            return False
        return hmac.compare_digest(hmac.digest(secret, signing_input, name), signature)

    require_assertion(presented, client, parts, is_signed=is_signed, now=now)
