"""Who asks: an access token of our own for this resource, in the hand of a client with a role.

Everything is looked at for every request: the token, the client's state and role as they are now,
the operation's rule, and how often the client has asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from admin.api.access import Operation
from admin.api.asked import CHANNEL, Caller
from admin.api.problems import (
    NO_ROLE,
    NOT_JSON,
    OTHER_ROLE,
    SCOPE_MISSING,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHENTICATED,
    Problem,
)
from idp.clients.client import Client, ClientDirectory
from idp.clients.limits import ClientLimits
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.staff.roles import Role
from idp.tokens.verification import AccessTokenVerifier, LiveToken

MOST_BYTES: Final = 262_144
LIMIT: Final = "client"
WINDOW: Final = 2
"""Seconds in which an emptied allowance is whole again."""
_JSON: Final = frozenset({"application/json", "application/merge-patch+json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a request is judged by. `resource` is the audience of the API's tokens."""

    resource: str
    metadata: str
    verifier: AccessTokenVerifier
    clients: ClientDirectory
    limits: ClientLimits
    rate: int
    clock: Clock

    def guard(self, operation: Operation) -> Callable[[HttpRequest], Caller]:
        """Who may pass to an operation; everybody else meets a Problem."""

        def admitted(request: HttpRequest) -> Caller:
            _require_readable(request)
            live = self._live(request.headers.get("Authorization", ""))
            client = self._client(live)
            if not self.limits.admits(client.client_id):
                raise Problem(TOO_MANY, headers=self._wait(client.client_id))
            caller = self._caller(client, live)
            self._require_rule(operation, caller)
            return caller

        return admitted

    def standing(self, client_id: str) -> dict[str, str]:
        """How much is left to a client (RateLimit header fields for HTTP, draft 10)."""
        if not self.rate:
            return {}
        left = self.limits.allowance(client_id)
        return {
            "RateLimit-Policy": f'"{LIMIT}";q={2 * self.rate};w={WINDOW}',
            "RateLimit": f'"{LIMIT}";r={left.remaining};t={ceil(left.wait) or WINDOW}',
        }

    def _wait(self, client_id: str) -> dict[str, str]:
        """RFC 6585 §4: how long to wait before a new request."""
        return {"Retry-After": str(ceil(self.limits.allowance(client_id).wait) or 1)}

    def _live(self, authorization: str) -> LiveToken:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise self._unauthenticated("an access token is needed: Authorization: Bearer …", "")
        live = self.verifier.verify(token.strip(), now=self.clock.timestamp())
        # RFC 9068 §4: "MUST validate that the aud claim contains … this resource". A token bound
        # to a key (`cnf`) proves nothing by itself, and its proof is not asked for here.
        if live is None or live.claims["aud"] != self.resource or "cnf" in live.claims:
            raise self._unauthenticated(
                "the access token is invalid, expired, revoked or not for us"
            )
        return live

    def _client(self, live: LiveToken) -> Client:
        client = self.clients.get(live.claims["client_id"])
        if client is None or client.status != "active":
            raise self._unauthenticated("the client is suspended or was removed")
        if live.grant:
            raise self._unauthenticated("the token was issued for a person, not for the client")
        return client

    def _caller(self, client: Client, live: LiveToken) -> Caller:
        if client.management_role not in set(Role):
            raise Problem(NO_ROLE)
        role = Role(client.management_role)
        is_of_department = role is Role.DEPARTMENT
        if is_of_department and not client.department:
            raise Problem(NO_ROLE, "the client's department is not known")
        return Caller(
            client_id=client.client_id,
            role=role,
            department=client.department if is_of_department else "",
            scopes=client.scope.intersection(str(live.claims.get("scope", "")).split()),
        )

    def _require_rule(self, operation: Operation, caller: Caller) -> None:
        if caller.role not in operation.roles:
            self._tell(operation, caller, "role")
            mine = ", ".join(sorted(operation.roles))
            raise Problem(OTHER_ROLE, f"{operation.name} is for: {mine}; yours is {caller.role}")
        if operation.scope and operation.scope not in caller.scopes:
            self._tell(operation, caller, "scope")
            challenge = f'Bearer error="insufficient_scope", scope="{operation.scope}"'
            raise Problem(SCOPE_MISSING, operation.scope, headers={"WWW-Authenticate": challenge})

    def _tell(self, operation: Operation, caller: Caller, why: str) -> None:
        event = AuditEvent(
            type="api.forbidden",
            outcome="refused",
            operator=caller.operator,
            channel=CHANNEL,
            detail={"operation": operation.name, "role": caller.role.value, "why": why},
        )
        with transaction.atomic():
            record(event, clock=self.clock)

    def _unauthenticated(self, detail: str, error: str = "invalid_token") -> Problem:
        """RFC 6750 §3; RFC 9728 §5.1 names where the resource describes itself."""
        said = f', error="{error}"' if error else ""
        challenge = f'Bearer realm="tongxing"{said}, resource_metadata="{self.metadata}"'
        return Problem(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def _require_readable(request: HttpRequest) -> None:
    """Bound the body, and take no other kind than JSON."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise Problem(TOO_LARGE, f"at most {MOST_BYTES} octets")
    if int(length) and (request.content_type or "") not in _JSON:
        raise Problem(NOT_JSON)
