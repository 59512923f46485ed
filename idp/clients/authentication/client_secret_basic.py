"""client_secret_basic: the secret in the Authorization header (RFC 6749 §2.3.1)."""

import hashlib
import hmac

from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import ClientNotAuthenticated, Presented
from idp.clients.client import Client

WAY = "basic"


def prove(presented: Presented, client: Client, _parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated unless the secret is the client's, and still good at `now`."""
    require_secret(presented.secret, client, now=now)


def require_secret(secret: str, client: Client, *, now: int) -> None:
    """Compared as SHA-256 in constant time: our secrets have 256 bit, a slow hash adds nothing."""
    given = hashlib.sha256(secret.encode()).digest()
    if not client.secret_sha256 or not hmac.compare_digest(given, client.secret_sha256):
        raise ClientNotAuthenticated("wrong secret")
    if 0 < client.secret_expires_at <= now:
        raise ClientNotAuthenticated("the secret has expired")
