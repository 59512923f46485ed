"""Reading an ID token of ours that comes back as a hint, expired or not."""

import hmac
from dataclasses import dataclass
from typing import Any

from idp.clients.client import Client
from idp.foundation.keys import InvalidToken, KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenHints:
    """OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2: the signature must be ours."""

    issuer: str
    keys: KeyRing

    def claims_of(self, id_token: str) -> dict[str, Any] | None:
        """The claims of an ID token we signed, or None. Its `exp` is not looked at on purpose."""
        try:
            claims = self.keys.verify_jwt(id_token, typ="JWT")
        except InvalidToken:
            return None
        return claims if claims.get("iss") == self.issuer and "sub" in claims else None

    def subject_of(self, id_token: str, client: Client) -> str:
        """The `sub`, where the token was issued to this client; else an empty string."""
        claims = self.claims_of(id_token)
        if claims is None or not is_audience(claims, client.client_id):
            return ""
        return str(claims["sub"])


def is_audience(claims: dict[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return any(hmac.compare_digest(str(name).encode(), client_id.encode()) for name in named)
