"""Users and Groups as they stand on the wire: the attributes of RFC 7643 that we keep, no others.

A User is a member of staff, a Group a department. Docstrings under attributes are published in
/Schemas as their descriptions.
"""

from typing import Annotated, Any, ClassVar, Final

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ScimProvider,
    ServiceProviderConfig,
    Uniqueness,
)

from idp.staff.roles import Role

ROLES: Final = [role.value for role in Role]


class GroupOfUser(ComplexAttribute):
    """Where a member of staff works."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The identifier of the department."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the department."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the department."""


class User(Resource[AnyExtension]):
    """A member of staff who runs the city's identity, in one role."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Mutability.immutable, Uniqueness.server, Required.true] = None
    """The name the member signs in with; it never changes, and is never given again."""

    display_name: Annotated[str | None, Required.true] = None
    """The member's name, at most 60 characters."""

    active: Annotated[bool | None, Required.true] = None
    """False while the account is suspended. Setting it ends the member's sessions at once."""

    user_type: Annotated[str | None, Mutability.immutable, Required.true] = Field(
        None, examples=ROLES
    )
    """The role of the account: one, for life."""

    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None
    """The department the member works in."""
    Groups: ClassVar[type[ComplexAttribute]] = GroupOfUser


class Employment(Extension):
    """What the enterprise extension (RFC 7643 §4.3) says of a member of staff."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: Annotated[str | None, Required.true] = None
    """The staff number: one person holds one account. A correction is taken, and the number
    before it stays the same person's."""

    department: str | None = None
    """The name of the department; a department administrator is bound to it for life."""


class MemberOfGroup(ComplexAttribute):
    """A member of staff who works in a department."""

    value: Annotated[str | None, Mutability.immutable, Required.true, CaseExact.true] = None
    """The identifier of the User."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg] # a name
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the User."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """Always User: departments are not nested."""


class Group(Resource[Any]):
    """A department of the city."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[
        str | None, Mutability.immutable, Uniqueness.server, Required.true, CaseExact.true
    ] = None
    """The department's name, as clients and accounts bear it; it never changes."""

    members: list[MemberOfGroup] | None = None
    """Who works in the department. Whoever joins leaves the department they were in."""
    Members: ClassVar[type[ComplexAttribute]] = MemberOfGroup


StaffUser: Final = User[Annotated[Employment, Required.true]]


class StaffProvider(ScimProvider):
    """What one client finds here: its /Schemas name the roles that it may give, and no others."""

    def __init__(self, config: ServiceProviderConfig, roles: frozenset[Role]) -> None:
        super().__init__(
            models=[User, Employment, Group],
            resource_types=[
                ResourceType.from_resource(StaffUser),
                ResourceType.from_resource(Group),
            ],
            config=config,
        )
        self._published = tuple(_narrowed(each, roles) for each in super().schemas)

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """What the client finds on /Schemas."""
        return self._published


def _narrowed(schema: Schema, roles: frozenset[Role]) -> Schema:
    if schema.id != User.__schema__:
        return schema
    narrowed = schema.model_copy(deep=True)
    for attribute in narrowed.attributes or ():
        if attribute.name == "userType":
            attribute.canonical_values = [role.value for role in Role if role in roles]
    return narrowed
