"""The registration endpoint and each client's configuration endpoint; clients judges metadata."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from idp.clients.client import Client
from idp.clients.metadata import MetadataProblem
from idp.clients.registrar import ClientRegistrar, Registered
from idp.protocols.oauth.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidToken,
    OAuthError,
)
from idp.protocols.oauth.wire import (
    NO_STORE,
    WireRequest,
    WireResponse,
    ascii_only,
    json_response,
)

MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEndpoint:
    """POST registers; GET, PUT and DELETE on `<path>/<client_id>` manage, by the client's token.

    `may_register` judges an initial access token ("" where none was sent; RFC 7591 §3);
    `require_sector` checks a sector_identifier_uri over the network (OIDC Registration §5).
    """

    address: str
    path: str
    registrar: ClientRegistrar
    may_register: Callable[[str], bool]
    require_sector: Callable[[Mapping[str, Any]], None]

    def __call__(self, request: WireRequest) -> WireResponse:
        try:
            if request.path == self.path:
                return self._register(request)
            return self._manage(request, request.path.removeprefix(f"{self.path}/"))
        except MetadataProblem as problem:
            error = (
                InvalidRedirectUri if problem.member == "redirect_uris" else InvalidClientMetadata
            )
            return _refusal(error(str(problem), parameter=problem.member))
        except OAuthError as problem:
            return _refusal(problem)

    def _register(self, request: WireRequest) -> WireResponse:
        if request.method != "POST":
            return WireResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "POST"),))
        if not self.may_register(_bearer(request)):
            raise InvalidToken("Registration needs an initial access token.")
        given = _json_object(request)
        self.require_sector(given)
        return json_response(
            self._document(self.registrar.register(given)), status=HTTPStatus.CREATED
        )

    def _manage(self, request: WireRequest, client_id: str) -> WireResponse:
        """RFC 7592 §2. An unknown client and a wrong token get one answer (§2.1)."""
        client = self.registrar.owner_of(client_id, _bearer(request))
        if client is None:
            raise InvalidToken("This registration access token is not valid.")
        if request.method == "GET":
            return json_response(self._read(client))
        if request.method == "PUT":
            given = _json_object(request)
            if given.get("client_id") != client_id:
                raise InvalidRequest("client_id must be this client's.", parameter="client_id")
            self.require_sector(given)
            return json_response(self._read(self.registrar.replace(client_id, given)))
        if request.method == "DELETE":
            self.registrar.remove(client_id)
            return WireResponse(status=HTTPStatus.NO_CONTENT, headers=NO_STORE)
        allow = (("Allow", "GET, PUT, DELETE"),)
        return WireResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=allow)

    def _document(self, registered: Registered) -> dict[str, Any]:
        """RFC 7591 §3.2.1: all registered metadata, and the secrets, told this once."""
        document = self._read(registered.client)
        document["client_id_issued_at"] = registered.issued_at
        document["registration_access_token"] = registered.registration_access_token
        if registered.client_secret:
            document["client_secret"] = registered.client_secret
            document["client_secret_expires_at"] = 0
        return document

    def _read(self, client: Client) -> dict[str, Any]:
        return {
            **client.metadata,
            "client_id": client.client_id,
            "registration_client_uri": f"{self.address}/{client.client_id}",
        }


def _refusal(problem: OAuthError) -> WireResponse:
    """RFC 7591 §3.2.2; a bad token is told as RFC 6750 §3 asks."""
    headers: tuple[tuple[str, str], ...] = NO_STORE
    if isinstance(problem, InvalidToken):
        headers = (*NO_STORE, ("WWW-Authenticate", 'Bearer error="invalid_token"'))
    document = {"error": problem.code, "error_description": ascii_only(problem.description)}
    return json_response(document, status=problem.status, headers=headers)


def _bearer(request: WireRequest) -> str:
    scheme, _, token = request.authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _json_object(request: WireRequest) -> dict[str, Any]:
    if request.content_type.split(";", 1)[0].strip().lower() != "application/json":
        raise InvalidRequest("The body must be application/json.")
    if len(request.body) > MAX_BYTES:
        raise InvalidRequest("The body is too long.")
    try:
        document = orjson.loads(request.body)
    except orjson.JSONDecodeError as problem:
        raise InvalidRequest("The body is not JSON.") from problem
    if not isinstance(document, dict):
        raise InvalidRequest("The body is not a JSON object.")
    return document
