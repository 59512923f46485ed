"""How accounts of staff stand: unlocked, suspended, reinstated, closed, whichever door asks.

The console, the management API, SCIM and `manage.py staff` all come here. Each change is one
transaction with the end of the member's sessions and the audit event: none is there without the
others. Whether a door lets somebody ask for it is the door's.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from idp.foundation.clock import Clock
from idp.staff.accounts import By, StaffAccounts
from idp.staff.models import StaffAccount, StaffNumber
from idp.staff.roles import THREE
from idp.staff.sessions import StaffSessions

_CLOSED = StaffAccount.Status.CLOSED


class LastOfItsRole(Exception):
    """Without it the deployment would have no administrator of this role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Each answers whether it changed anything: what stands so already is told nobody again."""

    accounts: StaffAccounts
    sessions: StaffSessions
    clock: Clock

    def unlock(self, account_id: UUID, *, by: By) -> bool:
        """Forget an open account's wrong tries."""
        with transaction.atomic():
            found = StaffAccount.objects.filter(id=account_id).exclude(status=_CLOSED)
            if not found.exclude(failures=0).update(failures=0, locked_until=None):
                return False
            self.accounts.tell("staff.unlocked", account_id, by=by)
        return True

    def suspend(self, account_id: UUID, *, by: By) -> bool:
        """Shut an account until it is reinstated, and end its sessions.

        Raises:
            LastOfItsRole: it is the last administrator of its role.
        """
        now = self.clock.now()
        with transaction.atomic():
            row = self._held(account_id)
            if row is None:
                return False
            ended = self.sessions.end_all(account_id, reason="account_suspended")
            if row.suspended_at:
                return False
            StaffAccount.objects.filter(id=row.id).update(suspended_at=now, updated_at=now)
            self.accounts.tell("staff.suspended", account_id, by=by, sessions=ended)
        return True

    def reinstate(self, account_id: UUID, *, by: By) -> bool:
        """Open a suspended account again, with the second factor it had."""
        with transaction.atomic():
            found = StaffAccount.objects.filter(id=account_id, suspended_at__isnull=False)
            found = found.exclude(status=_CLOSED)
            if not found.update(suspended_at=None, updated_at=self.clock.now()):
                return False
            self.accounts.tell("staff.reinstated", account_id, by=by)
        return True

    def close(self, account_id: UUID, *, by: By) -> bool:
        """Close an account for good, and end its sessions.

        Raises:
            LastOfItsRole: it is the last administrator of its role.
        """
        with transaction.atomic():
            row = self._held(account_id)
            if row is None:
                return False
            ended = self.sessions.end_all(account_id, reason="account_closed")
            StaffAccount.objects.filter(id=row.id).update(
                status=_CLOSED, updated_at=self.clock.now()
            )
            StaffNumber.objects.filter(account=row).update(is_open=False)
            self.accounts.tell("staff.closed", account_id, by=by, sessions=ended)
        return True

    def _held(self, account_id: UUID) -> StaffAccount | None:
        """An open account that may be shut.

        Whoever shuts one of the three roles takes hold of all in it: the last two cannot leave at
        once.

        Raises:
            LastOfItsRole: nobody else would be left of one of the three roles.
        """
        role = StaffAccount.objects.filter(id=account_id).values_list("role", flat=True).first()
        rows = StaffAccount.objects.select_for_update().exclude(status=_CLOSED)
        held = rows.filter(role=role) if role in THREE else rows.filter(id=account_id)
        by_id = {each.id: each for each in held.order_by("id")}
        row = by_id.get(account_id)
        if row is None:
            return None
        serving = {each.id for each in by_id.values() if _serves(each)}
        if role in THREE and serving == {row.id}:
            raise LastOfItsRole
        return row


def _serves(row: StaffAccount) -> bool:
    return row.status == StaffAccount.Status.ACTIVE and row.suspended_at is None
