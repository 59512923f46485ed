"""What the system that keeps the city's staff may do with accounts: invite, change, suspend, close.

It may make nobody able to sign in: the one-time link and the second factor come from a security
administrator. What suspending and closing end beside the account is `standing`'s.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from idp.foundation.clock import Clock
from idp.foundation.sealing import Sealer
from idp.staff.accounts import By, Member, NewMember, NotAccepted, StaffAccounts, department_called
from idp.staff.departments import LONGEST_NAME, Departments, require_external_id
from idp.staff.models import StaffAccount
from idp.staff.roles import Role
from idp.staff.searching import Indexes, Search, external_index, open_rows, ordered
from idp.staff.standing import Standing

_PURPOSE = "staff.external_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An open account, and where its member works; "" and None for nowhere."""

    member: Member
    staff_number: str = field(repr=False)
    external_id: str = field(repr=False)
    department_id: UUID | None
    department: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What may change of an account; all else is for life."""

    name: str = field(repr=False)
    is_active: bool
    external_id: str = field(repr=False)
    department: str
    staff_number: str = field(default="", repr=False)
    """A correction, or what is known already; "" to say nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """Every change is one transaction with its audit events."""

    accounts: StaffAccounts
    standing: Standing
    departments: Departments
    sealer: Sealer
    clock: Clock

    @property
    def indexes(self) -> Indexes:
        """Conditions on what stands sealed."""
        return Indexes(numbers=self.accounts.numbers)

    def posts(self, roles: Collection[Role], search: Search | None = None) -> tuple[Post, ...]:
        """The open accounts in these roles: a search's, or all by user name."""
        rows = ordered(open_rows(roles).select_related("works_in"), search or Search())
        return tuple(self._post(row) for row in rows)

    def count(self, roles: Collection[Role], search: Search) -> int:
        """How many a search has on all its pages."""
        return open_rows(roles).filter(search.where).count()

    def get(
        self, account_id: UUID, roles: Collection[Role], *, is_held: bool = False
    ) -> Post | None:
        """One of them; when held, nobody else changes it until the transaction ends."""
        rows = open_rows(roles).filter(id=account_id)
        row = (rows.select_for_update() if is_held else rows).first()
        return self._post(row) if row else None

    def everybody(self, roles: Collection[Role]) -> frozenset[UUID]:
        """All open accounts in these roles, by id."""
        return frozenset(open_rows(roles).values_list("id", flat=True))

    def invite(self, new: NewMember, wanted: Wanted, *, by: By) -> Post:
        """Make an account that waits for its one-time link.

        Raises:
            NotAccepted: as `StaffAccounts.create`.
        """
        require_external_id(wanted.external_id)
        _require_department(wanted.department)
        bound = wanted.department if new.role is Role.DEPARTMENT else ""
        with transaction.atomic():
            invited = replace(
                new, is_invited=True, department=bound, works_in=wanted.department, name=wanted.name
            )
            self.accounts.create(invited, by=by)
            self._know_as(new.id, wanted.external_id)
            if not wanted.is_active:
                self.standing.suspend(new.id, by=by)
            return self._post(open_rows((new.role,)).get(id=new.id))

    def change(self, account_id: UUID, wanted: Wanted, *, by: By) -> Post:
        """Make an open account what is wanted.

        Raises:
            NotAccepted: a name, a department, an external id or a number cannot be one, or the
                number is somebody else's.
            BoundForLife: it is a department administrator's, and the department another.
            LastOfItsRole: it is the last administrator of its role, and to be suspended.
        """
        require_external_id(wanted.external_id)
        _require_department(wanted.department)
        now = self.clock.now()
        with transaction.atomic():
            row = StaffAccount.objects.select_for_update().get(id=account_id)
            post = self._post(row)
            name = wanted.department or row.department
            if post.department != name:
                department = department_called(name, now=now)
                self.departments.place(row, department.id if department else None, by=by)
            if (post.member.name, post.external_id) != (wanted.name, wanted.external_id):
                sealed = self.accounts.seal_name(account_id, wanted.name)
                StaffAccount.objects.filter(id=account_id).update(
                    sealed_name=sealed, updated_at=now
                )
                self._know_as(account_id, wanted.external_id)
                self.accounts.tell("staff.changed", account_id, by=by)
            if wanted.staff_number not in {"", post.staff_number}:
                self.accounts.numbers.correct(account_id, wanted.staff_number)
                self.accounts.tell("staff.number_corrected", account_id, by=by)
            if wanted.is_active:
                self.standing.reinstate(account_id, by=by)
            else:
                self.standing.suspend(account_id, by=by)
            return self._post(StaffAccount.objects.get(id=account_id))

    def close(self, account_id: UUID, *, by: By) -> bool:
        """Close an account for good; raises LastOfItsRole."""
        return self.standing.close(account_id, by=by)

    def _know_as(self, account_id: UUID, external_id: str) -> None:
        sealed = self.sealer.seal(external_id.encode(), purpose=_PURPOSE, owner=str(account_id))
        StaffAccount.objects.filter(id=account_id).update(
            sealed_external_id=sealed if external_id else None,
            external_index=external_index(self.accounts.numbers.index, external_id)
            if external_id
            else None,
        )

    def _post(self, row: StaffAccount) -> Post:
        sealed = row.sealed_external_id
        opened = sealed and self.sealer.unseal(bytes(sealed), purpose=_PURPOSE, owner=str(row.id))
        return Post(
            member=self.accounts.member_of(row),
            staff_number=self.accounts.numbers.of(row),
            external_id=opened.decode() if opened else "",
            department_id=row.works_in_id,
            department=row.works_in.name if row.works_in else "",
            created_at=row.created_at,
            changed_at=row.updated_at or row.created_at,
        )


def _require_department(name: str) -> None:
    if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise NotAccepted("department")
