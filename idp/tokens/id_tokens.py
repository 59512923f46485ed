"""ID tokens (OpenID Connect Core 1.0 §2): what they say, signed as the client registered."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Any

from idp.clients.client import Client
from idp.conf import Lifetimes
from idp.foundation.keys import KeyRing
from idp.tokens.grant import Grant
from idp.tokens.released_claims import ReleasedClaims


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokens:
    issuer: str
    keys: KeyRing
    lifetimes: Lifetimes
    released: ReleasedClaims

    def issue(
        self, client: Client, grant: Grant, *, access_token: str, nonce: str, now: int
    ) -> str:
        """Sign the ID token that goes with `access_token`; `nonce` "" where none was sent.

        On refresh there is no nonce (OpenID Connect Core 1.0 §12.2), and `auth_time` stays that
        of the original authentication.
        """
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": grant.sub,
            "aud": client.client_id,
            "exp": now + self.lifetimes.id_token_ttl,
            "iat": now,
            "auth_time": grant.authenticated_at,
            "acr": grant.acr,
            "amr": grant.amr,
            "azp": client.client_id,
            "sid": grant.sid,
            "at_hash": token_hash(access_token, algorithm),
        }
        if nonce:
            claims["nonce"] = nonce
        if grant.id_token_claims:
            claims |= self.released.read(client, grant, "id_token")
        return self.keys.sign_jwt(claims, alg=algorithm, typ="JWT")


def token_hash(value: str, algorithm: str) -> str:
    """OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash the signature's alg uses.

    Ed25519 hashes with SHA-512 (RFC 8032 §5.1), as relying parties compute it for EdDSA.
    """
    digest = (sha512 if algorithm in {"EdDSA", "Ed25519"} else sha256)(value.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
