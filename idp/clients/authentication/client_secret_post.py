"""client_secret_post: the secret in the request body (RFC 6749 §2.3.1)."""

from idp.clients.authentication.client_secret_basic import require_secret
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import Presented
from idp.clients.client import Client

WAY = "post"


def prove(presented: Presented, client: Client, _parts: Parts, *, now: int) -> None:
    """Raises ClientNotAuthenticated unless the secret is the client's, and still good at `now`."""
    require_secret(presented.secret, client, now=now)
