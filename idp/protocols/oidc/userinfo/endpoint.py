"""The UserInfo handler: from an access token to the claims its grant releases, plain or signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.keys import KeyRing, NoSigningKey
from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore, StoreUnavailable
from idp.protocols.oauth.errors import (
    InsufficientScope,
    InvalidToken,
    OAuthError,
    TemporarilyUnavailable,
)
from idp.protocols.oauth.wire import NO_STORE, WireRequest, WireResponse, json_response
from idp.protocols.oidc.endpoint import (
    ALLOW_ANY_ORIGIN,
    method_not_allowed,
    note_refusal,
    preflight,
)
from idp.protocols.oidc.userinfo.bearer import bearer_refusal, bearer_token
from idp.tokens.grant import read_grant_id
from idp.tokens.ledger import GrantLedger
from idp.tokens.refusals import GrantRefused
from idp.tokens.released_claims import ReleasedClaims
from idp.tokens.verification import AccessTokenVerifier, LiveToken

REMEMBERED = 5
"""Seconds released claims are kept, sealed: the staleness of a changed name on any node."""
PURPOSE = "userinfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoEndpoint:
    """The Handler of `/oauth2/userinfo`, by GET and POST."""

    issuer: str
    verifier: AccessTokenVerifier
    clients: ClientDirectory
    ledger: GrantLedger
    released: ReleasedClaims
    store: ShortLivedStore
    sealer: Sealer
    keys: KeyRing
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method == "OPTIONS":
            return preflight("GET, POST")
        if request.method not in {"GET", "HEAD", "POST"}:
            return method_not_allowed("GET, POST")
        try:
            return self._answer(bearer_token(request))
        except OAuthError as problem:
            note_refusal(request, problem)
            return bearer_refusal(problem)
        except (StoreUnavailable, DatabaseUnavailable, NoSigningKey) as problem:
            unavailable = TemporarilyUnavailable("Try again in a moment.", debug=str(problem))
            note_refusal(request, unavailable)
            return bearer_refusal(unavailable)

    def _answer(self, token: str) -> WireResponse:
        live = self.verifier.verify(token, now=self.clock.timestamp())
        if live is None or live.claims["aud"] != self.issuer:
            # RFC 9068 §4: "MUST validate that the aud claim contains … this resource".
            raise InvalidToken("The access token is invalid, expired, revoked or not for UserInfo.")
        if not live.grant or "openid" not in live.claims["scope"].split():
            raise InsufficientScope("The access token was not granted for openid.")
        client = self.clients.get(live.claims["client_id"])
        if client is None or client.status != "active":
            raise InvalidToken("The client is suspended.")
        document = {**self._claims(client, live), "sub": live.claims["sub"]}
        if client.userinfo_signed_response_alg:
            return self._signed(client, document)
        return json_response(document, headers=(*NO_STORE, *ALLOW_ANY_ORIGIN))

    def _claims(self, client: Client, live: LiveToken) -> Mapping[str, Any]:
        key = f"ui:{live.grant}"
        sealed = self.store.get(key)
        if sealed is not None:
            found: dict[str, Any] = orjson.loads(
                self.sealer.unseal(sealed, purpose=PURPOSE, owner=live.grant)
            )
            return found
        grant = self.ledger.grant(read_grant_id(live.grant))
        if grant is None or grant.revoked_at is not None:
            raise InvalidToken("The grant is revoked.")
        try:
            claims = self.released.read(client, grant, "userinfo")
        except GrantRefused as problem:
            raise InvalidToken("The grant is revoked.", debug=problem.debug) from problem
        sealed = self.sealer.seal(orjson.dumps(claims), purpose=PURPOSE, owner=live.grant)
        self.store.put(key, sealed, ttl=REMEMBERED)
        return claims

    def _signed(self, client: Client, document: Mapping[str, Any]) -> WireResponse:
        """OpenID Connect Core 1.0 §5.3.2: signed, it "SHOULD contain the Claims iss and aud"."""
        claims = {"iss": self.issuer, "aud": client.client_id, **document}
        value = self.keys.sign_jwt(claims, alg=client.userinfo_signed_response_alg, typ="JWT")
        return WireResponse(
            status=200,
            headers=(("Content-Type", "application/jwt"), *NO_STORE, *ALLOW_ANY_ORIGIN),
            body=value.encode(),
        )
