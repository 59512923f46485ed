"""The endpoint under /scim/v2: who asks, what may be sent, and how answers and refusals look."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from scim2_models import (
    ForbiddenException,
    InvalidFilterException,
    InvalidSyntaxException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation

from idp.clients.client import ClientDirectory
from idp.clients.limits import ClientLimits
from idp.foundation.clock import Clock
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable
from idp.protocols.oauth.wire import NO_STORE, WireRequest, WireResponse
from idp.protocols.scim.changing import Changing
from idp.protocols.scim.service import (
    LONGEST_BODY,
    READ,
    WRITE,
    Asking,
    StaffService,
    service_for,
)
from idp.protocols.scim.storage import StaffStorage
from idp.staff.accounts import By
from idp.staff.provisioning import Provisioning
from idp.staff.roles import Role
from idp.tokens.verification import AccessTokenVerifier

LONGEST_QUERY: Final = 4_096
_REALM: Final = 'Bearer realm="tongxing"'
_UNREACHABLE: Final = (StoreUnavailable, DatabaseUnavailable, OperationalError, InterfaceError)
_NOBODY: Final = Asking(client_id="", scope=frozenset(), roles=frozenset())
_READS: Final = frozenset({Operation.query, Operation.search, Operation.search_with_body})
_LOG: Final = structlog.get_logger(__name__)


class TooManyRequests(SCIMException):
    """RFC 6585 §4."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    _default_detail = "Too many requests: try again in a second."


class Unreachable(SCIMException):
    """What is needed to answer does not answer itself."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    _default_detail = "Try again in a moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimEndpoint:
    """Keep staff and departments by SCIM 2.0 (RFC 7644): Users, Groups, Bulk and discovery."""

    root: str
    base_url: str
    issuer: str
    verifier: AccessTokenVerifier
    clients: ClientDirectory
    limits: ClientLimits
    provisioning: Provisioning
    clock: Clock

    def __call__(self, request: WireRequest, conditions: Mapping[str, str]) -> WireResponse:
        """Answer; `conditions` are the headers If-Match and If-None-Match."""
        service = service_for(frozenset())
        try:
            asked = self._read(request, conditions)
            if service.match(asked).operation is not Operation.service_provider_config:
                asked.subject = self._asking(request.authorization)
                service = service_for(asked.subject.roles)
            return _wire(self._served(service, asked))
        except SCIMException as refusal:
            # The detail may hold what was sent, and with it a name: the client alone reads it.
            _LOG.info(
                "scim.refused",
                path=request.path,
                status=refusal.status,
                scim_type=refusal.scim_type,
                remote_address=request.remote_address,
            )
            return _refused(service, refusal, request.authorization)
        except _UNREACHABLE:
            _LOG.exception("scim.unreachable", path=request.path)
            return _refused(service, Unreachable(), request.authorization)

    def _read(self, request: WireRequest, conditions: Mapping[str, str]) -> ScimRequest:
        """The request as scim2-server takes it, within its limits."""
        if len(request.body) > LONGEST_BODY:
            raise PayloadTooLargeException(detail=f"A body has at most {LONGEST_BODY} bytes.")
        if len(request.query) > LONGEST_QUERY:
            raise InvalidFilterException(detail=f"A query has at most {LONGEST_QUERY} characters.")
        try:
            query = parse_qsl(request.query, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError as problem:
            raise InvalidSyntaxException(detail="The query is not UTF-8.") from problem
        return ScimRequest(
            method="GET" if request.method == "HEAD" else request.method,
            base_url=self.base_url,
            path=request.path.removeprefix(self.root) or "/",
            query=dict(query),
            headers={"Content-Type": request.content_type, **conditions},
            body=request.body,
            subject=_NOBODY,
        )

    def _asking(self, authorization: str) -> Asking:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise UnauthorizedException(detail="Send an access token: Authorization: Bearer …")
        live = self.verifier.verify(token.strip(), now=self.clock.timestamp())
        if live is None or live.claims["aud"] != self.issuer:
            # RFC 9068 §4: "MUST validate that the aud claim contains … this resource".
            raise UnauthorizedException(
                detail="The access token is invalid, expired, revoked or not for us."
            )
        client = self.clients.get(live.claims["client_id"])
        if client is None or client.status != "active":
            raise UnauthorizedException(detail="The client is suspended.")
        scope = frozenset(live.claims["scope"].split())
        if live.grant or not scope & {READ, WRITE}:
            raise ForbiddenException(
                detail=f"The access token must be issued to a client for {WRITE} or {READ}."
            )
        roles = frozenset(Role(name) for name in client.provisions)
        if not roles:
            raise ForbiddenException(detail="No administrator lets this client keep staff.")
        if not self.limits.admits(client.client_id):
            raise TooManyRequests
        return Asking(client_id=client.client_id, scope=scope, roles=roles)

    def _served(self, service: StaffService, asked: ScimRequest) -> ScimResponse:
        asking: Asking = asked.subject
        changing = Changing(
            provisioning=self.provisioning,
            roles=asking.roles,
            by=By(client_id=asking.client_id, channel="scim"),
        )
        writes = service.match(asked).operation not in _READS
        return ScimHandler(service, StaffStorage(changing, writes)).handle(asked)


def _wire(response: ScimResponse) -> WireResponse:
    headers = {name: str(value) for name, value in response.headers.items()}
    body = b"" if response.body is None else _json(response.body)
    if not body:
        headers.pop("Content-Type", None)
    return WireResponse(
        status=int(response.status), headers=(*headers.items(), *NO_STORE), body=body
    )


def _json(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        # A startIndex beyond 64 bits is told again as it was sent.
        return json.dumps(document, ensure_ascii=False).encode()


def _refused(service: StaffService, refusal: SCIMException, authorization: str) -> WireResponse:
    """RFC 7644 §3.12, with the challenge of RFC 6750 §3."""
    answer = _wire(service.error_response(refusal))
    headers = [each for each in answer.headers if each[0] != "WWW-Authenticate"]
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        error = ', error="invalid_token"' if authorization else ""
        headers.append(("WWW-Authenticate", f"{_REALM}{error}"))
    elif isinstance(refusal, ForbiddenException) and "access token" in str(refusal):
        challenge = f'{_REALM}, error="insufficient_scope", scope="{WRITE}"'
        headers.append(("WWW-Authenticate", challenge))
    if refusal.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers.append(("Retry-After", "2"))
    return answer._replace(headers=tuple(headers))
