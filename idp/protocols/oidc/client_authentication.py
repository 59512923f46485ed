"""The OAuth endpoints' client: establishes it, and speaks the wire's refusal when it cannot."""

from collections.abc import Mapping

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.presented import AmbiguousAuthentication, ClientNotAuthenticated
from idp.clients.client import Client
from idp.protocols.oauth.errors import InvalidClient, InvalidRequest
from idp.protocols.oauth.wire import WireRequest


def authenticated_client(
    authenticator: ClientAuthenticator,
    request: WireRequest,
    parameters: Mapping[str, str],
    *,
    now: int,
) -> Client:
    """The client this request proved to come from; a failure is counted for the audit.

    `now` in seconds.

    RFC 6749 §5.2: every failure is the same invalid_client, whatever the reason was.

    Raises:
        InvalidRequest: more than one authentication method.
        InvalidClient: none, or one that does not hold.
    """
    try:
        return authenticator.authenticate(request.authorization, parameters, now=now)
    except AmbiguousAuthentication as problem:
        raise InvalidRequest(str(problem)) from problem
    except ClientNotAuthenticated as problem:
        authenticator.failures.note(problem, remote_address=request.remote_address)
        raise InvalidClient("Client authentication failed.", debug=problem.debug) from problem
