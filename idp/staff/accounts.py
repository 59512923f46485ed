"""The accounts of staff: made, found, and locked after wrong tries; each audited.

Checking a password with an outside directory, and what somebody proves beside it, is `signing_in`;
unlocking, suspending and closing is `standing`; what the city's own system of staff may do with
accounts is `provisioning`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
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
from idp.staff.models import StaffAccount, StaffDepartment, StaffNumber
from idp.staff.numbers import NotAccepted as NotAccepted  # noqa: PLC0414 - accounts refuse with it
from idp.staff.numbers import StaffNumbers
from idp.staff.roles import Role
from idp.subjects.passwords import Passwords

MOST_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=30)
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
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
    is_invited: bool = False
    is_suspended: bool = False
    is_of_directory: bool = False
    locked_until: datetime | None = None
    created_at: datetime | None = None
    last_signed_in_at: datetime | None = None

    @property
    def is_shut(self) -> bool:
        """Whether the account opens nothing: closed for good, or suspended."""
        return self.is_closed or self.is_suspended

    @property
    def state(self) -> str:
        """How the account stands, in one word."""
        if self.is_closed:
            return "closed"
        if self.is_suspended:
            return "suspended"
        return "invited" if self.is_invited else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """What a new account is made of; a password, or the entry of a directory that checks it.

    Who is only invited has neither: both come by a one-time link.
    """

    id: UUID
    username: str
    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    role: Role
    department: str = ""
    password: str = field(default="", repr=False)
    directory_id: str = ""
    is_invited: bool = False
    works_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes an account: a member of staff, or a client on the city's behalf."""

    operator: str = ""
    client_id: str = ""
    channel: str = "console"


class StaffAccounts:
    """Every change is one transaction with its audit event."""

    def __init__(self, *, sealer: Sealer, index: BlindIndex, clock: Clock) -> None:
        self._sealer = sealer
        self.numbers = StaffNumbers(sealer=sealer, index=index)
        self._clock = clock
        self._passwords = Passwords()

    def create(self, new: NewMember, *, by: By | None = None) -> Member:
        """Make an account; the role is its own for good.

        Raises:
            NotAccepted: a field is not well-formed, the user name is taken, or the member has an
                account already: whoever holds one role holds no other.
            PasswordUnacceptable: the password breaks a rule.
        """
        username, sealed_name = canonical_username(new.username), self.seal_name(new.id, new.name)
        person_index = self.numbers.index_of(new.staff_number)
        if bool(new.department) != (new.role is Role.DEPARTMENT):
            raise NotAccepted("department")
        now, has_password = self._clock.now(), not (new.directory_id or new.is_invited)
        row = StaffAccount(
            id=new.id,
            username=username,
            role=new.role,
            department=new.department,
            person_index=person_index,
            sealed_number=self.numbers.sealed(new.id, new.staff_number),
            sealed_name=sealed_name,
            directory_id=new.directory_id or None,
            password_hash=self.hashed(new.password) if has_password else "",
            status=StaffAccount.Status.INVITED if new.is_invited else StaffAccount.Status.ACTIVE,
            created_at=now,
        )
        try:
            with transaction.atomic():
                row.works_in = department_called(new.department or new.works_in, now=now)
                row.save(force_insert=True)
                StaffNumber.objects.create(index=person_index, account=row)
                self.tell("staff.created", row.id, by=by, role=row.role)
        except IntegrityError as conflict:
            is_name = StaffAccount.objects.filter(username=username).exists()
            raise NotAccepted("username_taken" if is_name else "member_taken") from conflict
        return self.member_of(row)

    def seal_name(self, account_id: UUID, name: str) -> bytes:
        """A member's name as it is kept; raises NotAccepted."""
        normal = unicodedata.normalize("NFKC", name).strip()
        if not 0 < len(normal) <= _LONGEST_NAME:
            raise NotAccepted("name")
        return self._sealer.seal(normal.encode(), purpose="staff.name", owner=str(account_id))

    def hashed(self, password: str) -> str:
        """The hash of a password somebody chooses now; raises PasswordUnacceptable."""
        return self._passwords.hash(password, is_chosen=True)

    def get(self, account_id: UUID) -> Member | None:
        row = StaffAccount.objects.filter(id=account_id).first()
        return self.member_of(row) if row else None

    def several(self, account_ids: Iterable[UUID]) -> dict[UUID, Member]:
        """Those of these accounts that there are, in one statement."""
        rows = StaffAccount.objects.filter(id__in=set(account_ids))
        return {row.id: self.member_of(row) for row in rows}

    def find(self, username: str) -> Member | None:
        try:
            row = StaffAccount.objects.filter(username=canonical_username(username)).first()
        except NotAccepted:
            return None
        return self.member_of(row) if row else None

    def by_directory(self, directory_id: str) -> Member | None:
        row = StaffAccount.objects.filter(directory_id=directory_id).first()
        return self.member_of(row) if row else None

    def listed(self) -> tuple[Member, ...]:
        """Everybody, by role and user name; closed accounts last."""
        rows = StaffAccount.objects.order_by("-status", "role", "username")
        members = [self.member_of(row) for row in rows]
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
            self.tell("staff.password_changed", account_id)

    def arrive(self, account_id: UUID, *, password: str, entry: str) -> None:
        """An invited member came: with a password of their own, or as a directory's entry.

        Raises:
            NotAccepted: the directory's entry has an account already.
            PasswordUnacceptable: the password breaks a rule.
        """
        kept = "" if entry else self.hashed(password)
        invited = StaffAccount.objects.filter(id=account_id, status=StaffAccount.Status.INVITED)
        try:
            with transaction.atomic():
                invited.update(
                    status=StaffAccount.Status.ACTIVE,
                    password_hash=kept,
                    directory_id=entry or None,
                )
        except IntegrityError as conflict:
            raise NotAccepted("member_taken") from conflict

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
            self.tell("staff.refused", row.id, outcome="refused", reason=why)
            if is_locked:
                self.tell("alert.staff_locked", row.id, outcome="refused", failures=row.failures)
        if is_locked:
            _LOG.warning("staff account locked", account=str(member.id), role=member.role)
        return is_locked

    def signed_in(self, member: Member, *, now: datetime) -> None:
        """Forget the wrong tries; belongs in the transaction that starts the session."""
        StaffAccount.objects.filter(id=member.id).update(
            failures=0, locked_until=None, last_signed_in_at=now
        )

    def member_of(self, row: StaffAccount) -> Member:
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
            is_invited=row.status == StaffAccount.Status.INVITED,
            is_suspended=row.suspended_at is not None,
            is_of_directory=row.directory_id is not None,
            locked_until=row.locked_until,
            created_at=row.created_at,
            last_signed_in_at=row.last_signed_in_at,
        )

    def tell(
        self,
        event: str,
        account_id: UUID,
        *,
        outcome: str = "success",
        by: By | None = None,
        **detail: object,
    ) -> None:
        """Record it; whoever is not named otherwise did it with their own account."""
        doer = by or By(operator=str(account_id))
        told = AuditEvent(
            type=event,
            outcome=outcome,
            operator=doer.operator,
            client_id=doer.client_id,
            channel=doer.channel,
            detail={"account": str(account_id), **detail},
        )
        record(told, clock=self._clock)


def department_called(name: str, *, now: datetime) -> StaffDepartment | None:
    """The department of this name, new if it was not known; None without a name."""
    if not name:
        return None
    department, _ = StaffDepartment.objects.get_or_create(
        name=name, defaults={"created_at": now, "updated_at": now}
    )
    return department


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
