"""Departments, and which members of staff work in them; each change is audited.

Whose clients a department administrator sees is bound to the account for good: such an account
neither leaves its department nor joins another.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.staff.accounts import By, NotAccepted
from idp.staff.models import StaffAccount, StaffDepartment

LONGEST_NAME: Final = 128
LONGEST_EXTERNAL_ID: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department by its name, which never changes; `staff` are the open accounts in it."""

    id: UUID
    name: str
    external_id: str
    staff: tuple[UUID, ...]
    created_at: datetime
    changed_at: datetime


class BoundForLife(Exception):
    """A department administrator's account is bound to its department."""


class NameTaken(Exception):
    """Another department bears the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departments:
    """Every change is one transaction with its audit event."""

    clock: Clock

    def listed(self) -> tuple[Department, ...]:
        """All, by name."""
        staff: dict[UUID, list[UUID]] = {}
        working = _open_accounts().filter(works_in__isnull=False).order_by("username")
        for account_id, department_id in working.values_list("id", "works_in_id"):
            staff.setdefault(department_id, []).append(account_id)
        rows = StaffDepartment.objects.order_by("name")
        return tuple(_department(row, staff.get(row.id, ())) for row in rows)

    def count(self) -> int:
        """How many there are."""
        return StaffDepartment.objects.count()

    def get(self, department_id: UUID, *, is_held: bool = False) -> Department | None:
        """One department; when held, nobody else changes it until the transaction ends."""
        rows = StaffDepartment.objects.filter(id=department_id)
        row = (rows.select_for_update() if is_held else rows).first()
        if row is None:
            return None
        working = _open_accounts().filter(works_in=row).order_by("username")
        return _department(row, working.values_list("id", flat=True))

    def create(self, name: str, *, external_id: str, by: By) -> Department:
        """A new department.

        Raises:
            NotAccepted: its name or its external id cannot be one.
            NameTaken: another has the name.
        """
        if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
            raise NotAccepted("department")
        require_external_id(external_id)
        now = self.clock.now()
        row = StaffDepartment(
            id=uuid4(), name=name.strip(), external_id=external_id, created_at=now, updated_at=now
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
                self._tell("department.created", row.id, by)
        except IntegrityError as conflict:
            raise NameTaken from conflict
        return _department(row, ())

    def know_as(self, department_id: UUID, external_id: str, *, by: By) -> None:
        """Keep what the system of staff calls it; raises NotAccepted."""
        require_external_id(external_id)
        with transaction.atomic():
            found = StaffDepartment.objects.filter(id=department_id)
            found.update(external_id=external_id, updated_at=self.clock.now())
            self._tell("department.changed", department_id, by)

    def move(
        self,
        department_id: UUID,
        *,
        joining: Collection[UUID],
        leaving: Collection[UUID],
        by: By,
    ) -> None:
        """Let members of staff work here, or here no more; whoever joins leaves where they were.

        Raises:
            BoundForLife: one of them is a department administrator.
        """
        moving = {**dict.fromkeys(leaving), **dict.fromkeys(joining, department_id)}
        with transaction.atomic():
            rows = _open_accounts().select_for_update(of=("self",)).filter(id__in=moving)
            for row in rows.order_by("id"):
                self.place(row, moving[row.id], by=by)

    def place(self, row: StaffAccount, department_id: UUID | None, *, by: By) -> None:
        """Let one work in a department, or in none; belongs in a transaction.

        Raises:
            BoundForLife: it is a department administrator, and not there already.
        """
        before = row.works_in_id
        if before == department_id:
            return
        if row.role == StaffAccount.Role.DEPARTMENT:
            raise BoundForLife
        now = self.clock.now()
        StaffAccount.objects.filter(id=row.id).update(works_in=department_id, updated_at=now)
        touched = [each for each in (before, department_id) if each]
        StaffDepartment.objects.filter(id__in=touched).update(updated_at=now)
        self._tell("staff.moved", department_id or before, by, account=str(row.id))

    def remove(self, department_id: UUID, *, by: By) -> bool:
        """Remove a department; whoever works there works nowhere then.

        Raises:
            BoundForLife: an administrator's account is bound to it.
        """
        with transaction.atomic():
            row = StaffDepartment.objects.select_for_update().filter(id=department_id).first()
            if row is None:
                return False
            bound = StaffAccount.Role.DEPARTMENT
            if _open_accounts().filter(works_in=row, role=bound).exists():
                raise BoundForLife
            now = self.clock.now()
            StaffAccount.objects.filter(works_in=row).update(works_in=None, updated_at=now)
            row.delete()
            self._tell("department.removed", department_id, by)
        return True

    def _tell(self, event: str, department_id: UUID | None, by: By, **detail: object) -> None:
        told = AuditEvent(
            type=event,
            outcome="success",
            operator=by.operator,
            client_id=by.client_id,
            channel=by.channel,
            detail={"department": str(department_id), **detail},
        )
        record(told, clock=self.clock)


def require_external_id(external_id: str) -> None:
    """Raises NotAccepted where it can be none."""
    if len(external_id) > LONGEST_EXTERNAL_ID or not external_id.isprintable():
        raise NotAccepted("external_id")


def _open_accounts() -> QuerySet[StaffAccount]:
    return StaffAccount.objects.exclude(status=StaffAccount.Status.CLOSED)


def _department(row: StaffDepartment, staff: Iterable[UUID]) -> Department:
    return Department(
        id=row.id,
        name=row.name,
        external_id=row.external_id,
        staff=tuple(staff),
        created_at=row.created_at,
        changed_at=row.updated_at,
    )
