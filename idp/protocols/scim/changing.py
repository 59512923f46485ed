"""From what a client sent to changes of the staff's room; its roles bound all it reaches."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

from scim2_models import Resource

from idp.protocols.scim.resources import Employment, Group, User
from idp.staff.accounts import By, NewMember, NotAccepted
from idp.staff.departments import Department, Departments
from idp.staff.provisioning import Post, Provisioning, Wanted
from idp.staff.roles import Role
from idp.staff.searching import Search


class NotAllowed(Exception):
    """The client may not keep accounts of this role."""


class NotAMember(Exception):
    """Somebody who is to work in a department is nobody the client may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """`roles` are those whose accounts the client may keep."""

    provisioning: Provisioning
    roles: frozenset[Role]
    by: By

    @property
    def departments(self) -> Departments:
        return self.provisioning.departments

    def posts(self, search: Search) -> tuple[Post, ...]:
        return self.provisioning.posts(self.roles, search)

    def count(self, search: Search) -> int:
        return self.provisioning.count(self.roles, search)

    def post(self, account_id: UUID, *, is_held: bool) -> Post | None:
        return self.provisioning.get(account_id, self.roles, is_held=is_held)

    def visible(self) -> frozenset[UUID]:
        """Whom the client may see."""
        return self.provisioning.everybody(self.roles)

    def invite(self, resource: Resource[Any]) -> Post:
        """Make an account that waits for its one-time link (RFC 7644 §3.3)."""
        user = cast("User[Any]", resource)
        employment = _employment(user)
        new = NewMember(
            id=uuid4(),
            username=user.user_name or "",
            name=user.display_name or "",
            staff_number=employment.employee_number or "",
            role=self._role(user),
        )
        return self.provisioning.invite(new, _wanted(user, employment), by=self.by)

    def change(self, current: Resource[Any], resource: Resource[Any]) -> Post:
        """Make an account what was sent (RFC 7644 §3.5); what is for life was compared before."""
        user, account_id = cast("User[Any]", resource), UUID(str(current.id))
        return self.provisioning.change(account_id, _wanted(user, _employment(user)), by=self.by)

    def found(self, resource: Resource[Any]) -> tuple[Department, frozenset[UUID]]:
        """Make a department, with those who are to work there."""
        group = cast("Group", resource)
        made = self.departments.create(
            group.display_name or "", external_id=group.external_id or "", by=self.by
        )
        return self._peopled(made, group)

    def reshape(
        self, current: Resource[Any], resource: Resource[Any]
    ) -> tuple[Department, frozenset[UUID]]:
        """Change who works in a department, and what it is called outside."""
        group, department_id = cast("Group", resource), UUID(str(current.id))
        if (group.external_id or "") != (current.external_id or ""):
            self.departments.know_as(department_id, group.external_id or "", by=self.by)
        return self._peopled(self._department(department_id), group)

    def remove(self, resource_id: UUID, *, is_user: bool) -> None:
        if is_user:
            self.provisioning.close(resource_id, by=self.by)
        else:
            self.departments.remove(resource_id, by=self.by)

    def _peopled(self, department: Department, group: Group) -> tuple[Department, frozenset[UUID]]:
        seen, wanted = self.visible(), _members(group)
        for each in sorted(wanted - seen, key=str):
            raise NotAMember(each)
        now_there = seen.intersection(department.staff)
        self.departments.move(
            department.id, joining=wanted - now_there, leaving=now_there - wanted, by=self.by
        )
        return self._department(department.id), seen

    def _department(self, department_id: UUID) -> Department:
        found = self.departments.get(department_id)
        if found is None:  # pragma: no cover - it is held by this transaction
            raise LookupError(department_id)
        return found

    def _role(self, user: User[Any]) -> Role:
        named = user.user_type or ""
        if named not in set(Role):
            raise NotAccepted("role")
        role = Role(named)
        if role not in self.roles:
            raise NotAllowed(role)
        return role


def _employment(user: User[Any]) -> Employment:
    found: Employment | None = user[Employment]
    return found or Employment()


def _wanted(user: User[Any], employment: Employment) -> Wanted:
    return Wanted(
        name=user.display_name or "",
        is_active=user.active is not False,
        external_id=user.external_id or "",
        department=(employment.department or "").strip(),
        staff_number=employment.employee_number or "",
    )


def _members(group: Group) -> frozenset[UUID]:
    """Who is to work there.

    Raises:
        NotAMember: a value that names nobody.
    """
    found = set()
    for each in group.members or ():
        try:
            found.add(UUID(each.value or ""))
        except ValueError as problem:
            raise NotAMember(repr(each.value)[:80]) from problem
    return frozenset(found)
