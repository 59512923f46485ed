"""client_secret_jwt: an assertion under HMAC with the client's secret (RFC 7523 §2.2, OIDC §9)."""

from joserfc.jwk import OctKey

from idp.clients.authentication.assertion import require_assertion
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import ClientNotAuthenticated, Presented
from idp.clients.client import Client

WAY = "assertion"
ALGORITHMS = ("HS256", "HS384", "HS512")


def prove(presented: Presented, client: Client, parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated; only HMAC is tried, so a public key is never a secret."""
    if 0 < client.secret_expires_at <= now:
        raise ClientNotAuthenticated("the secret has expired")
    secret = parts.open_secret(client)
    if not secret:
        raise ClientNotAuthenticated("the client has no sealed secret")
    keys = (OctKey.import_key(secret),)
    require_assertion(presented, client, parts, keys=keys, algorithms=ALGORITHMS, now=now)
