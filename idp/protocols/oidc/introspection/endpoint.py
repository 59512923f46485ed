"""The introspection endpoint's handler: who asks, about what, and whether they may know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.client import Client
from idp.foundation.clock import Clock, microseconds
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable
from idp.protocols.oauth.errors import InvalidClient, InvalidRequest, TemporarilyUnavailable
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.protocols.oidc.client_authentication import authenticated_client
from idp.protocols.oidc.endpoint import answered, read_form
from idp.tokens.codes import hash_token
from idp.tokens.ledger import GrantLedger
from idp.tokens.redemption import REFRESH_PREFIX, SECOND
from idp.tokens.verification import AccessTokenVerifier

INACTIVE: Final[dict[str, Any]] = {"active": False}
"""RFC 7662 §2.2: no "additional information about an inactive token, including why"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionEndpoint:
    """The Handler of `/oauth2/introspect`.

    `token_type_hint` is not looked at: a token's form tells its type (RFC 7662 §2.1 lets it).
    """

    issuer: str
    authenticator: ClientAuthenticator
    verifier: AccessTokenVerifier
    ledger: GrantLedger
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        return answered(self._answer, request)

    def _answer(self, request: WireRequest) -> dict[str, Any]:
        form = read_form(request)
        now = self.clock.now()
        at = int(now.timestamp())
        client = authenticated_client(self.authenticator, request, form.single, now=at)
        if client.is_public:
            # RFC 7662 §2.1: "MUST also require some form of authorization to access this endpoint".
            raise InvalidClient("A public client cannot ask for introspection.")
        token = form.get("token")
        if not token:
            raise InvalidRequest("token is missing.", parameter="token")
        try:
            if token.startswith(REFRESH_PREFIX):
                return self._of_refresh_token(client, token, now=now)
            return self._of_access_token(client, token, now=at)
        except (StoreUnavailable, DatabaseUnavailable) as problem:
            raise TemporarilyUnavailable("Try again in a moment.") from problem

    def _of_access_token(self, client: Client, token: str, *, now: int) -> dict[str, Any]:
        live = self.verifier.verify(token, now=now)
        if live is None or not may_see(client, live.claims):
            return INACTIVE
        return {"active": True, "token_type": "Bearer", **live.claims}

    def _of_refresh_token(self, client: Client, token: str, *, now: datetime) -> dict[str, Any]:
        found = self.ledger.refresh_token(hash_token(token), now=now)
        at = microseconds(now)
        if (
            found is None
            or found.grant.client_id != client.client_id
            or found.grant.revoked_at is not None
            or found.used_at is not None
            or not found.session_lives
            or min(found.expires_at, found.grant.expires_at) <= at
        ):
            return INACTIVE
        return {
            "active": True,
            "iss": self.issuer,
            "client_id": client.client_id,
            "sub": found.grant.sub,
            "scope": " ".join(found.grant.scope),
            "iat": found.issued_at // SECOND,
            "exp": min(found.expires_at, found.grant.expires_at) // SECOND,
        }


def may_see(client: Client, claims: Any) -> bool:
    """Its own tokens, and those whose audience it is: anyone else learns nothing (RFC 7662 §4)."""
    if claims["client_id"] == client.client_id:
        return True
    return client.is_resource_server and claims["aud"] in client.resources
