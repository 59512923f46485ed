"""One-time links by which staff get their account and its second factor, or a new second factor.

A link is known by its hash, expires, and is used up in the transaction that keeps what it brought.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from connectors.contract import PasswordLogin
from connectors.errors import ConnectorError
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.staff.accounts import Member, NewMember, NotAccepted, StaffAccounts, directory_id
from idp.staff.authenticators import SecondFactors
from idp.staff.models import StaffAccount, StaffEnrolment
from idp.staff.roles import THREE, Role
from idp.subjects.authenticators.kinds import HARDWARE_KEY, Kind, NotTaken, Offer, Refusal

LINK_TTL: Final = timedelta(hours=24)
_BYTES: Final = 32
_TOTP_BYTES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A fresh link's token, told once."""

    token: str = field(repr=False)
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a good link leads to; `member` where the account is there: invited, or renewing."""

    account_id: UUID
    role: Role
    department: str
    member: Member | None
    expires_at: datetime

    @property
    def renews(self) -> bool:
        """Whether it leads to a new second factor alone."""
        return self.member is not None and not self.member.is_invited


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the invited fill in; the user name and what is beside it for new accounts alone."""

    kind: Kind
    answer: str = field(repr=False)
    username: str = ""
    name: str = field(default="", repr=False)
    staff_number: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    is_of_directory: bool = False
    """The password is that of the directory's entry, which goes on to check it."""


class LinkSpent(Exception):
    """The link is unknown, used or expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolments:
    """`key` derives the secrets that apps are offered, so that none is kept before it is used."""

    accounts: StaffAccounts
    factors: SecondFactors
    clock: Clock
    key: bytes = field(repr=False)
    directory: PasswordLogin | None = None

    def invite(self, role: Role, *, operator: str, department: str = "") -> Link:
        """A link to a new account.

        Raises:
            NotAccepted: the role and the department do not go together.
        """
        if bool(department) != (role is Role.DEPARTMENT):
            raise NotAccepted("department")
        return self._link(role, department, None, operator)

    def invite_again(self, member: Member, *, operator: str) -> Link:
        """A link to a new second factor, or to the first one; earlier links are void."""
        return self._link(member.role, member.department, member.id, operator)

    def first_three(self) -> Sequence[Link]:
        """Links for the first administrators, one for each role that has none.

        Unused earlier ones of these roles are void.
        """
        now, links = self.clock.now(), []
        with transaction.atomic():
            live = StaffAccount.objects.filter(status=StaffAccount.Status.ACTIVE)
            held = set(live.values_list("role", flat=True))
            for role in (each for each in THREE if each.value not in held):
                waiting = StaffEnrolment.objects.filter(role=role, account=None, used_at=None)
                waiting.update(expires_at=now)
                links.append(self._link(role, "", None, "manage.py staff init"))
        return links

    def open(self, token: str) -> Invitation:
        """What the link leads to; opening does not use it up.

        Raises:
            LinkSpent: it leads nowhere any more.
        """
        row = StaffEnrolment.objects.filter(
            token_sha256=_digest(token), used_at=None, expires_at__gt=self.clock.now()
        ).first()
        if row is None:
            raise LinkSpent
        member = self.accounts.get(row.account_id) if row.account_id else None
        if member and member.is_shut:
            raise LinkSpent
        return Invitation(
            account_id=row.account_id or row.id,
            role=Role(row.role),
            department=row.department,
            member=member,
            expires_at=row.expires_at,
        )

    def totp_secret(self, token: str) -> str:
        """The secret an app is offered by this link: the same each time it is opened."""
        made = hmac.digest(self.key, token.encode(), "sha256")[:_TOTP_BYTES]
        return b32encode(made).decode()

    def redeem(self, token: str, filled: Filled, *, bound_to: str) -> Member:
        """Make what the link leads to, and use it up: all in one transaction, or nothing.

        Raises:
            LinkSpent: somebody used it, or its time is over.
            NotAccepted, PasswordUnacceptable: a field of a new account; the link stays good.
            NotTaken: the second factor cannot be one; the link stays good.
        """
        now, entry = self.clock.now(), self._entry(token, filled)
        with transaction.atomic():
            invitation = self.open(token)
            spent = StaffEnrolment.objects.filter(token_sha256=_digest(token), used_at=None)
            if not spent.update(used_at=now):
                raise LinkSpent
            if filled.kind not in self.factors.allowed(invitation.role):
                raise NotTaken(Refusal.UNKNOWN)
            member = invitation.member or self._create(invitation, filled, entry)
            if member.is_invited:
                self.accounts.arrive(member.id, password=filled.password, entry=entry)
                member = replace(member, is_invited=False, is_of_directory=bool(entry))
            elif invitation.member:
                self.factors.records.forget_all(member.id)
                if filled.password and not member.is_of_directory:
                    self.accounts.set_password(member.id, filled.password)
            self._add(member, filled, token, bound_to, now)
            self._tell("staff.enrolled", str(member.id), member.role, kind=filled.kind.value)
        return member

    def _entry(self, token: str, filled: Filled) -> str:
        """The directory's entry that the password opened, asked before any transaction begins.

        Raises:
            NotAccepted: it opens none, its groups give another role, or the directory cannot say.
        """
        if not filled.is_of_directory:
            return ""
        invitation = self.open(token)
        username = invitation.member.username if invitation.member else filled.username
        try:
            identity = self.directory and self.directory.authenticate(
                username, filled.password, now=self.clock.now()
            )
        except ConnectorError as problem:
            raise NotAccepted("directory_unavailable") from problem
        if not identity:
            raise NotAccepted("directory_password")
        said = (identity.claims.get("role", ""), identity.claims.get("department", ""))
        if said != (invitation.role.value, invitation.department):
            raise NotAccepted("directory_role")
        return directory_id(identity)

    def _create(self, invitation: Invitation, filled: Filled, entry: str) -> Member:
        return self.accounts.create(
            NewMember(
                id=invitation.account_id,
                username=filled.username,
                name=filled.name,
                staff_number=filled.staff_number,
                role=invitation.role,
                department=invitation.department,
                password=filled.password,
                directory_id=entry,
            )
        )

    def _add(
        self, member: Member, filled: Filled, token: str, bound_to: str, now: datetime
    ) -> None:
        offer = Offer(
            person_id=member.id,
            now=now,
            answer=filled.answer,
            secret=self.totp_secret(token) if filled.kind is Kind.TOTP else "",
            bound_to=bound_to,
        )
        service = self.factors.service(filled.kind)
        if service is None:
            raise NotTaken(Refusal.UNKNOWN)
        added = service.add(offer)
        must_be_attested = self.factors.attested_only and filled.kind is Kind.PASSKEY
        if must_be_attested and HARDWARE_KEY not in added.amr:
            raise NotTaken(Refusal.WRONG)

    def _link(self, role: Role, department: str, account_id: UUID | None, operator: str) -> Link:
        token, now = secrets.token_urlsafe(_BYTES), self.clock.now()
        with transaction.atomic():
            if account_id:
                waiting = StaffEnrolment.objects.filter(account_id=account_id, used_at=None)
                waiting.update(expires_at=now)
            row = StaffEnrolment.objects.create(
                token_sha256=_digest(token),
                role=role,
                department=department,
                account_id=account_id,
                made_by=operator,
                created_at=now,
                expires_at=now + LINK_TTL,
            )
            self._tell("staff.invited", operator, role, link=str(row.id))
        return Link(token=token, role=role, expires_at=row.expires_at)

    def _tell(self, event: str, operator: str, role: Role, **detail: object) -> None:
        told = AuditEvent(
            type=event,
            outcome="success",
            operator=operator,
            channel="console",
            detail={"role": role.value, **detail},
        )
        record(told, clock=self.clock)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
