"""What a client must be so that it may use the management API: the one place where it is let in."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from admin.api.access import scopes_of
from admin.api.operations import OPERATIONS
from admin.api.routing import BASE
from idp.clients.metadata import MANAGEMENT_SCOPES
from idp.staff.roles import Role

_LONGEST_ID: Final = 64
"""It stands in records as the name of an operator."""


def management_mistakes(
    client_id: str, metadata: Mapping[str, Any], city: Any, *, issuer: str
) -> Iterable[tuple[str, str]]:
    """Yield what is wrong with a declared client's role, scopes and resource, if it has any."""
    resource = f"{issuer.rstrip('/')}/{BASE}"
    asked = [each for each in metadata.get("scope", "").split() if _is_ours(each)]
    if city.is_resource_server and resource in metadata.get("resources", ()):
        yield "resources", f"{resource} is the provider's own: no client may be asked about it"
    if not city.management_role:
        if asked:
            yield "scope", f"{asked[0]} goes with a management_role"
        return
    if city.management_role not in set(Role):
        yield "management_role", f"expected one of {', '.join(Role)}"
        return
    role = Role(city.management_role)
    if role is Role.DEPARTMENT and not city.department:
        yield "department", "is needed for the management_role of a department"
    if len(client_id) > _LONGEST_ID:
        yield "client_id", f"at most {_LONGEST_ID} characters for a client with a management_role"
    if "client_credentials" not in metadata["grant_types"]:
        yield "grant_types", "client_credentials is needed for a management_role"
    if resource not in metadata.get("resources", ()):
        yield "resources", f"{resource} is needed for a management_role"
    yield from _wrong_scopes(role, asked)


def _wrong_scopes(role: Role, asked: list[str]) -> Iterable[tuple[str, str]]:
    known = scopes_of(role, OPERATIONS)
    if not asked:
        yield "scope", f"names what it may do: {', '.join(sorted(known))}"
    for each in asked:
        if each not in known:
            yield "scope", f"{each} is none of the role {role}"


def _is_ours(scope: str) -> bool:
    return scope.startswith(MANAGEMENT_SCOPES)
