"""Bearer tokens at a resource of ours: where they may stand, and how a refusal looks (RFC 6750)."""

from http import HTTPStatus

from idp.protocols.oauth.errors import InvalidRequest, InvalidToken, OAuthError
from idp.protocols.oauth.wire import NO_STORE, WireRequest, WireResponse, json_response
from idp.protocols.oidc.endpoint import ALLOW_ANY_ORIGIN, read_form

REALM = 'Bearer realm="tongxing"'


class NoToken(InvalidToken):
    """No authentication at all: then the challenge carries no error code (RFC 6750 §3.1)."""


def bearer_token(request: WireRequest) -> str:
    """The access token in the Authorization header or in a form body, never in the query.

    Raises:
        InvalidRequest: RFC 6750 §2, "Clients MUST NOT use more than one method".
        NoToken: none was sent.
    """
    in_body = ""
    if request.method == "POST" and request.body:
        in_body = read_form(request).get("access_token")
    scheme, _, value = request.authorization.partition(" ")
    in_header = value.strip() if scheme.lower() == "bearer" else ""
    if in_header and in_body:
        raise InvalidRequest("Send the access token in one place only.")
    if not in_header and not in_body:
        raise NoToken("An access token is needed.")
    return in_header or in_body


def bearer_refusal(problem: OAuthError) -> WireResponse:
    """RFC 6750 §3: the challenge says why, but nothing where no token was sent."""
    challenge = REALM
    document: dict[str, str] = {}
    if not isinstance(problem, NoToken):
        challenge += f', error="{problem.code}", error_description="{problem.description}"'
        document = {"error": problem.code, "error_description": problem.description}
    headers: tuple[tuple[str, str], ...] = (*NO_STORE, *ALLOW_ANY_ORIGIN)
    if problem.status != HTTPStatus.SERVICE_UNAVAILABLE:
        headers = (
            *headers,
            ("WWW-Authenticate", challenge),
            ("Access-Control-Expose-Headers", "WWW-Authenticate"),
        )
    return json_response(document, status=problem.status, headers=headers)
