"""The accounts of staff: made, found, locked after wrong tries, unlocked, closed; each audited.

Checking a password with an outside directory, and what somebody proves beside it, is `signing_in`.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from connectors.contract import UpstreamIdentity
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing import BlindIndex, Sealer
from idp.staff.models import StaffAccount
from idp.staff.roles import Role
from idp.subjects.passwords import Passwords

MOST_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=30)
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_STAFF_NUMBER: Final = re.compile(r"[A-Z0-9-]{3,32}")
_LONGEST_NAME: Final = 60
_LOG: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of staff in their one role. `locked_until` is None unless the account is locked."""

    id: UUID
    username: str
    name: str = field(repr=False)
    role: Role
    department: str = ""
    is_closed: bool = False
    is_of_directory: bool = False
    locked_until: datetime | None = None
    created_at: datetime | None = None
    last_signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """What a new account is made of; a password, or the entry of a directory that checks it."""

    id: UUID
    username: str
    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    role: Role
    department: str = ""
    password: str = field(default="", repr=False)
    directory_id: str = ""


class NotAccepted(ValueError):
    """The account cannot be made so; `field` says which part, or why."""

    def __init__(self, which: str) -> None:
        super().__init__(which)
        self.field = which


class LastOfItsRole(Exception):
    """Closing it would leave the deployment without an administrator of this role."""


class StaffAccounts:
    """Every change is one transaction with its audit event."""

    def __init__(self, *, sealer: Sealer, index: BlindIndex, clock: Clock) -> None:
        self._sealer = sealer
        self._index = index
        self._clock = clock
        self._passwords = Passwords()

    def create(self, new: NewMember) -> Member:
        """Make an account; the role is its own for good.

        Raises:
            NotAccepted: a field is not well-formed, the user name is taken, or the member has an
                account already: whoever holds one role holds no other.
            PasswordUnacceptable: the password breaks a rule.
        """
        username, number = canonical_username(new.username), _canonical_number(new.staff_number)
        name = unicodedata.normalize("NFKC", new.name).strip()
        if not 0 < len(name) <= _LONGEST_NAME:
            raise NotAccepted("name")
        if bool(new.department) != (new.role is Role.DEPARTMENT):
            raise NotAccepted("department")
        row = StaffAccount(
            id=new.id,
            username=username,
            role=new.role,
            department=new.department,
            person_index=self._index.of("staff.number", number),
            sealed_name=self._sealer.seal(name.encode(), purpose="staff.name", owner=str(new.id)),
            directory_id=new.directory_id or None,
            password_hash="" if new.directory_id else self.hashed(new.password),
            created_at=self._clock.now(),
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
                self._tell("staff.created", row.id, role=row.role)
        except IntegrityError as conflict:
            is_name = StaffAccount.objects.filter(username=username).exists()
            raise NotAccepted("username_taken" if is_name else "member_taken") from conflict
        return self._member(row)

    def hashed(self, password: str) -> str:
        """The hash of a password somebody chooses now; raises PasswordUnacceptable."""
        return self._passwords.hash(password, is_chosen=True)

    def get(self, account_id: UUID) -> Member | None:
        row = StaffAccount.objects.filter(id=account_id).first()
        return self._member(row) if row else None

    def find(self, username: str) -> Member | None:
        try:
            row = StaffAccount.objects.filter(username=canonical_username(username)).first()
        except NotAccepted:
            return None
        return self._member(row) if row else None

    def by_directory(self, directory_id: str) -> Member | None:
        row = StaffAccount.objects.filter(directory_id=directory_id).first()
        return self._member(row) if row else None

    def listed(self) -> tuple[Member, ...]:
        """Everybody, by role and user name; closed accounts last."""
        rows = StaffAccount.objects.order_by("-status", "role", "username")
        members = [self._member(row) for row in rows]
        return tuple(sorted(members, key=lambda each: each.is_closed))

    def is_password_of(self, member: Member | None, password: str) -> bool:
        """Whether it is; nobody's costs as much work as somebody's."""
        row = StaffAccount.objects.filter(id=member.id).first() if member else None
        return self._passwords.is_right((row.password_hash or None) if row else None, password)

    def set_password(self, account_id: UUID, password: str) -> None:
        """Raises PasswordUnacceptable."""
        kept = self.hashed(password)
        with transaction.atomic():
            StaffAccount.objects.filter(id=account_id).update(password_hash=kept)
            self._tell("staff.password_changed", account_id)

    def is_locked(self, member: Member, now: datetime) -> bool:
        return member.locked_until is not None and member.locked_until > now

    def failed(self, member: Member, *, why: str, now: datetime) -> bool:
        """Count a wrong try; True when the account is locked by it, which raises an alert."""
        with transaction.atomic():
            row = StaffAccount.objects.select_for_update().get(id=member.id)
            row.failures = 1 if row.locked_until and row.locked_until <= now else row.failures + 1
            is_locked = row.failures >= MOST_FAILURES
            row.locked_until = now + LOCKED_FOR if is_locked else None
            row.save(update_fields=["failures", "locked_until"])
            self._tell("staff.refused", row.id, outcome="refused", reason=why)
            if is_locked:
                self._tell("alert.staff_locked", row.id, outcome="refused", failures=row.failures)
        if is_locked:
            _LOG.warning("staff account locked", account=str(member.id), role=member.role)
        return is_locked

    def signed_in(self, member: Member, *, now: datetime) -> None:
        """Forget the wrong tries; belongs in the transaction that starts the session."""
        StaffAccount.objects.filter(id=member.id).update(
            failures=0, locked_until=None, last_signed_in_at=now
        )

    def unlock(self, account_id: UUID, *, operator: str) -> bool:
        with transaction.atomic():
            found = StaffAccount.objects.filter(id=account_id).exclude(failures=0)
            if not found.update(failures=0, locked_until=None):
                return False
            self._tell("staff.unlocked", account_id, operator=operator)
        return True

    def close(self, account_id: UUID, *, operator: str) -> bool:
        """Close an account for good.

        Raises:
            LastOfItsRole: it is the last administrator of its role.
        """
        with transaction.atomic():
            live = StaffAccount.objects.select_for_update().filter(status="active")
            row = live.filter(id=account_id).first()
            if row is None:
                return False
            others = live.filter(role=row.role).exclude(id=row.id)
            if row.role in {Role.SYSTEM, Role.SECURITY, Role.AUDIT} and not others.exists():
                raise LastOfItsRole
            StaffAccount.objects.filter(id=row.id).update(status=StaffAccount.Status.CLOSED)
            self._tell("staff.closed", account_id, operator=operator)
        return True

    def _member(self, row: StaffAccount) -> Member:
        name = self._sealer.unseal(
            bytes(row.sealed_name), purpose="staff.name", owner=str(row.id)
        ).decode()
        return Member(
            id=row.id,
            username=row.username,
            name=name,
            role=Role(row.role),
            department=row.department,
            is_closed=row.status == StaffAccount.Status.CLOSED,
            is_of_directory=row.directory_id is not None,
            locked_until=row.locked_until,
            created_at=row.created_at,
            last_signed_in_at=row.last_signed_in_at,
        )

    def _tell(
        self, event: str, account_id: UUID, *, outcome: str = "success", **detail: object
    ) -> None:
        operator = str(detail.pop("operator", account_id))
        told = AuditEvent(
            type=event,
            outcome=outcome,
            operator=operator,
            channel="console",
            detail={"account": str(account_id), **detail},
        )
        record(told, clock=self._clock)


def directory_id(identity: UpstreamIdentity) -> str:
    """What an entry of a directory is kept as: hashed, for entries' names are people's."""
    return hashlib.sha256(f"{identity.provider}\n{identity.subject}".encode()).hexdigest()


def canonical_username(typed: str) -> str:
    """Lower case, full-width forgiven.

    Raises:
        NotAccepted: it can be no user name.
    """
    normal = unicodedata.normalize("NFKC", typed).strip().lower()
    if not _USERNAME.fullmatch(normal):
        raise NotAccepted("username")
    return normal


def _canonical_number(typed: str) -> str:
    normal = unicodedata.normalize("NFKC", typed).strip().upper()
    if not _STAFF_NUMBER.fullmatch(normal):
        raise NotAccepted("staff_number")
    return normal
