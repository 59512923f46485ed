"""none: a public client only says who it is; PKCE and redirect URIs guard it (RFC 6749 §2.1)."""

from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import Presented
from idp.clients.client import Client

WAY = "none"


def prove(_presented: Presented, _client: Client, _parts: Parts, *, now: int) -> None:
    """Nothing to prove: that the client is registered for `none` was judged already."""
