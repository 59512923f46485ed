"""The revocation endpoint's handler: Authlib's flow over our tokens."""

from dataclasses import dataclass

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.client import Client
from idp.foundation.clock import Clock
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.keys import InvalidToken, KeyRing
from idp.foundation.storage import StoreUnavailable
from idp.protocols.oauth.errors import (
    InvalidGrant,
    InvalidRequest,
    TemporarilyUnavailable,
    UnsupportedTokenType,
)
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.protocols.oidc.client_authentication import authenticated_client
from idp.protocols.oidc.endpoint import ALLOW_ANY_ORIGIN, answered, preflight, read_form
from idp.tokens.codes import hash_token
from idp.tokens.ledger import GrantLedger
from idp.tokens.redemption import REFRESH_PREFIX
from idp.tokens.revocation import Revocation
from idp.tokens.verification import AccessTokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationEndpoint:
    """The Handler of `/oauth2/revoke`.

    Authlib's endpoint of this name answers an unsupported type with 401 and an unknown hint with
    an error, where RFC 7009 §2.2 says 400 and "is ignored"; so the flow stands here.
    """

    authenticator: ClientAuthenticator
    verifier: AccessTokenVerifier
    keys: KeyRing
    ledger: GrantLedger
    revocation: Revocation
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method == "OPTIONS":
            return preflight("POST")
        response = answered(self._answer, request)
        if request.origin and not request.authorization:
            return response._replace(headers=(*response.headers, *ALLOW_ANY_ORIGIN))
        return response

    def _answer(self, request: WireRequest) -> dict[str, str]:
        # RFC 7009 §2.2: 200 "if the token has been revoked successfully or if the client submitted
        # an invalid token".
        form = read_form(request)
        now = self.clock.timestamp()
        client = authenticated_client(self.authenticator, request, form.single, now=now)
        token = form.get("token")
        if not token:
            raise InvalidRequest("token is missing.", parameter="token")
        try:
            if token.startswith(REFRESH_PREFIX):
                self._revoke_refresh_token(client, token)
            else:
                self._revoke_access_token(client, token)
        except (StoreUnavailable, DatabaseUnavailable) as problem:
            # RFC 7009 §2.2.1: 503 tells the client that the token still exists.
            raise TemporarilyUnavailable("Try again in a moment.") from problem
        return {}

    def _revoke_refresh_token(self, client: Client, token: str) -> None:
        """RFC 7009 §2.1: a refresh token takes all access tokens of its grant with it."""
        now = self.clock.now()
        found = self.ledger.refresh_token(hash_token(token), now=now)
        if found is None:
            return
        _require_own(client, found.grant.client_id)
        self.revocation.revoke_grant(
            found.grant, reason="client", event_type="token.revoked", now=now
        )

    def _revoke_access_token(self, client: Client, token: str) -> None:
        live = self.verifier.verify(token, now=self.clock.timestamp())
        if live is not None:
            _require_own(client, live.claims["client_id"])
            self.revocation.revoke_access_token(token, live, now=self.clock.now())
        elif self._is_of_another_type(token):
            raise UnsupportedTokenType("Only access and refresh tokens can be revoked.")

    def _is_of_another_type(self, token: str) -> bool:
        """Whether it is a JWT of ours that is no access token: an ID token, a logout token."""
        try:
            self.keys.verify_jwt(token, typ=None)
        except InvalidToken:
            return False
        try:
            self.keys.verify_jwt(token, typ="at+jwt")
        except InvalidToken:
            return True
        return False


def _require_own(client: Client, owner: str) -> None:
    """RFC 7009 §2.1: "whether the token was issued to the client making the revocation request"."""
    if client.client_id != owner:
        raise InvalidGrant("The token was issued to another client.")
