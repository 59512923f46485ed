"""The token endpoint: from the wire to the wire through the phases listed in PHASES.

Each phase leaves what it established in the exchange; the first refusal ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.client import Client
from idp.clients.limits import ClientLimits
from idp.foundation.clock import Clock
from idp.protocols.oauth.errors import InvalidRequest
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse, error_response, json_response
from idp.protocols.oidc.client_authentication import authenticated_client
from idp.protocols.oidc.endpoint import (
    ALLOW_ANY_ORIGIN,
    TooManyRequests,
    method_not_allowed,
    note_refusal,
    preflight,
    read_form,
)
from idp.protocols.oidc.token.engine import Engine, EngineRequest, RegisteredClient
from idp.protocols.oidc.token.refusals import REFUSALS, as_oauth_error


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpointParts:
    engine: Engine
    authenticator: ClientAuthenticator
    limits: ClientLimits
    clock: Clock


class Exchange:
    """One token request on its way; a phase may rely on what those before it left here."""

    __slots__ = ("client", "document", "form", "grant", "now", "parts", "wire")

    form: Form
    client: Client
    grant: Any
    document: dict[str, Any]

    def __init__(self, wire: WireRequest, parts: TokenEndpointParts) -> None:
        self.wire = wire
        self.parts = parts
        self.now = parts.clock.timestamp()


def parse_body(exchange: Exchange) -> None:
    exchange.form = read_form(exchange.wire)
    if not exchange.form.get("grant_type"):
        raise InvalidRequest("grant_type is missing.", parameter="grant_type")


def authenticate_client(exchange: Exchange) -> None:
    """RFC 6749 §3.2.1: before anything of the grant is looked at."""
    exchange.client = authenticated_client(
        exchange.parts.authenticator, exchange.wire, exchange.form.single, now=exchange.now
    )


def admit_client(exchange: Exchange) -> None:
    """A client that asks too fast is told when to come again; nothing of its grant is used up."""
    if not exchange.parts.limits.admits(exchange.client.client_id):
        raise TooManyRequests("Too many requests from this client.")


def choose_grant(exchange: Exchange) -> None:
    request = EngineRequest(exchange.form, RegisteredClient(exchange.client))
    exchange.grant = exchange.parts.engine.get_token_grant(request)


def validate_grant(exchange: Exchange) -> None:
    exchange.grant.validate_token_request()


def issue_tokens(exchange: Exchange) -> None:
    _, exchange.document, _ = exchange.grant.create_token_response()


Phase = Callable[[Exchange], None]
PHASES: Final[tuple[Phase, ...]] = (
    parse_body,
    authenticate_client,
    admit_client,
    choose_grant,
    validate_grant,
    issue_tokens,
)


class TokenEndpoint:
    """The Handler of `/oauth2/token`."""

    def __init__(self, parts: TokenEndpointParts) -> None:
        self._parts = parts

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method == "OPTIONS":
            return preflight("POST")
        if request.method != "POST":
            return method_not_allowed("POST")
        exchange = Exchange(request, self._parts)
        response = self._run(exchange)
        if request.origin and not request.authorization:
            # Only a public client lives in a page; credentials never travel with this answer.
            return response._replace(headers=(*response.headers, *ALLOW_ANY_ORIGIN))
        return response

    def _run(self, exchange: Exchange) -> WireResponse:
        try:
            for phase in PHASES:
                phase(exchange)
        except REFUSALS as problem:
            error = as_oauth_error(problem)
            note_refusal(exchange.wire, error)
            return error_response(error)
        return json_response(exchange.document)
