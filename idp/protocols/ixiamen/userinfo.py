"""The person behind an access token, in the old shape's fields."""

from dataclasses import dataclass
from http import HTTPStatus

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.protocols.ixiamen.door import may_enter
from idp.protocols.ixiamen.token import UNREACHABLE, OpenId
from idp.protocols.ixiamen.vocabulary import SCOPE_CLAIMS, person_of
from idp.protocols.oauth.errors import (
    InvalidRequest,
    InvalidToken,
    OAuthError,
    TemporarilyUnavailable,
)
from idp.protocols.oauth.wire import WireRequest, WireResponse, error_response, json_response
from idp.tokens.grant import read_grant_id
from idp.tokens.ledger import GrantLedger
from idp.tokens.refusals import GrantRefused
from idp.tokens.released_claims import ReleasedClaims
from idp.tokens.verification import AccessTokenVerifier

_REFUSED = "The access token is invalid, expired or revoked."


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoEndpoint:
    """Tell clients that speak the shape of i厦门 who the person is, as far as was released."""

    issuer: str
    clients: ClientDirectory
    verifier: AccessTokenVerifier
    ledger: GrantLedger
    released: ReleasedClaims
    open_id: OpenId
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method != "POST":
            answer = error_response(InvalidRequest("Use POST."))
            headers = (*answer.headers, ("Allow", "POST"))
            return answer._replace(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        try:
            return json_response(self._answer(_token(request)))
        except OAuthError as problem:
            return _refused(problem)
        except UNREACHABLE:
            return _refused(TemporarilyUnavailable("Try again in a moment."))

    def _answer(self, token: str) -> dict[str, str]:
        live = self.verifier.verify(token, now=self.clock.timestamp())
        if live is None or not live.grant or live.claims["aud"] != self.issuer:
            raise InvalidToken(_REFUSED)
        client = self.clients.get(live.claims["client_id"])
        if client is None or not may_enter(client):
            raise InvalidToken("The client is suspended.")
        grant = self.ledger.grant(read_grant_id(live.grant))
        if (
            grant is None
            or grant.revoked_at is not None
            or not set(grant.scope) <= set(SCOPE_CLAIMS)
        ):
            raise InvalidToken(_REFUSED)
        try:
            claims = self.released.read(client, grant, "userinfo")
            open_id = self.open_id(client, grant.person_id, grant.sub)
        except GrantRefused as problem:
            raise InvalidToken(_REFUSED, debug=problem.debug) from problem
        return person_of(open_id, claims)


def _token(request: WireRequest) -> str:
    """In the header or the body, never in the query (RFC 6750 §2.3), and in one place only."""
    scheme, _, value = request.authorization.partition(" ")
    in_header = value.strip() if scheme.lower() == "bearer" else ""
    in_body = request.form_parameters().get("access_token") if request.body else ""
    if bool(in_header) == bool(in_body):
        raise InvalidRequest("Send the access token in one place: in the body or as a Bearer.")
    return in_header or in_body


def _refused(problem: OAuthError) -> WireResponse:
    """RFC 6750 §3: a refused token is told in the challenge, too."""
    answer = error_response(problem)
    headers = tuple(each for each in answer.headers if each[0] != "WWW-Authenticate")
    if isinstance(problem, InvalidToken):
        headers = (*headers, ("WWW-Authenticate", 'Bearer error="invalid_token"'))
    return answer._replace(headers=headers)
