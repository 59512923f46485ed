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
    return _dated(user, "User", post.created_at, post.changed_at)


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
    return _dated(group, "Group", department.created_at, department.changed_at)


def _groups(post: Post) -> list[GroupOfUser] | None:
    if post.department_id is None:
        return None
    reference: Reference[Any] = Reference(f"{GROUPS}/{post.department_id}")
    return [GroupOfUser(value=str(post.department_id), ref=reference, display=post.department)]


def _dated(
    resource: Resource[Any], name: str, created_at: datetime, changed_at: datetime
) -> Resource[Any]:
    seen = orjson.dumps(resource.model_dump(), option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(seen + changed_at.isoformat().encode()).hexdigest()[:32]
    resource.meta = Meta(
        resource_type=name,
        created=created_at,
        last_modified=changed_at,
        version=f'W/"{digest}"',
    )
    return resource
