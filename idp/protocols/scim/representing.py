"""From accounts and departments to Users and Groups; a version is a hash of all a client sees."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from scim2_models import Meta, Reference, Resource

from idp.protocols.scim.resources import (
    Employment,
    Group,
    GroupOfUser,
    MemberOfGroup,
    StaffUser,
)
from idp.staff.departments import Department
from idp.staff.provisioning import Post

USERS: Final = "Users"
GROUPS: Final = "Groups"


def user_of(post: Post) -> Resource[Any]:
    """The User of an open account."""
    member = post.member
    user = StaffUser(
        id=str(member.id),
        external_id=post.external_id or None,
        user_name=member.username,
        display_name=member.name,
        active=not member.is_suspended,
        user_type=member.role.value,
        groups=_groups(post),
    )
    user[Employment] = Employment(
        employee_number=post.staff_number or None, department=post.department or None
    )
    seen = (
        *(member.id, member.username, member.name, member.role, member.is_suspended),
        *(post.external_id, post.staff_number, post.department_id, post.department),
    )
    return _dated(user, seen, created_at=post.created_at, changed_at=post.changed_at)


def group_of(department: Department, visible: Collection[UUID]) -> Resource[Any]:
    """The Group of a department, with those members that the client may see."""
    members = [
        MemberOfGroup(value=str(each), ref=Reference(f"{USERS}/{each}"), type="User")
        for each in department.staff
        if each in visible
    ]
    group = Group(
        id=str(department.id),
        external_id=department.external_id or None,
        display_name=department.name,
        members=members or None,
    )
    seen = (
        *(department.id, department.name, department.external_id),
        *(each.value for each in members),
    )
    return _dated(group, seen, created_at=department.created_at, changed_at=department.changed_at)


def _groups(post: Post) -> list[GroupOfUser] | None:
    if post.department_id is None:
        return None
    reference: Reference[Any] = Reference(f"{GROUPS}/{post.department_id}")
    return [GroupOfUser(value=str(post.department_id), ref=reference, display=post.department)]


def _dated(
    resource: Resource[Any], seen: tuple[object, ...], *, created_at: datetime, changed_at: datetime
) -> Resource[Any]:
    """With its meta; `seen` is all that a client sees and that can change."""
    digest = hashlib.sha256(orjson.dumps((*seen, changed_at))).hexdigest()[:32]
    resource.meta = Meta(
        resource_type="Group" if isinstance(resource, Group) else "User",
        created=created_at,
        last_modified=changed_at,
        version=f'W/"{digest}"',
    )
    return resource
