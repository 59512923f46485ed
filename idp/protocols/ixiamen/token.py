"""`/oauth/token` of the old shape: a code, once, by an authenticated client, for a token."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.presented import AmbiguousAuthentication, ClientNotAuthenticated
from idp.clients.client import Client
from idp.clients.limits import ClientLimits
from idp.foundation.clock import Clock
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.keys import NoSigningKey
from idp.foundation.storage import StoreUnavailable
from idp.protocols.ixiamen.door import may_enter
from idp.protocols.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    OAuthError,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse, error_response, json_response
from idp.tokens.codes import AuthorizationCode
from idp.tokens.issuance import Issuance
from idp.tokens.refusals import GrantRefused

UNREACHABLE: Final = (StoreUnavailable, DatabaseUnavailable, NoSigningKey)
OpenId = Callable[[Client, UUID, str], str]
"""Client, person and their `sub` → the `openId` this client knows them by."""


class TooManyRequests(OAuthError):
    """RFC 6585 §4."""

    code = "temporarily_unavailable"
    status = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """Give clients that speak the shape of i厦门 an access token for a code."""

    authenticator: ClientAuthenticator
    issuance: Issuance
    limits: ClientLimits
    open_id: OpenId
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method != "POST":
            answer = error_response(InvalidRequest("Use POST."))
            headers = (*answer.headers, ("Allow", "POST"))
            return answer._replace(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        try:
            return json_response(self._answer(request))
        except OAuthError as problem:
            return error_response(problem)
        except GrantRefused:
            return error_response(InvalidGrant("The code is invalid, expired or used."))
        except UNREACHABLE:
            return error_response(TemporarilyUnavailable("Try again in a moment."))

    def _answer(self, request: WireRequest) -> dict[str, Any]:
        form = request.form_parameters()
        client = self._client(request, form)
        if not may_enter(client):
            raise UnauthorizedClient("This client is not registered for this interface.")
        if not self.limits.admits(client.client_id):
            raise TooManyRequests("Too many requests from this client.")
        if form.get("grant_type") != "authorization_code":
            raise UnsupportedGrantType("Only grant_type=authorization_code is supported.")
        code = self._code(client, form)
        issued = self.issuance.redeem(client, code, presented=form.get("code"), resources=())
        return {
            "access_token": issued.access_token.value,
            "token_type": "Bearer",
            "expires_in": issued.access_token.expires_in,
            "scope": issued.scope,
            "openId": self.open_id(client, code.person_id, code.sub),
        }

    def _client(self, request: WireRequest, form: Form) -> Client:
        """RFC 6749 §3.2.1: before anything of the code is looked at."""
        now = self.clock.timestamp()
        try:
            return self.authenticator.authenticate(request.authorization, form.single, now=now)
        except AmbiguousAuthentication as problem:
            raise InvalidRequest(str(problem)) from problem
        except ClientNotAuthenticated as problem:
            self.authenticator.failures.note(problem, remote_address=request.remote_address)
            raise InvalidClient("Client authentication failed.", debug=problem.debug) from problem

    def _code(self, client: Client, form: Form) -> AuthorizationCode:
        """The code, used up whatever comes of it (RFC 6749 §4.1.2, §4.1.3).

        A code of the other door is bound to more than is asked for here, and not good here.
        """
        code = self.issuance.redemptions.take(form.get("code")) if form.get("code") else None
        if code is None or code.client_id != client.client_id:
            raise GrantRefused("unknown, expired, or another client's")
        if code.redirect_uri != form.get("redirect_uri"):
            raise GrantRefused("another redirect_uri")
        if code.code_challenge or "openid" in code.scope:
            raise GrantRefused("a code of the OpenID Connect door")
        return code
