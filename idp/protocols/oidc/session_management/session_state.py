"""The `session_state` of an authorization response: what the iframe will compute again.

What a browser's state is, the sessions say; how the iframe reads it stands in `check_session.js`.
"""

import hashlib
from urllib.parse import urlsplit

from idp.foundation.randomness import random_token

DEFAULT_PORTS = {"http": 80, "https": 443}


def session_state(client_id: str, redirect_uri: str, *, browser_state: str) -> str:
    """OpenID Connect Session Management 1.0 §3.2: a salted hash, bound to client and origin."""
    salt = random_token(9)
    origin = web_origin(redirect_uri)
    hashed = hashlib.sha256(f"{client_id} {origin} {browser_state} {salt}".encode()).hexdigest()
    return f"{hashed}.{salt}"


def web_origin(uri: str) -> str:
    """RFC 6454 §6.2 for web addresses; a private-use scheme has no origin, so it is "null"."""
    parts = urlsplit(uri)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return "null"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{parts.port}"
