"""What the service says of itself, and which operations a token lets a client ask for."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    External,
    Filter,
    ForbiddenException,
    Pagination,
    Patch,
    Reference,
    ResourceType,
    ServiceProviderConfig,
    Sort,
)
from scim2_server.requests import ScimRequest
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService

from idp.protocols.scim.resources import StaffProvider
from idp.staff.roles import Role

WRITE: Final = "scim"
READ: Final = "scim:read"
"""Scopes of the access tokens that a client gets for itself; the first lets it read, too."""
LONGEST_BODY: Final = 61_440
MOST_OPERATIONS: Final = 50
MOST_RESULTS: Final = 200
_READING: Final = frozenset({Operation.query, Operation.search, Operation.search_with_body})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks: a client, what its token says, and the roles it may keep."""

    client_id: str
    scope: frozenset[str]
    roles: frozenset[Role]


class StaffService(ScimService):
    """The protocol for one set of roles; an operation needs a scope that is for it."""

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        """RFC 7644 §2: "the server MUST … determine if … authorized for the request"."""
        del resource_type
        asking: Asking = request.subject
        if target.operation not in _READING and WRITE not in asking.scope:
            raise ForbiddenException(detail=f"The access token must be issued for {WRITE}.")


@lru_cache(maxsize=64)
def service_for(roles: frozenset[Role]) -> StaffService:
    """There are 31 sets of roles at most, and each is described once."""
    return StaffService(StaffProvider(configuration(), roles))


def configuration() -> ServiceProviderConfig:
    """RFC 7643 §5. Passwords are nobody's to set but the member's own."""
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=LONGEST_BODY),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        pagination=Pagination(
            cursor=False,
            index=True,
            default_page_size=MOST_RESULTS,
            max_page_size=MOST_RESULTS,
        ),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="OAuth Bearer Token",
                description=f"An access token of this server (client_credentials) for {WRITE}, "
                f"or for {READ} to read alone.",
                spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
                primary=True,
            )
        ],
    )
